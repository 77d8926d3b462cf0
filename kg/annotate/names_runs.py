"""Runs of capitalised words, and the names among them that their head noun tells: "Ministry of Finance"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.annotate.names_candidate import ORGANISATIONS, Candidate, broad
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_tokens import Words

CONNECTORS = frozenset({"of", "for", "on", "against"})
_BETWEEN = frozenset({"the", "and", "&"})
_MAX_WORDS = 12  # of an organisation's name; longer runs are headlines
_SUFFIXED = frozenset({"inc", "inc.", "ltd", "ltd.", "plc", "llc", "corp", "corp.", "gmbh", "ag", "co.", "llp"})


@dataclass(frozen=True, slots=True)
class Run:
    """Capitalised words `start` to `end` (exclusive) with nothing else between them but hyphens and particles."""

    start: int
    end: int


def capital_runs(words: Words, *, headings: bool = False) -> list[Run]:
    """Every maximal run, in order. Lines set as headings are left out unless asked for."""
    lex = lexicon()
    runs: list[Run] = []
    at, size = 0, len(words)
    while at < size:
        if not _word(words, at) or (words.headings[at] and not headings):
            at += 1
            continue
        end = at + 1
        while end < size and not words.breaks[end]:
            if _word(words, end):
                end += 1
            elif end + 1 < size and not words.breaks[end + 1] and _joins(words, end, lex):
                end += 2
            elif end + 2 < size and _two_particles(words, end, lex):
                end += 3
            else:
                break
        runs.append(Run(at, end))
        at = end
    return runs


def _word(words: Words, at: int) -> bool:
    if words.caps[at] and _number_sign(words, at):
        return False
    return (words.caps[at] and words.folds[at] not in ("i", "i'm", "i'll", "i've")) or _initial(words, at)


def _number_sign(words: Words, at: int) -> bool:
    """ "No. 3": the abbreviation before a number is no word of a name."""
    if words.folds[at] not in ("no", "no."):
        return False
    return any(f.isdigit() for f in words.folds[at + 1 : at + 3])


def _initial(words: Words, at: int) -> bool:
    text = words.tokens[at].text
    return len(text) <= 2 and text[0].isupper()


def _joins(words: Words, at: int, lex: Lexicon) -> bool:
    """Whether the lower-case word at `at` stands inside a name: "Rose-Hulman", "van der", "D & G"."""
    text, following = words.folds[at], at + 1
    if text == "-":
        tight = not words.tokens[at].whitespace_ and not words.tokens[at - 1].whitespace_
        return tight and _word(words, following)
    if text == "&":
        return _word(words, following)
    if text in ("'s", "'"):
        owner, owned = words.folds[at - 1], words.folds[following]
        if owned in lex.words["offices"] and owner in lex.roles:
            return _word(words, following)  # "Information Commissioner's Office"
        return owner in lex.words["possessors"] and _word(words, following)
    if text == "." and len(words.tokens[at - 1].text) == 1:
        return _word(words, following)
    if words.tokens[at].text in ("al", "ul", "el") and following + 1 < len(words) and words.folds[following] == "-":
        return False
    return text in lex.particles and _word(words, following) and len(text) > 1


def _two_particles(words: Words, at: int, lex: Lexicon) -> bool:
    """ "Bo van der Hulst"."""
    both = words.folds[at] in lex.particles and words.folds[at + 1] in lex.particles
    return both and not any(words.breaks[at : at + 3]) and _word(words, at + 2) and len(words.folds[at]) > 1


def head_class(words: Words, start: int, end: int) -> tuple[str, int] | None:
    """(class, how many words say it) by the last one or two words of `start` to `end`, or none."""
    heads = lexicon().heads
    for size in (3, 2, 1):
        if end - start < size:
            continue
        phrase = " ".join(words.folds[end - size : end])
        found = heads.get(phrase) or (heads.get(phrase[:-1]) if phrase.endswith("s") else None)
        if found:
            return found, size
    first = lexicon().first.get(words.folds[start]) if end - start > 1 else None
    return (first, 1) if first else None


def extended(words: Words, runs: list[Run], which: int) -> tuple[int, list[Run]]:
    """How far a run reaches over "of", "for", "on": the end, and the runs it then holds."""
    parts = [runs[which]]
    end, following = runs[which].end, which + 1
    while following < len(runs):
        gap = runs[following].start - end
        between = words.folds[end : runs[following].start]
        if not 1 <= gap <= 2 or any(words.breaks[end : runs[following].start + 1]):
            break
        linked = between[0] in CONNECTORS and (gap == 1 or between[1] == "the")
        linked = linked and not _is_date(words, runs[following].start)
        coordinated = gap == 1 and between[0] in _BETWEEN and len(parts) > 1 and between[0] != "the"
        listed = between == (",",) and len(parts) > 1 and _list_goes_on(words, runs, following)
        if not (linked or coordinated or listed):
            break
        if coordinated and head_class(words, runs[following].start, runs[following].end):
            break
        end = runs[following].end
        parts.append(runs[following])
        following += 1
    return end, parts


def _is_date(words: Words, at: int) -> bool:
    """ "the Space Center on April 12" ends before its date."""
    return words.folds[at] in lexicon().words["glued"] or any(c.isdigit() for c in words.folds[at])


def _list_goes_on(words: Words, runs: list[Run], which: int) -> bool:
    """Whether a comma inside a name leads to an "and": "Department for Business, Energy and Industry"."""
    for at in range(which, min(which + 3, len(runs) - 1)):
        between = words.folds[runs[at].end : runs[at + 1].start]
        if head_class(words, runs[at].start, runs[at].end) or runs[at].end - runs[at].start > 2:
            return False
        if between in (("and",), (",", "and"), ("and", "the")):
            return True
        if between != (",",):
            return False
    return False


def headed_names(words: Words, runs: list[Run]) -> Iterator[Candidate]:
    """Organisations, places and events whose head noun tells what they are."""
    for which, run in enumerate(runs):
        start = trimmed(words, run.start, run.end)
        end, parts = extended(words, runs, which)
        if end - start > _MAX_WORDS or start >= run.end:
            continue
        first = head_class(words, start, run.end)
        if first and first[0] == "Title":
            continue
        start = _listed_before(words, runs, which, start)
        if first and len(parts) > 1 and (first[0] in ORGANISATIONS or first[0] == "Region"):
            yield Candidate(start, end, first[0], "head")
            continue
        if first and run.end - start > first[1]:
            end = (
                _numbered(words, run.end)
                if first[0] in ("DetentionFacility", "AcademicInstitution", "Organisation")
                else run.end
            )
            # "Manchester City" may be a club and "Kansas City" a city: such a head is a weak sign.
            yield Candidate(start, end, first[0], "context" if first[0] == "City" else "head")
            continue
        joined = _only_head_after_and(words, runs, which)
        if joined:
            yield Candidate(start, runs[which + 1].end, joined, "head")
            continue
        if len(parts) > 1 and (last := _closing(words, start, parts)):
            yield last


def _listed_before(words: Words, runs: list[Run], which: int, start: int) -> int:
    """Where "the Digital, Culture, Media and Sport Committee" begins; `start` where no such list stands before."""
    if words.folds[runs[which].end - 1] not in lexicon().words["listing"] or words.folds[start - 1 : start] != ("and",):
        return start
    begin, at = start, which
    while at and words.folds[runs[at - 1].end : begin] in (("and",), (",",), (",", "and")):
        at -= 1
        begin = runs[at].start
        if runs[at].end - begin > 3:
            return start
    return begin if which - at > 1 and words.folds[begin - 1 : begin] == ("the",) else start


def _numbered(words: Words, end: int) -> int:
    """Past "No. 3" after a name ("Prison No. 3"), else `end`."""
    at = end
    while (
        at < min(end + 3, len(words)) and words.folds[at] in ("no", ".", "no.", "#", "number") and not words.breaks[at]
    ):
        at += 1
    return at + 1 if at > end and at < len(words) and words.folds[at].isdigit() else end


def _only_head_after_and(words: Words, runs: list[Run], which: int) -> str | None:
    """The class of "Skills Education and Training Centers" and "the Organized Crime and Corruption Project".

    A run that is only a head noun belongs to the one before "and"; after "the", one that ends in a head noun does.
    """
    if which + 1 >= len(runs):
        return None
    run, following = runs[which], runs[which + 1]
    if words.folds[run.end : following.start] != ("and",) or any(words.breaks[run.end : following.start + 1]):
        return None
    kind = head_class(words, following.start, following.end)
    start = trimmed(words, run.start, run.end)
    if kind is None or run.end - start < 2 or head_class(words, start, run.end):
        return None
    if kind[1] == following.end - following.start and kind[1] > 1:
        return kind[0]
    named = words.folds[start - 1 : start] == ("the",) and kind[0] in ORGANISATIONS
    return kind[0] if named and words.folds[following.end - 1] in lexicon().heads else None


def _closing(words: Words, start: int, parts: list[Run]) -> Candidate | None:
    """ "Victims of Communism Memorial Foundation": the head noun stands at the very end."""
    if words.folds[parts[0].end - 1] in lexicon().roles or len(parts) > 2:
        return None
    last = head_class(words, parts[-1].start, parts[-1].end)
    if words.folds[parts[0].end + 1] == "the" or words.folds[start] in lexicon().given:
        return None  # "Kate Clarke of the Analysts Network"
    if not last or last[0] not in ORGANISATIONS or parts[-1].end - parts[-1].start <= last[1]:
        return None
    return Candidate(start, parts[-1].end, last[0], "head")


def trimmed(words: Words, start: int, end: int) -> int:
    """Where a run begins once the stop words before it are dropped ("But Germany", "The Hague" keeps its article)."""
    stop, off = lexicon().stop, lexicon().words["always_off"]
    while (
        start < end
        and (words.folds[start] in stop or words.folds[start] in off)
        and not _acronym(words.tokens[start].text)
    ):
        if words.starts[start] or words.folds[start] in off or end - start == 1:
            start += 1
        else:
            break
    return start


def _acronym(text: str) -> bool:
    return len(text) > 1 and text.isupper()


def state_bodies(words: Words, places: dict[int, tuple[int, str]]) -> Iterator[Candidate]:
    """ "Chinese Foreign Ministry", "China's central government": a body after the country's name or adjective.

    `places` maps the index of the first word of a country's name or adjective to (end, authority id).
    """
    lex = lexicon()
    heads, between = lex.government["heads"], lex.government["between"]
    for start, (end, place) in places.items():
        at = end
        if at < len(words) and words.folds[at] in ("'s", "'"):
            at += 1
        limit = min(at + 5, len(words))
        while at < limit and not words.breaks[at]:
            size = next((n for n in (3, 2, 1) if words.folds[at : at + n] in heads), 0)
            if size:
                yield Candidate(start, at + size, "GovernmentBody", "government", place=place or None)
                break
            if words.folds[at : at + 1] not in between:
                break
            at += 1


def described_places(words: Words, known: dict[int, Candidate]) -> Iterator[Candidate]:
    """ "southern Xinjiang", "Konasheher county": a place's name with a direction before or a common noun after it.

    `known` maps the first word of places found so far to them.
    """
    government = lexicon().government
    for start, found in known.items():
        if broad(found.type) != "Place":
            continue
        end = found.end
        noun = words.folds[end : end + 1]
        if noun in government["place_nouns"] and not words.caps[end] and found.source != "authority":
            yield Candidate(start, end + 1, lexicon().heads.get(noun[0], found.type), "head")
        for size in (2, 1):
            if words.folds[end : end + size] in government["facility_nouns"] and not words.breaks[end]:
                yield Candidate(start, end + size, "DetentionFacility", "head")
                break
        before = words.folds[start - 1 : start] if start else ()
        if noun in government["place_nouns"]:
            continue  # "the northwestern Tarkhan region" is where Tarkhan lies, not a part of it
        directed = before in government["directions"] and not words.caps[start - 1] and not words.breaks[start]
        if directed and (found.type in ("Region", "Country") or found.source != "authority"):
            yield Candidate(start - 1, end, "Region", "head")


def company_endings(words: Words, runs: list[Run]) -> Iterator[Candidate]:
    """ "Appleby, Inc.": the legal form after a comma."""
    for run in runs:
        if words.folds[run.end - 1] in _SUFFIXED and run.end - run.start > 1:
            yield Candidate(trimmed(words, run.start, run.end), run.end, "Company", "head")
