"""Between pyoxigraph's terms and rdflib's. Imported only where somebody uses rdflib: that alone takes 0.3 s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox
import rdflib

from kg.validate.graph import ShapesGraph
from kg.validate.names import LANG_STRING, STRING, Node, Term, sh
from kg.validate.paths import Path

Triple = tuple[Node, ox.NamedNode, Term]


def from_rdflib_term(term: object) -> Term:
    """The pyoxigraph term of an rdflib one. Raises `TypeError` for what is no RDF term (a variable, a graph)."""
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    if isinstance(term, rdflib.Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        if term.datatype is None or str(term.datatype) == STRING:
            return ox.Literal(str(term))
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)))
    raise TypeError(f"{term!r} is no RDF term")


def to_rdflib_term(term: object) -> rdflib.term.Node:
    """The rdflib term of a pyoxigraph one, its lexical form untouched."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise TypeError(f"{term!r} is no term of RDF 1.1")
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype.value in (STRING, LANG_STRING):
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def from_rdflib(graph: rdflib.Graph) -> Iterator[tuple[Triple, str | None]]:
    """The triples of an rdflib graph, each with the IRI of its named graph; of a dataset, of all its graphs."""
    if isinstance(graph, rdflib.Dataset):
        for s, p, o, name in graph.quads():
            graph_name = None if name in (None, graph.default_graph.identifier) else str(name)
            yield _triple(s, p, o), graph_name
        return
    for s, p, o in graph:
        yield _triple(s, p, o), None


def _triple(s: object, p: object, o: object) -> Triple:
    subject, predicate = from_rdflib_term(s), from_rdflib_term(p)
    if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode):
        raise TypeError(f"({s!r}, {p!r}, {o!r}) is no RDF triple")
    return subject, predicate, from_rdflib_term(o)


def to_rdflib(triples: Iterable[tuple[object, ox.NamedNode, object]]) -> rdflib.Graph:
    """An rdflib graph of the triples."""
    graph = rdflib.Graph()
    for s, p, o in triples:
        graph.add((to_rdflib_term(s), to_rdflib_term(p), to_rdflib_term(o)))
    return graph


@dataclass(frozen=True, slots=True)
class Row:
    """A result read back from a report graph."""

    focus: Term
    path: Path | None
    value: Term | None
    component: Term
    severity: Term
    messages: tuple[ox.Literal, ...]


def results_of(graph: rdflib.Graph, *, component: Term | None = None, shape: Term | None = None) -> Iterator[Row]:
    """The results of a report graph: all, or those of a component and a source shape; nested details left out."""
    index = ShapesGraph(triple for triple, _ in from_rdflib(graph))
    for report in [s for s in index.subjects() if index.objects(s, sh("result"))]:
        for node in index.objects(report, sh("result")):
            found = index.one(node, sh("sourceConstraintComponent"))
            if component is not None and found != component:
                continue
            if shape is not None and index.one(node, sh("sourceShape")) != shape:
                continue
            path = index.one(node, sh("resultPath"))
            focus, severity = index.one(node, sh("focusNode")), index.one(node, sh("resultSeverity"))
            assert focus is not None and found is not None and severity is not None
            yield Row(
                focus=focus,
                path=None if path is None else index.path(path),
                value=index.one(node, sh("value")),
                component=found,
                severity=severity,
                messages=tuple(m for m in index.objects(node, sh("resultMessage")) if isinstance(m, ox.Literal)),
            )
