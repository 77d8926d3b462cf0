"""The statistical recogniser's entities, made fit: titles off, joined names apart, classes of the ontology."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc

from kg.annotate.names_candidate import Candidate
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_person import looks_like_person, without_titles
from kg.annotate.names_runs import Run, head_class, trimmed
from kg.annotate.names_tokens import Words

# OntoNotes, CoNLL and Universal NER labels. Labels not listed (nationalities, dates, works, laws) are no entities here.
LABELS = {
    "PERSON": "Person",
    "PER": "Person",
    "ORG": "Organisation",
    "GPE": "Place",
    "LOC": "Place",
    "FAC": "Place",
    "EVENT": "Event",
}
_RUN_MAX = 4  # words; a longer run is more than one name
_NO_NAME = frozenset({"LegalText", "Title"})


def recognised(doc: Doc, words: Words, runs: list[Run]) -> Iterator[Candidate]:
    """A candidate for each entity of `doc.ents` that can be one, widened to its run of `runs`."""
    run_of = {i: run for run in runs for i in range(run.start, run.end)}
    for ent in doc.ents:
        kind = LABELS.get(ent.label_)
        if kind is None:
            continue
        start = words.index[ent.start]
        end = words.index[ent.end - 1] + (0 if doc[ent.end - 1].is_space else 1)
        for piece_start, piece_end in _pieces(words, start, end):
            found = _cleaned(words, piece_start, piece_end, kind)
            if found:
                yield _whole(words, found, run_of.get(found.start))


def _whole(words: Words, found: Candidate, run: Run | None) -> Candidate:
    """A name widened to its run where that looks like one as a whole; a part would leave the rest bare."""
    if run is None or run.end < found.end or (run.start, run.end) == (found.start, found.end):
        return found
    if found.type == "Person":
        start = without_titles(words, run.start, run.end)
        fits = start <= found.start and looks_like_person(words, start, run.end)
        return found.cut(start, run.end) if fits else found
    start, lex = trimmed(words, run.start, run.end), lexicon()
    if words.folds[run.end - 1] in lex.peoples:
        return found
    if start > found.start or run.end - start > _RUN_MAX or head_class(words, found.start, found.end):
        return found
    if any(f in lex.roles or f in lex.stop or f in lex.honorifics for f in words.folds[start : run.end]):
        return found
    kind = head_class(words, start, run.end)
    return Candidate(start, run.end, kind[0] if kind else found.type, "ner")


def _pieces(words: Words, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A span cut where no name goes on: line breaks, commas, quotation marks, brackets."""
    at = start
    small = lexicon().words["possessors"]
    for i in range(start, end):
        owner = words.folds[i] == "'s" and i > start and words.folds[i - 1] not in small and end - i > 2
        cut = i > start and words.breaks[i]
        mark = words.tokens[i].text in (",", "“", "”", '"', "(", ")", ";", ":", "|", "/", "[", "]")
        mark = mark or (owner and i - start > 1)
        if cut or mark:
            if at < i:
                yield at, i
            at = i + 1 if mark else i
    if at < end:
        yield at, end


def _cleaned(words: Words, start: int, end: int, kind: str) -> Candidate | None:
    lex = lexicon()
    while end > start and (
        words.folds[end - 1] in ("'s", "'", ".", "-", "and", "of", "the", "no") or not words.folds[end - 1][0].isalnum()
    ):
        if (
            words.folds[end - 1] == "."
            and end - start > 1
            and len(words.tokens[end - 2].text) == 1
            and kind == "Person"
        ):
            break
        end -= 1
    while start < end and (
        words.folds[start] in ("the", "a", "an", "'s", "and", "-") or not words.folds[start][0].isalnum()
    ):
        start += 1
    if kind == "Person":
        while start < end and not words.caps[start] and words.folds[start] not in lex.particles:
            start += 1
        start = without_titles(words, start, end)
    else:
        start = trimmed(words, start, end)
        while start < end and words.folds[start].isdigit():
            start += 1
        while end - start > 1 and not words.caps[end - 1] and words.folds[end - 1] not in lex.heads:
            end -= 1  # "UN human" of "UN human rights chief"
        end = _before_post(words, start, end, lex)
    if start >= end or not any(words.caps[start:end]):
        return None
    if end - start > 1 and kind != "Person" and words.folds[end - 1] in lex.peoples:
        end, kind = end - 1, "Place"  # "Connecticut Democrat"
    if end - start == 1 and (words.folds[start] in lex.stop or words.folds[start] in lex.roles):
        return None
    if end - start == 1 and _common(words, start, lex):
        return None
    if words.folds[end - 1] in lex.stop_endings or not _letters(words, start, end):
        return None
    if kind == "Person" and end - start == 1 and _after_article(words, start):
        return None
    if kind == "Person" and not looks_like_person(words, start, end):
        return None
    return _typed(words, start, end, kind)


def _before_post(words: Words, start: int, end: int, lex: Lexicon) -> int:
    """Where the name ends when a post follows: "UN High" before "Commissioner" is the UN."""
    if end >= len(words) or words.breaks[end] or words.folds[end] not in lex.roles:
        return end
    while end > start and words.folds[end - 1] in lex.portfolios:
        end -= 1
    return end


def _common(words: Words, at: int, lex: Lexicon) -> bool:
    """Whether a lone word has its capital from where it stands, and is no name ("Spreadsheets show ...")."""
    word = words.folds[at]
    if word in lex.nominals or word in lex.leak_content or (word,) in lex.leak_core:
        return True
    return words.starts[at] and words.tokens[at].pos_ not in ("PROPN", "")


def _after_article(words: Words, at: int) -> bool:
    """Whether an article stands before a lone word: people have none."""
    return at > 0 and not words.breaks[at] and words.folds[at - 1] in ("the", "a", "an")


def _letters(words: Words, start: int, end: int) -> bool:
    return sum(len(words.folds[i]) for i in range(start, end) if words.folds[i][0].isalpha()) > 1


def _typed(words: Words, start: int, end: int, kind: str) -> Candidate | None:
    """The class by head noun where the recogniser's own is coarser."""
    if kind == "Person":
        return Candidate(start, end, kind, "ner")
    first = next((i for i in range(start, end) if words.folds[i] in ("of", "for", "on") and i > start), end)
    found = head_class(words, start, first) or head_class(words, start, end)
    if found and first == end and end - start <= found[1]:
        return None if found[0] in _NO_NAME or kind == "Organisation" else Candidate(start, end, kind, "ner")
    if found and found[0] in _NO_NAME:
        return None
    return Candidate(start, end, found[0] if found else kind, "ner")
