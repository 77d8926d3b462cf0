"""The words that name posts, from `data/rules/titles.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kg.annotate.lexicon import read_yaml, words
from kg.errors import BadData
from kg.settings import resource


@dataclass(frozen=True, slots=True)
class Titles:
    """Lists of lower-case words; what each is for stands in the file."""

    offices: frozenset[str]
    occupations: frozenset[str]
    former: frozenset[str]
    dropped: frozenset[str]
    organisation: frozenset[str]
    place: frozenset[str]
    becoming: frozenset[str]
    serving: frozenset[str]
    leaving: frozenset[str]
    speaking: frozenset[str]


@lru_cache(maxsize=1)
def load_titles() -> Titles:
    """The words that came with leakgraph. Raises `BadData` when a list is missing or unknown."""
    file = resource("data/rules") / "titles.yaml"
    content = read_yaml(file)
    wanted = set(Titles.__dataclass_fields__)
    if not isinstance(content, dict) or set(content) != wanted:
        raise BadData(f"must hold the lists {', '.join(sorted(wanted))}", where=str(file))
    return Titles(**{name: words(value, file, name) for name, value in content.items()})
