"""Purging: what is withdrawn leaves the graphs of older releases too, with every name it had there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

import pyoxigraph as ox

from kg.vocab import PREFIXES, lg

MARK = "[withheld]"
_RDF, _SKOS, _RDFS = PREFIXES["rdf"], PREFIXES["skos"], PREFIXES["rdfs"]
_NAMES = {_SKOS + "prefLabel", _SKOS + "altLabel", _RDFS + "label"}
_FACTS = {lg.Statement, lg.Claim, lg.Figure, lg.Position, lg.Visit}
_REIFIED = {_RDF + "subject", _RDF + "predicate", _RDF + "object"}
_DERIVED = PREFIXES["prov"] + "wasDerivedFrom"
_SELECTOR, _EXACT = PREFIXES["oa"] + "hasSelector", PREFIXES["oa"] + "exact"


def purged(quads: Iterable[ox.Quad], withdrawn: Collection[str]) -> list[ox.Quad] | None:
    """The quads without the withdrawn IRIs, or None when they never occur.

    With an IRI go the facts that speak of it, the evidence that quotes one of its names, the facts left without
    evidence, and the direct triples left without a reported statement. A name in any other literal is replaced by a
    mark of fixed length. What goes with an article is its whole graph. The inferred graph is left to the caller to make
    again.
    """
    rows = list(quads)
    dead = _dead(rows, set(withdrawn))
    if dead is None:
        return None
    quoting = _pattern({name for q in rows if _id(q.subject) in dead for name in _name(q)})
    _spread(rows, dead, quoting)
    direct = _unsupported(rows, dead)
    kept: list[ox.Quad] = []
    for quad in rows:
        ends = {_id(quad.subject), _id(quad.object), _id(quad.graph_name)}
        if ends & dead or (quad.graph_name, quad.triple) in direct:
            continue
        if quoting and isinstance(quad.object, ox.Literal) and quoting.search(quad.object.value):
            text = quoting.sub(MARK, quad.object.value)
            literal = ox.Literal(text, language=quad.object.language) if quad.object.language else ox.Literal(text)
            quad = ox.Quad(quad.subject, quad.predicate, literal, quad.graph_name)  # noqa: PLW2901
        kept.append(quad)
    return kept


def _name(quad: ox.Quad) -> list[str]:
    return [quad.object.value] if quad.predicate.value in _NAMES and isinstance(quad.object, ox.Literal) else []


def _pattern(names: Collection[str]) -> re.Pattern[str] | None:
    """Finds any of the names as whole words, as written or in capitals."""
    forms = sorted({form for n in names for form in (n, n.upper())}, key=lambda n: (-len(n), n))
    return re.compile("|".join(rf"(?<!\w){re.escape(n)}(?!\w)" for n in forms)) if forms else None


def _id(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else ""


def _dead(rows: Iterable[ox.Quad], withdrawn: set[str]) -> set[str] | None:
    """The withdrawn IRIs that occur, with everything that stands under one of them (an article's evidence, say)."""
    found: set[str] = set()
    for quad in rows:
        for iri in (_id(quad.subject), _id(quad.object), _id(quad.graph_name)):
            if iri in withdrawn or any(iri.startswith(w + "/") for w in withdrawn):
                found.add(iri)
    return found | withdrawn if found else None


def _spread(rows: list[ox.Quad], dead: set[str], quoting: re.Pattern[str] | None) -> None:
    """Grow `dead` until nothing left depends on it."""
    facts = {_id(q.subject) for q in rows if q.predicate.value == _RDF + "type" and _id(q.object) in _FACTS}
    proofs: dict[str, set[str]] = defaultdict(set)
    quotes: dict[str, str] = {}
    for q in rows:
        if q.predicate.value in (lg.evidence, _DERIVED):
            proofs[_id(q.subject)].add(_id(q.object))
        elif q.predicate.value == _SELECTOR:
            quotes[_id(q.object)] = _id(q.subject)
    if quoting:
        for q in rows:
            if isinstance(q.object, ox.Literal) and quoting.search(q.object.value):
                subject = _id(q.subject)
                if q.predicate.value == _EXACT and subject in quotes:
                    dead.add(quotes[subject])
                elif subject in facts:
                    dead.add(subject)
    before = -1
    while before != len(dead):
        before = len(dead)
        for q in rows:
            subject, target = _id(q.subject), _id(q.object)
            if (subject in facts and target in dead and q.predicate.value not in (lg.evidence, _DERIVED)) or (
                subject in dead and q.predicate.value == lg.holdsPosition
            ):
                dead |= {subject} if subject in facts else {target}
            elif q.predicate.value == _SELECTOR and subject in dead:
                dead.add(target)
        dead |= {f for f in facts if proofs[f] and proofs[f] <= dead}


def _unsupported(rows: Iterable[ox.Quad], dead: set[str]) -> set[tuple[object, ox.Triple]]:
    """Direct triples whose reported statements are all dead, with their graph."""
    parts: dict[tuple[object, str], dict[str, object]] = defaultdict(dict)
    for q in rows:
        if q.predicate.value in _REIFIED or q.predicate.value == lg.modality:
            parts[q.graph_name, _id(q.subject)][q.predicate.value] = q.object
    alive: set[tuple[object, ox.Triple]] = set()
    gone: set[tuple[object, ox.Triple]] = set()
    for (graph, statement), part in parts.items():
        if part.keys() >= _REIFIED and _id(part.get(lg.modality)) == lg.reported:
            triple = ox.Triple(*(part[_RDF + name] for name in ("subject", "predicate", "object")))  # type: ignore[arg-type]
            (gone if statement in dead else alive).add((graph, triple))
    return gone - alive
