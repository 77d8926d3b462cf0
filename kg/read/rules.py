"""The rules of `read` that are data: page furniture and bylines (`furniture.yaml`), languages (`languages.yaml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kg.errors import BadData
from kg.settings import resource

_NAME = r"(?:[^\W\d_a-z][\w'’.-]*|d['’][^\W\d_]\w+|(?:de|da|del|der|den|van|von|bin|ibn|al|el|la|le|ter|dos)(?=\s))"
_FULL = rf"{_NAME}(?:\s+{_NAME}){{0,5}}"
_WHERE = rf"(?:\s+in\s+{_NAME}(?:\s+{_NAME}){{0,3}}|\s*\([^()]{{1,30}}\)){{0,2}}"  # "in Westport (now)"
_NAMES = rf"(?P<authors>{_FULL}{_WHERE}(?:(?:\s*,\s*(?:and\s+)?|\s+(?:and|&|with)\s+){_FULL}{_WHERE}){{0,9}})"
_REST = r"(?:\s*[|,–—•·/-]\s*.{0,80})?"
_LISTS = ("lines", "links", "paragraphs", "tails", "inline", "captions", "bylines", "contributors", "publishers",
          "roles", "not_people", "outlets", "datelines", "labels")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """Compiled patterns; those that must fit a whole line are used with `fullmatch`, the others with `search`."""

    lines: re.Pattern[str]
    links: re.Pattern[str]
    paragraphs: re.Pattern[str]
    tails: re.Pattern[str]
    inline: re.Pattern[str]
    captions: re.Pattern[str]
    bylines: tuple[re.Pattern[str], ...]
    contributors: tuple[re.Pattern[str], ...]
    publishers: tuple[re.Pattern[str], ...]
    date_words: re.Pattern[str]
    roles: re.Pattern[str]
    not_people: re.Pattern[str]
    outlets: re.Pattern[str]
    datelines: re.Pattern[str]
    labels: re.Pattern[str]
    names: re.Pattern[str] = re.compile(_NAMES)


@dataclass(frozen=True, slots=True)
class Languages:
    """Function words by language tag, and ranges of code points by language tag."""

    words: dict[str, frozenset[str]]
    scripts: dict[str, tuple[tuple[int, int], ...]]


def _load(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark
        raise BadData(f"not valid YAML: {err.problem}", where=str(file), line=mark.line + 1 if mark else None) from err
    if not isinstance(found, dict):
        raise BadData("must be a mapping", where=str(file))
    return found


def load_rules(file: Path) -> Rules:
    """The rules in `file`. Raises `BadData` naming the list and pattern that cannot be used."""
    raw = _load(file)

    def compiled(key: str, pattern: object, *, anycase: bool = True) -> re.Pattern[str]:
        try:
            text = str(pattern).replace("{names}", _NAMES).replace("{rest}", _REST)
            return re.compile(text, re.IGNORECASE if anycase else 0)
        except re.error as err:
            raise BadData(f"{key}: {pattern!r} is no regular expression: {err}", where=str(file)) from err

    def patterns(key: str) -> list[str]:
        rows = raw.get(key)
        if not isinstance(rows, list) or not rows:
            raise BadData(f"needs a list {key!r}", where=str(file))
        for row in rows:
            compiled(key, row)
        return [str(row) for row in rows]

    def one(key: str) -> re.Pattern[str]:
        return compiled(key, "|".join(f"(?:{row})" for row in patterns(key)))

    def each(key: str) -> tuple[re.Pattern[str], ...]:
        # Only the words around a name may be in any letter case: a name is known by its capitals.
        return tuple(compiled(key, _anycase_but_names(row), anycase=False) for row in patterns(key))

    missing = {*_LISTS, "date_words"} - set(raw)
    if missing:
        raise BadData(f"needs {sorted(missing)[0]!r}", where=str(file))
    return Rules(
        lines=one("lines"),
        links=one("links"),
        paragraphs=one("paragraphs"),
        tails=one("tails"),
        inline=one("inline"),
        captions=one("captions"),
        bylines=each("bylines"),
        contributors=each("contributors"),
        publishers=each("publishers"),
        roles=one("roles"),
        not_people=one("not_people"),
        outlets=compiled("outlets", "|".join(f"(?:{row})" for row in patterns("outlets")), anycase=False),
        datelines=compiled("datelines", "|".join(f"(?:{row})" for row in patterns("datelines")), anycase=False),
        labels=one("labels"),
        date_words=compiled("date_words", raw["date_words"]),
    )


def _anycase_but_names(pattern: str) -> str:
    before, names, after = pattern.partition("{names}")
    return f"(?i:{before}){names}" + (f"(?i:{after})" if after else "")


def load_languages(file: Path) -> Languages:
    """The languages in `file`. Raises `BadData` when it is malformed."""
    raw = _load(file)
    try:
        return Languages(
            words={str(tag): frozenset(words.split()) for tag, words in raw["words"].items()},
            scripts={
                str(tag): tuple((int(str(low), 16), int(str(high), 16)) for low, high in ranges)
                for tag, ranges in raw["scripts"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise BadData(f"malformed: {err}", where=str(file)) from err


@cache
def rules() -> Rules:
    """The rules that came with leakgraph."""
    return load_rules(resource("data/furniture.yaml"))


@cache
def languages() -> Languages:
    """The languages that came with leakgraph."""
    return load_languages(resource("data/languages.yaml"))
