"""`POST /shacl`: reports on strangers' RDF and on our own graphs, in every format, within limits."""

from __future__ import annotations

import io
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from kg.settings import RANGES, Settings
from kg.sparql import Engine
from kg.web import create_app, shacl

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://shop.example/> .
ex:Boat a sh:NodeShape ; sh:targetClass ex:Boat ;
  sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "A boat has a name." ] .
"""
GOOD = "@prefix ex: <https://shop.example/> . ex:one a ex:Boat ; ex:name 'Gull' ."
BAD = "@prefix ex: <https://shop.example/> . ex:two a ex:Boat . ex:three a ex:Boat ."
SH = "http://www.w3.org/ns/shacl#"


def post(client: FlaskClient, data: str, accept: str, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/shacl", data={"data": data, "shapes": SHAPES, **more}, headers={"Accept": accept})


def test_the_report_says_what_is_wrong_as_the_standard_does(client: FlaskClient) -> None:
    answer = post(client, BAD, "text/turtle")
    assert (answer.status_code, answer.mimetype) == (200, "text/turtle")
    triples = [quad.triple for quad in ox.parse(answer.data, format=ox.RdfFormat.TURTLE)]
    focus = {t.object.value for t in triples if t.predicate.value == SH + "focusNode"}
    assert focus == {"https://shop.example/two", "https://shop.example/three"}
    assert [t.object.value for t in triples if t.predicate.value == SH + "conforms"] == ["false"]


@pytest.mark.parametrize(
    "accept", ["text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml", "application/json",
               "text/plain", "text/html"],
)  # fmt: skip
def test_every_format_of_the_report(client: FlaskClient, accept: str) -> None:
    answer = post(client, BAD, accept)
    assert (answer.status_code, answer.mimetype) == (200, accept)
    assert "A boat has a name." in answer.text


def test_data_that_conforms(client: FlaskClient) -> None:
    assert post(client, GOOD, "application/json").json["conforms"] is True
    assert "It conforms" in post(client, GOOD, "text/html").text


def test_the_body_alone_is_checked_against_the_projects_shapes(client: FlaskClient) -> None:
    data = (
        "@prefix lg: <https://w3id.org/leakgraph/ontology#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "<https://x.example/p> a lg:ProtectedPerson ; lg:role lg:detainee ; skos:prefLabel 'A Name' ."
    )
    answer = client.post(
        "/shacl", data=data, content_type="text/turtle; charset=utf-8", headers={"Accept": "application/json"}
    )
    assert answer.json["conforms"] is False
    assert answer.json["results"][0]["focus"]["value"] == "https://x.example/p"


def test_a_report_is_never_taken_from_a_cache(client: FlaskClient) -> None:
    headers = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    form = client.get("/shacl", headers=headers)
    answer = client.post("/shacl", data={"data": GOOD, "shapes": SHAPES}, headers=headers)
    assert answer.data != form.data
    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_files_are_taken_by_type_or_ending(client: FlaskClient) -> None:
    triples = (
        b"<https://shop.example/two> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://shop.example/Boat> ."
    )
    form = {
        "data": (io.BytesIO(triples), "boats.nt", "application/octet-stream"),
        "shapes": (io.BytesIO(SHAPES.encode()), "s.ttl"),
    }
    answer = client.post("/shacl", data=form, headers={"Accept": "application/json"})
    assert [r["focus"]["value"] for r in answer.json["results"]] == ["https://shop.example/two"]


def test_one_of_our_graphs_is_checked_and_each_result_shows_its_sentence(client: FlaskClient) -> None:
    shapes = """
    @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix lg: <https://w3id.org/leakgraph/ontology#> .
    @prefix ex: <https://shop.example/> .
    ex:S a sh:NodeShape ; sh:targetClass lg:Statement ;
      sh:property [ sh:path lg:confidence ; sh:minCount 1 ; sh:message "How sure?" ] .
    """
    graph = "https://w3id.org/leakgraph/article/harbour-story"
    found = client.post("/shacl", data={"graph": graph, "shapes": shapes}, headers={"Accept": "application/json"}).json
    names = {r["focus"]["value"].rpartition("/")[2] for r in found["results"]}
    assert names == {"s3", "s4", "s5"}, "only the article's own statements, not the curated one in another graph"
    page = client.post("/shacl", data={"graph": graph, "shapes": shapes}, headers={"Accept": "text/html"}).text
    assert '<a href="/article/harbour-story/statement/s3">' in page
    assert "<mark>not one of these pages is ours</mark>" in page
    missing = client.post("/shacl", data={"graph": "https://w3id.org/leakgraph/article/none"})
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("data", "shapes", "status", "error"),
    [
        ("", "", 400, "BadInput"),
        ("not turtle", "", 400, "BadRdf"),
        (GOOD, "not turtle", 400, "BadRdf"),
    ],
)
def test_what_cannot_be_checked_is_an_error_with_its_place(
    client: FlaskClient, data: str, shapes: str, status: int, error: str
) -> None:
    answer = client.post("/shacl", data={"data": data, "shapes": shapes})
    assert (answer.status_code, answer.json["error"]) == (status, error)
    if error == "BadRdf":
        assert answer.json["line"] == 1
        assert ("in the shapes" if shapes else "in the data") in answer.json["detail"]


def test_a_body_that_is_no_rdf_is_415(client: FlaskClient) -> None:
    assert client.post("/shacl", data="a,b", content_type="text/csv").status_code == 415


def test_a_run_over_its_time_is_stopped(releases: Path, engine: Engine) -> None:
    client = create_app(Settings(timeout=0.05), engine, releases=releases).test_client()
    answer = post(client, BAD, "application/json")
    assert (answer.status_code, answer.json["error"]) == (503, "Timeout")


def test_a_run_over_its_memory_is_stopped(releases: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    less_than_none = -300 * 1024 * 1024  # of what an operator can set, no small report needs more
    monkeypatch.setitem(RANGES, "memory", (less_than_none, 0))
    client = create_app(Settings(memory=less_than_none), engine, releases=releases).test_client()
    answer = post(client, BAD, "application/json")
    assert answer.status_code in (503, 507)


def test_a_graph_with_too_many_nodes_is_left_to_the_command_line(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shacl, "NODES", 3)
    answer = client.post("/shacl", data={"graph": "https://w3id.org/leakgraph/article/harbour-story"})
    assert (answer.status_code, answer.json["error"]) == (413, "TooLarge")


def test_shapes_cannot_reach_out(client: FlaskClient) -> None:
    shapes = """
    @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://shop.example/> .
    ex:S a sh:NodeShape ; sh:targetClass ex:Boat ; sh:sparql [ sh:message "m" ;
      sh:select "SELECT $this WHERE { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }" ] .
    """
    answer = client.post("/shacl", data={"data": BAD, "shapes": shapes})
    assert answer.status_code in (400, 403)


def test_only_so_many_run_at_once(client: FlaskClient) -> None:
    for _ in range(shacl.TOGETHER):
        assert shacl._running.acquire(blocking=False)
    try:
        answer = post(client, GOOD, "application/json")
        assert (answer.status_code, answer.json["error"]) == (429, "TooBusy")
        assert "Retry-After" in answer.headers
    finally:
        for _ in range(shacl.TOGETHER):
            shacl._running.release()
