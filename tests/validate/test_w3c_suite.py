"""The W3C's SHACL test suite: every test of core and sparql, against the expected report."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import BadShapes
from kg.validate import engine, validate
from tests.conftest import SHARED
from tests.validate.w3c import Case, cases, same

SUITE = SHARED / "w3c" / "shacl"
CORE, SPARQL = 98, 23  # tests in the two parts: a suite that shrinks unseen tests nothing


def _all() -> list[Case]:
    return [case for part in ("core", "sparql") for case in cases(SUITE / part)] if SUITE.is_dir() else []


@pytest.mark.shared
@pytest.mark.parametrize("wide", [False, True], ids=["walked", "queried"])
@pytest.mark.parametrize("case", _all(), ids=lambda case: f"{case.data.parent.parent.name}/{case.id}")
def test_w3c(case: Case, wide: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WIDE", 1 if wide else 10**9)
    monkeypatch.setattr(engine, "RATIO", 10**6)
    if case.expected is None:
        with pytest.raises(BadShapes):
            validate(case.data, case.shapes)
        return
    actual = validate(case.data, case.shapes).graph()
    assert same(actual, case.expected), actual.serialize()


@pytest.mark.shared
def test_the_suite_is_whole(shared: Path) -> None:
    found = {part: len(cases(shared / "w3c" / "shacl" / part)) for part in ("core", "sparql")}
    assert found == {"core": CORE, "sparql": SPARQL}
