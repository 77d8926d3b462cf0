"""The direct lane: workers that hold the connections of clients, so that a query crosses no border between processes.

The server accepts a connection and hands it to a worker with its first request; the worker reads, answers and keeps it
while requests come. The server keeps the connection open too and stands in where a worker is slow or dies: the other
clients of a worker that is at a slow query are taken from it after `STUCK` seconds, and a request over which a worker
was killed is answered with the reason, or asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from kg.errors import KgError
from kg.sparql.attendant import Attendant, Client
from kg.sparql.causes import Counts, cause
from kg.sparql.slot import CACHED, COUNTERS, HITS, LIMIT, MISSES, STARTED, Table

STUCK = 0.02  # seconds; a query that runs longer shall keep nobody else waiting
SLOW = 0.25  # seconds; a query that runs longer no longer counts against the number of workers
LONG = 1.0  # seconds; from here on a query gets less of the processor than short ones
PATIENCE = 0.1  # seconds after which we look whether the client is still there; most answers are out by then
GRACE = 0.5  # seconds after the time limit until a worker that did not kill itself is killed
SWEEP = 0.02  # seconds between two looks at the workers while they hold clients
BURST = 4  # times the usual number of workers that may run while long queries keep some busy
COUNTED = COUNTERS + 2  # numbers that a worker counts: its counters, cache hits and misses
UNTOLD = 0.25  # seconds after which a worker's cause of death counts as unknown
REMEMBERED = 64  # queries that workers died of
AGAIN = 0.5  # seconds between two tries to fork where the keeper does not listen


class Lane:
    """The direct workers of one generation. Used from one event loop; `fork` is called once the store is loaded."""

    def __init__(
        self,
        control: socket.socket,
        *,
        usual: int,
        counts: Counts,
        shared: Callable[[bytes, dict[str, Any], bytes], None],
        emptied: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._control, self._usual, self.counts = control, usual, counts
        self.shared, self._emptied = shared, emptied
        self._most = usual * BURST
        self._table = Table.made(self._most)
        self.attendants: dict[int, Attendant] = {}  # by their slot
        self._dying: dict[int, Attendant] = {}  # by their process, until it is known what they died of
        self._causes: dict[int, tuple[int, str]] = {}
        self.failures: dict[bytes, tuple[float, KgError]] = {}  # by key: when a worker died of a query, and the error
        self._numbers = self._forks = 0
        self._sweeping = self.retired = False
        self._past = [0] * COUNTED  # what workers that are gone have counted

    def fork(self, number: int) -> None:
        """Have the keeper fork so many more workers."""
        for _ in range(number):
            taken = {item.slot.index for item in self._dying.values()} | set(self.attendants)
            index = next((index for index in range(self._most) if index not in taken), None)
            if index is None or self.retired:
                return
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            slot = self._table.slot(index, os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC))
            slot.clear()
            self._forks += 1
            made = Attendant(self, ours, slot, self._forks)
            message = json.dumps({"op": "attend", "slot": index, "slots": self._most}).encode()
            try:
                socket.send_fds(self._control, [message], [theirs.fileno(), self._table.file, slot.token])
            except OSError:  # a dead keeper is noticed by its socket's end; a busy one is asked again
                made.close()
                self._loop.call_later(AGAIN, self._replace)
                return
            finally:
                theirs.close()
            self.attendants[index] = made

    def welcome(self, index: int, pid: int, pidfd: int) -> None:
        """The keeper has forked the worker of that slot."""
        attendant = self.attendants.get(index)
        if attendant is None:
            os.close(pidfd)
            return
        attendant.pid, attendant.pidfd = pid, pidfd
        self.counts.forks += 1
        self._loop.add_reader(attendant.sock.fileno(), attendant.heard)
        if self.retired:
            attendant.leave()

    def hand_over(self, client: Client, request: bytes) -> bool:
        """Give a client to the worker that has the fewest. False: the server has to answer it."""
        if self.retired:
            return False
        ready = [
            item
            for item in self.attendants.values()
            if item.pid > 0 and not item.apart and not item.leaving and item.slot.busy() < STUCK
        ]
        if not ready:
            return False
        self._numbers += 1
        chosen = min(ready, key=lambda item: len(item.clients))
        given = chosen.give(self._numbers, client, request)
        if given and not self._sweeping:
            self._sweeping = True
            self._loop.call_later(SWEEP, self._sweep)
        return given

    def recall(self, client: Client) -> None:
        """Have a client given back once its request is answered."""
        for attendant in self.attendants.values():
            for number, held in attendant.clients.items():
                if held.client is client:
                    attendant.recall(number)

    def publish(self, key: bytes) -> None:
        """Let the workers know that the server has the answer of that key."""
        if not self.retired:
            self._table.publish(key)

    def computing(self, key: bytes) -> bool:
        """Whether a worker is at the query of that key, whose answer it will then share."""
        return self._table.computing(key, wanted=True)

    def _sweep(self) -> None:
        self._sweeping = False
        for attendant in list(self.attendants.values()):
            attendant.forget()
            ran = attendant.slot.busy()
            if ran > STUCK:
                self._slow(attendant, ran)
        self._replace()
        self._thin()
        if any(item.clients for item in self.attendants.values()):
            self._sweeping = True
            self._loop.call_later(SWEEP, self._sweep)

    def _slow(self, attendant: Attendant, ran: float) -> None:
        attendant.take_apart()
        if ran > attendant.slot.words[LIMIT] / 1000 + GRACE:
            attendant.kill("timeout")
        elif ran > PATIENCE and attendant.client_is_gone():
            attendant.kill("cancelled")
        elif ran > LONG and not attendant.lowered:
            attendant.lowered = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, attendant.pid, 10)

    def _replace(self) -> None:
        """Keep as many workers as usual beside those that long queries keep busy."""
        there = [item for item in self.attendants.values() if not item.leaving]
        slow = sum(1 for item in there if item.slot.busy() > SLOW)
        self.fork(min(self._usual + slow, self._most) - len(there))

    def freed(self, attendant: Attendant) -> None:
        """A worker whose clients were taken from it is ready for others."""
        if attendant.lowered:
            attendant.leave()
            self._replace()
        self._thin()

    def _thin(self) -> None:
        """Where more are ready than usual, let the youngest idle ones go: they have the fewest pages of the store to
        themselves, which is what makes a worker's first queries slow."""
        ready = [item for item in self.attendants.values() if item.pid > 0 and not item.apart and not item.leaving]
        idle = [item for item in ready if not item.clients and not item.slot.busy()]
        for item in sorted(idle, key=lambda item: -item.number)[: max(0, len(ready) - self._usual)]:
            item.leave()

    def lost(self, attendant: Attendant) -> None:
        """A worker has gone or died."""
        self._loop.remove_reader(attendant.sock.fileno())
        self.attendants.pop(attendant.slot.index, None)
        self._dying[attendant.pid] = attendant
        attendant.abandon()
        if attendant.pid in self._causes or not attendant.current():
            self._explain(attendant.pid)
        else:  # the keeper tells the cause; should it be dead too, nobody waits for ever
            self._loop.call_later(UNTOLD, self._explain, attendant.pid)
        self._replace()

    def died(self, pid: int, number: int, words: str) -> bool:
        """The keeper's word that one of ours died of a signal (0: it went) with these last words. False: not ours."""
        if pid in self._dying:
            self._causes[pid] = (number, words)
            self._explain(pid)
            return True
        ours = any(item.pid == pid for item in self.attendants.values())
        if ours:
            self._causes[pid] = (number, words)
        return ours

    def _explain(self, pid: int) -> None:
        attendant = self._dying.pop(pid, None)
        if attendant is None:
            return
        number, words = self._causes.pop(pid, (0, ""))
        error: KgError | None = None
        if attendant.current() or number:
            self.counts.deaths += 1
            if attendant.killed_for or number not in (0, signal.SIGKILL):
                limit = attendant.slot.words[LIMIT] / 1000
                why, error = cause(number, words, attendant.killed_for, limit)
                self.counts.kill(why)
        if error is not None and attendant.killed_for != "cancelled":
            self.failures[attendant.slot.key()] = (time.monotonic(), error)
            while len(self.failures) > REMEMBERED:
                del self.failures[next(iter(self.failures))]
        attendant.slot.words[STARTED] = 0  # nobody is at that query any more
        attendant.settle(error)
        self._past = [old + new for old, new in zip(self._past, _counted(attendant), strict=True)]
        attendant.close()
        self._finish()

    def _finish(self) -> None:
        """Once the last worker of a retired lane is gone, nothing of it is left open."""
        if self.retired and self.empty:
            self._table.close()
            self._emptied()

    def totals(self) -> list[int]:
        """The counters of all workers so far, then their cache hits and misses."""
        total = self._past
        for attendant in (*self.attendants.values(), *self._dying.values()):
            total = [old + new for old, new in zip(total, _counted(attendant), strict=True)]
        return total

    @property
    def cached(self) -> int:
        """Bytes in the caches of the workers."""
        return sum(int(item.slot.words[CACHED]) for item in self.attendants.values())

    @property
    def held(self) -> int:
        """How many clients the workers hold."""
        return sum(len(item.clients) for item in self.attendants.values())

    @property
    def empty(self) -> bool:
        return not self.attendants and not self._dying

    def retire(self) -> None:
        """Take no more clients; let the workers give back theirs and go."""
        self.retired = True
        for attendant in self.attendants.values():
            if attendant.pid > 0:
                attendant.leave()
        self._finish()

    def kill(self) -> None:
        self.retired = True
        for attendant in self.attendants.values():
            attendant.kill("closing")

    def closed(self) -> None:
        """The keeper is gone, and every worker with it: nobody will tell the causes."""
        self.retired = True
        for attendant in list(self.attendants.values()):
            if attendant.pid < 0:
                self.attendants.pop(attendant.slot.index)
                attendant.close()
        self._finish()


def _counted(attendant: Attendant) -> list[int]:
    words = attendant.slot.words
    return [*attendant.slot.counts, words[HITS], words[MISSES]]
