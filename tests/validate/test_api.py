"""The Python API: whatever data comes in, the same report comes out, and nothing that was given is changed."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from kg.errors import BadRdf, BadShapes, NotFound, Unsupported
from kg.validate import Source, read_shapes, validate, violations
from kg.validate.pyshacl_compat import validate as like_pyshacl

SHAPES = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:Thing a sh:NodeShape ; sh:targetClass ex:T ;
  sh:property [ sh:path ex:n ; sh:minCount 1 ; sh:datatype xsd:nonNegativeInteger ; sh:name "number" ] ,
    [ sh:path ex:w ; sh:severity sh:Warning ; sh:maxLength 3 ] .
"""
DATA = b"""
@prefix ex: <http://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:good a ex:T ; ex:n "05"^^xsd:nonNegativeInteger ; ex:w "abc" .
ex:none a ex:T .
ex:bad a ex:T ; ex:n 5 ; ex:w "abcd" .
"""
EX = "http://example.org/"
EXPECTED = {
    (EX + "none", EX + "n", None, "MinCount", "Violation"),
    (EX + "bad", EX + "n", '"5"^^<http://www.w3.org/2001/XMLSchema#integer>', "Datatype", "Violation"),
    (EX + "bad", EX + "w", '"abcd"', "MaxLength", "Warning"),
}


def found(data: object, **options: object) -> set[tuple[str, str | None, str | None, str, str]]:
    return {
        (v.focus, v.path, v.value, v.component.split("#")[1].removesuffix("ConstraintComponent"), v.severity)
        for v in violations(data, SHAPES, **options)
    }


def written(folder: Path, name: str, form: ox.RdfFormat) -> Path:
    path = folder / name
    quads = list(ox.parse(input=DATA, format=ox.RdfFormat.TURTLE))
    path.write_bytes(ox.serialize(quads, format=form))
    return path


@pytest.mark.parametrize("name", ["d.ttl", "d.nt", "d.nq", "d.trig", "d.rdf", "d.jsonld"])
def test_every_syntax_gives_the_same_results(tmp_path: Path, name: str) -> None:
    form = ox.RdfFormat.from_extension(name.split(".")[1])
    assert form is not None
    assert found(written(tmp_path, name, form)) == EXPECTED


def test_bytes_graphs_and_datasets_give_the_same_results() -> None:
    graph = rdflib.Graph()
    for quad in ox.parse(input=DATA, format=ox.RdfFormat.TURTLE):
        graph.add(tuple(_rdflib(t) for t in (quad.subject, quad.predicate, quad.object)))
    before = set(graph)
    assert found(DATA) == EXPECTED
    assert found(graph) == EXPECTED
    assert found(Source(DATA, "text/turtle; charset=utf-8")) == EXPECTED
    assert found(ox.Dataset(ox.parse(input=DATA, format=ox.RdfFormat.TURTLE))) == EXPECTED
    assert set(graph) == before


def _rdflib(term: object) -> rdflib.term.Node:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    assert isinstance(term, ox.Literal)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def test_a_store_judges_derived_integers_by_value_since_it_keeps_no_more() -> None:
    store = ox.Store()
    store.load(DATA, format=ox.RdfFormat.TURTLE)
    size = len(store)
    assert found(store) == {row for row in EXPECTED if row[3] != "Datatype"}
    assert len(store) == size


def test_named_graphs_are_one_unless_told_and_a_triple_in_two_counts_once() -> None:
    trig = b"""@prefix ex: <http://example.org/> .
      ex:g1 { ex:a a ex:T ; ex:x "1" } ex:g2 { ex:a ex:x "1" . ex:b a ex:T }"""
    shapes = b"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
      ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:x ; sh:minCount 1 ; sh:maxCount 1 ] ."""
    data = ox.Store()
    data.load(trig, format=ox.RdfFormat.TRIG)
    assert [v.focus for v in violations(data, shapes)] == [EX + "b"]
    first, second = ox.NamedNode(EX + "g1"), ox.NamedNode(EX + "g2")
    assert violations(data, shapes, graphs=[first]) == []
    assert [v.focus for v in violations(data, shapes, graphs=[first, second])] == [EX + "b"]
    assert violations(data, shapes, focus_graph=first) == []
    only = violations(data, shapes, focus_graph=EX + "g2")
    assert [(v.focus, v.graph) for v in only] == [(EX + "b", EX + "g2")]


def test_focus_limits_what_is_looked_at() -> None:
    assert {row[0] for row in found(DATA, focus=[EX + "none", EX + "unknown"])} == {EX + "none"}


def test_max_results_says_that_there_is_more() -> None:
    report = validate(DATA, SHAPES, max_results=1)
    assert len(report.results) == 1
    assert report.truncated


def test_shapes_parsed_once_serve_many_runs() -> None:
    shapes = read_shapes(SHAPES)
    first, second = validate(DATA, shapes), validate(DATA, shapes)
    assert first.results == second.results
    assert first.counts == {"Violation": 2, "Warning": 1}
    assert first.at_least("Violation") == 2


def test_shapes_may_be_in_the_data() -> None:
    assert not validate(DATA + SHAPES).conforms


def test_the_report_graph_is_read_back_by_rdflib() -> None:
    graph = validate(DATA, SHAPES).graph()
    sh = rdflib.SH
    assert len(set(graph.subjects(rdflib.RDF.type, sh.ValidationResult))) == 3
    assert graph.value(None, sh.conforms, rdflib.Literal(False)) is not None


def test_pyshacl_callers_change_one_import() -> None:
    conforms, graph, text = like_pyshacl(DATA, shacl_graph=SHAPES)
    assert not conforms
    assert isinstance(graph, rdflib.Graph)
    assert text.startswith("Validation Report\nConforms: False\nResults (3):")
    warned = DATA.replace(b"ex:n 5", b'ex:n "5"^^xsd:nonNegativeInteger').replace(b"ex:none a ex:T .", b"")
    assert like_pyshacl(warned, shacl_graph=SHAPES)[0] is False
    assert like_pyshacl(warned, shacl_graph=SHAPES, allow_warnings=True)[0] is True
    with pytest.raises(Unsupported, match="advanced"):
        like_pyshacl(DATA, shacl_graph=SHAPES, advanced=True)
    with pytest.raises(Unsupported, match="rdfs"):
        like_pyshacl(DATA, shacl_graph=SHAPES, inference="rdfs")


def test_errors_say_where(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("@prefix ex: <http://example.org/> .\nex:a ex:b .\n")
    with pytest.raises(BadRdf) as caught:
        validate(broken, SHAPES)
    assert (caught.value.where, caught.value.line) == (str(broken), 2)
    with pytest.raises(NotFound):
        validate(tmp_path / "absent.ttl", SHAPES)
    with pytest.raises(BadShapes, match="minCount"):
        validate(DATA, SHAPES.replace(b"sh:minCount 1", b'sh:minCount "one"'))


def test_a_function_with_a_space_before_its_parenthesis_needs_no_fallback() -> None:
    """pyoxigraph refuses `CONCAT (`; rewritten constraints must not contain it, nor fall back to pySHACL for it."""
    from kg.validate.sparql_text import _spaced

    assert _spaced(["FILTER", "(", "CONCAT", "(", "?a", ",", '"x ("', ")", ")"]) == 'FILTER( CONCAT( ?a , "x (" ) )'


def test_queries_over_several_graphs_see_each_triple_once() -> None:
    trig = b"""@prefix ex: <http://example.org/> .
      ex:g1 { ex:a ex:p 1 , 2 . ex:b ex:p 1 } ex:g2 { ex:a ex:p 2 , 3 . ex:b ex:p 1 }"""
    shapes = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
      ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql [ sh:select "%s" ] ."""
    counting = "SELECT $this (COUNT(?x) AS ?value) WHERE { $this <http://example.org/p> ?x } GROUP BY $this"
    plain = "SELECT $this ?value WHERE { $this <http://example.org/p> ?value }"
    store = ox.Store()
    store.load(trig, format=ox.RdfFormat.TRIG)
    for data in (store, Source(trig, "application/trig")):
        counts = {v.focus[-1]: v.value for v in violations(data, (shapes % counting).encode())}
        assert {k: v and v.split('"')[1] for k, v in counts.items()} == {"a": "3", "b": "1"}
        rows = [(v.focus[-1], v.value and v.value.split('"')[1]) for v in violations(data, (shapes % plain).encode())]
        assert sorted(rows) == [("a", "1"), ("a", "2"), ("a", "3"), ("b", "1")]
