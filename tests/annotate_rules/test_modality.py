"""What is negated, refuted, hedged, wished or asked is never given as a fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow

NEGATED = [
    "[Anna Reed|Person] did not obtain the [Marlow Files|Leak].",
    "[Anna Reed|Person] never obtained the [Marlow Files|Leak].",
    "The [Marlow Files|Leak] were not obtained by [Anna Reed|Person].",
    "The [Marlow Files|Leak] have never been published by the [Evening Echo|MediaOutlet].",
    "The [Marlow Files|Leak] were neither obtained nor published by the [Evening Echo|MediaOutlet].",
    "[Anna Reed|Person] denied that she had obtained the [Marlow Files|Leak].",
    "[Anna Reed|Person] denied having obtained the [Marlow Files|Leak].",
    "[Anna Reed|Person] has denied publishing the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] refused to publish the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] declined to publish the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] failed to verify the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] could not verify the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] was unable to verify the [Marlow Files|Leak].",
    "The [Marlow Files|Leak] could not be independently verified by the [Evening Echo|MediaOutlet].",
    "The [Marlow Files|Leak] have not been authenticated by the [Evening Echo|MediaOutlet].",
    "The [Evening Echo|MediaOutlet] has yet to verify the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] decided not to publish the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] described the prison without publishing the [Marlow Files|Leak].",
    "The [Marlow Files|Leak] do not implicate [Paul Hart|Person].",
    "The [Marlow Files|Leak] never implicated [Paul Hart|Person].",
    "Nothing in the [Marlow Files|Leak] implicates [Paul Hart|Person].",
    "None of the [Marlow Files|Leak] implicate [Paul Hart|Person].",
    "[Anna Reed|Person] does not work for the [Evening Echo|MediaOutlet].",
    "[Anna Reed|Person] never worked for the [Evening Echo|MediaOutlet].",
    "[Anna Reed|Person] is not the author of the [study|ScholarlyArticle].",
    "[Anna Reed|Person] did not write the [study|ScholarlyArticle].",
    "The [study|ScholarlyArticle] was not written by [Anna Reed|Person].",
    "The [handbook|LeakedDocument] is not part of the [Marlow Files|Leak].",
    "The [handbook|LeakedDocument] was not found in the [Marlow Files|Leak].",
    "The [Marlow Files|Leak] do not include the [handbook|LeakedDocument].",
    "[Paul Hart|Person] did not give the [speech|Speech].",
    "[Paul Hart|Person] denied that he had delivered the [speech|Speech].",
    "[Harrow Bank|Company] is not based in [Port Ellis|City].",
    "The [Marlow Files|Leak] were not stolen from [Harrow Bank|Company].",
    "The [Marlow Files|Leak] did not come from [Harrow Bank|Company].",
    "No documents of [Harrow Bank|Company] were published by the [Evening Echo|MediaOutlet].",
    "The [Evening Echo|MediaOutlet] wrote about taxes instead of publishing the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] did not obtain or publish the [Marlow Files|Leak].",
    "The [Marlow Files|Leak] hardly implicate [Paul Hart|Person].",
    "The [Marlow Files|Leak] were falsely said to have been published by the [Evening Echo|MediaOutlet].",
]
HEDGED = [
    "[Anna Reed|Person] allegedly obtained the [Marlow Files|Leak].",
    "[Anna Reed|Person] reportedly obtained the [Marlow Files|Leak].",
    "[Anna Reed|Person] appears to have obtained the [Marlow Files|Leak].",
    "[Anna Reed|Person] seems to have published the [Marlow Files|Leak].",
    "[Anna Reed|Person] is said to have obtained the [Marlow Files|Leak].",
    "[Anna Reed|Person] is believed to have obtained the [Marlow Files|Leak].",
    "[Anna Reed|Person] was accused of publishing the [Marlow Files|Leak].",
    "[Anna Reed|Person] is suspected of having published the [Marlow Files|Leak].",
    "[Anna Reed|Person] may have obtained the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] might have published the [Marlow Files|Leak].",
    "[Tom Ash|Person] said that [Anna Reed|Person] had obtained the [Marlow Files|Leak].",
    "According to [Tom Ash|Person], the [Marlow Files|Leak] implicate [Paul Hart|Person].",
    "“The [Marlow Files|Leak] implicate [Paul Hart|Person],” said [Tom Ash|Person].",
    "Activists say that [Anna Reed|Person] published the [Marlow Files|Leak].",
    "[Anna Reed|Person] claims to have obtained the [Marlow Files|Leak].",
    "The [Marlow Files|Leak] purportedly implicate [Paul Hart|Person].",
    "[Tom Ash|Person] alleged that the [Marlow Files|Leak] were stolen from [Harrow Bank|Company].",
    "It is alleged that [Anna Reed|Person] obtained the [Marlow Files|Leak].",
]
UNREAL = [
    "If [Anna Reed|Person] obtained the [Marlow Files|Leak], she has not said so.",
    "Did [Anna Reed|Person] obtain the [Marlow Files|Leak]?",
    "[Anna Reed|Person] wanted to obtain the [Marlow Files|Leak].",
    "[Anna Reed|Person] hoped to publish the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] will publish the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] would have published the [Marlow Files|Leak].",
    "The [Evening Echo|MediaOutlet] must publish the [Marlow Files|Leak].",
    "The minister asked the [Evening Echo|MediaOutlet] to publish the [Marlow Files|Leak].",
    "It is unclear whether [Anna Reed|Person] obtained the [Marlow Files|Leak].",
    "Unless the [Evening Echo|MediaOutlet] published the [Marlow Files|Leak], nobody would know.",
]


@pytest.mark.parametrize("text", NEGATED)
def test_negated_relations_are_no_facts(find: Callable[[str], Any], text: str) -> None:
    assert not [row for row in find(text).rows() if row[3] != "denied"]


@pytest.mark.parametrize("text", HEDGED)
def test_hedged_relations_are_alleged(find: Callable[[str], Any], text: str) -> None:
    modalities = {row[3] for row in find(text).rows()}
    assert modalities <= {"alleged"}, modalities
    assert modalities


@pytest.mark.parametrize("text", UNREAL)
def test_conditions_questions_and_plans_say_nothing(find: Callable[[str], Any], text: str) -> None:
    assert not find(text).rows()


def test_a_denial_is_kept_as_one(find: Callable[[str], Any]) -> None:
    found = find("The [Marlow Files|Leak] have not been verified by the [Evening Echo|MediaOutlet].")
    assert ("Marlow Files", "authenticatedBy", "Evening Echo", "denied") in found.rows()


def test_whose_word_it_is(find: Callable[[str], Any]) -> None:
    found = find("[Tom Ash|Person] said that the [Marlow Files|Leak] implicate [Paul Hart|Person].")
    (statement,) = [s for s in found.statements() if s.predicate == "implicates"]
    assert (statement.modality, found.name(statement.attributed_to)) == ("alleged", "Tom Ash")


@pytest.mark.parametrize(
    "text",
    [
        "[Anna Reed|Person], who works for the [Evening Echo|MediaOutlet], denied it.",
        "[Tom Ash|Person] refused to meet [Anna Reed|Person], who works for the [Evening Echo|MediaOutlet].",
        "If [Anna Reed|Person], who works for the [Evening Echo|MediaOutlet], is right, he must go.",
    ],
)
def test_what_only_describes_somebody_stands_whatever_is_denied(find: Callable[[str], Any], text: str) -> None:
    assert ("Anna Reed", "affiliatedWith", "Evening Echo", "reported") in find(text).rows()
