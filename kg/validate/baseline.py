"""Known results: a file that accepts what is there today, so that only what is new fails."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import BadData, NotFound
from kg.validate.names import Term
from kg.validate.results import Result

if TYPE_CHECKING:
    from kg.validate.report import Report

LAYOUT = 1


def _name(term: Term | None) -> str:
    # Blank nodes have no names that outlive an edit of the file.
    return "" if term is None else "_:" if isinstance(term, ox.BlankNode) else str(term)


def fingerprint(result: Result) -> str:
    """What makes a result the same in another run: focus node, path, value, component, shape. Hex, 32 digits."""
    path = "" if result.path is None else result.path.sparql()
    parts = (_name(result.focus), path, _name(result.value), result.component.value, _name(result.shape))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def write(report: Report, path: Path) -> None:
    """Write a baseline that accepts the report's results, sorted, each with what it is for those who review it."""
    known = sorted(
        (
            {
                "fingerprint": fingerprint(r),
                "focus": _name(r.focus),
                "path": None if r.path is None else r.path.sparql(),
                "value": None if r.value is None else _name(r.value),
                "component": r.component.value,
                "shape": _name(r.shape),
            }
            for r in report.results
        ),
        key=lambda entry: (str(entry["focus"]), str(entry["fingerprint"])),
    )
    text = json.dumps({"layout": LAYOUT, "results": known}, ensure_ascii=False, indent=1) + "\n"
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def apply(report: Report, path: Path) -> Report:
    """The report without the results that the baseline accepts, each entry accepting one; `known` counts them.

    Raises `NotFound` and `BadData` for a file that is missing or no baseline.
    """
    if not path.is_file():
        raise NotFound("no such baseline", where=str(path), hint="Write one with --write-baseline.")
    try:
        content = json.loads(path.read_text("utf-8"))
        accepted = Counter(str(entry["fingerprint"]) for entry in content["results"])
        layout = content["layout"]
    except (ValueError, KeyError, TypeError) as err:
        raise BadData(f"not a baseline: {err}", where=str(path)) from err
    if layout != LAYOUT:
        raise BadData(f"a baseline of layout {layout}, not {LAYOUT}", where=str(path))
    fresh = []
    for result in report.results:
        key = fingerprint(result)
        if accepted[key] > 0:
            accepted[key] -= 1
        else:
            fresh.append(result)
    known = len(report.results) - len(fresh)
    return dataclasses.replace(report, results=tuple(fresh), known=report.known + known)
