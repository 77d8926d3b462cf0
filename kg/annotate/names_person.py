"""Names of persons: titles split off, and the places in a sentence where only a person's name can stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kg.annotate.names_candidate import ORGANISATIONS, Candidate
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_runs import Run, head_class, trimmed
from kg.annotate.names_tokens import Words

_MAX_WORDS = 6  # of a person's name, particles, initials and hyphens counted
_KIN_MAX = 3  # words
_AGE = re.compile(r"1?[0-9]{1,2}")


def without_titles(words: Words, start: int, end: int) -> int:
    """Where the name proper begins in a capitalised run: after its last title or honorific.

    "Public Security Minister Zhao Kezhi" gives the index of "Zhao". A run that is nothing but titles gives `end`.
    """
    lex = lexicon()
    at = start
    for i in range(start, end):
        word = words.folds[i].rstrip(".")
        if word in lex.roles or word in lex.honorifics:
            at = i + 1
            if at < end and words.folds[at] == ".":
                at += 1
    while at < end and at > start and words.folds[at] in (".", "-"):
        at += 1
    if at == start:
        at = trimmed(words, start, end)
    return _past_portfolio(words, at, end, lex) if at == start else at


def _past_portfolio(words: Words, start: int, end: int, lex: Lexicon) -> int:
    """ "Minister of Public Security Tarek": what the post is for comes off too."""
    of = words.folds[start - 1 : start] in (("of",), ("for",)) and start > 1 and words.folds[start - 2] in lex.roles
    if not of:
        return start
    at = start
    while at < end and (words.folds[at] in lex.portfolios or words.folds[at] in ("and", "&")):
        at += 1
    return at if at < end else start


def _opens(words: Words, at: int, lex: Lexicon) -> bool:
    """Whether a stop word is just that, and not the name "He" in the middle of a sentence."""
    word = words.folds[at]
    return word in lex.stop and (words.starts[at] or word not in lex.words["name_like"])


def relatives(words: Words, runs: list[Run], known: Iterable[Candidate]) -> Iterator[Candidate]:
    """Runs that share their first or last word with a person found elsewhere: "Olga Jarek" beside "Milan Jarek"."""
    parts = {
        words.folds[i]
        for c in known
        if c.type == "Person" and c.length > 1
        for i in (c.start, c.end - 1)
        if len(words.folds[i]) > 1
    }
    for run in runs:
        start = without_titles(words, run.start, run.end)
        if not 2 <= run.end - start <= _KIN_MAX or not {words.folds[start], words.folds[run.end - 1]} & parts:
            continue
        if looks_like_person(words, start, run.end) and head_class(words, start, run.end) is None:
            yield Candidate(start, run.end, "Person", "context")


def _is_title(words: Words, at: int, lex: Lexicon) -> bool:
    word = words.folds[at - 1 if words.folds[at] == "." and at else at].rstrip(".")
    if word in lex.portfolios:  # "Minister of Public Security Tarek"
        of = next((i for i in range(at, max(-1, at - 4), -1) if words.folds[i] in ("of", "for")), 0)
        return of > 0 and words.folds[of - 1] in lex.roles
    return word in lex.roles or word in lex.honorifics


def looks_like_person(words: Words, start: int, end: int) -> bool:
    """Whether words `start` to `end` have the shape of a name: capitals, no stop word, no organisation's head noun."""
    lex = lexicon()
    if not 0 < end - start <= _MAX_WORDS or not words.caps[start]:
        return False
    for i in range(start, end):
        text, word = words.tokens[i].text, words.folds[i]
        if word in ("-", ".") or word in lex.particles:
            continue
        if not words.caps[i] or any(c.isdigit() for c in text) or not any(c.isalpha() for c in text):
            return False
        if word in lex.words["glued"] or word in lex.leak_heads or (i == start and _opens(words, i, lex)):
            return False
    kind = head_class(words, start, end) if end - start > 1 else None
    if kind and kind[0] in ORGANISATIONS and words.folds[end - 1] in lex.heads:
        return False
    return end - start > 1 or len(words.tokens[start].text) > 1


def persons_in_context(words: Words, runs: list[Run]) -> Iterator[Candidate]:
    """Runs that their surroundings show to be persons.

    After a title, an honorific, an occupation or "N-year-old"; before an age, or as the subject of being detained,
    sentenced, photographed. Recall matters most here: what is not found cannot be protected.
    """
    lex = lexicon()
    for run in runs:
        start = without_titles(words, run.start, run.end)
        titled = start > run.start and _is_title(words, start - 1, lex)
        end = _proper_end(words, start, run.end)
        if start >= end or not looks_like_person(words, start, end):
            continue
        kind = head_class(words, start, end)
        if kind and kind[0] not in ("Title", "City", "Place") and end - start > 1 and not titled:
            continue
        if (
            (titled and not _all_roles(words, start, end, lex))
            or _after_role(words, start, lex)
            or _before_age(words, end, lex)
            or _after_age(words, start)
            or _told_age(words, end)
            or (end - start > 1 and not kind and words.folds[end : end + 2] == (",", "who"))
            or (end - start > 1 and not kind and _byline(words, start, lex))
            or _custody(words, start, end, lex)
        ):
            yield Candidate(start, end, "Person", "titled")
        elif end - start in (2, 3) and words.folds[start] in lex.given and not kind:
            yield Candidate(start, end, "Person", "cue")
        elif (end - start > 1 and (words.folds[start] in lex.given or _kin(words, start))) or (
            end - start in (2, 3) and _speaks(words, end, lex) and not kind
        ):
            yield Candidate(start, end, "Person", "context")


def _proper_end(words: Words, start: int, end: int) -> int:
    """Where the name ends: before a weekday, a month or another word glued to it by its capital."""
    glued = lexicon().words["glued"]
    for at in range(start + 1, end):
        if words.folds[at] in glued:
            return at
    return end


def _all_roles(words: Words, start: int, end: int, lex: Lexicon) -> bool:
    return all(words.folds[i] in lex.roles for i in range(start, end))


def _after_role(words: Words, start: int, lex: Lexicon) -> bool:
    """ "academic Adrian", "spokesman Ned": a lower-case occupation right before, or an honorific."""
    if start == 0 or words.breaks[start]:
        return False
    before = start - 1
    if words.folds[before] == "." and before and words.folds[before - 1] in lex.honorifics:
        return True
    word = words.folds[before].rstrip(".")
    if word in lex.honorifics:
        return True
    return word in lex.roles and not words.caps[before]


def _before_age(words: Words, end: int, lex: Lexicon) -> bool:
    """ ", age 32", ", aged 40", ", 58,"."""
    rest = words.folds[end : end + 4]
    if len(rest) > 2 and rest[0] in (",", "("):
        if rest[1] in lex.age_words and _AGE.fullmatch(rest[2]):
            return True
        if _AGE.fullmatch(rest[1]) and rest[2] in (",", ")", "."):
            return True
    return False


def _byline(words: Words, start: int, lex: Lexicon) -> bool:
    """ "By NAME" opening a line, "(Reporting by NAME"."""
    if start == 0 or words.folds[start - 1] != "by" or words.breaks[start]:
        return False
    return words.breaks[start - 1] or (start > 1 and words.folds[start - 2] in lex.words["bylines"] | {":"})


def _told_age(words: Words, end: int) -> bool:
    """ ", as an 18 year-old pupil", ", a 40-year-old baker"."""
    if words.folds[end : end + 1] != (",",):
        return False
    ahead = words.folds[end + 1 : end + 8]
    closed = next((i for i, word in enumerate(ahead) if word in (",", ".", ";")), len(ahead))
    return any(word in ("old", "year-old") for word in ahead[:closed]) and not any(words.breaks[end : end + closed])


def _after_age(words: Words, start: int) -> bool:
    """ "17-year-old", "18 year-old" before the name, maybe with a noun between ("16-year-old student")."""
    for at in (start, start - 1):
        if at > 1 and words.folds[at - 1] in ("old", "olds") and "year" in words.folds[max(0, at - 4) : at - 1]:
            return not any(words.breaks[at : start + 1])
        if at > 0 and words.folds[at - 1].endswith("year-old"):
            return not words.breaks[start]
    return False


def _custody(words: Words, start: int, end: int, lex: Lexicon) -> bool:
    """ "... was sentenced", "..., who was detained", "detention of ..."; two words at least, or no head noun."""
    if end - start < 2:
        return False
    at, size = end, len(words)
    if at < size and words.folds[at] == ",":
        at += 1
    if at < size and words.folds[at] in ("who", "had", "has"):
        at += 1
    while at < size and words.folds[at] in ("was", "were", "is", "been", "has", "had", "also", "being"):
        at += 1
    return end < at < size and words.folds[at] in lex.custody_verbs and not any(words.breaks[end:at])


def _kin(words: Words, start: int) -> bool:
    """ "his wife X", "daughter of X", "photo of X", "a speech by X"."""
    if start < 2 or words.breaks[start] or words.breaks[start - 1]:
        return False
    before, noun, kin = words.folds[start - 1], words.folds[start - 2], lexicon().words["kin"]
    if before in ("of", ",", ":") and (noun in kin or (before == "of" and noun in lexicon().words["seen"])):
        return True
    if before == "by" and noun in lexicon().documents["speech"]:
        return True
    return before in kin or before == "named"


def _speaks(words: Words, end: int, lex: Lexicon) -> bool:
    return end < len(words) and words.folds[end] in lex.speech_verbs and not words.breaks[end]
