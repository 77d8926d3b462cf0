"""Counts for Prometheus, in its text format, and access log lines."""

from __future__ import annotations

import json
import sys
from bisect import bisect_left
from datetime import UTC, datetime

from kg.sparql import PoolEngine

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency histogram, seconds."""
TEXT = "text/plain; version=0.0.4; charset=utf-8"
_HELD = 100  # lines written at once under load; otherwise once a second


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
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[kind] = self._seconds.get(kind, 0.0) + seconds

    def text(self, engine: PoolEngine | None) -> str:
        """Everything in the text exposition format."""
        lines = ["# TYPE leakgraph_requests_total counter"]
        for (kind, status), number in sorted(self._requests.items()):
            lines.append(f'leakgraph_requests_total{{kind="{kind}",status="{status}"}} {number}')
        lines.append("# TYPE leakgraph_request_seconds histogram")
        for kind, buckets in sorted(self._latency.items()):
            total = 0
            for bound, number in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
                total += number
                lines.append(f'leakgraph_request_seconds_bucket{{kind="{kind}",le="{bound}"}} {total}')
            lines.append(f'leakgraph_request_seconds_sum{{kind="{kind}"}} {self._seconds[kind]:.6f}')
            lines.append(f'leakgraph_request_seconds_count{{kind="{kind}"}} {total}')
        lines += _lines("disconnects_total", "counter", self.disconnects)
        if engine is not None:
            lines += self._engine(engine)
        return "\n".join(lines) + "\n"

    def _engine(self, engine: PoolEngine) -> list[str]:
        counts, cache, generation = engine.counts, engine.cache, engine.generation
        lines = [
            *_lines("cache_hits_total", "counter", cache.hits),
            *_lines("cache_misses_total", "counter", cache.misses),
            *_lines("cache_bytes", "gauge", cache.bytes),
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
    """One JSON object a line on standard error: no query text, no address of the client."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, method: str, path: str, status: int, size: int, seconds: float) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "method": method, "path": path, "status": status, "bytes": size}
        self._lines.append(json.dumps(line | {"ms": round(seconds * 1000, 2)}))
        if len(self._lines) >= _HELD:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            sys.stderr.write("\n".join(self._lines) + "\n")
            sys.stderr.flush()
            self._lines.clear()
