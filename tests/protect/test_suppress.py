"""Suppression: what a person has withdrawn is gone from every part of the graph, and says so by its IRI."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from kg.authority import Entry
from kg.protect import Policy, Suppression, protect
from kg.records import Claim, Merge, Resolved, Span, Statement

Make = Callable[..., Resolved]
TEXT = "Ada Quill wrote to Otto Brandt. Quill has the Harbour Papers."


def row(kind: str, path: str) -> Suppression:
    return Suppression(kind, path, "asked for it", "desk", "2024-05-01")


def corpus(make: Make) -> Resolved:
    whole = (Span(0, 31),)
    return make(
        {
            "text": TEXT,
            "entities": {
                "e1": ("Person", ["Ada Quill", "Quill"]),
                "e2": ("Person", ["Otto Brandt"]),
                "e3": ("Leak", ["Harbour Papers"]),
            },
            "known": {"e1": "person/ada-quill", "e2": "person/minister-brandt", "e3": "leak/harbour-papers"},
            "statements": [Statement("e3", "obtainedBy", who, whole, "r") for who in ("e1", "e2")],
            "claims": [Claim("e2", "asserts", ("e1", "e3"), whole, "r")],
        },
        {"text": "The Harbour Papers are lost.", "id": "b.txt", "slug": "b",
         "entities": {"e1": ("Leak", ["Harbour Papers"])}, "known": {"e1": "leak/harbour-papers"}},
    )  # fmt: skip


def test_a_suppressed_person_is_gone_although_a_curator_made_them_public(
    policy: Policy, curated: dict[str, Entry], make: Make
) -> None:
    done = protect(corpus(make), policy=policy, suppressions=[row("entity", "id/person/ada-quill")], authority=curated)
    first = done.resolved.documents[0]
    assert done.withdrawn == ("id/person/ada-quill",)
    assert first.annotated.document.text == "[withheld] wrote to Otto Brandt. [withheld] has the Harbour Papers."
    assert [e.path for e in done.resolved.entities] == ["id/leak/harbour-papers", "id/person/minister-brandt"]
    assert "e1" not in first.paths
    assert [m.entity for m in first.annotated.mentions] == ["e2", "e3"]
    assert [s.object for s in first.annotated.statements] == ["e2"]
    assert [c.about for c in first.annotated.claims] == [("e3",)]
    assert "quill" not in repr(asdict(done.resolved)).casefold()


def test_a_suppressed_person_that_the_build_did_not_recognise_is_still_withheld(
    policy: Policy, curated: dict[str, Entry], make: Make
) -> None:
    made = make({"text": "A letter by Tomas Verne is there.", "id": "a.txt"})
    done = protect(made, policy=policy, suppressions=[row("entity", "id/person/tomas-verne")], authority=curated)
    assert done.resolved.documents[0].annotated.document.text == "A letter by [withheld] is there."


def test_an_older_iri_of_a_merged_person_suppresses_the_person(
    policy: Policy, curated: dict[str, Entry], make: Make
) -> None:
    made = corpus(make)
    entities = tuple(replace(e, former_paths=("id/person/a-quil",)) if "ada" in e.path else e for e in made.entities)
    made = replace(made, entities=entities, merges=(Merge("id/person/ada-quill", "id/person/a-quil", 0.9, "alike"),))
    done = protect(made, policy=policy, suppressions=[row("entity", "id/person/a-quil")], authority=curated)
    assert "Quill" not in done.resolved.documents[0].annotated.document.text
    assert done.resolved.merges == ()


def test_a_suppressed_article_is_gone_with_what_only_it_tells(
    policy: Policy, curated: dict[str, Entry], make: Make
) -> None:
    done = protect(corpus(make), policy=policy, suppressions=[row("article", "article/a")], authority=curated)
    assert [d.annotated.document.slug for d in done.resolved.documents] == ["b"]
    assert [e.path for e in done.resolved.entities] == ["id/leak/harbour-papers"]
    assert done.withdrawn == ("article/a",)


def test_who_is_protected_in_a_suppressed_article_stays_protected_in_the_others(policy: Policy, make: Make) -> None:
    made = make(
        {"text": "Qurban Tilek was detained.", "entities": {"e1": ("Person", ["Qurban Tilek"])}},
        {"text": "One page has Tilek on it.", "id": "b.txt", "slug": "b"},
    )
    done = protect(made, policy=policy, suppressions=[row("article", "article/a")])
    assert done.resolved.documents[0].annotated.document.text == "One page has [withheld] on it."


def test_a_suppressed_statement_is_passed_on_to_whoever_writes_statements(policy: Policy, make: Make) -> None:
    done = protect(corpus(make), policy=policy, suppressions=[row("statement", "article/a/statement/0f")])
    assert done.withdrawn == ("article/a/statement/0f",)
