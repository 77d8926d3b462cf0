"""IRIs and literals of the graph."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

import pyoxigraph as ox

from kg.vocab import PREFIXES, term

RDF, RDFS, XSD, OA = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"], PREFIXES["oa"]
PROV, SKOS, DCT = PREFIXES["prov"], PREFIXES["skos"], PREFIXES["dcterms"]
OWL, SCHEMA = PREFIXES["owl"], PREFIXES["schema"]
WIKIDATA = "http://www.wikidata.org/entity/"

TYPE = ox.NamedNode(RDF + "type")
LABEL = ox.NamedNode(RDFS + "label")
PREF = ox.NamedNode(SKOS + "prefLabel")
ALT = ox.NamedNode(SKOS + "altLabel")


def lg(name: str) -> ox.NamedNode:
    """The term of our ontology with this local name; it must be one."""
    return ox.NamedNode(term(name))


def typed(value: object, datatype: str) -> ox.Literal:
    """A literal with an XSD datatype, given by local name."""
    return ox.Literal(str(value), datatype=ox.NamedNode(XSD + datatype))


def key(*parts: object) -> str:
    """Twelve hex digits that name a node by its content: SHA-256 over the parts, kept apart by a separator."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:12]


def file_iri(base: str, path: str) -> ox.NamedNode:
    """The IRI of a file that a fact was taken from: its path inside the corpus, or under `data/`."""
    return ox.NamedNode(f"{base}file/{quote(path)}")


def number(value: object) -> ox.Literal:
    """An `xsd:decimal` in its canonical form (XSD 1.1 part 2, 3.3.3.1): no exponent, no needless zero."""
    text = format(value, "f")
    return typed(text.rstrip("0").rstrip(".") if "." in text else text, "decimal")


class Graph:
    """A named graph that quads are collected for."""

    def __init__(self, iri: str) -> None:
        self.name = ox.NamedNode(iri)
        self.quads: list[ox.Quad] = []

    def add(
        self,
        subject: ox.NamedNode,
        predicate: ox.NamedNode,
        *objects: ox.NamedNode | ox.Literal,
    ) -> None:
        self.quads.extend(ox.Quad(subject, predicate, o, self.name) for o in objects)

    def extend(self, triples: Iterable[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]) -> None:
        for s, p, o in triples:
            self.add(s, p, o)
