"""One query for many nodes: the passes over whole predicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.validate.components import SparqlCheck
from kg.validate.constraints import Constraint
from kg.validate.focus import Focus
from kg.validate.names import Term
from kg.validate.paths import Path
from kg.validate.shapes import Shape
from kg.validate.values import LOCAL, judge, surely_well
from kg.validate.view import View

if TYPE_CHECKING:
    from kg.validate.engine import Engine, Sink

MAX_EXPRESSION = 8000  # characters of one prefilter; longer ones parse slowly and save nothing


def by_query(constraint: Constraint) -> bool:
    """Whether queries alone find the suspects of a constraint, so that no other values need be fetched."""
    if constraint.name == "Sparql":
        return isinstance(constraint.value, SparqlCheck) and constraint.value.query.kind == "select"
    return constraint.name in LOCAL or constraint.name in ("MinCount", "MaxCount")


def table(view: View, path: Path, focus: Focus) -> dict[Term, list[Term]]:
    """The values of every focus node that has any, in one query."""
    found: dict[Term, dict[Term, None]] = {}
    for row in view.select(f"SELECT ?this ?value {{ ?this {path.sparql()} ?value }}"):
        node = view.meant(row[0])
        if node in focus.nodes:
            found.setdefault(node, {})[view.meant(row[1])] = None
    return {node: list(values) for node, values in found.items()}


def run(engine: Engine, shape: Shape, focus: Focus, sink: Sink) -> None:
    """Check a property shape's counts and value constraints over many focus nodes."""
    view, path = engine.view, shape.path
    assert path is not None
    local = [c for c in shape.constraints if c.name in LOCAL]
    for constraint in shape.constraints:
        limit = constraint.value
        if constraint.name == "MinCount" and isinstance(limit, int) and limit > 0:
            for node in _below(view, shape, path, focus, limit):
                if len(path.walk(view, node)) < limit:
                    sink.add(constraint, node)
        elif constraint.name == "MaxCount" and isinstance(limit, int):
            for node in _above(view, path, focus, limit):
                sink.add(constraint, node)
    if not local:
        return
    tests = [(c, judge(c, view)) for c in local]
    # The cheap tests first: && stops at the first that is false, and few are.
    wells = sorted((surely_well(c, view) for c in local), key=lambda text: ("EXISTS" in text, len(text)))
    good = " && ".join(dict.fromkeys(f"({well})" for well in wells))
    keep = "" if "(false)" in good or len(good) > MAX_EXPRESSION else f" FILTER(!COALESCE({good}, false))"
    seen: set[tuple[Term, Term]] = set()
    for row in view.select(f"SELECT ?this ?value {{ ?this {path.sparql()} ?value{keep} }}"):
        node = view.meant(row[0])
        if node not in focus.nodes:
            continue
        value = view.meant(row[1])
        failed = [c for c, fails in tests if fails(value)]
        if failed and (node, value) not in seen:
            seen.add((node, value))
            for constraint in failed:
                sink.add(constraint, node, value)


def _below(view: View, shape: Shape, path: Path, focus: Focus, limit: int) -> set[Term]:
    """Focus nodes that may have fewer values than `limit`."""
    looked, lacking = focus.lacking
    if limit == 1 and shape.id in looked:
        return lacking
    if limit == 1:
        query = f"SELECT ?this {{ ?this {path.sparql()} ?value }}"
    else:
        query = _grouped(path, f"COUNT(DISTINCT ?value) >= {limit}")
    return focus.nodes - {view.meant(row[0]) for row in view.select(query)}


def _above(view: View, path: Path, focus: Focus, limit: int) -> list[Term]:
    """Focus nodes with more values than `limit`."""
    if limit == 1 and view.single is not None:
        # Mostly nobody has two, and counting subjects is cheaper than grouping by them.
        counts = f"SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?this) AS ?m) {{ ?this {path.sparql()} ?value }}"
        row = next(iter(view.select(counts)))
        if row[0] == row[1]:
            return []
    rows = view.select(_grouped(path, f"COUNT(DISTINCT ?value) > {limit}"))
    found = (view.meant(row[0]) for row in rows)
    return [node for node in found if node in focus.nodes]


def _grouped(path: Path, having: str) -> str:
    return f"SELECT ?this {{ ?this {path.sparql()} ?value }} GROUP BY ?this HAVING({having})"


def merge_required(engine: Engine, shape: Shape, focus: Focus) -> None:
    """Ask for all property shapes with `sh:minCount 1` of a node shape in one pass over its targets."""
    if not focus.patterns:
        return
    wanted: dict[Term, str] = {}
    for constraint in shape.constraints:
        if constraint.name == "Property":
            inner = engine.shapes.shape(constraint.shapes[0])
            required = any(c.name == "MinCount" and c.value == 1 for c in inner.constraints)
            if required and inner.path is not None and not inner.deactivated and engine.is_wide(inner.path, focus):
                wanted[inner.id] = inner.path.sparql()
    if not wanted:
        return
    tests = " && ".join(f"EXISTS {{ ?this {path} ?v{i} }}" for i, path in enumerate(wanted.values()))
    lacking: set[Term] = set()
    for pattern in focus.patterns:
        rows = engine.view.select(f"SELECT ?this {{ {pattern} FILTER(!({tests})) }}")
        lacking.update(engine.view.meant(row[0]) for row in rows)
    focus.lacking = (frozenset(wanted), lacking)


def closed(view: View, constraint: Constraint, focus: Focus, sink: Sink) -> None:
    """Check a closed node shape by asking its targets for properties that are not allowed."""
    assert isinstance(constraint.value, frozenset)
    allowed = ", ".join(str(p) for p in sorted(constraint.value, key=str) if isinstance(p, ox.NamedNode))
    seen: set[tuple[object, ...]] = set()
    for pattern in focus.patterns:
        query = f"SELECT ?this ?p ?o {{ {pattern} . ?this ?p ?o FILTER(?p NOT IN ({allowed})) }}"
        for row in view.select(query):
            key = (row[0], row[1], row[2])
            if key not in seen:
                seen.add(key)
                path = Path("predicate", row[1])
                sink.add(constraint, view.meant(row[0]), view.meant(row[2]), path=path)
