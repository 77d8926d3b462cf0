"""Validation of strangers' input: in a process of its own, with limits, that is killed when it exceeds them.

Only a killed process stops a query, and only a fresh one is sure to carry nothing over. The child opens no connection
and starts no program: an audit hook refuses both. What comes back is JSON, never a pickle.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kg.errors
from kg.errors import BadInput, KgError, OutOfMemory, Timeout, TooLarge, Unavailable
from kg.validate.sources import Source

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: seconds, bytes of memory added to an idle process, results, bytes of input and report."""

    seconds: float = 60.0
    memory: int = 1024 * MIB
    results: int = 10_000
    input: int = 64 * MIB
    output: int = 256 * MIB


@dataclass(frozen=True, slots=True)
class StoreSource:
    """A store on disk, opened read-only, and the named graphs of it to validate (none: all of it)."""

    path: Path
    graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The report as plain data (see `docs/validation.md`) and in each format that was asked for."""

    report: Mapping[str, Any]
    bodies: Mapping[str, str] = field(default_factory=dict)

    @property
    def conforms(self) -> bool:
        """Whether there was no result at all."""
        return bool(self.report["conforms"])


def validate_limited(
    data: Sequence[Source | Path] | StoreSource,
    shapes: Sequence[Source | Path],
    *,
    formats: Sequence[str] = (),
    focus: Sequence[str] = (),
    limits: Limits = Limits(),
) -> Answer:
    """Validate in a child process. Without `shapes`, those in the data are taken.

    Raises `Timeout`, `OutOfMemory`, `TooLarge` when a limit is met, the errors of `kg.validate.validate` as they came
    up in the child, and `Unavailable` when the child died otherwise.
    """
    blobs: list[bytes] = []
    request = {
        "data": _store(data) if isinstance(data, StoreSource) else [_source(item, blobs) for item in data],
        "shapes": [_source(item, blobs) for item in shapes],
        "formats": list(formats),
        "focus": list(focus),
        "limits": {"seconds": limits.seconds, "memory": limits.memory, "results": limits.results,
                   "output": limits.output},
    }  # fmt: skip
    size = sum(map(len, blobs))
    if size > limits.input:
        raise TooLarge(f"{size} bytes of data and shapes, where {limits.input} are allowed")
    head = json.dumps(request).encode()
    child = subprocess.Popen(
        [sys.executable, "-m", "kg.validate.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={"PYTHONPATH": ":".join(p for p in sys.path if p), "PYTHONUTF8": "1"},
    )  # fmt: skip
    try:
        out, err = child.communicate(head + b"\n" + b"".join(blobs), timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise Timeout(f"validation took longer than {limits.seconds:g} s and was stopped") from None
    return _answer(child.returncode, out, err)


def _store(data: StoreSource) -> dict[str, Any]:
    return {"store": str(data.path), "graphs": list(data.graphs)}


def _source(item: Source | Path, blobs: list[bytes]) -> dict[str, Any]:
    if isinstance(item, Source):
        blobs.append(item.content)
        return {"size": len(item.content), "format": item.rdf_format().media_type, "base": item.base, "name": item.name}
    return {"path": str(item)}


def _answer(code: int, out: bytes, err: bytes) -> Answer:
    try:
        reply = json.loads(out)
    except ValueError:
        reply = {}
    if "report" in reply:
        return Answer(reply["report"], reply["bodies"])
    if "error" in reply:
        raise _error(reply)
    if b"memory allocation" in err or b"MemoryError" in err or code in (-6, -9):
        # A failed allocation aborts the process (SIGABRT); the system's own killer sends SIGKILL.
        raise OutOfMemory("validation needed more memory than is allowed and was stopped")
    raise Unavailable(f"the validating process ended with code {code}")


def _error(reply: Mapping[str, Any]) -> KgError:
    kind = getattr(kg.errors, str(reply["error"]), BadInput)
    if not (isinstance(kind, type) and issubclass(kind, KgError)):
        kind = BadInput
    found: KgError = kind(
        reply["detail"], where=reply["where"], line=reply["line"], column=reply["column"], hint=reply["hint"]
    )
    return found
