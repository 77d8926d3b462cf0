"""The engine inside a direct worker: answers in this very process, under the limits of a worker."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

from kg.errors import OutOfMemory
from kg.settings import Settings
from kg.sparql.api import ANY, Answer, DatasetSpec, ReleaseInfo
from kg.sparql.attendant import FROM_WORKER, SHARE
from kg.sparql.cache import LARGEST, Cache
from kg.sparql.execute import Job, execute
from kg.sparql.fulltext import Index
from kg.sparql.lane import STUCK
from kg.sparql.plan import Plans, deadline, etag_of, stamp_of
from kg.sparql.slot import CACHED, HITS, MISSES, WANTED, Slot
from kg.sparql.source import Loaded
from kg.sparql.worker import GROWN, address_space, arm

OFTEN = 0.005  # seconds; after a query that took longer the process is looked at for growth
SELDOM = 64  # shorter queries between two such looks
_LEFT_OUT = {"token"}  # of the settings: not for workers


class Elsewhere(Exception):
    """This request is for the server: another release, a query that another worker is at already, or one whose answer
    the server has."""


def settings_as_dict(settings: Settings) -> dict[str, Any]:
    """The settings in the form that goes to workers, without the curators' token."""
    return {item.name: getattr(settings, item.name) for item in fields(settings) if item.name not in _LEFT_OUT}


def settings_from_dict(data: dict[str, Any]) -> Settings:
    return Settings(**{**data, "service_allow": tuple(data["service_allow"])})


class DirectEngine:
    """What the protocol asks of an engine; no coroutine here ever waits. `last` is the answer that was
    just made, with its key and the seconds that it took."""

    def __init__(self, loaded: Loaded, index: Index, settings: Settings, slot: Slot, *, cache: int) -> None:
        self._loaded, self._index, self._settings, self._slot = loaded, index, settings, slot
        self._cache, self._plans = Cache(cache), Plans(settings)
        self._stamp = stamp_of(loaded.info, loaded.in_memory)
        self._size = address_space() if Path("/proc/self/statm").exists() else 0
        self._unseen = 0
        self.running = self.worn = False  # a query is begun and not yet ended; this process has grown too large
        self.began = 0.0
        self.last: tuple[bytes, Answer, float] | None = None

    async def arun(
        self,
        query: str,
        *,
        accept: str | None = None,
        format: str | None = None,
        dataset: DatasetSpec = ANY,
        timeout: float | None = None,
        max_rows: int | None = None,
    ) -> Answer:
        """As `Engine.run`. Raises `Elsewhere` for a query that another worker is at."""
        seconds = deadline(timeout, self._settings)
        job, key = self._plans.find((query, accept, format, dataset, max_rows), self._stamp)
        if key:
            found = self._cache.get(key)
            if found is not None:
                self._slot.words[HITS] += 1
                return found
            table = self._slot.table
            if table.published(key) or table.computing(key, but=self._slot.index):
                raise Elsewhere
            self._slot.words[MISSES] += 1
        return self._compute(job, key, seconds)

    def _compute(self, job: Job, key: bytes, seconds: float) -> Answer:
        self._slot.begin(key or os.urandom(16), seconds)
        self.running, self.began = True, time.monotonic()
        arm(seconds)
        try:
            body, truncated = execute(self._loaded.store, job, self._index)
        except MemoryError as err:
            raise OutOfMemory("the query needs more memory than it may have") from err
        finally:
            arm(0)
        etag = etag_of(key) if key else f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        answer = Answer(body, job.format.media_type, job.form, etag, truncated)
        took = time.monotonic() - self.began
        if key:
            self._cache.put(key, answer)
            self._slot.words[CACHED] = self._cache.bytes
            self.last = (key, answer, took)
        self._look(took)
        return answer

    def _look(self, took: float) -> None:
        """Note when the process has grown so that the next query could not have the memory that it may."""
        self._unseen += 1
        if self._size and (took > OFTEN or self._unseen >= SELDOM):
            self._unseen = 0
            self.worn = address_space() - self._size - self._cache.bytes > GROWN

    async def agraph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer:
        raise Elsewhere

    def info(self) -> ReleaseInfo:
        return self._loaded.info

    def share(self, sock: socket.socket) -> None:
        """Tell the server the answer that was just made, if it took long or others wait for it."""
        (key, answer, took), self.last = self.last or (b"", None, 0.0), None
        if answer is None:
            return
        keepable = took > STUCK and len(answer.body) * LARGEST <= self._settings.cache
        if not (keepable or self._slot.words[WANTED]):
            return
        about = {
            "media_type": answer.media_type,
            "kind": answer.kind,
            "etag": answer.etag,
            "truncated": answer.truncated,
        }
        file = filed(answer.body)
        try:
            socket.send_fds(sock, [FROM_WORKER.pack(SHARE, 0), key, json.dumps(about).encode()], [file])
        finally:
            os.close(file)


def filed(content: bytes) -> int:
    """An anonymous file with that content, to be sent to another process."""
    file = os.memfd_create("content")
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
    return file
