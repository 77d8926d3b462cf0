"""Names found and joined, over hand-made texts and a blank pipeline: patterns and authority only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import spacy
from spacy.language import Language

from kg.annotate.mentions import find_mentions, prepare
from kg.annotate.view import View
from kg.authority import Entry
from kg.records import Document, LocalEntity

AUTHORITY = [
    Entry("person/ilse-brandt", "Person", "Ilse Brandt", "curator"),
    Entry("place/norland", "Country", "Norland", "curator", demonyms=("Norlandic",), acronyms=("NL",)),
    Entry("place/skarn", "City", "Skarn", "curator", located_in=("place/norland",)),
    Entry("organisation/world-watch", "CivilSocietyOrganisation", "World Watch Council", "curator", acronyms=("WHO",)),
    Entry("organisation/the-beacon", "MediaOutlet", "The Beacon", "curator"),
]


@pytest.fixture(scope="module")
def nlp() -> Language:
    blank = spacy.blank("en")
    blank.add_pipe("sentencizer")
    return blank


@pytest.fixture(scope="module")
def read(nlp: Language) -> Callable[[str], View]:
    prepared = prepare({e.id: e for e in AUTHORITY}, nlp)

    def view(text: str) -> View:
        article = Document("a.txt", "a", text, "", "text/plain", "en")
        return find_mentions(nlp(text), article, prepared)

    return view


def entity(view: View, name: str) -> LocalEntity:
    found = [e for e in view.entities.values() if name in e.names]
    assert len(found) == 1, [e.names for e in view.entities.values()]
    return found[0]


def spots(view: View, found: LocalEntity) -> list[str]:
    return [view.article.text[m.span.start : m.span.end] for m in view.mentions if m.entity == found.id]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("UN trade chief Mara Okello said nothing.", "Mara Okello"),
        ("Public Security Minister Tarek Wolan spoke.", "Tarek Wolan"),
        ("They met Mrs. Okello there.", "Okello"),
        ("A photo of Sanje Abelo, age 32 in 2018, was shown.", "Sanje Abelo"),
        ("The list has 17-year-old Rima Dusan, held for a song.", "Rima Dusan"),
        ("Orin Taske was sentenced to six years.", "Orin Taske"),
        ("The oldest is Anisa Dorin, who was 73.", "Anisa Dorin"),
        ("It names her relatives, Aya Minto and Susa Minto.", "Aya Minto"),
        ("By Rima Dusan\n\nIt rained all day.", "Rima Dusan"),
        ("Interior Minister of Norland Tarek Wolan said so.", "Tarek Wolan"),
        ("The spokesman Bo van der Hulst declined.", "Bo van der Hulst"),
        ("ORIN TASKE, aged 41, was there.", "ORIN TASKE"),
        ("The wife of Orin\nTaske, 40, wept for a long while at the gate.", "Orin Taske"),
    ],
)
def test_titles_ages_and_custody_show_a_person(read: Callable[[str], View], text: str, name: str) -> None:
    assert entity(read(text), name).type == "Person"


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("The Ministry of Public Works denied it.", "Ministry of Public Works", "GovernmentBody"),
        ("A Norlandic foreign ministry statement came.", "Norlandic foreign ministry", "GovernmentBody"),
        ("Norland’s central government refused.", "Norland’s central government", "GovernmentBody"),
        ("She teaches at Harrow Lane University now.", "Harrow Lane University", "AcademicInstitution"),
        (
            "The Victims of War Memorial Foundation gave it.",
            "Victims of War Memorial Foundation",
            "CivilSocietyOrganisation",
        ),
        ("They were kept in Dorrin County Detention Center.", "Dorrin County Detention Center", "DetentionFacility"),
        ("In southern Norland it rained.", "southern Norland", "Region"),
        ("The Skarn Papers were leaked.", "Skarn Papers", "Leak"),
        ("A trove of documents dubbed the “Glass House” was leaked.", "Glass House", "Leak"),
        ("The records, known as LuxorLeaks, were hacked.", "LuxorLeaks", "Leak"),
        ("He told the Evening Courier that it was false.", "Evening Courier", "MediaOutlet"),
    ],
)
def test_head_nouns_and_patterns_tell_the_class(read: Callable[[str], View], text: str, name: str, kind: str) -> None:
    assert entity(read(text), name).type == kind


@pytest.mark.parametrize(
    "text",
    [
        "He said on Monday that the Covid rules of March had ended.",
        "Norlandic officials and the police met activists.",
        "who is norland, and who told us? WORDS",
        "Massive Abuses Revealed In Many Old Camps",
    ],
)
def test_no_entity_where_nothing_is_named(read: Callable[[str], View], text: str) -> None:
    assert not read(text).entities


def test_acronyms_count_in_capitals_only(read: Callable[[str], View]) -> None:
    assert entity(read("The WHO agreed."), "WHO").authority == "organisation/world-watch"
    assert not read("Who agreed?").entities


def test_a_surname_joins_the_only_full_name(read: Callable[[str], View]) -> None:
    view = read("Ilse Brandt came. Later Brandt spoke, and Brandt’s office wrote.")
    person = entity(view, "Ilse Brandt")
    assert person.names == ("Ilse Brandt", "Brandt")
    assert spots(view, person) == ["Ilse Brandt", "Brandt", "Brandt"]


def test_a_surname_of_two_people_near_each_other_is_nobody(read: Callable[[str], View]) -> None:
    view = read("Minister Olaf Brandt met Ilse Brandt. Brandt wept.")
    assert sorted(e.name for e in view.entities.values()) == ["Ilse Brandt", "Olaf Brandt"]
    assert len(view.mentions) == 2


def test_a_misspelt_given_name_is_the_same_person(read: Callable[[str], View]) -> None:
    view = read("The academic Adrian Molnar wrote it. The academic Adrien Molnar denied it.")
    assert entity(view, "Adrien Molnar") is entity(view, "Adrian Molnar")


def test_given_names_of_different_sexes_stay_two(read: Callable[[str], View]) -> None:
    view = read("The lawyer Daniel Molnar met the lawyer Danielle Molnar.")
    assert len(view.entities) == 2


def test_an_acronym_in_brackets_is_a_name(read: Callable[[str], View]) -> None:
    view = read("The Harbour Workers Relief Foundation (HWRF) spoke. HWRF paid.")
    assert entity(view, "HWRF").name == "Harbour Workers Relief Foundation"


def test_a_state_body_by_adjective_and_possessive_is_one(read: Callable[[str], View]) -> None:
    view = read("The Norlandic Foreign Ministry spoke. Norland’s foreign ministry denied it.")
    assert spots(view, entity(view, "Norlandic Foreign Ministry")) == [
        "Norlandic Foreign Ministry",
        "Norland’s foreign ministry",
    ]
