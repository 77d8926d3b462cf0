"""The pipeline that ships: it loads, reads invented sentences, survives odd input, and says what it is made of."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin

from kg.annotate.pipeline import SHIPPED, load_pipeline, scheme
from kg.settings import resource

LIMIT = 30 * 1000 * 1000


@pytest.fixture(scope="module")
def nlp() -> Iterator[Language]:
    yield load_pipeline(None)


def test_it_is_small_enough() -> None:
    assert sum(file.stat().st_size for file in resource(SHIPPED).rglob("*") if file.is_file()) < LIMIT


def test_meta_says_accuracy_data_licence_and_seeds() -> None:
    meta = json.loads((resource(SHIPPED) / "meta.json").read_text("utf-8"))
    assert meta["license"] == "CC BY-SA 4.0"
    assert meta["training"]["seeds"]
    for source in ("EWT", "GUM", "Universal NER", "RE3D", "Wikigold", "MiniLM"):
        assert any(source in item["name"] and item["license"] for item in meta["sources"]), source
    performance = meta["performance"]
    for corpus in ("ewt", "gum"):
        assert 0.82 <= performance[corpus]["dep_las"] <= performance[corpus]["dep_uas"] < 1
    assert performance["gum-names"]["f"] >= 0.7
    assert performance["uner-names"]["f"] >= 0.7


@pytest.mark.slow
def test_it_speaks_universal_dependencies(nlp: Language) -> None:
    assert scheme(nlp) == "ud"
    assert {"PERSON", "ORG", "GPE", "LOC", "FAC", "EVENT", "DATE"} <= {
        label[2:]
        for label in nlp.get_pipe("ner").labels
        if label != "O"  # type: ignore[attr-defined]
    }


@pytest.mark.slow
def test_spacy_alone_loads_it_through_its_entry_points() -> None:
    assert spacy.load(resource(SHIPPED)).pipe_names[0] == "encoder"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Finland's foreign minister Anna Korpela told reporters in Helsinki that the documents were real.",
            {("Finland", "GPE"), ("Anna Korpela", "PERSON"), ("Helsinki", "GPE")},
        ),
        (
            "UN human rights chief Maria Ferreira visited Portugal on Tuesday.",
            {("UN", "ORG"), ("Maria Ferreira", "PERSON"), ("Portugal", "GPE"), ("Tuesday", "DATE")},
        ),
        (
            "“We deny it,” said Mr. Peter Olsen, a spokesman for the University of Oslo.",
            {("Peter Olsen", "PERSON"), ("University of Oslo", "ORG")},
        ),
    ],
)
def test_names_come_without_titles_and_articles(nlp: Language, text: str, expected: set[tuple[str, str]]) -> None:
    assert {(ent.text, ent.label_) for ent in nlp(text).ents} == expected


@pytest.mark.slow
def test_a_passive_sentence_is_parsed(nlp: Language) -> None:
    doc = nlp("The leaked files were not verified by the ministry, two officials said.")
    by_text = {token.text: token for token in doc}
    assert (by_text["files"].dep_, by_text["files"].head.text) == ("nsubj:pass", "verified")
    assert (by_text["ministry"].dep_, by_text["ministry"].head.text) == ("obl:agent", "verified")
    assert (by_text["not"].dep_, by_text["officials"].dep_) == ("advmod", "nsubj")
    assert [by_text[word].lemma_ for word in ("files", "were", "verified", "officials", "said")] == [
        "file",
        "be",
        "verify",
        "official",
        "say",
    ]
    assert (by_text["files"].pos_, by_text["verified"].tag_) == ("NOUN", "VBN")


@pytest.mark.slow
def test_curly_and_straight_quotes_are_read_alike(nlp: Language) -> None:
    straight, curly = nlp('"It isn\'t true," he said.'), nlp("“It isn’t true,” he said.")
    assert [(t.dep_, t.head.i, t.lemma_) for t in straight if t.is_alpha] == [
        (t.dep_, t.head.i, t.lemma_) for t in curly if t.is_alpha
    ]


@pytest.mark.slow
def test_a_blank_line_ends_a_sentence(nlp: Language) -> None:
    doc = nlp("Files leaked to press\n\nThe ministry said nothing. It left.")
    assert [sentence.text.strip() for sentence in doc.sents] == [
        "Files leaked to press",
        "The ministry said nothing.",
        "It left.",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "😀 😀😀",
        "…",
        "A",
        "未来 москва عرب",
        "WHY " * 40,
        "x" * 5000,
        "word " * 3000,
        "a-" * 900,
        "\u200b\u00ad .",
    ],
    ids=[
        "empty",
        "space",
        "lines",
        "emoji",
        "dots",
        "letter",
        "scripts",
        "capitals",
        "long word",
        "no stop",
        "hyphens",
        "invisible",
    ],
)
def test_odd_input_is_read_without_complaint(nlp: Language, text: str) -> None:
    doc = nlp(text)
    assert doc.text == text
    assert all(token.head.sent == token.sent for token in doc)


@pytest.mark.slow
def test_a_document_survives_storage(nlp: Language) -> None:
    doc = nlp("Anna Korpela left Helsinki.")
    stored = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (back,) = DocBin().from_bytes(stored).get_docs(nlp.vocab)
    assert [(ent.text, ent.label_) for ent in back.ents] == [(ent.text, ent.label_) for ent in doc.ents]


@pytest.mark.slow
def test_the_same_text_gives_the_same_reading_in_any_company(nlp: Language) -> None:
    alone = nlp("Anna Korpela left Helsinki.")
    (first, _) = nlp.pipe(["Anna Korpela left Helsinki.", "The files were real. " * 30])
    assert [(t.tag_, t.dep_, t.head.i, t.ent_type_) for t in alone] == [
        (t.tag_, t.dep_, t.head.i, t.ent_type_) for t in first
    ]
