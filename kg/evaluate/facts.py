"""What a document says, in the one shape that gold annotations and a release are both read into."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ("entities", "relations", "positions", "figures", "claims", "visits")
RELATIONS = frozenset(
    ("affiliatedWith", "obtainedBy", "leakedFrom", "publishedBy", "authenticatedBy", "reportedBy", "implicates",
     "concerns", "partOf", "speaker", "author", "locatedIn", "date")
)  # fmt: skip
_SMALL = frozenset(("the", "a", "an", "of", "for", "to", "in", "on", "at", "and", "s"))
_TITLE = re.compile(r"^(?:the|mr|mrs|ms|dr|sir|professor|prof|president|minister) ")


def folded(name: str) -> str:
    """A name without case, accents, punctuation, possessive, leading article and title."""
    text = unicodedata.normalize("NFKD", name)
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    return _TITLE.sub("", re.sub(r"[^\w]+", " ", re.sub(r"[’'`]s\b", "", text)).strip())


def alike(left: str, right: str) -> bool:
    """Whether two titles or measures share at least half of their words (Dice coefficient), number endings aside."""
    a, b = ({w.rstrip("s") or w for w in folded(text).split() if w not in _SMALL} for text in (left, right))
    return bool(a and b) and 2 * len(a & b) >= 0.5 * (len(a) + len(b))


@dataclass(frozen=True, slots=True)
class Named:
    """An entity: its broad type, every name, and whether it is protected (then it need not have a name)."""

    id: str
    type: str
    names: tuple[str, ...]
    protected: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of any kind. `parts` are references to entities (or literal values) by role.

    `confidence` and `sentence` are known of extracted facts only.
    """

    kind: str
    property: str  # of a relation; else the stance, the comparator or ""
    subject: str
    objects: tuple[str, ...] = ()
    words: str = ""  # title or measure
    numbers: tuple[float, ...] = ()
    denied: bool = False
    optional: bool = False
    confidence: float | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """All that a document says. The document itself is the entity `DOC`, which is not listed."""

    document: str
    entities: tuple[Named, ...]
    facts: tuple[Fact, ...]

    def of(self, kind: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind == kind]


def once(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Facts that differ in confidence and sentence alone, once: the surest of them."""
    best: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        key = (
            fact.kind,
            fact.property,
            fact.subject,
            tuple(sorted(fact.objects)),
            fact.words,
            fact.numbers,
            fact.denied,
        )
        if key not in best or (fact.confidence or 0) > (best[key].confidence or 0):
            best[key] = fact
    return tuple(best.values())
