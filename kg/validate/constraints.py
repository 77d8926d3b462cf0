"""Constraints of a shape: which parameters there are, and what a well-formed value of each is."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyoxigraph as ox

from kg.errors import BadShapes
from kg.validate.components import Component, SparqlCheck, apply_components, sparql_constraints
from kg.validate.graph import ShapesGraph, show
from kg.validate.lexical import engine_can, python_pattern
from kg.validate.names import LANG_STRING, RDF, SH, STRING, TRUE, XSD, Term, local, sh
from kg.validate.paths import Path

NODE_KINDS = ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
COUNT_ONLY = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")
"""Parameters that only a property shape may have."""

REFUSED = {
    "js": "JavaScript, which is never run here",
    "jsLibrary": "JavaScript, which is never run here",
    "expression": "a node expression of the Advanced Features, which is not computed here",
    "target": "a target of the Advanced Features, which is not computed here",
}
"""Parameters of extensions of SHACL that would change the outcome, and so stop the run."""

SINGLE = {
    "class": "Class", "datatype": "Datatype", "nodeKind": "NodeKind", "minCount": "MinCount", "maxCount": "MaxCount",
    "minExclusive": "MinExclusive", "minInclusive": "MinInclusive", "maxExclusive": "MaxExclusive",
    "maxInclusive": "MaxInclusive", "minLength": "MinLength", "maxLength": "MaxLength", "pattern": "Pattern",
    "languageIn": "LanguageIn", "uniqueLang": "UniqueLang", "equals": "Equals", "disjoint": "Disjoint",
    "lessThan": "LessThan", "lessThanOrEquals": "LessThanOrEquals", "not": "Not", "and": "And", "or": "Or",
    "xone": "Xone", "node": "Node", "property": "Property", "closed": "Closed", "hasValue": "HasValue", "in": "In",
}  # fmt: skip
"""Each parameter that makes a constraint by itself, with the name of its component."""

ONCE = {"datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive",
        "minLength", "maxLength", "languageIn", "uniqueLang", "in", "closed"}  # fmt: skip
"""Parameters that a shape may have only once."""

KNOWN = SINGLE.keys() | {
    "path", "targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf", "severity", "message", "deactivated",
    "name", "description", "order", "group", "defaultValue", "flags", "ignoredProperties", "qualifiedValueShape",
    "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint", "sparql", "rule", "declare", "prefixes",
    "parameter", "validator", "nodeValidator", "propertyValidator", "labelTemplate", "optional", "nodeKind",
    "shapesGraph", "entailment", "suggestedShapesGraph", "namespace", "prefix", "condition", "select", "ask",
    "construct",
}  # fmt: skip
"""What a shape may have of SHACL's vocabulary: constraints, targets, and what does not bear on the outcome."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a shape.

    `name` is the component's name without `ConstraintComponent`. `value` is the parameter, parsed: a term, an int, a
    tuple of terms, a `(pattern, flags)` pair, the allowed predicates of a closed shape, `(shape, count)` of a
    qualified one, or a `SparqlCheck`. `shapes` are the shapes it refers to.
    """

    name: str
    component: ox.NamedNode
    value: object
    shapes: tuple[Term, ...] = ()


def parse_constraints(
    graph: ShapesGraph, node: Term, path: Path | None, components: tuple[Component, ...]
) -> tuple[Constraint, ...]:
    """The constraints of the shape at `node`. Raises `BadShapes` for a parameter with an ill-formed value."""
    found: list[Constraint] = []
    for predicate in graph.predicates(node):
        parameter = predicate.value[len(SH) :] if predicate.value.startswith(SH) else ""
        name = SINGLE.get(parameter)
        if name is None:
            continue
        values = graph.objects(node, predicate)
        if len(values) > 1 and parameter in ONCE:
            raise BadShapes(f"{show(node)} has {len(values)} values of sh:{parameter}, where one is allowed")
        for value in values:
            parsed, shapes = _parameter(graph, node, parameter, value)
            if parsed is not None:
                found.append(Constraint(name, sh(f"{name}ConstraintComponent"), parsed, shapes))
    found += _qualified(graph, node, path)
    for check in (*sparql_constraints(graph, node), *apply_components(graph, node, path is not None, components)):
        found.append(Constraint("Sparql", check.component, check))
    return tuple(found)


def _parameter(graph: ShapesGraph, node: Term, parameter: str, value: Term) -> tuple[object, tuple[Term, ...]]:
    def bad(wanted: str) -> BadShapes:
        return BadShapes(f"the sh:{parameter} of {show(node)} is {show(value)}, not {wanted}")

    if parameter in ("class", "datatype", "equals", "disjoint", "lessThan", "lessThanOrEquals"):
        if not isinstance(value, ox.NamedNode):
            raise bad("an IRI")
        return value, ()
    if parameter in ("minCount", "maxCount", "minLength", "maxLength"):
        return _integer(value, bad("an xsd:integer")), ()
    if parameter in ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive"):
        if not isinstance(value, ox.Literal):
            raise bad("a literal")
        return value, ()
    if parameter == "nodeKind":
        kind = value.value.removeprefix(SH) if isinstance(value, ox.NamedNode) else ""
        if kind not in NODE_KINDS:
            raise bad("one of " + ", ".join(f"sh:{k}" for k in NODE_KINDS))
        return kind, ()
    if parameter == "pattern":
        flags = graph.one(node, sh("flags"))
        pattern = _string(value, bad("a string")), _string(flags, bad("with string flags")) if flags else ""
        if not engine_can(*pattern):
            try:
                python_pattern(*pattern)
            except re.error as err:
                raise bad(f"a regular expression ({err})") from err
        return pattern, ()
    if parameter == "in":
        return tuple(graph.items(value)), ()
    if parameter == "languageIn":
        return tuple(_string(item, bad("a list of language tags")).lower() for item in graph.items(value)), ()
    if parameter == "uniqueLang":
        return (True, ()) if value == TRUE else (None, ())
    if parameter == "closed":
        return (_allowed(graph, node), ()) if value == TRUE else (None, ())
    if parameter in ("and", "or", "xone"):
        members = tuple(graph.items(value))
        return members, members
    if parameter in ("not", "node", "property"):
        if parameter == "property" and graph.one(value, sh("path")) is None:
            raise bad("a property shape: it has no sh:path")
        return value, (value,)
    return value, ()  # hasValue: any term


def _integer(value: Term, error: BadShapes) -> int:
    if not isinstance(value, ox.Literal) or value.datatype.value != XSD + "integer":
        raise error
    try:
        return int(value.value)
    except ValueError:
        raise error from None


def _string(value: Term, error: BadShapes) -> str:
    if not isinstance(value, ox.Literal) or value.datatype.value not in (STRING, LANG_STRING):
        raise error
    return value.value


def _allowed(graph: ShapesGraph, node: Term) -> frozenset[Term]:
    """The predicates that a closed shape lets its focus nodes have."""
    allowed: set[Term] = set()
    for head in graph.objects(node, sh("ignoredProperties")):
        allowed |= set(graph.items(head))
    for prop in graph.objects(node, sh("property")):
        path = graph.one(prop, sh("path"))
        if isinstance(path, ox.NamedNode):
            allowed.add(path)
    return frozenset(allowed)


def _qualified(graph: ShapesGraph, node: Term, path: Path | None) -> list[Constraint]:
    found: list[Constraint] = []
    values = graph.objects(node, sh("qualifiedValueShape"))
    if path is None or not values:
        return found
    counts = {}
    for parameter in ("qualifiedMinCount", "qualifiedMaxCount"):
        count = graph.one(node, sh(parameter))
        if count is not None:
            error = BadShapes(f"the sh:{parameter} of {show(node)} is {show(count)}, not an xsd:integer")
            counts[parameter[0].upper() + parameter[1:]] = _integer(count, error)
    if not counts:
        raise BadShapes(f"{show(node)} has sh:qualifiedValueShape, but neither a minimum nor a maximum count")
    for value in values:
        for name, number in counts.items():
            found.append(Constraint(name, sh(f"{name}ConstraintComponent"), (value, number), (value,)))
    return found


def _many(bound: str, count: object, thing: str) -> str:
    return f"{bound} {count} {thing}" + ("" if count == 1 else "s")


def describe(constraint: Constraint) -> str:
    """What a constraint wants, in a sentence, for shapes that carry no message of their own."""
    value = constraint.value
    name = constraint.name
    term = show(value) if isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal) else str(value)
    short = f"<{term}>" if isinstance(value, ox.NamedNode) else term
    for prefix, space in (("xsd:", XSD), ("rdf:", RDF)):
        short = short.replace(f"<{space}", prefix).removesuffix(">") if short.startswith(f"<{space}") else short
    terms = (
        ", ".join(show(v) for v in value) if isinstance(value, tuple) and name in ("In", "And", "Or", "Xone") else ""
    )
    said = {
        "Class": f"must be an instance of {short}",
        "Datatype": f"must be a well-formed literal of datatype {short}",
        "NodeKind": f"must be of node kind sh:{term}",
        "MinCount": f"must have {_many('at least', value, 'value')}",
        "MaxCount": f"must have {_many('at most', value, 'value')}",
        "MinExclusive": f"must be greater than {term}",
        "MinInclusive": f"must be at least {term}",
        "MaxExclusive": f"must be less than {term}",
        "MaxInclusive": f"must be at most {term}",
        "MinLength": f"must have {_many('at least', value, 'character')}",
        "MaxLength": f"must have {_many('at most', value, 'character')}",
        "LanguageIn": f"must have a language tag among {', '.join(value) if isinstance(value, tuple) else ''}"
        if name == "LanguageIn" else "",
        "UniqueLang": "must have at most one value per language",
        "Equals": f"must be the same values as those of {short}",
        "Disjoint": f"must share no value with {short}",
        "LessThan": f"must be less than every value of {short}",
        "LessThanOrEquals": f"must be at most every value of {short}",
        "Not": f"must not conform to {term}",
        "And": f"must conform to all of {terms}",
        "Or": f"must conform to one or more of {terms}",
        "Xone": f"must conform to exactly one of {terms}",
        "Node": f"must conform to {term}",
        "HasValue": f"must have the value {short}",
        "In": f"must be one of {terms}",
        "Closed": "is a property that the closed shape does not allow",
    }  # fmt: skip
    if name == "Pattern" and isinstance(value, tuple):
        return f"must match the pattern {value[0]!r}" + (f" with flags {value[1]!r}" if value[1] else "")
    if name in ("QualifiedMinCount", "QualifiedMaxCount") and isinstance(value, tuple):
        bound = "at least" if name == "QualifiedMinCount" else "at most"
        return f"must have {_many(bound, value[1], 'value')} that conform to {show(value[0])}"
    if isinstance(value, SparqlCheck):
        return f"violates {local(value.component.value)}"
    return said[name]
