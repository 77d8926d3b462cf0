"""Articles that were read before: the very same text, or nearly the same."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict

from kg.records import Document

_SHINGLE = 5  # words; shorter ones repeat by chance
_KEPT = 64  # smallest hashes of a document; enough to tell half from nine tenths
_NEAR = 0.8  # share of kept shingles in common; the same agency story in two papers has 0.85 and more


class Seen:
    """The texts read so far, as hashes: memory stays at some hundred bytes a document."""

    def __init__(self) -> None:
        self._texts: dict[bytes, str] = {}
        self._holders: defaultdict[int, list[str]] = defaultdict(list)

    def same(self, document: Document) -> str | None:
        """The id of an earlier document with the same text, letter case and spacing apart."""
        return self._texts.get(_digest(document.text))

    def near(self, document: Document) -> str | None:
        """A note that an earlier document is nearly the same, or None."""
        kept = _sketch(document.text)
        counts = Counter(holder for shingle in kept for holder in self._holders.get(shingle, ()))
        if not counts:
            return None
        _, common = max(counts.items(), key=lambda item: item[1])
        if common < _NEAR * len(kept) or len(kept) < _KEPT // 2:
            return None
        return f"about {100 * common // len(kept)} % of its text stands in another article of the corpus, too"

    def add(self, document: Document) -> None:
        """Remember a document."""
        self._texts[_digest(document.text)] = document.id
        for shingle in _sketch(document.text):
            self._holders[shingle].append(document.id)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _digest(text: str) -> bytes:
    return hashlib.sha256(" ".join(_words(text)).encode()).digest()


def _sketch(text: str) -> tuple[int, ...]:
    words = _words(text)
    shingles = {" ".join(words[at : at + _SHINGLE]) for at in range(max(0, len(words) - _SHINGLE + 1))}
    hashes = (int.from_bytes(hashlib.blake2b(item.encode(), digest_size=8).digest(), "big") for item in shingles)
    return tuple(sorted(hashes)[:_KEPT])
