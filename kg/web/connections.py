"""Connections of the production server: uvicorn's own HTTP protocol with bounds on what a slow client may hold."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_TIME = 15.0  # seconds from a request's first byte to the end of its headers
HEADER_BYTES = 1024 * 1024  # request line and headers; a query of the largest size, percent-encoded, fits
STALLED = 60.0  # seconds in which a client reads nothing of its answer
LOOK = 5.0  # seconds between two looks at a connection


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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """Closes a connection whose client sends its headers too slowly or too long, or stops reading."""

    _begun = 0.0  # when the first byte of unfinished headers came; 0 where there are none
    _header_bytes = 0
    _unread = _unread_since = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Corked(transport, self.loop)))
        self._begun = self.loop.time()
        self._timer = self.loop.call_later(LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._begun and self.cycle is not None and self.cycle.response_complete:
            self._begun = self.loop.time()
        if self._begun:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES:
                self.send_400_response("The request's headers are too long.")
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._begun, self._header_bytes = 0.0, 0
        super().on_headers_complete()

    def _look(self) -> None:
        now = self.loop.time()
        unread = float(self.transport.get_write_buffer_size())
        if unread == 0 or unread != self._unread:
            self._unread, self._unread_since = unread, now
        if (self._begun and now - self._begun > HEADER_TIME) or (unread and now - self._unread_since > STALLED):
            self.transport.abort()
            return
        self._timer = self.loop.call_later(LOOK, self._look)
