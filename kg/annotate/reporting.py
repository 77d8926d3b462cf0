"""The words of saying, from `data/rules/reporting.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast, get_args

from kg.annotate.lexicon import read_yaml, words
from kg.errors import BadData
from kg.records import Stance
from kg.settings import resource

_STANCES = get_args(Stance)
_LISTS = ("clausal", "objects", "infinitive", "first_person", "recipients", "judging", "guilt", "wanting")


@dataclass(frozen=True, slots=True)
class Reporting:
    """Which words report speech, and what stance they give; the lists are explained in the file."""

    verbs: Mapping[str, Stance]
    nouns: Mapping[str, Stance]
    words: Mapping[str, Stance]
    prepositions: Mapping[str, Mapping[str, Stance]]
    clausal: frozenset[str]
    objects: frozenset[str]
    infinitive: frozenset[str]
    first_person: frozenset[str]
    recipients: frozenset[str]
    judging: frozenset[str]
    guilt: frozenset[str]
    wanting: frozenset[str]


@lru_cache(maxsize=1)
def load_reporting() -> Reporting:
    """The words of saying that came with leakgraph. Raises `BadData` for a stance or list that is not known."""
    file = resource("data/rules") / "reporting.yaml"
    content = read_yaml(file)
    if not isinstance(content, dict) or set(content) != {"verbs", "nouns", "words", "prepositions", *_LISTS}:
        raise BadData("lists missing or unknown", where=str(file))
    prepositions: dict[str, Mapping[str, Stance]] = {}
    for verb, table in content["prepositions"].items():
        prepositions[verb] = {marker: _stance(stance, file) for marker, stance in table.items()}
    return Reporting(
        verbs=_by_word(content["verbs"], file),
        nouns=_by_word(content["nouns"], file),
        words=_by_word(content["words"], file),
        prepositions=prepositions,
        **{name: words(content[name], file, name) for name in _LISTS},
    )


def _by_word(table: Any, file: Path) -> dict[str, Stance]:
    return {word: _stance(stance, file) for stance, row in table.items() for word in words(row, file, stance)}


def _stance(value: str, file: Path) -> Stance:
    if value not in _STANCES:
        raise BadData(f"{value!r} is no stance (known: {', '.join(_STANCES)})", where=str(file))
    return cast(Stance, value)
