"""Noun phrases that may refer back: a determiner, a few plain words, and a head noun that the lexicon knows."""

from __future__ import annotations

from dataclasses import dataclass

from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_tokens import Words
from kg.annotate.numbers_lexicon import singular

_REACH = 5  # words between determiner and head noun at most


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """Words `start` to `end` (exclusive); `two` is the head with the word before it ("prime minister")."""

    start: int
    end: int
    head: str
    two: str
    definite: bool
    leak: bool


def noun_phrase(words: Words, at: int) -> NounPhrase | None:
    """The phrase that begins at `at`, when its head noun can stand for an entity; else none.

    Phrases after "another", "previous" and the like speak of something else and give none, nor do heads with a noun
    behind them ("the ministry spokesman" is no ministry).
    """
    lex = lexicon()
    opener = words.folds[at]
    definite = opener in lex.determiners
    if not definite and opener not in ("a", "an") and not _bare_leaked(words, at, lex):
        return None
    first = at if words.folds[at] in ("leaked", "newly") else at + 1
    head = _head(words, first, lex)
    if head is None or (opener in ("this", "that") and singular(words.folds[head]) != words.folds[head]):
        return None
    inside = words.folds[first:head]
    if any(word in lex.leak_other for word in inside):
        return None
    word = words.folds[head]
    two = f"{words.folds[head - 1]} {word}" if head > first else word
    leak = _is_leak(words, first, head, lex, definite=definite or opener in ("leaked", "newly"))
    if not leak and (word in ("files", "documents") or not definite):
        return None
    if not leak and words.folds[head + 1 : head + 2] == ("of",) and word not in lex.roles:
        return None
    return NounPhrase(at, head + 1, word, two, definite or opener in ("leaked", "newly"), leak)


def _bare_leaked(words: Words, at: int, lex: Lexicon) -> bool:
    """ "leaked documents showing", "newly leaked files": definite enough where nothing else was leaked."""
    if at and words.folds[at - 1] in lex.determiners | {"a", "an", "of", "other", "previous", "more", "many"}:
        return False
    at += words.folds[at] == "newly"
    return (
        words.folds[at : at + 1] == ("leaked",)
        and words.folds[at + 1 : at + 2] != ()
        and (words.folds[at + 1] in lex.leak_content)
    )


def _head(words: Words, first: int, lex: Lexicon) -> int | None:
    """The index of the last noun of the run of lower-case words from `first`."""
    head: int | None = None
    for i in range(first, min(first + _REACH, len(words))):
        word, pos = words.folds[i], words.tokens[i].pos_
        if words.breaks[i] or (words.caps[i] and not (i == first and _known(word, lex))):
            break
        if not (word[0].isalpha() or word == "-") or word in lex.words["ends"]:
            break
        known = _known(word, lex)
        if pos:
            if pos in ("NOUN", "PROPN") or (known and pos in ("ADJ", "VERB") and not _noun_next(words, i)):
                head = i
            elif (head is not None and word != "-") or pos not in ("ADJ", "VERB", "ADV", "NUM", "PUNCT", "NOUN"):
                break
        elif known:
            head = i
        elif head is not None:
            break
    return head if head is not None and _known(words.folds[head], lex) else None


def _noun_next(words: Words, at: int) -> bool:
    return at + 1 < len(words) and words.tokens[at + 1].pos_ in ("NOUN", "PROPN", "ADJ")


def _known(word: str, lex: Lexicon) -> bool:
    return (
        word in lex.roles
        or word in lex.nominals
        or word in lex.leak_content
        or (word,) in lex.leak_core
        or word == "dump"
    )


def _is_leak(words: Words, first: int, head: int, lex: Lexicon, *, definite: bool) -> bool:
    phrases = lex.leak_core if definite else lex.leak_indefinite
    if any(words.folds[i : head + 1] in phrases for i in range(max(first, head - 1), head + 1)):
        return True
    followed = words.folds[head + 1 : head + 2]
    return definite and words.folds[head] in lex.leak_content and followed != ("of",)
