"""Public names, and where a text has them: there nothing is withheld but a whole protected name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from kg.protect.fold import Folding, Word
from kg.protect.policy import Policy


class Public:
    """The names of everyone and everything that may be shown.

    `words` are the folded words of all of them. `find` needs a capital in a name of one word, and capitals only in
    an acronym.
    """

    def __init__(self, policy: Policy) -> None:
        self._fold = Folding(policy.lookalikes)
        self._policy = policy
        self._starts: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._acronyms: set[str] = set()
        self._parts: set[str] = set()  # surnames and given names, when they stand alone
        self._alone: set[str] = set()  # whole names of one word
        self.words: set[str] = set()

    def add(self, name: str, *, person: bool = False) -> None:
        """Take in a name; of a person also the surname alone."""
        words = self._fold.words(name)
        keys = tuple(word.key for word in words if word.key)
        if not keys:
            return
        self.words.update(key for key in keys if key not in self._policy.particles)
        self._starts[keys[0]].add(keys)
        if len(keys) == 1:
            self._alone.add(keys[0])
        if len(keys) == 1 and name.isupper() and len(name) <= 6:
            self._acronyms.add(keys[0])
        if person and len(keys) > 1:
            # In many languages the family name comes first, in others last: both stand alone in the news.
            for key in (keys[0], keys[-1]):
                if len(key) > 1 and key not in self._policy.words:
                    self._starts[key].add((key,))
                    self._parts.add(key)

    def add_all(self, names: Iterable[str], *, person: bool = False) -> None:
        """Take in several names."""
        for name in names:
            self.add(name, person=person)

    def words_of(self, name: str) -> list[Word]:
        """The folded words of a name."""
        return self._fold.words(name)

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where public names stand in the text: the longest one at each place, possessive endings left out."""
        words = [word for word in self._fold.words(text) if word.key]
        found: list[tuple[int, int]] = []
        number = 0
        while number < len(words):
            size = self._longest(words, number, text)
            if size:
                found.append((words[number].start, words[number + size - 1].end))
            number += size or 1
        return found

    def _longest(self, words: list[Word], number: int, text: str) -> int:
        best = 0
        word = words[number]
        for keys in self._starts.get(word.key, ()):
            size = len(keys)
            window = words[number : number + size]
            if size <= best or len(window) < size or any(w.key != key for w, key in zip(window, keys, strict=True)):
                continue
            if any(len(text[a.end : b.start]) > 3 for a, b in pairwise(window)):
                continue
            if size == 1 and not (word.capitals if word.key in self._acronyms else word.capital):
                continue
            if size > 1 and not any(w.capital for w in window):
                continue
            if size == 1 and word.key not in self._alone and self._in_other_name(words, number, text):
                continue
            best = size
        return best

    def _in_other_name(self, words: list[Word], number: int, text: str) -> bool:
        """Whether a part of a public name stands beside another word that may be a name: then it is somebody else's."""
        here = words[number]
        beside = [w for w in words[max(0, number - 1) : number + 2] if w is not here]
        for word in beside:
            between = text[min(here.end, word.end) : max(here.start, word.start)]
            plain = word.key in self._policy.words or word.key in self._policy.not_names | self._policy.honorifics
            if word.capital and not plain and len(word.key) > 1 and between.strip("-‐") in ("", " "):
                return True
        return False
