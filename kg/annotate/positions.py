"""Positions: titles before and after names, in apposition and by copula, split from organisation and place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from kg.annotate.arguments import Reader, is_a
from kg.annotate.frames import Frame
from kg.annotate.titles import Titles
from kg.records import LocalEntity, Position, Status

_BEFORE, _AFTER, _COPULA = Decimal("0.85"), Decimal("0.85"), Decimal("0.8")
_REACH = 14  # tokens of a title with its organisation; longer ones run into the rest of the sentence
_TAIL = frozenset({"of", "for", "on", "in", "at", "to", "with", "from"})
_FINITE = (["VBD"], ["VBZ"], ["VBP"], ["MD"])
_INSIDE = ("NN", "JJ", "HY", "PO", "CD", "AF")  # nouns, adjectives, hyphens, possessive marks


@dataclass(slots=True)
class _Found:
    """A title with its parts, as they are split off."""

    head: int  # the title's noun
    first: int
    last: int  # inclusive
    title: str = ""
    organisation: str | None = None
    place: str | None = None
    status: Status = "current"
    office: bool = False


def find_positions(
    reader: Reader, titles: Titles, demonyms: Mapping[str, str]
) -> tuple[list[Position], dict[int, str]]:
    """The posts that the document gives its persons, each once a person, title and organisation.

    `demonyms` maps a lower-case adjective ("german") to the place of the document that it belongs to, or to "" where the
    document does not speak of that place. The second value
    says of the title nouns by a name ("spokesman Tom Ash") which person they stand for.
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
        self.names = {t for _, start, end in self._persons() for t in range(start, end)}

    def run(self) -> Iterator[Position]:
        persons = list(self._persons())
        for n, (entity, start, end) in enumerate(persons):
            before = self._before(start, end)
            if before:
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

    def _row(self, persons: list[tuple[str, int, int]]) -> Iterator[tuple[str, int]]:
        """The persons after the first of "A, B and C"."""
        for (_, _, end), (entity, start, _) in pairwise(persons):
            if not all(self.lower[t] in (",", "and") for t in range(end, start)) or end == start:
                return
            yield entity, start

    def _position(self, person: str, found: _Found, at: int, rule: str, confidence: Decimal) -> Iterator[Position]:
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

    def _is_title(self, token: int) -> bool:
        word = self.lower[token]
        if self.links.tag[token] == "NNS" and word.endswith("s"):
            word = word[:-1]
        return (
            self.links.tag[token][:2] in ("NN", "JJ") and word in self.titles.offices
        ) or word in self.titles.occupations

    def _before(self, start: int, end: int) -> _Found | None:
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
        heads = [t for t in range(first, stop + 1) if self._is_title(t) and not self._is_person(t)]
        for head in reversed(heads):
            tail = range(head + 1, stop + 1)
            if comma and not self._closed(start, end) and self.links.tag[head] != "NNS":
                continue
            if not tail or (self.lower[head + 1] in _TAIL and self.lower[stop] not in _TAIL):
                return self._split(first, head, stop)
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
            or word in _TAIL
            or word in ("the", "and")
            or (tag[:3] == "VBN" and self._is_title(i + 1))
        )

    def _is_person(self, i: int) -> bool:
        return i in self.names

    def _split(self, first: int, head: int, last: int) -> _Found:
        """Take organisation, place, status and furniture off the words around a title's noun."""
        found = _Found(head=head, first=head, last=head, office=self.lower[head] in self.titles.offices)
        left: list[int] = []
        i = head - 1
        while i >= first and ((self.lower[i] not in _TAIL and self.lower[i] not in ("and", "the")) or i in self.at):
            left.insert(0, i)
            i -= 1
        words: list[int] = []
        for t in reversed(left):
            if self._take(t, found):
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

    def _owner(self, first: int, found: _Found) -> None:
        """ "its co-founder": the organisation or place that a possessive pronoun before the title refers to."""
        i = first - 1
        while i >= 0 and self.lower[i] in self.titles.dropped and self.links.tag[i] != "PRP$":
            i -= 1
        if i >= 0 and self.links.tag[i] == "PRP$":
            self._take(i, found)

    def _text(self, tokens: list[int]) -> str:
        doc = self.reader.view.doc
        pieces = [doc[t].text + (doc[t].whitespace_ or (" " if n + 1 < len(tokens) and tokens[n + 1] != t + 1 else ""))
                  for n, t in enumerate(tokens)]  # fmt: skip
        return " ".join("".join(pieces).split())

    def _statuses(self, tokens: list[int], found: _Found) -> None:
        if any(self.lower[t].strip("-") in self.titles.former for t in tokens):
            found.status = "former"

    def _take(self, token: int, found: _Found) -> bool:
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

    def _tail(self, head: int, last: int, found: _Found) -> list[int]:
        """The words after the noun that belong to the title: "for Human Rights", but not "of the Harrow Bank"."""
        kept: list[int] = []
        i = head + 1
        while i <= last and self.lower[i] in _TAIL:
            marker, start = self.lower[i], i
            i += 1
            while i <= last and self.lower[i] not in _TAIL:
                i += 1
            phrase = list(range(start, i))
            found.last = max(found.last, phrase[-1])
            if not self._names(phrase[1:], marker, found):
                kept += phrase
        return kept

    def _names(self, phrase: list[int], marker: str, found: _Found) -> bool:
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

    def _after(self, end: int) -> Iterator[_Found]:
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

    def _title_from(self, first: int) -> tuple[_Found | None, int]:
        """A title's phrase that starts at the token, with the token after it."""
        i, size = first, len(self.lower)
        while i < size and i - first < _REACH and self._phrase_word(i):
            if self._is_title(i) and not (i + 1 < size and (self._is_title(i + 1) or self._noun_follows(i))):
                last = self._phrase_end(i)
                following = last + 1
                if following in self.names or self.links.tag[following : following + 1] in _FINITE:
                    return None, i  # "…, Chancellor Anna Reed"; "…, the minister said"
                return self._split(first, i, last), following
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
        while i < size and self.lower[i] in _TAIL and i - head < _REACH:
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

    def _predicated(self, frame: Frame) -> Iterator[tuple[str, _Found]]:
        """ "Anna Reed is the director of ...", "was appointed director", "serves as director"."""
        if frame.certainty.negated or frame.certainty.unreal or frame.certainty.hedged:
            return
        links = self.links
        if frame.kind == "nominal":
            copulas = links.under(frame.token, "copula")
            if self._is_title(frame.token) and copulas:
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
            noun = next((o for o in (*frame.opens, *frame.patients) if self._is_title(o) and o not in who), None)
        if noun is None and frame.lemma in self.titles.serving:
            who = frame.patients or frame.agents
            noun = next((o for o in frame.obliques.get("as", ()) if self._is_title(o)), None)
        if noun is None:
            return
        for person in self.reader.all_referents(who, _person):
            found = self._around(noun)
            if frame.lemma in self.titles.leaving or (links.tag[frame.token] == "VBD" and frame.lemma == "serve"):
                found.status = "former"
            yield person, found

    def _outside(self, i: int) -> bool:
        return self.lower[i] in _TAIL or self.links.is_verb(i) and self.links.role[i] != "modifier"

    def _around(self, noun: int) -> _Found:
        first = noun
        while first > 0 and self._may_stand(first - 1) and not self._outside(first - 1) and noun - first < _REACH:
            first -= 1
        return self._split(first, noun, self._phrase_end(noun))


def _person(entity: LocalEntity) -> bool:
    return is_a(entity.type, ("Person",))
