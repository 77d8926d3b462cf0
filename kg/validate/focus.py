"""Focus nodes: which nodes a shape is about, and how a query can say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from kg.validate.names import TYPE, Term
from kg.validate.shapes import Shape, Target
from kg.validate.view import View


@dataclass
class Focus:
    """Focus nodes. `patterns` are SPARQL over `?this` that together give exactly these nodes; none if only the nodes
    are known. `lacking` is what one query told of property shapes with `sh:minCount 1`: the ids of those it looked at,
    and every focus node for which one or more of them has no value.
    """

    nodes: set[Term]
    patterns: tuple[str, ...] = ()
    lacking: tuple[frozenset[Term], set[Term]] = field(default=(frozenset(), set()))


def target_pattern(view: View, target: Target) -> str | None:
    """The target as a SPARQL pattern over `?this`, or None when it cannot be written as one."""
    term = target.term
    if target.kind == "targetClass" and isinstance(term, ox.NamedNode):
        classes = view.subclasses(term)
        if any(isinstance(c, ox.BlankNode) for c in classes):
            return None
        if len(classes) == 1:
            return f"?this {TYPE} {term}"
        return f"VALUES ?cls {{ {' '.join(map(str, classes))} }} ?this {TYPE} ?cls"
    if target.kind == "targetSubjectsOf":
        return f"?this {term} ?any"
    if target.kind == "targetObjectsOf":
        return f"?any {term} ?this"
    return None


def _nodes(view: View, target: Target) -> Iterable[Term]:
    pattern = target_pattern(view, target)
    if pattern is not None:
        # An instance comes once a class, so making the engine compare them all pays only for properties.
        distinct = "" if target.kind == "targetClass" else "DISTINCT "
        return (view.meant(row[0]) for row in view.select(f"SELECT {distinct}?this {{ {pattern} }}"))
    if target.kind == "targetClass":
        assert isinstance(target.term, ox.NamedNode)
        return (node for cls in view.subclasses(target.term) for node in view.subjects(TYPE, cls))
    return (target.term,)


def _is_target(view: View, target: Target, node: Term) -> bool:
    term = target.term
    if target.kind == "targetNode":
        return node == term
    assert isinstance(term, ox.NamedNode)
    if target.kind == "targetClass":
        return view.is_instance(node, term)
    if target.kind == "targetSubjectsOf":
        return next(view.quads(node, term, None), None) is not None
    return next(view.quads(None, term, node), None) is not None


def focus_of(view: View, shape: Shape, only: frozenset[Term] | None = None) -> Focus:
    """The focus nodes of a shape's targets, of those in `only` if that is given."""
    if only is not None:
        return Focus({node for node in only if any(_is_target(view, target, node) for target in shape.targets)})
    nodes: set[Term] = set()
    patterns: list[str] = []
    for target in shape.targets:
        nodes.update(_nodes(view, target))
        pattern = target_pattern(view, target)
        if pattern is not None:
            patterns.append(pattern)
    return Focus(nodes, tuple(patterns) if len(patterns) == len(shape.targets) else ())
