"""Map: guarded records become quads, one named graph an article, with no blank node anywhere.

The graphs and IRIs are those of the vocabulary: `{base}article/<slug>` for each article, and `{base}graph/entities`,
`graph/authority`, `graph/ontology` and `graph/inferred` for what concerns the whole corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from kg.authority import Entry
from kg.errors import BadData
from kg.map_rdf.article import article_graph
from kg.map_rdf.infer import inferred
from kg.map_rdf.terms import ALT, DCT, LABEL, OWL, PREF, PROV, RDF, TYPE, WIKIDATA, Graph, file_iri, key, lg, number
from kg.records import Entity, Guarded

__all__ = ["inferred", "map_rdf"]


def map_rdf(guarded: Guarded, *, base: str, authority: Mapping[str, Entry], ontology: Path) -> Iterator[ox.Quad]:
    """All quads of the corpus, each once, in no particular order.

    `base` ends in a slash; `ontology` is a Turtle file. Nothing withdrawn is mapped. Raises `BadData` when the
    ontology holds a blank node or does not parse.
    """
    resolved = guarded.resolved
    gone = {ox.NamedNode(base + path) for path in guarded.withdrawn}
    graphs = [article_graph(document, base=base) for document in resolved.documents]
    graphs.append(_entities(resolved.entities, base))
    graphs.append(_authority(resolved.entities, authority, base))
    terms = _ontology(ontology, base)
    stated = {
        quad for graph in graphs for quad in graph.quads if not gone & {quad.subject, quad.object, quad.graph_name}
    }
    yield from stated
    yield from terms.quads
    yield from inferred(stated, terms.quads, ox.NamedNode(f"{base}graph/inferred"))


def _entities(entities: Iterable[Entity], base: str) -> Graph:
    graph = Graph(f"{base}graph/entities")
    for entity in entities:
        node = ox.NamedNode(base + entity.path)
        graph.add(node, TYPE, lg("ProtectedPerson" if entity.role else entity.type))
        if entity.role:
            graph.add(node, lg("role"), lg(entity.role))
            continue
        _names(graph, node, entity.label, entity.aliases, entity.labels)
        for old in entity.former_paths:
            graph.add(ox.NamedNode(base + old), ox.NamedNode(DCT + "isReplacedBy"), node)
    return graph


def _names(graph: Graph, node: ox.NamedNode, label: str, aliases: Iterable[str], labels: Mapping[str, str]) -> None:
    graph.add(node, PREF, ox.Literal(label, language="en"))
    graph.add(node, LABEL, ox.Literal(label, language="en"))
    foreign = set(labels.values())
    graph.add(node, ALT, *(ox.Literal(a, language="en") for a in aliases if a not in foreign))
    for tag, name in labels.items():
        if tag != "en":
            graph.add(node, PREF, ox.Literal(name, language=tag))
            graph.add(node, LABEL, ox.Literal(name, language=tag))


def _authority(entities: Iterable[Entity], authority: Mapping[str, Entry], base: str) -> Graph:
    """What the curator says of the entities that the corpus names, and of those that it refers to for them."""
    graph = Graph(f"{base}graph/authority")
    named = {e.authority for e in entities if e.authority and not e.role}
    todo, done = sorted(named), set[str]()
    while todo:
        entry = authority[todo.pop()]
        if entry.id in done:
            continue
        done.add(entry.id)
        node = ox.NamedNode(f"{base}id/{entry.id}")
        source = file_iri(base, f"data/authority/{entry.file}")
        graph.add(node, ox.NamedNode(PROV + "wasDerivedFrom"), source)
        if entry.id not in named:
            graph.add(node, TYPE, lg(entry.type))
            _names(graph, node, entry.label, (*entry.aliases, *entry.acronyms), entry.labels)
        if entry.wikidata:
            graph.add(node, ox.NamedNode(OWL + "sameAs"), ox.NamedNode(WIKIDATA + entry.wikidata))
        for predicate, targets in (("affiliatedWith", entry.affiliated_with), ("locatedIn", entry.located_in)):
            for target in targets:
                _curated(graph, node, predicate, ox.NamedNode(f"{base}id/{target}"), source)
                todo.append(target)
    return graph


def _curated(graph: Graph, node: ox.NamedNode, predicate: str, target: ox.NamedNode, source: ox.NamedNode) -> None:
    """A curated triple with its statement, which names the file it stands in instead of evidence."""
    statement = ox.NamedNode(f"{graph.name.value}/statement/{key(node, predicate, target)}")
    graph.add(node, lg(predicate), target)
    graph.add(statement, TYPE, lg("Statement"))
    graph.add(statement, ox.NamedNode(RDF + "subject"), node)
    graph.add(statement, ox.NamedNode(RDF + "predicate"), lg(predicate))
    graph.add(statement, ox.NamedNode(RDF + "object"), target)
    graph.add(statement, lg("modality"), lg("reported"))
    graph.add(statement, lg("confidence"), number(1))
    graph.add(statement, ox.NamedNode(PROV + "wasDerivedFrom"), source)


def _ontology(path: Path, base: str) -> Graph:
    graph = Graph(f"{base}graph/ontology")
    try:
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
                raise BadData(f"the ontology must not use blank nodes ({quad.predicate.value})", where=str(path))
            graph.add(quad.subject, quad.predicate, quad.object)
    except SyntaxError as err:
        raise BadData(str(err.msg), where=str(path), line=err.lineno, column=err.offset) from err
    return graph
