"""`data/suppress.csv`: what a person has withdrawn. It applies to every build and outlives rebuilds."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from kg.errors import BadData

COLUMNS = ["kind", "iri", "why", "who", "when"]
KINDS = ("entity", "article", "statement")
_PATHS = {
    "entity": re.compile(r"id/[a-z]+/\S+"),
    "article": re.compile(r"article/[^/\s]+"),
    "statement": re.compile(r"article/[^/\s]+/(?:statement|claim|figure|position|visit)/\S+"),
}
_INSIDE = re.compile(r"(?:^|/)((?:id|article)/\S+)$")
_WHEN = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One row: what is withdrawn (`path`, an IRI below the base), why, by whom and when."""

    kind: str
    path: str
    why: str
    who: str
    when: str


def load_suppressions(file: Path) -> tuple[Suppression, ...]:
    """The rows of `file`; none if it does not exist. An IRI may be whole or a path below any base.

    Raises `BadData` with the line for a row that cannot be applied. The message does not repeat the row: an IRI may
    hold the very name that is to be withdrawn.
    """
    if not file.exists():
        return ()
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as err:
        raise BadData("must be UTF-8", where=str(file)) from err
    rows = csv.reader(io.StringIO(text), strict=True)
    found = []
    try:
        for row in rows:
            if rows.line_num == 1 and [cell.strip() for cell in row] == COLUMNS:
                continue
            if not row or row[0].lstrip().startswith("#"):
                continue
            found.append(_suppression([cell.strip() for cell in row], file, rows.line_num))
    except csv.Error as err:
        raise BadData(f"not valid CSV: {err}", where=str(file), line=rows.line_num) from err
    return tuple(found)


def _suppression(row: list[str], file: Path, line: int) -> Suppression:
    def bad(why: str, hint: str) -> BadData:
        return BadData(why, where=str(file), line=line, hint=hint)

    if len(row) != len(COLUMNS):
        raise bad(f"has {len(row)} columns, not {len(COLUMNS)}", f"The columns are {', '.join(COLUMNS)}.")
    kind, iri, why, who, when = row
    if kind not in KINDS:
        raise bad("the kind is not known", f"It is one of {', '.join(KINDS)}.")
    inside = _INSIDE.search(unquote(iri))
    path = inside.group(1) if inside else ""
    if not _PATHS[kind].fullmatch(path):
        raise bad(f"the IRI is none of kind {kind}", "Give the whole IRI, or its part from id/ or article/ on.")
    if not why or not who or not _WHEN.fullmatch(when):
        raise bad("'why', 'who' and 'when' must be filled in", "Dates are written 2024-12-31.")
    return Suppression(kind, path, why, who, when)
