"""The digests in `data/corpus` are in the project's own words, say what they digest, and name nobody protected."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from kg.authority import load_authority
from kg.settings import resource

CORPUS = resource("data/corpus")
DIGESTS = sorted(path for path in CORPUS.glob("*.md") if path.name != "README.md")
RUN = 8  # words in a row that make a sentence somebody else's


def parts(path: Path) -> tuple[dict[str, Any], str]:
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub("['’]", "", text).lower())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


NAMES = {run for entry in load_authority(resource("data/authority")).values() for n in entry.names for run in runs(n)}
"""Runs inside one long name: a name cannot be put differently."""


def test_there_are_five() -> None:
    assert len(DIGESTS) == 5


@pytest.mark.parametrize("path", DIGESTS, ids=lambda p: p.stem)
def test_each_says_what_it_is_and_what_it_digests(path: Path) -> None:
    front, body = parts(path)
    assert set(front) <= {"title", "publisher", "language", "original"}
    assert front["publisher"] == "leakgraph"
    assert front["language"] == "en"
    assert front["title"] != front["original"]["title"]
    assert set(front["original"]) <= {"title", "publisher", "authors", "date", "url"}
    assert isinstance(front["original"].get("date", date.min), date)
    assert 200 <= len(body.split()) <= 500
    assert not re.search('[“”"]', body), "a digest quotes nobody word for word"


@pytest.mark.shared
@pytest.mark.parametrize("path", DIGESTS, ids=lambda p: p.stem)
def test_no_sentence_is_taken_over(path: Path, shared: Path) -> None:
    mine = runs(parts(path)[1])
    articles = sorted((shared / "articles").glob("*.txt"))
    assert len(articles) == 5
    for article in articles:
        common = mine & runs(article.read_text("utf-8")) - NAMES
        assert not common, f"{path.name} shares words with an article: {[' '.join(run) for run in sorted(common)]}"


@pytest.mark.shared
@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda p: p.name)
def test_nobody_protected_is_named(path: Path, shared: Path) -> None:
    hidden = set((shared / "gold" / "more_protected.txt").read_text("utf-8").split("\n"))
    for file in sorted((shared / "gold").glob("*.json")):
        for entity in json.loads(file.read_text("utf-8"))["entities"]:
            hidden |= set(entity["names"]) if entity.get("protected") else set()
    hidden.discard("")
    assert len(hidden) > 3
    text = re.sub(r"\s+", " ", path.read_text("utf-8")).casefold()
    assert not [name for name in hidden if name.casefold() in text]
