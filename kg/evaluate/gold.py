"""Gold annotations: one JSON file a document, as people annotate it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kg.errors import BadData, NotFound
from kg.evaluate.facts import Fact, Named, Said


def load_gold(folder: Path) -> list[Said]:
    """Every annotated document in `folder` (`*.json` with `doc` and `entities`), by file name.

    Raises `NotFound` when there is none and `BadData` naming the file and what is missing in it.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            data = json.loads(path.read_text("utf-8"))
        except ValueError as err:
            raise BadData(f"not valid JSON: {err}", where=str(path)) from err
        if isinstance(data, dict) and "entities" in data:
            try:
                found.append(_said(data))
            except (KeyError, TypeError, ValueError, AttributeError) as err:
                raise BadData(f"not a gold annotation: {err!r}", where=str(path)) from err
    if not found:
        raise NotFound("no gold annotations (*.json) here", where=str(folder))
    return found


def _said(data: dict[str, Any]) -> Said:
    entities = tuple(
        Named(e["id"], e["type"], tuple(e["names"]), bool(e.get("protected")), bool(e.get("optional")))
        for e in data["entities"]
    )
    facts = [_relation(row) for row in data.get("relations", [])]
    for row in data.get("positions", []):
        facts.append(Fact("positions", "", row["person"], words=row["title"], optional=_optional(row)))
    for row in data.get("figures", []):
        numbers = (float(row["value"]), *((float(row["max"]),) if row.get("max") is not None else ()))
        facts.append(
            Fact(
                "figures", row["comparator"], row["of"], words=row["measure"], numbers=numbers, optional=_optional(row)
            )
        )
    for row in data.get("claims", []):
        facts.append(Fact("claims", row["stance"], row["claimant"], tuple(row["about"]), optional=_optional(row)))
    for row in data.get("visits", []):
        facts.append(Fact("visits", "", row["visitor"], (row["destination"],), optional=_optional(row)))
    return Said(data["doc"], entities, tuple(facts))


def _relation(row: Any) -> Fact:
    if isinstance(row, list):
        row = dict(zip(("s", "p", "o"), row, strict=True))
    return Fact(
        "relations",
        row["p"],
        row["s"],
        (str(row["o"]),),
        denied=row.get("modality") == "denied",
        optional=_optional(row),
    )


def _optional(row: dict[str, Any]) -> bool:
    return bool(row.get("optional"))
