"""SHACL-SPARQL: constraints written as queries, and constraint components that shapes declare themselves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg.errors import BadShapes
from kg.validate.graph import ShapesGraph, show
from kg.validate.names import IMPORTS, LANG_STRING, STRING, Term, is_true, local, sh
from kg.validate.sparql_text import Query, read_query


@dataclass(frozen=True, slots=True)
class SparqlCheck:
    """A query that finds violations (SELECT) or says that a value is well (ASK)."""

    component: ox.NamedNode
    query: Query
    messages: tuple[ox.Literal, ...]
    source: Term | None  # the node of sh:sparql, for sh:sourceConstraint
    parameters: tuple[tuple[str, Term], ...] = ()
    labels: tuple[ox.Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a declared component: its predicate, the variable named after it, whether it may be missing."""

    predicate: ox.NamedNode
    variable: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Validator:
    """The query of a declared component, not yet read, since its parameters come with each use."""

    node: Term
    kind: str  # "select" or "ask"
    text: str
    messages: tuple[ox.Literal, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """A constraint component that the shapes graph declares (section 6.2)."""

    id: ox.NamedNode
    parameters: tuple[Parameter, ...]
    validator: Validator | None
    node_validator: Validator | None
    property_validator: Validator | None
    labels: tuple[ox.Literal, ...]


def _literals(graph: ShapesGraph, node: Term, name: str) -> tuple[ox.Literal, ...]:
    return tuple(m for m in graph.objects(node, sh(name)) if isinstance(m, ox.Literal))


def query_text(graph: ShapesGraph, node: Term, name: str) -> str | None:
    """The query at `sh:<name>` of a node with its prefixes in front, or None. Raises `BadShapes`."""
    found = graph.objects(node, sh(name))
    if not found:
        return None
    if len(found) > 1 or not isinstance(found[0], ox.Literal) or found[0].datatype.value not in (STRING, LANG_STRING):
        raise BadShapes(f"{show(node)} must have one string as its sh:{name}")
    prefixes: dict[str, str] = {}
    seen: set[Term] = set()
    todo = graph.objects(node, sh("prefixes"))
    while todo:
        each = todo.pop()
        if each in seen:
            continue
        seen.add(each)
        todo += graph.objects(each, IMPORTS)
        for declared in graph.objects(each, sh("declare")):
            prefix, space = graph.one(declared, sh("prefix")), graph.one(declared, sh("namespace"))
            if not isinstance(prefix, ox.Literal) or not isinstance(space, ox.Literal):
                raise BadShapes(f"a prefix declared at {show(each)} lacks its sh:prefix or its sh:namespace")
            if prefixes.setdefault(prefix.value, space.value) != space.value:
                raise BadShapes(f"the prefix {prefix.value!r} is declared twice, with two namespaces")
    head = "".join(f"PREFIX {p}: <{n}>\n" for p, n in sorted(prefixes.items()))
    return head + found[0].value


def sparql_constraints(graph: ShapesGraph, node: Term) -> Iterator[SparqlCheck]:
    """The `sh:sparql` constraints of a shape. Raises `BadShapes` for one that must not or cannot be run."""
    for source in graph.objects(node, sh("sparql")):
        text = query_text(graph, source, "select")
        if text is None:
            raise BadShapes(f"the sh:sparql of {show(node)} has no sh:select")
        query = read_query(text, where=show(source), prebound=("this", "currentShape", "shapesGraph"))
        if is_true(graph.one(source, sh("deactivated"))):
            continue
        component = sh("SPARQLConstraintComponent")
        yield SparqlCheck(component, query, _literals(graph, source, "message"), source)


def find_components(graph: ShapesGraph) -> tuple[Component, ...]:
    """The constraint components that a shapes graph declares. Raises `BadShapes` for an ill-formed one."""
    found = []
    for node in graph.subjects():
        if not graph.is_instance(node, sh("ConstraintComponent")):
            continue
        if not isinstance(node, ox.NamedNode):
            raise BadShapes("a constraint component must have an IRI")
        parameters = []
        for each in graph.objects(node, sh("parameter")):
            path = graph.one(each, sh("path"))
            if not isinstance(path, ox.NamedNode):
                raise BadShapes(f"a parameter of {show(node)} has no IRI as its sh:path")
            name = local(path.value)
            if name in ("this", "shapesGraph", "currentShape", "path", "PATH", "value"):
                raise BadShapes(f"a parameter of {show(node)} is called {name!r}, which SHACL keeps for itself")
            parameters.append(Parameter(path, name, is_true(graph.one(each, sh("optional")))))
        if not any(not p.optional for p in parameters):
            raise BadShapes(f"the constraint component {show(node)} has no parameter that is not optional")
        found.append(
            Component(
                id=node,
                parameters=tuple(parameters),
                validator=_validator(graph, graph.one(node, sh("validator"))),
                node_validator=_validator(graph, graph.one(node, sh("nodeValidator"))),
                property_validator=_validator(graph, graph.one(node, sh("propertyValidator"))),
                labels=_literals(graph, node, "labelTemplate"),
            )
        )
    return tuple(found)


def _validator(graph: ShapesGraph, node: Term | None) -> Validator | None:
    if node is None:
        return None
    for kind in ("ask", "select"):
        text = query_text(graph, node, kind)
        if text is not None:
            return Validator(node, kind, text, _literals(graph, node, "message"))
    raise BadShapes(f"the validator {show(node)} has neither sh:ask nor sh:select", hint="JavaScript is not run.")


def apply_components(
    graph: ShapesGraph, node: Term, has_path: bool, components: tuple[Component, ...]
) -> Iterator[SparqlCheck]:
    """The constraints that a shape declares by having the parameters of declared components."""
    for component in components:
        values = {p: graph.objects(node, p.predicate) for p in component.parameters}
        if not all(values[p] for p in component.parameters if not p.optional):
            continue
        chosen = (component.property_validator if has_path else component.node_validator) or component.validator
        if chosen is None:
            raise BadShapes(f"{show(component.id)} has no validator that fits {show(node)}")
        choices: list[list[Term | None]] = [list(found) or [None] for found in values.values()]
        for combination in itertools.product(*choices):
            given = tuple((p.variable, v) for p, v in zip(values, combination, strict=True) if v is not None)
            names = [p.variable for p in component.parameters]
            reserved = ("this", "currentShape", "shapesGraph", *(("value",) if chosen.kind == "ask" else ()), *names)
            query = read_query(chosen.text, where=show(chosen.node), prebound=reserved, kind=chosen.kind)
            yield SparqlCheck(component.id, query, chosen.messages, None, given, component.labels)
