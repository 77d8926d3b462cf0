"""A stretch of words that may be a name, with what speaks for it; and which classes go together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Source = Literal["authority", "leak", "government", "head", "titled", "cue", "ner", "context"]

# Who wins where two candidates overlap without one holding the other, or cover the same words. See docs/mentions.md.
TRUST: dict[Source, int] = {
    "leak": 7,
    "authority": 6,
    "government": 5,
    "titled": 4,
    "head": 3,
    "cue": 3,
    "ner": 2,
    "context": 1,
}

ORGANISATIONS = frozenset(
    {
        "Organisation",
        "GovernmentBody",
        "PoliticalParty",
        "IntergovernmentalOrganisation",
        "MediaOutlet",
        "CivilSocietyOrganisation",
        "AcademicInstitution",
        "Company",
    }
)
PLACES = frozenset({"Place", "Country", "Region", "County", "City", "DetentionFacility"})
PERSONS = frozenset({"Person", "ProtectedPerson"})
ARTICLES = frozenset({"Article", "ScholarlyArticle", "SourceArticle"})
DOCUMENTS = frozenset({"LeakedDocument", "Speech"})


def broad(type_: str) -> str:
    """The widest class that a class belongs to, as names tell it: Person, Organisation, Place, Article, ..."""
    if type_ in ORGANISATIONS:
        return "Organisation"
    if type_ in PLACES:
        return "Place"
    if type_ in PERSONS:
        return "Person"
    if type_ in ARTICLES:
        return "Article"
    return "LeakedDocument" if type_ in DOCUMENTS else type_


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words `start` to `end` (exclusive, indexes into `Words`) taken for a name of the class `type`.

    `entries` are the ids of the authority entries that have the name; `type` may be empty when only the
    capital letters speak for it. `place` is the authority id of the country that a state body belongs to.
    """

    start: int
    end: int
    type: str
    source: Source
    entries: tuple[str, ...] = ()
    place: str | None = None

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Candidate) -> bool:
        return self.start < other.end and other.start < self.end

    def holds(self, other: Candidate) -> bool:
        return self.start <= other.start and other.end <= self.end

    def cut(self, start: int, end: int) -> Candidate:
        """The same candidate over fewer words."""
        return replace(self, start=start, end=end)
