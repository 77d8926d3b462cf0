"""Real clients: what people point at the endpoint."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore

LABELS = "SELECT ?s ?l { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?l } ORDER BY ?s"
NAMES = ["Ágnes Example", "Beta 新文件"]


def test_sparqlwrapper(server: Any) -> None:
    wrapper = pytest.importorskip("SPARQLWrapper")
    client = wrapper.SPARQLWrapper(server.sparql)
    client.setQuery(LABELS)
    for method in (wrapper.GET, wrapper.POST):
        for form in (wrapper.JSON, wrapper.XML):
            client.setMethod(method)
            client.setReturnFormat(form)
            found = client.queryAndConvert()
            text = found.toxml() if form == wrapper.XML else json.dumps(found, ensure_ascii=False)
            assert all(name in text for name in NAMES)
    client.setQuery("CONSTRUCT WHERE { ?s ?p ?o }")
    client.setReturnFormat(wrapper.TURTLE)
    assert len(rdflib.Graph().parse(data=client.queryAndConvert(), format="turtle")) == 6


def test_rdflib_sparqlstore(server: Any) -> None:
    graph = rdflib.Graph(SPARQLStore(server.sparql))
    assert [str(row.l) for row in graph.query(LABELS)] == NAMES
    assert len(list(graph.triples((rdflib.URIRef("http://example.org/b"), None, None)))) == 3


def test_pandas_reads_the_csv(server: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv(io.StringIO(server.ask(LABELS, accept="text/csv").text))
    assert list(frame["l"]) == NAMES


@pytest.mark.parametrize(
    ("accept", "query", "part"),
    [
        ("application/sparql-results+json", LABELS, '"bindings"'),
        ("application/sparql-results+xml", LABELS, '<literal xml:lang="en">Ágnes Example</literal>'),
        ("text/csv", LABELS, "http://example.org/a,Ágnes Example\r\n"),
        ("text/tab-separated-values", LABELS, '<http://example.org/a>\t"Ágnes Example"@en\n'),
        ("text/turtle", "DESCRIBE <http://example.org/b>", "<http://example.org/b>"),
        ("application/ld+json", "DESCRIBE <http://example.org/b>", '"@id":"http://example.org/b"'),
        ("application/rdf+xml", "DESCRIBE <http://example.org/b>", "<rdf:RDF"),
    ],
)
def test_curl(server: Any, accept: str, query: str, part: str) -> None:
    command = [
        "curl",
        "-sS",
        "--compressed",
        "-H",
        f"Accept: {accept}",
        "--data-urlencode",
        f"query={query}",
        server.sparql,
    ]
    assert part in subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


@pytest.fixture(scope="session")
def comunica(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installed Comunica."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("comunica")
    command = [
        "npm",
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(folder),
        "@comunica/query-sparql@4",
    ]
    subprocess.run(command, check=True, timeout=300)
    return folder


@pytest.mark.node
@pytest.mark.slow
def test_comunica_alone_and_federated_over_two_of_our_servers(
    server: Any, serve: Any, comunica: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.ttl").write_text(
        "<http://example.org/a> <http://example.org/knows> <http://example.org/zed> .", "utf-8"
    )
    query = "SELECT ?l ?k { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?l ; <http://example.org/knows> ?k }"
    with serve(str(tmp_path / "other.ttl")) as other:
        command = [
            str(comunica / "node_modules/.bin/comunica-sparql"),
            f"sparql@{server.sparql}",
            f"sparql@{other.sparql}",
            query,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    assert [(row["k"], "Ágnes Example" in row["l"]) for row in found] == [("http://example.org/zed", True)]


def test_endless_headers_are_cut_off(server: Any) -> None:
    assert httpx.get(server.sparql, params={"query": "ASK {} #" + "x" * 60_000}).status_code == 200
    url = httpx.URL(server.sparql)
    with socket.create_connection((url.host, url.port or 0), timeout=30) as sock:
        sock.sendall(b"GET /sparql?query=" + b"x" * 100_000)
        sent = 100_000
        with contextlib.suppress(ConnectionError):
            while sent < 40_000_000:
                sent += sock.send(b"x" * 100_000)
            raise AssertionError("the server reads headers without end")
