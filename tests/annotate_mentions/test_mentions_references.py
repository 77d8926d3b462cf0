"""Definite nouns and pronouns: to the one entity that fits, to nobody where two do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import spacy

from kg.annotate.mentions import find_mentions, prepare
from kg.annotate.view import View
from kg.authority import Entry
from kg.records import Document

AUTHORITY = [
    Entry("place/norland", "Country", "Norland", "curator", demonyms=("Norlandic",)),
    Entry("place/skarn", "City", "Skarn", "curator", located_in=("place/norland",)),
    Entry("place/tarkhan", "Region", "Tarkhan", "curator"),
    Entry("organisation/the-beacon", "MediaOutlet", "The Beacon", "curator"),
    Entry("leak/skarn-papers", "Leak", "Skarn Papers", "curator"),
    Entry("leak/harbour-files", "Leak", "Harbour Files", "curator"),
]


@pytest.fixture(scope="module")
def read() -> Callable[[str], View]:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    prepared = prepare({e.id: e for e in AUTHORITY}, nlp)

    def view(text: str) -> View:
        return find_mentions(nlp(text), Document("a.txt", "a", text, "", "text/plain", "en"), prepared)

    return view


def references(view: View) -> list[tuple[str, str]]:
    text = view.article.text
    return [(text[m.span.start : m.span.end], view.entities[m.entity].name) for m in view.mentions if m.form != "name"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The academic Ilse Brandt came. The academic wept.", [("The academic", "Ilse Brandt")]),
        ("Ilse Brandt, a professor at Harrow University, came. The academic wept.", [("The academic", "Ilse Brandt")]),
        ("The Ministry of Works denied it. The ministry said no more.", [("The ministry", "Ministry of Works")]),
        ("The Relief Workers Fund paid. The fund regrets it.", [("The fund", "Relief Workers Fund")]),
        ("The Skarn Papers came out. The files show much.", [("The files", "Skarn Papers")]),
        ("The Skarn Papers came out. The cache is large.", [("The cache", "Skarn Papers")]),
        ("The files were sold. They are the Skarn Papers.", [("The files", "Skarn Papers"), ("They", "Skarn Papers")]),
        ("Tarkhan is cold. In the region it snows.", [("the region", "Tarkhan")]),
        ("The Beacon printed it. The newspaper apologised.", [("The newspaper", "Beacon")]),
        ("Mrs. Ilse Brandt came. She wept.", [("She", "Ilse Brandt")]),
        ("The spokesman Olaf Brandt spoke. He lied.", [("He", "Olaf Brandt")]),
        ("The spokesman Olaf Lund himself spoke.", [("himself", "Olaf Lund")]),
    ],
)  # fmt: skip
def test_a_reference_is_joined_to_the_one_that_fits(
    read: Callable[[str], View], text: str, expected: list[tuple[str, str]]
) -> None:
    assert references(read(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The academic Ilse Brandt and the academic Tarek Wolan came. The academic wept.",
        "The Ministry of Works and the Ministry of War came. The ministry wept.",
        "Mrs. Ilse Brandt came. He wept.",
        "The spokesman Olaf Lund met the spokesman Tarek Wolan. A guard wept. He ran.",
        "The Skarn Papers came out. Previous leaks and another cache were small.",
        "The Skarn Papers came out. It is said that nothing burned.",
        "The academic came. Then Ilse Brandt, an academic, came.",
        "The Skarn Papers and the Harbour Files came out. The files burned.",
        "The ministry spokesman wept.",
    ],
)
def test_in_doubt_nobody_is_meant(read: Callable[[str], View], text: str) -> None:
    assert references(read(text)) == []


def test_of_two_leaks_the_one_just_named_is_meant(read: Callable[[str], View]) -> None:
    view = read("The Skarn Papers came out in May. The Harbour Files came out in June. The files name nobody.")
    assert references(view) == [("The files", "Harbour Files")]


def test_a_capital_that_acts_is_its_country_and_else_a_city(read: Callable[[str], View]) -> None:
    prepared_text = "Norland is far. In Skarn it rained."
    assert {e.type for e in read(prepared_text).entities.values()} == {"Country", "City"}


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("They include a 2017 internal speech by Tarek Wolan.", "2017 internal speech by Tarek Wolan", "Speech"),
        ("In a 2018 secret speech, Minister Tarek Wolan gave orders.", "2018 secret speech by Tarek Wolan", "Speech"),
        ("She read a transcript of a 2018 speech by Tarek Wolan.", "2018 speech by Tarek Wolan", "Speech"),
        ("They printed a classified operating manual for guards.", "classified operating manual", "LeakedDocument"),
        ("A Journal of Norlandic Studies paper says so.", "Journal of Norlandic Studies paper", "ScholarlyArticle"),
        ("The academic Ilse Brandt came. Brandt’s paper was read.", "Brandt’s paper", "ScholarlyArticle"),
        ("It was in the photo essay, “The faces of Norland,” last week.", "The faces of Norland", "Article"),
    ],
)  # fmt: skip
def test_described_documents_get_a_name(read: Callable[[str], View], text: str, name: str, kind: str) -> None:
    found = [e for e in read(text).entities.values() if name in e.names]
    assert [e.type for e in found] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Tarek Wolan gave a speech on Monday.",
        "The speech was long, and the report was short.",
        "In a report, “It is so,” she said.",
        "The Skarn Papers came out. She wrote a paper bag poem.",
    ],
)
def test_public_speeches_and_plain_reports_are_no_documents(read: Callable[[str], View], text: str) -> None:
    kinds = {e.type for e in read(text).entities.values()}
    assert not kinds & {"Speech", "LeakedDocument", "Article", "ScholarlyArticle"}


def test_a_name_in_capitals_and_over_a_line_end_is_found_again(read: Callable[[str], View]) -> None:
    text = "TEACHER ORIN TASKE HELD\n\nThe teacher Orin Taske, 40, was arrested. The widow of Orin\nTaske wept."
    view = read(text)
    spots = [view.article.text[m.span.start : m.span.end] for m in view.mentions if m.form == "name"]
    assert spots == ["ORIN TASKE", "Orin Taske", "Orin\nTaske"]
    assert len(view.entities) == 1


def test_every_token_of_a_mention_tells_its_entity(read: Callable[[str], View]) -> None:
    view = read("The academic Ilse Brandt came.")
    names = [view.entities[view.at[t.i]].name for t in view.doc if t.i in view.at]
    assert names == ["Ilse Brandt", "Ilse Brandt"]
    assert list(view.heads.values()) == ["e1"]
