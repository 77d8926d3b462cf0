"""What one application serves: its settings, the engine, the release now current and the older ones kept."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
from flask import current_app, g, request

from kg.errors import BadInput, BadQuery, BadRelease, NotFound
from kg.release import releases
from kg.settings import Settings
from kg.sparql import Engine
from kg.store import Release
from kg.web.compare import Differences
from kg.web.graph import Asks, Term
from kg.web.links import Links
from kg.web.terms import Terms, read_terms
from kg.web.verify import Verifier

KEPT_OPEN = 3  # older releases whose engines and small JSON files stay open


@dataclass(frozen=True, slots=True)
class Catalog:
    """The small JSON files of a release, read once."""

    stats: Mapping[str, Any]
    redirects: Mapping[str, str]
    withdrawn: frozenset[str]

    @staticmethod
    def read(release: Release) -> Catalog:
        """Raises `BadRelease` when a file is damaged; a missing one counts as empty."""

        def get(name: str, empty: Any) -> Any:
            return release.json(name) if (release.path / name).exists() else empty

        redirects = {k.lstrip("/"): v.lstrip("/") for k, v in get("redirects.json", {}).items()}
        withdrawn = frozenset(item.lstrip("/") for item in get("withdrawn.json", []))
        return Catalog(get("stats.json", {}), redirects, withdrawn)


EMPTY = Catalog({}, {}, frozenset())


class EngineAsks:
    """An engine as the pages ask it. Its own limits hold; a cut answer is never taken for a whole one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def select(self, query: str) -> list[dict[str, Term]]:
        """Raises `BadInput` for an IRI from the client that is none: the query is ours, its line and column help no
        one."""
        try:
            answer = self._engine.run(query, format="json")
        except BadQuery as err:
            raise BadInput("that is no IRI") from err
        solutions = ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON)
        if not isinstance(solutions, ox.QuerySolutions):
            raise TypeError("select() is for SELECT queries")
        names = [variable.value for variable in solutions.variables]
        rows = []
        for row in solutions:
            pairs = ((name, row[name]) for name in names)
            rows.append({name: term for name, term in pairs if term is not None})
        return rows

    def construct(self, query: str, *, format: str) -> bytes:
        return self._engine.run(query, format=format).body


@dataclass
class Site:
    """One per application, made by `create_app` and found again with `site()`.

    `releases` is the folder that holds the releases; None where plain RDF files or another endpoint are served.
    `older` opens an engine over a release that is not the one in service.
    """

    settings: Settings
    engine: Engine
    releases: Path | None = None
    older: Callable[[Release], Engine] | None = None
    ontology: Terms = field(default_factory=lambda: read_terms("ontology"))
    shapes: Terms = field(default_factory=lambda: read_terms("shapes"))
    _catalogs: dict[Path, Catalog] = field(default_factory=dict)
    _opened: dict[Path, Engine] = field(default_factory=dict)
    verifier: Verifier = field(default_factory=Verifier)
    _listed: tuple[list[tuple[str, int, int]], list[Release]] = ([], [])
    _current: Release | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.differences = Differences(self.verifier)

    @property
    def release(self) -> Release | None:
        """The release that the engine serves now, which may change between requests."""
        if self.releases is None:
            return None
        served = self.engine.info().id
        if self._current is None or self._current.id != served:
            try:
                self._current = self._found(served)  # damaged or not: the engine holds all that it needs
            except NotFound:
                # Its folder went away under the engine, which answers on until it takes up the next release.
                if self._current is None:
                    raise
        return self._current

    def engine_for(self, release: Release | None) -> Engine:
        """The engine over a release; None: the one in service. Raises `NotFound` where older ones are not served."""
        if release is None or release == self.release:
            return self.engine
        if self.older is None:
            raise NotFound("older releases are not queried here", hint="Their dumps are under /releases.")
        with self._lock:
            if release.path not in self._opened:
                while len(self._opened) >= KEPT_OPEN:
                    self._opened.pop(next(iter(self._opened))).close()
                self._opened[release.path] = self.older(release)
            return self._opened[release.path]

    def close(self) -> None:
        """Close the engines over older releases; the one in service is its owner's."""
        with self._lock:
            while self._opened:
                self._opened.popitem()[1].close()

    def catalog(self, release: Release | None) -> Catalog:
        if release is None:
            return EMPTY
        with self._lock:
            if release.path not in self._catalogs:
                while len(self._catalogs) > KEPT_OPEN:
                    del self._catalogs[next(iter(self._catalogs))]
                self._catalogs[release.path] = Catalog.read(release)
            return self._catalogs[release.path]

    def kept(self) -> list[Release]:
        """Every release that is kept, the newest first; damaged ones are left out."""
        return [release for release in self._all() if self.verifier.is_whole(release)]

    def named(self, name: str) -> Release:
        """The release of that id. Raises `NotFound`, and `BadRelease` for one that is damaged; a name is matched
        against folders, never joined to a path."""
        release = self._found(name)
        if not self.verifier.is_whole(release):
            raise BadRelease("that release is damaged and is not served", where=str(release.path))
        return release

    def _found(self, name: str) -> Release:
        for release in self._all():
            if name in (release.id, release.path.name):
                return release
        raise NotFound("there is no release of that id here", hint="See /releases for those that are kept.")

    def _all(self) -> list[Release]:
        """Every release with a manifest, the newest first. Manifests are read again only when one changed."""
        if self.releases is None:
            return []
        seen = sorted(_stamps(self.releases))
        if self._listed[0] != seen:
            self._listed = (seen, list(reversed(releases(self.releases))))
        return self._listed[1]


def _stamps(out: Path) -> Iterator[tuple[str, int, int]]:
    """What changes when a manifest below `out` does."""
    for path in out.glob("*/manifest.json"):
        with contextlib.suppress(OSError):  # gone since it was listed
            status = path.stat()
            yield str(path), status.st_mtime_ns, status.st_size


def site() -> Site:
    """The site of the application that answers the request."""
    return cast(Site, current_app.extensions["leakgraph"])


@dataclass(frozen=True, slots=True)
class View:
    """What one request looks at: the release in service, or the one that `?release=` names."""

    release: Release | None
    older: bool
    graph: Asks
    links: Links
    catalog: Catalog
    terms: Terms


def chosen() -> Release | None:
    """The release that this request looks at: the one that `?release=` names, else the one in service. Raises as
    `Site.named` does."""
    current, wanted = site().release, request.args.get("release", "")
    if wanted and (current is None or wanted != current.id):
        return site().named(wanted)
    return current


def view() -> View:
    """The view of this request, made once. Raises `NotFound` for a release that is not kept."""
    if "view" not in g:
        here = site()
        release = chosen()
        older = release is not None and release != here.release
        links = Links(
            release.base if release else here.settings.base,
            request.script_root,
            everywhere=release is None,
            release=release.id if older and release else "",
        )
        graph = EngineAsks(here.engine_for(release if older else None))
        g.view = View(release, older, graph, links, here.catalog(release), here.ontology)
    return cast(View, g.view)


def integer(name: str, default: int, *, most: int) -> int:
    """The whole number that a query parameter holds, from 1 to `most`. Raises `BadInput`."""
    raw = request.args.get(name)
    if raw is None or raw == "":
        return default
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw[:12]) <= most:
        raise BadInput(f"{name} must be a whole number from 1 to {most}")
    return int(raw)
