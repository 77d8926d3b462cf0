"""`kg validate`: any RDF data against any SHACL shapes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from kg.errors import BadInput, KgError
from kg.validate.run import Job, limited, run

FORMATS = ("text", "turtle", "jsonld", "json", "junit", "sarif", "github", "html")
SEVERITIES = ("Info", "Warning", "Violation")


@click.command("validate")
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option("--shapes", "-s", multiple=True, metavar="FILE", help="Shapes: a file or folder, repeatable. "
              "[default: those in the data]")  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Of the report.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to this file.")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Write a further report; repeatable.")
@click.option("--severity", type=click.Choice(SEVERITIES, case_sensitive=False), default="Info", show_default=True,
              help="The least that makes the exit code 1.")  # fmt: skip
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Accept the results in this file.")
@click.option(
    "--write-baseline", type=click.Path(path_type=Path, dir_okay=False), help="Write the results as accepted."
)
@click.option("--focus", multiple=True, metavar="IRI", help="Look at this node only; repeatable.")
@click.option("--graph", "graphs", multiple=True, metavar="IRI", help="Validate this named graph only; repeatable. "
              "[default: all graphs as one]")  # fmt: skip
@click.option("--max", "most", type=click.IntRange(min=1), metavar="N", help="Stop after N results.")
@click.option("--input-format", metavar="NAME", help="Of standard input: an ending or media type. [default: ttl]")
@click.option("--stats", is_flag=True, help="Time a shape, on standard error.")
@click.option("--no-lines", is_flag=True, help="Do not look for the lines of results in the sources.")
@click.option("--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Give up after so long.")
@click.option("--memory", type=click.IntRange(min=64), metavar="MIB", help="Give up when more memory is needed.")
@click.option("--quiet", is_flag=True, help="No progress.")
def command(
    data: tuple[str, ...], *, shapes: tuple[str, ...], form: str, output: Path | None, reports: tuple[str, ...],
    severity: str, baseline: Path | None, write_baseline: Path | None, focus: tuple[str, ...], graphs: tuple[str, ...],
    most: int | None, input_format: str | None, stats: bool, no_lines: bool, timeout: float | None,
    memory: int | None, quiet: bool,
) -> int:  # fmt: skip
    """Check RDF data against SHACL shapes.

    DATA are files in any RDF syntax, compressed or not, folders of them, releases, "-" for standard input, or the
    http(s) address of a SPARQL endpoint. Nothing but what is named is opened.

    Exit code 0: no results at or above the severity; 1: some; 2: could not run.
    """
    job = Job(
        data=data, shapes=shapes, form=form, output=output, reports=tuple(_report(item) for item in reports),
        severity=severity.capitalize(), baseline=baseline, write_baseline=write_baseline, focus=focus, graphs=graphs,
        most=most, input_format=input_format or "ttl", stats=stats, lines=not no_lines,
    )  # fmt: skip
    show = None if quiet or not sys.stderr.isatty() else _progress()
    if timeout is None and memory is None:
        return run(job, show)
    return limited(lambda: _guarded(job, show), seconds=timeout, mib=memory)


def _guarded(job: Job, show: Callable[[str], None] | None) -> int:
    """Run in a child, where errors have to be said before it ends."""
    try:
        return run(job, show)
    except KgError as err:
        click.echo(f"kg: {err}", err=True)
        return 2


def _report(item: str) -> tuple[str, Path]:
    form, equals, name = item.partition("=")
    if not equals or form not in FORMATS or not name:
        raise BadInput(f"--report {item!r} is not FORMAT=FILE", hint=f"FORMAT is one of {', '.join(FORMATS)}.")
    return form, Path(name)


def _progress() -> Callable[[str], None]:
    def show(line: str) -> None:
        # One line, written over: \x1b[K clears what a longer one left.
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)

    return show
