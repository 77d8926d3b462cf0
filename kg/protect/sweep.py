"""Deny by default: capitalised words in sentences about custody, minors or relatives that are no public name.

What recognises names finds not all of them. In such a sentence a name is withheld unless it is known to be public.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.protect.fold import Folding, Word
from kg.protect.names import Cover
from kg.protect.people import around, cued, described, public_words, role_of
from kg.protect.policy import Policy
from kg.records import Role, Span

_SUFFIXES = ("s", "es", "ed", "d", "ing", "ly", "er", "al", "ally", "ment", "ness", "ion", "ions", "able", "ive")
_HEADLINE = 0.6  # share of capitalised words from which a sentence is a headline, where capitals say nothing
_ACRONYM = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A name withheld that was not recognised before. `sure`: the words next to it describe a protected person."""

    span: Span
    role: Role
    sure: bool


class Sweep:
    """Looks through sentences. `vocabulary` holds the words that stand in lower case somewhere in the corpus."""

    def __init__(self, policy: Policy, *, vocabulary: Iterable[str], public: frozenset[str]) -> None:
        self._policy = policy
        self._fold = Folding(policy.lookalikes)
        self._known = policy.words | frozenset(vocabulary)
        self._public = public

    def ordinary(self, key: str) -> bool:
        """Whether a folded word, or its stem, is a word of the language and not only a name."""
        if key in self._known or key in self._policy.not_names or key.isdigit():
            return True
        stems = [key[: -len(suffix)] for suffix in _SUFFIXES if key.endswith(suffix) and len(key) > len(suffix) + 2]
        stems += [stem + "e" for stem in stems] + [stem[:-1] + "y" for stem in stems if stem.endswith("i")]
        stems += [stem[:-1] for stem in stems if stem[-2:-1] == stem[-1:]]
        return any(stem in self._known for stem in stems)

    def sentence(
        self, text: str, span: Span, guards: Cover, following: str = "", *, headline: bool = False
    ) -> list[Found]:
        """The unknown names in a sentence that speaks of protected people.

        In other sentences only those of two words or more that the words next to them describe as protected.
        `following` is how the next sentence begins: it may say that the last name is a public person's. `headline`:
        capitals tell nothing.
        """
        roles = cued(self._policy, text[span.start : span.end])
        words = [
            Word(w.start + span.start, w.end + span.start, w.key, w.capital, w.capitals)
            for w in self._fold.words(text[span.start : span.end])
            if w.key
        ]
        headline = headline or self._headline(words)
        found = []
        runs = self._runs(words, text, guards, headline=headline)
        for whole in runs:
            run = self._trim(whole)
            if not run:
                continue
            name = Span(run[0].start, run[-1].end)
            before, after = around(text, name, span)
            says = described(self._policy, before, after)
            if "office" in public_words(self._policy, before, after):
                continue
            first = run[0] is words[0]
            if not says and (not roles or self._harmless(run, before, after, following if whole is runs[-1] else "")):
                continue
            if not roles and len(run) < 2:
                continue
            headed = len(whole) > 1 and whole[-1].key in self._policy.heads
            if (headed and not says) or not self._is_name(run, first=first, headline=headline, sure=bool(says)):
                continue
            found.append(Found(name, role_of(says or roles), bool(says)))
        return found

    def path(self, path: str, guards: Cover) -> list[str]:
        """The unknown names in a file's path, where words are told apart by hyphens and not by capitals."""
        line = "".join(char if char.isalnum() else " " for char in path).title()
        found = self.sentence(line, Span(0, len(line)), guards, headline=True)
        names = ((line[name.span.start : name.span.end], name.sure) for name in found)
        return [name for name, sure in names if sure or len(name.split()) > 1]

    def _harmless(self, run: Sequence[Word], before: str, after: str, following: str) -> bool:
        """Whether the words around tell a public person, a place or no name at all."""
        if public_words(self._policy, before, after, following) or placed_by(self._policy, run, before, after):
            return True
        return not before.strip() and len(run) == 1 and bool(self._policy.verb_form.match(run[0].key + after))

    def _headline(self, words: Sequence[Word]) -> bool:
        long = [word for word in words if len(word.key) > 3]
        return len(long) > 1 and sum(word.capital for word in long) >= _HEADLINE * len(long)

    def _runs(self, words: Sequence[Word], text: str, guards: Cover, *, headline: bool) -> list[list[Word]]:
        """Runs of capitalised words that are in no guard, ordinary words cut off their ends."""
        runs: list[list[Word]] = [[]]
        for word in words:
            guarded = guards.touches((word.start, word.end))
            joined = runs[-1] and text[runs[-1][-1].end : word.start].strip(" \n-‐'’.") == ""
            initial = len(word.key) == 1
            fits = word.capital and not guarded and not (headline and self.ordinary(word.key))
            particle = word.key in self._policy.particles and bool(runs[-1])
            if (fits or (particle and not guarded)) and (joined or not runs[-1]):
                if (
                    runs[-1]
                    and "." in text[runs[-1][-1].end : word.start]
                    and len(runs[-1][-1].key) > 1
                    and not initial
                ):
                    runs.append([word])
                else:
                    runs[-1].append(word)
            else:
                runs.append([word] if fits else [])
        return [run for run in runs if run]

    def _trim(self, run: list[Word]) -> list[Word]:
        policy = self._policy
        outside = policy.particles | policy.honorifics

        def droppable(word: Word) -> bool:
            plain = word.key in policy.not_names or word.key in policy.openers
            return plain or (word.key in outside and not word.capital) or not word.capital

        while run and (droppable(run[0]) or run[0].key in policy.honorifics):
            run = run[1:]
        while run and droppable(run[-1]):
            run = run[:-1]
        return run

    def _is_name(self, run: Sequence[Word], *, first: bool, headline: bool, sure: bool) -> bool:
        keys = [word.key for word in run]
        if len(keys) == 1:
            word = run[0]
            if len(word.key) < 2 or (word.key in self._public and not sure):
                return False
            if word.capitals and len(word.key) <= _ACRONYM and not headline:
                return False
            return not self.ordinary(word.key)
        if not sure and any(key in self._policy.heads for key in keys):
            return False  # "Harbour Foundation of Sandoria": the head of it says that it is no person
        if first and self.ordinary(keys[0]):
            keys = keys[1:]
        return any(not self.ordinary(key) for key in keys) or (sure and not headline)


def placed_by(policy: Policy, words: Sequence[Word], before: str, after: str) -> bool:
    """Whether the words around a name say that it is a place's or an organisation's: "in X", "the X", "X prison"."""
    if policy.place_after.match(after):
        return True
    if after.startswith(("'", "’")) or (len(words) > 1 and before.rstrip().casefold().endswith("the")):
        return False
    return bool(policy.place_before.search(before))
