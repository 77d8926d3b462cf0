"""RDF documents about one resource: what the graph says of it, with the evidence and the names of what it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg.vocab import PREFIXES as NAMESPACES
from kg.web.graph import LG, OA, RDF_TYPE, SKOS, Asks, Term, describe, iri, values_of
from kg.web.listing import OF_ENTITY, everything
from kg.web.negotiation import Format

PREFIX_TABLE = {
    **NAMESPACES,
    "sh": "http://www.w3.org/ns/shacl#",
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "vann": "http://purl.org/vocab/vann/",
    "spdx": "http://spdx.org/rdf/terms#",
}
"""The prefixes that documents, queries and `/prefixes` use."""

_NAMES = (RDF_TYPE, SKOS + "prefLabel")


def serialise(triples: Iterable[ox.Triple], form: Format) -> bytes:
    """The distinct triples in one syntax, sorted, so that equal graphs give equal bytes."""
    ordered = sorted(set(triples), key=str)
    if form.ending == "nt":
        return ox.serialize(ordered, format=form.rdf) or b""
    used = "\n".join(map(str, ordered))
    table = {name: namespace for name, namespace in PREFIX_TABLE.items() if f"<{namespace}" in used}
    return ox.serialize(ordered, format=form.rdf, prefixes=table) or b""


def about_entity(graph: Asks, target: str) -> set[ox.Triple]:
    """The document of an entity: its own triples, those that point at it, its facts with their evidence, and names."""
    own = {target, *everything(graph, OF_ENTITY, target)}
    triples = _closure(graph, own)
    for row in graph.select(f"SELECT ?s ?p WHERE {{ ?s ?p {iri(target)} }}"):
        triples |= _triple(row["s"], row["p"], ox.NamedNode(target))
    return triples | _names(graph, triples)


def about_article(graph: Asks, target: str) -> set[ox.Triple]:
    """The document of an article: its named graph, what the merge says of it, and the names of what it mentions."""
    wanted = iri(target)
    triples: set[ox.Triple] = set()
    for query in (
        f"SELECT ?s ?p ?o WHERE {{ GRAPH {wanted} {{ ?s ?p ?o }} }}",
        f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {wanted} }} ?s ?p ?o }}",
    ):
        for row in graph.select(query):
            triples |= _triple(row["s"], row["p"], row["o"])
    return triples | _names(graph, triples)


def about_resource(graph: Asks, target: str) -> set[ox.Triple]:
    """The document of anything else: its triples and evidence, what points at it, and names."""
    triples = _closure(graph, {target})
    for row in graph.select(f"SELECT ?s ?p WHERE {{ ?s ?p {iri(target)} }}"):
        triples |= _triple(row["s"], row["p"], ox.NamedNode(target))
    return triples | _names(graph, triples)


def _closure(graph: Asks, start: set[str]) -> set[ox.Triple]:
    """The triples of the resources, of their evidence and of its selectors."""
    triples: set[ox.Triple] = set()
    todo = start
    for link in (LG + "evidence", OA + "hasSelector", ""):
        following: set[str] = set()
        for subject, said in describe(graph, sorted(todo)).items():
            for predicate, objects in said.items():
                for item in objects:
                    triples |= _triple(ox.NamedNode(subject), ox.NamedNode(predicate), item)
                    if predicate == link and isinstance(item, ox.NamedNode):
                        following.add(item.value)
        todo = following
    return triples


def _names(graph: Asks, triples: set[ox.Triple]) -> set[ox.Triple]:
    mentioned = {t.object.value for t in triples if isinstance(t.object, ox.NamedNode)}
    mentioned |= {t.subject.value for t in triples if isinstance(t.subject, ox.NamedNode)}
    found: set[ox.Triple] = set()
    for subject, predicate, value in values_of(graph, sorted(item for item in mentioned if ":" in item), _NAMES):
        found |= _triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)
    return found


def _triple(s: Term, p: Term, o: Term) -> set[ox.Triple]:
    """The triple as a set of one; of none for what a remote engine may hold that RDF 1.1 has no triple for."""
    if isinstance(s, (ox.NamedNode, ox.BlankNode)) and isinstance(p, ox.NamedNode) and not isinstance(o, ox.Triple):
        return {ox.Triple(s, p, o)}
    return set()


def parse(data: bytes, form: ox.RdfFormat) -> Iterator[ox.Triple]:
    """The triples of RDF that leakgraph itself wrote."""
    for quad in ox.parse(data, format=form):
        yield quad.triple
