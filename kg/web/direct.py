"""What a direct worker does: reads requests from the connections that it was handed, and answers them.

One thread, one request at a time, no waiting for clients: a request that has not come whole, or that is not a SPARQL
query by GET, HEAD or POST, goes back to the server with its connection, and so does an answer that a client does not
take at once. What is read is noted in the worker's slot first (`kg.sparql.slot`), so that killing the worker loses
nothing.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from http import HTTPStatus
from typing import Any, NoReturn

import httptools

from kg.sparql.attendant import (
    ALONE,
    BACK,
    BYE,
    CLOSE,
    FREE,
    FROM_WORKER,
    HAND,
    LEAVE,
    PACKET,
    RECALL,
    REPLAY,
    REST,
    TO_WORKER,
    Post,
)
from kg.sparql.direct import DirectEngine, Elsewhere, filed, settings_from_dict
from kg.sparql.fulltext import Index
from kg.sparql.lane import LONG
from kg.sparql.slot import COMPUTING, IDLE, PHASE, RAW, TAKEN, Slot
from kg.sparql.source import Loaded, Source
from kg.sparql.worker import settled
from kg.web.address import is_host, root_of
from kg.web.compress import keep_at_most
from kg.web.metrics import NANOSECONDS, AccessLog, bucket, status_counter
from kg.web.protocol import SPARQL, Endpoint, Reply, Request

IDLE_TIME = 2.0  # seconds after which a connection without requests goes back to the server
KNOWN, LONGEST_KNOWN = 1024, 4096  # requests that are remembered with their parameters, bytes of the longest
WRITE_TIME = 0.05  # seconds that a client has to make room for the rest of an answer
_METHODS = (b"GET", b"HEAD", b"POST")
_PATH = SPARQL.encode()
_BODILESS = (204, 304)


def attend(held: Loaded | Source, index: Index, config: dict[str, Any], post: Post) -> NoReturn:
    """Answer clients until the server ends the stream."""
    settings, slot = settings_from_dict(config["settings"]), post.slot
    share = config["cache"] if slot.index < config["usual"] else 0  # workers beside the usual ones keep no answers
    loaded = settled(held, config["memory"] + share)
    keep_at_most(share // 4)
    engine = DirectEngine(loaded, index, settings, slot, cache=share)
    endpoint = Endpoint(engine, settings, older=_elsewhere)
    access = AccessLog(post.log, most_held=1) if config["access_log"] else None
    Desk(post.sock, endpoint, engine, slot, access, trust_proxy=settings.trust_proxy).serve()
    os._exit(0)


async def _elsewhere(release: str) -> NoReturn:
    raise Elsewhere


class Parsed:
    """A request as it is parsed; httptools calls the methods that begin with `on`."""

    def __init__(self) -> None:
        self.url = self.body = b""
        self.headers: dict[str, str] = {}
        self.begun = self.complete = self.hosts = 0
        self.lasting = True  # whether the connection lasts beyond this request
        self.request: Request

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key = name.decode("latin-1").lower()
        if key == "host":
            self.hosts += 1
        self.headers[key] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete += 1


@dataclass(slots=True)
class Guest:
    """A connection; `number` is the server's name for it."""

    number: int
    sock: socket.socket
    used: float = 0.0
    sent: int = 0  # bytes that we have written to it


@dataclass
class Desk:
    """The worker's loop. `sock` leads to the server."""

    sock: socket.socket
    endpoint: Endpoint
    engine: DirectEngine
    slot: Slot
    access: AccessLog | None
    trust_proxy: int = 0
    guests: dict[int, Guest] = field(default_factory=dict)  # by file descriptor
    epoch: int = 0
    leaving: bool = False
    _known: dict[bytes, Parsed] = field(default_factory=dict)
    _second: int = 0
    _date: str = ""

    def serve(self) -> None:
        """Until the server closes its end, or there is a reason to go."""
        self.epoll = select.epoll()
        self.epoll.register(self.sock.fileno(), select.EPOLLIN)
        looked = 0.0
        while True:
            for file, _ in self.epoll.poll(IDLE_TIME if self.guests else -1):
                if file == self.sock.fileno():
                    if not self._told():
                        return
                elif (guest := self.guests.get(file)) is not None:
                    self._read(guest)
            if self.engine.worn or self.leaving:
                self._leave()
                return
            now = time.monotonic()
            if now - looked > IDLE_TIME / 2:
                looked = now
                for guest in [guest for guest in self.guests.values() if now - guest.used > IDLE_TIME]:
                    self._back(guest)

    def _told(self) -> bool:
        """Do what the server says. False: it has closed the stream."""
        data, files, _, _ = socket.recv_fds(self.sock, PACKET, 1)
        if not data:
            return False
        what, number, turn, epoch = TO_WORKER.unpack_from(data)
        if what == LEAVE:
            self.leaving = True
        elif what == RECALL:
            for guest in [guest for guest in self.guests.values() if guest.number == number]:
                self._back(guest)
        elif what == HAND:
            if epoch != self.epoch:  # taken back while we were at a slow query
                os.close(files[0])
                return True
            guest = Guest(number, socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=files[0]))
            self.guests[files[0]] = guest
            self.epoll.register(files[0], select.EPOLLIN | select.EPOLLRDHUP)
            self._first(guest, data[TO_WORKER.size :], turn)
        return True

    def _first(self, guest: Guest, data: bytes, turn: int) -> None:
        """The request that a connection was handed over with."""
        slot = self.slot
        slot.raw[: len(data)] = data
        slot.note(guest.number, len(data))
        slot.words[PHASE] = COMPUTING
        slot.words[TAKEN] = turn
        parsed = self._parsed(data)
        if parsed is None:
            self._replay(guest, data)
        else:
            self._answer(guest, data, parsed)

    def _read(self, guest: Guest) -> None:
        """The next request of a connection. What is not whole or not ours stays in the socket for the server."""
        slot = self.slot
        try:
            size = guest.sock.recv_into(slot.raw, RAW, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self._back(guest, CLOSE)
            return
        data = bytes(slot.raw[:size])
        parsed = self._parsed(data) if size < RAW else None
        if parsed is None:
            self._back(guest, ALONE)
            return
        slot.note(guest.number, size)
        guest.sock.recv(size)
        slot.words[PHASE] = COMPUTING
        self._answer(guest, data, parsed)

    def _answer(self, guest: Guest, data: bytes, parsed: Parsed) -> None:
        began, request = time.perf_counter(), parsed.request
        try:
            reply = _at_once(self.endpoint, request)
        except Elsewhere:
            self._replay(guest, data)
        except Exception as err:  # a fault of ours must not end the other connections: the server answers, and logs it
            print(type(err).__name__, file=sys.stderr)
            self._replay(guest, data)
        else:
            self._write(guest, reply, parsed.lasting)
            self._count(request, reply, time.perf_counter() - began)
        guest.used = time.monotonic()
        self._settle(guest)

    def _parsed(self, data: bytes) -> Parsed | None:
        """The request that the data are, if it is for us. Clients ask the same again, headers and all: then it is not
        parsed again."""
        found = self._known.get(data)
        if found is None:
            found = _parse(data, self.trust_proxy)
            if found is not None and len(data) <= LONGEST_KNOWN:
                if len(self._known) >= KNOWN:
                    self._known.clear()
                self._known[data] = found
        return found

    def _count(self, request: Request, reply: Reply, seconds: float) -> None:
        counts = self.slot.counts
        counts[bucket(seconds)] += 1
        counts[NANOSECONDS] += int(seconds * 1e9)
        counts[status_counter(reply.status)] += 1
        if self.access:
            self.access.add(request.method, request.path, reply.status, len(reply.body), seconds)

    def _settle(self, guest: Guest) -> None:
        """The request is done with. After a slow query the other connections may have been taken from us."""
        engine = self.engine
        kept = True
        if engine.running:
            engine.running = False
            engine.share(self.sock)  # before the query counts as ended: who waits for it then finds the answer
            kept = self.slot.end()
        self.slot.words[PHASE] = IDLE
        if kept:
            return
        self.epoch += 1
        for other in list(self.guests.values()):
            if other is not guest:
                self._drop(other)
        if guest.sock.fileno() in self.guests:
            self._back(guest)
        self._say(FREE)
        if time.monotonic() - engine.began > LONG:
            self.leaving = True

    def _write(self, guest: Guest, reply: Reply, lasting: bool) -> None:
        """The answer; what the client does not take goes to the server, which writes it."""
        head = self._head(reply, lasting)
        rest = head + reply.body
        guest.sent += len(rest)
        self.slot.answer(len(rest), guest.sent)
        deadline = 0.0
        while rest:
            try:
                sent = guest.sock.send(rest)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._back(guest, CLOSE)
                return
            if sent == len(rest):
                break
            rest = rest[sent:]
            now = time.monotonic()
            deadline = deadline or now + WRITE_TIME
            waiting = select.poll()
            waiting.register(guest.sock.fileno(), select.POLLOUT)
            if now >= deadline or not waiting.poll((deadline - now) * 1000):
                self._back(guest, REST, rest, lasting=lasting)
                return
        if not lasting:
            self._back(guest, CLOSE)

    def _head(self, reply: Reply, lasting: bool) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True)
        lines = [_status_line(reply.status), f"date: {self._date}"]
        sized = reply.status in _BODILESS
        for key, value in reply.headers:
            lines.append(f"{key}: {value}")
            sized = sized or key == "content-length"
        if not lasting:
            lines.append("connection: close")
        if not sized:
            lines.append(f"content-length: {len(reply.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _replay(self, guest: Guest, data: bytes) -> None:
        self._back(guest, REPLAY, data)

    def _back(self, guest: Guest, what: bytes = BACK, content: bytes = b"", *, lasting: bool = True) -> None:
        """Give a connection back to the server."""
        self._drop(guest)
        if what == REST:
            file = filed(content)
            head = FROM_WORKER.pack(what, guest.number)
            socket.send_fds(self.sock, [head, b"" if lasting else b"x"], [file])
            os.close(file)
        else:
            self.sock.send(FROM_WORKER.pack(what, guest.number) + content)

    def _drop(self, guest: Guest) -> None:
        file = guest.sock.fileno()
        del self.guests[file]
        self.epoll.unregister(file)  # closing would not do: the server has the same connection open
        guest.sock.close()

    def _say(self, what: bytes) -> None:
        self.sock.send(FROM_WORKER.pack(what, 0))

    def _leave(self) -> None:
        self._say(BYE)
        for guest in list(self.guests.values()):
            self._back(guest)


@cache
def _status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"


def _parse(data: bytes, trust_proxy: int) -> Parsed | None:
    """The request that the data are; None where they are not exactly one whole request for us."""
    parsed = Parsed()
    parser = httptools.HttpRequestParser(parsed)
    try:
        parser.feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    headers = parsed.headers
    if parsed.begun != 1 or parsed.complete != 1 or "expect" in headers or "upgrade" in headers:
        return None
    path, _, query = parsed.url.partition(b"?")
    method = parser.get_method()
    if path != _PATH or method not in _METHODS or parsed.hosts != 1 or not is_host(headers["host"]):
        return None
    root = root_of("http", "", headers, trust_proxy)
    parsed.request = Request(method.decode("ascii"), SPARQL, query.decode("latin-1"), headers, parsed.body, root)
    parsed.lasting = parser.get_http_version() == "1.1" and parser.should_keep_alive()
    return parsed


def _at_once(endpoint: Endpoint, request: Request) -> Reply:
    """The reply of an endpoint whose engine never waits."""
    work = endpoint.answer(request)
    try:
        work.send(None)
    except StopIteration as done:
        reply: Reply = done.value
        return reply
    raise RuntimeError("an engine in this process does not wait")
