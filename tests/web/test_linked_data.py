"""Linked data: 303 by Accept, documents in every syntax, validators, redirects, withdrawals."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

BASE = "https://w3id.org/leakgraph/"
LG = BASE + "ontology#"
QUILL = "id/person/ada-quill"
TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
SYNTAX = {"ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD, "nt": ox.RdfFormat.N_TRIPLES,
          "rdf": ox.RdfFormat.RDF_XML}  # fmt: skip


@pytest.mark.parametrize(
    ("accept", "where"),
    [
        (None, f"/page/{QUILL}"),
        ("*/*", f"/page/{QUILL}"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", f"/page/{QUILL}"),
        ("text/turtle", f"/data/{QUILL}.ttl"),
        ("text/turtle;charset=utf-8", f"/data/{QUILL}.ttl"),
        ("application/ld+json", f"/data/{QUILL}.jsonld"),
        ("application/json", f"/data/{QUILL}.jsonld"),
        ("application/n-triples", f"/data/{QUILL}.nt"),
        ("application/rdf+xml", f"/data/{QUILL}.rdf"),
        ("text/html;q=0.2, text/turtle;q=0.9", f"/data/{QUILL}.ttl"),
        ("text/turtle;q=0.2, application/rdf+xml;q=0.8, */*;q=0.1", f"/data/{QUILL}.rdf"),
        ("text/html;q=0, */*;q=0.5", f"/data/{QUILL}.ttl"),
        ("application/*", f"/data/{QUILL}.jsonld"),
        ("text/*;q=0.5, text/html;q=0.1", f"/data/{QUILL}.ttl"),
    ],
)
def test_a_resource_answers_303_to_the_document_that_suits(client: FlaskClient, accept: str | None, where: str) -> None:
    answer = client.get("/" + QUILL, headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["Location"]) == (303, where)
    assert "Accept" in answer.headers["Vary"]
    assert f'</data/{QUILL}.ttl>; rel="alternate"; type="text/turtle"' in answer.headers["Link"]


def test_what_nobody_offers_is_406_with_what_is_on_offer(client: FlaskClient) -> None:
    answer = client.get("/" + QUILL, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.mimetype == "application/problem+json"
    assert "text/turtle" in answer.json["hint"]


@pytest.mark.parametrize("ending", TYPES)
@pytest.mark.parametrize(
    "path", [QUILL, "article/harbour-story", "graph/entities", "article/harbour-story/statement/s1"]
)
def test_a_document_parses_and_speaks_of_its_resource(client: FlaskClient, path: str, ending: str) -> None:
    answer = client.get(f"/data/{path}.{ending}")
    assert (answer.status_code, answer.mimetype) == (200, TYPES[ending])
    triples = {quad.triple for quad in ox.parse(answer.data, format=SYNTAX[ending])}
    subjects = {triple.subject.value for triple in triples}
    assert BASE + (QUILL if path == "graph/entities" else path) in subjects


def test_the_syntaxes_of_a_document_hold_the_same_triples(client: FlaskClient) -> None:
    graphs = [
        {quad.triple for quad in ox.parse(client.get(f"/data/{QUILL}.{ending}").data, format=SYNTAX[ending])}
        for ending in TYPES
    ]
    assert len(graphs[0]) > 20
    assert all(graph == graphs[0] for graph in graphs)


def test_an_entitys_document_carries_its_statements_with_their_quotes(client: FlaskClient) -> None:
    triples = {quad.triple for quad in ox.parse(client.get(f"/data/{QUILL}.nt").data, format=ox.RdfFormat.N_TRIPLES)}
    quotes = [t.object.value for t in triples if t.predicate.value == "http://www.w3.org/ns/oa#exact"]
    assert "Ada Quill got hold of the Harbour Ledgers." in quotes


def test_the_document_without_an_ending_says_which_one_it_is(client: FlaskClient) -> None:
    answer = client.get(f"/data/{QUILL}", headers={"Accept": "application/n-triples"})
    assert answer.status_code == 200
    assert answer.headers["Content-Location"] == f"/data/{QUILL}.nt"
    assert "Accept" in answer.headers["Vary"]


def test_an_unchanged_document_is_304_and_each_format_has_its_own_validator(client: FlaskClient) -> None:
    first = client.get(f"/data/{QUILL}.ttl")
    assert not first.headers["ETag"].startswith("W/")
    again = client.get(f"/data/{QUILL}.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"/data/{QUILL}.nt").headers["ETag"] != first.headers["ETag"]
    assert client.get(f"/data/{QUILL}.nt", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient) -> None:
    get, head = client.get(f"/data/{QUILL}.ttl"), client.head(f"/data/{QUILL}.ttl")
    assert head.data == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["ETag"] == get.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/id/person/a-quill", "/id/person/ada-quill"),
        ("/page/id/person/a-quill", "/page/id/person/ada-quill"),
        ("/data/id/person/a-quill.ttl", "/data/id/person/ada-quill.ttl"),
        ("/data/id/person/a-quill", "/data/id/person/ada-quill"),
        ("/id/leak/old-ledgers?x=1", "/id/leak/harbour-ledgers?x=1"),
        ("/api/entities/person/a-quill", "/api/entities/person/ada-quill"),
    ],
)
def test_a_merged_resource_redirects_for_good(client: FlaskClient, path: str, where: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (308, where)


@pytest.mark.parametrize(
    "path",
    ["/article/withdrawn-piece", "/page/article/withdrawn-piece", "/data/article/withdrawn-piece.ttl",
     "/article/withdrawn-piece/statement/x1", "/api/articles/withdrawn-piece"],
)  # fmt: skip
def test_what_was_withdrawn_is_410_with_all_that_stood_below_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 410
    assert answer.json["error"] == "Gone"


@pytest.mark.parametrize("path", ["/id/person/nobody", "/article/none", "/graph/none", "/data/id/person/nobody.ttl"])
def test_what_the_graph_does_not_hold_is_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_path_that_is_no_iri_is_an_error_of_the_client(client: FlaskClient) -> None:
    assert client.get("/id/person/%7B%7D").status_code == 400
    assert client.get("/id/person/a%3E%20b").status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/id/person/%zz", "/id/person/%ff", "/page/id/person/%zz", "/data/id/person/%ff.ttl", "/article/%zz",
     "/api/entities/person/%ff", "/resource?iri=http://x.example/%25zz", "/resource?iri=http://[x/"],
)  # fmt: skip
def test_a_broken_escape_is_an_error_that_tells_nothing_of_our_own_query(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/turtle, application/json;q=0.1"})
    assert (answer.status_code, answer.json["error"]) == (400, "BadInput")
    assert not {"line", "column"} & answer.json.keys()


@pytest.mark.parametrize("name", ["ontology", "shapes"])
@pytest.mark.parametrize("ending", TYPES)
def test_ontology_and_shapes_dereference(client: FlaskClient, name: str, ending: str) -> None:
    answer = client.get("/" + name, headers={"Accept": TYPES[ending]})
    assert (answer.status_code, answer.mimetype) == (200, TYPES[ending])
    assert answer.headers["Content-Location"] == f"/{name}.{ending}"
    assert len(list(ox.parse(answer.data, format=SYNTAX[ending]))) > 100
    assert client.get(f"/{name}.{ending}").data == answer.data


def test_every_class_has_its_anchor_on_the_ontologys_page(client: FlaskClient) -> None:
    page = client.get("/ontology", headers={"Accept": "text/html"}).text
    for name in ("Person", "Leak", "obtainedBy", "alleged"):
        assert f'id="{name}"' in page


def test_an_iri_from_elsewhere_has_a_document_too(client: FlaskClient) -> None:
    address = "/resource?iri=https://www.example.org/entity/harbour-ledgers"
    assert "Harbour Ledgers" in client.get(address, headers={"Accept": "text/html"}).text
    turtle = client.get(address, headers={"Accept": "text/turtle"})
    assert turtle.mimetype == "text/turtle"
    ours = client.get(f"/resource?iri={BASE}{QUILL}")
    assert (ours.status_code, ours.headers["Location"]) == (303, "/" + QUILL)
    assert client.get("/resource?iri=https://www.example.org/unknown").status_code == 404
    assert client.get("/resource?iri=nonsense").status_code == 400
