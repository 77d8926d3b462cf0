"""`kg serve`: a release, RDF files, a working store or a remote endpoint over HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from kg.errors import BadInput, NotFound, Unavailable
from kg.settings import from_environment, is_endpoint
from kg.sparql.source import placed
from kg.store import rdf_format
from kg.web.curate import check_token
from kg.web.serving import Service, listen, serve


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--host", help="Address to listen on. Default: 127.0.0.1, or KG_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 is any free one. Default: 0, or KG_PORT.")
@click.option("--timeout", type=float, help="Seconds that a query may take unless it asks for another limit.")
@click.option("--workers", type=int, help="Query processes; 0 is one a core.")
@click.option("--engine", help="Pass checked queries to another store: sparql+http://host/path or sparql+https://...")
@click.option("--working", type=click.Path(dir_okay=False), help="Serve this N-Quads file, which curators may change.")
@click.option("--access-log/--no-access-log", default=True, help="One JSON line a request on standard error.")
def command(  # noqa: PLR0917 - click passes by name
    sources: tuple[str, ...],
    host: str | None,
    port: int | None,
    timeout: float | None,
    workers: int | None,
    engine: str | None,
    working: str | None,
    access_log: bool,
) -> None:
    """Serve SOURCES: a release, a folder of releases (whose current one is taken, also when it changes), or RDF files.

    Without any, the releases in the folder out are served.
    """
    settings = from_environment()
    given = {"host": host, "port": port, "timeout": timeout, "workers": workers}
    settings = replace(settings, **{key: value for key, value in given.items() if value is not None})  # type: ignore[arg-type]
    if sum(map(bool, (sources, engine, working))) > 1:
        raise BadInput("give sources, --engine or --working, only one of them")
    service = Service(
        settings,
        sources or (() if engine or working else ("out",)),
        remote=_remote(engine) if engine else "",
        working=working or "",
        access_log=access_log,
    )
    if working:
        check_token(settings)
    elif not engine:
        _look(service)
    listening = listen(settings.host, settings.port)
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    root = f"http://{name}:{listening.getsockname()[1]}"
    text = f"leakgraph is at\n  {root}/\n  {root}/sparql\nCtrl-C stops it."
    if not serve(replace(service, announcement=text), listening=listening):
        raise Unavailable("the server could not start; the reason is above")


def _look(service: Service) -> None:
    """What can be told wrong before anything is started."""
    source = service.source()
    if source.kind == "release":
        placed(source)
        return
    for name in source.paths:
        if not Path(name).is_file():
            raise NotFound("no such file", where=name)
        rdf_format(Path(name))


def _remote(engine: str) -> str:
    address = engine.removeprefix("sparql+")
    if address == engine or not is_endpoint(address):
        raise BadInput(f"--engine takes sparql+http://host/path or sparql+https://host/path, not {engine!r}")
    return address
