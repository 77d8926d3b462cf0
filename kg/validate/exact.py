"""Literals exactly as written, kept in a store that keeps only their values.

Oxigraph stores `"05"^^xsd:byte` as the integer 5: lexical form and derived datatype are gone, and SHACL asks for
both (`sh:datatype`, `sh:in`, `sh:pattern`). What it would change is therefore stored under a stand-in datatype, an
IRI that it leaves alone, and put back on the way out. Nothing else is touched.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeVar

import pyoxigraph as ox

from kg.validate.names import XSD, Term

STAND_IN = "urn:x-exact:"
DERIVED = {
    "byte": (-(2**7), 2**7 - 1),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
}
"""The datatypes derived from `xsd:integer`, each with its least and greatest value."""

# Lexical forms that the store gives back as they came. Anything else is tried out on a scratch store.
_KEPT = {
    "integer": re.compile(r"0|-?[1-9]\d{0,17}"),
    "decimal": re.compile(r"0|-?[1-9]\d{0,15}|-?(?:0|[1-9]\d{0,11})\.\d{0,5}[1-9]"),
    "boolean": re.compile(r"true|false"),
    "date": re.compile(r"[12]\d{3}-\d\d-\d\dZ?"),
    "gYear": re.compile(r"[12]\d{3}Z?"),
    "gYearMonth": re.compile(r"[12]\d{3}-\d\dZ?"),
    "dateTime": re.compile(r"[12]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ?"),
    "time": re.compile(r"(?:[01]\d|2[0-3]):\d\d:\d\dZ?"),
}
CHANGED = frozenset(_KEPT) | DERIVED.keys() | {
    "double", "float", "gMonth", "gDay", "gMonthDay", "duration", "dayTimeDuration", "yearMonthDuration",
    "dateTimeStamp",
}  # fmt: skip
"""Local names of the XSD datatypes whose literals the store may change."""

T = TypeVar("T")


@lru_cache(maxsize=65536)
def changes(lexical: str, datatype: str) -> bool:
    """Whether the store would give the literal back changed. `datatype` is a local name of `CHANGED`."""
    if datatype in DERIVED:
        return True
    kept = _KEPT.get(datatype)
    if kept is not None and kept.fullmatch(lexical):
        return False
    literal = ox.Literal(lexical, datatype=ox.NamedNode(XSD + datatype))
    return stored(literal) != literal


def stored(literal: ox.Literal) -> ox.Literal:
    """The literal as an Oxigraph store gives it back."""
    scratch = ox.Store()
    scratch.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), literal))
    back = next(iter(scratch)).object
    assert isinstance(back, ox.Literal)
    return back


def encode(term: T) -> T | ox.Literal:
    """The term to store for this one."""
    if isinstance(term, ox.Literal):
        iri = term.datatype.value
        if iri.startswith(XSD) and iri[33:] in CHANGED and changes(term.value, iri[33:]):
            return ox.Literal(term.value, datatype=ox.NamedNode(STAND_IN + iri))
    return term


def decode(term: Term) -> Term:
    """The term that was meant by a stored one."""
    if isinstance(term, ox.Literal):
        iri = term.datatype.value
        if iri.startswith(STAND_IN):
            return ox.Literal(term.value, datatype=ox.NamedNode(iri[len(STAND_IN) :]))
    return term


_TYPED = re.compile(rb'"\^\^<http://www\.w3\.org/2001/XMLSchema#(?!string>|anyURI>)(\w+)>')


def lines_change(block: bytes) -> bool:
    """Whether whole N-Triples or N-Quads lines hold a literal that the store would change."""
    for match in _TYPED.finditer(block):
        datatype = match[1].decode()
        if datatype not in CHANGED:
            continue
        start = block.rfind(b'"', 0, match.start()) + 1
        # An escape in the lexical form: rare in such literals, so look closely by taking the slow way.
        if changes(block[start : match.start()].decode("utf-8", "replace"), datatype):
            return True
    return False
