"""Shapes: what a shapes graph asks for, parsed and checked before anything is validated.

Sections and terms are those of SHACL (https://www.w3.org/TR/shacl/). A graph that is ill-formed, recursive, or asks for
what is not computed here raises `BadShapes`; nothing is left out in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyoxigraph as ox

from kg.errors import BadShapes
from kg.validate.components import Component, find_components
from kg.validate.constraints import COUNT_ONLY, KNOWN, REFUSED, Constraint, parse_constraints
from kg.validate.graph import ShapesGraph, show
from kg.validate.names import SH, TRUE, TYPE, Term, is_true, sh
from kg.validate.paths import Path

TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")


@dataclass(frozen=True, slots=True)
class Target:
    """Where focus nodes come from. `kind` is one of `TARGETS`."""

    kind: str
    term: Term


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape. It is a property shape when it has a path."""

    id: Term
    path: Path | None
    path_node: Term | None
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    severity: ox.NamedNode
    messages: tuple[ox.Literal, ...]
    deactivated: bool
    name: str | None


@dataclass
class Shapes:
    """A parsed shapes graph. `targeted` are the shapes that validation starts from, in the graph's order."""

    graph: ShapesGraph
    components: tuple[Component, ...] = ()
    by_id: dict[Term, Shape] = field(default_factory=dict)
    targeted: tuple[Shape, ...] = ()
    notes: tuple[str, ...] = ()

    def shape(self, node: Term) -> Shape:
        """The shape with that node, parsed when first asked for."""
        if node not in self.by_id:
            self.by_id[node] = _parse(self, node)
        return self.by_id[node]


def parse_shapes(graph: ShapesGraph, *, notes: tuple[str, ...] = ()) -> Shapes:
    """The shapes of a graph. Raises `BadShapes` naming the shape and what is wrong with it."""
    shapes = Shapes(graph, components=find_components(graph), notes=notes)
    declared = {sh("NodeShape"), sh("PropertyShape")}
    wanted = {sh(name) for name in (*TARGETS, "target")}
    found = [
        node
        for node in graph.subjects()
        if not declared.isdisjoint(graph.objects(node, TYPE)) or not wanted.isdisjoint(graph.predicates(node))
        or graph.is_instance(node, sh("NodeShape")) or graph.is_instance(node, sh("PropertyShape"))
    ]  # fmt: skip
    parsed = [shapes.shape(node) for node in found]
    shapes.targeted = tuple(shape for shape in parsed if shape.targets)
    _refuse_recursion(shapes)
    extra = []
    if any(graph.objects(node, sh("rule")) for node in graph.subjects()):
        extra.append("sh:rule is inference, not validation: rules are not run")
    shapes.notes += tuple(extra)
    return shapes


def _parse(shapes: Shapes, node: Term) -> Shape:
    graph = shapes.graph
    if isinstance(node, ox.Literal):
        raise BadShapes(f"a literal, {show(node)}, is given where a shape is expected")
    for predicate in graph.predicates(node):
        if predicate.value.startswith(SH):
            name = predicate.value[len(SH) :]
            if name in REFUSED:
                raise BadShapes(f"{show(node)} has sh:{name}, {REFUSED[name]}")
            if name not in KNOWN:
                raise BadShapes(
                    f"{show(node)} has sh:{name}, which SHACL 1.0 does not know",
                    hint="It cannot be checked and is not skipped in silence: remove it from what is validated here.",
                )
    path_node = graph.one(node, sh("path"))
    path = graph.path(path_node) if path_node is not None else None
    if path is None:
        if graph.is_instance(node, sh("PropertyShape")):
            raise BadShapes(f"the property shape {show(node)} has no sh:path")
        for name in COUNT_ONLY:
            if graph.objects(node, sh(name)):
                raise BadShapes(f"{show(node)} has sh:{name}, which only a property shape may have (no sh:path here)")
    severity = graph.one(node, sh("severity"))
    if severity is not None and not isinstance(severity, ox.NamedNode):
        raise BadShapes(f"the sh:severity of {show(node)} is not an IRI")
    messages = tuple(m for m in graph.objects(node, sh("message")) if isinstance(m, ox.Literal))
    names = [n.value for n in graph.objects(node, sh("name")) if isinstance(n, ox.Literal)]
    return Shape(
        id=node,
        path=path,
        path_node=path_node,
        targets=_targets(graph, node),
        constraints=parse_constraints(graph, node, path, shapes.components),
        severity=severity or sh("Violation"),
        messages=messages,
        deactivated=is_true(graph.one(node, sh("deactivated"))),
        name=names[0] if names else None,
    )


def _targets(graph: ShapesGraph, node: Term) -> tuple[Target, ...]:
    found = []
    for kind in TARGETS:
        for term in graph.objects(node, sh(kind)):
            if kind != "targetNode" and not isinstance(term, ox.NamedNode):
                raise BadShapes(f"the sh:{kind} of {show(node)} is {show(term)}, not an IRI")
            if isinstance(term, ox.BlankNode):
                raise BadShapes(f"the sh:{kind} of {show(node)} is a blank node")
            found.append(Target(kind, term))
    shape_types = (sh("NodeShape"), sh("PropertyShape"), sh("Shape"))
    if isinstance(node, ox.NamedNode) and any(graph.is_instance(node, t) for t in shape_types) and graph.is_class(node):
        found.append(Target("targetClass", node))
    return tuple(dict.fromkeys(found))


def _refuse_recursion(shapes: Shapes) -> None:
    """Raise `BadShapes` with the cycle when a shape refers to itself, directly or through others (section 3.4.3)."""
    done: set[Term] = set()
    for start in list(shapes.by_id):
        trail: list[Term] = []
        stack: list[tuple[Term, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                trail.pop()
                done.add(node)
                continue
            if node in trail:
                cycle = " -> ".join(show(n) for n in [*trail[trail.index(node) :], node])
                raise BadShapes(f"recursive shapes: {cycle}", hint="SHACL leaves the meaning of recursion undefined.")
            if node in done:
                continue
            trail.append(node)
            stack.append((node, True))
            shape = shapes.shape(node)
            stack.extend((ref, False) for c in shape.constraints for ref in c.shapes if not shape.deactivated)


def siblings(shapes: Shapes, shape: Shape, own: Term) -> tuple[Term, ...]:
    """The sibling shapes of a qualified value shape with `sh:qualifiedValueShapesDisjoint true` (section 4.7.3)."""
    graph = shapes.graph
    if TRUE not in graph.objects(shape.id, sh("qualifiedValueShapesDisjoint")):
        return ()
    found: dict[Term, None] = {}
    for parent in graph.subjects():
        properties = graph.objects(parent, sh("property"))
        if shape.id in properties:
            found |= {q: None for ps in properties for q in graph.objects(ps, sh("qualifiedValueShape")) if q != own}
    return tuple(found)


def shape_labels(shapes: Shapes) -> dict[Term, str]:
    """For each shape that is a blank node, the shape it belongs to and its path or the constraint that leads to it."""
    found: dict[Term, str] = {}
    for parent in list(shapes.by_id.values()):
        for constraint in parent.constraints:
            for ref in constraint.shapes:
                if isinstance(ref, ox.BlankNode) and ref not in found:
                    path = shapes.shape(ref).path
                    step = f"sh:{constraint.name.lower()}"
                    if path is not None:
                        step = path.predicate.value if path.predicate else path.sparql()
                    found[ref] = f"{found.get(parent.id) or show(parent.id)} / {step}"
    return found
