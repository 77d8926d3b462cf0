"""What changed between two releases, worked out once while it is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from kg.diff import Changes, changes
from kg.store import Release
from kg.web.verify import Verifier

DUMP = "graph.nq.gz"  # sorted lines, so that one pass over two of them is enough
KEPT = 16_000_000  # characters of lines that are kept; larger differences are worked out each time


class Differences:
    """Differences by the folders of their two releases. Safe from any thread; one is worked out at a time."""

    def __init__(self, verifier: Verifier, *, most: int = KEPT) -> None:
        self._verifier, self._most = verifier, most
        self._kept: OrderedDict[tuple[Path, Path], tuple[Changes, int]] = OrderedDict()
        self._lock, self._working = threading.Lock(), threading.Lock()

    def between(self, old: Release, new: Release) -> Changes:
        """What changed from `old` to `new`. Raises `BadRelease` for a dump that is damaged."""
        key = (old.path, new.path)
        for release in (old, new):
            self._verifier.opened(release, DUMP).close()
        if (known := self._known(key)) is not None:
            return known
        with self._working:
            if (known := self._known(key)) is not None:
                return known
            found = changes(old.path / DUMP, new.path / DUMP)
            self._keep(key, found)
        return found

    def _known(self, key: tuple[Path, Path]) -> Changes | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _keep(self, key: tuple[Path, Path], found: Changes) -> None:
        size = sum(map(len, found.added)) + sum(map(len, found.removed))
        if size > self._most:
            return
        with self._lock:
            self._kept[key] = (found, size)
            while sum(size for _, size in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
