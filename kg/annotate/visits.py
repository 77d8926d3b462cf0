"""Official journeys: who visited, or is about to visit, which place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from kg.annotate.arguments import Reader, is_a
from kg.annotate.frames import Frame
from kg.annotate.lexicon import read_yaml, words
from kg.errors import BadData
from kg.records import LocalEntity, Modality, Value, Visit
from kg.settings import resource

_VERB, _NOUN, _ARRANGED = Decimal("0.85"), Decimal("0.8"), Decimal("0.7")


@dataclass(frozen=True, slots=True)
class Journeys:
    """Lists of lemmas from `data/rules/visits.yaml`, where each is explained."""

    direct: frozenset[str]
    verbs: frozenset[str]
    to: frozenset[str]
    nouns: frozenset[str]
    noun_to: frozenset[str]
    light: frozenset[str]
    cancelled: frozenset[str]


@lru_cache(maxsize=1)
def load_journeys() -> Journeys:
    """The words that came with leakgraph. Raises `BadData` when a list is missing or unknown."""
    file = resource("data/rules") / "visits.yaml"
    content = read_yaml(file)
    if not isinstance(content, dict) or set(content) != set(Journeys.__dataclass_fields__):
        raise BadData(f"must hold the lists {', '.join(sorted(Journeys.__dataclass_fields__))}", where=str(file))
    return Journeys(**{name: words(value, file, name) for name, value in content.items()})


def find_visits(reader: Reader, journeys: Journeys, *, dates: Callable[[Frame], Value | None]) -> list[Visit]:
    """The document's visits, each visitor and destination once; one that the article vouches for wins.

    A journey that is arranged ("is scheduled to visit", "will travel") is one; a wish or an intention is none.
    """
    found: dict[tuple[str, str], Visit] = {}
    for frame in reader.frames.of.values():
        rows = _verb(reader, frame, journeys) if frame.kind == "verbal" else _noun(reader, frame, journeys)
        for visitor, destination, planned in rows:
            modality: Modality = "alleged" if _hedged(reader, frame) else "reported"
            before = found.get((visitor, destination))
            if before is not None and (before.modality == "reported" or modality != "reported"):
                continue
            found[visitor, destination] = Visit(
                visitor=visitor,
                destination=destination,
                evidence=(reader.evidence((frame.token,)),),
                rule="visit-verb" if frame.kind == "verbal" else "visit-noun",
                date=dates(frame),
                modality=modality,
                confidence=_ARRANGED if planned else _VERB if frame.kind == "verbal" else _NOUN,
            )
    return list(found.values())


def _hedged(reader: Reader, frame: Frame) -> bool:
    """A noun's own hedges count ("the alleged visit"), not those of what somebody says of the journey."""
    if frame.kind == "verbal":
        return frame.certainty.hedged
    links = reader.links
    return any(links.lower[c] in reader.lexicon.hedges for c in links.children[frame.token])


def _verb(reader: Reader, frame: Frame, journeys: Journeys) -> Iterator[tuple[str, str, bool]]:
    certainty = frame.certainty
    if certainty.negated or (certainty.unreal and not certainty.planned):
        return
    if frame.lemma in journeys.direct:
        places = frame.patients or frame.indirect
    elif frame.lemma in journeys.verbs:
        places = tuple(t for marker in sorted(journeys.to) for t in frame.obliques.get(marker, ()))
    else:
        return
    for visitor in reader.all_referents(frame.agents, _person):
        for destination in reader.all_referents(places, _place):
            yield visitor, destination, certainty.planned


def _noun(reader: Reader, frame: Frame, journeys: Journeys) -> Iterator[tuple[str, str, bool]]:
    if frame.lemma not in journeys.nouns:
        return
    links = reader.links
    over = reader.frames.of.get(links.head[frame.token])
    places = tuple(
        t for m in sorted(journeys.noun_to) for t in (frame.obliques.get(m) or reader.after(frame.token, m))
    ) or (frame.compounds)
    who = reader.all_referents(frame.possessors, _person) or reader.all_referents(
        (*frame.obliques.get("by", ()), *frame.obliques.get("of", ())), _person
    )
    planned = False
    if over is not None and over.kind == "verbal" and over.token != frame.token:
        certainty = over.certainty
        mine = frame.token in over.patients or links.role[frame.token] == "oblique"
        if mine and (over.lemma in journeys.cancelled or (certainty.negated and over.lemma in journeys.light)):
            return
        if mine and certainty.unreal and not certainty.planned and not who:
            return
        planned = certainty.planned
        if not who and mine and over.lemma in journeys.light:
            who = reader.all_referents(over.agents, _person)
    for visitor in who:
        for destination in reader.all_referents(places, _place):
            yield visitor, destination, planned


def _person(entity: LocalEntity) -> bool:
    return is_a(entity.type, ("Person",))


def _place(entity: LocalEntity) -> bool:
    return is_a(entity.type, ("Place",))
