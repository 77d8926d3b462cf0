"""The engine for servers: queries in killable processes, a response cache, and one computation for equal questions."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from kg.errors import Forbidden, KgError, Timeout, Unavailable
from kg.settings import Settings
from kg.sparql.api import ANY, Answer, DatasetSpec, Hit, ReleaseInfo
from kg.sparql.attendant import Client
from kg.sparql.cache import Cache
from kg.sparql.causes import Counts
from kg.sparql.direct import settings_as_dict
from kg.sparql.execute import Job
from kg.sparql.formats import GRAPHS, choose
from kg.sparql.handle import Reply
from kg.sparql.lane import Lane
from kg.sparql.plan import Asked, Plans, changing, deadline, etag_of, stamp_of
from kg.sparql.pool import Generation
from kg.sparql.source import Source
from kg.sparql.tally import Tally
from kg.sparql.worker import job_as_request

LOOK = 2.0  # seconds between two looks at the folder of releases
READY = 5.0  # seconds in which a worker must answer the question whether it is there
SEARCH = 10.0  # seconds that a search may take
LONG = 32 * 1024  # characters; longer queries are checked in a thread, so that nobody waits for that
AGAIN = 0.02  # seconds between two looks at a worker that is at a query asked again
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass
class Flight:
    """A computation in progress and how many wait for it."""

    task: asyncio.Task[Answer]
    waiting: int = 0


class PoolEngine:
    """See `Engine`; the methods that begin with `a` are the same for code that runs on the engine's own loop."""

    def __init__(self, source: Source, settings: Settings, *, direct: str = "", access_log: bool = False) -> None:
        """`direct` is the module that runs as the keeper where workers take connections of clients themselves; the
        cache is then divided between them and the server."""
        self.source, self.settings = source, settings
        self._direct, self._access_log = direct if source.kind != "working" else "", access_log
        self.counts = Counts()
        self.usual = settings.workers or max(2, os.cpu_count() or 2)
        self.cache = Cache(settings.cache // 2 if self._direct else settings.cache)
        self.generation: Generation
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread | None = None
        self._plans = Plans(settings)
        self._flights: dict[bytes, Flight] = {}
        self._awaited: dict[bytes, asyncio.Future[Answer]] = {}  # by key: what a direct worker is at
        self.tally = Tally()
        self._folder = tempfile.TemporaryDirectory(prefix="leakgraph-")
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._refused = ""  # the release that could not be taken up, so that it is tried once only
        self._stamp = ""
        self._closed = False
        self.reloads = self.reloads_refused = 0

    async def aopen(self) -> None:
        """Load the source and start the processes. Raises as `load`."""
        self._loop = asyncio.get_running_loop()
        self._take(await self._started())
        self._keep(self._watch())

    async def _started(self) -> Generation:
        config = {
            "source": {"kind": self.source.kind, "paths": self.source.paths, "in_memory": self.source.in_memory},
            "folder": self._folder.name,
            "base": self.settings.base,
            "memory": self.settings.memory,
            "most_rows": self.settings.max_rows,
            "most_bytes": self.settings.max_bytes,
            "keeper": self._direct or "kg.sparql.keeper",
            "settings": settings_as_dict(self.settings),
            "cache": self.settings.cache // 2 // self.usual,
            "usual": self.usual,
            "access_log": self._access_log,
        }
        made = await Generation.start(config, usual=self.usual, queue=self.settings.queue, counts=self.counts)
        if self._direct:
            made.open_lane(lambda key, about, body: self._shared(made, key, about, body))
        return made

    def _shared(self, generation: Generation, key: bytes, about: dict[str, Any], body: bytes) -> None:
        """An answer that took a direct worker long, or that somebody waits for."""
        answer = Answer(body, info=generation.info, **about)
        waiting = self._awaited.pop(key, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
        if generation is self.generation:
            self.cache.put(key, answer)
            if generation.lane is not None and key in self.cache:
                generation.lane.publish(key)

    def hand_over(self, client: Client, request: bytes) -> Lane | None:
        """Give a connection to a worker, with the request that has come; what holds it then. None: the request is to
        be answered here."""
        lane = self.generation.lane
        return lane if lane is not None and lane.hand_over(client, request) else None

    def cache_counts(self) -> tuple[int, int, int]:
        """Hits, misses and bytes of the caches of the server and its direct workers."""
        *_, hits, misses = self.tally.totals()
        return self.cache.hits + hits, self.cache.misses + misses, self.cache.bytes + self.tally.cached

    def _take(self, generation: Generation) -> None:
        old = getattr(self, "generation", None)
        self.generation = generation
        self._stamp = stamp_of(generation.info, generation.meta.get("in_memory"))
        self._plans.clear()
        self.cache.clear()
        if old is not None:
            old.retire()
        if generation.lane is not None:
            self.tally.add(generation.lane)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        """Take up a new current release, and start a new keeper where the old one died."""
        while True:
            await asyncio.wait([self.generation.gone], timeout=LOOK)
            self.tally.forget()
            if self.generation.gone.done() or self._moved():
                await self.areload()
                if self.generation.gone.done():
                    await asyncio.sleep(LOOK)

    def _moved(self) -> bool:
        """Whether the path that we serve now leads to another release than the one in memory."""
        now = self._target()
        return bool(now) and now not in (self.generation.meta.get("path"), self._refused)

    def _target(self) -> str:
        if self.source.kind != "release":
            return ""
        path = Path(self.source.paths[0])
        folder = path if (path / "manifest.json").exists() else path / "current"
        return str(folder.resolve()) if folder.exists() else ""

    async def areload(self, *, restart: bool = False) -> bool:
        """Load what the source is now and serve that; running queries end on the old state. Where it is damaged the
        old one
        stays, and False is the answer."""
        async with self._reloading:
            if restart and not self.generation.gone.done():
                return True  # somebody else has restarted it meanwhile
            wanted = self._target()
            try:
                self._take(await self._started())
            except (KgError, TimeoutError) as err:
                self.reloads_refused += 1
                self._refused = wanted
                _log.error("not taken up, the old state stays in service: %s", err)
                return False
            self.reloads += 1
            _log.info("now serving %s", self.generation.info.id)
            return True

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
        seconds = deadline(timeout, self.settings)
        asked = (query, accept, format, dataset, max_rows)
        long = len(query) > LONG
        job, key = await asyncio.to_thread(self._plan, asked) if long else self._plan(asked)
        if key:
            found = self.cache.get(key)
            if found is not None:
                return found
        else:
            key = os.urandom(16)
        flight = self._flights.get(key)
        if flight is None:
            flight = Flight(self._loop.create_task(self._compute(job, key, seconds, self._state())))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda _: self._flights.pop(key, None))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            if flight.waiting == 1:
                flight.task.cancel()
            raise
        finally:
            flight.waiting -= 1

    def _plan(self, asked: Asked) -> tuple[Job, bytes]:
        return self._plans.find(asked, self._stamp)

    def _state(self) -> Generation | None:
        """What is served now; None where the data lies in another store."""
        return self.generation

    async def _compute(self, job: Job, key: bytes, seconds: float, planned: Generation | None) -> Answer:
        began = time.monotonic()
        found = await self._elsewhere(key, seconds)
        if found is not None:
            return found
        seconds = max(seconds - (time.monotonic() - began), AGAIN)
        answered, (meta, body) = await self._ask(job_as_request(job, seconds), seconds)
        # With a reload in between the key is of another state: then the answer is its own validator, and is not kept.
        lasting = not changing(job.text) and answered is planned
        etag = etag_of(key) if lasting else f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        answer = Answer(body, job.format.media_type, job.form, etag, "truncated" in meta, info=answered.info)
        if lasting and answered is self.generation:
            self.cache.put(key, answer)
        return answer

    async def _elsewhere(self, key: bytes, seconds: float) -> Answer | None:
        """The answer of a direct worker that is at the same query already; None where there is none, or it came to
        nothing. Raises what such a worker died of, and `Timeout`."""
        began, lane = time.monotonic(), self.generation.lane
        if lane is None or not lane.computing(key):
            return None
        answer = self._awaited.setdefault(key, self._loop.create_future())
        try:
            while lane.computing(key) and not answer.done():
                if time.monotonic() - began > seconds:
                    raise Timeout(f"the query was stopped after its {seconds:g} seconds")
                await asyncio.wait([answer], timeout=AGAIN)
        finally:
            self._awaited.pop(key, None)
        failed, error = lane.failures.get(key, (0.0, None))
        if error is not None and failed > began:
            raise error
        return answer.result() if answer.done() else self.cache.get(key)

    async def _ask(self, request: dict[str, Any], seconds: float) -> tuple[Generation, Reply]:
        """A worker's reply, and the generation it is of. Where the keeper died of something else, a new one is waited
        for and asked instead."""
        generation = self.generation
        try:
            return generation, await generation.ask(request, seconds)
        except Unavailable:
            if not generation.gone.done() or self._closed:
                raise
        await self.areload(restart=True)
        generation = self.generation
        return generation, await generation.ask(request, seconds)

    async def agraph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer:
        chosen = choose(GRAPHS, accept=accept, format=format)
        planned, seconds = self.generation, self.settings.timeout
        key = hashlib.blake2b(repr((self._stamp, name, chosen.name)).encode(), digest_size=16).digest()
        found = self.cache.get(key)
        if found is not None:
            return found
        answered, (_, body) = await self._ask({"op": "graph", "name": name, "format": chosen.name}, seconds)
        etag = etag_of(key) if answered is planned else f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        answer = Answer(body, chosen.media_type, "graph", etag, info=answered.info)
        if answered is planned is self.generation:
            self.cache.put(key, answer)
        return answer

    async def asearch(self, text: str, *, limit: int = 20, offset: int = 0, type: str | None = None) -> list[Hit]:
        request = {"op": "search", "text": text, "limit": limit, "offset": offset, "type": type}
        _, (_, body) = await self._ask(request, SEARCH)
        return [Hit(iri, label, tuple(types), score) for iri, label, types, score in json.loads(body)]

    async def awrite(self, change: dict[str, Any], body: bytes) -> str:
        """Change a working store: what `kg.sparql.write.write` takes, with the body of the request. Gives "created" or
        "changed" once the change is on disk and every later question sees it; writes come one after another.

        Raises as `write`, and `Timeout`, `OutOfMemory`, `Unavailable`; then nothing has changed.
        """
        if self.source.kind != "working":
            raise Forbidden("a released graph is never changed")
        path = Path(self.source.paths[0])
        given = Path(self._folder.name) / f"body-{os.urandom(6).hex()}"
        snapshot = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        async with self._writing:
            try:
                if self.generation.gone.done():
                    await self.areload(restart=True)
                given.write_bytes(body)
                message = change | {"file": str(given), "snapshot": str(snapshot)}
                outcome, generation = await self.generation.branch(message, self.settings.timeout)
                snapshot.replace(path)
                self._take(generation)
                return outcome
            finally:
                given.unlink(missing_ok=True)
                snapshot.unlink(missing_ok=True)

    async def aready(self) -> float:
        """Seconds that a worker took to answer a trivial question. Raises `Unavailable` when none answers."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(READY):
                job, _ = self._plan(("ASK {}", None, "json", ANY, None))
                await self._ask(job_as_request(job, READY), READY)
        except TimeoutError as err:
            raise Unavailable("no query process answers") from err
        return time.monotonic() - began

    async def aclose(self) -> None:
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        self.generation.kill()
        if self.generation.process:
            await self._loop.run_in_executor(None, self.generation.process.wait)
        self._folder.cleanup()

    def info(self) -> ReleaseInfo:
        return self.generation.info

    def run(
        self,
        query: str,
        *,
        accept: str | None = None,
        format: str | None = None,
        dataset: DatasetSpec = ANY,
        timeout: float | None = None,
        max_rows: int | None = None,
    ) -> Answer:
        return self._wait(
            self.arun(query, accept=accept, format=format, dataset=dataset, timeout=timeout, max_rows=max_rows)
        )

    def graph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer:
        return self._wait(self.agraph(name, accept=accept, format=format))

    def search(self, text: str, *, limit: int = 20, offset: int = 0, type: str | None = None) -> list[Hit]:
        return self._wait(self.asearch(text, limit=limit, offset=offset, type=type))

    def ready(self) -> float:
        return self._wait(self.aready())

    def close(self) -> None:
        if self._closed:
            return
        with contextlib.suppress(RuntimeError):  # the loop may be gone already
            self._wait(self.aclose())
        if self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def on_own_thread(self) -> None:
        """Give the engine a loop and a thread of its own and open it there. Raises as `load`."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="leakgraph-engine", daemon=True)
        self._thread.start()
        try:
            self._wait(self.aopen())
        except BaseException:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._folder.cleanup()
            raise


def pool_engine(source: Source, settings: Settings | None = None, *, workers: int | None = None) -> PoolEngine:
    """An engine with killable workers over a source, ready to answer from any thread. Close it when done.

    Raises as `load`. Linux only.
    """
    chosen = settings or Settings()
    engine = PoolEngine(source, replace(chosen, workers=workers) if workers else chosen)
    engine.on_own_thread()
    return engine
