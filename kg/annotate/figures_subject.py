"""What a count describes: the leak that holds the things counted, the place they are in, or the article's subject."""

from __future__ import annotations

from collections import Counter

from kg.annotate.names_candidate import broad
from kg.annotate.names_tokens import Words
from kg.annotate.numbers import Number
from kg.annotate.numbers_lexicon import number_words
from kg.annotate.view import View
from kg.records import DOC

_PREPOSITIONS = frozenset(["in", "from", "at", "of", "across", "inside", "within", "throughout"])
_AFTER = 8  # words after the noun in which "in <place>" belongs to it
_KINDS = ("Leak", "LeakedDocument", "Place", "Organisation", "Article", "Event")


def described(view: View, words: Words, number: Number, noun: int, measure: str, *, main: str | None) -> str:
    """The id of what the figure is of; `main` is the article's main leak (`main_leak`).

    In this order: what the counted things are said to be in or from; the leak or document that is said to contain
    them; the leak of the sentence; for documents and pictures the only leak of the article; the place of the
    sentence; the only leak; the article itself.
    """
    sentence = words.tokens[number.core].sent
    after = _after(view, words, noun, sentence.end)
    if after:
        return after
    contents = measure.casefold() in number_words().contents
    before = [view.at[t.i] for t in sentence if t.i < words.tokens[number.start].i and t.i in view.at]
    leaks = [e for e in before if view.entities[e].type in ("Leak", "LeakedDocument", "Speech")]
    held = any(w in number_words().holding for w in _folds(words, sentence.start, number.start))
    if leaks and (held or contents):
        return leaks[-1]
    later = [view.at[t.i] for t in sentence if t.i in view.at]
    anywhere = [e for e in later if view.entities[e].type == "Leak"]
    if contents and (anywhere or main):
        return anywhere[0] if anywhere else main or DOC
    places = [e for e in later if broad(view.entities[e].type) == "Place"]
    if places:
        return places[-1] if places[-1] in before else places[0]
    return leaks[-1] if leaks else main or DOC


def _folds(words: Words, start: int, number: int) -> tuple[str, ...]:
    return words.folds[words.index[start] : number]


def _after(view: View, words: Words, noun: int, end: int) -> str | None:
    for at in range(noun + 1, min(noun + _AFTER, len(words))):
        token = words.tokens[at]
        if token.i >= end or words.folds[at] in (
            ",",
            ";",
            "who",
            "which",
            "that",
            "were",
            "was",
            "are",
            "is",
            "had",
            "have",
        ):
            return None
        if words.folds[at] not in _PREPOSITIONS:
            continue
        for ahead in range(at + 1, min(at + 4, len(words))):
            found = view.entity(words.tokens[ahead])
            if found is not None:
                if broad(found.type) in _KINDS and not (words.folds[at] == "of" and broad(found.type) != "Leak"):
                    return found.id
                break
    return None


def main_leak(view: View) -> str | None:
    """The leak that the article is about: the only one, or the one spoken of at least twice as often as any other."""
    counts = Counter(m.entity for m in view.mentions if view.entities[m.entity].type == "Leak").most_common(2)
    if not counts:
        return None
    if len(counts) == 1 or counts[0][1] >= 2 * counts[1][1]:
        return counts[0][0]
    return None
