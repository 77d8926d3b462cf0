"""What two spellings of a name share."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_MARKS = str.maketrans({"’": "'", "‘": "'", "`": "'", "ʼ": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"})


@lru_cache(maxsize=1 << 17)
def fold(text: str) -> str:
    """Lower case, no accents, straight apostrophes and hyphens."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_MARKS))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
