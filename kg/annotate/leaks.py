"""Leaks and media by the way a text names them: "the Pandora Papers", "a trove dubbed “X”", "told <Outlet>"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kg.annotate.names_candidate import Candidate, broad
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_runs import Run, capital_runs, head_class, trimmed
from kg.annotate.names_tokens import Words

_OPEN, _CLOSE = frozenset("\"“'‘"), frozenset("\"”'’,")
_QUOTED_MAX = 7  # words of a leak's name in quotation marks
_NAME_MAX = 6  # words of a leak's name in capitals
_BACK = 25  # words before a naming verb in which the thing named must be called a leak, cache, trove, ...


def speaks_of_leaks(words: Words) -> bool:
    """Whether the document uses any of the words that reporting on leaks cannot do without."""
    signs = lexicon().leak_signs
    return any(word in signs for word in words.folds)


def leak_names(words: Words) -> Iterator[Candidate]:
    """Leaks named in capitals with a leak's head noun, by a one-word coinage, or given a name by the text."""
    lex = lexicon()
    leaking = speaks_of_leaks(words)
    for run in capital_runs(words, headings=True):
        found = _headed(words, run, leaking, lex)
        if found:
            yield found
    for at in range(len(words)):
        yield from _named(words, at, lex)


def _headed(words: Words, run: Run, leaking: bool, lex: Lexicon) -> Candidate | None:
    end = run.end
    for at in range(run.start, run.end):
        text, word = words.tokens[at].text, words.folds[at]
        if text[0].isupper() and len(word) > 7 and word.endswith(lex.leak_endings) and word not in lex.leak_heads:
            return Candidate(at, at + 1, "Leak", "leak")
        is_head = word in lex.leak_heads or (leaking and word in lex.leak_weak_heads)
        if is_head and at > run.start and not _continues(words, at, lex):
            end = at + 1
            break
    else:
        return None
    start = _after_stop(words, run.start, end - 1)
    if end - start < 2 or end - start > _NAME_MAX:
        return None
    if all(words.folds[i] in lex.stop for i in range(start, end - 1)):
        return None
    if head_class(words, start, end - 1) is not None and words.folds[end - 1] in lex.leak_weak_heads:
        return None
    return Candidate(start, end, "Leak", "leak")


def _continues(words: Words, at: int, lex: Lexicon) -> bool:
    """Whether the name goes on after a weak head with another one ("Secret Files Archive")."""
    following = at + 1
    return following < len(words) and words.caps[following] and words.folds[following] in lex.leak_heads


def _after_stop(words: Words, start: int, end: int) -> int:
    """Drop what a headline puts before a leak's name: stop words, "Leaked", a verb in -ed."""
    stop = lexicon().stop | lexicon().words["always_off"]
    at = trimmed(words, start, end)
    while at < end and (words.folds[at] in stop or words.folds[at].endswith("ed")) and words.folds[at] != "police":
        at += 1
    if words.headings[start]:
        at = next((i + 1 for i in range(end - 1, at - 1, -1) if words.folds[i].endswith("ed")), at)
    return at if at < end else start


def _named(words: Words, at: int, lex: Lexicon) -> Iterator[Candidate]:
    """The name that a naming verb at `at` gives to something called a leak before it in the sentence."""
    size = next((n for n in (3, 2, 1) if words.folds[at : at + n] in lex.leak_naming), 0)
    if not size:
        return
    name = at + size
    if words.folds[name : name + 1] == ("as",):
        name += 1
    if words.folds[name : name + 1] == ("the",):
        name += 1
    if name >= len(words) or words.breaks[name] or not _calls_leak(words, at, lex):
        return
    if words.tokens[name].text in _OPEN:
        start = name + 1
        if words.folds[start : start + 1] == ("the",):
            start += 1
        for end in range(start + 1, min(start + _QUOTED_MAX, len(words))):
            if words.tokens[end].text[0] in _CLOSE:
                if words.caps[start] and words.tokens[start].text[0].isalpha():
                    yield Candidate(start, end, "Leak", "leak")
                return
    elif words.caps[name] and words.folds[name] not in lex.stop:
        end = name
        while end < min(name + _NAME_MAX, len(words)) and not (end > name and words.breaks[end]):
            if not (words.caps[end] or words.tokens[end].text[0].isdigit()):
                break
            end += 1
        if head_class(words, name, end) is None:
            yield Candidate(name, end, "Leak", "leak")


def _calls_leak(words: Words, at: int, lex: Lexicon) -> bool:
    """Whether a leak noun stands shortly before `at` in the same sentence, and nearer than any person's role."""
    for i in range(at - 1, max(-1, at - _BACK), -1):
        word = words.folds[i]
        if words.starts[i + 1] and i + 1 != at:
            return False
        if word in lex.leak_content or any(words.folds[i : i + len(p)] == p for p in lex.leak_core):
            return True
        if word in lex.roles:
            return False
    return False


def outlet_names(words: Words, runs: list[Run], taken: Iterable[Candidate]) -> Iterator[Candidate]:
    """Runs that stand where a medium's name stands and are not known to be something else."""
    lex = lexicon()
    known = {c.start: c for c in taken}
    for run in runs:
        start = trimmed(words, run.start, run.end)
        if start >= run.end:
            continue
        before = words.folds[start - 1] if start and not words.breaks[start] else ""
        if before == "the" and start > 1:
            before = words.folds[start - 2]
        other = known.get(start)
        misread = (
            before in lex.told
            and other is not None
            and other.source in ("ner", "context")
            and broad(other.type) == "Place"
        )
        if other is not None and broad(other.type) not in ("", "Organisation") and not misread:
            continue
        after = words.folds[run.end] if run.end < len(words) and not words.breaks[run.end] else ""
        kind = head_class(words, start, run.end)
        medium = kind is not None and kind[0] == "MediaOutlet"
        if kind is not None and not medium:
            continue
        told = before in lex.told and _not_a_person(words, start, run.end, lex)
        if told or before in lex.outlet_nouns or (medium and (after in lex.reported or before in ("to", "by"))):
            yield Candidate(start, run.end, "MediaOutlet", "head" if medium else "cue")
        elif after in lex.reported and other is None and _not_a_person(words, start, run.end, lex):
            yield Candidate(start, run.end, "MediaOutlet", "context")


def _not_a_person(words: Words, start: int, end: int, lex: Lexicon) -> bool:
    return words.folds[start] not in lex.given and words.folds[start] not in lex.stop and end - start <= 4
