"""One validation run in a process of its own, which may be killed: `python shacl_job.py FOLDER MEMORY MOST`.

FOLDER holds what to check: `task.json` (`store`, `graph`, `data`, `shapes`: paths and media types) and the files that
it names. The report goes to standard output as JSON with its RDF inside, or an error as `{"error": ..., ...}`. Nothing
but these files is read, and nothing is sent: shapes and data are data.
"""

from __future__ import annotations

import json
import resource as limits
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.errors import KgError
from kg.settings import resource
from kg.validate import Source, validate


def _source(folder: Path, given: list[dict[str, str]]) -> list[Source]:
    return [Source((folder / item["file"]).read_bytes(), item["type"], name=item["name"]) for item in given]


def run(folder: Path, most: int) -> dict[str, Any]:
    """The report of the task in `folder`, with at most `most` results."""
    task = json.loads((folder / "task.json").read_text("utf-8"))
    shapes: Any = _source(folder, task["shapes"]) or resource("shapes")
    if task.get("store"):
        data: Any = ox.Store.read_only(task["store"])
        report = validate(data, shapes, focus_graph=task["graph"] or None, max_results=most)
    else:
        report = validate(_source(folder, task["data"]), shapes, max_results=most)
    found: dict[str, Any] = json.loads(report.serialize("json"))
    return found | {"text": report.serialize("text"), "turtle": report.serialize("turtle")}


def main() -> None:
    folder, memory, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    limits.setrlimit(limits.RLIMIT_AS, (memory, memory))
    limits.setrlimit(limits.RLIMIT_CORE, (0, 0))
    try:
        found = run(folder, most)
    except KgError as err:
        found = {
            "error": type(err).__name__,
            "detail": err.detail,
            "line": err.line,
            "column": err.column,
            "hint": err.hint,
        }
        found["where"] = err.where if err.where in ("data", "shapes") else None
    except MemoryError:
        found = {"error": "OutOfMemory", "detail": "the validation was stopped at its memory limit"}
    json.dump(found, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
