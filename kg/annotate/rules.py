"""Relation rules, loaded from `data/rules/relations/*.yaml` and applied to frames; see `docs/extraction.md`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from kg.annotate.arguments import Reader, is_a
from kg.annotate.frames import Frame, row
from kg.annotate.lexicon import read_yaml
from kg.errors import BadData
from kg.records import LocalEntity, Modality, Statement, Value
from kg.settings import resource

_KEYS = {"id", "property", "kind", "predicates", "subject", "object", "confidence", "modality", "planned", "fires",
         "silent", "because"}  # fmt: skip
_STEP = re.compile(r"([a-z ]+|\*)(?:\[([^\]]+)\])?")
MIN_FIRES, MIN_SILENT = 3, 2
Attribution = Callable[[int], tuple[bool, str | None]]
"""Of a predicate's token: is it somebody's word, and whose (None when that is not known)."""
Dates = Callable[[Frame], Value | None]
"""Of a frame: when the text says that it happened."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a role or preposition, and the lemmas that its noun must have (none: any)."""

    role: str
    lemmas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an argument is looked for (the first path that finds something wins), and of which classes it must be."""

    paths: tuple[tuple[Step, ...], ...]
    classes: tuple[str, ...]
    date: bool = False
    never: tuple[str, ...] = ()  # of which classes it must not be
    bridge: bool = False  # "the documents", in an article on a leak, may stand for the leak


@dataclass(frozen=True, slots=True)
class Rule:
    """A relation rule; `fires` and `silent` are its examples."""

    id: str
    property: str
    kind: str
    predicates: frozenset[str]
    subject: Slot
    object: Slot
    confidence: Decimal
    modality: Modality = "reported"
    fires: tuple[str, ...] = field(default=(), compare=False)
    silent: tuple[str, ...] = field(default=(), compare=False)


@lru_cache(maxsize=4)
def load_rules(folder: Path | None = None) -> tuple[Rule, ...]:
    """The rules of a folder (leakgraph's own when none is given), in file and line order.

    Raises `BadData` naming file and rule for unknown keys, malformed paths, doubled ids or too few examples.
    """
    folder = folder or resource("data/rules") / "relations"
    rules: dict[str, Rule] = {}
    for file in sorted(folder.glob("*.yaml")):
        for entry in read_yaml(file) or []:
            rule = _rule(entry, file)
            if rule.id in rules:
                raise BadData(f"rule {rule.id!r} is there twice", where=str(file))
            rules[rule.id] = rule
    if not rules:
        raise BadData("no rules (*.yaml) here", where=str(folder))
    return tuple(rules.values())


def _rule(entry: Any, file: Path) -> Rule:
    name = str(entry.get("id", "?")) if isinstance(entry, dict) else "?"

    def fail(why: str) -> BadData:
        return BadData(f"rule {name!r}: {why}", where=str(file))

    if not isinstance(entry, dict):
        raise fail("a rule must be a mapping")
    if set(entry) - _KEYS:
        raise fail(f"unknown key {sorted(set(entry) - _KEYS)[0]!r}")
    for key in ("id", "property", "predicates", "subject", "object", "fires", "silent"):
        if not entry.get(key):
            raise fail(f"needs {key!r}")
    if len(entry["fires"]) < MIN_FIRES or len(entry["silent"]) < MIN_SILENT:
        raise fail(f"needs {MIN_FIRES} examples that fire and {MIN_SILENT} that do not")
    if entry.get("kind", "verbal") not in ("verbal", "nominal"):
        raise fail("kind must be 'verbal' or 'nominal'")
    if entry.get("modality", "reported") not in get_args(Modality):
        raise fail(f"modality must be one of {', '.join(get_args(Modality))}")
    try:
        confidence = Decimal(str(entry.get("confidence", "0.8")))
    except InvalidOperation as err:
        raise fail("confidence must be a number") from err
    return Rule(
        id=name,
        property=str(entry["property"]),
        kind=entry.get("kind", "verbal"),
        predicates=frozenset(map(str, entry["predicates"])),
        subject=_slot(entry["subject"], fail),
        object=_slot(entry["object"], fail),
        confidence=confidence,
        modality=entry.get("modality", "reported"),
        fires=tuple(entry["fires"]),
        silent=tuple(entry["silent"]),
    )


def _slot(entry: Any, fail: Callable[[str], BadData]) -> Slot:
    if entry == "date":
        return Slot(paths=(), classes=(), date=True)
    if not isinstance(entry, dict) or not {"at", "is"} <= set(entry) <= {"at", "is", "not", "bridge"}:
        raise fail(
            "subject and object need 'at' (paths) and 'is' (classes), may have 'not' and 'bridge', or are 'date'"
        )
    paths = []
    for path in entry["at"]:
        steps = []
        for part in str(path).split(">"):
            match = _STEP.fullmatch(part.strip())
            if match is None:
                raise fail(f"{path!r} is no path")
            lemmas = frozenset(word.strip() for word in match[2].split(",")) if match[2] else frozenset()
            steps.append(Step(match[1], lemmas))
        paths.append(tuple(steps))
    return Slot(
        paths=tuple(paths),
        classes=tuple(entry["is"]),
        never=tuple(entry.get("not", ())),
        bridge=entry.get("bridge") == "true",
    )


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules by the lemmas of their predicates; "*" stands for any noun."""

    verbal: Mapping[str, tuple[Rule, ...]]
    nominal: Mapping[str, tuple[Rule, ...]]


def rule_book(rules: Iterable[Rule]) -> RuleBook:
    """Index rules for `apply_rules`."""
    index: dict[str, dict[str, tuple[Rule, ...]]] = {"verbal": {}, "nominal": {}}
    for rule in rules:
        for lemma in rule.predicates:
            index[rule.kind][lemma] = (*index[rule.kind].get(lemma, ()), rule)
    return RuleBook(verbal=index["verbal"], nominal=index["nominal"])


def apply_rules(reader: Reader, book: RuleBook, *, attribution: Attribution, dates: Dates) -> Iterator[Statement]:
    """Every statement that the rules find in the document's frames, in text order, repetitions included."""
    for frame in reader.frames.of.values():
        table = book.verbal if frame.kind == "verbal" else book.nominal
        rules = table.get(frame.lemma, ())
        if frame.kind == "nominal":
            rules = (*rules, *table.get("*", ()))
        for rule in rules:
            yield from _apply(reader, rule, frame, attribution, dates)


def _apply(reader: Reader, rule: Rule, frame: Frame, attribution: Attribution, dates: Dates) -> Iterator[Statement]:
    if frame.certainty.unreal:
        return
    subjects = _fill(reader, rule.subject, frame)
    if not subjects:
        return
    objects: list[tuple[str | Value, int]]
    if rule.object.date:
        when = dates(frame)
        objects = [(when, frame.token)] if when else []
    else:
        objects = list(_fill(reader, rule.object, frame))
    spoken, speaker = attribution(frame.token)
    certainty = frame.certainty
    modality: Modality = rule.modality
    if certainty.negated:
        modality = "denied"
    elif certainty.hedged or spoken:
        modality = "alleged"
    for subject, at in subjects:
        for object_, place in objects:
            if subject in (object_, speaker):
                continue
            yield Statement(
                subject=subject,
                predicate=rule.property,
                object=object_,
                evidence=(reader.evidence((at, frame.token, place)),),
                rule=rule.id,
                modality=modality,
                attributed_to=speaker,
                confidence=rule.confidence,
            )


def _fill(reader: Reader, slot: Slot, frame: Frame) -> list[tuple[str, int]]:
    """The entities that a slot finds, each with the token it was found at."""

    def wanted(entity: LocalEntity) -> bool:
        return is_a(entity.type, slot.classes) and not is_a(entity.type, slot.never)

    for path in slot.paths:
        tokens = _first(reader, frame, path[0])
        subtree = False
        for step in path[1:]:
            if step.role == "*":
                subtree = True
                break
            tokens = [t for token in tokens for t in _next(reader, token, step)]
        if subtree:
            found = [(e, token) for token in tokens for e in reader.inside(_noun_phrase(reader, token), wanted)]
        else:
            found = [(e, token) for token in tokens for e in reader.referents(token, wanted)]
        if found:
            return list(dict(found).items())
    return _bridge(reader, slot, frame) if slot.bridge else []


def _bridge(reader: Reader, slot: Slot, frame: Frame) -> list[tuple[str, int]]:
    """ "Documents were stolen from the bank": bare leaked things are the one leak that the article is about."""
    leaks = reader.leaks
    if len(leaks) != 1:
        return []
    links = reader.links
    for path in slot.paths:
        tokens = _first(reader, frame, path[0])
        for step in path[1:]:
            tokens = [t for token in tokens for t in _next(reader, token, step)]
        for token in tokens:
            owned = links.under(token, "possessor", "relative") or reader.mention(token)
            if links.lemma[token] in reader.lexicon.leaked and links.tag[token] == "NNS" and not owned:
                return [(leaks[0], token)]
    return []


def _noun_phrase(reader: Reader, token: int) -> list[int]:
    return reader.links.subtree(token, stop=frozenset({"relative", "parataxis", "adverbial"}))


def _first(reader: Reader, frame: Frame, step: Step) -> list[int]:
    found: tuple[int, ...]
    match step.role:
        case "agent":
            found = frame.agents
        case "patient":
            found = frame.patients
        case "indirect":
            found = frame.indirect
        case "possessor":
            found = frame.possessors
        case "compound":
            found = frame.compounds
        case "self":
            found = (frame.token,)
        case "that":
            found = frame.complements
        case "open":
            found = frame.opens
        case role:
            found = frame.obliques.get(role, ()) or _loose(reader, frame, role)
    return [t for t in found if not step.lemmas or reader.links.lemma[t] in step.lemmas]


def _loose(reader: Reader, frame: Frame, marker: str) -> tuple[int, ...]:
    """A noun's prepositional phrase that the parser hung elsewhere: right behind the noun or its first phrase."""
    if frame.kind == "verbal":
        return tuple(reader.after(frame.token, marker))
    if reader.view.at.get(frame.token):  # a name's own phrases are told by the parser only
        return ()
    found = reader.after(frame.token, marker)
    for first in () if found else ("of", "about", "on"):
        for token in frame.obliques.get(first, ()):
            found = found or reader.after(token, marker)
    return tuple(found)


def _next(reader: Reader, token: int, step: Step) -> list[int]:
    links = reader.links
    if step.role in ("possessor", "compound"):
        found = [t for c in links.under(token, step.role) for t in row(links, c)]  # type: ignore[arg-type]
    elif step.role in ("agent", "patient"):
        frame = reader.frames.of.get(token)
        found = list((frame.agents if step.role == "agent" else frame.patients) if frame else ())
    else:
        found = [t for c in links.under(token, "oblique") if links.marker[c] == step.role for t in row(links, c)]
        found = found or reader.after(token, step.role)
    return [t for t in found if not step.lemmas or links.lemma[t] in step.lemmas]
