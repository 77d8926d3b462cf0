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
_SLASHED = re.compile(r"(?<![\d/])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>(?:19|20)\d\d)(?![\d/])")
_DATED = 12  # words of a line that stands with the byline and holds a date, a paper's name perhaps too
_HEAD = 8  # paragraphs in which a headline, a byline and a date are looked for
_SPLIT = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|&|with)\s+")
_WHERE = re.compile(r"(?:\s+in\s|\s*\().*$")  # "Jane Roe in Westport (now)"
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
    return _slashed(line)


def _slashed(line: str) -> tuple[str, int, int] | None:
    """A date like "5/25/2022", where only one of the two numbers can be the month, or both are the same."""
    for found in _SLASHED.finditer(line):
        first, second = int(found["first"]), int(found["second"])
        pairs = {(month, day) for month, day in ((first, second), (second, first))
                 if 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]}  # fmt: skip
        if len(pairs) == 1:
            ((month, day),) = pairs
            return f"{found['year']}-{month:02d}-{day:02d}", found.start(), found.end()
    return None


def find_headline(paragraphs: Sequence[str], rules: Rules) -> int | None:
    """The number of the paragraph that is the headline, or None.

    A byline or date line near the top stands below the headline; what stands above that is the site's. Without
    one, the first paragraph is the headline if it looks like one.
    """
    head = paragraphs[:_HEAD]
    head = [line if not rules.labels.fullmatch(line) else "" for line in head]
    below = next((n for n in range(1, len(head)) if _byline(head, n, rules) or _date_line(head[n], rules)), None)
    if below is not None:
        candidates = [n for n in range(below) if _like_headline(head[n])]
        prose = any(is_prose(line) and words(line) > 40 for line in head[:below])
        if candidates and not prose:
            # Of headline and standfirst above a byline the headline comes first; a slogan above ends in a full stop.
            return candidates[0]
    first = next((n for n, line in enumerate(head) if line), None)
    return first if first is not None and _like_headline(head[first]) and not _byline(head, first, rules) else None


def split_datelines(paragraphs: Sequence[str], rules: Rules) -> list[str]:
    """The paragraphs, with the place, date and agency before the first words of a text in a paragraph of their own."""
    done: list[str] = []
    for number, line in enumerate(paragraphs):
        found = rules.datelines.match(line) if number < _HEAD else None
        done += [line[: found.end()], line[found.end() :].strip()] if found else [line]
    return [line for line in done if line]


def _like_headline(line: str) -> bool:
    return 2 <= words(line) <= 30 and not _HEADLINE_END.search(line)


def _byline(lines: Sequence[str], number: int, rules: Rules) -> re.Match[str] | None:
    """The byline that a paragraph is: "By ..." or, above a line with a date or a role, nothing but full names."""
    line = lines[number]
    if len(line) > 200:
        return None
    said = next((found for rule in rules.bylines if (found := rule.fullmatch(line))), None)
    if said:
        return said if _people(said, rules) else None
    below = lines[number + 1] if number + 1 < len(lines) else ""
    dated = words(below) <= _DATED and find_date(below) and not is_sentence(below)
    if dated or rules.roles.fullmatch(below):
        found = rules.names.fullmatch(line)
        people = _people(found, rules) if found else ()
        if people and all(2 <= words(name) <= 4 for name, _, _ in people):
            return found
    return None


def _people(found: re.Match[str], rules: Rules) -> list[tuple[str, int, int]]:
    """The names in a byline with where they stand in the line; desks, papers and the like left out."""
    people, at = [], found.start("authors")
    names, begin = found["authors"], 0
    for gap in [*_SPLIT.finditer(names), None]:
        end = gap.start() if gap else len(names)
        name = _WHERE.sub("", names[begin:end]).strip()
        if name and not rules.not_people.search(name):
            start = at + begin + len(names[begin:end]) - len(names[begin:end].lstrip())
            people.append((name, start, start + len(name)))
        begin = gap.end() if gap else end
    return people


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
            authors = _authors(byline, starts[number], rules)
        dated = byline or _date_line(line, rules) or (under and words(line) <= _DATED and not is_sentence(line))
        role = under and rules.roles.fullmatch(line) is not None
        under = byline is not None or role
        dateline = rules.datelines.match(line) if near else None
        if near and date is None and (dated or dateline):
            found = find_date(dateline.group() if dateline and not dated else line)
            if found:
                date = Field(found[0], Span(starts[number] + found[1], starts[number] + found[2]))
        if publisher is None and near:
            publisher = _said(dateline, starts[number]) or (_in_role(line, starts[number], rules) if role else None)
            publisher = publisher or (_in_byline(byline, starts[number], rules) if byline else None)
        if publisher is None and (near or number >= ends) and len(line) < 120:
            publisher = _publisher(line, starts[number], rules)
    for number, line in enumerate(paragraphs[max(ends, 0) :], start=max(ends, 0)):
        found_names = next((f for rule in rules.contributors if (f := rule.fullmatch(line))), None)
        if found_names and not authors:
            authors = _authors(found_names, starts[number], rules)
    return Said(title, authors, date, publisher)


def _said(found: re.Match[str] | None, start: int) -> Field | None:
    """The publisher that a pattern found, if it found one."""
    value = found["publisher"] if found else None
    if not found or not value:
        return None
    return Field(value, Span(start + found.start("publisher"), start + found.end("publisher")))


def _in_role(line: str, start: int, rules: Rules) -> Field | None:
    """The outlet at the end of a role line: "Transport correspondent, Coast News"."""
    _, comma, outlet = line.rpartition(",")
    outlet = outlet.strip()
    if not comma or not rules.outlets.search(outlet):
        return None
    at = start + len(line.rstrip()) - len(outlet)
    return Field(outlet, Span(at, at + len(outlet)))


def _in_byline(found: re.Match[str], start: int, rules: Rules) -> Field | None:
    """The outlet among the names of a byline: "By Jane Roe, Coast News"."""
    at = found.end("authors")
    begin = found.string.rfind(",", found.start("authors"), at)
    outlet = found.string[begin + 1 : at].strip() if begin >= 0 else ""
    if not outlet or not rules.outlets.search(outlet):
        return None
    return Field(outlet, Span(start + at - len(outlet), start + at))


def _publisher(line: str, start: int, rules: Rules) -> Field | None:
    for rule in rules.publishers:
        found = rule.fullmatch(line)
        if found:
            return Field(found["publisher"], Span(start + found.start("publisher"), start + found.end("publisher")))
    return None


def _authors(found: re.Match[str], start: int, rules: Rules) -> tuple[Field, ...]:
    return tuple(Field(name, Span(start + low, start + high)) for name, low, high in _people(found, rules))
