"""The engine's handle on one direct worker, which holds connections of clients and answers them itself."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import termios
from dataclasses import dataclass
from typing import Any, Protocol

from kg.errors import KgError
from kg.sparql.slot import ANSWER, CLIENT, COMPUTING, NOTED, PHASE, RAW, SENT, TAKEN, WRITING, Slot

TO_WORKER = struct.Struct("!cQQQ")  # what, the client's number, of which handing-over, in which epoch
FROM_WORKER = struct.Struct("!cQ")  # what, the client's number
HAND, RECALL, LEAVE = b"h", b"c", b"l"
BACK, ALONE, REPLAY, CLOSE, REST, SHARE, FREE, BYE = b"b", b"a", b"r", b"x", b"w", b"s", b"f", b"q"
"""To a worker: here is a client; give one back; give all back and go. From it: a client is back; its next request is
for the server; this request of its is; it is to be closed; the rest of its answer is to be written; an answer to keep;
ready for clients again; going."""
PACKET = TO_WORKER.size + RAW


class Client(Protocol):
    """A connection that can be handed over. The server keeps it open, and reads nothing from it while a worker does."""

    def fileno(self) -> int: ...

    def regain(self, data: bytes = b"", *, alone: bool = False, error: KgError | None = None) -> None:
        """Read from it again. `data` is a request that has come already; `alone`: that or the next request is not to
        be handed over; `error`: what to answer that request with."""

    def finish(self, rest: bytes) -> None:
        """Write the rest of an answer."""

    def end(self) -> None:
        """Close it once all is written."""


@dataclass(frozen=True, slots=True)
class Post:
    """What a direct worker is given: its end of a socket to the server, its slot, and a file for the access log."""

    sock: socket.socket
    slot: Slot
    log: int


@dataclass(slots=True)
class Held:
    """A client that a worker has, and the request that it was handed over with, until the worker has taken that."""

    client: Client
    turn: int
    request: bytes
    written: int | None  # bytes that had been written to it by then, where the kernel tells


class Owner(Protocol):
    """What an attendant tells."""

    def shared(self, key: bytes, about: dict[str, Any], body: bytes) -> None: ...

    def freed(self, attendant: Attendant) -> None: ...

    def lost(self, attendant: Attendant) -> None: ...


class Attendant:
    """`clients` are those that the worker has; `number` counts the workers of a lane. `apart` tells that clients were
    taken from it because of a slow query."""

    def __init__(self, owner: Owner, sock: socket.socket, slot: Slot, number: int) -> None:
        self.owner, self.sock, self.slot, self.number = owner, sock, slot, number
        self.pid = self.pidfd = -1
        self.clients: dict[int, Held] = {}
        self.apart = self.leaving = self.lowered = False
        self.killed_for = ""
        self._turn = self._epoch = 0
        sock.setblocking(False)

    def give(self, number: int, client: Client, request: bytes) -> bool:
        """Hand a client over with its request. False: not now."""
        self._turn += 1
        head = TO_WORKER.pack(HAND, number, self._turn, self._epoch)
        try:
            socket.send_fds(self.sock, [head, request], [client.fileno()])
        except OSError:
            return False
        self.clients[number] = Held(client, self._turn, request, _written(client))
        return True

    def recall(self, number: int) -> None:
        self._say(RECALL, number)

    def leave(self) -> None:
        """Let the worker give back its clients once it has answered what it is at, and go."""
        if not self.leaving:
            self.leaving = True
            self._say(LEAVE, 0)

    def _say(self, what: bytes, number: int) -> None:
        with contextlib.suppress(OSError):
            self.sock.send(TO_WORKER.pack(what, number, 0, self._epoch))

    def heard(self) -> None:
        """Do what the worker says, as far as it has come."""
        while True:
            try:
                data, files, _, _ = socket.recv_fds(self.sock, PACKET, 1)
            except BlockingIOError:
                return
            except OSError:
                data, files = b"", []
            if not data:
                self.owner.lost(self)
                return
            what, number = FROM_WORKER.unpack_from(data)
            rest = data[FROM_WORKER.size :]
            body = _content(files[0]) if files else b""
            if what == SHARE:
                about = json.loads(rest[16:])
                self.owner.shared(rest[:16], about, body)
            elif what == FREE:
                self.apart = False
                self.owner.freed(self)
            elif what == BYE:
                self.leaving = True
            elif (held := self.clients.pop(number, None)) is not None:
                _returned(held, what, rest, body)

    def forget(self) -> None:
        """Let go of the requests that the worker has taken."""
        taken = self.slot.words[TAKEN]
        for held in self.clients.values():
            if held.request and held.turn <= taken:
                held.request = b""

    def take_apart(self) -> None:
        """Take all clients but the one whose query is slow, unless that query has just ended."""
        if self.apart or not self.slot.take():
            return
        self.apart = True
        self._epoch += 1
        current = self.slot.words[CLIENT]
        self._release({number for number in self.clients if number != current})

    def abandon(self) -> None:
        """The worker is dead: take back every client but the one that it was answering, if any."""
        self._release(set(self.clients) - {self.current()})

    def current(self) -> int:
        """The number of the client whose request the worker is at; 0 for none."""
        words = self.slot.words
        return int(words[CLIENT]) if words[PHASE] in (NOTED, COMPUTING, WRITING) else 0

    def _release(self, numbers: set[int]) -> None:
        taken = self.slot.words[TAKEN]
        for number in sorted(numbers):
            held = self.clients.pop(number)
            held.client.regain(held.request if held.turn > taken else b"")

    def settle(self, error: KgError | None) -> None:
        """The worker died at its client's request: answer that with `error`, or ask again where there is none."""
        held = self.clients.pop(self.current(), None)
        if held is None:
            return
        phase = self.slot.words[PHASE]
        if phase == WRITING and (sent := self._sent(held)) != 0:
            held.client.regain() if sent else held.client.end()  # all of the answer is out, or a part
            return
        if self.killed_for == "cancelled":
            held.client.end()
            return
        request = self.slot.request()
        if phase == NOTED and _still_there(held.client, request):
            held.client.regain()
        else:
            held.client.regain(request, alone=True, error=error)

    def _sent(self, held: Held) -> int | None:
        """The bytes of the answer that are out; None where that is a part of it, or cannot be told."""
        now, words = _written(held.client), self.slot.words
        if now is None or held.written is None:
            return None
        left = int(words[SENT]) - (now - held.written)
        return {0: int(words[ANSWER]), int(words[ANSWER]): 0}.get(left)

    def client_is_gone(self) -> bool:
        """Whether the client whose query runs, and was not answered yet, has closed its connection."""
        held = self.clients.get(self.current())
        return held is not None and self.slot.words[PHASE] == COMPUTING and _peek(held.client) == b""

    def kill(self, why: str) -> None:
        self.killed_for = self.killed_for or why
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self) -> None:
        self.sock.close()
        self.slot.release()
        for file in (self.pidfd, self.slot.token):
            if file >= 0:
                os.close(file)


def _returned(held: Held, what: bytes, rest: bytes, body: bytes) -> None:
    client = held.client
    if what == CLOSE:
        client.end()
    elif what == REST:
        client.finish(body)
        if rest:
            client.end()
        else:
            client.regain()
    elif what == REPLAY:
        client.regain(rest, alone=True)
    else:
        client.regain(alone=what == ALONE)


def _content(file: int) -> bytes:
    with open(file, "rb") as content:
        content.seek(0)
        return content.read()


def _peek(client: Client, size: int = 1) -> bytes | None:
    """What has come from a client and was not read; None where nothing has, nothing where the client is gone."""
    with socket.socket(fileno=os.dup(client.fileno())) as sock:
        try:
            return sock.recv(size, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            return b""


def _written(client: Client) -> int | None:
    """Bytes that have been written to a client so far: those that it has acknowledged, and those under way."""
    with socket.socket(fileno=os.dup(client.fileno())) as sock:
        try:
            while True:
                acknowledged = _acknowledged(sock)
                under_way = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
                if acknowledged == _acknowledged(sock):
                    return acknowledged + int(under_way)
        except (OSError, struct.error):
            return None


def _acknowledged(sock: socket.socket) -> int:
    """`tcpi_bytes_acked` of Linux's `struct tcp_info`."""
    return int(struct.unpack_from("Q", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 120)[0])


def _still_there(client: Client, request: bytes) -> bool:
    """Whether a noted request was not yet taken from its socket."""
    return (_peek(client, len(request)) or b"")[: len(request)] == request
