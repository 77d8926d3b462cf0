"""`kg diff A B`: what changed between two releases."""

from __future__ import annotations

from pathlib import Path

import click

from kg.diff import changes
from kg.errors import NotFound
from kg.store import open_release


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--stat", is_flag=True, help="Only the numbers of added and removed quads.")
@click.option("--exit-code", is_flag=True, help="Leave with 1 when the two differ.")
def command(old: Path, new: Path, stat: bool, exit_code: bool) -> int:
    """Show the quads that NEW removes from OLD (-) and adds to it (+).

    Each is a release folder, a folder of releases (its current one is taken) or a sorted N-Quads file.
    """
    found = changes(_dump(old), _dump(new))
    if stat:
        click.echo(f"{len(found.removed)} removed, {len(found.added)} added")
    else:
        click.echo(found.patch(), nl=False)
    return int(exit_code and bool(found))


def _dump(path: Path) -> Path:
    if path.is_file():
        return path
    dump = open_release(path).path / "graph.nq.gz"
    if not dump.is_file():
        raise NotFound("the release has no N-Quads dump", where=str(dump))
    return dump
