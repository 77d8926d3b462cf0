"""What each direct worker is doing, in memory that it shares with the server.

A direct worker holds connections of clients and reads their requests itself. What it has taken from a connection
stands here before it takes it, so that a request outlives the worker that is killed over it; whom it answers, since
when, and what it has counted stand here too.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time

IDLE, NOTED, COMPUTING, WRITING = range(4)
"""NOTED: the request stands here but may still be in the socket too. WRITING: parts of its answer may be out."""

PHASE, CLIENT, TAKEN, LENGTH, STARTED, LIMIT, KEY, HITS, MISSES, CACHED, SENT, ANSWER, WANTED, COUNTS = (
    0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 16,
)  # fmt: skip
"""Words of a slot: the phase, the client's number, the last handing-over that was taken, bytes of the request, when its
query was begun (monotonic ns), its time limit (ms), its key (two words), cache hits, misses and bytes, the bytes that
this worker will have sent the client once the answer is out, those of the answer, whether the server wants it too,
counters."""

WORDS = 64  # 8 bytes each, before the request
COUNTERS = WORDS - COUNTS
RAW = 60 * 1024  # bytes; a longer request is left to the server. With its head it still fits into one packet
KNOWN = 1024  # answers of the server that workers can know of; each has one place, by its key
SIZE = 8 * WORDS + RAW + 4096 - (8 * WORDS + RAW) % 4096


class Table:
    """The slots of one engine state; `file` is an anonymous file that parent and children map."""

    def __init__(self, file: int, slots: int) -> None:
        self.file, self.slots = file, slots
        self.memory = mmap.mmap(file, slots * SIZE + KNOWN * 16)
        self._all = view = memoryview(self.memory)
        self._known = view[slots * SIZE :]
        self.words = [view[at : at + 8 * WORDS].cast("Q") for at in range(0, slots * SIZE, SIZE)]

    @classmethod
    def made(cls, slots: int) -> Table:
        file = os.memfd_create("slots")
        os.ftruncate(file, slots * SIZE + KNOWN * 16)
        return cls(file, slots)

    def close(self) -> None:
        """Close the file and what is mapped of it. Nobody is at any query then."""
        if self.file < 0:
            return
        os.close(self.file)
        self.file = -1
        for view in (*self.words, self._known, self._all):
            view.release()
        self.words = []
        self.memory.close()

    def publish(self, key: bytes) -> None:
        """Let the workers know that the server has the answer of that key."""
        at = _place(key)
        self._known[at : at + 16] = key

    def published(self, key: bytes) -> bool:
        """Whether the server has had the answer of that key; a newer one may have taken its place since."""
        at = _place(key)
        return self._known[at : at + 16] == key

    def part(self, start: int, end: int) -> memoryview:
        return self._all[start:end]

    def slot(self, index: int, token: int) -> Slot:
        return Slot(self, index, token)

    def computing(self, key: bytes, *, but: int = -1, wanted: bool = False) -> bool:
        """Whether a worker other than `but` is at the query of that key. `wanted`: the server wants its
        answer."""
        first, second = _words(key)
        for index, words in enumerate(self.words):
            if words[STARTED] and index != but and words[KEY] == first and words[KEY + 1] == second:
                if wanted:
                    words[WANTED] = 1
                return True
        return False


def _place(key: bytes) -> int:
    return int.from_bytes(key[:4], "little") % KNOWN * 16


def _words(key: bytes) -> tuple[int, int]:
    return int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")


class Slot:
    """One worker's part of the table. `token` is an event counter that holds 1 while a query runs: who reads it first,
    the worker at the end of its query or the server that finds it slow, decides who goes on with the other clients."""

    def __init__(self, table: Table, index: int, token: int) -> None:
        self.table, self.index, self.token = table, index, token
        self.words = table.words[index]
        self.counts = self.words[COUNTS:]
        start = index * SIZE + 8 * WORDS
        self.raw = table.part(start, start + RAW)

    def release(self) -> None:
        """Look at the table no more."""
        self.counts.release()
        self.raw.release()

    def clear(self) -> None:
        """Make the slot fit for another worker."""
        for index in range(WORDS):
            self.words[index] = 0
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.token)

    # The worker's side

    def note(self, client: int, length: int) -> None:
        """The request of a client stands in `raw`."""
        words = self.words
        words[CLIENT] = client
        words[LENGTH] = length
        words[PHASE] = NOTED

    def begin(self, key: bytes, seconds: float) -> None:
        """A query is begun that may take some time."""
        words = self.words
        words[LIMIT] = int(seconds * 1000)
        words[WANTED] = 0
        words[KEY], words[KEY + 1] = _words(key)
        words[STARTED] = time.monotonic_ns()
        os.eventfd_write(self.token, 1)

    def answer(self, length: int, sent: int) -> None:
        """The answer is there, and is about to be written."""
        words = self.words
        words[ANSWER] = length
        words[SENT] = sent
        words[PHASE] = WRITING

    def end(self) -> bool:
        """The query has ended and its answer is out. False: the server has taken the other clients away."""
        words = self.words
        try:
            os.eventfd_read(self.token)
            kept = True
        except BlockingIOError:
            kept = False
        words[STARTED] = words[KEY] = words[KEY + 1] = 0
        return kept

    # The server's side

    def key(self) -> bytes:
        """The key of its query."""
        return self.words[KEY : KEY + 2].tobytes()

    def busy(self) -> float:
        """Seconds for which its query has been running; 0 when there is none."""
        started = self.words[STARTED]
        return (time.monotonic_ns() - started) / 1e9 if started else 0.0

    def take(self) -> bool:
        """Take the right to the worker's other clients. False: its query has just ended."""
        try:
            os.eventfd_read(self.token)
        except BlockingIOError:
            return False
        return True

    def request(self) -> bytes:
        """The request that the worker was at."""
        return bytes(self.raw[: self.words[LENGTH]])
