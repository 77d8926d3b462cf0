"""Which language a text is in: by its script, then by its commonest function words. No library, no model, no guess.

Good enough to tell English from what would be misread as English; closely related languages may be confused.
"""

from __future__ import annotations

import re

from kg.read.rules import Languages

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LOOK = 20_000  # characters that decide; a language shows itself long before
_LEAST = 0.08  # share of function words below which no language is claimed; running prose has 0.3 and more


def detect(text: str, languages: Languages) -> str:
    """The BCP 47 tag of the text's language, or `und` where nothing speaks clearly for one."""
    sample = text[:_LOOK]
    letters = [char for char in sample if char.isalpha()]
    if not letters:
        return "und"
    for tag, ranges in languages.scripts.items():
        inside = sum(any(low <= ord(char) <= high for low, high in ranges) for char in letters)
        # Japanese mixes kana with Chinese characters and is listed before Chinese, so that kana win.
        if inside * 3 >= len(letters) or (tag == "ja" and inside * 10 >= len(letters)):
            return tag
    words = [word.casefold() for word in _WORD.findall(sample)]
    if not words:
        return "und"
    scores = {tag: sum(word in known for word in words) / len(words) for tag, known in languages.words.items()}
    best = max(scores, key=lambda tag: scores[tag])
    return best if scores[best] >= _LEAST else "und"
