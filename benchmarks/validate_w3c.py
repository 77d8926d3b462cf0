"""The pass table of docs/validation.md: the W3C's SHACL tests, ours and pySHACL's.

python benchmarks/validate_w3c.py SHARED/w3c/shacl
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections import Counter
from pathlib import Path

import pyshacl
import rdflib

from kg.errors import BadShapes
from kg.validate import validate

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.validate.w3c import Case, cases, same


def ours(case: Case) -> bool:
    try:
        graph = validate(case.data, case.shapes).graph()
    except BadShapes:
        return case.expected is None
    return case.expected is not None and same(graph, case.expected)


def theirs(case: Case) -> bool:
    try:
        _, graph, _ = pyshacl.validate(
            str(case.data), shacl_graph=str(case.shapes), data_graph_format="turtle", shacl_graph_format="turtle"
        )
    except Exception:
        return case.expected is None
    if not isinstance(graph, rdflib.Graph):
        return case.expected is None
    return case.expected is not None and same(graph, case.expected)


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    print("| part | tests | leakgraph | pySHACL |\n|---|---|---|---|")
    failing = []
    for part in ("core", "sparql"):
        total: Counter[str] = Counter()
        passed: Counter[tuple[str, str]] = Counter()
        for case in cases(Path(sys.argv[1]) / part):
            group = f"{part}/{case.id.split('/')[0]}"
            total[group] += 1
            for name, run in (("leakgraph", ours), ("pySHACL", theirs)):
                well = run(case)
                passed[group, name] += well
                if not well:
                    failing.append(f"{name}: {part}/{case.id}")
        for group, count in total.items():
            print(f"| {group} | {count} | {passed[group, 'leakgraph']} | {passed[group, 'pySHACL']} |")
    print("\nNot passed:", ", ".join(failing) or "none")


if __name__ == "__main__":
    main()
