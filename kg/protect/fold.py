"""Texts folded for comparison, with the way back: which character of the original each folded one comes from.

Two foldings: by *shape* (what a reader takes for the same letter: look-alikes of other scripts, compatibility forms,
accents, letter case) and by *sound* (other alphabets spelled in Latin letters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

_CACHE = 200_000  # words remembered; a language has fewer in use
_WORD = re.compile(r"[^\W_]+")
_OTHER = re.compile(r"[^\x00-\u024f\u1e00-\u1eff\u2000-\u206f\s\d]")


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters and digits: where it stands, folded, and whether it begins with a capital or is all capitals."""

    start: int
    end: int
    key: str
    capital: bool
    capitals: bool


@dataclass(frozen=True, slots=True)
class Squeezed:
    """Letters and digits of a text only, folded; `index[i]` is where `letters[i]` stands in the text."""

    letters: str
    index: list[int]


@dataclass(slots=True)
class Folding:
    """A folding by a table of letters, with a cache a character."""

    table: Mapping[str, str]
    _seen: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)

    def char(self, char: str) -> str:
        """The folded form of a single character: zero or more plain letters."""
        known = self._seen.get(char)
        if known is None:
            known = self._seen[char] = self._fold(char)
        return known

    def _fold(self, char: str) -> str:
        out = []
        for piece in unicodedata.normalize("NFKD", char).casefold():
            if unicodedata.combining(piece) or unicodedata.category(piece) in ("Cf", "Lm", "Sk"):
                continue
            low = self.table.get(piece)
            if low is None:
                base = "".join(c for c in unicodedata.normalize("NFKD", piece) if not unicodedata.combining(c))
                low = self.table.get(base, base)
            out.append(low)
        return "".join(out)

    def __call__(self, text: str) -> str:
        """The whole text folded, letters and digits or not."""
        return "".join(map(self.char, text))

    def key(self, text: str) -> str:
        """Letters and digits of the folded text only."""
        known = self._keys.get(text)
        if known is None:
            if len(self._keys) > _CACHE:
                self._keys.clear()
            known = self._keys[text] = "".join(c for c in self(text) if c.isalnum())
        return known

    def squeeze(self, text: str) -> Squeezed:
        """The text's letters and digits with the way back."""
        letters: list[str] = []
        index: list[int] = []
        for at, char in enumerate(text):
            for piece in self.char(char):
                if piece.isalnum():
                    letters.append(piece)
                    index.append(at)
        return Squeezed("".join(letters), index)

    def words(self, text: str) -> list[Word]:
        """The words of a text. Combining marks inside a word belong to it."""
        found = []
        for match in _WORD.finditer(text):
            piece = match.group()
            start, end = match.span()
            while end < len(text) and unicodedata.combining(text[end]):
                end += 1
            capitals = len(piece) > 1 and piece.upper() == piece and piece.lower() != piece
            # Scripts without letter case cannot tell: every word of them may be a name.
            capital = piece[0].isupper() or piece[0].istitle() or (piece[0].isalpha() and not piece[0].islower())
            found.append(Word(start, end, self.key(piece), capital, capitals))
        return found


def other_script(text: str) -> bool:
    """Whether there are letters of another script than Latin in the text."""
    return any(char.isalpha() for char in _OTHER.findall(text))


def other_runs(text: str) -> list[tuple[int, int]]:
    """Where words of another script than Latin stand, whole, with spaces and dots between them."""
    runs: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        if not other_script(match.group()):
            continue
        if runs and not text[runs[-1][1] : match.start()].strip(" ·•‧・-'’"):
            runs[-1] = (runs[-1][0], match.end())
        else:
            runs.append(match.span())
    return runs
