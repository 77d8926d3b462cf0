"""The JSON API, search, and the reconciliation service as OpenRefine talks to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

BASE = "https://w3id.org/leakgraph/"


def test_stats_are_those_of_the_manifest(client: FlaskClient) -> None:
    stats = client.get("/api/stats").json
    assert stats["counts"]["articles"] == 2
    assert stats["base"] == BASE


def test_entities_by_name_and_by_class(client: FlaskClient) -> None:
    found = client.get("/api/entities?q=quill").json["entities"]
    assert [(item["iri"], item["label"], item["type"]) for item in found] == [
        (BASE + "id/person/ada-quill", "Ada Quill", "Person")
    ]
    people = client.get("/api/entities?type=Organisation&limit=1").json["entities"]
    assert len(people) == 1
    second = client.get("/api/entities?type=Organisation&limit=1&offset=1").json["entities"]
    assert people != second
    assert client.get("/api/entities?q=quill&type=Leak").json["entities"] == []


def test_an_entity_with_its_facts(client: FlaskClient) -> None:
    leak = client.get("/api/entities/leak/harbour-ledgers").json
    assert leak["labels"] == {"en": "Harbour Ledgers", "de": "Hafenbücher"}
    statement = next(f for f in leak["facts"]["statement"] if f["modality"] == "alleged")
    assert statement["sentence"] == "Harbour Ledgers leaked from Port Authority of Norwick"
    assert statement["attributedTo"]["label"] == "Ada Quill"
    (evidence,) = statement["evidence"]
    assert (evidence["start"], evidence["end"]) == (60, 110)
    assert evidence["exact"].startswith("Quill says over 5,200 pages")
    assert [a["label"] for a in leak["articles"]] == ["Digest: harbour", "The ledgers of the harbour"]


def test_a_protected_person_is_a_role_in_json_too(client: FlaskClient) -> None:
    person = client.get("/api/entities/protected/harbour-story-1").json
    assert (person["role"], person["label"]) == ("detainee", "detainee 1 (name withheld)")
    assert not {"aliases", "labels", "sameAs"} & set(person)


def test_articles_and_one_of_them(client: FlaskClient) -> None:
    assert len(client.get("/api/articles").json["articles"]) == 2
    article = client.get("/api/articles/harbour-story").json
    assert article["title"] == "The ledgers of the harbour"
    assert article["publishers"][0]["label"] == "The Lantern"
    assert {kind: len(facts) for kind, facts in article["facts"].items()} == {
        "statement": 3, "position": 1, "figure": 1, "claim": 1, "visit": 1,
    }  # fmt: skip
    cut = client.get("/api/articles/harbour-story?limit=2").json["facts"]
    assert sum(len(facts) for facts in cut.values()) == 2


def test_search_answers_pages_and_programs(client: FlaskClient) -> None:
    page = client.get("/search?q=harb", headers={"Accept": "text/html"})
    assert '<a href="/id/leak/harbour-ledgers">Harbour Ledgers</a>' in page.text
    assert "Accept" in page.headers["Vary"]
    hits = client.get("/search?q=harb", headers={"Accept": "application/json"}).json["hits"]
    assert hits[0]["label"] == "Harbour Ledgers"
    assert {"Digest: harbour", "The ledgers of the harbour"} < {hit["label"] for hit in hits}, "articles are found too"
    assert client.get("/search?q=hafenbücher&format=json").json["hits"][0]["matched"] == "Hafenbücher"
    assert client.get("/search?q=&format=json").json["hits"] == []


def reconcile(client: FlaskClient, **queries: dict[str, Any]) -> Any:
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert answer.status_code == 200
    return answer.json


def test_the_manifest_says_where_everything_is(client: FlaskClient) -> None:
    manifest = client.get("/reconcile").json
    assert "0.2" in manifest["versions"]
    assert manifest["identifierSpace"] == BASE + "id/"
    view = manifest["view"]["url"].replace("{{id}}", "person/ada-quill")
    assert client.get(view).status_code == 303
    preview = client.get(manifest["preview"]["url"].replace("{{id}}", "person/ada-quill"))
    assert "Ada Quill" in preview.text
    assert "frame-ancestors" not in preview.headers["Content-Security-Policy"], "a client shows it in a frame"
    for suggest in manifest["suggest"].values():
        answer = client.get(suggest["service_url"] + suggest["service_path"], query_string={"prefix": "l"})
        assert {"id", "name"} <= answer.json["result"][0].keys()
    proposed = manifest["extend"]["propose_properties"]
    answer = client.get(proposed["service_url"] + proposed["service_path"], query_string={"type": "Leak"}).json
    assert "obtainedBy" in [item["id"] for item in answer["properties"]]
    assert "visitor" not in [item["id"] for item in answer["properties"]]


def test_a_name_that_is_the_same_is_a_match(client: FlaskClient) -> None:
    found = reconcile(client, q0={"query": "ADA QUILL"}, q1={"query": "Port Authority Norwick"}, q2={"query": "Nobody"})
    (quill,) = found["q0"]["result"]
    assert (quill["id"], quill["score"], quill["match"]) == ("person/ada-quill", 100, True)
    assert quill["type"] == [{"id": "Person", "name": "person"}]
    authority = found["q1"]["result"][0]
    assert authority["id"] == "organisation/port-authority-of-norwick"
    assert 80 < authority["score"] < 100
    assert authority["match"] is False
    assert found["q2"]["result"] == []


def test_a_type_keeps_others_out_or_lowers_them(client: FlaskClient) -> None:
    found = reconcile(
        client,
        right={"query": "Norwick", "type": "Place"},
        wrong={"query": "Norwick", "type": "Person"},
        should={"query": "Norwick", "type": "Person", "type_strict": "should"},
        both={"query": "Norwick", "type": ["Place", "City"], "type_strict": "all"},
    )
    assert [row["id"] for row in found["right"]["result"]] == ["place/norwick"]
    assert found["wrong"]["result"] == []
    assert found["should"]["result"][0]["score"] < 90
    assert [row["id"] for row in found["both"]["result"]] == ["place/norwick"]


def test_properties_count_towards_the_score(client: FlaskClient) -> None:
    query = {"query": "Harbour Ledgers", "properties": [{"pid": "obtainedBy", "v": "Ada Quill"}]}
    other = {"query": "Harbour Ledgers", "properties": [{"pid": "obtainedBy", "v": {"id": "person/tomas-verne"}}]}
    found = reconcile(client, fits=query, differs=other)
    assert found["fits"]["result"][0]["score"] == 100
    assert found["differs"]["result"][0]["score"] == 70


def test_a_protected_person_is_never_a_candidate(client: FlaskClient) -> None:
    found = reconcile(client, q={"query": "detainee 1 (name withheld)"})
    assert found["q"]["result"] == []


def test_tables_are_extended(client: FlaskClient) -> None:
    wanted = {
        "ids": ["leak/harbour-ledgers", "person/ada-quill"],
        "properties": [{"id": "obtainedBy"}, {"id": "leakedFrom"}],
    }
    found = client.get("/reconcile", query_string={"extend": json.dumps(wanted)}).json
    assert [item["id"] for item in found["meta"]] == ["obtainedBy", "leakedFrom"]
    assert found["rows"]["leak/harbour-ledgers"]["obtainedBy"] == [{"id": "person/ada-quill", "name": "Ada Quill"}]
    assert found["rows"]["person/ada-quill"] == {"obtainedBy": [], "leakedFrom": []}


@pytest.mark.parametrize("queries", ["[]", "nothing", '"a"', "[" * 5000, '{"q": ' * 5000])
def test_a_batch_that_is_no_object_is_400(client: FlaskClient, queries: str) -> None:
    assert client.post("/reconcile", data={"queries": queries}).status_code == 400


def test_an_old_clients_callback_is_a_plain_name_or_refused(client: FlaskClient) -> None:
    answer = client.get("/reconcile?callback=jQuery123")
    assert answer.mimetype == "application/javascript"
    assert answer.text.startswith("/**/jQuery123({")
    assert client.get("/reconcile?callback=alert(1)//").status_code == 400
