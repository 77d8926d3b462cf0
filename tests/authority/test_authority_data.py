"""The project's own authority data: complete, unambiguous, sourced, and about public figures only."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest

from kg import vocab
from kg.authority import Entry, load_authority
from kg.settings import resource

AUTHORITY = load_authority(resource("data/authority"))
SEGMENTS = {
    "Person": "person", "Organisation": "organisation", "Place": "place", "Leak": "leak",
    "LeakedDocument": "document", "Article": "work", "Event": "event",
}  # fmt: skip
# What leakgraph is about: the articles of the first corpus, and the leaks that reporting returns to.
WANTED = [
    "Xinjiang Police Files", "China Cables", "Karakax List", "Xinjiang Papers", "Panama Papers", "Paradise Papers",
    "Pandora Papers", "Snowden files", "Uber Files", "Facebook Files", "Suisse Secrets", "FinCEN Files", "LuxLeaks",
    "Offshore Leaks", "Pegasus Project", "Cyprus Confidential", "Vulkan Files", "WikiLeaks", "Adrien Zenz",
    "Michelle Bachelet", "Chen Quanguo", "Zhao Kezhi", "Xi Jinping", "World Uighur Congress", "BBC", "AP", "CCP",
    "OHCHR", "ICIJ", "NSA", "GCHQ", "PRC", "UK", "US", "VOC", "Victims of Communism Memorial Fund", "State Department",
    "Xinjiang Uyghur Autonomous Region", "Konasheher County", "Urumqi", "Kashgar", "Guangzhou", "UN",
]  # fmt: skip


def fold(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"\W+", " ", plain.casefold()).strip()


def names(entry: Entry) -> set[str]:
    return {fold(name) for name in entry.names}


def test_there_is_enough_of_it() -> None:
    assert len(AUTHORITY) >= 200
    known = {name for entry in AUTHORITY.values() for name in entry.names}
    assert [name for name in WANTED if name not in known] == []


def test_each_entry_is_of_a_class_and_under_its_segment() -> None:
    for entry in AUTHORITY.values():
        assert entry.type in vocab.SUPERCLASSES, entry.id
        [top] = [name for name in (entry.type, *vocab.ancestors(entry.type)) if name in SEGMENTS]
        assert entry.id.split("/")[0] == SEGMENTS[top], entry.id
        assert entry.source in ("curator", "identifiers.csv"), entry.id
        assert (entry.source == "identifiers.csv") == (entry.wikidata is not None), entry.id


def test_no_name_stands_for_two_entries() -> None:
    holders: dict[str, set[str]] = defaultdict(set)
    for entry in AUTHORITY.values():
        for name in names(entry):
            holders[name].add(entry.id)
    assert {name: ids for name, ids in holders.items() if len(ids) > 1} == {}


def test_people_are_never_known_by_one_name() -> None:
    alone = [
        (entry.id, name)
        for entry in AUTHORITY.values()
        if entry.type == "Person"
        for name in (entry.label, *entry.aliases)
        if len(name.split()) < 2
    ]
    assert alone == []


def test_a_capital_is_not_a_name_of_its_country() -> None:
    countries = {name for entry in AUTHORITY.values() if entry.type == "Country" for name in names(entry)}
    assert not countries & {"beijing", "washington", "moscow", "london", "berlin", "brussels", "kremlin"}


def test_every_country_stands_on_its_own_and_other_places_lie_in_places() -> None:
    for entry in AUTHORITY.values():
        if entry.type == "Country":
            assert not entry.located_in, entry.id
        assert all(target.startswith("place/") for target in entry.located_in), entry.id
        assert all(target.startswith("organisation/") for target in entry.affiliated_with), entry.id
        assert entry.type == "Person" or not entry.affiliated_with, entry.id


def test_acronyms_are_capitals_and_small_letters_spell_no_common_word() -> None:
    # Aliases are matched in any letter case, acronyms in capitals only: these must not be aliases.
    words = {"us", "who", "ap", "un", "eu", "fund", "price", "times", "foreign policy", "communist party"}
    for entry in AUTHORITY.values():
        assert all(len(re.findall("[A-Z]", acronym)) > 1 for acronym in entry.acronyms), entry.id
        loose = {fold(name) for name in (entry.label, *entry.aliases)}
        assert not loose & words, entry.id


def test_chinese_names_are_in_chinese() -> None:
    with_chinese = [entry for entry in AUTHORITY.values() if "zh" in entry.labels]
    assert len(with_chinese) >= 40
    for entry in with_chinese:
        assert re.search("[一-鿿]", entry.labels["zh"]), entry.id
        assert not re.search("[A-Za-z]", entry.labels["zh"]), entry.id


@pytest.mark.shared
def test_wikidata_items_are_those_of_the_reviewed_list(shared: Path) -> None:
    with (shared / "identifiers.csv").open(encoding="utf-8", newline="") as file:
        reviewed = {row["qid"]: row["name"] for row in csv.DictReader(file)}
    given = {entry.wikidata: entry for entry in AUTHORITY.values() if entry.wikidata}
    assert set(given) == set(reviewed)
    for item, entry in given.items():
        name = fold(reviewed[item].split(" (")[0])
        assert any(name in known or known in name for known in names(entry)), (entry.id, reviewed[item])


@pytest.mark.shared
def test_nobody_protected_is_in_it(shared: Path) -> None:
    hidden = {fold(name) for name in (shared / "gold" / "more_protected.txt").read_text("utf-8").splitlines()}
    for file in sorted((shared / "gold").glob("*.json")):
        for entity in json.loads(file.read_text("utf-8"))["entities"]:
            if entity.get("protected"):
                hidden |= {fold(name) for name in entity["names"]}
    assert len(hidden) > 3
    assert not hidden & {name for entry in AUTHORITY.values() for name in names(entry)}
