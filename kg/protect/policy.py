"""The policy as a value: who is shown by name, by which words that is told, and what takes a withheld name's place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from kg.errors import BadData
from kg.records import Role

RULES = ("suppressed", "authority", "author", "office", "described", "profession", "private", "beside")
HERE = "\x1a"
Patterns = tuple[re.Pattern[str], ...]
_KEYS = {
    "mark", "order", "public_organisations", "public_facts", "otherwise", "lists", "described", "public",
    "public_links", "private", "custody_sentences", "captivity", "crimes", "people", "cues",
    "details", "details_after", "details_case", "lookalikes", "sounds", "sounds_alike", "silent", "not_names", "words",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Around:
    """Patterns for the words that end where a name begins and for those that begin where it ends."""

    before: Patterns
    after: Patterns
    next: Patterns = ()  # for the sentence that follows
    whole: Patterns = ()  # for what stands on both sides, with `HERE` in the name's place

    def match(self, before: str, after: str, following: str = "") -> bool:
        """Whether one of them fits."""
        places = (self.before, before), (self.after, after), (self.next, following), (self.whole, before + HERE + after)
        return any(pattern.search(words) for patterns, words in places for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Policy:
    """`data/policy.yaml`, compiled. See the comments there for what each part means."""

    mark: str
    order: tuple[str, ...]
    public_organisations: frozenset[str]
    public_facts: frozenset[tuple[str, str]]  # property, "subject" or "object"
    office_words: re.Pattern[str]
    profession_words: re.Pattern[str]
    private_words: re.Pattern[str]
    otherwise_public: bool
    described: Mapping[Role, Around]
    office: Around
    profession: Around
    private: Around
    people: Around  # what stands beside a single word that is a person's name
    captivity: re.Pattern[str]
    crimes: re.Pattern[str]
    custody_sentences: int
    name_first: Patterns
    organisation_first: Patterns
    cues: Mapping[Role, Patterns]
    details: Patterns
    details_after: Patterns
    lookalikes: Mapping[str, str]
    sounds: Mapping[str, str]
    sound_classes: Mapping[str, str]  # letter -> the letter that stands for its group, "" for a silent one
    particles: frozenset[str]
    honorifics: frozenset[str]
    openers: frozenset[str]
    heads: frozenset[str]
    not_names: frozenset[str]
    verb_form: re.Pattern[str]
    place_before: re.Pattern[str]
    place_surely: re.Pattern[str]
    place_after: re.Pattern[str]
    head_surnames: frozenset[str]
    words: frozenset[str]

    def in_custody(self, sentence: str) -> bool:
        """Whether a sentence speaks of people in custody, other than for a crime of business or disclosure."""
        return bool(self.captivity.search(sentence)) and not self.crimes.search(sentence)


def load_policy(file: Path) -> Policy:
    """The policy in `file`. Raises `BadData` for one that cannot be used: protection never runs on half a policy."""
    try:
        raw = yaml.safe_load(file.read_text("utf-8"))
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise BadData(f"not valid YAML: {err.problem}", where=str(file), line=line, column=column) from err
    if not isinstance(raw, dict):
        raise BadData("must be a mapping", where=str(file))
    for key in sorted(_KEYS - set(raw)):
        raise BadData(f"needs {key!r}", where=str(file))
    for key in sorted(set(raw) - _KEYS):
        raise BadData(f"has the unknown key {key!r}", where=str(file))
    try:
        return _policy(raw)
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as err:
        raise BadData(f"cannot be used: {err!r}", where=str(file)) from err


def _policy(raw: Mapping[str, Any]) -> Policy:
    lists = {name: re.sub(r"\|\s+", "|", " ".join(text.split())) for name, text in raw["lists"].items()}
    _check(raw)
    classes = {letter: group[0] for group in raw["sounds_alike"] for letter in group}
    classes |= dict.fromkeys(raw["silent"], "")
    not_names = raw["not_names"]

    def compiled(patterns: Iterable[str], *, title: str = "", flags: int = re.IGNORECASE) -> Patterns:
        return tuple(re.compile(_filled(pattern, {**lists, "title": title}), flags) for pattern in patterns)

    def around(rows: Mapping[str, Any], *, title: str = "") -> Around:
        parts = (compiled(rows.get(part, ()), title=title) for part in ("before", "after", "next", "whole"))
        return Around(*parts)

    return Policy(
        mark=raw["mark"],
        order=tuple(raw["order"]),
        public_organisations=frozenset(raw["public_organisations"]),
        public_facts=frozenset((fact.split()[0], fact.split()[1]) for fact in raw["public_facts"]),
        office_words=re.compile(rf"\b(?:{lists['office']})\b", re.IGNORECASE),
        profession_words=re.compile(rf"\b(?:{lists['profession']})\b", re.IGNORECASE),
        described={cast("Role", role): around(rows) for role, rows in raw["described"].items()},
        private_words=re.compile(rf"\b(?:{lists['private']}|{lists['captive']})\b", re.IGNORECASE),
        otherwise_public=raw["otherwise"] == "public",
        office=around(_joined(raw["public"], raw["public"]["office"]), title=lists["office"]),
        profession=around(_joined(raw["public"], raw["public"]["profession"]), title=lists["profession"]),
        private=around(raw["private"]),
        people=around(raw["people"]),
        captivity=compiled(raw["captivity"])[0],
        crimes=compiled(raw["crimes"])[0],
        custody_sentences=int(raw["custody_sentences"]),
        name_first=compiled(raw["public_links"]["name_first"]),
        organisation_first=compiled(raw["public_links"]["organisation_first"]),
        cues={cast("Role", role): compiled(patterns) for role, patterns in raw["cues"].items()},
        details=(*compiled(raw["details"]), *compiled(raw["details_case"], flags=0)),
        details_after=compiled(raw["details_after"]),
        lookalikes=dict(raw["lookalikes"]),
        sounds=dict(raw["sounds"]),
        sound_classes=classes,
        particles=frozenset(map(str, not_names["particles"])),
        honorifics=frozenset(map(str, not_names["honorifics"])),
        openers=frozenset(map(str, not_names["openers"])),
        heads=frozenset(not_names["heads"].split()),
        not_names=frozenset(not_names["words"].split()) | frozenset(not_names["heads"].split()),
        verb_form=re.compile(not_names["verb_form"], re.IGNORECASE),
        place_before=re.compile(not_names["place_before"], re.IGNORECASE),
        place_surely=re.compile(not_names["place_surely"], re.IGNORECASE),
        place_after=re.compile(not_names["place_after"], re.IGNORECASE),
        head_surnames=frozenset(not_names["head_surnames"].split()),
        words=frozenset(raw["words"].split()),
    )


def _check(raw: Mapping[str, Any]) -> None:
    order = raw["order"]
    if not set(order) <= set(RULES) or "suppressed" not in order:
        raise ValueError(f"'order' may hold {', '.join(RULES)} and must hold 'suppressed'")
    if raw["otherwise"] not in ("public", "protected"):
        raise ValueError("'otherwise' must be 'public' or 'protected'")
    mark = raw["mark"]
    if not isinstance(mark, str) or not mark.startswith("[") or not mark.endswith("]"):
        raise ValueError("'mark' must be a word in square brackets")
    roles = get_args(Role)
    for role in (*raw["described"], *raw["cues"]):
        if role not in roles:
            raise ValueError(f"{role!r} is no role ({', '.join(roles)})")


def _joined(*rows: Mapping[str, Any]) -> dict[str, list[str]]:
    parts = ("before", "after", "next", "whole")
    return {part: [pattern for row in rows for pattern in row.get(part, ())] for part in parts}


def _filled(pattern: str, lists: Mapping[str, str]) -> str:
    # Not str.format: a pattern's own {0,3} must stay.
    for _ in range(3):
        for name, words in lists.items():
            pattern = pattern.replace("{" + name + "}", words)
    return pattern.replace("{here}", HERE)
