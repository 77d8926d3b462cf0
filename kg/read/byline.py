"""What an article's own text says about it: headline, authors, date, publisher, each with its exact span."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kg.read.furniture import is_prose, is_sentence, words
from kg.read.rules import Rules
from kg.records import Field, Span

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + r"|sept)\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b",
        rf"\b{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b",
    )
)
_DATED = 12  # words of a line that stands with the byline and holds a date, a paper's name perhaps too
_HEAD = 8  # paragraphs in which a headline, a byline and a date are looked for
_SPLIT = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+")
_HEADLINE_END = re.compile(r"[.:;,]$")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Said:
    """What the text says about itself."""

    title: Field | None = None
    authors: tuple[Field, ...] = ()
    date: Field | None = None
    publisher: Field | None = None


def find_date(line: str) -> tuple[str, int, int] | None:
    """The first absolute date in a line as ISO 8601 (date or year and month) with where it stands, or None."""
    for pattern in _DATES:
        for found in pattern.finditer(line):
            parts = found.groupdict()
            name = (parts.get("month") or "")[:3].casefold()
            month = int(parts["number"]) if parts.get("number") else 1 + [m[:3] for m in _MONTHS].index(name)
            day = int(parts["day"]) if parts.get("day") else 0
            if not 1 <= month <= 12 or day > _DAYS[month - 1] or (parts.get("day") and day == 0):
                continue
            iso = f"{parts['year']}-{month:02d}" + (f"-{day:02d}" if day else "")
            return iso, found.start(), found.end()
    return None


def find_headline(paragraphs: Sequence[str], rules: Rules) -> int | None:
    """The number of the paragraph that is the headline, or None.

    A byline or date line near the top stands below the headline; what stands above that is the site's. Without
    one, the first paragraph is the headline if it looks like one.
    """
    head = paragraphs[:_HEAD]
    below = next((n for n in range(1, len(head)) if _byline(head, n, rules) or _date_line(head[n], rules)), None)
    if below is not None:
        candidates = [n for n in range(below) if _like_headline(head[n])]
        prose = any(is_prose(line) and words(line) > 40 for line in head[:below])
        if candidates and not prose:
            # Of headline and standfirst above a byline the headline comes first; a slogan above ends in a full stop.
            return candidates[0]
    return 0 if head and _like_headline(head[0]) else None


def _like_headline(line: str) -> bool:
    return 2 <= words(line) <= 30 and not _HEADLINE_END.search(line)


def _byline(lines: Sequence[str], number: int, rules: Rules) -> re.Match[str] | None:
    """The byline that a paragraph is: "By ..." or, right above a line with a date, nothing but full names."""
    line = lines[number]
    if len(line) > 200:
        return None
    below = lines[number + 1] if number + 1 < len(lines) else ""
    if words(below) <= _DATED and find_date(below) and not is_sentence(below):
        names = rules.names.fullmatch(line)
        if names and all(2 <= words(name) <= 4 for name in _SPLIT.split(names["authors"])):
            return names
    return next((found for rule in rules.bylines if (found := rule.fullmatch(line))), None)


def _date_line(line: str, rules: Rules) -> bool:
    found = find_date(line) if len(line) <= 100 else None
    if not found:
        return False
    rest = f"{line[: found[1]]} {line[found[2] :]}"
    return not rules.date_words.sub("", rest).strip()


def read_text(text: str, paragraphs: Sequence[str], headline: int | None, rules: Rules) -> Said:
    """Everything the text says about itself. `text` is the paragraphs joined by blank lines; spans point into it."""
    starts, at = [], 0
    for line in paragraphs:
        starts.append(at)
        at += len(line) + 2
    title = None
    if headline is not None:
        line = paragraphs[headline]
        title = Field(line, Span(starts[headline], starts[headline] + len(line)))
    authors: tuple[Field, ...] = ()
    date = publisher = None
    ends = len(paragraphs) - 4
    under = False  # a byline
    for number, line in enumerate(paragraphs):
        near = number < _HEAD
        byline = _byline(paragraphs, number, rules) if near or number >= ends else None
        if byline and not authors:
            authors = _authors(byline, starts[number])
        dated = byline or _date_line(line, rules) or (under and words(line) <= _DATED and not is_sentence(line))
        under = byline is not None
        if near and date is None and dated and (found := find_date(line)):
            date = Field(found[0], Span(starts[number] + found[1], starts[number] + found[2]))
        if publisher is None and (near or number >= ends) and len(line) < 120:
            publisher = _publisher(line, starts[number], rules)
    for number, line in enumerate(paragraphs[max(ends, 0) :], start=max(ends, 0)):
        found_names = next((f for rule in rules.contributors if (f := rule.fullmatch(line))), None)
        if found_names and not authors:
            authors = _authors(found_names, starts[number])
    return Said(title, authors, date, publisher)


def _publisher(line: str, start: int, rules: Rules) -> Field | None:
    for rule in rules.publishers:
        found = rule.fullmatch(line)
        if found:
            return Field(found["publisher"], Span(start + found.start("publisher"), start + found.end("publisher")))
    return None


def _authors(found: re.Match[str], start: int) -> tuple[Field, ...]:
    names, at = found["authors"], start + found.start("authors")
    fields, begin = [], 0
    for gap in [*_SPLIT.finditer(names), None]:
        end = gap.start() if gap else len(names)
        name = names[begin:end]
        if name.strip():
            fields.append(Field(name, Span(at + begin, at + end)))
        begin = gap.end() if gap else end
    return tuple(fields)
