"""The shapes of the project: one for each class, each with examples that pass and examples that fail as they should.

`tests/data/shapes/ok-*.ttl` conform. `bad-*.ttl` break one rule each: their comments `# expects:` give every
message of the report, no more and no fewer. A comment `# with:` names a file that is read along.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, BNode, Graph, URIRef
from rdflib.term import Node

from kg import vocab
from kg.validate import Shapes, read_shapes, violations
from kg.vocab import LG

ROOT = Path(__file__).resolve().parents[2]
SHAPES = sorted((ROOT / "shapes").glob("*.ttl"))
FILES = sorted((ROOT / "tests" / "data" / "shapes").glob("*.ttl"))
NAMESPACE = "https://w3id.org/leakgraph/shapes#"


@cache
def shapes() -> Graph:
    graph = Graph()
    for file in SHAPES:
        graph.parse(file)
    return graph


@cache
def compiled() -> Shapes:
    return read_shapes(ROOT / "shapes")


@cache
def ontology() -> Graph:
    return Graph().parse(ROOT / "ontology" / "leakgraph.ttl")


@cache
def class_tree() -> tuple[tuple[Node, Node, Node], ...]:
    return tuple(ontology().triples((None, RDFS.subClassOf, None)))


def comments(file: Path, key: str) -> list[str]:
    return re.findall(rf"^# {key}: (.+)$", file.read_text("utf-8"), re.MULTILINE)


def data(file: Path) -> Graph:
    """The example, what it is read along with, and the class tree of the ontology, as in a release's merged graph."""
    graph = Graph().parse(file)
    for other in comments(file, "with"):
        graph.parse(file.with_name(other))
    for triple in class_tree():
        graph.add(triple)
    return graph


def as_pattern(message: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\\\?\w+\\\}", ".+", re.escape(message)))


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_pyshacl_finds_what_the_example_expects(file: Path) -> None:
    _, report, _ = pyshacl.validate(data(file), shacl_graph=shapes())
    found = {str(message) for message in report.objects(None, SH.resultMessage)}
    assert found == set(comments(file, "expects"))
    assert bool(found) == file.stem.startswith("bad-")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_our_validator_finds_the_same(file: Path) -> None:
    found = {violation.message for violation in violations(data(file), compiled())}
    assert found == set(comments(file, "expects"))


def test_the_ontology_itself_conforms() -> None:
    conforms, _, text = pyshacl.validate(ontology(), shacl_graph=shapes())
    assert conforms, text


def test_each_message_is_shown_by_a_failing_example() -> None:
    shown = [message for file in FILES for message in comments(file, "expects")]
    unshown = [
        str(message)
        for message in set(shapes().objects(None, SH.message))
        if not any(as_pattern(str(message)).fullmatch(text) for text in shown)
    ]
    assert unshown == []


def test_each_class_has_a_shape_and_a_passing_example() -> None:
    targets = set(shapes().objects(None, SH.targetClass))
    missing = [name for name in vocab.SUPERCLASSES if URIRef(LG + name) not in targets]
    assert missing == []
    passing = "".join(file.read_text("utf-8") for file in FILES if file.stem.startswith("ok-"))
    values = {"Modality", "Stance", "Comparator", "Status", "Role"}  # their members stand in the ontology
    abstract = {"Agent"}  # nothing is an agent and no more
    for name in vocab.SUPERCLASSES.keys() - values - abstract:
        assert f"a lg:{name} " in passing, f"no passing example of lg:{name}"


def test_each_shape_has_a_name_a_message_and_a_severity() -> None:
    for kind in (SH.NodeShape, SH.PropertyShape):
        for shape in shapes().subjects(RDF.type, kind):
            assert not isinstance(shape, BNode)
            assert str(shape).startswith(NAMESPACE)
            assert shapes().value(shape, SH.severity) in (SH.Violation, SH.Warning, SH.Info), shape
            only_parts = not set(shapes().predicates(shape)) - {
                RDF.type, SH.property, SH.sparql, SH.severity, SH.targetClass, SH.targetSubjectsOf,
            }  # fmt: skip
            assert only_parts or shapes().value(shape, SH.message), f"{shape} has no message"
    for shape in shapes().subjects(RDF.type, SH.SPARQLConstraint):
        assert shapes().value(shape, SH.message), shape


def test_the_lists_are_those_of_the_vocabulary() -> None:
    for kind, members in vocab.INDIVIDUALS.items():
        shape = next(shapes().subjects(SH.targetClass, URIRef(LG + kind)))
        listed = [str(item) for item in shapes().items(shapes().value(shape, SH["in"]))]
        assert listed == [LG + name for name in members]
    statement = shapes().value(URIRef(NAMESPACE + "Statement-predicate"), SH["in"])
    assert {str(item) for item in shapes().items(statement)} == {LG + name for name in vocab.FACTS}


def test_each_relation_is_checked_for_its_classes_and_for_a_statement() -> None:
    graph = shapes()
    related = set(graph.objects(URIRef(NAMESPACE + "Reported"), SH.targetSubjectsOf))
    assert related == {URIRef(LG + name) for name in vocab.FACTS}
    [query] = graph.objects(URIRef(NAMESPACE + "reported-by-a-statement"), SH.select)
    assert set(re.findall(r"lg:(\w+)", str(query))) == vocab.FACTS | {"modality", "reported"}
    for name in vocab.FACTS | {"mentions"}:
        assert (URIRef(NAMESPACE + name), SH.targetSubjectsOf, URIRef(LG + name)) in graph
