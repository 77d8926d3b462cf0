"""Random shapes over random data: our results are pySHACL's.

5,000 cases, a case being one shape with a target over one graph; `KG_SHACL_CASES=200000` runs longer.
"""

from __future__ import annotations

import os
import warnings

import pyshacl
import pytest
import rdflib
from hypothesis import HealthCheck, Phase, given, settings

from kg.validate import engine, validate
from kg.validate.rdf import results_of
from tests.validate.random_cases import SHAPES_A_CASE, data_graphs, shape_graphs

CASES = int(os.environ.get("KG_SHACL_CASES", "5000"))
Row = tuple[str, str | None, str | None, str, str]


def theirs(data: rdflib.Graph, shapes: rdflib.Graph) -> set[Row]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, graph, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
    assert isinstance(graph, rdflib.Graph), text
    return {row(r.focus, r.path, r.value, r.component, r.severity) for r in results_of(graph)}


def ours(data: rdflib.Graph, shapes: rdflib.Graph) -> set[Row]:
    return {row(r.focus, r.path, r.value, r.component, r.severity) for r in validate(data, shapes).results}


def row(focus: object, path: object, value: object, component: object, severity: object) -> Row:
    text = None if path is None else path.sparql()  # type: ignore[attr-defined]
    return str(focus), text, None if value is None else str(value), str(component), str(severity)


@pytest.mark.parametrize("wide", [False, True], ids=["walked", "queried"])
@settings(
    max_examples=CASES // SHAPES_A_CASE // 2, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
@given(data=data_graphs(), shapes=shape_graphs())
def test_results_are_those_of_pyshacl(wide: bool, data: rdflib.Graph, shapes: rdflib.Graph) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # Both ways of finding values, whatever the size of the data.
        patch.setattr(engine, "WIDE", 1 if wide else 10**9)
        patch.setattr(engine, "RATIO", 10**6)
        mine, other = ours(data, shapes), theirs(data, shapes)
    # Shrinking takes minutes; the two graphs, as they are, are small enough to look at.
    text = f"{data.serialize()}\n{shapes.serialize()}"
    assert mine == other, f"only ours: {mine - other}; only theirs: {other - mine}\n{text}"
