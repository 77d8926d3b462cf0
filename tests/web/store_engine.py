"""An engine over a release's store, as plain as can be, for testing the pages without the guards of the real one."""

from __future__ import annotations

import hashlib
import itertools

import pyoxigraph as ox

from kg.errors import BadQuery
from kg.sparql import ANY, Answer, DatasetSpec, Hit, ReleaseInfo
from kg.sparql.formats import GRAPHS, TABLES, choose
from kg.store import Release

PREF = "http://www.w3.org/2004/02/skos/core#"


class StoreEngine:
    def __init__(self, release: Release) -> None:
        self._release, self._store = release, release.store()

    def run(
        self, query: str, *, accept: str | None = None, format: str | None = None, dataset: DatasetSpec = ANY,
        timeout: float | None = None, max_rows: int | None = None,
    ) -> Answer:  # fmt: skip
        try:
            found = self._store.query(query)
        except SyntaxError as err:
            raise BadQuery("unexpected token", line=err.lineno, column=err.offset) from err
        tag = f'"{hashlib.sha256(query.encode()).hexdigest()}"'
        if isinstance(found, ox.QueryTriples):
            form = choose(GRAPHS, accept=accept, format=format)
            triples = list(itertools.islice(found, max_rows))
            return Answer(ox.serialize(triples, format=form.oxigraph) or b"", form.media_type, "graph", tag)
        form = choose(TABLES, accept=accept, format=format)
        kind = "ask" if isinstance(found, ox.QueryBoolean) else "select"
        return Answer(found.serialize(format=form.oxigraph) or b"", form.media_type, kind, tag)

    def graph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer:
        form = choose(GRAPHS, accept=accept, format=format)
        quads = self._store.quads_for_pattern(None, None, None, ox.NamedNode(name) if name else ox.DefaultGraph())
        body = ox.serialize((q.triple for q in quads), format=form.oxigraph) or b""
        return Answer(body, form.media_type, "graph", '"g"')

    def search(self, text: str, *, limit: int = 20, offset: int = 0, type: str | None = None) -> list[Hit]:
        words = text.casefold().split()
        hits = {}
        for name in ("prefLabel", "altLabel"):
            for quad in self._store.quads_for_pattern(None, ox.NamedNode(PREF + name), None, ox.DefaultGraph()):
                have = quad.object.value.casefold().split()
                kinds = tuple(q.object.value for q in self._store.quads_for_pattern(quad.subject, ox.NamedNode(
                    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), None, ox.DefaultGraph()))  # fmt: skip
                if all(any(h.startswith(w) for h in have) for w in words) and (type is None or type in kinds):
                    hits.setdefault(quad.subject.value, Hit(quad.subject.value, quad.object.value, kinds, 1.0))
        return [hits[key] for key in sorted(hits)][offset : offset + limit]

    def info(self) -> ReleaseInfo:
        return ReleaseInfo(self._release.id, self._release.date, len(self._store))

    def close(self) -> None:
        pass
