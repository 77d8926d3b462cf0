"""A worker: the forked child that answers one query after another, and that its limits kill."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import resource
import signal
import socket
from pathlib import Path
from typing import Any, NoReturn

from kg.errors import KgError, OutOfMemory
from kg.sparql.clauses import Search
from kg.sparql.execute import Job, execute, graph_of
from kg.sparql.formats import GRAPHS, TABLES
from kg.sparql.fulltext import Index
from kg.sparql.source import Loaded, Source, load
from kg.sparql.wire import Requests, error_as_dict, reply

FORMATS = {item.name: item for item in (*TABLES, *GRAPHS)}
STACK = 64 * 1024 * 1024  # for the engine's recursive parser; the main thread's stack grows up to it
GROWN = 96 * 1024 * 1024  # a worker whose address space grew by so much is replaced by a fresh one
_PRCTL = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
_PR_SET_PDEATHSIG = 1
_PAGE = os.sysconf("SC_PAGE_SIZE")


def limit(memory: int) -> None:
    """Bound this process: `memory` more bytes of address space than it has now, no core files."""
    if Path("/proc/self/statm").exists():
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (address_space() + memory, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def address_space() -> int:
    """Bytes of address space that this process has."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - a Path costs as much as a small query
        return int(statm.read().split()[0]) * _PAGE


def arm(seconds: float) -> None:
    """Let the kernel kill this process after so many seconds, whatever it is doing by then; 0 calls it off."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def settled(loaded: Loaded | Source, memory: int) -> Loaded:
    """Make this process a worker: what ends it, its limits, and the store, opened here if it is not there yet."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _first_to_go()
    _die_with_parent()
    if isinstance(loaded, Source):
        loaded = load(loaded)
    limit(memory)
    return loaded


def work(sock: socket.socket, loaded: Loaded | Source, index: Index, settings: dict[str, Any]) -> NoReturn:
    """Answer requests until the stream ends. `loaded` is the store, or a source that each worker opens for itself."""
    loaded = settled(loaded, settings["memory"])
    size = address_space() if Path("/proc/self/statm").exists() else 0
    requests = Requests(sock)
    while (request := requests.next()) is not None:
        arm(request["timeout"])
        try:
            meta, body = _answer(request, loaded, index, settings)
        except KgError as err:
            meta, body = error_as_dict(err), b""
        except MemoryError:
            meta, body = error_as_dict(OutOfMemory("the query needs more memory than it may have")), b""
        arm(0)
        worn = bool(size) and address_space() - size > GROWN
        if worn:
            meta["bye"] = True
        reply(sock, meta, body)
        if worn:
            break
    os._exit(0)


def _first_to_go() -> None:
    """When the machine runs out of memory, let the kernel choose a worker rather than the process with the store."""
    try:
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")
    except OSError:
        return  # no Linux, or not allowed: nothing else depends on it


def _die_with_parent() -> None:
    """Let the kernel kill this process when its keeper dies, which a worker that computes would not notice."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _answer(
    request: dict[str, Any], loaded: Loaded, index: Index, settings: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    what = request["op"]
    if what == "query":
        body, truncated = execute(loaded.store, job_from(request, settings), index)
        return ({"truncated": True} if truncated else {}), body
    if what == "graph":
        form = FORMATS[request["format"]]
        return {}, graph_of(loaded.store, request["name"], form, most_bytes=settings["most_bytes"])
    hits = index.search(request["text"], limit=request["limit"], offset=request["offset"], type=request["type"])
    return {}, json.dumps([dataclasses.astuple(hit) for hit in hits]).encode()


def job_as_request(job: Job, timeout: float) -> dict[str, Any]:
    """A job in the form that goes to a worker; what is usual is left out."""
    request: dict[str, Any] = {
        "op": "query",
        "timeout": timeout,
        "text": job.text,
        "form": job.form,
        "format": job.format.name,
    }
    if job.searches:
        request["searches"] = [dataclasses.astuple(item) for item in job.searches]
    if job.default is not None or job.named is not None:
        request["dataset"] = (job.default, job.named)
    if job.max_rows is not None:
        request["max_rows"] = job.max_rows
    return request


def job_from(request: dict[str, Any], settings: dict[str, Any]) -> Job:
    default, named = request.get("dataset", (None, None))
    return Job(
        text=request["text"],
        form=request["form"],
        format=FORMATS[request["format"]],
        base=settings["base"],
        searches=tuple(Search(*item) for item in request.get("searches", ())),
        default=default,
        named=named,
        max_rows=request.get("max_rows"),
        most_rows=settings["most_rows"],
        most_bytes=settings["most_bytes"],
    )
