"""What the direct workers of all states of an engine have counted."""

from __future__ import annotations

from kg.sparql.lane import COUNTED, Lane


class Tally:
    """Lanes that are not empty yet, and the counts of those that were."""

    def __init__(self) -> None:
        self._lanes: list[Lane] = []
        self._past = [0] * COUNTED

    def add(self, lane: Lane) -> None:
        self._lanes.append(lane)

    def forget(self) -> None:
        """Let go of retired lanes that are empty, but for their counts."""
        for lane in [lane for lane in self._lanes if lane.retired and lane.empty]:
            self._lanes.remove(lane)
            self._past = [one + other for one, other in zip(self._past, lane.totals(), strict=True)]

    def totals(self) -> list[int]:
        """The counters of all direct workers so far, then their cache hits and misses."""
        return [sum(column) for column in zip(self._past, *(lane.totals() for lane in self._lanes), strict=True)]

    @property
    def cached(self) -> int:
        """Bytes in the caches of the workers."""
        return sum(lane.cached for lane in self._lanes)
