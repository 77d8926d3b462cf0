"""`kg review`: what a person should decide or look at."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from kg.review import Doubt, doubts, take_in, write_decisions
from kg.store import open_release


@click.command("review")
@click.argument("out", type=click.Path(path_type=Path), default=Path("out"))
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Write the doubtful merges here, to be filled in."
)
@click.option(
    "--take-in", "filled", type=click.Path(path_type=Path, exists=True), help="A filled-in table to read back."
)
@click.option("--same-as", type=click.Path(path_type=Path), default="data/same_as.csv", show_default=True,
              help="The decisions that --take-in adds to.")  # fmt: skip
def command(out: Path, *, table: Path | None, filled: Path | None, same_as: Path) -> None:
    """List doubtful merges, frequent names that are not linked, and conflicting facts of the release in OUT.

    With --csv the merges are written as a table: fill in verdict (same, different, unsure), who and when, then hand it
    back with --take-in, and build again.
    """
    if filled:
        click.echo(f"{take_in(filled, same_as)} decisions taken into {same_as}. Build again to apply them.")
        return
    found = doubts(open_release(out))
    if table:
        click.echo(f"{write_decisions(found, table)} doubtful merges written to {table}.")
    else:
        _print(found)


def _print(found: list[Doubt]) -> None:
    console = Console(highlight=False)
    if not found:
        console.print("Nothing is in doubt.")
    for kind in dict.fromkeys(doubt.kind for doubt in found):
        shown = Table(title=kind.replace("-", " "), title_justify="left")
        for column in ("what", "", "why", "score" if kind == "merge" else "articles"):
            shown.add_column(column, overflow="fold")
        for doubt in found:
            if doubt.kind == kind:
                shown.add_row(
                    doubt.label or doubt.subject, doubt.other or doubt.subject, doubt.detail, f"{doubt.weight:g}"
                )
        console.print(shown)
