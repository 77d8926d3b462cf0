"""The policy and the suppressions as data: what cannot be used is refused with its place, never half applied."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kg.errors import BadData
from kg.protect import Suppression, load_policy, load_suppressions
from kg.settings import resource

HEAD = "kind,iri,why,who,when\n"


def changed(tmp_path: Path, **parts: object) -> Path:
    """The shipped policy with some keys replaced (or removed, by None)."""
    raw = yaml.safe_load(resource("data/policy.yaml").read_text("utf-8"))
    raw = {key: value for key, value in {**raw, **parts}.items() if value is not None}
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump(raw, allow_unicode=True), "utf-8")
    return file


def test_the_shipped_policy_loads() -> None:
    policy = load_policy(resource("data/policy.yaml"))
    assert policy.order[0] == "suppressed"
    assert policy.mark == "[withheld]"
    assert set(policy.described) == {"minor", "prisoner", "detainee", "relative", "witness"}


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"order": ["authority"]}, "'order'"),
        ({"order": ["suppressed", "charm"]}, "'order'"),
        ({"mark": ""}, "'mark'"),
        ({"cues": None}, "needs 'cues'"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"details": ["("]}, "cannot be used"),
        ({"cues": {"king": ["x"]}}, "no role"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused(tmp_path: Path, parts: dict[str, object], says: str) -> None:
    with pytest.raises(BadData, match=r"policy\.yaml") as caught:
        load_policy(changed(tmp_path, **parts))
    assert says in str(caught.value)


def test_a_policy_that_is_not_yaml_tells_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("mark: '[x]'\norder: [a, b\n", "utf-8")
    with pytest.raises(BadData) as caught:
        load_policy(file)
    assert caught.value.line == 3
    assert caught.value.column == 1


def test_suppressions_take_whole_iris_and_paths(tmp_path: Path) -> None:
    file = tmp_path / "suppress.csv"
    file.write_text(
        HEAD
        + "entity,https://example.org/kg/id/person/x-y,asked,desk,2024-05-01\n"
        + '# a remark\n\narticle,article/some-text,"court order, appeal open",desk,2024-05-02\n'
        + "statement,https://w3id.org/leakgraph/article/a/statement/0f,wrong,desk,2024-05-03\n",
        "utf-8",
    )
    assert load_suppressions(file) == (
        Suppression("entity", "id/person/x-y", "asked", "desk", "2024-05-01"),
        Suppression("article", "article/some-text", "court order, appeal open", "desk", "2024-05-02"),
        Suppression("statement", "article/a/statement/0f", "wrong", "desk", "2024-05-03"),
    )


def test_no_suppressions_file_means_none(tmp_path: Path) -> None:
    assert load_suppressions(tmp_path / "suppress.csv") == ()
    assert load_suppressions(resource("data/suppress.csv")) == ()


@pytest.mark.parametrize(
    "row",
    [
        "person,id/person/secret-name,why,who,2024-05-01",
        "entity,secret-name,why,who,2024-05-01",
        "entity,article/secret-name,why,who,2024-05-01",
        "article,article/secret-name/statement/0f,why,who,2024-05-01",
        "entity,id/person/secret-name,,who,2024-05-01",
        "entity,id/person/secret-name,why,who,yesterday",
        "entity,id/person/secret-name,why,who",
    ],
)
def test_a_row_that_cannot_be_applied_is_refused_by_line_and_without_its_words(tmp_path: Path, row: str) -> None:
    file = tmp_path / "suppress.csv"
    file.write_text(f"{HEAD}{row}\n", "utf-8")
    with pytest.raises(BadData) as caught:
        load_suppressions(file)
    assert caught.value.line == 2
    assert "secret" not in str(caught.value)
