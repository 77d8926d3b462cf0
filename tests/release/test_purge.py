"""Purging: nothing withdrawn is left in an older release, and nothing else goes."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.release.purge import MARK, purged
from kg.vocab import PREFIXES

BASE = "https://example.org/kg/"
GRAPH = """
<article/one> {
  <article/one> a lg:SourceArticle ; dcterms:title "Ada Larsen found the Harbour Files" ;
    lg:mentions <id/person/ada-larsen>, <id/leak/harbour-files> .
  <id/leak/harbour-files> lg:obtainedBy <id/person/ada-larsen>, <id/person/ole-berg> ;
    lg:publishedBy <id/organisation/post> .
  <article/one/statement/a> a lg:Statement ; rdf:subject <id/leak/harbour-files> ; rdf:predicate lg:obtainedBy ;
    rdf:object <id/person/ada-larsen> ; lg:modality lg:reported ; lg:evidence <article/one/evidence/0-9> .
  <article/one/statement/b> a lg:Statement ; rdf:subject <id/leak/harbour-files> ; rdf:predicate lg:obtainedBy ;
    rdf:object <id/person/ole-berg> ; lg:modality lg:reported ; lg:evidence <article/one/evidence/0-9> .
  <article/one/statement/c> a lg:Statement ; rdf:subject <id/leak/harbour-files> ; rdf:predicate lg:publishedBy ;
    rdf:object <id/organisation/post> ; lg:modality lg:reported ; lg:evidence <article/one/evidence/20-30> .
  <article/one/evidence/0-9> a lg:Evidence ; oa:hasSelector <article/one/evidence/0-9/quote> .
  <article/one/evidence/0-9/quote> oa:exact "Ada Larsen and Ole Berg obtained the Harbour Files." .
  <article/one/evidence/20-30> a lg:Evidence ; oa:hasSelector <article/one/evidence/20-30/quote> .
  <article/one/evidence/20-30/quote> oa:exact "The Post published the Harbour Files." ; oa:prefix "by ADA LARSEN. " .
  <id/person/ada-larsen> lg:holdsPosition <article/one/position/p> .
  <article/one/position/p> a lg:Position ; lg:title "treasurer" .
}
<graph/entities> {
  <id/person/ada-larsen> a lg:Person ; skos:prefLabel "Ada Larsen"@en .
  <id/person/ole-berg> a lg:Person ; skos:prefLabel "Ole Berg"@en .
}
"""


def rows() -> list[ox.Quad]:
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    return list(ox.parse(head + GRAPH, format=ox.RdfFormat.TRIG, base_iri=BASE))


def text(quads: list[ox.Quad] | None) -> str:
    assert quads is not None
    return "\n".join(map(str, quads))


def test_an_entity_goes_with_its_names_facts_and_quotes() -> None:
    left = text(purged(rows(), [BASE + "id/person/ada-larsen"]))
    assert "larsen" not in left.casefold()
    assert f"{MARK} found the Harbour Files" in left
    assert "position/p" not in left
    assert "statement/a" not in left
    # Ole Berg's fact had no other evidence than a sentence that names her, so it goes; the Post's stays.
    assert "statement/b" not in left
    assert "obtainedBy" not in left
    assert "statement/c" in left
    assert "publishedBy" in left


def test_a_statement_goes_with_its_direct_triple_only() -> None:
    left = text(purged(rows(), [BASE + "article/one/statement/c"]))
    assert "publishedBy" not in left
    assert "Ada Larsen" in left
    assert left.count("obtainedBy") == 4


def test_an_article_goes_whole() -> None:
    left = text(purged(rows(), [BASE + "article/one"]))
    assert "article/one" not in left
    assert "Ole Berg" in left


@pytest.mark.parametrize("iri", ["id/person/nobody", "id/person/ada", "article/on"])
def test_what_never_occurs_changes_nothing(iri: str) -> None:
    assert purged(rows(), [BASE + iri]) is None
