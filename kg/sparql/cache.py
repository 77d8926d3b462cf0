"""The response cache: answers by their key, within a bound of bytes, those unused for longest going first."""

from __future__ import annotations

from collections import OrderedDict

from kg.sparql.api import Answer

OVERHEAD = 512  # bytes that an entry costs besides its body
LARGEST = 8  # an answer over this part of the whole cache is not kept: it would drive out all the small ones


class Cache:
    """Used from one thread only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[bytes, Answer] = OrderedDict()
        self.bytes = self.hits = self.misses = 0

    def get(self, key: bytes) -> Answer | None:
        found = self._entries.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(key)
        return found

    def put(self, key: bytes, answer: Answer) -> None:
        size = len(answer.body) + OVERHEAD
        if size * LARGEST > self._most or key in self._entries:
            return
        self._entries[key] = answer
        self.bytes += size
        while self.bytes > self._most:
            _, old = self._entries.popitem(last=False)
            self.bytes -= len(old.body) + OVERHEAD

    def __contains__(self, key: bytes) -> bool:
        return key in self._entries

    def clear(self) -> None:
        self._entries.clear()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)
