"""Extracted facts against gold: what is right, what is wrong, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kg.evaluate.facts import Fact, Named, Said, alike, folded


@dataclass(frozen=True, slots=True)
class Outcome:
    """One judged item. `optional` ones (gold that a careful reader may leave out) are never outcomes."""

    document: str
    kind: str
    property: str
    verdict: Literal["right", "wrong", "missing"]
    shown: str
    sentence: str = ""
    confidence: float | None = None


def compare(gold: Said, found: Said) -> list[Outcome]:
    """Each gold item and each extracted item of one document, judged.

    Entities are matched one to one by broad type and a name in common, the best overlap first; a protected person
    matches any protected person. Facts match by their entities and by what `_same` asks of each kind.
    """
    to_gold = _match(gold.entities, found.entities)
    shown = {e.id: (e.names or ("a protected person",))[0] for e in (*gold.entities, *found.entities)}
    outcomes = list(_entities(gold, found, to_gold))
    for kind in ("relations", "positions", "figures", "claims", "visits"):
        used: set[int] = set()
        rows = found.of(kind)
        for expected in gold.of(kind):
            hit = next((i for i, f in enumerate(rows) if i not in used and _same(expected, f, to_gold)), None)
            if hit is not None:
                used.add(hit)
            if not expected.optional:
                item = rows[hit] if hit is not None else expected
                outcomes.append(_judged(gold.document, item, "right" if hit is not None else "missing", shown))
        outcomes += [_judged(gold.document, f, "wrong", shown) for i, f in enumerate(rows) if i not in used]
    return outcomes


def _entities(gold: Said, found: Said, to_gold: dict[str, str]) -> Iterator[Outcome]:
    hit = set(to_gold.values())
    for e in gold.entities:
        if not e.optional:
            name = "a protected person" if e.protected else e.names[0]
            yield Outcome(gold.document, "entities", e.type, "right" if e.id in hit else "missing", name)
    for e in found.entities:
        if e.id not in to_gold:
            yield Outcome(gold.document, "entities", e.type, "wrong", (e.names or ("a protected person",))[0])


def _match(gold: tuple[Named, ...], found: tuple[Named, ...]) -> dict[str, str]:
    """Found id -> gold id."""
    pairs: list[tuple[float, str, str]] = []
    for expected in gold:
        names = {folded(n) for n in expected.names}
        for item in found:
            if item.type != expected.type:
                continue
            if expected.protected and item.protected and not item.names:
                pairs.append((0.01, expected.id, item.id))
            elif common := names & {folded(n) for n in item.names}:
                pairs.append((max(map(len, common)) + len(common), expected.id, item.id))
    result, taken = {"DOC": "DOC"}, set[str]()
    for _, expected_id, item_id in sorted(pairs, key=lambda p: (-p[0], p[1], p[2])):
        if expected_id not in taken and item_id not in result:
            taken.add(expected_id)
            result[item_id] = expected_id
    return result


def _same(expected: Fact, item: Fact, to_gold: dict[str, str]) -> bool:
    if expected.property != item.property or expected.denied != item.denied or expected.numbers != item.numbers:
        return False
    objects = {to_gold.get(o) for o in item.objects}
    if expected.kind == "figures":  # what a figure is of is not asked: annotators differ over it most
        return alike(expected.words, item.words)
    if expected.subject != to_gold.get(item.subject):
        return False
    if expected.kind == "positions":
        return alike(expected.words, item.words)
    if expected.kind == "claims":
        return bool(set(expected.objects) & objects) if expected.objects else not item.objects
    if expected.property == "date":
        a, b = expected.objects[0], item.objects[0]
        return min(len(a), len(b)) >= 4 and (a.startswith(b) or b.startswith(a))
    return expected.objects[0] in objects


def _judged(document: str, fact: Fact, verdict: Literal["right", "wrong", "missing"], shown: dict[str, str]) -> Outcome:
    def name(reference: str) -> str:
        return "the article" if reference == "DOC" else shown.get(reference, reference)

    numbers = "–".join(f"{n:g}" for n in fact.numbers)
    objects = ", ".join(map(name, fact.objects))
    text = " ".join(
        filter(None, (name(fact.subject), fact.property, "not" if fact.denied else "", numbers, fact.words, objects))
    )
    property_name = fact.property if fact.kind in ("relations", "claims") else ""
    return Outcome(document, fact.kind, property_name, verdict, text, fact.sentence, fact.confidence)
