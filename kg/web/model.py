"""What the pages show: plain values made from descriptions, ready for the templates. No IRI is fetched here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource as a link: its IRI, the address to open here, its name and the label of its class."""

    iri: str
    href: str
    label: str
    type: str = ""  # local name of its most specific class
    role: str = ""  # set for protected persons, who have no name
    local: bool = True

    @property
    def protected(self) -> bool:
        return self.type == "ProtectedPerson" or bool(self.role)


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of an article that bear something out. Offsets are code points, end exclusive."""

    iri: str
    href: str
    article: Thing
    exact: str
    prefix: str
    suffix: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement, position, figure, claim or visit with its evidence, ready to be read as a sentence.

    `parts` is the sentence: links and plain words in order.
    """

    iri: str
    href: str
    kind: Literal["statement", "position", "figure", "claim", "visit"]
    parts: tuple[Thing | str, ...]
    modality: str = ""  # reported, alleged or denied; figures and claims have none
    stance: str = ""  # of a claim
    attributed_to: Thing | None = None
    confidence: str = ""
    quotes: tuple[Quote, ...] = ()
    derived_from: tuple[Thing, ...] = ()
    article: Thing | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that read the same, however they are told: what several articles or sentences say alike or contest."""

    parts: tuple[Thing | str, ...]
    facts: tuple[Fact, ...]

    @property
    def told(self) -> tuple[tuple[str, int], ...]:
        """How often each modality (or stance) occurs, the plainest first."""
        ways = [fact.modality or fact.stance for fact in self.facts]
        order = {"reported": 0, "alleged": 1, "denied": 2}
        return tuple((way, ways.count(way)) for way in sorted(set(ways), key=lambda w: (order.get(w, 3), w)) if way)


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list. `number` counts from 1; `total` is the number of items in the whole list."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class Entity:
    """Everything that an entity's page shows."""

    thing: Thing
    types: tuple[Thing, ...]
    aliases: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]  # language tag, name
    same_as: tuple[Thing, ...]
    properties: tuple[tuple[Thing, tuple[Thing | str, ...]], ...]
    groups: dict[str, tuple[Group, ...]] = field(default_factory=dict)  # by kind
    page: Page | None = None
    articles: tuple[Thing, ...] = ()
    articles_total: int = 0
