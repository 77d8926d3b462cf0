"""The reconciliation service against version 0.2 of its specification: what must be accepted, and what answers hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from kg.settings import Settings
from kg.sparql import local_engine, source_of
from kg.store import Release, fingerprint
from kg.web import create_app
from kg.web.extend import typed
from kg.web.site import Catalog, Site

BASE = "https://w3id.org/leakgraph/"
MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
KINDS = {"str": str, "int": int, "float": (int, float), "bool": bool, "date": str}
QUILL, LEDGERS = "person/ada-quill", "leak/harbour-ledgers"


def reconcile(client: FlaskClient, batch: str | dict[str, Any]) -> Any:
    """The results of a batch, checked to have a result for each query and in each candidate what must be there."""
    answer = client.post("/reconcile", data={"queries": batch if isinstance(batch, str) else json.dumps(batch)})
    assert answer.status_code == 200, answer.text
    for result in answer.json.values():
        for row in result["result"]:
            assert all(isinstance(row[key], str) and row[key] for key in ("id", "name"))
            assert isinstance(row["score"], (int, float))
            assert 0 <= row["score"] <= 100
            assert isinstance(row["match"], bool)
            assert all(isinstance(kind["id"], str) for kind in row["type"])
            assert all(isinstance(item["value"], (bool, int, float)) for item in row["features"])
            assert len({item["id"] for item in row["features"]}) == len(row["features"])
        scores = [row["score"] for row in result["result"]]
        assert scores == sorted(scores, reverse=True)
    return answer.json


def ids(result: dict[str, Any]) -> list[str]:
    return [row["id"] for row in result["result"]]


def extend(client: FlaskClient, wanted: list[str], properties: list[str]) -> Any:
    """The rows of a table, checked to be whole and to hold values of one kind each."""
    query = {"ids": wanted, "properties": [{"id": name} for name in properties]}
    answer = client.post("/reconcile", data={"extend": json.dumps(query)})
    assert answer.status_code == 200, answer.text
    assert [item["id"] for item in answer.json["meta"]] == properties
    assert all(item["name"] for item in answer.json["meta"])
    assert answer.json["rows"].keys() == set(wanted)
    for row in answer.json["rows"].values():
        assert row.keys() == set(properties)
        for value in (value for cell in row.values() for value in cell):
            check_value(value)
    return answer.json["rows"]


def check_value(value: dict[str, Any]) -> None:
    if "id" in value:
        assert value.keys() == {"id", "name"}
        assert all(isinstance(item, str) for item in value.values())
        return
    ((kind, content),) = value.items()
    assert isinstance(content, KINDS[kind])
    assert kind != "date" or MOMENT.fullmatch(content)


@pytest.mark.parametrize(
    "query",
    ['{"query": "Quill", "limit": 1e400}', '{"query": "Quill", "limit": 0}', '{"query": "Quill", "limit": -1}',
     '{"query": "Quill", "limit": 1.5}', '{"query": "Quill", "limit": NaN}', '{"query": "Quill", "limit": true}',
     '{"query": "Quill", "limit": "many"}', "1", "null", "{}", '{"query": ""}', '{"query": 1}',
     '{"query": "Quill", "type": 5}', '{"query": "Quill", "type": [5]}', '{"query": "Quill", "type": "Nothing"}',
     '{"query": "Quill", "type_strict": "maybe"}', '{"query": "Quill", "type_strict": []}',
     '{"query": "Quill", "properties": {"a": 1}}', '{"query": "Quill", "properties": [1]}',
     '{"query": "Quill", "properties": [{"pid": "a b", "v": 1}]}', '{"query": "Quill", "properties": [{"pid": "x"}]}',
     '{"query": "Quill", "properties": [{"pid": "x", "v": null}]}', f'{{"query": "{"a" * 201}"}}'],
)  # fmt: skip
def test_a_malformed_query_has_no_candidates_and_leaves_the_others_alone(client: FlaskClient, query: str) -> None:
    found = reconcile(client, f'{{"bad": {query}, "good": {{"query": "Ada Quill"}}}}')
    assert found["bad"]["result"] == []
    assert found["bad"]["error"]
    assert ids(found["good"]) == [QUILL]
    assert "error" not in found["good"]


def test_a_query_has_bounds(client: FlaskClient) -> None:
    one = {"pid": "obtainedBy", "v": "x"}
    asked = {
        "properties": {"properties": [one] * 21},
        "values": {"properties": [{"pid": "obtainedBy", "v": ["x"] * 51}]},
        "types": {"query": "Ada Quill", "type": ["Person"] * 51},
        "within": {"query": "Ada Quill", "properties": [one] * 20, "type": ["Person"] * 50},
    }
    found = reconcile(client, asked)
    assert [key for key, result in found.items() if "error" in result] == ["properties", "values", "types"]
    assert ids(found["within"]) == [QUILL]


@pytest.mark.parametrize("words", ["50%", "<>", "a:b", "\x00", "Quill\ud800", "%zz/..", 'x" } #'])
def test_any_text_can_be_asked_for(client: FlaskClient, words: str) -> None:
    found = reconcile(client, {"q": {"query": words}, words: {"query": "Ada Quill"}})
    assert "error" not in found["q"]
    assert [ids(result) for key, result in found.items() if key != "q"] == [[QUILL]]


def test_the_manifest_tells_how_large_a_batch_may_be(client: FlaskClient) -> None:
    size = client.get("/reconcile").json["batchSize"]
    queries = {f"q{number}": {"query": "Nobody"} for number in range(size)}
    assert len(reconcile(client, queries)) == size
    answer = client.post("/reconcile", data={"queries": json.dumps(queries | {"more": {"query": "Nobody"}})})
    assert answer.status_code == 413


def test_limits_hold(client: FlaskClient) -> None:
    found = reconcile(client, {"one": {"query": "Norwick", "limit": 1}, "all": {"query": "Norwick", "limit": 1e9}})
    assert len(found["one"]["result"]) == 1
    assert len(found["all"]["result"]) == 2


def test_properties_without_a_name_find_what_has_them(client: FlaskClient) -> None:
    def asking(*properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"properties": list(properties), **more}

    by_name, by_id = {"pid": "obtainedBy", "v": "ada QUILL"}, {"pid": "obtainedBy", "v": {"id": QUILL}}
    merged, other_name = {"pid": "obtainedBy", "v": {"id": "person/a-quill"}}, {"pid": "obtainedBy", "v": "Quill"}
    place, wrong = {"pid": "locatedIn", "v": ["Elsewhere", "Norwick"]}, {"pid": "leakedFrom", "v": "The Lantern"}
    literal = {"pid": "http://www.w3.org/2004/02/skos/core#altLabel", "v": "quill"}
    found = reconcile(
        client,
        {
            "name": asking(by_name), "id": asking(by_id), "merged": asking(merged), "other": asking(other_name),
            "place": asking(place), "literal": asking(literal), "type": asking(by_id, type="Person"),
            "half": asking(by_id, wrong), "either": asking(by_id, place), "none": asking(wrong),
            "nothing": asking({"pid": "noSuchProperty", "v": "x"}), "entity": asking(place, query=""),
        },
    )  # fmt: skip
    for key in ("name", "id", "merged", "other"):
        assert ids(found[key]) == [LEDGERS], key
        assert (found[key]["result"][0]["score"], found[key]["result"][0]["match"]) == (100, True)
    assert ids(found["place"]) == ids(found["entity"]) == ["organisation/port-authority-of-norwick"]
    assert ids(found["literal"]) == [QUILL]
    assert ids(found["type"]) == ids(found["none"]) == ids(found["nothing"]) == []
    assert [(row["id"], row["score"], row["match"]) for row in found["half"]["result"]] == [(LEDGERS, 50, False)]
    assert ids(found["either"]) == [LEDGERS, "organisation/port-authority-of-norwick"]


def test_a_number_is_the_same_number_however_written(tmp_path: Path, build: Callable[..., Release]) -> None:
    build(tmp_path, extra="<graph/entities> { <id/leak/harbour-ledgers> lg:value 12.50 }\n")
    with closing(local_engine(source_of([tmp_path]))) as engine:
        client = create_app(Settings(), engine, releases=tmp_path).test_client()
        for value, score in ((12.5, 100), ("12.500", 100), (12, 70)):
            query = {"query": "Harbour Ledgers", "properties": [{"pid": "value", "v": value}]}
            assert reconcile(client, {"q": query})["q"]["result"][0]["score"] == score


def test_an_id_is_found_by_itself(client: FlaskClient) -> None:
    asked = {
        "id": QUILL,
        "iri": f"{BASE}id/{QUILL}",
        "merged": "person/a-quill",
        "protected": "protected/harbour-story-1",
    }
    found = reconcile(client, {key: {"query": value} for key, value in asked.items()})
    for key in ("id", "iri", "merged"):
        best = found[key]["result"][0]
        assert (best["id"], best["score"], best["match"]) == (QUILL, 100, True)
    assert not [name for name in ids(found["protected"]) if name.startswith("protected/")]
    for key, prefix in asked.items():
        suggested = client.get("/reconcile/suggest/entity", query_string={"prefix": prefix}).json["result"]
        if key == "protected":
            assert not [row for row in suggested if row["id"].startswith("protected/")]
        else:
            assert [row["id"] for row in suggested] == [QUILL]
    names = client.get("/reconcile/suggest/property?prefix=obtainedBy").json["result"]
    assert [row["id"] for row in names] == ["obtainedBy"]
    (person,) = client.get(f"/reconcile/suggest/type?prefix={BASE}ontology%23Person").json["result"]
    assert person["id"] == "Person"


@pytest.mark.parametrize(("kind", "prefix"), [("entity", "norwick"), ("type", "p"), ("property", "a")])
def test_a_cursor_leaves_out_the_first(client: FlaskClient, kind: str, prefix: str) -> None:
    def rows(**more: object) -> list[dict[str, Any]]:
        answer = client.get(f"/reconcile/suggest/{kind}", query_string={"prefix": prefix, **more})
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json["result"]
        assert all(isinstance(row["id"], str) and isinstance(row["name"], str) for row in found)
        return found

    every = rows()
    assert len(every) > 1
    assert rows(cursor=0) == every
    assert rows(cursor=1) == every[1:]
    assert rows(cursor=len(every)) == []
    for wrong in ("-1", "x", "1.5"):
        assert client.get(f"/reconcile/suggest/{kind}?prefix=a&cursor={wrong}").status_code == 400


def test_a_cursor_goes_past_an_id_too(client: FlaskClient) -> None:
    assert client.get(f"/reconcile/suggest/entity?prefix={QUILL}&cursor=1").json["result"] == []


def test_merged_ids_are_followed(client: FlaskClient) -> None:
    rows = extend(client, ["leak/old-ledgers", LEDGERS], ["obtainedBy", "leakedFrom"])
    assert rows["leak/old-ledgers"] == rows[LEDGERS]
    assert rows[LEDGERS]["obtainedBy"] == [{"id": QUILL, "name": "Ada Quill"}]
    assert "Ada Quill" in client.get("/reconcile/preview?id=person/a-quill").text


def test_an_id_that_is_none_has_no_values_and_leaves_the_others_alone(client: FlaskClient) -> None:
    bad = ["a b", "person/nobody", "", f"{BASE}article/withdrawn-piece", "<>", "50%", "x:%zz"]
    rows = extend(client, [*bad, LEDGERS], ["obtainedBy", "no such"])
    assert all(rows[item] == {"obtainedBy": [], "no such": []} for item in bad)
    assert rows[LEDGERS] == {"obtainedBy": [{"id": QUILL, "name": "Ada Quill"}], "no such": []}


def test_what_was_withdrawn_is_gone(client: FlaskClient) -> None:
    assert client.get(f"/reconcile/preview?id={BASE}article/withdrawn-piece").status_code == 410
    assert client.get(f"/reconcile/preview?id={BASE}article/withdrawn-piece/evidence/1-2").status_code == 410
    assert client.get("/reconcile/preview?id=person/nobody").status_code == 404
    for wrong in ("a b", "%zz", "<>"):
        assert client.get("/reconcile/preview", query_string={"id": wrong}).status_code == 400


def test_an_entity_that_was_withdrawn_is_known_by_its_fingerprint(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn = frozenset({fingerprint("id/person/tomas-verne")})
    monkeypatch.setattr(Site, "catalog", lambda self, release: Catalog({}, {}, withdrawn))
    assert client.get("/reconcile/preview?id=person/tomas-verne").status_code == 410
    rows = extend(client, ["person/tomas-verne", LEDGERS], ["obtainedBy"])
    assert rows["person/tomas-verne"] == {"obtainedBy": []}
    assert rows[LEDGERS]["obtainedBy"]


def test_values_keep_their_kind(client: FlaskClient) -> None:
    story = f"{BASE}article/harbour-story"
    rows = extend(client, [f"{story}/figure/f1", story, f"{story}/visit/v1"], ["value", "date", "measure"])
    assert rows[f"{story}/figure/f1"]["value"] == [{"float": 5200.0}]
    assert rows[f"{story}/figure/f1"]["measure"] == [{"str": "page"}]
    assert rows[story]["date"] == [{"date": "2021-03-04T00:00:00Z"}]
    assert rows[f"{story}/visit/v1"]["date"] == [{"str": "2020-11"}]


@pytest.mark.parametrize(
    ("kind", "lexical", "value"),
    [
        ("integer", "-7", {"int": -7}), ("unsignedByte", "7", {"int": 7}), ("integer", "7.5", {"str": "7.5"}),
        ("double", "1.5e3", {"float": 1500.0}), ("double", "INF", {"str": "INF"}), ("float", "NaN", {"str": "NaN"}),
        ("boolean", "true", {"bool": True}), ("boolean", "0", {"bool": False}), ("boolean", "no", {"str": "no"}),
        ("date", "2021-03-04+02:00", {"date": "2021-03-04T00:00:00+02:00"}), ("date", "soon", {"str": "soon"}),
        ("dateTime", "2021-03-04T05:06:07.5Z", {"date": "2021-03-04T05:06:07.5Z"}),
        ("dateTime", "2021-03-04T05:06:07", {"date": "2021-03-04T05:06:07Z"}), ("gYear", "2021", {"str": "2021"}),
        ("dateTime", "2021-03-04T24:00:00", {"str": "2021-03-04T24:00:00"}), ("string", "true", {"str": "true"}),
    ],
)  # fmt: skip
def test_a_literal_becomes_a_value_of_its_kind_or_text(kind: str, lexical: str, value: dict[str, Any]) -> None:
    made = typed(ox.Literal(lexical, datatype=ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{kind}")))
    assert made == value
    check_value(made)
