"""What the encoder sees of a text, and the small codes that its heads speak: shared by training and running.

The encoder reads uncased word pieces. Letter case and white space reach it as one more small number a word
(`surface`), so that capitals, headlines and lower-case writing can be told apart, and imitated in training.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

UNKNOWN, CLS, SEP, MASK = "[UNK]", "[CLS]", "[SEP]", "[MASK]"
LONGEST = 8  # pieces kept of one word; more are web addresses and the like
SHAPES = ("lower", "title", "upper", "initial", "mixed", "number", "coded", "punct", "other")
GAPS = ("none", "space", "line")  # what stands before a word
# Quotes, dashes and dots are read alike however they are typed.
PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "´": "'", "`": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "…": ".", "\u00ad": None, "\u200b": None,
    }
)  # fmt: skip


def shape(word: str) -> int:
    """Index into SHAPES for the letter case of `word`."""
    letters = [c for c in word if c.isalpha()]
    if not letters:
        return SHAPES.index("number" if any(c.isdigit() for c in word) else "punct")
    if any(c.isdigit() for c in word):
        return SHAPES.index("coded")
    upper = [c.isupper() for c in letters]
    if all(upper):
        return SHAPES.index("initial" if len(letters) == 1 else "upper")
    if not any(upper):
        return SHAPES.index("lower" if any(c.islower() for c in letters) else "other")
    return SHAPES.index("title" if upper[0] and not any(upper[1:]) else "mixed")


def surface(shape_: int, gap: int) -> int:
    """One number below `len(SHAPES) * len(GAPS)` for letter case and the white space before the word."""
    return shape_ * len(GAPS) + gap


def gap(space: str) -> int:
    """Index into GAPS for the white space before a word."""
    if "\n" in space or "\r" in space or "\u2029" in space:
        return 2
    return 1 if space else 0


class WordPieces:
    """The greedy longest-match pieces of single words, as in BERT's uncased vocabulary (cut down to what we keep)."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = list(pieces)
        self._ids = {piece: at for at, piece in enumerate(self.pieces)}
        self.cls, self.sep, self.unknown = self._ids[CLS], self._ids[SEP], self._ids[UNKNOWN]
        self.ids = lru_cache(maxsize=100_000)(self._split)

    def _split(self, word: str) -> tuple[int, ...]:
        found: list[int] = []
        for part in _parts(word):
            found += self._greedy(part)
            if len(found) >= LONGEST:
                break
        return tuple(found[:LONGEST]) or (self.unknown,)

    def _greedy(self, part: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(part):
            for end in range(min(len(part), start + 20), start, -1):
                piece = self._ids.get(("##" if start else "") + part[start:end])
                if piece is not None:
                    found.append(piece)
                    start = end
                    break
            else:
                return [self.unknown]
        return found


def _parts(word: str) -> list[str]:
    """`word` in lower case without accents, punctuation marks apart."""
    plain = unicodedata.normalize("NFD", word.translate(PLAIN).lower())
    parts: list[str] = []
    current = ""
    for char in plain:
        category = unicodedata.category(char)
        if category == "Mn":
            continue
        if category[0] in "PS" or (category == "Lo" and char >= "\u3000"):
            parts += [current, char] if current else [char]
            current = ""
        else:
            current += char
    return [*parts, current] if current else parts


def lemma_rule(word: str, lemma: str) -> str:
    """The rule that turns `word` into `lemma`: case (`l` lowers, `k` keeps), letters to cut off the end, ending to add.

    Where more than half of a word would go, the rule is the whole lemma (`=not`).
    """
    if word == lemma:
        return "k0:" if word != word.lower() else "l0:"
    lowered = word.lower()
    best = ""
    for case, form in (("l", lowered), ("k", word)):
        same = 0
        while same < min(len(form), len(lemma)) and form[same] == lemma[same]:
            same += 1
        if same == 0 or (len(form) - same > max(3, len(form) // 2)):
            continue
        rule = f"{case}{len(form) - same}:{lemma[same:]}"
        if not best or len(rule) < len(best):
            best = rule
    return best or f"={lemma}"


def apply_lemma_rule(word: str, rule: str) -> str:
    """The lemma of `word` by `rule`; the word in lower case when the rule does not fit it."""
    if rule.startswith("="):
        return rule[1:]
    form = word.lower() if rule[0] == "l" else word
    number, ending = rule[1:].split(":", 1)
    cut = int(number)
    return (form[: len(form) - cut] + ending if cut <= len(form) else form) or form
