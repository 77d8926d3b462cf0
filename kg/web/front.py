"""The ASGI application of the production server: the SPARQL protocol itself, everything else through Flask.

`/sparql`, the Graph Store and the operators' addresses are answered on the event loop, next to the engine; a request
never waits for a
thread, and a client that goes away takes its query with it. Pages run in threads, and cannot be cancelled: their
queries
end at the time limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from kg.errors import BadInput, KgError, TooLarge
from kg.sparql import PoolEngine
from kg.web.address import is_host, root_of
from kg.web.connections import ERROR
from kg.web.metrics import TEXT, AccessLog, Metrics
from kg.web.protocol import COMMON, GRAPHS, SPARQL, Endpoint, MethodNotAllowed, Reply, Request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PATIENCE = 0.1  # seconds after which we look whether the client is still there; most answers are out by then
LARGE = 64 * 1024  # bytes of parameters; more are read in a thread, so that nobody waits for that
BODY_TIME = 20.0  # seconds that a client may take to send a request body
FLUSH = 1.0  # seconds between two writes of the access log


class SlowClient(BadInput):
    """The request body did not come in time."""

    status = 408


class Front:
    """`start` opens the engine and gives the endpoint and the application for all other addresses; `stop` ends it."""

    def __init__(
        self,
        start: Callable[[], Awaitable[tuple[Endpoint, Application, PoolEngine | None]]],
        stop: Callable[[], Awaitable[None]],
        *,
        max_body: int,
        access_log: bool = True,
    ) -> None:
        self._start, self._stop, self._max_body = start, stop, max_body
        self.trust_proxy, self.announcement = 0, ""
        self.metrics = Metrics()
        self.log = AccessLog() if access_log else None
        self.endpoint: Endpoint
        self.pages: Application
        self.engine: PoolEngine | None = None
        self._flushing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self.endpoint, self.pages, self.engine = await self._start()
            scope["state"]["engine"] = self.engine  # where connections find it
        except KgError as err:
            print(f"kg: {err}", file=sys.stderr)
            await send({"type": "lifespan.startup.failed", "message": str(err)})
            return
        self._flushing = asyncio.create_task(self._flush())
        if self.announcement:
            print(self.announcement, flush=True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._flushing.cancel()
        if self.log:
            self.log.flush()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            if self.log:
                self.log.flush()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, path = time.perf_counter(), scope["path"]
        if not _host_is_clear(scope):
            kind, (status, size) = "refused", await self._refuse(BadInput(NO_HOST), scope, send)
        elif path in (SPARQL, SPARQL + "/", GRAPHS):
            kind, status, size = "sparql" if path != GRAPHS else "graphs", 499, 0
            reply = await self._protocol(scope, receive)
            if reply is not None:
                status, size = reply.status, len(reply.body)
                await _send(send, reply)
            else:
                self.metrics.disconnects += 1
        elif path in ("/healthz", "/readyz", "/metrics"):
            kind, (status, size) = path[1:], await self._operations(path, scope, send)
        else:
            kind, (status, size) = "pages", await self._page(scope, receive, send)
        seconds = time.perf_counter() - began
        self.metrics.count(kind, status, seconds)
        if self.log:
            self.log.add(scope["method"], path, status, size, seconds)

    async def _protocol(self, scope: Scope, receive: Receive) -> Reply | None:
        """The reply, None when the client went away before there was one."""
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        request = Request(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers,
            b"",
            root_of(scope.get("scheme", "http"), scope.get("root_path", ""), headers, self.trust_proxy),
        )
        if (error := scope.get(ERROR)) is not None:
            return self.endpoint.trouble(error, request)
        if request.method in ("POST", "PUT", "DELETE"):
            try:
                body = await self._body(headers, receive)
            except KgError as err:
                return self.endpoint.trouble(err, request)
            if body is None:
                return None
            request = Request(request.method, request.path, request.query, headers, body, request.root)
        if len(request.query) + len(request.body) > LARGE and request.path.rstrip("/") == SPARQL:
            try:
                fields = await asyncio.to_thread(self.endpoint.fields, request)
            except KgError as err:
                return self.endpoint.trouble(err, request)
            request = replace(request, fields=fields)
        me = asyncio.current_task()
        watch = _Watch(receive, me)
        timer = asyncio.get_running_loop().call_later(PATIENCE, watch.start)
        try:
            return await self.endpoint.answer(request)
        except asyncio.CancelledError:
            if not watch.gone:
                raise
            return None
        finally:
            timer.cancel()
            watch.stop()

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes | None:
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._max_body:
            raise TooLarge(f"the body is larger than {self._max_body} bytes")
        parts, size = [], 0
        try:
            async with asyncio.timeout(BODY_TIME):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._max_body:
                        raise TooLarge(f"the body is larger than {self._max_body} bytes")
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError as err:
            raise SlowClient("the body did not come in time") from err

    async def _operations(self, path: str, scope: Scope, send: Send) -> tuple[int, int]:
        status, media_type, text = 200, "text/plain; charset=utf-8", "ok\n"
        if scope["method"] not in ("GET", "HEAD"):
            return await self._refuse(MethodNotAllowed("this is only read", hint="GET, HEAD"), scope, send)
        if path == "/metrics":
            media_type, text = TEXT, self.metrics.text(self.engine)
        elif path == "/readyz" and self.engine is not None:
            try:
                seconds = await self.engine.aready()
                text = f"ready: {self.engine.info().id}, a worker answered in {seconds * 1000:.1f} ms\n"
            except KgError as err:
                status, text = 503, f"not ready: {err.detail}\n"
        body = text.encode()
        headers = [
            ("content-type", media_type),
            ("content-length", str(len(body))),
            ("cache-control", "no-store"),
            *COMMON,
        ]
        with contextlib.suppress(KgError):
            headers.append(("x-release", self.endpoint.release()))
        await _send(send, Reply(status, headers, b"" if scope["method"] == "HEAD" else body))
        return status, len(body)

    async def _refuse(self, err: KgError, scope: Scope, send: Send) -> tuple[int, int]:
        reply = self.endpoint.trouble(err, Request(scope["method"], scope["path"], "", {}, b"", ""))
        await _send(send, reply)
        return reply.status, len(reply.body)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> tuple[int, int]:
        """Pages run in threads, of which there are few: none of them waits for a body that comes slowly."""
        status, size = 500, 0
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        if "content-length" in headers or "transfer-encoding" in headers:
            try:
                body = await self._body(headers, receive)
            except KgError as err:
                return await self._refuse(err, scope, send)
            if body is None:
                return 499, 0
            receive = _replayed(body, receive)

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        await self.pages(scope, receive, noting)
        return status, size


NO_HOST = "a request names one host, and names it rightly"


def _host_is_clear(scope: Scope) -> bool:
    """Whether a request has the one `Host` that it must have (RFC 9112, section 3.2)."""
    hosts = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
    if not hosts:
        return bool(scope["http_version"] == "1.0")
    return len(hosts) == 1 and is_host(hosts[0])


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that is there already, and then what else comes."""
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class _Watch:
    """Cancels a task when its client goes away."""

    def __init__(self, receive: Receive, task: asyncio.Task[Any] | None) -> None:
        self._receive, self._task = receive, task
        self._watching: asyncio.Task[None] | None = None
        self.gone = False

    def start(self) -> None:
        self._watching = asyncio.ensure_future(self._watch())

    def stop(self) -> None:
        if self._watching:
            self._watching.cancel()

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self.gone = True
        if self._task:
            self._task.cancel()


async def _send(send: Send, reply: Reply) -> None:
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
