"""Resolve: who is who in a corpus, decided the same way on every run, and never over a person's head."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kg.authority import Entry
from kg.errors import BadData
from kg.records import Annotated, Document, LocalEntity, Position, Span
from kg.resolve import Decision, resolve
from kg.resolve.names import fold, pairs, similarity, slug
from kg.resolve.verdicts import load_decisions

AUTHORITY = {
    "person/ada-larsen": Entry("person/ada-larsen", "Person", "Ada Larsen", "curator", aliases=("Ada Larson",)),
    "organisation/harbour-post": Entry("organisation/harbour-post", "MediaOutlet", "The Harbour Post", "curator"),
}

HEAD = "left,right,verdict,who,when,why\n"


def article(name: str, *people: tuple[str, str], titles: dict[str, str] | None = None) -> Annotated:
    """A document that names people (or others), given as (name, type)."""
    document = Document(name, name.removesuffix(".txt"), "text", "0" * 64, "text/plain", "en")
    entities = tuple(LocalEntity(f"e{i}", kind, label, (label,)) for i, (label, kind) in enumerate(people, 1))
    by_name = {e.name: e.id for e in entities}
    posts = tuple(Position(by_name[n], t, (Span(0, 4),), "r") for n, t in (titles or {}).items())
    return Annotated(document, entities, (), (Span(0, 4),), positions=posts)


def paths(*documents: Annotated, decisions: tuple[Decision, ...] = ()) -> list[str]:
    return [e.path for e in resolve(documents, authority=AUTHORITY, same_as=decisions).entities]


def test_a_name_of_the_authority_gets_the_authoritys_id() -> None:
    resolved = resolve([article("a.txt", ("Ada Larson", "Person"))], authority=AUTHORITY)
    (entity,) = resolved.entities
    assert (entity.path, entity.label, entity.authority) == ("id/person/ada-larsen", "Ada Larsen", "person/ada-larsen")
    assert resolved.merges[0].reason == "the authority has this name"


def test_one_name_in_two_articles_is_one_entity() -> None:
    one, two = article("a.txt", ("Jörg Übel", "Person")), article("b.txt", ("Jorg Ubel", "Person"))
    assert paths(one, two) == ["id/person/jorg-ubel"]


def test_a_person_and_a_place_of_one_name_are_two() -> None:
    assert paths(article("a.txt", ("Paris Vale", "Person"), ("Paris Vale", "City"))) == [
        "id/person/paris-vale",
        "id/place/paris-vale",
    ]


def test_a_bare_surname_is_somebody_else_in_each_article() -> None:
    found = paths(article("a.txt", ("Keller", "Person")), article("b.txt", ("Keller", "Person")))
    assert len(found) == 2
    assert all(path.startswith("id/person/keller-") for path in found)


def test_a_misspelling_is_merged_only_with_a_shared_post() -> None:
    right = [
        article(f"{c}.txt", ("Marianne Oldenburg", "Person"), titles={"Marianne Oldenburg": "treasurer"}) for c in "ab"
    ]
    wrong = article("c.txt", ("Mariane Oldenburg", "Person"), titles={"Mariane Oldenburg": "Treasurer"})
    stranger = article("c.txt", ("Mariane Oldenburg", "Person"), titles={"Mariane Oldenburg": "goalkeeper"})
    merged = resolve([*right, wrong], authority={})
    assert [(e.path, e.former_paths) for e in merged.entities] == [
        ("id/person/marianne-oldenburg", ("id/person/mariane-oldenburg",))
    ]
    assert merged.merges[-1].score > 0.9
    kept = resolve([*right, stranger], authority={})
    assert len(kept.entities) == 2
    assert [m.verdict for m in kept.merges] == ["unsure"]


def test_different_first_names_never_merge() -> None:
    assert similarity(fold("Mia Keller"), fold("Max Keller")) == 0.0
    assert similarity(fold("Wang Yi"), fold("Wang Xi")) == 0.0


def test_a_decision_goes_before_the_machine() -> None:
    documents = article("a.txt", ("Nora Quist", "Person")), article("b.txt", ("Nora Quist", "Person"))
    apart = Decision("a.txt#Nora Quist", "b.txt#Nora Quist", "different", "editor", "2022-05-25", "two people")
    assert len(paths(*documents, decisions=(apart,))) == 2
    others = article("a.txt", ("Nora Quist", "Person")), article("b.txt", ("Nora Blom", "Person"))
    same = Decision("id/person/nora-blom", "id/person/nora-quist", "same", "editor", "2022-05-25", "married name")
    resolved = resolve(others, authority={}, same_as=(same,))
    assert [(e.path, e.former_paths) for e in resolved.entities] == [("id/person/nora-blom", ("id/person/nora-quist",))]
    assert set(resolved.documents[0].paths.values()) == {"id/person/nora-blom"}


def test_the_order_of_documents_does_not_matter() -> None:
    documents = [
        article(f"{i}.txt", (f"Person {chr(65 + i % 5)}berg", "Person"), ("Keller", "Person")) for i in range(9)
    ]
    expected = resolve(documents, authority=AUTHORITY)
    random.Random(3).shuffle(documents)
    assert resolve(documents, authority=AUTHORITY) == expected


def test_a_name_without_latin_letters_has_a_slug_of_its_own() -> None:
    assert slug("Ødegård Łukasz") == "odegard-lukasz"
    assert slug("测试") != slug("试测")
    assert slug("测试").startswith("u-")


def test_pairs_grow_with_the_names_and_not_their_square() -> None:
    names = [f"first{i} keller" for i in range(3000)]
    assert sum(1 for _ in pairs(names)) <= 3000 * 12


@pytest.mark.parametrize(
    ("text", "line"),
    [("left,right\n", 1), (f"{HEAD}a,b,maybe,,,\n", 2), (f"{HEAD}a,b,same,,,\na,a,same,,,\n", 3)],
)
def test_a_bad_decisions_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "same_as.csv").write_text(text, "utf-8")
    with pytest.raises(BadData) as caught:
        load_decisions(tmp_path / "same_as.csv")
    assert caught.value.line == line
