"""Questions that the pages ask the graph, in terms of SPARQL only, so that any engine can answer them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import pyoxigraph as ox

from kg.errors import BadInput
from kg.vocab import PREFIXES as NAMESPACES

Term: TypeAlias = ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple
Row: TypeAlias = Mapping[str, Term]
Description: TypeAlias = Mapping[str, Sequence[Term]]
"""What is said of one resource: predicate IRI to objects, in the order of their text."""

LG, RDF, RDFS, OA, SKOS, DCTERMS, SCHEMA, OWL, PROV = (
    NAMESPACES[name] for name in ("lg", "rdf", "rdfs", "oa", "skos", "dcterms", "schema", "owl", "prov")
)
RDF_TYPE = RDF + "type"

PREFIXES = (
    f"PREFIX lg: <{LG}> PREFIX rdf: <{RDF}> PREFIX oa: <{OA}> PREFIX skos: <{SKOS}> PREFIX dcterms: <{DCTERMS}>\n"
)
BATCH = 400  # IRIs a query; keeps the longest query far below the default limit of its text
_UNSAFE = re.compile(r"[\x00-\x20<>\"{}|^`\\]")


class Asks(Protocol):
    """Whatever can answer the pages' SPARQL: the engine in service, or a plain store in a test."""

    def select(self, query: str) -> list[dict[str, Term]]:
        """The rows of a SELECT query, complete. Raises the errors of `kg.errors`."""

    def construct(self, query: str, *, format: str) -> bytes:
        """The graph of a CONSTRUCT or DESCRIBE query, serialised."""


def iri(value: str) -> str:
    """`value` as an IRI reference of SPARQL. Raises `BadInput` for characters that no IRI may have."""
    if _UNSAFE.search(value) or ":" not in value:
        raise BadInput("that is no absolute IRI")
    return f"<{value}>"


def batches(items: Iterable[str], *, size: int = BATCH) -> Iterator[list[str]]:
    """The distinct items, in order, in lists of at most `size`."""
    unique = list(dict.fromkeys(items))
    for start in range(0, len(unique), size):
        yield unique[start : start + size]


def describe(graph: Asks, iris: Iterable[str]) -> dict[str, dict[str, list[Term]]]:
    """What the default graph says of each IRI; IRIs it says nothing of are left out."""
    found: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for part in batches(iris):
        values = " ".join(iri(item) for item in part)
        for row in graph.select(f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"):
            found[text(row["s"])][text(row["p"])].append(row["o"])
    for said in found.values():
        for objects in said.values():
            objects.sort(key=str)
    return {subject: dict(said) for subject, said in found.items()}


def values_of(graph: Asks, iris: Iterable[str], predicates: Sequence[str]) -> Iterator[tuple[str, str, Term]]:
    """Subject, predicate and object for each of some predicates of many IRIs.

    One branch a predicate: given subjects and predicates both as tables, engines join them with all triples there are.
    """
    for part in batches(iris, size=BATCH // 4):
        subjects = f"VALUES ?s {{ {' '.join(iri(item) for item in part)} }}"
        branches = (f"{{ {subjects} ?s {iri(p)} ?o . BIND({iri(p)} AS ?p) }}" for p in predicates)
        for row in graph.select(f"SELECT ?s ?p ?o WHERE {{ {' UNION '.join(branches)} }}"):
            yield text(row["s"]), text(row["p"]), row["o"]


def text(term: Term | None) -> str:
    """The IRI or lexical form of a term; empty for none."""
    return "" if term is None else str(getattr(term, "value", term))


def first(said: Description, predicate: str) -> str:
    """The first object of a predicate, as text; empty when there is none."""
    objects = said.get(predicate, ())
    return text(objects[0]) if objects else ""


def every(said: Description, predicate: str) -> list[str]:
    """All objects of a predicate, as text."""
    return [text(item) for item in said.get(predicate, ())]


def local_name(value: str) -> str:
    """What stands after the last `#` or `/` of an IRI."""
    return re.split(r"[#/]", value.rstrip("#/"))[-1]
