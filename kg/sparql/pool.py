"""A generation: one keeper with one state of the store, and the workers that answer from it.

Everything here runs on one event loop. A query goes to an idle worker; where all are busy, more are forked while
some run long, and
the rest wait in a bounded queue. Whoever stops waiting for an answer has its worker killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from kg.errors import BadRelease, KgError, OutOfMemory, Timeout, TooBusy, Unavailable
from kg.sparql.api import ReleaseInfo
from kg.sparql.causes import Counts, cause
from kg.sparql.handle import Reply, Waiting, Worker
from kg.sparql.lane import BURST, LONG, SLOW, Lane
from kg.sparql.wire import MESSAGE, error_from_dict, pack

GRACE = 0.5  # seconds after the time limit until a worker that did not kill itself is killed
SWEEP = 0.05  # seconds between two looks at the busy workers
AHEAD = 4  # jobs that a worker may have at once, the one it computes included
QUICK = 0.005  # seconds; behind a job that has run for longer no other is put
LOADING = 900.0  # seconds that a keeper may take to load its source


class Generation:
    """Made by `start` or `branch`; `ask` answers; `retire` ends it once its last answer is out."""

    def __init__(self, control: socket.socket, *, usual: int, queue: int, counts: Counts) -> None:
        self.lane: Lane | None = None
        self._loop = asyncio.get_running_loop()
        self._control = control
        self._usual, self._most_waiting, self.counts = usual, queue, counts
        self.workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._queue: deque[Waiting] = deque()
        self._forking = 0
        self._dead: dict[int, Worker] = {}  # lost with a job, its cause of death not known yet
        self._causes: dict[int, tuple[int, str]] = {}
        self._sweeping = False
        self._retired = False
        self._said: asyncio.Queue[tuple[dict[str, Any], list[int]]] = asyncio.Queue()
        self.process: subprocess.Popen[bytes] | None = None
        self.info = ReleaseInfo("", "", 0)
        self.meta: dict[str, Any] = {}
        self.gone: asyncio.Future[None] = self._loop.create_future()
        control.setblocking(False)
        self._loop.add_reader(control.fileno(), self._heard)

    @classmethod
    async def start(cls, config: dict[str, Any], *, usual: int, queue: int, counts: Counts) -> Generation:
        """A keeper started, its source loaded. Raises what `load` raises, and `Unavailable` if the keeper dies."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KG_")}
        process = subprocess.Popen(
            [sys.executable, "-m", config["keeper"], str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        theirs.close()
        made = cls(ours, usual=usual, queue=queue, counts=counts)
        made.process = process
        ours.send(json.dumps(config).encode())
        await made._until_ready()
        return made

    async def _until_ready(self) -> str:
        """Wait for the keeper's word that it holds the store; gives the outcome of the write it made, if any."""
        outcome = ""
        try:
            async with asyncio.timeout(LOADING):
                while True:
                    message, _ = await self._said.get()
                    if message["op"] == "outcome":
                        outcome = message["outcome"]
                    elif message["op"] == "ready":
                        self.meta, self.info = message, ReleaseInfo(*message["info"])
                        return outcome
                    elif message["op"] == "failed":
                        raise error_from_dict(message)
                    elif message["op"] == "closed":
                        raise BadRelease("the process that loads the store died")
        except (KgError, TimeoutError):
            self.retire()
            raise

    def _heard(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._control, MESSAGE, 2)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        message: dict[str, Any] = json.loads(data) if data else {"op": "closed"}
        what = message["op"]
        if what == "worker":
            self._loop.create_task(self._welcome(int(message["pid"]), fds))
        elif what == "attendant" and self.lane:
            self.lane.welcome(message["slot"], message["pid"], fds[0])
        elif what == "dead":
            self._died(message)
        elif what == "closed":
            self._closed()
            self._said.put_nowait((message, []))
        else:
            self._said.put_nowait((message, fds))

    def open_lane(self, shared: Callable[[bytes, dict[str, Any], bytes], None]) -> None:
        """Fork workers that take connections of clients; `shared` is told the answers that took them long."""
        self.lane = Lane(
            self._control, usual=self._usual, counts=self.counts, shared=shared, emptied=self._end_if_empty
        )
        self.lane.fork(self._usual)

    async def _welcome(self, pid: int, fds: list[int]) -> None:
        worker = Worker(self, pid, fds[1])
        await self._loop.create_connection(lambda: worker, sock=socket.socket(fileno=fds[0]))
        self._forking = max(0, self._forking - 1)
        self.counts.forks += 1
        self.workers.add(worker)
        self._idle.append(worker)
        self._dispatch()

    async def ask(self, message: dict[str, Any], timeout: float) -> Reply:
        """A worker's reply to a request, which may run for `timeout` seconds once it has a worker.

        Raises whatever the worker raised; `Timeout`, `OutOfMemory` or `Unavailable` when it died of the request;
        `TooBusy` when
        the queue is full or no worker came free in time. When the caller is cancelled the worker is killed.
        """
        if self._retired or self.gone.done():
            raise Unavailable("the query processes are being replaced", hint="Ask again.")
        if len(self._queue) >= self._most_waiting:
            self.counts.refused += 1
            raise TooBusy("too many queries are waiting", hint="Ask again in a moment.")
        job = Waiting(pack(message | {"timeout": timeout}), timeout, self._loop.create_future(), time.monotonic())
        self._queue.append(job)
        self._dispatch()
        try:
            return await job.reply
        except asyncio.CancelledError:
            self._abandon(job)
            raise

    def _abandon(self, job: Waiting) -> None:
        if job in self._queue:
            self._queue.remove(job)
        for worker in self.workers:
            if worker.jobs and worker.jobs[0] is job:
                worker.kill("cancelled")
            elif job in worker.jobs:
                worker.jobs[worker.jobs.index(job)] = None

    def _forsake(self) -> None:
        """Tell who waits that nobody will come: also whom a worker leaves behind that dies after its keeper."""
        for job in self._queue:
            if not job.reply.done():
                job.reply.set_exception(Unavailable("the query processes died", hint="Ask again in a moment."))
        self._queue.clear()

    def _dispatch(self) -> None:
        if self.gone.done():
            self._forsake()
            return
        while self._queue and self._idle:
            self._idle.pop().give(self._queue.popleft())
        if self._queue:
            now = time.monotonic()
            slow = sum(1 for worker in self.workers if worker.jobs and now - worker.started > SLOW)
            if len(self.workers) >= self._usual:
                self._ahead(now)
            room = min(self._usual + slow, self._usual * BURST) - len(self.workers) - self._forking
            for _ in range(min(room, len(self._queue) - self._forking)):
                self._fork()
        if not self._sweeping and (self._queue or len(self._idle) < len(self.workers)):
            self._sweeping = True
            self._loop.call_later(SWEEP, self._sweep)

    def _ahead(self, now: float) -> None:
        """Give waiting jobs to workers busy with a short one, so that they need not sleep in between: to wake a process
        costs more than a small query. What then waits behind a long one is taken back by `_sweep`."""
        quick = [w for w in self.workers if len(w.jobs) < AHEAD and not w.retired and now - w.started < QUICK]
        quick.sort(key=lambda worker: len(worker.jobs))
        for worker in quick:
            while self._queue and len(worker.jobs) < AHEAD:
                worker.give(self._queue.popleft())

    def _fork(self) -> None:
        with contextlib.suppress(OSError):  # a dead keeper is noticed by its socket's end
            self._control.send(b'{"op":"fork"}')
            self._forking += 1

    def _sweep(self) -> None:
        self._sweeping = False
        now = time.monotonic()
        for worker in self.workers:
            if not worker.jobs:
                continue
            ran = now - worker.started
            if ran > SLOW and len(worker.jobs) > 1:
                self._queue.extendleft(reversed(worker.take_back()))
            first = worker.jobs[0]
            if first is None and ran > SLOW:
                worker.kill("cancelled")  # computes what nobody waits for any more
            elif first is not None and ran > first.timeout + GRACE:
                worker.kill("timeout")
            elif ran > LONG and not worker.retired:
                worker.retired = True
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, worker.pid, 10)
        while self._queue and now - self._queue[0].since > self._queue[0].timeout:
            job = self._queue.popleft()
            if not job.reply.done():
                self.counts.refused += 1
                job.reply.set_exception(TooBusy("no worker came free in time", hint="Ask again in a moment."))
        self._dispatch()

    def finished(self, worker: Worker, *, gone: bool) -> None:
        """A worker has answered; called before the answer is handed on."""
        if gone or (self._retired and not self._queue and not worker.jobs):
            self.workers.discard(worker)
            self._again(worker)
            worker.transport.close()
        elif not worker.jobs:
            self._idle.append(worker)
        self._dispatch()

    def _again(self, worker: Worker) -> None:
        """Let others compute what a worker that ends has not begun."""
        self._queue.extendleft(job for job in reversed(worker.jobs) if job is not None and not job.reply.done())
        worker.jobs.clear()

    def lost(self, worker: Worker) -> None:
        """A worker's stream has ended: it died, or was let go."""
        self.workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.jobs:
            self._queue.extendleft(reversed(worker.take_back()))
            self._dead[worker.pid] = worker
            if worker.pid in self._causes:
                self._explain(worker.pid)
            else:  # the keeper tells the cause; should it be dead too, nobody waits for ever
                self._loop.call_later(1.0, self._explain, worker.pid)
        else:
            self._causes.pop(worker.pid, None)
            os.close(worker.pidfd)
        self._dispatch()
        self._end_if_empty()

    def _died(self, message: dict[str, Any]) -> None:
        pid = message["pid"]
        if self.lane and self.lane.died(pid, message["signal"], message["words"]):
            return
        if pid in self._dead or any(worker.pid == pid for worker in self.workers):
            self._causes[pid] = (message["signal"], message["words"])
            self._explain(pid)

    def _explain(self, pid: int) -> None:
        worker = self._dead.pop(pid, None)
        if worker is None:
            return
        os.close(worker.pidfd)
        number, words = self._causes.pop(pid, (0, ""))
        job = worker.jobs[0] if worker.jobs else None
        worker.jobs.clear()
        self.counts.deaths += 1
        if job is None or job.reply.done():
            if worker.killed_for:
                self.counts.kill(worker.killed_for)
            return
        if number in (0, signal.SIGKILL) and not worker.killed_for and not job.again and not self.gone.done():
            # Killed by somebody else, perhaps while it was idle: reading once more harms nobody.
            job.again = True
            self._queue.appendleft(job)
            self._dispatch()
            return
        why, error = cause(number, words, worker.killed_for, job.timeout)
        self.counts.kill(why)
        job.reply.set_exception(error)

    def _closed(self) -> None:
        """The keeper is gone, and every worker with it sooner or later: none may get another job."""
        if self.gone.done():
            return
        self.gone.set_result(None)
        if self.lane:
            self.lane.closed()
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        self._forsake()
        for worker in list(self.workers):
            if not worker.jobs:
                worker.transport.close()
        if self.process:
            self._loop.run_in_executor(None, self.process.wait)

    async def branch(self, message: dict[str, Any], timeout: float) -> tuple[str, Generation]:
        """The generation that a write makes of this one, and the write's outcome. This one stays as it is.

        Raises what `write` raises, and `Timeout`, `OutOfMemory`, `Unavailable` when the process that writes dies.
        """
        began = time.monotonic()
        self._control.send(json.dumps({"op": "branch", "timeout": timeout} | message).encode())
        reply, fds = await self._said.get()
        if reply["op"] != "branch":
            raise Unavailable("the process that holds the store died")
        control = socket.socket(fileno=fds[0])
        made = Generation(control, usual=self._usual, queue=self._most_waiting, counts=self.counts)
        try:
            return await made._until_ready(), made
        except BadRelease as err:  # died without a word
            if time.monotonic() - began >= timeout:
                raise Timeout(f"the write was stopped after its {timeout:g} seconds") from err
            raise OutOfMemory(
                "the write was stopped, most likely because it needs more memory than it may have"
            ) from err
        finally:
            os.close(fds[1])

    def retire(self) -> None:
        """Take no more requests, let the running ones end, then let the processes go."""
        self._retired = True
        if not self._queue:
            for worker in self._idle:
                worker.transport.close()
            self._idle.clear()
        if self.lane:
            self.lane.retire()
        self._end_if_empty()

    def _end_if_empty(self) -> None:
        if self._retired and not self.workers and not self._queue and (self.lane is None or self.lane.empty):
            self._end()

    def _end(self) -> None:
        self._closed()

    def kill(self) -> None:
        """End every process now; their requests fail."""
        self._retired = True
        for worker in list(self.workers):
            worker.kill("closing")
        if self.lane:
            self.lane.kill()
        self._end()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @property
    def busy(self) -> int:
        return len(self.workers) - len(self._idle)
