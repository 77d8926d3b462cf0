"""Protected names, and where a text has them in whatever form: other case, spelling, script, order, or split in two."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from kg.protect.fold import Folding, Word, other_runs
from kg.protect.policy import Policy

_PREFIX = 6  # letters by which names are looked up while a text is scanned
_PART_MIN = 3  # letters of a part of a name that is looked for alone
_STRONG_MIN = 4  # letters from which a part is looked for in every article
_FUZZY_MIN = 6  # letters of a lone part from which other spellings are looked for
_LOOSE_MIN = 8  # letters of a whole name that may be cut by anything, or stand inside a longer word
_BLOCK = 64  # names with one word in common up to which each is compared
_GAP = 4  # characters that may stand between two letters of one name
_INITIAL = re.compile(r"(?:\b[^\W\d_]\.\s?)+$")
_INITIAL_AFTER = re.compile(r"^,?(?:\s[^\W\d_]\.)+")
_HUMP = re.compile(r"[^\W\d_][^\W\d_A-Z]+")
_HYPHEN = re.compile(r"\s*[-\u00ad\u2010\u2011]\s*")
_BESIDE = re.compile(r"\s*[(\[（【,:;/–—-]*\s*(?:[A-Z][a-z]+\s*:\s*)?$")

Hit = tuple[int, int]


@dataclass(slots=True)
class Names:
    """The protected names of a corpus. `public` are folded words of public names: they are no sign of a person alone.

    `find` gives every stretch of a text that shows one of the names. Guards are stretches known to name somebody
    or something public; a part or a misspelling inside one is left alone, a whole name is not.
    """

    policy: Policy
    public: frozenset[str] = frozenset()
    shape: Folding = field(init=False)
    sound: Folding = field(init=False)
    wholes: dict[str, set[str]] = field(init=False)  # prefix -> squeezed names of two words or more
    strong: set[str] = field(init=False)  # parts looked for everywhere
    weak: dict[str, set[str]] = field(init=False)  # part -> whole names that make it count
    lone: set[str] = field(init=False)  # names of one word
    skeletons: dict[str, set[tuple[str, ...]]] = field(init=False)  # word's skeleton -> names with such a word
    spelled: dict[str, set[str]] = field(init=False)  # skeleton -> parts looked for everywhere
    sizes: set[int] = field(init=False)  # of the prefixes
    alike: dict[tuple[str, ...], set[tuple[str, ...]]] = field(init=False)  # all skeletons, sorted -> names
    sequences: set[tuple[str, ...]] = field(init=False)
    canon: dict[str, str] = field(init=False)  # squeezed name in any order -> in its own

    def __post_init__(self) -> None:
        self.shape = Folding(self.policy.lookalikes)
        self.sound = Folding(self.policy.sounds)
        self.wholes, self.weak, self.skeletons = defaultdict(set), defaultdict(set), defaultdict(set)
        self.strong, self.lone, self.sequences = set(), set(), set()
        self.canon, self.sizes = {}, set()
        self.alike, self.spelled = defaultdict(set), defaultdict(set)

    def __bool__(self) -> bool:
        return bool(self.sequences)

    def add(self, name: str, *, everywhere: bool = True) -> None:
        """Take in a name. `everywhere` False: its parts count only where the whole name stands."""
        for folding in (self.shape, self.sound):
            words = tuple(w.key for w in folding.words(name) if w.key and w.key not in self.policy.honorifics)
            if words and sum(map(len, words)) >= 2:
                self._add(words, everywhere)

    def _add(self, words: tuple[str, ...], everywhere: bool) -> None:
        if words in self.sequences:
            return
        self.sequences.add(words)
        whole = "".join(words)
        if len(words) == 1:
            self.lone.add(whole)
            if not any(char.isascii() for char in whole):
                self._index(whole)  # Chinese and others put no space between words
                self.canon[whole] = whole
        for order in {words, words[::-1], (*words[-1:], *words[:-1])}:
            squeezed = "".join(order)
            if len(words) > 1 and len(squeezed) >= 4:
                self._index(squeezed)
                self.canon.setdefault(squeezed, whole)
        self.alike[tuple(sorted(map(self._skeleton, words)))].add(words)
        for word in words:
            if word in self.policy.particles or len(word) < min(_PART_MIN, len(whole)) or word.isdigit():
                continue
            distinct = word not in self.public and word not in self.policy.words and word not in self.policy.not_names
            if everywhere and distinct and len(word) >= _STRONG_MIN:
                self.strong.add(word)
            else:
                self.weak[word].add(whole)
            skeleton = self._skeleton(word)
            self.skeletons[skeleton].add(words)
            if word in self.strong:
                self.spelled[skeleton].add(word)

    def _index(self, squeezed: str) -> None:
        prefix = squeezed[:_PREFIX]
        self.sizes.add(len(prefix))
        self.wholes[prefix].add(squeezed)

    def _skeleton(self, word: str) -> str:
        """The consonants of a word as transcribers keep them: "Yakup" and "Yaqub" have one skeleton."""
        out: list[str] = []
        for letter in word:
            kind = self.policy.sound_classes.get(letter, letter)
            if kind and (not out or out[-1] != kind):
                out.append(kind)
        return "".join(out)

    # Looking for them.

    def find(
        self, text: str, guards: Sequence[Hit] = (), *, present: Iterable[str] = (), caseless: bool = False
    ) -> list[Hit]:
        """Every stretch of `text` that shows a protected name, merged and sorted.

        `present` are names known to be meant; `caseless`: capitals tell nothing here (a file's name, an address).
        """
        if not self.sequences or not text:
            return []
        foldings = [self.shape, self.sound] if other_runs(text) else [self.shape]
        inside = Cover(guards)
        hits: list[Hit] = []
        here = {key for name in present for f in (self.shape, self.sound) if (key := f.key(name))}
        for folding in foldings:
            whole, found = self._wholes(text, folding)
            hits += [hit for hit in whole if not inside.equals(hit)]
            here |= found
        for folding in foldings:
            words = folding.words(text)
            hits += [h for h in self._parts(text, words, here, caseless=caseless) if not inside.touches(h)]
            hits += [h for h in self._alike(words, text) if not inside.touches(h)]
        hits = [self._initials(text, hit) for hit in hits]
        hits += [run for run in self._beside(text, hits) if not inside.equals(run)]
        return merged(text, hits)

    def _wholes(self, text: str, folding: Folding) -> tuple[list[Hit], set[str]]:
        squeezed = folding.squeeze(text)
        letters, index = squeezed.letters, squeezed.index
        hits: list[Hit] = []
        found: set[str] = set()
        sizes = sorted(self.sizes)
        for at in range(len(letters)):
            for name in (n for size in sizes for n in self.wholes.get(letters[at : at + size], ())):
                if not letters.startswith(name, at):
                    continue
                places = index[at : at + len(name)]
                free = not any(char.isascii() for char in name)
                if (free or self._edges(text, places, loose=len(name) >= _LOOSE_MIN)) and _close(places):
                    hits.append((places[0], _end(text, places[-1] + 1)))
                    found.add(self.canon[name])
        return hits, found

    @staticmethod
    def _edges(text: str, places: Sequence[int], *, loose: bool) -> bool:
        """Whether a stretch begins and ends like a word (or, for a long whole name, at a capital inside one)."""
        start, end = places[0], places[-1] + 1
        before = text[start - 1] if start else " "
        begins = not before.isalnum() or (text[start].isupper() and not before.isupper()) or before.isdigit()
        rest = text[end : end + 2]
        ends = (
            not rest[:1].isalnum()
            or (rest[:1] in "sS" and not rest[1:2].isalpha())
            or (rest[:1].isupper() and not text[end - 1].isupper())
            or rest[:1].isdigit()
        )
        return (begins and ends) or (loose and (begins or ends)) or (loose and len(places) >= _LOOSE_MIN + 2)

    def _parts(self, text: str, words: Sequence[Word], here: set[str], *, caseless: bool) -> list[Hit]:
        hits: list[Hit] = []

        def counts(key: str, *, capital: bool) -> bool:
            if key in self.strong or (key in self.lone and capital and key not in self.policy.words):
                return True
            return capital and key in self.weak and bool(self.weak[key] & here)

        for number, word in enumerate(words):
            forms = [(word.key, word.end)]
            if word.key.endswith("s") and len(word.key) > _STRONG_MIN:
                forms.append((word.key[:-1], word.end))
            joined, end = word.key, word.end
            for follower in words[number + 1 : number + 4]:  # cut by a hyphen at a line end
                if not _HYPHEN.fullmatch(text[end : follower.start]):
                    break
                joined, end = joined + follower.key, follower.end
                forms.append((joined, end))
            hits += [(word.start, stop) for key, stop in forms if counts(key, capital=word.capital or caseless)]
            if not word.capitals:
                for match in _HUMP.finditer(text, word.start, word.end):  # "#FreeTest"
                    if self.shape.key(match.group()) in self.strong:
                        hits.append(match.span())
        hits += self._spaced(text, words)
        return hits

    def _spaced(self, text: str, words: Sequence[Word]) -> list[Hit]:
        """Names set with a space between letters: "T E S T"."""
        hits: list[Hit] = []
        run: list[Word] = []
        for word in [*words, None]:
            if word and len(word.key) == 1 and (not run or word.start - run[-1].end <= 3):
                run.append(word)
                continue
            joined = "".join(w.key for w in run)
            for name in self.strong | self.lone if len(run) >= _STRONG_MIN else ():
                at = joined.find(name)
                if at >= 0 and len(name) >= _STRONG_MIN:
                    hits.append((run[at].start, run[at + len(name) - 1].end))
            run = [word] if word and len(word.key) == 1 else []
        return hits

    def _alike(self, words: Sequence[Word], text: str) -> list[Hit]:
        """Other spellings: names of the same words but for some letters, and long parts off by a letter or two."""
        hits: list[Hit] = []
        for number, word in enumerate(words):
            if not (word.capital or word.capitals) or len(word.key) < 2:
                continue
            skeleton = self._skeleton(word.key)
            for name in self._candidates(words, number, skeleton):
                hits += self._window(words, number, name, text)
            odd = len(word.key) >= _FUZZY_MIN and word.key not in self.public and not self._ordinary(word.key)
            if odd and any(_near(word.key, part) for part in self.spelled.get(skeleton, ())):
                hits.append((word.start, word.end))
        return hits

    def _candidates(self, words: Sequence[Word], number: int, skeleton: str) -> Iterable[tuple[str, ...]]:
        """Names that may be spelled here: those with the skeleton of this word or, if many have it, of all words."""
        names = self.skeletons.get(skeleton, set())
        if len(names) <= _BLOCK:
            return names
        found: set[tuple[str, ...]] = set()
        for size in (2, 3, 4):
            for first in range(max(0, number - size + 1), number + 1):
                around = tuple(sorted(self._skeleton(word.key) for word in words[first : first + size]))
                found |= self.alike.get(around, set())
        return found

    def _ordinary(self, key: str) -> bool:
        return key in self.policy.words or key in self.policy.not_names

    def _window(self, words: Sequence[Word], number: int, name: tuple[str, ...], text: str) -> list[Hit]:
        """The words around `number` that are the name's, in any order, each spelled about alike."""
        size = len(name)
        if size < 2:
            return []
        hits = []
        for first in range(max(0, number - size + 1), number + 1):
            window = words[first : first + size]
            if len(window) < size or not all(w.capital or w.key in self.policy.particles for w in window):
                continue
            if any(len(text[a.end : b.start]) > _GAP for a, b in pairwise(window)):
                continue
            pairs = zip(sorted(w.key for w in window), sorted(name), strict=True)
            straight = zip((w.key for w in window), name, strict=True)
            if all(_similar(a, b) for a, b in straight) or all(_similar(a, b) for a, b in pairs):
                hits.append((window[0].start, window[-1].end))
        return hits

    @staticmethod
    def _initials(text: str, hit: Hit) -> Hit:
        before = _INITIAL.search(text[max(0, hit[0] - 12) : hit[0]])
        after = _INITIAL_AFTER.match(text[hit[1] : hit[1] + 8])
        return hit[0] - (len(before.group()) if before else 0), hit[1] + (after.end() if after else 0)

    @staticmethod
    def _beside(text: str, hits: Sequence[Hit]) -> list[Hit]:
        """Words of other scripts right beside a name: the same name written in them."""
        if not hits:
            return []
        runs = other_runs(text)
        found = []
        ends = list(hits)
        for start, end in runs:
            for hit in ends:
                between = text[hit[1] : start] if hit[1] <= start else text[end : hit[0]]
                near = len(between) <= 16 and "\n" not in between and (hit[1] <= start or end <= hit[0])
                if near and (_BESIDE.fullmatch(between) or not between.strip("()[]（）【】,;:/–—- ")):
                    found.append((start, end))
                    ends.append((start, end))  # "(Chinese: X; Uyghur: Y)": the second stands beside the first
                    break
        return found


class Cover:
    """Stretches of a text, for asking whether another is one of them, or touches one."""

    def __init__(self, stretches: Iterable[Hit]) -> None:
        self._exact = set(stretches)
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(self._exact):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def equals(self, hit: Hit) -> bool:
        """Whether a stretch is one of them."""
        return hit in self._exact

    def touches(self, hit: Hit) -> bool:
        """Whether a stretch has a character in common with one of them."""
        number = bisect_left(self._starts, hit[1]) - 1
        return number >= 0 and self._ends[number] > hit[0]


def _close(places: Sequence[int]) -> bool:
    return all(b - a <= _GAP + 1 for a, b in pairwise(places))


def _end(text: str, end: int) -> int:
    """Past combining marks and other parts of the last letter."""
    while end < len(text) and not text[end].isspace() and not text[end].isalnum() and not text[end].isprintable():
        end += 1
    return end


def _near(a: str, b: str) -> bool:
    edits = 1 if max(len(a), len(b)) < 8 else 2
    return DamerauLevenshtein.distance(a, b, score_cutoff=edits) <= edits


def _similar(a: str, b: str) -> bool:
    edits = max(1, max(len(a), len(b)) // 3) if min(len(a), len(b)) > 2 else 0
    return a == b or DamerauLevenshtein.distance(a, b, score_cutoff=edits) <= edits


def merged(text: str, hits: Iterable[Hit]) -> list[Hit]:
    """The hits sorted, those that touch or have nothing but space, dots or hyphens between them made one."""
    done: list[Hit] = []
    for start, end in sorted(hits):
        if done and (start <= done[-1][1] or not text[done[-1][1] : start].strip(" \u00a0-‐·.'’")):
            done[-1] = (done[-1][0], max(end, done[-1][1]))
        else:
            done.append((start, end))
    return done
