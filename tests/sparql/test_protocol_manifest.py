"""Every entry of the W3C's manifest of the SPARQL 1.1 Protocol, over HTTP, against a running server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS

pytestmark = pytest.mark.shared
SHARED = Path(os.environ.get("KG_SHARED", Path(__file__).resolve().parents[3] / "shared"))
FOLDER = SHARED / "w3c" / "sparql11" / "protocol"
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")


def manifest() -> rdflib.Graph:
    graph = rdflib.Graph()
    if FOLDER.is_dir():
        graph.parse(FOLDER / "manifest.ttl", publicID=FOLDER.as_uri() + "/")
    return graph


GRAPH = manifest()
ENTRIES = list(Collection(GRAPH, next(GRAPH.objects(None, MF.entries)))) if len(GRAPH) else []


def test_the_manifest_has_all_entries(shared: Path) -> None:
    assert len(ENTRIES) == 34


@pytest.mark.parametrize("entry", ENTRIES, ids=[str(e).rpartition("#")[2] for e in ENTRIES])
def test_entry(entry: Any, curated: Any, authorised: dict[str, str]) -> None:
    with httpx.Client(headers=authorised, timeout=30) as client:
        client.post(curated.sparql, data={"update": "CLEAR ALL"}).raise_for_status()
        for data in GRAPH.objects(entry, UT.graphData):
            file = Path(str(GRAPH.value(data, UT.graph)).removeprefix("file://"))
            put = client.put(
                curated.root + "/rdf-graph-store",
                params={"graph": str(GRAPH.value(data, RDFS.label))},
                content=file.read_bytes(),
                headers={"content-type": "application/n-triples"},
            )
            put.raise_for_status()
        requests = GRAPH.value(GRAPH.value(entry, MF.action), HT.requests)
        for request in Collection(GRAPH, requests):
            check(request, send(client, curated.root, request))


def send(client: httpx.Client, root: str, request: Any) -> httpx.Response:
    path = str(GRAPH.value(request, HT.absolutePath))
    assert path.startswith("/sparql/")
    headers = {}
    listed = GRAPH.value(request, HT.headers)
    for header in Collection(GRAPH, listed) if listed else ():
        headers[str(GRAPH.value(header, HT.fieldName))] = str(GRAPH.value(header, HT.fieldValue))
    body = GRAPH.value(request, HT.body)
    content = None
    if body is not None:
        coding = str(GRAPH.value(body, CNT.characterEncoding) or "UTF-8")
        content = str(GRAPH.value(body, CNT.chars)).encode(coding)
    return client.request(str(GRAPH.value(request, HT.methodName)), root + path, headers=headers, content=content)


def check(request: Any, answer: httpx.Response) -> None:
    expected = GRAPH.value(request, HT.resp)
    classes = {str(status)[-3] for status in GRAPH.objects(expected, MF.expectedStatus)}
    assert str(answer.status_code)[0] in classes, (answer.status_code, answer.text)
    form = str(GRAPH.value(expected, MF.expectedFormat) or "")
    truth = GRAPH.value(expected, MF.expectedBoolean)
    if truth is not None:
        assert boolean(answer) is truth.toPython()
    elif form == "boolean":
        assert isinstance(boolean(answer), bool)
    elif form == "tabular":
        found = ox.parse_query_results(answer.content, format=results_format(answer))
        assert isinstance(found, ox.QuerySolutions)
    elif form == "RDF":
        media_type = answer.headers["content-type"].partition(";")[0]
        assert list(ox.parse(answer.content, format=ox.RdfFormat.from_media_type(media_type))) is not None
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


def results_format(answer: httpx.Response) -> ox.QueryResultsFormat:
    found = ox.QueryResultsFormat.from_media_type(answer.headers["content-type"].partition(";")[0])
    assert found is not None
    return found


def boolean(answer: httpx.Response) -> bool:
    found = ox.parse_query_results(answer.content, format=results_format(answer))
    assert isinstance(found, ox.QueryBoolean)
    return bool(found)


def test_every_term_of_the_manifest_is_understood(shared: Path) -> None:
    used = {p for p in GRAPH.predicates() if str(p).startswith((str(HT), str(CNT)))}
    known = {HT.absolutePath, HT.body, HT.connectionAuthority, HT.fieldName, HT.fieldValue, HT.headers, HT.httpVersion}
    known |= {HT.methodName, HT.requests, HT.resp, CNT.chars, CNT.characterEncoding}
    assert used <= known and (None, RDF.type, HT.Request) in GRAPH
