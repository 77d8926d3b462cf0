"""Direct and indirect speech: who says what of whom, and in which spirit."""

# ruff: noqa: E501  (tables of sentences)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow
CLAIMS = [
    ("[Tom Ash|Person] said that the [Marlow Files|Leak] are genuine.", "Tom Ash", "asserts", "Marlow Files"),
    ("The [Marlow Files|Leak] are genuine, [Tom Ash|Person] said.", "Tom Ash", "asserts", "Marlow Files"),
    ("“The [Marlow Files|Leak] are genuine,” said [Tom Ash|Person].", "Tom Ash", "asserts", "Marlow Files"),
    ("“The [Marlow Files|Leak] are genuine,” [Tom Ash|Person] told reporters.", "Tom Ash", "asserts", "Marlow Files"),
    ('"The [Marlow Files|Leak] are genuine," he said. [Tom Ash|Person] added: "We saw the [Marlow Files|Leak] in May."',
     "Tom Ash", "asserts", "Marlow Files"),
    ("According to [Tom Ash|Person], the [Marlow Files|Leak] are genuine.", "Tom Ash", "asserts", "Marlow Files"),
    ("[Veldonia|Country] denied that the [Marlow Files|Leak] were genuine.", "Veldonia", "denies", "Marlow Files"),
    ("The [Ministry of Works|GovernmentBody] dismissed the [Marlow Files|Leak] as a hoax.", "Ministry of Works", "denies",
     "Marlow Files"),
    ("[Veldonia|Country] rejects the [Marlow Files|Leak].", "Veldonia", "denies", "Marlow Files"),
    ("[Northmark|Country] condemned [Veldonia|Country] for the killings.", "Northmark", "condemns", "Veldonia"),
    ("[Tom Ash|Person] accused [Paul Hart|Person] of lying.", "Tom Ash", "condemns", "Paul Hart"),
    ("“We are appalled by the [Marlow Files|Leak],” [Tom Ash|Person] said.", "Tom Ash", "condemns", "Marlow Files"),
    ("[Tom Ash|Person] called the [Marlow Files|Leak] shocking.", "Tom Ash", "condemns", "Marlow Files"),
    ("[Veldonia|Country] called the [Marlow Files|Leak] a lie.", "Veldonia", "denies", "Marlow Files"),
    ("[Northmark|Country] urged [Veldonia|Country] to release the prisoners.", "Northmark", "demands", "Veldonia"),
    ("[Tom Ash|Person] called on [Veldonia|Country] to open the prisons.", "Tom Ash", "demands", "Veldonia"),
    ("[Northmark|Country] called for an inquiry into the [Marlow Files|Leak].", "Northmark", "demands", "Marlow Files"),
    ("[Veldonia|Country] confirmed that the [Marlow Files|Leak] are genuine.", "Veldonia", "confirms", "Marlow Files"),
    ("A spokesman for the [Ministry of Works|GovernmentBody] said the [Marlow Files|Leak] were old.", "Ministry of Works",
     "asserts", "Marlow Files"),
    ("The minister, [Paul Hart|Person], said the [Marlow Files|Leak] were old.", "Paul Hart", "asserts", "Marlow Files"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "claimant", "stance", "about"), CLAIMS, ids=[row[0] for row in CLAIMS])
def test_a_claim_has_claimant_stance_and_subject(
    find: Callable[[str], Any], text: str, claimant: str, stance: str, about: str
) -> None:
    found = find(text)
    rows = [(found.name(c.claimant), c.stance, [found.name(e) for e in c.about]) for c in found.claims()]
    assert any(row[:2] == (claimant, stance) and about in row[2] for row in rows), rows


@pytest.mark.parametrize(
    "text",
    [
        "[Tom Ash|Person] did not say that the [Marlow Files|Leak] are genuine.",
        "If [Tom Ash|Person] says that the [Marlow Files|Leak] are genuine, he lies.",
        "[Tom Ash|Person] wrote a book in [Port Ellis|City].",
        "[Tom Ash|Person] declined to comment on the [Marlow Files|Leak].",
        "[Veldonia|Country] is accused of crimes.",
    ],
)
def test_nobody_is_made_to_say_what_he_did_not(find: Callable[[str], Any], text: str) -> None:
    found = find(text)
    assert not [c for c in found.claims() if found.name(c.claimant) in ("Tom Ash", "Veldonia")]


def test_the_quotation_is_the_words_between_the_marks(find: Callable[[str], Any]) -> None:
    text = "“The [Marlow Files|Leak] are genuine,” said [Tom Ash|Person]."
    (claim,) = find(text).claims()
    plain = "“The Marlow Files are genuine,” said Tom Ash."
    assert plain[claim.quotation.start : claim.quotation.end] == "The Marlow Files are genuine,"


def test_an_inner_claim_keeps_its_claimant(find: Callable[[str], Any]) -> None:
    found = find("[Tom Ash|Person] said that [Paul Hart|Person] had denied the killings in [Veldonia|Country].")
    rows = {(found.name(c.claimant), c.stance) for c in found.claims()}
    assert {("Tom Ash", "asserts"), ("Paul Hart", "denies")} <= rows


def test_the_same_said_twice_is_one_claim_with_two_places(find: Callable[[str], Any]) -> None:
    found = find(
        "[Tom Ash|Person] said the [Marlow Files|Leak] are genuine. [Tom Ash|Person] noted that the [Marlow Files|Leak] are old."
    )
    (claim,) = found.claims()
    assert len(claim.evidence) == 2
