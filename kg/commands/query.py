"""`kg query`: one question to a release or to RDF files, from the shell."""

from __future__ import annotations

import csv
import io
import shutil
import signal
import sys
from pathlib import Path

import click

from kg.errors import BadInput, NotFound
from kg.settings import from_environment
from kg.sparql import Answer, local_engine, source_of

DEFAULT_RELEASE = Path("out")
_FORMATS = "json, xml, csv, tsv for tables; turtle, nt, jsonld, rdfxml for graphs"


@click.command()
@click.argument("query")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--release", type=click.Path(path_type=Path), help="A release, or a folder of releases. Default: out")
@click.option("--format", "-f", "format_", help=f"{_FORMATS}. Default: a table to read, or Turtle.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(
    query: str, files: tuple[Path, ...], release: Path | None, format_: str | None, output: Path | None
) -> None:
    """Ask a SPARQL QUERY of a release or of RDF FILES.

    QUERY is the text itself, the name of a file after an at sign (@question.rq), or - for standard input.
    """
    if files and release:
        raise BadInput("give either --release or files, not both")
    paths = files or (release or DEFAULT_RELEASE,)
    text = _text(query)
    engine = local_engine(source_of(paths), from_environment())
    # The engine cannot be interrupted from Python: let Ctrl-C end the process at once instead of after the query.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    answer = engine.run(text, format=format_, accept=None if format_ else "text/csv, text/turtle")
    body = answer.body if format_ else _readable(answer)
    if output:
        output.write_bytes(body)
    else:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()


def _text(query: str) -> str:
    try:
        if query == "-":
            return sys.stdin.read()
        if query.startswith("@"):
            path = Path(query[1:])
            if not path.is_file():
                raise NotFound("no such query file", where=str(path))
            return path.read_text("utf-8")
    except UnicodeDecodeError as err:
        raise BadInput("the query is not UTF-8") from err
    return query


def _readable(answer: Answer) -> bytes:
    if answer.kind != "select":
        return answer.body if answer.body.endswith(b"\n") else answer.body + b"\n"
    table = list(csv.reader(io.StringIO(answer.body.decode("utf-8"), newline="")))
    most = max(20, shutil.get_terminal_size().columns) if sys.stdout.isatty() else sys.maxsize
    cells = [[" ".join(cell.split()) for cell in row] for row in table]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines[1:1] = ["  ".join("-" * width for width in widths)]
    lines.append(f"({len(cells) - 1} rows)")
    return ("\n".join(line[:most] for line in lines) + "\n").encode()
