"""Quotation marks: the stretches of a document that are somebody's words."""

from __future__ import annotations

from dataclasses import dataclass

from kg.annotate.frames_links import Links

_PAIRS = {"“": "”", "„": "“", "«": "»", '"': '"', "``": "''", "‘": "’"}
_LONG = 400  # tokens after which an opening mark without its closing one is taken for a stray


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation: its first and last token without the marks, and the paragraph that it stands in."""

    start: int
    end: int  # exclusive
    paragraph: int
    utterance: bool  # a sentence or more, not a quoted word or phrase


def paragraphs(links: Links) -> list[int]:
    """The number of the paragraph (divided by blank lines) that each token is in."""
    number, result = 0, []
    for token in links.doc:
        result.append(number)
        if token.text.count("\n") + token.whitespace_.count("\n") > 1:
            number += 1
    return result


def find_quotes(links: Links, paragraph: list[int]) -> list[Quote]:
    """Every quotation, in text order. A quotation ends with its paragraph where no closing mark comes before."""
    found: list[Quote] = []
    lower, size = links.lower, len(links.lower)
    i = 0
    while i < size:
        closing = _PAIRS.get(lower[i])
        if closing is None or (lower[i] == "‘" and not _opens(links, i)):
            i += 1
            continue
        end = i + 1
        while end < size and paragraph[end] == paragraph[i] and end - i < _LONG and lower[end] != closing:
            end += 1
        closed = end < size and lower[end] == closing and paragraph[end] == paragraph[i]
        if not closed and lower[i] in ("‘", '"', "``"):
            i += 1
            continue
        if end > i + 1:
            found.append(Quote(i + 1, end, paragraph[i], _utterance(links, i + 1, end)))
        i = end + 1
    return found


def _opens(links: Links, i: int) -> bool:
    """Is this single mark an opening one and no apostrophe?"""
    doc = links.doc
    return not doc[i].whitespace_ and (i == 0 or bool(doc[i - 1].whitespace_) or not doc[i - 1].text[-1:].isalnum())


def _utterance(links: Links, start: int, end: int) -> bool:
    """A sentence, or a good part of one: it has a verb and ends in a mark, or is long."""
    words = [i for i in range(start, end) if links.tag[i][:1].isalpha()]
    verbs = any(links.tag[i][:2] in ("VB", "MD") for i in words)
    return len(words) >= 4 and verbs and (links.lower[end - 1] in (".", ",", "!", "?", "…", "...") or len(words) >= 8)
