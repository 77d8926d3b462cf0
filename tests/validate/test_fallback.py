"""What the engine cannot compute goes to pySHACL, and what neither can is refused."""

from __future__ import annotations

import pytest

from kg.errors import BadShapes
from kg.validate import fallback, validate

COMPONENT = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
ex:C a sh:ConstraintComponent ; sh:parameter [ sh:path ex:unlike ] ;
  sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK { FILTER(%s) }" ; sh:message "is {$value}" ] .
ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; ex:unlike %s ] .
"""
DATA = b"@prefix ex: <http://example.org/> . ex:a ex:p 1 , 2 . ex:b ex:p 2 ."


def test_declared_components_are_computed_here() -> None:
    report = validate(DATA, (COMPONENT % ("$value != $unlike", "1")).encode())
    assert [(str(r.focus), r.message) for r in report.results] == [("<http://example.org/a>", "is 1")]
    assert report.results[0].component.value == "http://example.org/C"


def test_a_blank_node_as_parameter_goes_to_pyshacl(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = (COMPONENT % ("isBlank($unlike) && $value != 1", "[]")).encode()
    report = validate(DATA, shapes)
    assert [str(r.focus) for r in report.results] == ["<http://example.org/a>"]
    monkeypatch.setattr(fallback, "MAX_TRIPLES", 2)
    with pytest.raises(BadShapes, match="cannot be run"):
        validate(DATA, shapes)


def test_what_neither_can_run_is_refused() -> None:
    with pytest.raises(BadShapes, match="cannot be run"):
        validate(DATA, (COMPONENT % ("$value !!= ", "1")).encode())
