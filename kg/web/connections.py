"""Connections of the production server: uvicorn's own HTTP protocol with bounds on what a slow client may hold, and
with requests to `/sparql` handed over to the query workers together with their connections (`kg.sparql.lane`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kg.errors import KgError
from kg.sparql.lane import Lane
from kg.sparql.slot import RAW
from kg.web.problems import MEDIA_TYPE
from kg.web.protocol import COMMON

HEADER_TIME = 15.0  # seconds from a request's first byte to the end of its headers
HEADER_BYTES = 1024 * 1024  # request line and headers; a query of the largest size, percent-encoded, fits
STALLED = 60.0  # seconds in which a client reads nothing of its answer
LOOK = 5.0  # seconds between two looks at a connection
ERROR = "leakgraph.error"
"""The key of a request's scope under which stands what it is to be answered with, because a worker died of it."""
_HANDED = (b"GET /sparql?", b"POST /sparql", b"HEAD /sparql?")


class Corked:
    """A transport that sends what is written in one go of the event loop as one packet: head and body of a small answer
    cost one system call, and the client wakes up once."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []
        self._close = False

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)

    def flush(self) -> None:
        if self._held:
            data = self._held[0] if len(self._held) == 1 else b"".join(self._held)
            self._held = []
            if not self._transport.is_closing():
                self._transport.write(data)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self._held)) + self._transport.get_write_buffer_size()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """Closes a connection whose client sends its headers too slowly or too long, or stops reading. While `_lane` is set
    a worker reads from it, and nobody here does; see `kg.sparql.attendant.Client`."""

    _begun = 0.0  # when the first byte of unfinished headers came; 0 where there are none
    _header_bytes = 0
    _unread = _unread_since = 0.0
    _timer: asyncio.TimerHandle | None = None
    _whole = True  # no part of a request has come without the rest of it
    _alone = False  # the next request is not to be handed over
    _leaving = False  # the server stops: close once nothing is running
    _error: KgError | None = None
    _lane: Lane | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Corked(transport, self.loop)))
        self._begun = self.loop.time()
        self._timer = self.loop.call_later(LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        if self._lane:
            self._lane.recall(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._whole and not self._alone and data.startswith(_HANDED) and self._hand_over(data):
            return
        if not self._begun and self.cycle is not None and self.cycle.response_complete:
            self._begun = self.loop.time()
        if self._begun:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES:
                self.send_400_response("The request's headers are too long.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._whole = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._begun, self._header_bytes, self._alone = 0.0, 0, False
        if self._error is not None:
            cast(dict[str, Any], self.scope)[ERROR], self._error = self._error, None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._whole = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP gets a problem too, as every other error."""
        problem = {"title": "The request is malformed", "status": 400, "detail": msg, "error": "BadInput"}
        body = json.dumps(problem).encode()
        headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close"), *COMMON]
        head = "".join(f"{key}: {value}\r\n" for key, value in headers)
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}\r\n".encode("latin-1") + body)
        self.transport.close()

    def _hand_over(self, data: bytes) -> bool:
        """Give this connection to a worker, if nothing is running on it. False: it stays here."""
        engine = self.app_state.get("engine")
        running = self.cycle is not None and (self.cycle.more_body or not self.cycle.response_complete)
        full = self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency
        busy = running or self.transport.is_closing() or self.transport.get_write_buffer_size()
        if engine is None or busy or full or self._leaving or len(data) >= RAW:
            return False
        self.transport.pause_reading()  # before the worker may give it back
        self._lane = engine.hand_over(self, data)
        if self._lane is None:
            self.transport.resume_reading()
            return False
        self._unset_keepalive_if_required()
        self._begun, self._header_bytes = 0.0, 0
        return True

    def fileno(self) -> int:
        return int(self.transport.get_extra_info("socket").fileno())

    def regain(self, data: bytes = b"", *, alone: bool = False, error: KgError | None = None) -> None:
        self._lane = None
        if self.transport.is_closing():
            return
        self._alone, self._error = alone, error
        with contextlib.suppress(RuntimeError):  # a transport that has just seen its end
            self.transport.resume_reading()
        if data:
            self.data_received(data)
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        if self._leaving and self._lane is None:
            super().shutdown()

    def finish(self, rest: bytes) -> None:
        self.transport.write(rest)

    def end(self) -> None:
        self._lane = None
        self.transport.close()

    def shutdown(self) -> None:
        self._leaving = True
        if self._lane:
            self._lane.recall(self)
        else:
            super().shutdown()

    def _look(self) -> None:
        now = self.loop.time()
        unread = float(self.transport.get_write_buffer_size())
        if unread == 0 or unread != self._unread:
            self._unread, self._unread_since = unread, now
        if (self._begun and now - self._begun > HEADER_TIME) or (unread and now - self._unread_since > STALLED):
            self.transport.abort()
            return
        self._timer = self.loop.call_later(LOOK, self._look)
