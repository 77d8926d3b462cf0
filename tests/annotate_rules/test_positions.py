"""Titles are split from names, organisations and places, before a name, after it and by a verb."""

# ruff: noqa: E501, PLR0917  (tables of sentences)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow
POSITIONS = [
    ("[State Works Agency|GovernmentBody] spokesman [Tom Ash|Person] agreed.", "spokesman", "State Works Agency", "", "current"),
    ("Foreign Minister [Anna Reed|Person] agreed.", "Foreign Minister", "", "", "current"),
    ("[Veldonia|Country]'s foreign minister, [Anna Reed|Person], agreed.", "foreign minister", "", "Veldonia", "current"),
    ("[Anna Reed|Person], a professor at [Elm University|AcademicInstitution], agreed.", "professor", "Elm University", "", "current"),
    ("[Anna Reed|Person], the former director of [Harrow Bank|Company], agreed.", "director", "Harrow Bank", "", "former"),
    ("Former president [Anna Reed|Person] agreed.", "president", "", "", "former"),
    ("[Harrow Bank|Company] chief executive [Anna Reed|Person] agreed.", "chief executive", "Harrow Bank", "", "current"),
    ("Veldonian President [Anna Reed|Person] agreed.", "President", "", "", "current"),
    ("[Anna Reed|Person] was appointed director of [Harrow Bank|Company].", "director", "Harrow Bank", "", "current"),
    ("[Veldonia|Country]'s ambassador to [Northmark|Country], [Anna Reed|Person], agreed.", "ambassador to Northmark", "", "Veldonia",
     "current"),
    ("[Anna Reed|Person] of the union, head of [Harrow Bank|Company] since May, left.", "", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "title", "organisation", "place", "status"), POSITIONS, ids=[r[0] for r in POSITIONS])
def test_a_title_and_its_parts(
    find: Callable[[str], Any], text: str, title: str, organisation: str, place: str, status: str
) -> None:
    found = find(text)
    rows = [(p.title, found.name(p.organisation), found.name(p.place), p.status) for p in found.positions()]
    assert rows == ([(title, organisation, place, status)] if title else [])


@pytest.mark.parametrize(
    "text",
    [
        "A spokesperson for [Anna Reed|Person] agreed.",
        "“No,” wrote [Anna Reed|Person], the minister said.",
        "[Anna Reed|Person] is not the director of [Harrow Bank|Company].",
        "[Anna Reed|Person] wants to become president.",
        "The lawyer of [Harrow Bank|Company] met [Anna Reed|Person].",
        "[Anna Reed|Person] may be the next president.",
    ],
)
def test_nobody_gets_a_post_that_is_not_his(find: Callable[[str], Any], text: str) -> None:
    assert not find(text).positions()


def test_several_persons_share_a_plural_title(find: Callable[[str], Any]) -> None:
    found = find("Two journalists of the [Evening Echo|MediaOutlet], [Anna Reed|Person] and [Tom Ash|Person], agreed.")
    assert {(found.name(p.person), p.title, found.name(p.organisation)) for p in found.positions()} == {
        ("Anna Reed", "journalist", "Evening Echo"),
        ("Tom Ash", "journalist", "Evening Echo"),
    }


VISITS = [
    ("[Anna Reed|Person] visited [Veldonia|Country] in May.", "reported"),
    ("[Anna Reed|Person] began a long trip to [Veldonia|Country].", "reported"),
    ("Many criticised [Anna Reed|Person]'s visit to [Veldonia|Country].", "reported"),
    ("[Anna Reed|Person] travelled to [Veldonia|Country].", "reported"),
    ("[Anna Reed|Person] will visit [Veldonia|Country] next week.", "reported"),
    ("[Anna Reed|Person] is scheduled to visit [Veldonia|Country].", "reported"),
    ("[Anna Reed|Person] reportedly visited [Veldonia|Country].", "alleged"),
    ("[Anna Reed|Person] intends to visit [Veldonia|Country].", ""),
    ("[Anna Reed|Person] did not visit [Veldonia|Country].", ""),
    ("[Anna Reed|Person] wanted to visit [Veldonia|Country].", ""),
    ("[Anna Reed|Person] cancelled a trip to [Veldonia|Country].", ""),
]


@pytest.mark.parametrize(("text", "modality"), VISITS, ids=[row[0] for row in VISITS])
def test_visits(find: Callable[[str], Any], text: str, modality: str) -> None:
    found = find(text)
    rows = [(found.name(v.visitor), found.name(v.destination), v.modality) for v in found.visits()]
    assert rows == ([("Anna Reed", "Veldonia", modality)] if modality else [])
