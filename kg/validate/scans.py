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
    _run_counts(view, shape, path, focus, sink)
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


def _run_counts(view: View, shape: Shape, path: Path, focus: Focus, sink: Sink) -> None:
    looked, lacking = focus.lacking
    counts: dict[Term, int] | None = None
    for constraint in shape.constraints:
        limit = constraint.value
        if constraint.name not in ("MinCount", "MaxCount") or not isinstance(limit, int):
            continue
        least = constraint.name == "MinCount"
        if least and limit == 1 and shape.id in looked:
            for node in lacking:
                if not path.walk(view, node):
                    sink.add(constraint, node)
        elif (least and limit > 0) or (not least and not (limit == 1 and _at_most_one(view, path))):
            counts = _counts(view, path, focus) if counts is None else counts
            for node, count in counts.items():
                if count < limit if least else count > limit:
                    sink.add(constraint, node)


def _at_most_one(view: View, path: Path) -> bool:
    """Whether surely no node at all has two values: mostly so, and cheaper to ask than each node's count."""
    if view.single is None:
        return False
    query = f"SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?this) AS ?m) {{ ?this {path.sparql()} ?value }}"
    row = next(iter(view.select(query)))
    return str(row[0]) == str(row[1])


def _counts(view: View, path: Path, focus: Focus) -> dict[Term, int]:
    """How many values each focus node has. Counted here: the engine takes twice as long to group as to hand over."""
    counts = dict.fromkeys(focus.nodes, 0)
    if view.single is None or path.predicate is None:
        return counts | {node: len(values) for node, values in table(view, path, focus).items()}
    for row in view.select(f"SELECT ?this {{ ?this {path.sparql()} ?value }}"):
        node = view.meant(row[0])
        if node in counts:
            counts[node] += 1
    return counts


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
    # The engine takes NOT IN () for false.
    keep = f" FILTER(?p NOT IN ({allowed}))" if allowed else ""
    seen: set[tuple[object, ...]] = set()
    for pattern in focus.patterns:
        query = f"SELECT ?this ?p ?o {{ {pattern} . ?this ?p ?o{keep} }}"
        for row in view.select(query):
            key = (row[0], row[1], row[2])
            if key not in seen:
                seen.add(key)
                path = Path("predicate", row[1])
                sink.add(constraint, view.meant(row[0]), view.meant(row[2]), path=path)
