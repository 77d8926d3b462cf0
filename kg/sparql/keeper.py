"""The keeper: a single-threaded process that holds the store and forks workers, which share its memory.

Started by the engine as `python -m kg.sparql.keeper FD`, with one end of a socket as file descriptor FD. It dies with
the engine: when the other end closes, it leaves. Forking happens here and not in the server, whose threads would not
survive it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.sparql.attendant import Post
from kg.sparql.confine import no_new_sockets
from kg.sparql.fulltext import Index, build
from kg.sparql.slot import Table
from kg.sparql.source import Loaded, Source, load, placed
from kg.sparql.wire import MESSAGE, error_as_dict
from kg.sparql.worker import STACK, arm, limit, work
from kg.sparql.write import write

_STDERR = 4096  # bytes of a dead worker's last words that are kept
Direct = Callable[[Loaded | Source, Index, dict[str, Any], Post], None]
"""What a direct worker does with the store, the index, the configuration and its post."""


class Branched(Exception):
    """Raised in a child that is to change its copy of the store: it leaves the parent's frames."""

    def __init__(self, message: dict[str, Any]) -> None:
        super().__init__()
        self.message = message


@dataclass
class Keeper:
    """`control` leads to the engine; `held` is the store, or the source where it is too large for memory."""

    control: socket.socket
    config: dict[str, Any]
    direct: Direct | None = None
    held: Loaded | Source | None = None
    index: Index | None = None
    children: dict[int, tuple[int, int]] = field(default_factory=dict)  # pid: (pidfd, stderr)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def say(self, message: dict[str, Any], *fds: int) -> None:
        data = json.dumps(message).encode()
        with contextlib.suppress(BrokenPipeError):  # the engine is gone, which the loop notices next
            socket.send_fds(self.control, [data], fds) if fds else self.control.send(data)

    def open(self) -> None:
        """Load the source and its index, and tell the engine what it is. A store on disk is opened by a child only:
        its threads would not survive the forks."""
        given = self.config["source"]
        source = Source(given["kind"], tuple(given["paths"]), given["in_memory"])
        source = placed(source, workers=self.config["usual"])
        names = Path(self.config["folder"]) / f"names-{os.urandom(6).hex()}.sqlite"
        if source.in_memory is False:
            pid = os.fork()
            if not pid:
                self._open_in_child(source, names)
            if os.waitpid(pid, 0)[1]:
                sys.exit(1)
            self.held, self.index = source, Index(names)
            return
        loaded = load(source)
        self.held, self.index = loaded, build(loaded.store, names)
        self.ready(loaded)

    def _open_in_child(self, source: Source, names: Path) -> None:
        try:
            loaded = load(source)
            build(loaded.store, names)
            self.ready(loaded)
        except KgError as err:
            self.say({"op": "failed"} | error_as_dict(err))
            os._exit(1)
        os._exit(0)

    def ready(self, loaded: Loaded) -> None:
        info = loaded.info
        self.say(
            {
                "op": "ready",
                "pid": os.getpid(),
                "info": [info.id, info.date, info.quads],
                "base": loaded.base,
                "path": loaded.path,
                "in_memory": loaded.in_memory,
            }
        )

    def serve(self) -> None:
        """Do what the engine asks until it closes its end."""
        self.selector.register(self.control, selectors.EVENT_READ, 0)
        gc.collect()
        gc.freeze()  # keeps the collector from writing to pages that are shared with the workers
        while True:
            for key, _ in self.selector.select():
                if key.data:
                    self._bury(key.data)
                    continue
                try:
                    data, files, _, _ = socket.recv_fds(self.control, MESSAGE, 3)
                except ConnectionResetError:  # closed with something of ours unread
                    return
                if not data:
                    return
                message = json.loads(data)
                if message["op"] == "fork":
                    self._fork()
                elif message["op"] == "attend":
                    self._attend(message, files)
                elif message["op"] == "branch":
                    self._branch(message)

    def tidy(self) -> None:
        """Take the index away, and the folder if it was the last in there: the engine may have been killed."""
        if self.index is not None:
            self.index.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            Path(self.config["folder"]).rmdir()

    def _fork(self) -> None:
        ours, theirs = socket.socketpair()
        stderr = os.memfd_create("stderr")
        pid = os.fork()
        if not pid:
            self._leave_behind(ours, stderr)
            assert self.held is not None and self.index is not None
            try:
                work(theirs, self.held, self.index, self.config)
            except KgError as err:
                print(err, file=sys.stderr)
            finally:
                os._exit(1)
        theirs.close()
        self._adopt(pid, stderr, {"op": "worker", "pid": pid}, ours)

    def _attend(self, message: dict[str, Any], files: list[int]) -> None:
        """Fork a direct worker, whose end of a socket, table of slots and token have come with the message."""
        stderr = os.memfd_create("stderr")
        pid = os.fork()
        if not pid:
            log = os.dup(2)
            self._leave_behind(None, stderr)
            assert self.held is not None and self.index is not None and self.direct is not None
            slot = Table(files[1], message["slots"]).slot(message["slot"], files[2])
            try:
                self.direct(self.held, self.index, self.config, Post(socket.socket(fileno=files[0]), slot, log))
            except KgError as err:
                print(err, file=sys.stderr)
            finally:
                os._exit(1)
        for file in files:
            os.close(file)
        self._adopt(pid, stderr, {"op": "attendant", "pid": pid, "slot": message["slot"]}, None)

    def _branch(self, message: dict[str, Any]) -> None:
        """A child that changes its copy of the store and, once that has worked, keeps it in our place."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stderr = os.memfd_create("stderr")
        pid = os.fork()
        if not pid:
            self._leave_behind(ours, stderr)
            self.control, self.children, self.selector = theirs, {}, selectors.DefaultSelector()
            self.index = None  # the parent's
            raise Branched(message)
        theirs.close()
        self._adopt(pid, stderr, {"op": "branch", "pid": pid}, ours)

    def change(self, message: dict[str, Any]) -> None:
        assert isinstance(self.held, Loaded)
        soft = resource.getrlimit(resource.RLIMIT_AS)
        limit(self.config["memory"])
        arm(message["timeout"])
        outcome, self.held = write(self.held, message, self.config)
        self.index = build(self.held.store, Path(self.config["folder"]) / f"names-{os.urandom(6).hex()}.sqlite")
        arm(0)
        resource.setrlimit(resource.RLIMIT_AS, soft)
        self.say({"op": "outcome", "outcome": outcome})
        self.ready(self.held)

    def _leave_behind(self, ours: socket.socket | None, stderr: int) -> None:
        """In a child: close what belongs to the parent, and write last words where the parent finds them."""
        if ours:
            ours.close()
        self.control.close()
        self.selector.close()
        for pidfd, other in self.children.values():
            os.close(pidfd)
            os.close(other)
        os.dup2(stderr, 2)

    def _adopt(self, pid: int, stderr: int, message: dict[str, Any], ours: socket.socket | None) -> None:
        pidfd = os.pidfd_open(pid)
        self.children[pid] = (pidfd, stderr)
        self.selector.register(pidfd, selectors.EVENT_READ, pid)
        self.say(message, *([ours.fileno()] if ours else []), pidfd)
        if ours:
            ours.close()

    def _bury(self, pid: int) -> None:
        pidfd, stderr = self.children.pop(pid)
        self.selector.unregister(pidfd)
        status = os.waitpid(pid, 0)[1]
        words = os.pread(stderr, _STDERR, 0).decode("utf-8", "replace")
        os.close(pidfd)
        os.close(stderr)
        signalled = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.say({"op": "dead", "pid": pid, "signal": signalled, "words": words})


def main(fd: int, direct: Direct | None = None) -> None:
    """Load what the engine at the other end of socket `fd` says, and fork workers until it closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server ends us in good order
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    most = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (most, hard))
    control = socket.socket(fileno=fd)
    keeper = Keeper(control, json.loads(control.recv(MESSAGE)), direct)
    if not keeper.config["settings"]["service_allow"] and not no_new_sockets():
        print("kg: this system cannot take the right to open connections from query processes", file=sys.stderr)
    change: dict[str, Any] | None = None
    while True:
        try:
            keeper.open() if change is None else keeper.change(change)
            keeper.serve()
        except Branched as branched:
            change = branched.message
            continue
        except KgError as err:
            keeper.say({"op": "failed"} | error_as_dict(err))
        break
    keeper.tidy()
    if change is not None:
        os._exit(0)  # a fork leaves without the parent's cleaning up


if __name__ == "__main__":
    main(int(sys.argv[1]))
