"""The development texts and their gold annotations fit together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kg import vocab

GOLD = Path(__file__).resolve().parents[1] / "data" / "gold"
FILES = sorted(GOLD.glob("*.json"))
BROAD = {"Person", "Organisation", "Place", "Leak", "LeakedDocument", "Article"}


def load(file: Path) -> tuple[dict[str, Any], str]:
    doc = json.loads(file.read_text("utf-8"))
    return doc, " ".join(file.with_name(doc["doc"]).read_text("utf-8").split())


def test_each_text_has_its_annotations() -> None:
    assert len(FILES) >= 20
    assert {file.name.removesuffix(".json") for file in FILES} == {file.name for file in GOLD.glob("*.txt")}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_entities_are_named_in_the_text(file: Path) -> None:
    doc, text = load(file)
    ids = [entity["id"] for entity in doc["entities"]]
    assert len(ids) == len(set(ids))
    for entity in doc["entities"]:
        assert entity["type"] in BROAD
        assert vocab.is_a(entity.get("subtype", entity["type"]), entity["type"])
        assert all(name in text for name in entity["names"])


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_facts_are_about_entities_and_use_the_vocabulary(file: Path) -> None:
    doc, _ = load(file)
    ids = {entity["id"] for entity in doc["entities"]} | {"DOC"}
    for row in doc["relations"]:
        assert row["s"] in ids
        assert row["p"] in vocab.FACTS
        assert row["p"] == "date" or row["o"] in ids
    for row in doc["positions"]:
        assert {row["person"], row["org"], row["place"]} - {None} <= ids
        assert row["status"] in vocab.INDIVIDUALS["Status"]
    for row in doc["figures"]:
        assert row["of"] in ids
        assert row["comparator"] in vocab.INDIVIDUALS["Comparator"]
        assert ("max" in row) == (row["comparator"] == "between")
    for row in doc["claims"]:
        assert {row["claimant"], *row["about"]} <= ids
        assert row["stance"] in vocab.INDIVIDUALS["Stance"]
    for row in doc["visits"]:
        assert {row["visitor"], row["destination"]} <= ids
