"""From a frame's argument to the entities that it stands for, and from tokens to the span that is shown as evidence."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from kg import vocab
from kg.annotate.frames import Frames, row
from kg.annotate.frames_links import Links
from kg.annotate.frames_subjects import antecedent
from kg.annotate.lexicon import Lexicon
from kg.annotate.view import View
from kg.records import LocalEntity, Span

MAX_EVIDENCE = 400  # code points that a text quote selector may hold
_NEAR = 200  # mentions of leaks that are looked through before giving up
_PRONOUNS = {"they": 70, "them": 70, "their": 70, "it": 40, "its": 40}  # and the tokens that they reach back over
_SINGLE = frozenset({"transcript", "recording", "document", "memo", "tape", "video", "letter", "dossier"})
Wanted = Callable[[LocalEntity], bool]


@lru_cache(maxsize=4096)
def is_a(type_: str, wanted: tuple[str, ...]) -> bool:
    """Is the class one of those wanted or below one of them?"""
    return any(vocab.is_a(type_, name) for name in wanted)


@dataclass(frozen=True)
class Reader:
    """What rules, claims, positions and visits look things up in: one document with its frames."""

    view: View
    frames: Frames
    lexicon: Lexicon
    posts: Mapping[int, str] = field(default_factory=dict)  # title nouns beside a name -> person

    @property
    def links(self) -> Links:
        return self.frames.links

    @cached_property
    def leaks(self) -> tuple[str, ...]:
        """The leaks that the document speaks of."""
        return tuple(e.id for e in self.view.entities.values() if e.type == "Leak")

    @cached_property
    def leaked(self) -> tuple[tuple[int, str], ...]:
        """Every token that stands for a leak or leaked document, with it, in text order."""
        types = {e.id for e in self.view.entities.values() if is_a(e.type, ("Leak", "LeakedDocument"))}
        return tuple(sorted((token, entity) for token, entity in self.view.at.items() if entity in types))

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(mention.entity for mention in self.view.mentions)

    def mentions_of(self, entity: str) -> int:
        """How often the document speaks of an entity."""
        return self._counts[entity]

    def mention(self, token: int) -> str | None:
        """The entity whose mention's head this token is, whose mention it lies in, or whose title it is."""
        return self.view.heads.get(token) or self.view.at.get(token) or self.posts.get(token)

    def referents(self, token: int, wanted: Wanted, depth: int = 0) -> list[str]:
        """The entities of the kind wanted that a noun phrase stands for; the nearest reading wins."""
        here = self.mention(token)
        if here and wanted(self.view.entities[here]):
            return [here, *self._listed(token, here, wanted)]
        if depth > 4:
            return []
        links = self.links
        if links.tag[token] in ("PRP", "PRP$"):
            return self._the_leak(token, wanted)
        pronoun = antecedent(links, token)
        if pronoun is not None and pronoun != token:
            return self._antecedents(pronoun, wanted, depth)
        found: list[str] = []
        for child in links.under(token, "compound"):
            entity = self.mention(child)
            # A compound before its noun is not the noun: "the Reed paper".
            if child > token and entity and wanted(self.view.entities[entity]):
                found.append(entity)
        for child in [] if found else links.under(token, "apposition"):
            found += self._row(child, wanted, depth + 2)
        if not found and links.role[token] == "apposition" and depth == 0:
            above = self.mention(links.head[token])
            found = [above] if above and wanted(self.view.entities[above]) else []
        found = list(dict.fromkeys(found)) or self._called(token, wanted) or self._parts(token, wanted, depth)
        return found or self._the_leak(token, wanted)

    def _the_leak(self, token: int, wanted: Wanted) -> list[str]:
        """ "the registers", in an article on one leak and said of nobody's registers, are the leak; "the transcript",
        "it" and "them" what was leaked and spoken of just before."""
        links = self.links
        if self.mention(token):
            return []
        if links.lower[token] in _PRONOUNS:
            return self._spoken_of(token, wanted, reach=_PRONOUNS[links.lower[token]])
        if links.tag[token] not in ("NN", "NNS") or links.lemma[token] not in self.lexicon.leaked:
            return []
        over = self.mention(links.head[token])
        if over and links.marker[token] == "of" and over in self.leaks and wanted(self.view.entities[over]):
            return [over]  # "a cache of records handed to ...": the records are the cache
        definite = any(links.lower[c] in ("the", "these", "those") for c in links.children[token])
        if not definite or links.under(token, "possessor", "relative", "oblique", "reduced", "compound"):
            return []
        if links.tag[token] == "NN":
            documents = self._spoken_of(token, lambda e: e.type != "Leak" and wanted(e), reach=90)
            return documents if links.lemma[token] in _SINGLE else []
        leaks = self.leaks
        return [leaks[0]] if len(leaks) == 1 and wanted(self.view.entities[leaks[0]]) else []

    def _listed(self, token: int, here: str, wanted: Wanted) -> list[str]:
        """ "the Courier, the Echo and ...": an "apposition" that names something else was a list."""
        found = (self.view.heads.get(c) for c in self.links.under(token, "apposition") if self.links.tag[c] == "NNP")
        type_ = self.view.entities[here].type
        return [e for e in found if e and e != here and wanted(self.view.entities[e])
                and is_a(self.view.entities[e].type, ("Organisation",)) and is_a(type_, ("Organisation",))]  # fmt: skip

    def _spoken_of(self, token: int, wanted: Wanted, *, reach: int) -> list[str]:
        """The leaked thing mentioned last, not longer ago than so many tokens."""
        here = bisect_right(self.leaked, (token, ""))
        for place, entity in reversed(self.leaked[max(here - 8, 0) : here]):
            if token - place > reach or place == token:
                return []
            if wanted(self.view.entities[entity]):
                return [entity]
        return []

    def _called(self, token: int, wanted: Wanted) -> list[str]:
        """ "recordings known as the Harbour Tapes": the name that a participle behind the noun gives it."""
        links = self.links
        for child in links.under(token, "reduced", "parataxis", "relative", "modifier"):
            if links.lemma[child] not in self.lexicon.naming:
                continue
            inside = (t for t in links.subtree(child) if t > child)
            found = [e for e in (self.view.at.get(t) for t in inside) if e and wanted(self.view.entities[e])]
            if found:
                return found[:1]
        return []

    def _antecedents(self, token: int, wanted: Wanted, depth: int) -> list[str]:
        """What a relative clause describes: the noun before it, or one that this belongs to, if only that fits."""
        for _ in range(3):
            found = self._row(token, wanted, depth)
            if found or self.links.head[token] == token or self.links.role[token] not in ("oblique", "apposition"):
                return found
            token = self.links.head[token]
        return []

    def _parts(self, token: int, wanted: Wanted, depth: int) -> list[str]:
        """ "parts of the files", "outlets including the Courier and the Echo": look behind the noun."""
        links, lexicon = self.links, self.lexicon
        found: list[str] = []
        for child in links.under(token, "oblique"):
            marker = links.marker[child]
            if marker in lexicon.includes or (marker == "of" and links.lemma[token] in lexicon.partitives):
                found += self._row(child, wanted, depth)
        for child in links.under(token, "adverbial", "reduced"):
            if links.lower[child] in lexicon.includes:
                for inner in links.under(child, "object", "oblique"):
                    found += self._row(inner, wanted, depth)
        if not found and links.tag[token] in ("NNS", "NN"):
            last = self.end_of(token)
            comma = last + 1 if links.lower[last + 1 : last + 2] == [","] else last
            for marker in ("including", "such as", "like", "led by"):
                found += [e for t in self.after(comma, marker) for e in self._row(t, wanted, depth)]
        if not found and links.lemma[token] in ("name", "title", "heading"):  # "under the name Marlow Files"
            named = self.view.at.get(token + 1)
            found = [named] if named and wanted(self.view.entities[named]) else []
        return list(dict.fromkeys(found))

    def end_of(self, token: int) -> int:
        """The last token of the noun phrase's own words: its name to the end, phrases behind it left out."""
        links, at, last = self.links, self.view.at, token
        entity = at.get(token)
        while last + 1 < len(links.lower) and (
            (entity is not None and at.get(last + 1) == entity)
            or (links.head[last + 1] == token and links.role[last + 1] == "compound")
        ):
            last += 1
        return last

    def after(self, token: int, marker: str) -> list[int]:
        """The nouns of a prepositional phrase that stands right behind a noun, whatever the parser hangs it on."""
        links, words = self.links, marker.split()
        first = self.end_of(token) + 1
        if (
            first >= len(links.lower)
            or links.lower[first] != words[0]
            or links.lower[first : first + len(words)] != words
        ):
            return []
        start = first + len(words)
        for i in range(start, min(start + 8, len(links.lower))):
            if i in self.view.at:
                return [i, *row(links, i)[1:]]
            if links.tag[i] == "CD":
                continue
            if links.marker[i] == marker and first in links.children[i]:
                return list(row(links, i))
            if links.tag[i][:2] not in ("DT", "JJ", "NN", "PR", "PO", "CD", "VB") or links.lower[i] in (",", "."):
                break
        return []

    def _row(self, token: int, wanted: Wanted, depth: int) -> list[str]:
        return [e for t in row(self.links, token) for e in self.referents(t, wanted, depth + 1)]

    def all_referents(self, tokens: Iterable[int], wanted: Wanted) -> list[str]:
        """The referents of several arguments, each once, in text order."""
        return list(dict.fromkeys(e for t in tokens for e in self.referents(t, wanted)))

    def voices(self, token: int, wanted: Wanted) -> list[str]:
        """Who speaks in a noun phrase: its referent, or whoever a "statement", "spokesman" or "report" belongs to."""
        direct = self.referents(token, wanted)
        if direct or self.links.lemma[token] not in self.lexicon.voices:
            return direct
        links = self.links
        itself = self.mention(token)
        paper = itself is not None and is_a(self.view.entities[itself].type, ("Article", "LeakedDocument"))
        for child in links.children[token]:
            role, marker = links.role[child], links.marker[child]
            if (
                role == "possessor"
                or (role == "compound" and not paper)
                or (role == "oblique" and marker in ("of", "for", "from", "by", "at"))
            ):
                found = self._row(child, wanted, 0)
                if found:
                    return found
        for child in links.under(token, "reduced"):  # "a report published by X"
            frame = self.frames.of.get(child)
            found = self.all_referents(frame.agents, wanted) if frame and token in frame.patients else []
            if found:
                return found
        for i in range(token + 1, min(token + 7, len(links.lower) - 1)):  # the same, parsed in another way
            if links.lower[i] == "by" and links.sentence[i] == links.sentence[token]:
                return [e for t in self.after(i - 1, "by")[:1] for e in self._row(t, wanted, 0)]
        return []

    def focus(self, token: int, wanted: Wanted) -> str | None:
        """The leak or leaked document wanted that was spoken of last before the token; else the next one after it."""
        rows = self.leaked
        here = bisect_right(rows, (token, ""))
        for _, entity in (*reversed(rows[max(here - _NEAR, 0) : here]), *rows[here : here + _NEAR]):
            if wanted(self.view.entities[entity]):
                return entity
        return None

    def speakers(self, tokens: Iterable[int], wanted: Wanted) -> list[str]:
        """Who speaks: whoever an argument names outright, else whom one speaks for."""
        rows = list(tokens)
        return self.all_referents(rows, wanted) or [e for t in rows for e in self.voices(t, wanted)]

    def inside(self, tokens: Iterable[int], wanted: Wanted) -> list[str]:
        """Every entity of the kind wanted that is mentioned among the tokens, each once."""
        at = self.view.at
        return [e for e in dict.fromkeys(at[t] for t in tokens if t in at) if wanted(self.view.entities[e])]

    def evidence(self, tokens: Iterable[int]) -> Span:
        """The sentence around the tokens; where that is over 400 code points, the clauses that hold them."""
        doc, places = self.view.doc, sorted(tokens)
        sentence = self.view.sentence(doc[places[0]])
        last = doc[places[-1]]
        start, end = sentence.start, max(sentence.end, last.idx + len(last))
        if end - start <= MAX_EVIDENCE:
            return Span(start, end)
        return self._window(places, start, end)

    def _window(self, places: list[int], start: int, end: int) -> Span:
        doc = self.view.doc
        first, last = doc[places[0]], doc[places[-1]]
        left, right = first.idx, last.idx + len(last)
        if right - left > MAX_EVIDENCE:  # the arguments are too far apart: keep the stretch around the first
            right = left + MAX_EVIDENCE
            inner = [t.idx + len(t) for t in doc[places[0] : places[-1] + 1] if t.idx + len(t) <= right]
            return Span(left, inner[-1] if inner else right)
        for i in range(places[0] - 1, -1, -1):  # grow to the left, then to the right, token by token
            if doc[i].idx < start or right - doc[i].idx > (MAX_EVIDENCE + right - left) // 2:
                break
            left = doc[i].idx
        for i in range(places[-1] + 1, len(doc)):
            stop = doc[i].idx + len(doc[i])
            if stop > end or stop - left > MAX_EVIDENCE:
                break
            right = stop
        return Span(left, right)
