"""Who is shown: people known by what they do in public, and places and organisations that were taken for persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import pytest

from kg.authority import Entry
from kg.protect import Policy, protect
from kg.records import Guarded, Resolved

Make = Callable[..., Resolved]
PERSON = {"e1": ("Person", ["Runa Veldt"])}
MARK = "[withheld]"
CAMPS = " The camps hold many. The detainees were interned in 2017. Inmates were jailed for prayer."
"""Sentences that make a text one about people in custody."""


@pytest.fixture
def guard(policy: Policy, curated: dict[str, Entry], make: Make) -> Callable[..., Guarded]:
    """Protects hand-made texts under the shipped policy and the small authority."""
    return lambda *texts: protect(make(*texts), policy=policy, authority=curated)


def labels(guarded: Guarded) -> set[str]:
    return {entity.label for entity in guarded.resolved.entities if entity.label}


def text_of(guarded: Guarded) -> str:
    return guarded.resolved.documents[0].annotated.document.text


IN_PUBLIC = [
    "Runa Veldt, who heads the cyber programme at a research house, read the lists.",
    "Runa Veldt, who headed the customs authority until 2021, denied it.",
    "Runa Veldt, who ran the customs authority, and now sits in the Parliament of the islands, denied it.",
    "Not so fast, says Runa Veldt, who runs the Signal Lab.",
    "Runa Veldt, who founded the paper in 1999, wrote of it.",
    "Runa Veldt, who represents the families in court, spoke on Monday.",
    "“She owned nothing,” her assistant, Runa Veldt, wrote.",
    "His lawyer, Runa Veldt, told reporters so.",
    "Lawyers for Runa Veldt called the papers a forgery.",
    "Runa Veldt, founder and chairman of the docks, denied it.",
    "Sheriff Runa Veldt apologised on Sunday.",
    "(Reporting by Ada Quill in Westport; Editing by Runa Veldt)",
    "A ship in Westport. Photograph: Runa Veldt/Agence Port",
    "Photo of the week: Runa Veldt.",
    "Runa Veldt was an editor at the Lantern until 2020.",
    "Runa Veldt of the Signal Foundation read the lists.",
    "The lists were analysed in a report by Runa Veldt last year.",
    "Runa Veldt was elected in May.",
    "The billionaire Runa Veldt was arrested in May.",
    "Runa Veldt, a whistleblower who was jailed for it, spoke on Monday.",
    "The banker Runa Veldt was sentenced to four years for fraud and money laundering.",
    "The minister’s late father, Runa Veldt, owned two ships.",
]


@pytest.mark.parametrize("sentence", IN_PUBLIC)
def test_people_who_act_in_public_are_shown(guard: Callable[..., Guarded], sentence: str) -> None:
    guarded = guard({"text": sentence, "entities": PERSON})
    assert labels(guarded) >= {"Runa Veldt"}
    assert text_of(guarded) == sentence


@pytest.mark.parametrize("sentence", IN_PUBLIC[:16])
def test_they_are_shown_in_articles_about_custody_too(guard: Callable[..., Guarded], sentence: str) -> None:
    guarded = guard({"text": sentence + CAMPS, "entities": PERSON})
    assert labels(guarded) >= {"Runa Veldt"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Runa Veldt kept bees.",
        "The wife of an official, Runa Veldt, kept bees.",
        "Runa Veldt, the daughter of a senior official, kept bees.",
        "Runa Veldt, a taxi driver, had no word of it.",
        "Runa Veldt, who ran a small shop in the village, had no word of it.",
        "Runa Veldt, a singer who was taken away by police, had no word of it.",
        "The businessman Runa Veldt was detained in 2017.",
        "Runa Veldt said that nobody came back.",
        "Photo: Runa Veldt in handcuffs",
        "Runa Veldt was taken to a camp in the north.",
    ],
)
def test_private_people_in_articles_about_custody_are_withheld(guard: Callable[..., Guarded], sentence: str) -> None:
    guarded = guard({"text": sentence + CAMPS, "entities": PERSON})
    assert labels(guarded) == set()
    assert "Veldt" not in repr(asdict(guarded.resolved))


def test_of_whom_nothing_is_said_is_public_where_nobody_is_in_custody(guard: Callable[..., Guarded]) -> None:
    text = "Runa Veldt founded nothing, but took part. The papers were sent to Westport."
    assert labels(guard({"text": text, "entities": PERSON})) == {"Runa Veldt"}
    driver = "Runa Veldt, a taxi driver, took part. The papers were sent to Westport."
    assert labels(guard({"text": driver, "entities": PERSON})) == set()


def test_one_article_about_custody_is_enough_to_withhold_a_name_in_all(guard: Callable[..., Guarded]) -> None:
    quiet = {"text": "Runa Veldt kept bees.", "entities": PERSON}
    unseen = {"text": "Police detained Runa Veldt in May.", "id": "b.txt", "slug": "b"}
    guarded = guard(quiet, unseen)
    assert labels(guarded) == set()
    assert text_of(guarded) == f"{MARK} kept bees."


def test_another_spelling_of_a_protected_name_is_no_public_person(guard: Callable[..., Guarded]) -> None:
    first = {"text": "Runa Osmanova was detained.", "entities": {"e1": ("Person", ["Runa Osmanova"])}}
    other = {"text": "OSMANOWA stands on a list.", "id": "b.txt", "slug": "b",
             "entities": {"e1": ("Person", ["OSMANOWA"])}}  # fmt: skip
    assert labels(guard(first, other)) == set()


@pytest.mark.parametrize("kind", ["Person", "Place", "Organisation"])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The prisoners sat in Colony No. 9, in the town of Velsk. The way to Velsk is long." + CAMPS, "Velsk"),
        ("Varlandia has not replied. The president of Varlandia spoke of the prisoners." + CAMPS, "Varlandia"),
        ("Detainees were photographed in New Haven. Others were held in New Haven." + CAMPS, "New Haven"),
        ("Sandoria is to open Al-Tamira prison, where inmates wept." + CAMPS, "Al-Tamira prison"),
        ("A girl of 16 was helped by the Mariners. The Mariners said so." + CAMPS, "Mariners"),
    ],
)
def test_places_and_organisations_are_nobody(guard: Callable[..., Guarded], text: str, name: str, kind: str) -> None:
    guarded = guard({"text": text, "entities": {"e1": (kind, [name])}, "id": "velsk-haven.txt", "slug": "velsk-haven"})
    assert not [entity for entity in guarded.resolved.entities if entity.role]
    assert text_of(guarded) == text
    if kind == "Person":
        assert labels(guarded) == set()  # neither a person nor a protected one
    else:
        assert labels(guarded) == {name}


def test_a_file_name_loses_only_names_that_something_protects(guard: Callable[..., Guarded]) -> None:
    text = "Velsk kept bees. Runa Tilek was detained." + CAMPS
    people = {"e1": ("Person", ["Velsk"]), "e2": ("Person", ["Runa Tilek"])}
    guarded = guard({"text": text, "entities": people, "id": "velsk-tilek.txt", "slug": "velsk-tilek"})
    article = guarded.resolved.documents[0].annotated.document
    assert (article.id, article.slug) == (f"velsk-{MARK}.txt", "velsk-withheld")
