"""The engine in this process: for the command line, pages and tests. It obeys every guard, but a query cannot be
stopped."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from pathlib import Path

import pyoxigraph as ox

from kg.settings import Settings
from kg.sparql.api import ANY, Answer, DatasetSpec, Hit, ReleaseInfo
from kg.sparql.execute import execute, graph_of
from kg.sparql.formats import GRAPHS, choose
from kg.sparql.fulltext import Index, build
from kg.sparql.plan import etag_of, job_for, key_of
from kg.sparql.source import Loaded, Source, load, merge


class LocalEngine:
    """See `Engine`. The full-text index is built at its first use."""

    def __init__(self, loaded: Loaded, settings: Settings) -> None:
        self._loaded = loaded
        self._settings = settings
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._cleanup = contextlib.ExitStack()

    def run(
        self,
        query: str,
        *,
        accept: str | None = None,
        format: str | None = None,
        dataset: DatasetSpec = ANY,
        timeout: float | None = None,
        max_rows: int | None = None,
    ) -> Answer:
        job = job_for(query, accept=accept, format=format, dataset=dataset, max_rows=max_rows, settings=self._settings)
        index = self._names() if job.searches else None
        body, truncated = execute(self._loaded.store, job, index)
        etag = etag_of(key_of(job, self._loaded.info.id))
        return Answer(body, job.format.media_type, job.form, etag, truncated)

    def graph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer:
        chosen = choose(GRAPHS, accept=accept, format=format)
        body = graph_of(self._loaded.store, name, chosen, most_bytes=self._settings.max_bytes)
        return Answer(body, chosen.media_type, "graph", f'"{self._loaded.info.id}-{chosen.name}"')

    def search(self, text: str, *, limit: int = 20, offset: int = 0, type: str | None = None) -> list[Hit]:
        with self._lock:
            return self._names(locked=True).search(text, limit=limit, offset=offset, type=type)

    def info(self) -> ReleaseInfo:
        return self._loaded.info

    def close(self) -> None:
        self._cleanup.close()

    def _names(self, *, locked: bool = False) -> Index:
        with contextlib.nullcontext() if locked else self._lock:
            if self._index is None:
                folder = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="leakgraph-"))
                self._index = build(self._loaded.store, Path(folder) / "names.sqlite")
            return self._index


def local_engine(source: Source | ox.Store, settings: Settings | None = None) -> LocalEngine:
    """An engine in this process over a source, or over a store in memory, whose graphs are then merged into its default
    graph. Raises as `load`."""
    if isinstance(source, ox.Store):
        merge(source)
        loaded = Loaded(source, ReleaseInfo("local", "", len(source)), "", "")
    else:
        loaded = load(source)
    return LocalEngine(loaded, settings or Settings())
