"""Dates in running text, to the precision that the words have; relative ones only where the article's date is known.

Lexical forms follow XSD 1.1: `date` 2018-06-15, `gYearMonth` 2018-06, `gYear` 2018.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from spacy.tokens import Span

from kg.annotate.names_fold import fold
from kg.annotate.numbers_lexicon import number_words
from kg.records import Value

_YEAR = re.compile(r"(?:19|20)\d\d")
_DAY = re.compile(r"(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?")
_ISO = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")
_AHEAD = frozenset({"will", "'ll", "shall", "due", "expected", "scheduled", "plans", "planned"})
_LAST, _NEXT = frozenset({"last", "past", "previous"}), frozenset({"next", "coming", "following"})
_PERIODS = frozenset({"day", "week", "month", "year"})
_DAYS = {"day before": -1, "previous day": -1, "day earlier": -1, "day after": 1, "day later": 1, "following day": 1}
_MAY = "may"  # also a verb
Anchor = tuple[int, int | None, int | None]  # the article's year, month and day as far as known


@dataclass(frozen=True, slots=True)
class _Found:
    """Tokens `start` to `end` (exclusive) of the stretch, with year, month and day as far as they are known."""

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    relative: bool = False


def dates_in(stretch: Span, article_date: str | None) -> list[tuple[Span, Value, bool]]:
    """(tokens, value, whether it was resolved against the article's date) for every date in `stretch`, in order.

    `article_date` is ISO 8601 at any precision; without it, or where it is not precise enough, relative dates
    ("on Tuesday", "last week", "15 June" with no year) are left out. "The day before" counts from the last date
    said in the stretch, else from the article's; before a clause ("the day before he left") it is left out.
    """
    tokens = [t for t in stretch if not t.is_space]
    folds = [fold(t.text) for t in tokens]
    anchor = _parts(article_date)
    ahead = any(word in _AHEAD for word in folds)
    found: list[tuple[Span, Value, bool]] = []
    said: list[date] = []  # full dates so far
    for hit in _scan(folds, [t.text for t in tokens], anchor, ahead, lambda: said[-1] if said else None):
        value = _value(hit)
        if value is None:
            continue
        if value.datatype == "date":
            said.append(date.fromisoformat(value.lexical))
        span = stretch.doc[tokens[hit.start].i : tokens[hit.end - 1].i + 1]
        found.append((span, value, hit.relative))
    return found


def _parts(text: str | None) -> Anchor | None:
    match = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text or "")
    if not match:
        return None
    year, month, day = match.groups()
    return int(year), int(month) if month else None, int(day) if day else None


def _value(hit: _Found) -> Value | None:
    if hit.year is None:
        return None
    if hit.month is None:
        return Value(f"{hit.year:04d}", "gYear")
    if hit.day is None:
        return Value(f"{hit.year:04d}-{hit.month:02d}", "gYearMonth")
    try:
        return Value(date(hit.year, hit.month, hit.day).isoformat(), "date")
    except ValueError:
        return None


def _scan(
    folds: list[str], texts: list[str], anchor: Anchor | None, ahead: bool, latest: Callable[[], date | None]
) -> Iterator[_Found]:
    at = 0
    while at < len(folds):
        hit = (
            _absolute(folds, texts, at)
            or _relative_word(folds, at, anchor, ahead)
            or _day_before(folds, at, latest(), anchor)
        )
        if hit is None:
            at += 1
            continue
        if hit.year is None and hit.month is not None:
            hit = _with_year(hit, anchor, ahead)
        yield hit
        at = hit.end


def _absolute(folds: list[str], texts: list[str], at: int) -> _Found | None:
    months = number_words().months
    word = folds[at]
    iso = _ISO.fullmatch(word)
    if iso:
        return _Found(at, at + 1, int(iso[1]), int(iso[2]), int(iso[3]) if iso[3] else None)
    if word in months and texts[at][0].isupper():
        return _month_first(folds, at, months[word])
    day = _DAY.fullmatch(word)
    if day:
        following = at + 1
        if folds[following : following + 1] == ["of"]:
            following += 1
        if following < len(folds) and folds[following] in months and texts[following][0].isupper():
            year, end = _year_after(folds, _dotted(folds, following + 1))
            return _Found(at, end, year, months[folds[following]], int(day[1]))
    if _YEAR.fullmatch(word) and not _counts(folds, at):
        return _Found(at, at + 1, int(word))
    return None


def _dotted(folds: list[str], at: int) -> int:
    return at + 1 if folds[at : at + 1] == ["."] and at + 1 < len(folds) else at


def _month_first(folds: list[str], at: int, month: int) -> _Found | None:
    end = _dotted(folds, at + 1)
    day = _DAY.fullmatch(folds[end]) if end < len(folds) else None
    if day:
        if end + 1 < len(folds) and folds[end + 1] in ("-", "percent", "%"):
            year, after = _year_after(folds, min(end + 3, len(folds)))
            return _Found(at, max(after, end + 1), year, month)
        year, after = _year_after(folds, end + 1)
        return _Found(at, after, year, month, int(day[1]))
    year, after = _year_after(folds, end)
    if year is None:
        if folds[at] == _MAY and (
            at == 0 or folds[at - 1] not in ("in", "since", "until", "by", "last", "this", "next", "of", "from")
        ):
            return None
        if folds[at] == "march" and folds[at + 1 : at + 2] and folds[at + 1] in ("on", "against", "for", "to"):
            return None
        after = at + 1
    return _Found(at, after, year, month)


def _year_after(folds: list[str], at: int) -> tuple[int | None, int]:
    """(year, end) where a year follows, maybe after a comma or "of"; else (none, `at`)."""
    following = at + 1 if folds[at : at + 1] in ([","], ["of"]) else at
    if following < len(folds) and _YEAR.fullmatch(folds[following]):
        return int(folds[following]), following + 1
    return None, at


def _counts(folds: list[str], at: int) -> bool:
    """Whether four digits count something after all: "more than 2000", "2000 people"."""
    before = folds[at - 1] if at else ""
    after = folds[at + 1] if at + 1 < len(folds) else ""
    return before in ("than", "nearly", "almost", "over", "-", "$", "€", "£", "#", ".") or after in (
        "%",
        "percent",
        "people",
        "-",
    )


def _with_year(hit: _Found, anchor: Anchor | None, ahead: bool) -> _Found:
    """A month without a year: the nearest before the article's date, or after it where the sentence looks ahead."""
    if anchor is None or anchor[1] is None or hit.month is None:
        return _Found(hit.start, hit.end)
    year = anchor[0]
    if hit.month > anchor[1] and not ahead:
        year -= 1
    elif hit.month < anchor[1] and ahead:
        year += 1
    return _Found(hit.start, hit.end, year, hit.month, hit.day, relative=True)


def _relative_word(folds: list[str], at: int, anchor: Anchor | None, ahead: bool) -> _Found | None:
    if anchor is None:
        return None
    day = date(anchor[0], anchor[1], anchor[2]) if anchor[1] and anchor[2] else None
    return (
        _weekday(folds, at, day, ahead)
        or _named_day(folds, at, day)
        or _period(folds, at, anchor, day)
        or _ago(folds, at, anchor, day)
    )


def _on(start: int, end: int, when: date) -> _Found:
    return _Found(start, end, when.year, when.month, when.day, relative=True)


def _weekday(folds: list[str], at: int, day: date | None, ahead: bool) -> _Found | None:
    """ "on Tuesday": the last one up to the article's day, or the next one where the sentence looks ahead."""
    number = number_words().weekdays.get(folds[at])
    if number is None or day is None:
        return None
    before = folds[at - 1] if at else ""
    if before in _NEXT or (ahead and before not in _LAST):
        return _on(at, at + 1, day + timedelta(days=(number - day.weekday() - 1) % 7 + 1))
    back = (day.weekday() - number) % 7
    return _on(at, at + 1, day - timedelta(days=back or (7 if before in _LAST else 0)))


def _named_day(folds: list[str], at: int, day: date | None) -> _Found | None:
    shift = {"today": 0, "yesterday": -1, "tomorrow": 1, "tonight": 0}.get(folds[at])
    return None if shift is None or day is None else _on(at, at + 1, day + timedelta(days=shift))


def _period(folds: list[str], at: int, anchor: Anchor, day: date | None) -> _Found | None:
    """ "last week", "this month", "next year"; "last June"."""
    word = folds[at]
    step = -1 if word in _LAST else 1 if word in _NEXT else 0 if word == "this" else None
    if step is None or at + 1 >= len(folds):
        return None
    unit, months = folds[at + 1], number_words().months
    if unit in months and step and anchor[1]:
        month = months[unit]
        year = anchor[0] + (step if (month >= anchor[1] if step < 0 else month <= anchor[1]) else 0)
        return _Found(at, at + 2, year, month, relative=True)
    if unit == "year":
        return _Found(at, at + 2, anchor[0] + step, relative=True)
    if unit == "month" and anchor[1]:
        return _shifted(at, at + 2, anchor, step)
    if unit == "week" and day is not None:
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=step)
        return _within(at, at + 2, monday, monday + timedelta(days=6))
    return None


def _shifted(start: int, end: int, anchor: Anchor, months: int) -> _Found:
    count = anchor[0] * 12 + (anchor[1] or 1) - 1 + months
    return _Found(start, end, count // 12, count % 12 + 1, relative=True)


def _within(start: int, end: int, first: date, last: date) -> _Found | None:
    """The month, or else the year, that a stretch of days lies in: a week has no date type of its own."""
    if (first.year, first.month) == (last.year, last.month):
        return _Found(start, end, first.year, first.month, relative=True)
    return _Found(start, end, first.year, relative=True) if first.year == last.year else None


def _ago(folds: list[str], at: int, anchor: Anchor, day: date | None) -> _Found | None:
    """ "three days ago", "a year ago", "two months earlier" is left alone: earlier than what?"""
    if at + 2 >= len(folds) or folds[at + 2] != "ago" or folds[at + 1].removesuffix("s") not in _PERIODS:
        return None
    word = folds[at]
    if word not in ("a", "an") and word not in number_words().units and not word.isdigit():
        return None
    count = 1 if word in ("a", "an") else int(number_words().units.get(word) or int(word))
    unit = folds[at + 1].removesuffix("s")
    if count > 100 or (unit == "year" and anchor[0] - count < 1):
        return None
    if unit == "year":
        return _Found(at, at + 3, anchor[0] - count, relative=True)
    if unit == "month" and anchor[1]:
        return _shifted(at, at + 3, anchor, -count)
    if day is None:
        return None
    if unit == "day":
        return _on(at, at + 3, day - timedelta(days=count))
    first = day - timedelta(weeks=count, days=day.weekday())
    return _within(at, at + 3, first, first + timedelta(days=6))


def _day_before(folds: list[str], at: int, said: date | None, anchor: Anchor | None) -> _Found | None:
    """ "the day before", with no clause after it: from the day said last, else from the article's."""
    from_ = said or (date(anchor[0], anchor[1], anchor[2]) if anchor and anchor[1] and anchor[2] else None)
    if from_ is None or folds[at] not in ("the", "a"):
        return None
    phrase = " ".join(folds[at + 1 : at + 3])
    step = _DAYS.get(phrase)
    if step is None:
        return None
    after = folds[at + 3] if at + 3 < len(folds) else "."
    closed = after in (".", ",", ";", "!", "?", "-") or not phrase.endswith(("before", "after"))
    return _on(at, at + 3, from_ + timedelta(days=step)) if closed else None
