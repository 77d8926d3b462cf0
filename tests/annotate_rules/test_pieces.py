"""Texts are parsed in pieces that join to the text again; bad input is read without harm and noted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from kg.annotate import annotate_with
from kg.annotate.pieces import MAX_PIECE, no_starts, pieces, unbroken
from kg.annotate.pipeline import scheme
from kg.authority import Entry
from kg.records import Annotated, Document, Field, Span

AUTHORITY = {
    "organisation/evening-echo": Entry("organisation/evening-echo", "MediaOutlet", "Evening Echo", "curator"),
    "place/veldonia": Entry("place/veldonia", "Country", "Veldonia", "curator", demonyms=("Veldonian",)),
}


def document(text: str, *, language: str = "en", **more: object) -> Document:
    return Document("made.txt", "made", text, "", "text/plain", language, **more)  # type: ignore[arg-type]


@given(st.text(alphabet="ab.!? \n\t”—é😀", max_size=300))
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(piece for piece, _ in pieces(text)) == text


def test_a_long_paragraph_is_divided_after_a_sentence() -> None:
    text = "One two three four five. " * 2000
    rows = list(pieces(text))
    assert all(len(piece) <= MAX_PIECE for piece, _ in rows)
    assert all(piece.endswith(". ") and not forced for piece, forced in rows)


def test_a_sentence_too_long_is_divided_between_words_and_that_is_told() -> None:
    rows = list(pieces("word " * 10_000))
    assert all(len(piece) <= MAX_PIECE for piece, _ in rows)
    assert any(forced for _, forced in rows)


def test_no_sentence_begins_in_the_middle_of_one() -> None:
    doc = spacy.blank("en").make_doc("The chief Anna Reed left. “She said,” Ash wrote. Then he left.")
    allowed = [doc[i].text for i in range(1, len(doc)) if i not in no_starts(doc)]
    assert allowed == ["“", "Then"]


def test_a_paragraph_begins_a_sentence_unless_one_goes_on() -> None:
    doc = unbroken(spacy.blank("en").make_doc("A title\n\nThe files of\n\nthe bank leaked."))
    assert [token.text for token in doc if token.is_sent_start and token.i] == ["The"]


def test_a_dateline_stands_apart() -> None:
    assert [piece for piece, _ in pieces("PORT ELLIS (Agency) - The bank closed.")] == [
        "PORT ELLIS (Agency) - ",
        "The bank closed.",
    ]


@pytest.fixture(scope="session")
def read(nlp: Language) -> Callable[..., Annotated]:
    def run(text: str, **more: object) -> Annotated:
        (found,) = annotate_with([document(text, **more)], nlp=nlp, scheme=scheme(nlp), authority=AUTHORITY)  # type: ignore[arg-type]
        return found

    return run


HARMLESS = {
    "nothing": "",
    "white space": " \n\n\t ",
    "capitals": "THE EVENING ECHO PUBLISHED THE FILES, AND VELDONIA DENIED IT. " * 20,
    "emoji": "😀🔥🎉 " * 200,
    "scripts": "The Echo wrote 新疆 警察 and Полиция في שלום said 한국어 ไทย. " * 20,
    "marks": '“““ ” " ‘ ’ ((( ,,, ... !!! ??? — - –' * 50,
    "control": "The\u200b bank\u00ad left\u2028. \ufeffA\u0301 man.",
    "one letter": "x",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_odd_text_does_no_harm(read: Callable[..., Annotated], text: str) -> None:
    found = read(text)
    for rows in (found.statements, found.positions, found.figures, found.claims, found.visits):
        for row in rows:
            for span in row.evidence:
                assert 0 <= span.start < span.end <= len(text)
                assert span.end - span.start <= 400


@pytest.mark.slow
def test_a_sentence_of_ten_thousand_words(read: Callable[..., Annotated]) -> None:
    found = read("The Evening Echo wrote that " + "the bank and the clerk and " * 2000 + "left.")
    assert any("too long" in note for note in found.notes)
    assert all(s.end - s.start <= 400 for c in found.claims for s in c.evidence)


@pytest.mark.slow
def test_another_language_yields_names_of_the_authority_only(read: Callable[..., Annotated]) -> None:
    found = read("Im „Evening Echo“ stand, dass Anna Reed in Veldonia gewesen sei.", language="de")
    assert {entity.name for entity in found.entities} == {"Evening Echo", "Veldonia"}
    assert not (found.claims or found.statements or found.positions)
    assert any("language de" in note for note in found.notes)


@pytest.mark.slow
def test_metadata_are_statements_about_the_document(read: Callable[..., Annotated]) -> None:
    found = read(
        "By Anna Reed\n\nThe Evening Echo was there.",
        authors=(Field("Anna Reed", Span(3, 12)),),
        publisher=Field("Evening Echo", "corpus.yaml"),
        date=Field("2022-05", "corpus.yaml"),
    )
    names = {entity.id: entity.name for entity in found.entities}
    rows = {
        (s.predicate, names.get(s.object, s.object.lexical if not isinstance(s.object, str) else ""), s.derived_from)
        for s in found.statements
        if s.subject == "DOC"
    }
    assert rows == {
        ("author", "Anna Reed", None),
        ("publishedBy", "Evening Echo", "corpus.yaml"),
        ("date", "2022-05", "corpus.yaml"),
    }


@pytest.mark.slow
def test_the_same_text_gives_the_same_result(read: Callable[..., Annotated]) -> None:
    text = "“The Evening Echo lied,” said Anna Reed, a spokeswoman for Veldonia. She visited Veldonia in May."
    assert read(text) == read(text)


@pytest.mark.slow
@pytest.mark.shared
def test_evidence_is_a_stretch_of_the_text(read: Callable[..., Annotated], shared: Path) -> None:
    for file in sorted((shared / "articles").glob("*.txt")):
        text = file.read_text("utf-8")
        found = read(text)
        ids = {entity.id for entity in found.entities} | {"DOC"}
        for statement in found.statements:
            assert statement.subject in ids
            assert not isinstance(statement.object, str) or statement.object in ids
            assert statement.evidence
        for row in (*found.statements, *found.positions, *found.claims, *found.visits):
            for span in row.evidence:
                assert 0 <= span.start < span.end <= len(text)
                assert span.end - span.start <= 400


@pytest.mark.slow
def test_a_document_without_end_is_read_to_a_limit_and_that_is_told(
    read: Callable[..., Annotated], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.annotate.pieces.MAX_TEXT", 1000)
    found = read("The Evening Echo wrote to Veldonia.\n\n" * 100)
    assert any("only the first" in note for note in found.notes)
    assert max(sentence.end for sentence in found.sentences) <= 1000
