"""A title taken apart: its words, and the organisation, place and status that stand around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg.annotate.arguments import Reader, is_a
from kg.annotate.titles import Titles
from kg.records import Status

TAIL = frozenset({"of", "for", "on", "in", "at", "to", "with", "from"})
"""Prepositions that may lead from a title's noun to what it is a post of."""


@dataclass(slots=True)
class Found:
    """A title with its parts, as they are split off."""

    head: int  # the title's noun
    first: int
    last: int  # inclusive
    title: str = ""
    organisation: str | None = None
    place: str | None = None
    status: Status = "current"
    office: bool = False


class Splitter:
    """Takes titles apart in one document. `demonyms` is as for `find_positions`."""

    def __init__(self, reader: Reader, titles: Titles, demonyms: Mapping[str, str]) -> None:
        self.reader, self.links, self.titles, self.demonyms = reader, reader.links, titles, demonyms
        self.lower = self.links.lower
        self.at = reader.view.at

    def is_title(self, token: int) -> bool:
        """Does the token name a post, in the singular or the plural?"""
        word = self.lower[token]
        if self.links.tag[token] == "NNS" and word.endswith("s"):
            word = word[:-1]
        return (
            self.links.tag[token][:2] in ("NN", "JJ") and word in self.titles.offices
        ) or word in self.titles.occupations

    def split(self, first: int, head: int, last: int) -> Found:
        """Take organisation, place, status and furniture off the words around a title's noun."""
        found = Found(head=head, first=head, last=head, office=self.lower[head] in self.titles.offices)
        left: list[int] = []
        i = head - 1
        while i >= first and ((self.lower[i] not in TAIL and self.lower[i] not in ("and", "the")) or i in self.at):
            left.insert(0, i)
            i -= 1
        words: list[int] = []
        for t in reversed(left):
            if self.take(t, found):
                found.first = t
                if words and self.at.get(t):
                    left_of = [u for u in left if u < t and self.at.get(u) is None]
                    self._statuses(left_of, found)
                    break
                continue
            if self.lower[t] in self.titles.former or self.lower[t] in self.titles.dropped:
                self._statuses([t], found)
                continue
            if (
                self.links.tag[t].startswith("NNP")
                and not self.links.tag[head].startswith("NNP")
                and (self.reader.view.doc[t].text[:1].isupper() and not self.reader.view.doc[head].text[:1].isupper())
            ):
                break  # a name that was not recognised, not a part of the title
            if self.links.tag[t][:2] in ("NN", "JJ", "VB") and found.organisation is None:
                words.insert(0, t)
                found.first = t
        self._statuses(left, found)
        self._owner(min([first, *left]), found)
        words.append(head)
        words += self._tail(head, last, found)
        found.title = self._text(words)
        if self.links.tag[head] == "NNS":
            plural = self.reader.view.doc[head].text
            found.title = found.title.replace(plural, plural.removesuffix("s"))
        if found.organisation is None and found.place is None and self.lower[head] in self.titles.speaking:
            found.organisation = self._before_in_sentence(first)
        return found

    def _before_in_sentence(self, first: int) -> str | None:
        """ "The ministry denied it, with spokesman Tom Ash calling it absurd": whom a bare spokesman speaks for."""
        sentence = self.links.sentence[first] if first < len(self.lower) else None
        for t in range(first - 1, -1, -1):
            if self.links.sentence[t] != sentence:
                return None
            entity = self.at.get(t)
            if entity is not None and is_a(self.reader.view.entities[entity].type, ("Organisation",)):
                return entity
        return None

    def _owner(self, first: int, found: Found) -> None:
        """ "its co-founder": the organisation or place that a possessive pronoun before the title refers to."""
        i = first - 1
        while i >= 0 and self.lower[i] in self.titles.dropped and self.links.tag[i] != "PRP$":
            i -= 1
        if i >= 0 and self.links.tag[i] == "PRP$":
            self.take(i, found)
        elif i >= 1 and self.lower[i] == "whose":  # "the Fund, whose director Anna Reed"
            before = i - 2 if self.lower[i - 1] == "," else i - 1
            if before in self.at:
                self.take(before, found)

    def _text(self, tokens: list[int]) -> str:
        doc = self.reader.view.doc
        pieces = [doc[t].text + (doc[t].whitespace_ or (" " if n + 1 < len(tokens) and tokens[n + 1] != t + 1 else ""))
                  for n, t in enumerate(tokens)]  # fmt: skip
        return " ".join("".join(pieces).split())

    def _statuses(self, tokens: list[int], found: Found) -> None:
        if any(self.lower[t].strip("-") in self.titles.former for t in tokens):
            found.status = "former"

    def take(self, token: int, found: Found) -> bool:
        """Does the token belong to an organisation or place beside the title? Then note it."""
        entity = self.at.get(token)
        if entity is None:
            place = self.demonyms.get(self.lower[token])
            found.place = found.place or place or None
            return place is not None
        type_ = self.reader.view.entities[entity].type
        if is_a(type_, ("Organisation",)):
            found.organisation = found.organisation or entity
            return True
        if is_a(type_, ("Place",)):
            found.place = found.place or entity
            return True
        return False

    def _tail(self, head: int, last: int, found: Found) -> list[int]:
        """The words after the noun that belong to the title: "for Human Rights", but not "of the Harrow Bank"."""
        kept: list[int] = []
        i = head + 1
        while i <= last and self.lower[i] in TAIL:
            marker, start = self.lower[i], i
            i += 1
            while i <= last and self.lower[i] not in TAIL:
                i += 1
            phrase = list(range(start, i))
            found.last = max(found.last, phrase[-1])
            if not self._names(phrase[1:], marker, found):
                kept += phrase
        return kept

    def _names(self, phrase: list[int], marker: str, found: Found) -> bool:
        ids = list(dict.fromkeys(self.at[t] for t in phrase if t in self.at))
        for entity in ids:
            type_ = self.reader.view.entities[entity].type
            if is_a(type_, ("Organisation",)) and marker in self.titles.organisation:
                found.organisation = found.organisation or entity
                return True
            if is_a(type_, ("Place",)) and marker in self.titles.place:
                found.place = found.place or entity
                return True
        return False
