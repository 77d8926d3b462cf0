"""What the words beside a name say that it is: "X, the prime minister", "the daily X", "staff at X", "X, Spain"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kg.annotate.names_candidate import Candidate, broad
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_person import looks_like_person
from kg.annotate.names_runs import Run, head_class, trimmed
from kg.annotate.names_tokens import Words

_APPOSITION = 8  # words after a comma in which the occupation stands
_LIST = 4  # names on either side that are looked at
_BEFORE = 9  # words before a comma in which it does ("China's ambassador to Sweden, X")
_CLOSERS = frozenset(
    (".", ",", ";", ":", "who", "which", "that", "and", "at", "of", "for", "in", "with", "from", "(", ")")
)
_MARKS = frozenset((".", ",", ";", ":", "(", ")", "“", "”", '"', "-"))


def cued_names(words: Words, runs: list[Run], known: Mapping[int, Candidate]) -> Iterator[Candidate]:
    """Candidates for runs that an apposition, a common noun or a preposition beside them classifies.

    `known` maps the first word of names found so far to them.
    """
    lex = lexicon()
    for which, run in enumerate(runs):
        noun = _noun_before(words, run.start, lex)
        if noun is not None:
            yield Candidate(run.start, run.end, noun, "titled")
            continue
        start = _past_place(words, run, known, lex)
        if start != run.start:
            yield Candidate(start, run.end, "Person", "titled")
            continue
        start = trimmed(words, run.start, run.end)
        end = run.end
        if start >= end or any(words.folds[i] in lex.roles for i in range(start, end)):
            continue
        kind = head_class(words, start, end)
        named = kind is None and end - start > 1 and looks_like_person(words, start, end)
        if named and (apposed_roles(words, end) or _role_before_comma(words, start, lex)):
            yield Candidate(start, end, "Person", "titled")
        elif (thing := _apposed_thing(words, start, end, lex)) is not None and kind is None:
            yield Candidate(start, end, thing, "cue")
        elif _works_at(words, start, lex) or _has_boss(words, start, end, lex):
            if words.folds[start] not in lex.given:
                yield Candidate(start, end, kind[0] if kind else "Organisation", "cue")
        elif kind is None and (sibling := _listed_with(words, runs, which, known, lex)):
            yield Candidate(start, end, sibling, "cue")
        elif _before_place(words, end, known) and (kind is None or kind[0] in ("City", "County")):
            yield Candidate(start, end, "Place", "cue")
        elif kind is None and end - start <= 2 and _located(words, start, lex):
            yield Candidate(start, end, "Place", "cue" if end - start == 1 else "context")


def _past_place(words: Words, run: Run, known: Mapping[int, Candidate], lex: Lexicon) -> int:
    """ "Governor of Norland Tarek Wolan": where the name begins after the place that the post is in, else the run."""
    place = known.get(run.start)
    if place is None or broad(place.type) != "Place" or words.folds[run.start - 1 : run.start] != ("of",):
        return run.start
    post = run.start > 1 and words.folds[run.start - 2] in lex.roles
    named = 2 <= run.end - place.end <= _LIST and looks_like_person(words, place.end, run.end)
    return place.end if post and named else run.start


def apposed_roles(words: Words, end: int) -> list[str]:
    """The occupation that an apposition or "is a" gives the name that ends at `end`, and its two-word form."""
    lex = lexicon()
    opener = words.folds[end] if end < len(words) and not words.breaks[end] else ""
    if opener not in (",", "is", "was", "(", "became"):
        return []
    at = end + 1
    if opener in ("is", "was", "became") and words.folds[at : at + 1] not in (("a",), ("an",), ("the",)):
        return []
    found: list[str] = []
    for i in range(at, min(at + _APPOSITION, len(words))):
        word = words.folds[i]
        if words.breaks[i] or word in _CLOSERS:
            break
        if words.tokens[i].pos_ in ("VERB", "AUX") and word not in lex.modifiers and i > at:
            break
        if word in lex.roles:
            found = with_first(words, i)
    return found


def with_first(words: Words, at: int) -> list[str]:
    """A role word and the two-word role that ends in it ("foreign secretary")."""
    two = f"{words.folds[at - 1]} {words.folds[at]}" if at and not words.breaks[at] else ""
    return [words.folds[at], two] if two in lexicon().roles else [words.folds[at]]


def _role_before_comma(words: Words, start: int, lex: Lexicon) -> bool:
    """ "the director of national intelligence, X"."""
    comma = start - 1
    if comma < 2 or words.folds[comma] != "," or words.breaks[start]:
        return False
    found = False
    for i in range(comma - 1, max(-1, comma - 1 - _BEFORE), -1):
        word = words.folds[i]
        if word in _MARKS:
            return False
        found = found or (word in lex.roles and not (words.caps[i] and i + 1 < comma and words.caps[i + 1]))
        if found and (word in ("the", "a", "an", "his", "her", "its", "their", "'s", "'") or words.breaks[i]):
            return True
    return False


def _apposed_thing(words: Words, start: int, end: int, lex: Lexicon) -> str | None:
    """ "Denmark's largest lender, X", "X, a law firm": the class of the noun beyond the comma."""
    if words.folds[end : end + 1] == (",",) and not words.breaks[end]:
        noun = ""
        for i in range(end + 1, min(end + 1 + _APPOSITION, len(words))):
            if words.breaks[i] or words.folds[i] in _CLOSERS:
                break
            noun = "" if words.caps[i] else words.folds[i]
        opened = words.folds[end + 1 : end + 2] in (("a",), ("an",), ("the",)) or "'s" in words.folds[end + 2 : end + 4]
        if opened and (found := _thing(noun, lex)):
            return found
    if start > 2 and words.folds[start - 1] == "," and not words.breaks[start]:
        before = words.folds[max(0, start - 7) : start - 1]
        if any(word in ("the", "a", "an", "'s") for word in before):
            return _thing(words.folds[start - 2], lex)
    return None


def _listed_with(words: Words, runs: list[Run], which: int, known: Mapping[int, Candidate], lex: Lexicon) -> str | None:
    """ "The Intercept and X", "France, Spain and X": the class of the known names in one list with it."""
    run = runs[which]
    if words.folds[run.start] in lex.given:
        return None
    kinds: set[str] = set()
    linked = False
    for step in (-1, 1):
        at = which
        while 0 <= at + step < len(runs) and abs(at + step - which) <= _LIST:
            left, right = (runs[at + step], runs[at]) if step < 0 else (runs[at], runs[at + step])
            between = tuple(f for f in words.folds[left.end : right.start] if f != "the")
            if between not in ((",",), ("and",), (",", "and"), ("or",)) or any(
                words.breaks[left.end : right.start + 1]
            ):
                break
            linked = linked or "and" in between
            at += step
            other = known.get(runs[at].start)
            if other is not None and other.end == runs[at].end and other.source == "authority":
                kinds.add(other.type)
    wide = {broad(kind) for kind in kinds}
    if not linked or len(wide) != 1 or not wide & {"Organisation", "Place"}:
        return None
    return next(iter(kinds)) if len(kinds) == 1 and kinds != {"Country"} else next(iter(wide))


def _thing(noun: str, lex: Lexicon) -> str | None:
    """The class that a common noun names without doubt, organisations and prisons only."""
    classes = lex.nominals.get(noun, ())
    if noun in lex.outlet_nouns:
        return "MediaOutlet"
    if len(classes) != 1 or classes[0] in ("Speech", "ScholarlyArticle", "Article", "GovernmentBody", "Country"):
        return None
    return classes[0]


def _noun_before(words: Words, start: int, lex: Lexicon) -> str | None:
    """ "the German daily X", "law firm X", "the city of X": the class that the noun names."""
    at = start - 1
    if at < 1 or words.breaks[start]:
        return None
    of = words.folds[at] == "of" and words.folds[at - 2 : at - 1] == ("the",)
    noun = words.folds[at - 1] if of else words.folds[at]
    if words.caps[at - 1 if of else at]:
        return None
    if noun in lex.outlet_nouns and not of:
        return "MediaOutlet"
    classes = lex.nominals.get(noun, ())
    if (
        not classes
        or len(classes) > 1
        or classes[0] in ("Speech", "ScholarlyArticle", "Article", "GovernmentBody", "Country")
    ):
        return None
    if (broad(classes[0]) == "Place") != of and noun not in ("capital", "city", "town"):
        return None
    return classes[0]


def _works_at(words: Words, start: int, lex: Lexicon) -> bool:
    """ "executives at X", "a columnist for X", "chief executive of X"."""
    at = start - 1 - (words.folds[start - 1 : start] == ("the",))
    if at < 1 or words.breaks[start]:
        return False
    preposition, noun = words.folds[at], words.folds[at - 1]
    if preposition in ("at", "for"):
        return noun in lex.roles or noun.removesuffix("s") in lex.roles
    return preposition == "of" and noun in lex.words["bosses"]


def _has_boss(words: Words, start: int, end: int, lex: Lexicon) -> bool:
    """ "X's co-founder", "X's shareholders"."""
    if words.folds[end : end + 1] not in (("'s",), ("'",)):
        return False
    return any(w in lex.words["bosses"] for w in words.folds[end + 1 : end + 4])


def _before_place(words: Words, end: int, known: Mapping[int, Candidate]) -> bool:
    """ "X, Spain", the place not owning what comes next ("X, Spain's king")."""
    if words.folds[end : end + 1] != (",",):
        return False
    place = known.get(end + 1)
    if place is None or broad(place.type) != "Place" or place.source not in ("authority", "ner"):
        return False
    return words.folds[place.end : place.end + 1] not in (("'s",), ("'",)) and not _listed(words, place.end, known)


def _listed(words: Words, end: int, known: Mapping[int, Candidate]) -> bool:
    """Whether the place is one of a list ("Smith, Spain and Italy")."""
    return words.folds[end : end + 1] == ("and",) and end + 1 in known


def _located(words: Words, start: int, lex: Lexicon) -> bool:
    """ "in X": a weak sign of a place."""
    at = start - 1
    if at < 0 or words.breaks[start] or words.tokens[start].text.isupper():
        return False
    if words.tokens[start].pos_ not in ("PROPN", ""):
        return False
    return words.folds[at] in ("in", "near") or (words.folds[at : at + 1] in lex.government["directions"])
