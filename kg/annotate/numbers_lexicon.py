"""The number words of `data/lexicon/numbers.yaml`, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType

import yaml

from kg.annotate.names_fold import fold
from kg.errors import BadData
from kg.records import Comparator
from kg.settings import resource


@dataclass(frozen=True, slots=True)
class NumberWords:
    """English numbers and what stands around them; every word folded."""

    units: Mapping[str, Decimal]
    scales: Mapping[str, Decimal]
    suffixes: Mapping[str, Decimal]
    dozen: Mapping[str, Decimal]
    vague: frozenset[str]
    before: Mapping[tuple[str, ...], Comparator]
    after: Mapping[tuple[str, ...], Comparator]
    percent: frozenset[tuple[str, ...]]
    currency: Mapping[str, str]
    not_counted: frozenset[str]
    holding: frozenset[str]
    contents: frozenset[str]
    irregular: Mapping[str, str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]


@cache
def number_words() -> NumberWords:
    """The list that came with leakgraph. Raises `BadData` when it is damaged."""
    path = resource("data/lexicon") / "numbers.yaml"
    try:
        # BaseLoader makes nothing but strings, lists and mappings.
        table = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        return NumberWords(
            units=_decimals(table["units"]),
            scales=_decimals(table["scales"]),
            suffixes=_decimals(table["suffixes"]),
            dozen=_decimals(table["dozen"]),
            vague=frozenset(map(fold, table["vague"])),
            before=_phrases(table["comparators"]),
            after=_phrases(table["after"]),
            percent=frozenset(tuple(fold(item).split()) for item in table["percent"]),
            currency=MappingProxyType({fold(k): v for k, v in table["currency"].items()}),
            not_counted=frozenset(map(fold, table["not_counted"])),
            holding=frozenset(map(fold, table["holding"])),
            contents=frozenset(map(fold, table["contents"])),
            irregular=MappingProxyType({fold(k): v for k, v in table["irregular"].items()}),
            months=MappingProxyType({k: int(v) for k, v in table["months"].items()}),
            weekdays=MappingProxyType({k: int(v) for k, v in table["weekdays"].items()}),
        )
    except (yaml.YAMLError, OSError, AttributeError, TypeError, ValueError) as err:
        raise BadData(f"not the table of lists it should be: {err}", where=str(path)) from err
    except KeyError as err:
        raise BadData(f"lacks the list {err.args[0]!r}", where=str(path)) from err


def _decimals(table: Mapping[str, str]) -> Mapping[str, Decimal]:
    return MappingProxyType({fold(k): Decimal(v) for k, v in table.items()})


def _phrases(table: Mapping[Comparator, list[str]]) -> Mapping[tuple[str, ...], Comparator]:
    return MappingProxyType({tuple(fold(item).split()): kind for kind, items in table.items() for item in items})


def singular(word: str) -> str:
    """The singular of an English noun, by rule and a list of what the rules miss; letter case kept at the start."""
    low = fold(word)
    found = number_words().irregular.get(low)
    if found is None:
        if low.endswith("ies") and len(low) > 4:
            return word[:-3] + "y"
        if low.endswith(("sses", "shes", "ches", "xes", "zzes")):
            return word[:-2]
        if low.endswith("s") and not low.endswith(("ss", "us", "is")) and len(low) > 3:
            return word[:-1]
        return word
    return found.capitalize() if word[0].isupper() and found[0].islower() and not word.isupper() else found
