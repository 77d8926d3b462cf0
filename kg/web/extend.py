"""Data extension of the reconciliation service: values of properties for the entities of a table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import pyoxigraph as ox

from kg.errors import BadInput
from kg.vocab import PREFIXES
from kg.web.candidates import property_iri, type_of
from kg.web.graph import LG, Term, text, values_of
from kg.web.identity import is_iri, known, short
from kg.web.links import things
from kg.web.site import View, view

ROWS = 500  # ids in one request
COLUMNS = 20  # properties that one request may ask for

XSD = PREFIXES["xsd"]
_WHOLE = {
    XSD + name
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
        "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
    )
}  # fmt: skip
_REAL = {XSD + "decimal", XSD + "double", XSD + "float"}
_DAY = re.compile(r"(\d{4,}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?")
_MOMENT = re.compile(r"(\d{4,}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?")


def extension(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a data extension query. An id that is none, is not known or was withdrawn has no values, and the
    values of one that was merged are those of the entity that it is part of now.

    Raises `BadInput` where the query as a whole is not as the specification says.
    """
    ids, asked = wanted.get("ids"), wanted.get("properties")
    if not isinstance(ids, list) or not isinstance(asked, list) or not all(isinstance(item, str) for item in ids):
        raise BadInput("extend needs ids, a list of text, and properties, a list of objects")
    if len(ids) > ROWS:
        raise BadInput(f"extend takes at most {ROWS} ids")
    if not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in asked):
        raise BadInput("each property must be an object with an id")
    pids = list(dict.fromkeys(item["id"] for item in asked))
    if len(pids) > COLUMNS:
        raise BadInput(f"extend takes at most {COLUMNS} properties")
    here = view()
    values = _values(here, {item: target for item in ids if (target := known(here, item))}, pids)
    terms = {item.name: item for item in here.terms.listing()}
    meta = []
    for pid in pids:
        entry: dict[str, Any] = {"id": pid, "name": here.terms.label(property_iri(pid))}
        ranges = [item for item in (terms[pid].range if pid in terms else ()) if item.startswith(LG)]
        if len(ranges) == 1:
            entry["type"] = type_of(ranges[0][len(LG) :])
        meta.append(entry)
    return {"meta": meta, "rows": {item: {pid: values(item, pid) for pid in pids} for item in ids}}


def _values(here: View, targets: Mapping[str, str], pids: list[str]) -> Callable[[str, str], list[dict[str, Any]]]:
    said: dict[tuple[str, str], list[Term]] = {}
    predicates = list(filter(is_iri, map(property_iri, pids)))
    for subject, predicate, value in values_of(here.graph, targets.values(), predicates) if predicates else ():
        said.setdefault((subject, predicate), []).append(value)
    linked = (text(o) for objects in said.values() for o in objects if isinstance(o, ox.NamedNode))
    names = things(here.graph, linked, here.links, here.terms)

    def of(item: str, pid: str) -> list[dict[str, Any]]:
        found = sorted(said.get((targets.get(item, ""), property_iri(pid)), ()), key=str)
        return [
            {"id": short(here, term.value), "name": names[term.value].label}
            if isinstance(term, ox.NamedNode)
            else typed(term)
            for term in found
        ]

    return of


def typed(term: Term) -> dict[str, Any]:
    """A literal as the service writes values: a number, a truth value, a moment, else text.

    A day is its first moment, in UTC where it has no time zone of its own. Months and years stay text, for they are
    no moments.
    """
    value, kind = text(term), term.datatype.value if isinstance(term, ox.Literal) else ""
    try:
        if kind in _WHOLE:
            return {"int": int(value)}
        if kind in _REAL and math.isfinite(number := float(value)):
            return {"float": number}
    except ValueError:
        return {"str": value}
    if kind == XSD + "boolean" and value in ("true", "false", "1", "0"):
        return {"bool": value in ("true", "1")}
    if kind == XSD + "date" and (found := _DAY.fullmatch(value)):
        return {"date": f"{found[1]}T00:00:00{found[2] or 'Z'}"}
    if kind == XSD + "dateTime" and (found := _MOMENT.fullmatch(value)):
        return {"date": found[1] + (found[2] or "Z")}
    return {"str": value}
