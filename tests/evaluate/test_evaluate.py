"""Evaluate: right, wrong and missing are told apart as the annotation guidelines say."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from kg.commands.evaluate import command
from kg.errors import BadData, NotFound
from kg.evaluate import evaluate, load_gold, reliability
from kg.evaluate.facts import alike, folded
from kg.vocab import PREFIXES

GOLD = {
    "doc": "first.txt",
    "entities": [
        {"id": "e1", "type": "Person", "names": ["Ada Larsen"]},
        {"id": "e2", "type": "Leak", "names": ["the Harbour Files"]},
        {"id": "e3", "type": "Place", "names": ["Norvia"], "optional": True},
        {"id": "e4", "type": "Person", "names": ["Somebody"], "protected": True},
        {"id": "e5", "type": "Organisation", "names": ["Harbour Board"]},
    ],
    "relations": [["e2", "obtainedBy", "e1"], {"s": "e2", "p": "publishedBy", "o": "e1", "modality": "denied"},
                  {"s": "DOC", "p": "date", "o": "2022-05-25"}],
    "positions": [{"person": "e1", "title": "deputy treasurer", "status": "current"}],
    "figures": [{"of": "e2", "value": 3, "max": 5, "comparator": "between", "measure": "page"}],
    "claims": [{"claimant": "e1", "stance": "denies", "about": ["e2"]}],
    "visits": [{"visitor": "e1", "destination": "e3"}],
}  # fmt: skip
GRAPH = """
<article/one> { <article/one> a lg:SourceArticle ; dcterms:identifier "news/first.txt" ;
    lg:mentions <p>, <l>, <x>, <org> ; lg:date "2022-05"^^xsd:gYearMonth .
  <s1> a lg:Statement ; rdf:subject <l> ; rdf:predicate lg:obtainedBy ; rdf:object <p> ; lg:modality lg:reported ; lg:confidence 0.9 .
  <s2> a lg:Statement ; rdf:subject <l> ; rdf:predicate lg:publishedBy ; rdf:object <p> ; lg:modality lg:reported ; lg:confidence 0.3 .
  <s3> a lg:Statement ; rdf:subject <article/one> ; rdf:predicate lg:date ; rdf:object "2022-05"^^xsd:gYearMonth ; lg:modality lg:reported .
  <p> lg:holdsPosition <pos> . <pos> a lg:Position ; lg:title "Treasurer" ; lg:evidence <e> .
  <e> oa:hasSelector <e/q> . <e/q> oa:exact "Ada Larsen, treasurer" .
  <f> a lg:Figure ; lg:figureOf <l> ; lg:value 3.0 ; lg:maxValue 5.0 ; lg:comparator lg:between ; lg:measure "pages" .
  <c> a lg:Claim ; lg:claimant <p> ; lg:stance lg:asserts ; lg:about <l> . }
<graph/entities> { <p> a lg:Person ; rdfs:label "ADA LARSEN"@en . <l> a lg:Leak ; skos:altLabel "Harbour Files"@en .
  <x> a lg:ProtectedPerson . <org> a lg:MediaOutlet ; rdfs:label "The Post"@en . }
"""  # noqa: E501


@pytest.fixture
def store() -> ox.Store:
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    store = ox.Store()
    store.extend(ox.parse(head + GRAPH, format=ox.RdfFormat.TRIG, base_iri="https://example.org/"))
    return store


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    (tmp_path / "first.json").write_text(json.dumps(GOLD), "utf-8")
    return tmp_path


def test_each_item_is_judged(gold: Path, store: ox.Store) -> None:
    result = evaluate(load_gold(gold), store)
    judged = {(o.kind, o.property, o.verdict) for o in result.outcomes}
    assert judged == {
        ("entities", "Person", "right"),
        ("entities", "Leak", "right"),
        ("entities", "Organisation", "missing"),
        ("entities", "Organisation", "wrong"),
        ("relations", "obtainedBy", "right"),
        ("relations", "publishedBy", "missing"),  # found, but not as denied
        ("relations", "publishedBy", "wrong"),
        ("relations", "date", "right"),  # as far as it is told
        ("positions", "", "right"),
        ("figures", "", "right"),
        ("claims", "denies", "missing"),
        ("claims", "asserts", "wrong"),
        ("visits", "", "missing"),
    }
    assert result.kinds["entities"].right == 3  # two by name, one by being protected
    assert result.kinds["relations"].f1 == pytest.approx(2 / 3)
    assert next(o.sentence for o in result.outcomes if o.kind == "positions") == "Ada Larsen, treasurer"


def test_confidence_is_told_against_what_was_right(gold: Path, store: ox.Store) -> None:
    rows = reliability(evaluate(load_gold(gold), store).outcomes)
    assert [(n, mean, right) for _, _, n, mean, right in rows] == [(1, 0.3, 0.0), (1, 0.9, 1.0)]


def test_a_document_that_was_not_built_is_missed(gold: Path) -> None:
    result = evaluate(load_gold(gold), ox.Store())
    assert result.missing_documents == ("first.txt",)
    assert result.kinds["all facts"].missing == 7
    assert result.kinds["all facts"].f1 == 0.0


def test_an_interval_needs_two_documents(gold: Path, store: ox.Store) -> None:
    assert evaluate(load_gold(gold), store).kinds["entities"].low is None
    (gold / "second.json").write_text(json.dumps({**GOLD, "doc": "second.txt"}), "utf-8")
    score = evaluate(load_gold(gold), store).kinds["entities"]
    assert score.low is not None
    assert score.high is not None
    assert score.low <= score.f1 <= score.high
    assert score.low < score.high


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("Mrs Ada Larsen’s", "ada larsen", True), ("The Café", "cafe", True), ("Ada", "Ida", False)],
)
def test_names_are_folded(left: str, right: str, same: bool) -> None:
    assert (folded(left) == folded(right)) is same


def test_half_of_the_words_is_enough() -> None:
    assert alike("spokesman", "spokesmans")
    assert alike("senior fellow", "fellow")
    assert not alike("senior research fellow", "director")
    assert not alike("", "")


@pytest.mark.parametrize("text", ["{", '{"doc": "x", "entities": [{"id": 1}]}'])
def test_a_bad_gold_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(BadData, match=r"bad\.json"):
        load_gold(tmp_path)


def test_no_gold_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_gold(tmp_path)


def test_the_command_prints_scores_and_errors(gold: Path, store: ox.Store, tmp_path: Path) -> None:
    dump = tmp_path / "graph.nq"
    dump.write_bytes(store.dump(format=ox.RdfFormat.N_QUADS) or b"")
    run = CliRunner().invoke(command, [str(gold), "--release", str(dump), "--format", "json", "--errors"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert told["kinds"]["entities"]["gold"] == 4
    assert any(e["verdict"] == "wrong" and e["kind"] == "claims" for e in told["errors"])
    table = CliRunner().invoke(command, [str(gold), "--release", str(dump), "--format", "csv"])
    assert table.stdout.splitlines()[0].startswith("document,kind")
    assert "first.txt,claims,denies,missing" in table.stdout
