"""Positions: titles before and after names, in apposition and by copula, split from organisation and place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from kg.annotate.arguments import Reader, is_a
from kg.annotate.frames import Frame
from kg.annotate.positions_split import TAIL, Found, Splitter
from kg.annotate.titles import Titles
from kg.records import LocalEntity, Position

_BEFORE, _AFTER, _COPULA = Decimal("0.85"), Decimal("0.85"), Decimal("0.8")
_REACH = 14  # tokens of a title with its organisation; longer ones run into the rest of the sentence
_FINITE = (["VBD"], ["VBZ"], ["VBP"], ["MD"])
_INSIDE = ("NN", "JJ", "HY", "PO", "CD", "AF")  # nouns, adjectives, hyphens, possessive marks


def find_positions(
    reader: Reader, titles: Titles, demonyms: Mapping[str, str]
) -> tuple[list[Position], dict[int, str]]:
    """The posts that the document gives its persons, each once a person, title and organisation.

    `demonyms` maps a lower-case adjective ("german") to the place of the document that it belongs to, or to "" where
    the document does not speak of that place. The second value says of the title nouns by a name ("spokesman Tom Ash")
    which person they stand for.
    """
    finder = _Finder(reader, titles, demonyms)
    found: dict[tuple[str, str, str | None], Position] = {}
    for position in finder.run():
        key = (position.person, position.title.lower(), position.organisation)
        found.setdefault(key, position)
    rows = list(found.values())
    # "spokesman" beside "spokesman" of a known organisation is the same post told with less.
    kept = [
        p
        for p in rows
        if p.organisation
        or not any(q.person == p.person and q.organisation and q.title.lower() == p.title.lower() for q in rows)
    ]
    return kept, finder.posts


class _Finder:
    def __init__(self, reader: Reader, titles: Titles, demonyms: Mapping[str, str]) -> None:
        self.reader, self.links, self.titles, self.demonyms = reader, reader.links, titles, demonyms
        self.lower = self.links.lower
        self.at = reader.view.at
        self.posts: dict[int, str] = {}
        self.splitter = Splitter(reader, titles, demonyms)
        self.names = {t for _, start, end in self._persons() for t in range(start, end)}

    def run(self) -> Iterator[Position]:
        persons = list(self._persons())
        for n, (entity, start, end) in enumerate(persons):
            before = self._before(start, end)
            if before:
                self._behind(end, before)
                yield from self._position(entity, before, start, "title-before-name", _BEFORE)
                for other, at in self._row(persons[n:]) if self.links.tag[before.head] == "NNS" else ():
                    yield from self._position(other, before, at, "title-before-names", _BEFORE)
            for after in self._after(end):
                yield from self._position(entity, after, start, "title-after-name", _AFTER)
        for frame in self.reader.frames.of.values():
            for entity, found in self._predicated(frame):
                yield from self._position(entity, found, frame.token, "title-predicated", _COPULA)

    def _persons(self) -> Iterator[tuple[str, int, int]]:
        """Each mention of a person by name: entity, first token, token after the last."""
        at, entities = self.at, self.reader.view.entities
        starts = {m.span.start for m in self.reader.view.mentions if m.form == "name"}
        doc, size, i = self.reader.view.doc, len(self.lower), 0
        while i < size:
            entity = at.get(i)
            if entity is None:
                i += 1
                continue
            end = i + 1
            while end < size and at.get(end) == entity and doc[end].idx not in starts:
                end += 1
            if is_a(entities[entity].type, ("Person",)) and doc[i].idx in starts:
                yield entity, i, end
            i = end

    def _behind(self, end: int, found: Found) -> None:
        """ "The journalist Anna Reed of the Courier"."""
        if found.organisation is None and self.lower[end : end + 1] in (["of"], ["from"], ["at"]):
            first = end + 2 if self.lower[end + 1 : end + 2] == ["the"] else end + 1
            if first in self.at:
                self.splitter.take(first, found)

    def _row(self, persons: list[tuple[str, int, int]]) -> Iterator[tuple[str, int]]:
        """The persons after the first of "A, B and C"."""
        for (_, _, end), (entity, start, _) in pairwise(persons):
            if not all(self.lower[t] in (",", "and") for t in range(end, start)) or end == start:
                return
            yield entity, start

    def _position(self, person: str, found: Found, at: int, rule: str, confidence: Decimal) -> Iterator[Position]:
        if rule != "title-predicated":
            self.posts[found.head] = person
        if not found.title or (not found.office and found.organisation is None):
            return
        yield Position(
            person=person,
            title=found.title,
            evidence=(self.reader.evidence((found.first, found.last, at)),),
            rule=rule,
            organisation=found.organisation,
            place=found.place,
            status=found.status,
            confidence=confidence,
        )

    def _before(self, start: int, end: int) -> Found | None:
        """ "UN human rights chief Anna Reed", "a minister, Anna Reed,"."""
        i = start - 1
        comma = i >= 0 and self.lower[i] == ","
        if comma:
            if not self._closed(start, end) and not self._in_row(end):
                return None
            i -= 1
        stop = i
        first = i + 1
        while i >= 0 and start - i <= _REACH and self._may_stand(i):
            first = i
            i -= 1
        heads = [t for t in range(first, stop + 1) if self.splitter.is_title(t) and not self._is_person(t)]
        for head in reversed(heads):
            tail = range(head + 1, stop + 1)
            if comma and not self._closed(start, end) and self.links.tag[head] != "NNS":
                continue
            if not tail or (self.lower[head + 1] in TAIL and self.lower[stop] not in TAIL):
                return self.splitter.split(first, head, stop)
        return None

    def _in_row(self, end: int) -> bool:
        return self.lower[end : end + 1] == ["and"] and end + 1 in self.names

    def _closed(self, start: int, end: int) -> bool:
        """After "a minister, Anna Reed" comes a comma or an end, or the parser sees an apposition."""
        if end >= len(self.lower) or self.lower[end] in (",", ".", ";", ")", "—", "–", "-", "’s", "'s"):
            return True
        return any(self.links.role[t] == "apposition" for t in range(start, end))

    def _may_stand(self, i: int) -> bool:
        tag, word = self.links.tag[i], self.lower[i]
        if self._is_person(i) or self.links.sentence[i] != self.links.sentence[min(i + 1, len(self.lower) - 1)]:
            return False
        return (
            tag[:2] in _INSIDE
            or word in ("-", "–", "then", "ex")
            or word in TAIL
            or word in ("the", "and")
            or (tag[:3] == "VBN" and self.splitter.is_title(i + 1))
        )

    def _is_person(self, i: int) -> bool:
        return i in self.names

    def _after(self, end: int) -> Iterator[Found]:
        """ "Anna Reed, a fellow at the institute and author of the study,"."""
        if end + 1 >= len(self.lower) or self.lower[end] not in (",", "(", "—", "–"):
            return
        i = end + 1
        while i < len(self.lower):
            found, i = self._title_from(i)
            if found is None:
                return
            yield found
            if i + 1 < len(self.lower) and self.lower[i] in ("and", ","):
                i += 1
                continue
            return

    def _title_from(self, first: int) -> tuple[Found | None, int]:
        """A title's phrase that starts at the token, with the token after it."""
        i, size = first, len(self.lower)
        while i < size and i - first < _REACH and self._phrase_word(i):
            if self.splitter.is_title(i) and not (
                i + 1 < size and (self.splitter.is_title(i + 1) or self._noun_follows(i))
            ):
                last = self._phrase_end(i)
                following = last + 1
                if following in self.names or self.links.tag[following : following + 1] in _FINITE:
                    return None, i  # "…, Chancellor Anna Reed"; "…, the minister said"
                return self.splitter.split(first, i, last), following
            i += 1
        return None, i

    def _noun_follows(self, i: int) -> bool:
        return (self.links.tag[i + 1][:2] == "NN" and self.at.get(i + 1) is None) or self.lower[i + 1] in (
            "'s",
            "’s",
            "-",
        )

    def _phrase_word(self, i: int) -> bool:
        if self._is_person(i):
            return False
        tag = self.links.tag[i]
        return (
            tag[:2] in _INSIDE
            or tag[:2] in ("DT", "PR")
            or self.lower[i] in ("-", "of", "the", "one", "then")
            or (tag in ("RB", "VBN", "VBG", "WP$") or self.at.get(i) is not None)
        )

    def _phrase_end(self, head: int) -> int:
        """The last token of the prepositional phrases right after a title's noun."""
        i, size = head + 1, len(self.lower)
        last = head
        while i < size and self.lower[i] in TAIL and i - head < _REACH:
            j = i + 1
            while j < size and j - head < _REACH + 4 and (
                self.links.tag[j][:2] in (*_INSIDE, "DT", "PR") or self.at.get(j) is not None or self.lower[j] == "&"
                or (self.lower[j] == "and" and self.at.get(j) is not None)
            ):  # fmt: skip
                j += 1
            if j == i + 1:
                break
            last, i = j - 1, j
        return last

    def _predicated(self, frame: Frame) -> Iterator[tuple[str, Found]]:
        """ "Anna Reed is the director of ...", "was appointed director", "serves as director"."""
        if frame.certainty.negated or frame.certainty.unreal or frame.certainty.hedged:
            return
        links = self.links
        if frame.kind == "nominal":
            copulas = links.under(frame.token, "copula")
            if self.splitter.is_title(frame.token) and copulas:
                for person in self.reader.all_referents(frame.agents, _person):
                    found = self._around(frame.token)
                    if any(self.lower[c] in ("was", "were", "been") for c in copulas):
                        found.status = "former"
                    yield person, found
            return
        who: tuple[int, ...] = ()
        noun: int | None = None
        if frame.lemma in self.titles.becoming:
            who = frame.agents if frame.lemma in ("become", "remain") else frame.patients
            noun = next(
                (o for o in (*frame.opens, *frame.patients) if self.splitter.is_title(o) and o not in who), None
            )
        if noun is None and frame.lemma in self.titles.serving:
            who = frame.patients or frame.agents
            noun = next((o for o in frame.obliques.get("as", ()) if self.splitter.is_title(o)), None)
        if noun is None:
            return
        for person in self.reader.all_referents(who, _person):
            found = self._around(noun)
            if frame.lemma in self.titles.leaving or (links.tag[frame.token] == "VBD" and frame.lemma == "serve"):
                found.status = "former"
            yield person, found

    def _outside(self, i: int) -> bool:
        return self.lower[i] in TAIL or (self.links.is_verb(i) and self.links.role[i] != "modifier")

    def _around(self, noun: int) -> Found:
        first = noun
        while first > 0 and self._may_stand(first - 1) and not self._outside(first - 1) and noun - first < _REACH:
            first -= 1
        return self.splitter.split(first, noun, self._phrase_end(noun))


def _person(entity: LocalEntity) -> bool:
    return is_a(entity.type, ("Person",))
