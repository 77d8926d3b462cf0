"""How the production server is put together and started: uvicorn in front, one process, query workers behind it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask, Response, request

from kg.errors import BadInput
from kg.settings import Settings
from kg.sparql import Answer, Engine, PoolEngine, Source, pool_engine, source_of
from kg.sparql.remote import RemoteEngine
from kg.store import Release
from kg.web import create_app
from kg.web.connections import Connection
from kg.web.curate import Curators
from kg.web.front import Application, Front
from kg.web.protocol import GRAPHS, SPARQL, Asks, Blocking, Endpoint, Request
from kg.web.site import Site

PAGE_THREADS = 16
KEEP_ALIVE = 30  # seconds that a connection may be idle
CONNECTIONS = 1000  # at once; more get 503
STOPPING = 30  # seconds that running requests get to end when the server stops
BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Service:
    """What to serve: RDF files or a release, or a remote endpoint (`sparql+https://...`), or a working store."""

    settings: Settings
    paths: tuple[str, ...] = ()
    remote: str = ""
    working: str = ""
    access_log: bool = True
    announcement: str = ""  # printed once questions are answered

    def source(self) -> Source:
        return Source("working", (self.working,)) if self.working else source_of(self.paths)

    def releases(self) -> Path | None:
        """The folder of releases, where there is one. Releases lie beside each other."""
        if self.remote or self.working or self.source().kind != "release":
            return None
        path = Path(self.paths[0])
        return path.resolve().parent if (path / "manifest.json").exists() else path.resolve()


def front(service: Service) -> Front:
    """The ASGI application of a service; nothing is opened before the server starts it."""
    settings = service.settings
    opened: list[PoolEngine] = []
    sites: list[Site] = []

    async def start() -> tuple[Endpoint, Application, PoolEngine | None]:
        engine = (
            RemoteEngine(service.remote, settings)
            if service.remote
            else PoolEngine(service.source(), settings, direct="kg.web.keeper", access_log=service.access_log)
        )
        await engine.aopen()
        opened.append(engine)
        app = create_app(settings, engine, releases=service.releases(), older=older_engines(settings))
        sites.append(app.extensions["leakgraph"])
        writes = Curators(engine, settings) if service.working else None
        endpoint = Endpoint(engine, settings, older=_older_by_id(app), writes=writes)
        endpoint.features["searches"] = not service.remote
        pages = cast(Application, WSGIMiddleware(cast(Any, app.wsgi_app), workers=PAGE_THREADS))
        return endpoint, pages, engine

    async def stop() -> None:
        for site in sites:
            await asyncio.to_thread(site.close)
        for engine in opened:
            await engine.aclose()

    made = Front(start, stop, max_body=settings.max_body, access_log=service.access_log)
    made.trust_proxy, made.announcement = settings.trust_proxy, service.announcement
    return made


def older_engines(settings: Settings) -> Callable[[Release], Engine]:
    """What opens an engine over a release that is not in service: one worker, a small cache."""

    def open_older(release: Release) -> Engine:
        return pool_engine(
            Source("release", (str(release.path),)), replace(settings, cache=settings.cache // 8), workers=1
        )

    return open_older


def _older_by_id(app: Flask) -> Callable[[str], Awaitable[Asks]]:
    site: Site = app.extensions["leakgraph"]

    async def find(name: str) -> Asks:
        engine = await asyncio.to_thread(lambda: site.engine_for(site.named(name)))
        return Threaded(engine)

    return find


class Threaded(Blocking):
    """An engine's blocking methods as coroutines, each call in a thread."""

    async def arun(self, query: str, **options: Any) -> Answer:
        return await asyncio.to_thread(lambda: self._engine.run(query, **options))

    async def agraph(self, name: str | None, **options: Any) -> Answer:
        return await asyncio.to_thread(lambda: self._engine.graph(name, **options))


def register(app: Flask, engine: Engine, settings: Settings) -> None:
    """Add the protocol to a Flask application, for other servers than ours and for tests. `?release=` answers where
    `create_app` was told how to open older releases."""
    site: Site = app.extensions["leakgraph"]

    async def older(name: str) -> Asks:
        return Blocking(site.engine_for(site.named(name)))

    endpoint = Endpoint(Blocking(engine), settings, older=older)

    def answer() -> Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        host = request.host or "localhost"  # a host that is none goes into no address of ours
        root = f"{request.scheme}://{host}{request.script_root}"
        query = request.query_string.decode("latin-1")
        asked = Request(request.method, request.path, query, headers, request.get_data(), root)
        work = endpoint.answer(asked)
        try:
            work.send(None)
        except StopIteration as done:
            reply = Response(done.value.body, done.value.status)
            reply.headers.clear()  # what Flask supposes: a length of 0 for HEAD, a media type where there is no body
            reply.headers.extend(done.value.headers)
            return reply
        raise RuntimeError("an engine that blocks does not wait")

    methods = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"]
    for path in (SPARQL, GRAPHS):
        app.add_url_rule(path, path[1:], answer, methods=methods, provide_automatic_options=False)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any free one. Raises `BadInput` saying why not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError as err:
        made.close()
        raise BadInput(f"cannot listen on {host} port {port}: {err.strerror}") from err
    made.setblocking(False)
    return made


def serve(service: Service, *, listening: socket.socket) -> bool:
    """Serve until SIGTERM or SIGINT, then let running requests end. False when it could not start; why is logged."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    config = uvicorn.Config(
        front(service),
        http=Connection,
        ws="none",
        loop="auto",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=STOPPING,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    return server.started
