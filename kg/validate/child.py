"""The process that validates strangers' input for `kg.validate.sandbox`: a request on stdin, JSON on stdout."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.errors import KgError, TooLarge
from kg.validate import Source, data_view, validate
from kg.validate.formats import as_json
from kg.validate.view import View

BASELINE = 512 * 1024 * 1024  # address space of an idle interpreter with its libraries, with some to spare
_FORBIDDEN = ("socket.connect", "socket.bind", "socket.sendto", "subprocess.Popen", "os.system", "os.exec", "os.fork")


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"{event} is not allowed while validating")


def _limit(limits: dict[str, Any]) -> None:
    memory = int(limits["memory"]) + BASELINE
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    seconds = int(limits["seconds"]) + 1  # should the parent die first
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _source(item: dict[str, Any]) -> Source | Path:
    if "path" in item:
        return Path(item["path"])
    content = sys.stdin.buffer.read(item["size"])
    return Source(content, item["format"], item["base"], item["name"])


def _data(given: Any) -> View | list[Source | Path]:
    if isinstance(given, dict):
        graphs = [ox.NamedNode(name) for name in given["graphs"]] or None
        return data_view(ox.Store.read_only(given["store"]), graphs=graphs)
    return [_source(item) for item in given]


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.buffer.readline())
    limits = request["limits"]
    _limit(limits)
    reply: dict[str, Any]
    try:
        data = _data(request["data"])
        shapes = [_source(item) for item in request["shapes"]] or None
        focus = request["focus"] or None
        report = validate(data, shapes, focus=focus, max_results=limits["results"])
        bodies = {form: report.serialize(form) for form in request["formats"]}
        if sum(map(len, bodies.values())) > limits["output"]:
            raise TooLarge(f"the report is larger than {limits['output']} bytes", hint="Lower the number of results.")
        reply = {"report": as_json(report), "bodies": bodies}
    except KgError as err:
        reply = {"error": type(err).__name__, "detail": err.detail, "where": err.where, "line": err.line,
                 "column": err.column, "hint": err.hint}  # fmt: skip
    except RecursionError:
        reply = {"error": "BadInput", "detail": "nested too deeply", "where": None, "line": None, "column": None,
                 "hint": None}  # fmt: skip
    sys.stdout.write(json.dumps(reply))


if __name__ == "__main__":
    main()
