"""Constraints that look at one value at a time: the verdict on a value, and a SPARQL expression that spares most of it.

The verdict is `fails`. `surely_well` is an expression over `?value` that is true only for values that pass: a query
leaves those out, and what it leaves in (also by errors in the expression) is judged by `fails`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyoxigraph as ox

from kg.validate import lexical
from kg.validate.constraints import Constraint
from kg.validate.exact import DERIVED
from kg.validate.names import LANG_STRING, STRING, TYPE, XSD, Term
from kg.validate.view import View

_KINDS: dict[str, tuple[type, ...]] = {
    "IRI": (ox.NamedNode,),
    "BlankNode": (ox.BlankNode,),
    "Literal": (ox.Literal,),
    "BlankNodeOrIRI": (ox.BlankNode, ox.NamedNode),
    "BlankNodeOrLiteral": (ox.BlankNode, ox.Literal),
    "IRIOrLiteral": (ox.NamedNode, ox.Literal),
}
_KIND_TESTS = {
    "IRI": "isIRI(?value)",
    "BlankNode": "isBlank(?value)",
    "Literal": "isLiteral(?value)",
    "BlankNodeOrIRI": "!isLiteral(?value)",
    "BlankNodeOrLiteral": "!isIRI(?value)",
    "IRIOrLiteral": "!isBlank(?value)",
}
_ORDER = {"MinExclusive": ">", "MinInclusive": ">=", "MaxExclusive": "<", "MaxInclusive": "<="}
# A function that errs on an ill-formed literal of the datatype, so that those are looked at.
_PROOFS = {
    "integer": "isNumeric(?value)", "decimal": "isNumeric(?value)", "double": "isNumeric(?value)",
    "float": "isNumeric(?value)", "boolean": "BOUND(?value) && (?value || !?value)", "date": "YEAR(?value) < 99999",
    "dateTime": "YEAR(?value) < 99999",
}  # fmt: skip
_FREE = {XSD + "string", XSD + "anyURI", LANG_STRING}  # datatypes of which every literal is well-formed
MAX_IN = 200  # members of sh:in that are worth writing into a query


def _datatype_fails(datatype: ox.NamedNode, value: Term, view: View) -> bool:
    if not isinstance(value, ox.Literal):
        return True
    iri = datatype.value
    if not view.keeps(iri) and value.datatype.value == XSD + "integer":
        # The store keeps a number's value and not that it was a byte: judge it by its range.
        value = ox.Literal(value.value, datatype=datatype)
    return value.datatype != datatype or not lexical.well_formed(value)


def text_of(value: Term) -> str | None:
    """SPARQL's STR: None for a blank node."""
    return None if isinstance(value, ox.BlankNode) else value.value


def judge(constraint: Constraint, view: View) -> Callable[[Term], bool]:
    """The test that a value fails, for a constraint in `LOCAL`."""
    name, want = constraint.name, constraint.value
    if name == "Datatype":
        assert isinstance(want, ox.NamedNode)
        return lambda v: _datatype_fails(want, v, view)
    if name == "NodeKind":
        kinds = _KINDS[str(want)]
        return lambda v: not isinstance(v, kinds)
    if name == "Class":
        assert isinstance(want, ox.NamedNode)
        return lambda v: not view.is_instance(v, want)
    if name == "In":
        assert isinstance(want, tuple)
        members = frozenset(view.meant(view.stored(m)) for m in want)
        return lambda v: v not in members
    if name in ("MinLength", "MaxLength"):
        assert isinstance(want, int)
        return lambda v: (text := text_of(v)) is None or (len(text) < want if name == "MinLength" else len(text) > want)
    if name == "Pattern":
        assert isinstance(want, tuple)
        pattern, flags = want
        return lambda v: (text := text_of(v)) is None or not lexical.matches(text, pattern, flags)
    if name == "LanguageIn":
        assert isinstance(want, tuple)
        return lambda v: (
            not (isinstance(v, ox.Literal) and any(lexical.language_matches(v.language or "", tag) for tag in want))
        )
    assert isinstance(want, ox.Literal)
    compare = lexical.less if name.endswith("Exclusive") else lexical.at_most
    if name.startswith("Min"):
        return lambda v: not (isinstance(v, ox.Literal) and compare(want, v))
    return lambda v: not (isinstance(v, ox.Literal) and compare(v, want))


LOCAL = {"Datatype", "NodeKind", "Class", "In", "MinLength", "MaxLength", "Pattern", "LanguageIn", *_ORDER}
"""Names of the components that look at one value at a time, without other shapes."""


def surely_well(constraint: Constraint, view: View) -> str:
    """A SPARQL expression that is true only for a `?value` that passes; `false` where there is none."""
    name, want = constraint.name, constraint.value
    if name == "Datatype":
        assert isinstance(want, ox.NamedNode)
        return _datatype_test(want.value)
    if name == "NodeKind":
        return _KIND_TESTS[str(want)]
    if name == "Class":
        assert isinstance(want, ox.NamedNode)
        classes = view.subclasses(want)
        if any(isinstance(c, ox.BlankNode) for c in classes) or len(classes) > MAX_IN:
            return "false"
        if len(classes) == 1:
            return f"EXISTS {{ ?value {TYPE} {want} }}"
        return f"EXISTS {{ VALUES ?cls {{ {' '.join(map(str, classes))} }} ?value {TYPE} ?cls }}"
    if name == "In":
        assert isinstance(want, tuple)
        return _in_test([view.stored(member) for member in want])
    if name in ("MinLength", "MaxLength"):
        return f"!isBlank(?value) && STRLEN(STR(?value)) {'>=' if name == 'MinLength' else '<='} {want}"
    if name == "Pattern":
        assert isinstance(want, tuple)
        if not lexical.engine_can(*want):
            return "false"
        return f"!isBlank(?value) && REGEX(STR(?value), {ox.Literal(want[0])}, {ox.Literal(want[1])})"
    if name == "LanguageIn":
        assert isinstance(want, tuple)
        tests = [f"LANGMATCHES(LANG(?value), {ox.Literal(tag)})" for tag in want]
        return f"({' || '.join(tests)})" if tests else "false"
    return "false" if isinstance(want, ox.Literal) and want.value == "NaN" else f"?value {_ORDER[name]} {want}"


def _datatype_test(iri: str) -> str:
    same = f"DATATYPE(?value) = <{iri}>"
    local = iri[len(XSD) :] if iri.startswith(XSD) else ""
    if iri in _FREE or not local:
        return same
    proof = _PROOFS.get(local)
    return f"{same} && {proof}" if proof and local not in DERIVED else "false"


def _in_test(members: Iterable[Term]) -> str:
    found = list(members)
    if len(found) > MAX_IN or any(isinstance(m, ox.BlankNode) for m in found) or not found:
        return "false"
    if all(
        isinstance(m, ox.NamedNode) or (isinstance(m, ox.Literal) and m.datatype.value in (STRING, LANG_STRING))
        for m in found
    ):
        return f"?value IN ({', '.join(map(str, found))})"  # equal values are equal terms here
    return "(" + " || ".join(f"sameTerm(?value, {m})" for m in found) + ")"
