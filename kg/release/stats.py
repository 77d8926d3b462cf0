"""Counts of a graph, made once at release so that no page has to count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pyoxigraph as ox

from kg.vocab import LG, PREFIXES, SUPERCLASSES, lg

_TYPE = PREFIXES["rdf"] + "type"
_LABEL = PREFIXES["rdfs"] + "label"
TOP = 50  # most mentioned entities that are kept


def statistics(triples: Sequence[ox.Triple]) -> dict[str, Any]:
    """`classes`, `properties` and `mentioned` of a merged graph, as `stats.json` holds them, plus totals."""
    types: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    subjects: dict[str, set[str]] = defaultdict(set)
    objects: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, str] = {}
    kinds: dict[str, set[str]] = defaultdict(set)
    mentions: Counter[str] = Counter()
    for triple in triples:
        subject, predicate, target = _text(triple.subject), triple.predicate.value, triple.object
        uses[predicate] += 1
        subjects[predicate].add(subject)
        objects[predicate].add(_text(target))
        if predicate == _TYPE:
            types[_text(target)] += 1
            kinds[subject].add(_text(target))
        elif predicate == _LABEL and isinstance(target, ox.Literal) and target.language == "en":
            labels[subject] = target.value
        elif predicate == lg.mentions:
            mentions[_text(target)] += 1
    top = sorted(mentions.items(), key=lambda item: (-item[1], item[0]))
    return {
        "triples": len(triples),
        "subjects": len({_text(t.subject) for t in triples}),
        "objects": len({_text(t.object) for t in triples}),
        "classes": sorted(([iri, n] for iri, n in types.items()), key=lambda row: (-row[1], row[0])),
        "properties": [[p, n, len(subjects[p]), len(objects[p])] for p, n in sorted(uses.items())],
        "mentioned": [[iri, labels[iri], _special(kinds[iri]), n] for iri, n in top if iri in labels][:TOP],
    }


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.BlankNode)) else str(term)


def _special(classes: Iterable[str]) -> str:
    """The most special of our classes that an entity has: the one that no other of them is under."""
    from_here = {c.removeprefix(LG) for c in classes if c.startswith(LG)}
    return next((c for c in sorted(from_here) if not any(c in _above(other) for other in from_here)), "")


def _above(name: str) -> set[str]:
    direct = set(SUPERCLASSES.get(name, ()))
    return direct | {higher for d in direct for higher in _above(d)}


def counts(quads: Iterable[ox.Quad], triples: Sequence[ox.Triple]) -> dict[str, Any]:
    """The counts of `manifest.json`: what the graph holds, by kind."""
    number = sum(1 for _ in quads)
    kinds: dict[str, set[str]] = defaultdict(set)
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for triple in triples:
        if triple.predicate.value == _TYPE:
            kinds[_text(triple.object)].add(_text(triple.subject))
        elif triple.predicate.value in (lg.modality, lg.stance):
            values[triple.predicate.value][_text(triple.object).removeprefix(LG)] += 1
    entities = ("Person", "Organisation", "Place", "Leak", "LeakedDocument", "ScholarlyArticle")
    return {
        "quads": number,
        "triples": len(triples),
        "articles": len(kinds[lg.SourceArticle]),
        "entities": {name: len(kinds[LG + name]) for name in entities},
        "statements": dict(sorted(values[lg.modality].items())),
        "claims": dict(sorted(values[lg.stance].items())),
        "positions": len(kinds[lg.Position]),
        "figures": len(kinds[lg.Figure]),
        "visits": len(kinds[lg.Visit]),
        "evidence": len(kinds[lg.Evidence]),
        "protected": len(kinds[lg.ProtectedPerson]),
    }
