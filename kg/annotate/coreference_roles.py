"""What a document calls its people: occupations beside their names, and whether "he" or "she" may mean them."""

from __future__ import annotations

from kg.annotate.names_candidate import broad
from kg.annotate.names_fold import fold
from kg.annotate.names_join import Cluster
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_tokens import Words

_BEFORE = 5  # words before a name that may be its title
_AFTER = 7  # words of an apposition in which the occupation stands
_CLOSERS = frozenset((".", ",", ";", "who", "which", "and", "at", "of", "for", "in", "with", "from", "(", ")"))


def describe(clusters: list[Cluster], words: Words) -> None:
    """Give each person of `clusters` the occupations and the gender that the text shows."""
    lex = lexicon()
    for cluster in clusters:
        if broad(cluster.type) != "Person":
            continue
        for start, end, form in cluster.spots:
            if form != "name":
                continue
            for role in (*_before(words, start, lex), *_after(words, end, lex)):
                cluster.roles.add(role)
                cluster.gender = cluster.gender or lex.roles.get(role, "")
            cluster.gender = cluster.gender or _honorific(words, start, lex)
        if not cluster.gender:
            parts = fold(cluster.name).split()
            cluster.gender = lex.given.get(parts[0], "") if len(parts) > 1 else ""


def _before(words: Words, start: int, lex: Lexicon) -> list[str]:
    """ "academic Adrian", "Public Security Minister Tarek", "the minister, Tarek"."""
    at = start - 1
    if at >= 0 and words.folds[at] == "," and not words.breaks[start]:
        at -= 1
        if at >= 0 and words.folds[at] in lex.roles and not words.breaks[start - 1]:
            return _with_first(words, at, lex)
        return []
    if at >= 0 and not words.breaks[start] and words.folds[at] in lex.roles:
        return _with_first(words, at, lex)
    return []


def _with_first(words: Words, at: int, lex: Lexicon) -> list[str]:
    """A role word and the two-word role that ends in it ("foreign secretary")."""
    two = f"{words.folds[at - 1]} {words.folds[at]}" if at and not words.breaks[at] else ""
    return [words.folds[at], two] if two in lex.roles else [words.folds[at]]


def _after(words: Words, end: int, lex: Lexicon) -> list[str]:
    """ "Tim, a professor at", "Adrian, senior fellow at", "Tim is a professor"."""
    opener = words.folds[end] if end < len(words) and not words.breaks[end] else ""
    if opener not in (",", "is", "was", "(", "became"):
        return []
    at = end + 1
    if opener in ("is", "was", "became") and words.folds[at : at + 1] not in (("a",), ("an",), ("the",)):
        return []
    found: list[str] = []
    for i in range(at, min(at + _AFTER, len(words))):
        word = words.folds[i]
        if words.breaks[i] or (word in _CLOSERS and i > at):
            break
        if words.tokens[i].pos_ in ("VERB", "AUX") or (i == at and word in _CLOSERS):
            break
        if word in lex.roles:
            found = _with_first(words, i, lex)
    return found


def _honorific(words: Words, start: int, lex: Lexicon) -> str:
    at = start - 1
    if at > 0 and words.folds[at] == ".":
        at -= 1
    return lex.honorifics.get(words.folds[at].rstrip("."), "") if at >= 0 else ""
