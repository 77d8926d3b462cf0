"""Review: what the machine is in doubt about, as rows that a person can decide and hand back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph as ox

from kg.errors import BadData, BadQuery
from kg.records import Merge
from kg.settings import resource
from kg.store import Release

COLUMNS = ("left", "right", "verdict", "who", "when", "why")
"""The columns of `data/same_as.csv`, in which doubtful merges are written and read back."""
DOUBTS = "doubts.json"  # in the release's restricted folder: spellings may be names that the graph withholds


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to look at. `kind` is `merge` or the name of a query in `data/review`."""

    kind: str
    subject: str  # IRI or IRI path
    other: str  # the second entity of a merge
    label: str
    detail: str
    weight: float  # score of a merge, else articles concerned


def write_doubts(folder: Path, merges: Iterable[Merge]) -> None:
    """Keep the merges that nobody has decided in `folder`, owner-only like the folder itself."""
    rows = [asdict(merge) for merge in merges if merge.verdict == "unsure"]
    path = folder / DOUBTS
    path.touch(mode=0o600)
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")


def doubts(release: Release) -> list[Doubt]:
    """Everything that a person should look at in a release: merges, then the answers of each query in `data/review`."""
    found: list[Doubt] = []
    kept = release.path.parent / "restricted" / release.id / DOUBTS
    if kept.is_file():
        for row in json.loads(kept.read_text("utf-8")):
            found.append(Doubt("merge", row["left"], row["right"], "", row["reason"], float(row["score"])))
    store = release.store()
    for path in sorted(resource("data/review").glob("*.rq")):
        found += _ask(store, path)
    return found


def _ask(store: ox.Store, path: Path) -> list[Doubt]:
    try:
        rows = store.query(path.read_text("utf-8"))
    except SyntaxError as err:
        raise BadQuery(str(err.msg), where=str(path), line=err.lineno, column=err.offset) from err
    if not isinstance(rows, ox.QuerySolutions):
        raise BadData("a review query must be a SELECT", where=str(path))

    def text(row: ox.QuerySolution, name: str) -> str:
        term = row[name]
        return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else ""

    return [
        Doubt(
            path.stem,
            text(row, "subject"),
            "",
            text(row, "label"),
            text(row, "detail"),
            float(text(row, "articles") or 0),
        )
        for row in rows
    ]


def write_decisions(found: Iterable[Doubt], path: Path) -> int:
    """Write the doubtful merges as a table to fill in: `verdict`, `who` and `when` are empty. Gives their number."""
    merges = [doubt for doubt in found if doubt.kind == "merge"]
    with path.open("w", encoding="utf-8", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(COLUMNS)
        rows.writerows((m.subject, m.other, "", "", "", f"{m.detail} ({m.weight})") for m in merges)
    return len(merges)


def take_in(filled: Path, same_as: Path) -> int:
    """Append the decided rows of a filled-in table to `same_as`, which is made when it is not there; their number.

    Rows without a verdict, and rows that are there already, are left out. Raises `BadData` naming the line of a row
    that is decided by nobody or in an unknown way.
    """
    fresh: list[Sequence[str]] = []
    known = _rows(same_as) if same_as.exists() else []
    for number, row in enumerate(_rows(filled), 2):
        if not row["verdict"].strip():
            continue
        if row["verdict"].strip() not in ("same", "different", "unsure"):
            raise BadData("verdict must be same, different or unsure", where=str(filled), line=number)
        if not row["who"].strip():
            raise BadData("say in 'who' who decided this", where=str(filled), line=number)
        if not any((k["left"], k["right"]) == (row["left"], row["right"]) for k in known):
            fresh.append([row[name].strip() for name in COLUMNS])
    new = not same_as.exists()
    with same_as.open("a", encoding="utf-8", newline="") as target:
        rows = csv.writer(target, lineterminator="\n")
        if new:
            rows.writerow(COLUMNS)
        rows.writerows(fresh)
    return len(fresh)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise BadData(f"the columns must be {','.join(COLUMNS)}", where=str(path), line=1)
        return [{name: row[name] or "" for name in COLUMNS} for row in reader]
