"""Every rule fires on its own examples and keeps silent where it must, on the shipped pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg import vocab
from kg.annotate.examples import read_example
from kg.annotate.rules import Rule, load_rules
from kg.errors import BadData

RULES = load_rules()
FIRES = [(rule, text) for rule in RULES for text in rule.fires]
SILENT = [(rule, text) for rule in RULES for text in rule.silent]


def name(value: Any) -> str:
    return value.id if isinstance(value, Rule) else ""


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "text"), FIRES, ids=name)
def test_the_rule_fires(find: Callable[[str], Any], rule: Rule, text: str) -> None:
    found = find(text)
    said = {(found.name(s.subject), found.name(s.object)) for s in found.statements((rule,)) if s.modality != "denied"}
    assert said == read_example(text).expected


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "text"), SILENT, ids=name)
def test_the_rule_keeps_silent(find: Callable[[str], Any], rule: Rule, text: str) -> None:
    assert not [s for s in find(text).statements((rule,)) if s.modality != "denied"]


def test_rules_use_the_vocabulary() -> None:
    for rule in RULES:
        assert rule.property in vocab.OBJECT_PROPERTIES | vocab.DATATYPE_PROPERTIES, rule.id
        for slot in (rule.subject, rule.object):
            assert all(term in vocab.SUPERCLASSES for term in slot.classes), rule.id


BAD = {
    "no examples": "- {id: a, property: author, predicates: [write], subject: {at: [patient], is: [Article]},"
    " object: {at: [agent], is: [Person]}, fires: [x], silent: [y, z]}",
    "unknown key": "- {id: a, colour: red}",
    "no path": "- {id: a, property: author, predicates: [w], subject: {at: ['?'], is: [Article]},"
    " object: {at: [agent], is: [Person]}, fires: [x, y, z], silent: [y, z]}",
    "not YAML": "- {id: a",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_malformed_rule_is_refused_with_its_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "broken.yaml").write_text(content, "utf-8")
    with pytest.raises(BadData, match=r"broken\.yaml"):
        load_rules(tmp_path)


def test_a_reference_to_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="Nobody"):
        read_example("[She|=Nobody] left.")
