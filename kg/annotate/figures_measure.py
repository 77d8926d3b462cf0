"""What a number counts: the head noun in the singular, or "percent of ..."."""

from __future__ import annotations

from kg.annotate.names_lexicon import lexicon
from kg.annotate.names_tokens import Words
from kg.annotate.numbers import Number
from kg.annotate.numbers_lexicon import number_words, singular

_REACH = 10  # words from number to noun at most
_QUOTES = frozenset("\"“”'‘’")
_INSIDE = frozenset(("ADJ", "ADV", "VERB", "NUM", "PART", "DET", "PUNCT", "X", "SYM"))
_LENGTHS = frozenset(("hour", "minute", "metre", "meter", "kilometre", "kilometer", "mile"))  # "1,400 hours of tapes"
_COPULAS = frozenset(["were", "are", "was", "is"])
_LINKS = frozenset(("and", "or", ",", "-", "&", "/"))


def measured(words: Words, number: Number, last: str) -> tuple[str, int, bool] | None:
    """(measure, index of its noun, whether the words say it), or none where nothing is counted.

    `last` is the measure of the figure before, for "nearly 5,000 photos, including 2,884 of detained men".
    """
    if number.unit == "percent":
        return _percent(words, number)
    if number.unit:
        return number.unit, number.end - 1, True
    at = _skip(words, number.end)
    if words.folds[at : at + 1] == ("of",):
        return _partitive(words, number, at + 1, last)
    noun = _head(words, at)
    if noun is None:
        return _unsaid(words, number, at, last)
    return _counted(words, noun)


def _unsaid(words: Words, number: Number, at: int, last: str) -> tuple[str, int, bool] | None:
    """ "At least nineteen were under 18": of what was counted just before."""
    verb = words.folds[at : at + 1] and words.folds[at] in _COPULAS
    return (last, number.end - 1, False) if verb and last and number.comparator != "exactly" else None


def _counted(words: Words, noun: int) -> tuple[str, int, bool] | None:
    measure = singular(words.tokens[noun].text)
    if measure in _LENGTHS and words.folds[noun + 1 : noun + 2] == ("of",):
        return measure, noun, True
    if measure.casefold() in number_words().not_counted or number_words().months.get(measure.casefold()):
        return None
    return (measure if _proper(words, noun) else measure.lower()), noun, True


def _proper(words: Words, at: int) -> bool:
    return words.caps[at] and not words.headings[at]


def _skip(words: Words, at: int) -> int:
    while at < len(words) and words.tokens[at].text in _QUOTES:
        at += 1
    return at


def _partitive(words: Words, number: Number, at: int, last: str) -> tuple[str, int, bool] | None:
    """ "2,800 of the people", "fifteen of the inmates were children", "including 2,884 of detained men"."""
    if words.folds[at : at + 1] == ("them",):
        return _of_them(words, number, at + 1)
    determined = words.folds[at : at + 1] and words.folds[at] in lexicon().words["articles"]
    noun = _head(words, at + 1 if determined else at)
    if noun is None:
        return None
    if not determined:
        return (last, noun, False) if last else None
    after = noun + 1
    if words.folds[after : after + 1] and words.folds[after] in _COPULAS:
        said = _head(words, after + 1)
        if said is not None and _plural(words, said) and said == after + 1:
            return _counted(words, said)
    return _counted(words, noun)


def _of_them(words: Words, number: Number, at: int) -> tuple[str, int, bool] | None:
    """ "211 of them women", "90 of them were children"."""
    if words.folds[at : at + 1] and words.folds[at] in _COPULAS:
        at += 1
    noun = _head(words, at)
    return _counted(words, noun) if noun is not None and _plural(words, noun) else None


def _plural(words: Words, at: int) -> bool:
    return singular(words.folds[at]) != words.folds[at]


def _percent(words: Words, number: Number) -> tuple[str, int, bool] | None:
    at = _skip(words, number.end)
    if words.folds[at : at + 1] != ("of",):
        return None
    at += 1
    if words.folds[at : at + 1] == ("those",):
        return "percent of those", at, True
    noun = _head(words, at + 1 if words.folds[at : at + 1] and words.folds[at] in lexicon().words["articles"] else at)
    if noun is None:
        return None
    begin = at
    for i in range(at, noun):
        if words.folds[i] in ("'s", "'") or words.folds[i] in lexicon().words["articles"]:
            begin = i + 1
    kept = [words.tokens[i].text for i in range(begin, noun + 1) if not words.folds[i][0].isdigit()]
    return "percent of " + " ".join(kept), noun, True


def _head(words: Words, at: int) -> int | None:
    """The head noun of the noun phrase that begins at `at`, numbers before it read already."""
    if at >= len(words) or words.breaks[at] or words.folds[at] in _LINKS:
        return None
    tagged = bool(words.tokens[at].pos_)
    noun: int | None = None
    end = min(len(words), at + _REACH)
    while at < end and not words.breaks[at]:
        word, pos = words.folds[at], words.tokens[at].pos_
        if words.tokens[at].text in _QUOTES and noun is None:
            at += 1
            continue
        if tagged:
            if pos in ("NOUN", "PROPN"):
                if noun is not None and words.caps[at] and not words.caps[noun] and _plural(words, noun):
                    break  # "for eleven years Brandt was"
                noun = at
            elif (
                (
                    pos in ("VERB", "AUX", "PRON", "ADP", "SCONJ")
                    and not (pos == "VERB" and _participle(words, at, noun))
                )
                or (noun is not None and not _goes_on(words, at))
                or (word not in _LINKS and pos not in _INSIDE)
            ):
                break
        elif word == "'s" and noun is not None:
            pass
        elif word in lexicon().words["ends"] or not (word[0].isalnum() or word in _LINKS):
            break
        elif word[0].isalpha():
            noun = at
            if _plural(words, at) and not (at + 1 < end and words.folds[at + 1] in ("'s", "'")):
                break
        at += 1
    return noun


def _participle(words: Words, at: int, noun: int | None) -> bool:
    """ "2,000 leaked documents": a participle before the noun."""
    following = at + 1
    return noun is None and words.folds[at].endswith(("ed", "en", "ing", "wn")) and following < len(words)


def _goes_on(words: Words, at: int) -> bool:
    """Whether the phrase continues after a noun: a possessive or a hyphen ("county's adults", "case-file pages")."""
    if words.folds[at] in ("'s", "'"):
        return at + 1 < len(words) and words.tokens[at + 1].pos_ in ("NOUN", "PROPN", "ADJ", "NUM")
    return words.folds[at] == "-" and not words.tokens[at].whitespace_
