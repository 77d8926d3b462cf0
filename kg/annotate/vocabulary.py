"""Every lemma that rules and word lists speak of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from kg.annotate.lexicon import Lexicon
from kg.annotate.reporting import Reporting
from kg.annotate.rules import Rule
from kg.annotate.visits import Journeys


def known_lemmas(rules: Iterable[Rule], lexicon: Lexicon, reporting: Reporting, journeys: Journeys) -> frozenset[str]:
    """The lemmas by which rules, claims, visits and modality recognise words; particle verbs by their verb too."""
    found = {*reporting.verbs, *reporting.nouns, *reporting.prepositions}
    for table in (lexicon, reporting, journeys):
        for item in fields(table):
            value = getattr(table, item.name)
            if isinstance(value, frozenset):
                found |= value
    for rule in rules:
        found |= rule.predicates
        for slot in (rule.subject, rule.object):
            found |= {word for path in slot.paths for step in path for word in step.lemmas}
    return frozenset(found | {word.split()[0] for word in found if " " in word})
