"""Corpora made by hand: what annotate and resolve would give, without a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from kg.authority import Entry
from kg.protect import Policy, load_policy
from kg.records import (
    Annotated,
    Claim,
    Document,
    Entity,
    Field,
    Figure,
    LocalEntity,
    Mention,
    Position,
    Resolved,
    ResolvedDocument,
    Span,
    Statement,
    Visit,
)
from kg.settings import resource

KINDS = {"Person": "person", "Place": "place", "Leak": "leak", "LeakedDocument": "document", "Article": "work"}


@dataclass
class Text:
    """A document to be made: `entities` maps a local id to its class and the names that were recognised."""

    text: str
    entities: Mapping[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    id: str = "a.txt"
    slug: str = "a"
    title: Field | None = None
    authors: Sequence[str] = ()
    url: Field | None = None
    language: str = "en"
    known: Mapping[str, str] = field(default_factory=dict)  # local id -> authority id
    statements: Sequence[Statement] = ()
    positions: Sequence[Position] = ()
    figures: Sequence[Figure] = ()
    claims: Sequence[Claim] = ()
    visits: Sequence[Visit] = ()


def sentences(text: str) -> tuple[Span, ...]:
    """Sentences by full stops and blank lines; good enough for made-up texts."""
    return tuple(Span(*m.span()) for m in re.finditer(r"\S(?:.*?[.!?]['\"”’)]*(?=\s|$)|[^\n]*(?=\n\n|$))", text))


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def _inside(one: Span, other: Span) -> bool:
    return one != other and other.start <= one.start and one.end <= other.end


def annotated(made: Text) -> Annotated:
    mentions = []
    for key, (_, names) in made.entities.items():
        for name in names:
            mentions += [
                Mention(Span(*m.span()), key, "name") for m in re.finditer(rf"\b{re.escape(name)}\b", made.text)
            ]
    kept = [m for m in mentions if not any(_inside(m.span, o.span) for o in mentions)]
    return Annotated(
        document=Document(
            id=made.id,
            slug=made.slug,
            text=made.text,
            sha256="0" * 64,
            media_type="text/plain",
            language=made.language,
            title=made.title,
            authors=tuple(Field(name, made.id) for name in made.authors),
            url=made.url,
        ),
        entities=tuple(
            LocalEntity(key, kind, names[0], tuple(names), made.known.get(key))
            for key, (kind, names) in made.entities.items()
        ),
        mentions=tuple(sorted(kept, key=lambda m: m.span)),
        sentences=sentences(made.text),
        statements=tuple(made.statements),
        positions=tuple(made.positions),
        figures=tuple(made.figures),
        claims=tuple(made.claims),
        visits=tuple(made.visits),
    )


def resolved_of(*texts: Text) -> Resolved:
    """The texts with one entity for each name, as resolve would give them."""
    entities: dict[str, Entity] = {}
    documents = []
    for made in sorted(texts, key=lambda t: t.id):
        paths = {}
        for key, (kind, names) in made.entities.items():
            known = made.known.get(key)
            path = f"id/{known}" if known else f"id/{KINDS.get(kind, 'organisation')}/{slug(names[0])}"
            paths[key] = path
            entities[path] = Entity(path, kind, names[0], tuple(names[1:]), authority=known)
        documents.append(ResolvedDocument(annotated(made), paths))
    return Resolved(tuple(entities[path] for path in sorted(entities)), tuple(documents))


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy that ships with leakgraph."""
    return load_policy(resource("data/policy.yaml"))


@pytest.fixture
def make() -> Callable[..., Resolved]:
    """Makes a resolved corpus; each argument is a mapping of the fields of `Text`."""
    return lambda *texts: resolved_of(*(Text(**text) for text in texts))


@pytest.fixture(scope="session")
def resolved() -> Callable[..., Resolved]:
    """The same, for tests that keep it from one example to the next."""
    return lambda *texts: resolved_of(*(Text(**text) for text in texts))


@pytest.fixture(scope="session")
def curated() -> dict[str, Entry]:
    """A small authority of invented public people and organisations, and one real place."""
    rows = [
        Entry("person/ada-quill", "Person", "Ada Quill", "curator", affiliated_with=("organisation/harbour-watch",)),
        Entry("person/minister-brandt", "Person", "Otto Brandt", "curator"),
        Entry("organisation/harbour-watch", "CivilSocietyOrganisation", "Harbour Watch", "curator", acronyms=("HW",)),
        Entry("organisation/daily-lantern", "MediaOutlet", "Daily Lantern", "curator"),
        Entry("place/sandoria", "Country", "Sandoria", "curator", demonyms=("Sandorian",)),
        Entry("leak/harbour-papers", "Leak", "Harbour Papers", "curator"),
    ]
    return {row.id: row for row in rows}
