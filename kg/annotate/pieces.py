"""Parsing in pieces of whole paragraphs: memory is bounded, and no sentence crosses a paragraph."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import groupby

import numpy
from spacy.attrs import DEP, HEAD
from spacy.language import Language
from spacy.tokens import Doc

from kg.records import Document

MAX_PIECE = 10_000  # characters that are parsed at once; the parser's memory grows with them
MAX_TEXT = 1_000_000  # characters of a document that are read, about 170,000 words: half a gigabyte and some minutes
_BREAK = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE = re.compile(r"[.!?][\"'”’)]*\s+")
# "PORT ELLIS, May 3 (Agency) - ", "PORT ELLIS — ": place and agency of a wire report, not part of its first sentence.
_DATELINE = re.compile(
    r"\s*(?:[A-Z][^()\n]{1,40}\([A-Z][A-Za-z. ]{1,20}\)\s*[-–—]+\s+"
    r"|[A-Z]{3}[A-Z ]*(?:, [A-Z][\w. ]{2,20})*\s+[-–—]+\s+)"
)
_BATCH = 16  # pieces
_ENDS = ".!?…:;"
_CLOSING = frozenset("”’\"')]»") | {"''"}
_Item = tuple[str, tuple[int, Document, bool]]


def parsed(documents: Iterable[Document], nlp: Language) -> Iterator[tuple[Document, Doc, tuple[str, ...]]]:
    """Each document with its parse and notes on what could not be done as usual.

    A document in another language than English is only divided into words.
    """
    notes: dict[int, list[str]] = {}

    def items() -> Iterator[_Item]:
        for number, document in enumerate(documents):
            notes[number] = []
            english = _english(document)
            if not english:
                notes[number].append(
                    f"language {document.language}: not read, only names of the authority were looked for"
                )
            text = _readable(document.text)
            if len(text) < len(document.text):
                notes[number].append(f"only the first {len(text):,} of {len(document.text):,} characters were read")
            for piece, forced in pieces(text):
                if forced and not any("too long" in note for note in notes[number]):
                    notes[number].append("a sentence too long to be parsed at once was divided")
                yield piece, (number, document, english)

    rows = groupby(_parse(items(), nlp), key=lambda row: row[1][0])
    for number, group in rows:
        docs, document = [], None
        for doc, context in group:
            docs.append(doc)
            document = context[1]
        assert document is not None
        whole = docs[0] if len(docs) == 1 else _whole(docs)
        assert whole is not None
        yield document, whole, tuple(notes.pop(number))


def _readable(text: str) -> str:
    """As much of a text as is read: to the end of the last paragraph, or else word, before `MAX_TEXT`."""
    if len(text) <= MAX_TEXT:
        return text
    breaks = [match.end() for match in _BREAK.finditer(text, MAX_TEXT // 2, MAX_TEXT)]
    return text[: breaks[-1] if breaks else text.rfind(" ", 0, MAX_TEXT) + 1 or MAX_TEXT]


def _whole(docs: list[Doc]) -> Doc | None:
    return Doc.from_docs(docs, ensure_whitespace=False, exclude=["user_data"])  # type: ignore[call-arg]


def _english(document: Document) -> bool:
    return document.language.partition("-")[0].lower() == "en"


def _parse(items: Iterable[_Item], nlp: Language) -> Iterator[tuple[Doc, tuple[int, Document, bool]]]:
    for english, group in groupby(items, key=lambda item: item[1][2]):
        if english:
            made = ((unbroken(nlp.make_doc(text)), context) for text, context in group)
            for doc, context in nlp.pipe(made, as_tuples=True, batch_size=_BATCH):
                yield joined(doc), context
        else:
            yield from ((nlp.make_doc(text), context) for text, context in group)


def unbroken(doc: Doc) -> Doc:
    """Forbid sentence starts where no sentence can have ended, and demand them where a paragraph begins.

    Parsers like to break before a capitalised name, and know nothing of paragraphs.
    """
    for i in no_starts(doc):
        doc[i].is_sent_start = False
    for match in _BREAK.finditer(doc.text):
        token = doc.char_span(match.end(), match.end() + 1, alignment_mode="expand")
        if token is not None and token.start and not _goes_on(doc.text, match):
            token[0].is_sent_start = True
    return doc


def no_starts(doc: Doc) -> frozenset[int]:
    """The tokens that cannot begin a sentence, since what stands before them does not end one."""
    found: set[int] = set()
    ended, spaced = True, True
    for token in doc:
        if token.is_space:
            ended = ended or "\n" in token.text
            continue
        closing = token.text in _CLOSING and not spaced
        if token.i and (not ended or closing):
            found.add(token.i)
        ended = (ended and closing) or token.text[-1] in _ENDS or "\n" in token.whitespace_
        spaced = bool(token.whitespace_)
    return frozenset(found)


def joined(doc: Doc) -> Doc:
    """The parse with sentences put together where none can have ended, and parted where a paragraph does."""
    forbidden = no_starts(doc)
    paragraph = _paragraphs(doc)
    broken = [sent.start for sent in doc.sents if sent.start in forbidden]
    heads = [token.head.i for token in doc]
    astray = [i for i, head in enumerate(heads) if paragraph[i] != paragraph[head]]
    if not broken and not astray:
        return doc
    deps = [token.dep_ for token in doc]
    for i in astray:
        heads[i], deps[i] = i, "ROOT"
    roots = {sent.start: sent.root.i for sent in doc.sents}
    starts = sorted(roots)
    for start in broken:
        first, second = roots[starts[starts.index(start) - 1]], roots[start]
        if paragraph[first] != paragraph[second]:
            continue
        if doc[first].pos_ not in ("VERB", "AUX") and doc[second].pos_ in ("VERB", "AUX"):
            first, second = second, first
        top = first
        while heads[top] != top:
            top = heads[top]
        if top != second:
            heads[second], deps[second] = top, "parataxis"
    # spaCy wants heads as offsets, negative ones wrapped into unsigned numbers.
    offsets = numpy.array([head - i for i, head in enumerate(heads)], dtype="int64").astype("uint64")
    labels = numpy.array([doc.vocab.strings.add(dep) for dep in deps], dtype="uint64")
    mended: Doc = doc.from_array([HEAD, DEP], numpy.stack([offsets, labels], axis=1))  # type: ignore[arg-type]
    return mended


def _paragraphs(doc: Doc) -> list[int]:
    """The number of the paragraph of each token; one that goes on after a blank line is one."""
    ends = [match.end() for match in _BREAK.finditer(doc.text) if not _goes_on(doc.text, match)]
    return [bisect_right(ends, token.idx) for token in doc]


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces of whole paragraphs, white space included, so that they join to the text again; at least one.

    A piece is at most `MAX_PIECE` characters. A longer paragraph is divided after a sentence; where there is none,
    between two words, and then the second value is true. The dateline of a wire report is a piece of its own.
    """
    start = last = 0
    for match in _BREAK.finditer(text):
        if match.end() - start > MAX_PIECE and last > start:
            yield from _divided(text[start:last])
            start = last
        last = match.end()
        if _DATELINE.match(text, match.end()):
            yield from _divided(text[start:last])
            start = last
    yield from _divided(text[start:])


def _goes_on(text: str, gap: re.Match[str]) -> bool:
    """Does the sentence go on after the blank line: a comma or word before it, a small letter after it?"""
    before, after = text[: gap.start()][-1:], text[gap.end() : gap.end() + 1]
    return (before.isalnum() or before in (",", ";", "-", "–")) and after.islower()


def _divided(piece: str) -> Iterator[tuple[str, bool]]:
    dateline = _DATELINE.match(piece)
    if dateline:
        yield piece[: dateline.end()], False
        piece = piece[dateline.end() :]
    while len(piece) > MAX_PIECE:
        cut = max((m.end() for m in _SENTENCE.finditer(piece, 0, MAX_PIECE)), default=0)
        forced = not cut
        if forced:
            cut = piece.rfind(" ", 0, MAX_PIECE) + 1 or MAX_PIECE
        yield piece[:cut], forced
        piece = piece[cut:]
    yield piece, False
