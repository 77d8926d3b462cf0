"""How names are compared: folding, slugs, similarity and the blocks within which it is looked for."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

_APART = re.compile(r"[^\w]+")
_ARTICLE = re.compile(r"^(?:the|a|an) ")
# Letters that have no decomposition but a usual Latin spelling.
_LATIN = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "Ae",
                        "œ": "oe", "Œ": "Oe", "ı": "i", "ð": "d", "þ": "th"})  # fmt: skip
MAX_BLOCK = 12
"""Names compared with one another in one block. Larger blocks (very common surnames) are sorted, and each name meets
only this many neighbours, which keeps the cost at n log n (sorted neighbourhood, Hernández & Stolfo 1995)."""


@lru_cache(maxsize=1 << 18)  # names repeat: a million mentions have some ten thousand spellings
def fold(name: str) -> str:
    """The name without case, accents, punctuation and leading article: `The Café's` and `cafe` are alike."""
    text = unicodedata.normalize("NFKD", name.translate(_LATIN))
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    text = re.sub(r"[’'`]s\b", "", text)
    return _ARTICLE.sub("", _APART.sub(" ", text).strip())


def slug(name: str) -> str:
    """The name as an IRI segment: ASCII, lower case, hyphens; a short hash where no ASCII letter remains."""
    ascii_part = "-".join(re.findall(r"[a-z0-9]+", fold(name)))
    return ascii_part or f"u-{digest(unicodedata.normalize('NFC', name))}"


def digest(*parts: str) -> str:
    """Eight hex digits of SHA-256 over the parts, kept apart by a separator that no name contains."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:8]


def similarity(left: str, right: str) -> float:
    """How alike two folded names are, 0 to 1; 0 unless they have equally many words of which one at least is the same.

    A single changed letter in a word of five is a likely misspelling; two different short words are two names.
    """
    a, b = left.split(), right.split()
    if len(a) != len(b) or len(a) < 2:
        return 0.0
    same, cost = 0, 0.0
    for x, y in zip(a, b, strict=True):
        if x == y:
            same += 1
            continue
        edits = DamerauLevenshtein.distance(x, y, score_cutoff=2)
        if edits > 2 or min(len(x), len(y)) < 4 * edits:
            return 0.0
        cost += edits / max(len(x), len(y))
    return 1.0 - cost / len(a) if same else 0.0


def pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of folded names worth comparing, each once: those that share their first or their last word."""
    blocks: dict[tuple[int, str], list[str]] = defaultdict(list)
    for name in names:
        words = name.split()
        if len(words) > 1:
            blocks[0, words[0]].append(name)
            blocks[1, words[-1]].append(name)
    seen: set[tuple[str, str]] = set()
    for (side, _), block in sorted(blocks.items()):
        # In a block of one surname the first names decide which are neighbours, and the other way round.
        block.sort(key=(lambda n: n) if side == 1 else (lambda n: n.split()[::-1]))
        for i, left in enumerate(block):
            for right in block[i + 1 : i + 1 + MAX_BLOCK]:
                pair = (left, right) if left < right else (right, left)
                if pair not in seen:
                    seen.add(pair)
                    yield pair
