"""The W3C's SHACL test suite, read from its manifests, and its reports compared as graphs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib.compare import to_canonical_graph
from rdflib.namespace import RDF, SH

from kg.validate.graph import ShapesGraph
from kg.validate.rdf import from_rdflib, from_rdflib_term

MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")
COMPARED = (SH.focusNode, SH.resultPath, SH.value, SH.sourceShape, SH.sourceConstraintComponent, SH.resultSeverity,
            SH.sourceConstraint)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One test: the files of its data and shapes, and the report it expects, None for a failure."""

    id: str
    data: Path
    shapes: Path
    expected: rdflib.Graph | None


def cases(folder: Path) -> list[Case]:
    """Every test below a folder of the suite, in order of file name."""
    found = []
    for path in sorted(folder.rglob("*.ttl")):
        graph = rdflib.Graph().parse(path, publicID=path.as_uri())
        for test in sorted(graph.subjects(RDF.type, SHT.Validate)):
            action, result = graph.value(test, MF.action), graph.value(test, MF.result)
            data = Path(str(graph.value(action, SHT.dataGraph)).removeprefix("file://"))
            shapes = Path(str(graph.value(action, SHT.shapesGraph)).removeprefix("file://"))
            expected = None if result == SHT.Failure else report_part(graph, result)
            found.append(Case(f"{path.parent.relative_to(folder)}/{path.stem}", data, shapes, expected))
    return found


def report_part(graph: rdflib.Graph, report: rdflib.term.Node, *, messages: bool = True) -> rdflib.Graph:
    """What a comparison looks at: the results, each path as one literal, and messages where they are given."""
    index = ShapesGraph(triple for triple, _ in from_rdflib(graph))
    part = rdflib.Graph()
    root = rdflib.BNode("report")
    part.add((root, SH.conforms, graph.value(report, SH.conforms)))
    for result in graph.objects(report, SH.result):
        part.add((root, SH.result, result))
        for predicate in (*COMPARED, *((SH.resultMessage,) if messages else ())):
            for value in graph.objects(result, predicate):
                part.add((result, predicate, _compared(index, predicate, value)))
    return part


def _compared(index: ShapesGraph, predicate: rdflib.URIRef, value: rdflib.term.Node) -> rdflib.term.Node:
    """A term as it is compared: paths by what they say, anonymous shapes all alike, literals as rdflib writes them."""
    if predicate == SH.resultPath:
        return rdflib.Literal(index.path(from_rdflib_term(value)).sparql())
    if predicate in (SH.sourceShape, SH.sourceConstraint) and isinstance(value, rdflib.BNode):
        return rdflib.URIRef("urn:anonymous")
    if isinstance(value, rdflib.Literal) and value.datatype is not None:
        return rdflib.Literal(str(value), datatype=value.datatype)
    return value


def same(actual: rdflib.Graph, expected: rdflib.Graph) -> bool:
    """Whether two reports are the same graph; messages count only where the expected one has them."""
    report = actual.value(None, RDF.type, SH.ValidationReport)
    part = report_part(actual, report, messages=(None, SH.resultMessage, None) in expected)
    return set(to_canonical_graph(part)) == set(to_canonical_graph(expected))
