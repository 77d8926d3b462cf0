"""The facts of a release's article graphs, in the shape of the gold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pyoxigraph as ox

from kg.evaluate.facts import RELATIONS, Fact, Named, Said, once
from kg.vocab import LG, PREFIXES, SUPERCLASSES, lg

_RDF, _OA, _SKOS = PREFIXES["rdf"], PREFIXES["oa"], PREFIXES["skos"]
_TYPE = ox.NamedNode(_RDF + "type")
_NAMES = [ox.NamedNode(_SKOS + "prefLabel"), ox.NamedNode(_SKOS + "altLabel"), ox.NamedNode(PREFIXES["rdfs"] + "label")]
_BROAD = ("Person", "Organisation", "Place", "Leak", "LeakedDocument", "Article")


def load_found(store: ox.Store) -> list[Said]:
    """What each article of the store says, read from the named graphs; the store must hold `graph/entities` too."""
    kind, names = _entities(store)
    identifier = ox.NamedNode(PREFIXES["dcterms"] + "identifier")
    articles = {
        (q.subject, q.object.value)
        for q in store.quads_for_pattern(None, identifier, None, None)
        if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.Literal) and q.graph_name == q.subject
    }
    return [
        _Reader(store, article, kind, names).said(path.rsplit("/", 1)[-1])
        for article, path in sorted(articles, key=lambda pair: pair[1])
    ]


def _entities(store: ox.Store) -> tuple[dict[str, Named], dict[str, tuple[str, ...]]]:
    names: dict[str, list[str]] = defaultdict(list)
    for predicate in _NAMES:
        for q in store.quads_for_pattern(None, predicate, None, None):
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.Literal):
                names[q.subject.value].append(q.object.value)
    found: dict[str, Named] = {}
    for q in store.quads_for_pattern(None, _TYPE, None, None):
        if not isinstance(q.subject, ox.NamedNode) or not isinstance(q.object, ox.NamedNode):
            continue
        class_name = q.object.value.removeprefix(LG)
        broad = next((b for b in _BROAD if b == class_name or b in _above(class_name)), None)
        if broad:
            iri = q.subject.value
            protected = class_name == "ProtectedPerson" or (iri in found and found[iri].protected)
            first = min(broad, found[iri].type) if iri in found else broad
            found[iri] = Named(iri, first, tuple(dict.fromkeys(names[iri])), protected)
    return found, {iri: tuple(dict.fromkeys(n)) for iri, n in names.items()}


def _above(name: str) -> set[str]:
    direct = set(SUPERCLASSES.get(name, ()))
    return direct | {higher for d in direct for higher in _above(d)}


class _Reader:
    def __init__(
        self, store: ox.Store, article: ox.NamedNode, kind: dict[str, Named], names: dict[str, tuple[str, ...]]
    ) -> None:
        self.store, self.article, self.kind, self.names = store, article, kind, names
        self.used: dict[str, Named] = {}

    def said(self, document: str) -> Said:
        for mentioned in self.values(self.article, LG + "mentions"):
            self.reference(mentioned)
        facts = once([*self.relations(), *self.positions(), *self.others()])
        return Said(document, tuple(self.used.values()), facts)

    def values(self, node: ox.NamedNode, predicate: str) -> list[ox.NamedNode | ox.Literal]:
        rows = self.store.quads_for_pattern(node, ox.NamedNode(predicate), None, self.article)
        return [q.object for q in rows if isinstance(q.object, (ox.NamedNode, ox.Literal))]

    def value(self, node: ox.NamedNode, predicate: str) -> str:
        return next((v.value for v in self.values(node, predicate)), "")

    def reference(self, term: ox.NamedNode | ox.Literal) -> str:
        """`DOC`, an entity's IRI (then it counts as found), or the value of a literal."""
        if term == self.article:
            return "DOC"
        if isinstance(term, ox.NamedNode) and term.value in self.kind:
            self.used[term.value] = self.kind[term.value]
        return term.value

    def nodes(self, class_iri: str) -> Iterator[ox.NamedNode]:
        for q in self.store.quads_for_pattern(None, _TYPE, ox.NamedNode(class_iri), self.article):
            if isinstance(q.subject, ox.NamedNode):
                yield q.subject

    def proof(self, node: ox.NamedNode) -> dict[str, object]:
        """Confidence and evidence of a reified fact."""
        quotes = [
            self.value(selector, _OA + "exact")
            for evidence in self.values(node, lg.evidence)
            if isinstance(evidence, ox.NamedNode)
            for selector in self.values(evidence, _OA + "hasSelector")
            if isinstance(selector, ox.NamedNode)
        ]
        confidence = self.value(node, lg.confidence)
        return {"confidence": float(confidence) if confidence else None, "sentence": " … ".join(filter(None, quotes))}

    def relations(self) -> list[Fact]:
        """A relation stated in several ways counts once, as denied only where it is never said otherwise."""
        best: dict[tuple[str, str, str], Fact] = {}
        for node in self.nodes(lg.Statement):
            name = self.value(node, _RDF + "predicate").removeprefix(LG)
            subjects, targets = self.values(node, _RDF + "subject"), self.values(node, _RDF + "object")
            if name not in RELATIONS or not subjects or not targets or not self.known(subjects[0]):
                continue
            subject, target = self.reference(subjects[0]), self.reference(targets[0])
            denied = self.value(node, lg.modality) == lg.denied
            fact = Fact("relations", name, subject, (target,), denied=denied, **self.proof(node))  # type: ignore[arg-type]
            other = best.get((name, subject, target))
            if other is None or (fact.denied, -(fact.confidence or 0)) < (other.denied, -(other.confidence or 0)):
                best[name, subject, target] = fact
        return list(best.values())

    def known(self, term: ox.NamedNode | ox.Literal) -> bool:
        return term == self.article or term.value in self.kind

    def positions(self) -> Iterator[Fact]:
        for q in self.store.quads_for_pattern(None, ox.NamedNode(lg.holdsPosition), None, self.article):
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.NamedNode):
                title = self.value(q.object, lg.title)
                yield Fact("positions", "", self.reference(q.subject), words=title, **self.proof(q.object))  # type: ignore[arg-type]

    def others(self) -> Iterator[Fact]:
        for node in self.nodes(lg.Figure):
            numbers = tuple(float(v) for p in (lg.value, lg.maxValue) if (v := self.value(node, p)))
            comparator = self.value(node, lg.comparator).removeprefix(LG)
            for of in self.values(node, lg.figureOf):
                yield Fact("figures", comparator, self.reference(of), words=self.value(node, lg.measure), numbers=numbers, **self.proof(node))  # type: ignore[arg-type]  # fmt: skip # noqa: E501
        for node in self.nodes(lg.Claim):
            about = tuple(self.reference(a) for a in self.values(node, lg.about))
            stance = self.value(node, lg.stance).removeprefix(LG)
            for claimant in self.values(node, lg.claimant):
                yield Fact("claims", stance, self.reference(claimant), about, **self.proof(node))  # type: ignore[arg-type]
        for node in self.nodes(lg.Visit):
            for visitor in self.values(node, lg.visitor):
                for where in self.values(node, lg.destination):
                    yield Fact("visits", "", self.reference(visitor), (self.reference(where),), **self.proof(node))  # type: ignore[arg-type]
