"""Numbers in running text: digits and words, scales, ranges, percent, money, and the comparators before and after.

`numbers_in` reads the words of a document once, left to right, and gives every stretch that says a quantity;
years, dates, times, ordinals, versions, identifiers and ages are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from kg.annotate.names_lexicon import lexicon
from kg.annotate.names_tokens import Words
from kg.annotate.numbers_lexicon import NumberWords, number_words
from kg.records import Comparator

_DIGITS = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<suffix>k|m|mn|bn|b|tn)?", re.IGNORECASE
)
_RANGE = re.compile(r"(\d[\d,.]*)-(\d[\d,.]*)")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_DIGITS_MAX = 24  # characters; longer ones are identifiers
_LIMIT = Decimal(10) ** 15  # no count in the news is larger; words that go on are noise
_AGED = frozenset(["age", "aged", "ages"])


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity: words `start` to `end` (exclusive), comparators, currency and percent signs included."""

    start: int
    end: int
    value: Decimal
    comparator: Comparator = "exactly"
    max_value: Decimal | None = None
    unit: str = ""  # "percent", the name of a currency, or nothing
    core: int = 0  # index of the number's first own word


def numbers_in(words: Words) -> Iterator[Number]:
    """Every quantity, in order, none overlapping another."""
    table = number_words()
    at = 0
    while at < len(words):
        found = _quantity(words, at, table)
        if found is None:
            at += 1
            continue
        found = _around(words, found, table)
        at = max(found.end, at + 1)
        if not _other_use(words, found, table):
            yield found


def _quantity(words: Words, at: int, table: NumberWords) -> Number | None:
    """A number or range whose first own word is `at`."""
    first = _cardinal(words, at, table)
    if first is None:
        return _tight_range(words, at, table)
    value, end = first
    joined = end
    if joined < len(words) and words.folds[joined] in ("to", "and", "-", "or") and not words.breaks[joined]:
        link = words.folds[joined]
        second = _cardinal(words, joined + 1, table)
        between = at > 0 and words.folds[at - 1] == "between"
        spans = (link == "to") or (link == "-" and _tight(words, joined)) or (link == "and" and between)
        if second is not None and spans:
            own = any(words.folds[i] in table.scales for i in range(at, end))
            low, high = _scaled(words, value, second, table, own=own)
            if low < high:
                start = at - 1 if at and words.folds[at - 1] in ("between", "from") else at
                return Number(start, second[1], low, "between", high, core=at)
    return Number(at, end, value, core=at)


def _tight(words: Words, at: int) -> bool:
    return not words.tokens[at].whitespace_ and not words.tokens[at - 1].whitespace_


def _tight_range(words: Words, at: int, table: NumberWords) -> Number | None:
    """ "1–2 million" where the tokeniser keeps the range whole."""
    match = _RANGE.fullmatch(words.folds[at])
    if not match:
        return None
    try:
        low, high = (Decimal(part.replace(",", "")) for part in match.groups())
    except ArithmeticError:
        return None
    end, scale = at + 1, table.scales.get(words.folds[at + 1]) if at + 1 < len(words) else None
    if scale is not None:
        low, high, end = low * scale, high * scale, end + 1
    elif low > 1000 and high < 2100 and "," not in match.group(1):
        return None
    return Number(at, end, low, "between", high, core=at) if low < high else None


def _scaled(
    words: Words, value: Decimal, second: tuple[Decimal, int], table: NumberWords, *, own: bool
) -> tuple[Decimal, Decimal]:
    """A scale word after the second number counts for the first too, unless that has its own."""
    last = words.folds[second[1] - 1]
    if last in table.scales and not own and value < table.scales[last]:
        value *= table.scales[last]
    return value, second[0]


def _cardinal(words: Words, at: int, table: NumberWords) -> tuple[Decimal, int] | None:
    """(value, end) of the longest number in digits or words at `at`."""
    if at >= len(words):
        return None
    word = words.folds[at]
    match = _DIGITS.fullmatch(word) if len(word) < _DIGITS_MAX else None
    if match:
        value, end = Decimal(match["number"].replace(",", "")), at + 1
        suffix = (match["suffix"] or "").lower()
        if suffix:
            return value * table.suffixes[suffix], end
        if end < len(words) and not words.tokens[at].whitespace_ and words.folds[end] in table.suffixes:
            return value * table.suffixes[words.folds[end]], end + 1
        return _multiplied(words, value, end, table)
    if word in ("half", "a", "an"):
        return _indefinite(words, at, table)
    if word in table.units or word in table.dozen:
        return _spelled(words, at, table)
    return None


def _multiplied(words: Words, value: Decimal, end: int, table: NumberWords) -> tuple[Decimal, int]:
    while end < len(words) and not words.breaks[end] and value < _LIMIT:
        word = words.folds[end]
        if word == "-" and end + 1 < len(words) and words.folds[end + 1] in table.scales and _tight(words, end):
            end += 1
            continue
        if word in table.scales or word in table.dozen:
            value, end = value * (table.scales.get(word) or table.dozen[word]), end + 1
        else:
            break
    return value, end


def _indefinite(words: Words, at: int, table: NumberWords) -> tuple[Decimal, int] | None:
    """ "a million", "a dozen", "half a million"."""
    factor, end = Decimal(1), at + 1
    if words.folds[at] == "half":
        if words.folds[end : end + 1] not in (("a",), ("an",)):
            return None
        factor, end = Decimal("0.5"), end + 1
    if end < len(words) and (words.folds[end] in table.scales or words.folds[end] in table.dozen):
        return _multiplied(words, factor, end, table)
    return None


def _spelled(words: Words, at: int, table: NumberWords) -> tuple[Decimal, int] | None:
    """ "two hundred and fifty thousand", "twenty-five", "three dozen"."""
    total, part, end = Decimal(0), Decimal(0), at
    while end < len(words) and (end == at or not words.breaks[end]) and part < _LIMIT and total < _LIMIT:
        word = words.folds[end]
        if word in table.units:
            value = table.units[word]
            fits = (
                part == 0 or (part % 100 == 0 and part >= 100) or (part % 10 == 0 and part % 100 >= 20 and value < 10)
            )
            if not fits:
                break
            part, end = part + value, end + 1
        elif word == "hundred" or word in table.dozen:
            part, end = (part or Decimal(1)) * (table.scales.get(word) or table.dozen[word]), end + 1
        elif word in table.scales:
            total, part, end = total + (part or Decimal(1)) * table.scales[word], Decimal(0), end + 1
        elif word in ("-", "and") and end > at and end + 1 < len(words) and words.folds[end + 1] in table.units:
            small = table.units[words.folds[end + 1]]
            if word == "-" and not (part % 10 == 0 and part % 100 >= 20 and small < 10):
                break
            if (word == "and" and not (part >= 100 or total)) or (word == "and" and part % 100):
                break
            end += 1
        else:
            break
    value = total + part
    return (value, end) if end > at else None


def _around(words: Words, found: Number, table: NumberWords) -> Number:
    """The number with its currency or percent sign and its comparators."""
    start, end, unit = found.start, found.end, ""
    if start and words.folds[start - 1] in table.currency and not words.breaks[start]:
        unit, start = table.currency[words.folds[start - 1]], start - 1
    for size in (2, 1):
        after = words.folds[end : end + size]
        if after in table.percent:
            unit, end = "percent", end + size
            break
        if size == 1 and after and not unit and after[0] in table.currency:
            unit, end = table.currency[after[0]], end + 1
    comparator, begin = found.comparator, start
    if comparator != "between":
        for size in (4, 3, 2, 1):
            before = words.folds[max(0, start - size) : start]
            kind = table.before.get(before) if len(before) == size else None
            if kind and not any(words.breaks[start - size + 1 : start + 1]):
                comparator, begin = kind, start - size
                break
        for size in (3, 2, 1):
            kind = table.after.get(words.folds[end : end + size])
            if kind and comparator == "exactly":
                comparator, end = kind, end + size
                break
    return replace(found, start=begin, end=end, unit=unit, comparator=comparator)


def _other_use(words: Words, found: Number, table: NumberWords) -> bool:
    """Whether the number is a year, a date, a time, an age, an ordinal, a label or part of a word."""
    core, end, labelled = found.core, found.end, lexicon().words["labelled"]
    text = words.tokens[core].text
    before = words.folds[core - 1] if core and not words.breaks[core] else ""
    after = words.folds[end] if end < len(words) and not words.breaks[end] else ""
    if after == "-" and _tight(words, end) and end + 1 < len(words) and words.folds[end + 1][0].isalpha():
        return True  # "17-year-old", "ten-page"
    if after in ("year", "years", "month", "months") and "old" in words.folds[end + 1 : end + 3]:
        return True
    if before in ("-", "#", "/") and not words.tokens[core - 1].whitespace_:
        return True
    if before == "in" and core > 1 and _cardinal(words, core - 2, table) is not None:
        return True  # "one in five"
    if before in table.vague:
        return True  # "several dozen"
    if found.value == 1 and found.max_value is None and found.unit != "percent":
        return True  # "one of them", "one county"
    if _YEAR.fullmatch(text) and end == core + 1 and found.comparator in ("exactly", "between") and not found.unit:
        return True
    if (
        found.max_value is not None
        and text.isdigit()
        and 1500 <= found.value < found.max_value <= 2100
        and not found.unit
    ):
        return True  # "between 2017 and 2019"
    if before in table.months or after in table.months or before in _AGED:
        return True
    if before.rstrip(".") in labelled or (before == "." and core > 1 and words.folds[core - 2] in labelled):
        return True
    if before and text[0].isdigit() and words.caps[core - 1] and not words.starts[core - 1]:
        return True  # "Boeing 737", "Vault 7"
    if after in ("th", "st", "nd", "rd", "/", ":", "in") and (
        after != "in" or _cardinal(words, end + 1, table) is not None
    ):
        return True
    return after in ("thirds", "quarters", "fifths", "tenths", "o'clock", "pm", "am", "p.m.", "a.m.")
