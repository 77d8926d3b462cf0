"""`kg build`: articles in, a release out."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from kg.pipeline import Data, Summary, build
from kg.settings import from_environment

STAGES = {
    "read": "Reading the articles",
    "annotate": "Finding who says what of whom",
    "resolve": "Settling who is who",
    "protect": "Withholding protected names",
    "map": "Writing the graph",
    "validate": "Checking the shapes",
    "release": "Making the release",
}


@click.command("build")
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Folder of releases."
)
@click.option("--pipeline", metavar="NAME", help="A spaCy package or path instead of the pipeline that comes along.")
@click.option("--data", "own", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="Your folder of data files (authority/, policy.yaml, suppress.csv, same_as.csv, rules/ ...), "
              "which go before ours.")  # fmt: skip
@click.option("--base", metavar="IRI", help="What instance IRIs start with. [default: KG_BASE or w3id.org/leakgraph]")
@click.option("--keep-going", is_flag=True, help="Make the release even with violations, marked as not conforming.")
@click.option("--quiet", is_flag=True, help="No progress bar and no summary; errors only.")
def command(
    corpus: Path, *, out: Path, pipeline: str | None, own: Path | None, base: str | None, keep_going: bool, quiet: bool
) -> int:
    """Build a release from the articles in the folder CORPUS.

    Articles are .txt, .md (with front matter) and .html files, also in sub-folders. Exit code 1: the graph violates its
    shapes, and no release was made (or, with --keep-going, one that says so).
    """
    settings = from_environment({**os.environ, "KG_BASE": base} if base else None)
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), disable=quiet, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("Starting", total=None)

        def show(stage: str, done: int, total: int | None) -> None:
            bar.update(task, description=STAGES.get(stage, stage), completed=done, total=total)

        summary = build(
            corpus, out=out, settings=settings, pipeline=pipeline, data=Data(own), keep_going=keep_going, progress=show
        )
    if not quiet:
        _print(summary, Console(width=None, highlight=False))
    if summary.report.at_least("Violation"):
        click.echo(summary.report.serialize("text"), err=True)
        for article, number in summary.at_fault.items():
            click.echo(f"{number} of these in {article}", err=True)
        if summary.release is None:
            click.echo(
                "No release was made; the last one stays current. --keep-going makes one all the same.", err=True
            )
        return 1
    return 0


def _print(summary: Summary, console: Console) -> None:
    table = Table(title="What was built", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("Documents read", str(summary.documents))
    table.add_row("Documents rejected", str(len(summary.rejected)))
    table.add_section()
    table.add_row("Entities", str(sum(summary.entities.values())))
    for kind, number in sorted(summary.entities.items()):
        table.add_row(f"  {kind}", str(number))
    table.add_row("Protected persons", str(summary.protected))
    table.add_section()
    table.add_row("Facts", str(sum(summary.facts.values())))
    for kind, number in sorted(summary.facts.items()):
        table.add_row(f"  {kind}", str(number))
    table.add_section()
    for severity in ("Violation", "Warning", "Info"):
        table.add_row(f"Shapes: {severity.lower()}", str(summary.report.counts.get(severity, 0)))
    if summary.counts:
        table.add_row("Triples", str(summary.counts["triples"]))
    console.print(table)
    for rejected in summary.rejected:
        console.print(f"[bold]Rejected[/] {escape(rejected.id)}: {escape(rejected.why)}. {escape(rejected.advice)}")
    for name, note in summary.notes:
        console.print(f"[bold]Note[/] {escape(name)}: {escape(note)}")
    if summary.release:
        console.print(f"Release {summary.release.id} in {escape(str(summary.release.path))}", soft_wrap=True)
