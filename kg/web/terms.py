"""The ontology and the shapes as they came with leakgraph: labels and hierarchy for pages, triples to dereference."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from kg.settings import resource
from kg.store import load_files
from kg.web.graph import LG, OWL, RDF, RDF_TYPE, RDFS, SKOS, local_name, text

ONTOLOGY = LG.rstrip("#")
SHAPES = "https://w3id.org/leakgraph/shapes"
SH = "http://www.w3.org/ns/shacl#"
_CLASSES = (OWL + "Class", RDFS + "Class")
_PROPERTIES = (OWL + "ObjectProperty", OWL + "DatatypeProperty", OWL + "AnnotationProperty", RDF + "Property")


@dataclass(frozen=True, slots=True)
class ShapeInfo:
    """One node shape as its page shows it: what it is for, and the rules it holds, each as its message and severity."""

    iri: str
    label: str
    description: str
    targets: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return local_name(self.iri)


@dataclass(frozen=True, slots=True)
class TermInfo:
    """One term of the ontology as its page shows it. IRIs are absolute; `kind` is class, property or individual."""

    iri: str
    kind: str
    label: str
    definition: str
    example: str
    parents: tuple[str, ...]
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return local_name(self.iri)


class Terms:
    """The triples of a folder of the project's Turtle files, read once, with lookups over them."""

    def __init__(self, store: ox.Store) -> None:
        self.triples: tuple[ox.Triple, ...] = tuple(sorted({quad.triple for quad in store}, key=str))
        said: dict[str, dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]]
        said = defaultdict(lambda: defaultdict(list))
        for triple in self.triples:
            said[_key(triple.subject)][triple.predicate.value].append(triple.object)
        self._said = {subject: dict(rest) for subject, rest in said.items()}

    def objects(self, subject: str, predicate: str) -> Sequence[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]:
        return self._said.get(subject, {}).get(predicate, ())

    def one(self, subject: str, *predicates: str) -> str:
        """The English or else the first value of the first predicate that has any; empty if none has."""
        for predicate in predicates:
            found = self.objects(subject, predicate)
            if found:
                return text(min(found, key=_language_rank))
        return ""

    def label(self, subject: str) -> str:
        """The term's English label, or its local name in words."""
        return self.one(subject, RDFS + "label", SKOS + "prefLabel") or in_words(local_name(subject))

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """Every class with its named superclasses, near and far."""
        parents = {
            subject: {text(o) for o in said.get(RDFS + "subClassOf", ()) if isinstance(o, ox.NamedNode)}
            for subject, said in self._said.items()
        }
        closed: dict[str, frozenset[str]] = {}
        for start, direct in parents.items():
            seen: set[str] = set()
            todo = list(direct)
            while todo:
                if (item := todo.pop()) not in seen:
                    seen.add(item)
                    todo.extend(parents.get(item, ()))
            closed[start] = frozenset(seen - {start})
        return closed

    def special(self, types: Iterable[str]) -> list[str]:
        """The classes of this ontology among `types` that are no superclass of another of them, by name."""
        ours = {item for item in types if item.startswith(LG)}
        return sorted(ours - {upper for item in ours for upper in self.ancestors.get(item, ())})

    def narrowest(self, types: Iterable[str]) -> str:
        """The most specific class of this ontology among `types`; of several, the first by name. Empty if none."""
        return next(iter(self.special(types)), "")

    def listing(self) -> list[TermInfo]:
        """Every class, property and individual of the ontology, by kind and name."""
        found = [self._info(subject) for subject in self._said if subject.startswith(LG)]
        order = {"class": 0, "property": 1, "individual": 2}
        return sorted(found, key=lambda item: (order[item.kind], item.name.lower()))

    def _info(self, subject: str) -> TermInfo:
        types = {text(item) for item in self.objects(subject, RDF_TYPE)}
        kind = "class" if types & set(_CLASSES) else "property" if types & set(_PROPERTIES) else "individual"
        above = {"class": (RDFS + "subClassOf",), "property": (RDFS + "subPropertyOf",)}.get(kind, (RDF_TYPE,))
        return TermInfo(
            iri=subject,
            kind=kind,
            label=self.label(subject),
            definition=self.one(subject, SKOS + "definition", RDFS + "comment"),
            example=self.one(subject, SKOS + "example"),
            parents=tuple(text(o) for p in above for o in self.objects(subject, p) if isinstance(o, ox.NamedNode)),
            domain=self._named(subject, RDFS + "domain"),
            range=self._named(subject, RDFS + "range"),
        )

    def _named(self, subject: str, predicate: str) -> tuple[str, ...]:
        """The classes at the end of `predicate`, the members of an `owl:unionOf` one by one."""
        found: list[str] = []
        for item in self.objects(subject, predicate):
            if isinstance(item, ox.NamedNode):
                found.append(item.value)
            elif isinstance(item, ox.BlankNode):
                for head in self.objects(_key(item), OWL + "unionOf"):
                    found.extend(self._list(_key(head)))
        return tuple(sorted(found))

    def _list(self, node: str) -> list[str]:
        items: list[str] = []
        while rest := self.objects(node, RDF + "rest"):
            items += [text(item) for item in self.objects(node, RDF + "first") if isinstance(item, ox.NamedNode)]
            node = _key(rest[0])
        return items

    def shape_list(self) -> list[ShapeInfo]:
        """Every node shape that has an IRI, by name."""
        shapes = [s for s in self.subjects(RDF_TYPE, SH + "NodeShape") if not s.startswith("_:")]
        return [
            ShapeInfo(
                iri=shape,
                label=self.one(shape, RDFS + "label", SH + "name") or local_name(shape),
                description=self.one(shape, SH + "description", RDFS + "comment"),
                targets=tuple(
                    text(o) for p in ("targetClass", "targetSubjectsOf") for o in self.objects(shape, SH + p)
                ),
                rules=tuple(self._rules(shape)),
            )
            for shape in shapes
        ]

    def _rules(self, shape: str) -> list[tuple[str, str]]:
        """Messages with severities of a shape, its property shapes and its SPARQL constraints."""
        found: list[tuple[str, str]] = []
        inner = [_key(o) for p in ("property", "sparql") for o in self.objects(shape, SH + p)]
        for node in (shape, *inner):
            severity = local_name(self.one(node, SH + "severity") or SH + "Violation")
            for message in self.objects(node, SH + "message"):
                found.append((text(message), severity))
        return sorted(set(found))

    def subjects(self, predicate: str, value: str) -> list[str]:
        """The IRIs that carry `predicate` with the IRI `value`, sorted."""
        return sorted(s for s, said in self._said.items() if any(text(o) == value for o in said.get(predicate, ())))


def _key(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _language_rank(term: object) -> tuple[int, str]:
    language = getattr(term, "language", None) or ""
    return (0 if language.startswith("en") else 1 if not language else 2, str(term))


def in_words(name: str) -> str:
    """A local name as words: `holdsPosition` as "holds position"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return spaced[:1] + spaced[1:].lower() if spaced[:1].islower() else spaced.lower()


def read_terms(folder: str) -> Terms:
    """The Turtle files of one of leakgraph's own folders (`ontology` or `shapes`)."""
    return Terms(load_files(sorted(resource(folder).glob("*.ttl"))))
