"""Counts for Prometheus, in its text format, and access log lines."""

from __future__ import annotations

import contextlib
import json
import os
from bisect import bisect_left
from datetime import UTC, datetime

from kg.sparql import PoolEngine

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency histogram, seconds."""
TEXT = "text/plain; version=0.0.4; charset=utf-8"
STATUSES = (200, 204, 303, 304, 400, 401, 403, 404, 405, 406, 408, 413, 415, 429, 500, 503, 507)
"""Statuses that direct workers count apart; any other counts as the last slot."""
NANOSECONDS = len(BOUNDS) + 1
"""A direct worker's counters: the buckets of the histogram, the sum of latencies (ns), a counter for each status."""
_HELD = 100  # lines written at once under load; otherwise once a second


def bucket(seconds: float) -> int:
    """The counter of the histogram's bucket for a latency."""
    return bisect_left(BOUNDS, seconds)


def status_counter(status: int) -> int:
    """The counter of an answer's status."""
    return NANOSECONDS + 1 + (STATUSES.index(status) if status in STATUSES else len(STATUSES))


class Metrics:
    """What the front has answered, by kind of address and status. Used from one thread."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, int], int] = {}
        self._latency: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self.disconnects = 0

    def count(self, kind: str, status: int, seconds: float) -> None:
        self._requests[kind, status] = self._requests.get((kind, status), 0) + 1
        buckets = self._latency.get(kind)
        if buckets is None:
            buckets = self._latency[kind] = [0] * (len(BOUNDS) + 1)
        buckets[bucket(seconds)] += 1
        self._seconds[kind] = self._seconds.get(kind, 0.0) + seconds

    def text(self, engine: PoolEngine | None) -> str:
        """Everything in the text exposition format."""
        lane = engine.generation.lane if engine is not None else None
        requests, latency, sums = self._with_direct(engine.tally.totals() if engine is not None else [])
        lines = ["# TYPE leakgraph_requests_total counter"]
        for (kind, status), number in sorted(requests.items()):
            lines.append(f'leakgraph_requests_total{{kind="{kind}",status="{status}"}} {number}')
        lines.append("# TYPE leakgraph_request_seconds histogram")
        for kind, buckets in sorted(latency.items()):
            total = 0
            for bound, number in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
                total += number
                lines.append(f'leakgraph_request_seconds_bucket{{kind="{kind}",le="{bound}"}} {total}')
            lines.append(f'leakgraph_request_seconds_sum{{kind="{kind}"}} {sums[kind]:.6f}')
            lines.append(f'leakgraph_request_seconds_count{{kind="{kind}"}} {total}')
        lines += _lines("disconnects_total", "counter", self.disconnects)
        if engine is not None:
            lines += self._engine(engine)
        if lane is not None:
            lines += _lines("direct_workers", "gauge", len(lane.attendants))
            lines += _lines("direct_connections", "gauge", lane.held)
        return "\n".join(lines) + "\n"

    def _with_direct(
        self, totals: list[int]
    ) -> tuple[dict[tuple[str, int], int], dict[str, list[int]], dict[str, float]]:
        """Requests, latencies and their sums, with what direct workers have answered."""
        requests = dict(self._requests)
        latency = {kind: list(buckets) for kind, buckets in self._latency.items()}
        sums = dict(self._seconds)
        if any(totals[:NANOSECONDS]):
            mine = latency.setdefault("sparql", [0] * (len(BOUNDS) + 1))
            latency["sparql"] = [one + other for one, other in zip(mine, totals[:NANOSECONDS], strict=True)]
            sums["sparql"] = sums.get("sparql", 0.0) + totals[NANOSECONDS] / 1e9
            for status in (*STATUSES, 0):
                if number := totals[status_counter(status)]:
                    requests["sparql", status] = requests.get(("sparql", status), 0) + number
        return requests, latency, sums

    def _engine(self, engine: PoolEngine) -> list[str]:
        counts, generation = engine.counts, engine.generation
        hits, misses, held = engine.cache_counts()
        lines = [
            *_lines("cache_hits_total", "counter", hits),
            *_lines("cache_misses_total", "counter", misses),
            *_lines("cache_bytes", "gauge", held),
            *_lines("workers", "gauge", len(generation.workers)),
            *_lines("workers_busy", "gauge", generation.busy),
            *_lines("worker_forks_total", "counter", counts.forks),
            *_lines("queue_length", "gauge", generation.waiting),
            *_lines("queue_refused_total", "counter", counts.refused),
            *_lines("reloads_total", "counter", engine.reloads),
            *_lines("reloads_refused_total", "counter", engine.reloads_refused),
            *_lines("quads", "gauge", engine.info().quads),
            "# TYPE leakgraph_worker_kills_total counter",
        ]
        for why in sorted({"timeout", "memory", "cancelled", "crash", *counts.kills}):
            lines.append(f'leakgraph_worker_kills_total{{reason="{why}"}} {counts.kills.get(why, 0)}')
        return lines


def _lines(name: str, kind: str, value: float) -> list[str]:
    return [f"# TYPE leakgraph_{name} {kind}", f"leakgraph_{name} {value}"]


class AccessLog:
    """One JSON object a line: no query text, no address of the client. `file` is an open file descriptor; up to
    `most_held` lines are written at once."""

    def __init__(self, file: int = 2, *, most_held: int = _HELD) -> None:
        self._file, self._most_held = file, most_held
        self._lines: list[str] = []

    def add(self, method: str, path: str, status: int, size: int, seconds: float) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "method": method, "path": path, "status": status, "bytes": size}
        self._lines.append(json.dumps(line | {"ms": round(seconds * 1000, 2)}))
        if len(self._lines) >= self._most_held:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            data = ("\n".join(self._lines) + "\n").encode()
            self._lines.clear()
            with contextlib.suppress(OSError):  # nobody reads the log any more: that ends no request and no worker
                while data:
                    data = data[os.write(self._file, data) :]
