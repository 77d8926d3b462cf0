"""A small release of invented reporting, an engine over it, and the application that serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from kg.release import Making, canonical, release
from kg.settings import Settings, resource
from kg.sparql import Engine, local_engine, source_of
from kg.store import Release
from kg.web import create_app

BASE = "https://w3id.org/leakgraph/"
HERE = Path(__file__).parent
REPORT = b'{"conforms": true, "results": []}'


def make_release(out: Path, *, extra: str = "", base: str = BASE, redirects: bool = True) -> Release:
    """The fixture release under `out`, with `extra` TriG added to it."""
    text = (HERE / "harbour.trig").read_text("utf-8") + extra
    quads = list(
        ox.parse(text.replace(f"@base <{BASE}>", f"@base <{base}>").encode(), format=ox.RdfFormat.TRIG, base_iri=base)
    )
    graph = ox.NamedNode(f"{base}graph/ontology")
    for file in resource("ontology").glob("*.ttl"):
        for quad in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE):
            if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
                quads.append(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
    making = Making(
        base=base,
        date="2021-03-04",
        license="https://creativecommons.org/licenses/by/4.0/",
        versions={"leakgraph": "0.1.0"},
        settings={},
        corpus={"sha256": "0" * 64, "documents": 2, "rejected": []},
        reports={"report.json": REPORT, "report.ttl": b"", "report.txt": b"Conforms.\n"},
        redirects={"id/person/a-quill": "id/person/ada-quill", "id/leak/old-ledgers": "id/leak/harbour-ledgers"}
        if redirects
        else {},
        withdrawn=["article/withdrawn-piece"],
    )
    return release(canonical(quads), making, out=out)


@pytest.fixture
def build() -> Callable[..., Release]:
    """`make_release`, for tests that want a release of their own."""
    return make_release


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two releases; the second, which adds a triple, is current."""
    out = tmp_path_factory.mktemp("releases")
    make_release(out)
    make_release(out, extra='<graph/entities> { <id/person/ada-quill> skos:altLabel "A. M. Quill"@en }\n')
    return out


@pytest.fixture(scope="session")
def engine(releases: Path) -> Iterator[Engine]:
    opened = local_engine(source_of([releases]))
    yield opened
    opened.close()


@pytest.fixture
def app(releases: Path, engine: Engine) -> Iterator[Flask]:
    made = create_app(Settings(), engine, releases=releases, older=lambda r: local_engine(source_of([r.path])))
    yield made
    made.extensions["leakgraph"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
