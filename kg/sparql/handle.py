"""The engine's handle on one worker: what it has been given, and its answers as they come in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol, cast

from kg.sparql.wire import ANSWER, error_from_dict

Reply = tuple[dict[str, Any], bytes]


class Owner(Protocol):
    """What a worker tells."""

    def finished(self, worker: Worker, *, gone: bool) -> None: ...

    def lost(self, worker: Worker) -> None: ...


@dataclass
class Waiting:
    """A request and who waits for its reply; `since` is monotonic."""

    payload: bytes
    timeout: float
    reply: asyncio.Future[Reply]
    since: float
    again: bool = False  # its worker was killed from outside, and it has been given to another


class Worker(asyncio.Protocol):
    """The engine's end of one worker. `job` is what it is busy with."""

    def __init__(self, pool: Owner, pid: int, pidfd: int) -> None:
        self.pool, self.pid, self.pidfd = pool, pid, pidfd
        self.jobs: deque[Waiting | None] = deque()  # the first is being computed; None: answered by another meanwhile
        self.started = 0.0  # when the first was begun
        self.retired = False  # given less processor time for good, so that it is not used again
        self.killed_for: str = ""
        self._parts: list[bytes] = []
        self._length = self._head = self._whole = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def give(self, job: Waiting) -> None:
        if not self.jobs:
            self.started = time.monotonic()
        self.jobs.append(job)
        self.transport.write(job.payload)

    def take_back(self) -> list[Waiting]:
        """The jobs behind the first, to be given to others. This worker will compute them too; nobody listens."""
        taken = [job for job in list(self.jobs)[1:] if job is not None]
        self.jobs = deque([self.jobs[0], *[None] * (len(self.jobs) - 1)]) if self.jobs else self.jobs
        return taken

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        self._length += len(data)
        while self._length >= (self._whole or ANSWER.size):
            if len(self._parts) > 1:
                self._parts = [b"".join(self._parts)]
            buffer = self._parts[0]
            if not self._whole:
                self._head, body = ANSWER.unpack_from(buffer)
                self._whole = ANSWER.size + self._head + body
                continue
            self._answered(buffer)
            rest = buffer[self._whole :]
            self._parts, self._length, self._whole = [rest], len(rest), 0

    def _answered(self, buffer: bytes) -> None:
        start = ANSWER.size + self._head
        meta = json.loads(buffer[ANSWER.size : start]) if self._head > 2 else {}
        job = self.jobs.popleft() if self.jobs else None
        self.started = time.monotonic()
        self.pool.finished(self, gone=self.retired or "bye" in meta)
        if job and not job.reply.done():
            if "error" in meta:
                job.reply.set_exception(error_from_dict(meta))
            else:
                job.reply.set_result((meta, buffer[start : self._whole]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.pool.lost(self)

    def kill(self, why: str) -> None:
        self.killed_for = self.killed_for or why
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
