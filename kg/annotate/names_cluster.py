"""One entity in the making: the names that a document gives it and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.annotate.names_tokens import Words


@dataclass(slots=True)
class Cluster:
    """One entity in the making."""

    type: str
    entry: str | None = None
    place: str | None = None  # authority id of the country a state body belongs to
    forms: dict[str, int] = field(default_factory=dict)  # name as written -> how often
    spots: list[tuple[int, int, str]] = field(default_factory=list)  # (start, end, form) in words
    source: str = "ner"
    roles: set[str] = field(default_factory=set)  # occupations the text gives a person
    gender: str = ""  # male, female or not known

    def add(self, words: Words, start: int, end: int, form: str = "name", *, named: bool = True) -> None:
        self.spots.append((start, end, form))
        if named:
            text = tidy(words.text(start, end))
            self.forms[text] = self.forms.get(text, 0) + 1

    def absorb(self, other: Cluster) -> None:
        self.spots.extend(other.spots)
        for text, count in other.forms.items():
            self.forms[text] = self.forms.get(text, 0) + count
        self.entry = self.entry or other.entry
        self.place = self.place or other.place
        other.spots, other.forms = [], {}

    @property
    def name(self) -> str:
        """The fullest form: most words, then most often, then first."""
        return max(self.forms, key=lambda f: (len(f.split()), not f.isupper(), self.forms[f])) if self.forms else ""


def tidy(name: str) -> str:
    """A name without a leading article or a closing possessive."""
    for ending in ("’s", "'s", "’", "'"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            name = name[: -len(ending)]
            break
    return name[4:] if name[:4] in ("the ", "The ") else name
