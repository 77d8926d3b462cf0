"""`data/same_as.csv`: what a person has decided about who is who. It goes before the machine, "different" included."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from kg.errors import BadData

Verdict = Literal["same", "different", "unsure"]
COLUMNS = ("left", "right", "verdict", "who", "when", "why")


@dataclass(frozen=True, slots=True)
class Decision:
    """One row. `left` and `right` are IRI paths (`id/person/x`), authority ids (`person/x`) or `<document>#<name>`."""

    left: str
    right: str
    verdict: Verdict
    who: str
    when: str
    why: str


def load_decisions(path: Path) -> tuple[Decision, ...]:
    """The rows of the file, in order. Raises `BadData` with the line of a row that cannot be used."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadData(f"the columns must be {','.join(COLUMNS)}", where=str(path), line=1)
        found: list[Decision] = []
        for row in rows:
            verdict = (row["verdict"] or "").strip()
            if verdict not in get_args(Verdict):
                raise BadData(
                    f"verdict must be same, different or unsure, not {verdict!r}", where=str(path), line=rows.line_num
                )
            left, right = (row["left"] or "").strip(), (row["right"] or "").strip()
            if not left or not right or left == right:
                raise BadData("left and right must name two different things", where=str(path), line=rows.line_num)
            found.append(
                Decision(left, right, cast(Verdict, verdict), row["who"] or "", row["when"] or "", row["why"] or "")
            )
    return tuple(found)
