"""The IRIs that validation speaks of."""

from __future__ import annotations

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Node = ox.NamedNode | ox.BlankNode

SH = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"


def sh(name: str) -> ox.NamedNode:
    """The SHACL term of that local name."""
    return ox.NamedNode(SH + name)


TYPE = ox.NamedNode(RDF + "type")
FIRST = ox.NamedNode(RDF + "first")
REST = ox.NamedNode(RDF + "rest")
NIL = ox.NamedNode(RDF + "nil")
CLASS = ox.NamedNode(RDFS + "Class")
SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
IMPORTS = ox.NamedNode(OWL + "imports")
ONTOLOGY = ox.NamedNode(OWL + "Ontology")
STRING = XSD + "string"
LANG_STRING = RDF + "langString"
TRUE = ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean"))
FALSE = ox.Literal("false", datatype=ox.NamedNode(XSD + "boolean"))


def is_true(term: Term | None) -> bool:
    """Whether a parameter is `true`. As the standard has it, `"1"^^xsd:boolean` is not."""
    return term == TRUE


def local(iri: str) -> str:
    """The part of an IRI after its last `#`, `/` or `:`; for people to read, not to compare."""
    for mark in "#/:":
        head, found, tail = iri.rpartition(mark)
        if found and tail:
            return tail
        if found:
            iri = head
    return iri
