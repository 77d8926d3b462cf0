"""`kg diff A B`: what changed between two releases."""

from __future__ import annotations

from pathlib import Path

import click

from kg.diff import changes
from kg.errors import NotFound
from kg.release import releases
from kg.store import Release, open_release


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--releases", "kept", type=click.Path(path_type=Path, file_okay=False), default="out", show_default=True,
              help="The folder of releases that ids are looked up in.")  # fmt: skip
@click.option("--stat", is_flag=True, help="Only the numbers of added and removed quads.")
@click.option("--exit-code", is_flag=True, help="Leave with 1 when the two differ.")
def command(old: str, new: str, kept: Path, stat: bool, exit_code: bool) -> int:
    """Show the quads that NEW removes from OLD (-) and adds to it (+).

    Each is the id of a release, a release folder, a folder of releases (its current one is taken) or a sorted N-Quads
    file. A path that is there goes before an id.
    """
    found = changes(_dump(old, kept), _dump(new, kept))
    if stat:
        click.echo(f"{len(found.removed)} removed, {len(found.added)} added")
    else:
        click.echo(found.patch(), nl=False)
    return int(exit_code and bool(found))


def _dump(given: str, kept: Path) -> Path:
    path = Path(given)
    if path.is_file():
        return path
    dump = (open_release(path) if path.exists() else _named(given, kept)).path / "graph.nq.gz"
    if not dump.is_file():
        raise NotFound("the release has no N-Quads dump", where=str(dump))
    return dump


def _named(name: str, kept: Path) -> Release:
    found = releases(kept)
    for release in found:
        if name in (release.id, release.path.name):
            return release
    known = ", ".join(release.id for release in found[-5:])
    raise NotFound(
        f"{name!r} is neither a path nor the id of a release in {kept}",
        hint=f"The newest there: {known}" if known else "Name the folder of releases with --releases.",
    )
