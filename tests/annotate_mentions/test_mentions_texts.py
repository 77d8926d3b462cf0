"""Entities of whole texts about leaks, real and invented, in several styles; every private person in them is invented.

The marks in `data/*.txt` are the gold: `{P|name}` a person, `O` an organisation, `L` a place, `K` a leak, `D` a leaked
document; `{P|short=full}` says whose name it is. These texts were used while the rules were written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from spacy.language import Language

from kg.annotate.mentions import find_mentions, prepare
from kg.annotate.names_candidate import broad
from kg.annotate.names_match import Prepared
from kg.annotate.pipeline import load_pipeline
from kg.authority import load_authority
from kg.records import Document, LocalEntity
from kg.settings import resource

pytestmark = pytest.mark.slow
TEXTS = sorted((Path(__file__).parent / "data").glob("*.txt"))
KINDS = {"P": "Person", "O": "Organisation", "L": "Place", "K": "Leak", "D": "LeakedDocument"}
Gold = dict[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_pipeline(None)


@pytest.fixture(scope="module")
def prepared(nlp: Language) -> Prepared:
    return prepare(load_authority(resource("data/authority")), nlp)


def unmarked(marked: str) -> tuple[str, Gold]:
    """The text without its marks, and its entities: (class, full name) -> names."""
    gold: Gold = {}

    def take(match: re.Match[str]) -> str:
        short, _, full = match[2].partition("=")
        gold.setdefault((KINDS[match[1]], full or short), set()).update({short, full or short})
        return short

    return re.sub(r"\{([A-Z])\|([^}]*)\}", take, marked), gold


def plain(name: str) -> str:
    text = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    text = re.sub(r"[^\w]+", " ", re.sub(r"[’']s\b", "", text)).strip()
    return re.sub(r"^the ", "", text)


def names_of(entity: LocalEntity, prepared: Prepared) -> set[str]:
    known = prepared.entries[entity.authority].names if entity.authority else ()
    return {plain(name) for name in (*entity.names, *known)}


def read(path: Path, nlp: Language, prepared: Prepared) -> tuple[Gold, list[LocalEntity]]:
    text, gold = unmarked(path.read_text("utf-8"))
    view = find_mentions(nlp(text), Document(path.name, path.stem, text, "", "text/plain", "en"), prepared)
    return gold, [e for e in view.entities.values() if e.type != "Event"]


def hits(gold: Gold, found: list[LocalEntity], prepared: Prepared) -> Iterator[tuple[str, str]]:
    """The gold entities that one entity of the same broad class shares a name with, one to one."""
    left = list(found)
    for (kind, full), names in gold.items():
        wanted = {plain(n) for n in names}
        match = next((e for e in left if broad(e.type) == kind and names_of(e, prepared) & wanted), None)
        if match is not None:
            left.remove(match)
            yield kind, full


def test_entities_are_found_and_nothing_else(nlp: Language, prepared: Prepared) -> None:
    right = wanted = said = 0
    for path in TEXTS:
        gold, found = read(path, nlp, prepared)
        right += len(list(hits(gold, found, prepared)))
        wanted += len(gold)
        said += len(found)
    precision, recall = right / said, right / wanted
    assert 2 * precision * recall / (precision + recall) >= 0.93


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.stem))
def test_no_person_is_missed(path: Path, nlp: Language, prepared: Prepared) -> None:
    gold, found = read(path, nlp, prepared)
    people = {full for kind, full in gold if kind == "Person"}
    assert people - {full for kind, full in hits(gold, found, prepared) if kind == "Person"} == set()
