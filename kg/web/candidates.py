"""Reconciliation: which entities a name, a type and values of properties may mean, each with a score from 0 to 100."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from rapidfuzz import fuzz

from kg.errors import BadInput
from kg.web.graph import LG, RDF_TYPE, SKOS, describe, every, iri, text
from kg.web.identity import is_entity, is_iri, known, short
from kg.web.links import thing, things
from kg.web.model import Thing
from kg.web.search import LONGEST, class_iri, find
from kg.web.site import View, view

MOST = 50  # candidates of one query
LOOKED_AT = 25  # names from the index that are scored for a query
FITTING = 200  # entities with the values asked for that are scored for a query without a name
NEAR = 90.0  # a second candidate this good makes the best one no sure match
PROPERTIES = 20  # in one query
VALUES = 50  # of one property
STRICT = ("any", "should", "all")


@dataclass(frozen=True, slots=True)
class Condition:
    """A property with the values asked for, any of which will do: as text, and as IRIs where they are ids or names."""

    predicate: str
    values: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    words: str
    limit: int
    types: frozenset[str]
    strict: str
    conditions: tuple[Condition, ...]


def candidates(given: Any) -> list[dict[str, Any]]:
    """The candidates for one query of a batch, best first. Raises `BadInput` for what the specification does not allow.

    A candidate is a `match` when its name is the same but for case, accents and punctuation, its type and properties
    fit, and no other candidate comes as near. Without a name the properties alone decide.
    """
    here, query = view(), _read(given)
    itself = known(here, query.words) if query.words else None
    targets = [*([itself] if itself else []), *_named(here, query.words), *_fitting(here, query)]
    rows = []
    for target, about in describe(here.graph, dict.fromkeys(targets)).items():
        kinds = set(every(about, RDF_TYPE))
        fits = query.types <= kinds if query.strict == "all" else bool(query.types & kinds) or not query.types
        card = thing(target, about, here.links, here.terms)
        if (fits or query.strict == "should") and not card.protected and is_entity(here, target):
            rows.append(_scored(here, query, card, about, fits=fits, certain=target == itself))
    rows.sort(key=lambda row: (-row["score"], row["id"]))
    if not query.words:
        rows = [row for row in rows if row["score"] > 0]
    if rows and (len(rows) == 1 or rows[1]["score"] < NEAR):
        rows[0]["match"] = rows[0]["score"] >= 100.0
    return rows[: query.limit]


def _read(given: Any) -> Query:
    if not isinstance(given, dict):
        raise BadInput("each query must be a JSON object")
    words, properties = given.get("query", ""), given.get("properties", [])
    if not isinstance(words, str) or len(words) > LONGEST:
        raise BadInput(f"query must be text of at most {LONGEST} characters")
    if not isinstance(properties, list) or len(properties) > PROPERTIES:
        raise BadInput(f"properties must be a list of at most {PROPERTIES}")
    if not words.strip() and not properties:
        raise BadInput("each query needs a query, properties, or both")
    wanted = given.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(wanted, list) or len(wanted) > VALUES or not all(isinstance(item, str) for item in wanted):
        raise BadInput(f"type must be the id of a type or a list of at most {VALUES}")
    strict = given.get("type_strict", "any")
    if strict not in STRICT:
        raise BadInput(f"type_strict must be one of {', '.join(STRICT)}")
    types = frozenset(class_iri(item) for item in wanted if item)
    alone = not words.strip()
    return Query(
        words.strip(),
        _limit(given.get("limit", 10)),
        types,
        strict,
        tuple(_condition(view(), item, by_name=alone) for item in properties),
    )


def _limit(value: Any) -> int:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 1 or value != int(value):
        raise BadInput("limit must be a positive whole number")
    return min(int(value), MOST)


def _condition(here: View, item: Any, *, by_name: bool) -> Condition:
    """`by_name` looks up what entities the values may name, where no other way leads to candidates."""
    if not isinstance(item, dict) or not isinstance(item.get("pid"), str) or "v" not in item:
        raise BadInput("each property needs a pid and a v")
    predicate = property_iri(item["pid"])
    if not is_iri(predicate):
        raise BadInput("a pid must be the name of a property or an IRI")
    values: list[str] = []
    targets: list[str] = []
    given = item["v"] if isinstance(item["v"], list) else [item["v"]]
    if len(given) > VALUES:
        raise BadInput(f"a property has at most {VALUES} values")
    for value in given:
        if isinstance(value, dict):
            if not isinstance(value.get("id"), str):
                raise BadInput("a value that is an entity needs an id")
            values.append(value["id"])
        elif isinstance(value, bool):
            values.append(str(value).lower())
        elif isinstance(value, (str, int, float)):
            values.append(value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value))
        else:
            raise BadInput("a value must be text, a number, true, false or an entity with its id")
        if target := known(here, values[-1]):
            targets.append(target)
        if by_name and isinstance(value, str):
            targets += _of_that_name(value)
    return Condition(predicate, tuple(values), tuple(dict.fromkeys(targets)))


def _of_that_name(name: str) -> Iterable[str]:
    if len(name) > LONGEST:
        return []
    return [
        item.iri for hit, item in find(name, limit=LOOKED_AT) if plain(name) in (plain(hit.label), plain(item.label))
    ]


def _named(here: View, words: str) -> list[str]:
    """What the index offers for a name: for the whole of it and, where that is little, for each of its words."""
    if not words:
        return []
    found = [item.iri for _, item in find(words, limit=LOOKED_AT)]
    pieces = [piece for piece in plain(words).split() if len(piece) > 2]
    if len(found) < 3 and len(pieces) > 1:
        for piece in pieces[:6]:
            found += [item.iri for _, item in find(piece, limit=LOOKED_AT)]
    return [item for item in dict.fromkeys(found) if is_entity(here, item)]


def _fitting(here: View, query: Query) -> list[str]:
    """For a query without a name: the entities with all the values and, where those are few, with some of them."""
    if query.words:
        return []
    patterns = [_pattern(here, condition, number) for number, condition in enumerate(query.conditions)]
    found = _subjects(here, " ".join(patterns))
    if len(patterns) > 1 and len(found) < LOOKED_AT:
        for pattern in patterns:
            found += _subjects(here, pattern)
    return found


def _pattern(here: View, condition: Condition, number: int) -> str:
    predicate = iri(condition.predicate)
    branches = [f"{{ ?s {predicate} {iri(target)} }}" for target in condition.targets]
    term = next((item for item in here.terms.listing() if item.iri == condition.predicate), None)
    if term is None or not any(item.startswith(LG) for item in term.range):  # its values may be literals
        values = ", ".join(str(ox.Literal(value.lower())) for value in condition.values)
        branches.append(f"{{ ?s {predicate} ?v{number} FILTER(LCASE(STR(?v{number})) IN ({values})) }}")
    return f"{{ {' UNION '.join(branches)} }}" if branches else "{ FILTER(false) }"


def _subjects(here: View, pattern: str) -> list[str]:
    rows = here.graph.select(f"SELECT DISTINCT ?s WHERE {{ {pattern} FILTER(isIRI(?s)) }} LIMIT {FITTING}")
    return [text(row["s"]) for row in rows]


def _scored(
    here: View, query: Query, card: Thing, said: Mapping[str, Any], *, fits: bool, certain: bool
) -> dict[str, Any]:
    names = [*every(said, SKOS + "prefLabel"), *every(said, SKOS + "altLabel")]
    asked = plain(query.words)
    name_score = max((fuzz.WRatio(asked, plain(name)) for name in names), default=0.0)
    same = certain or any(asked == plain(name) for name in names)
    name_score = 100.0 if same else min(name_score, 99.0)  # only the same name, or the id itself, is certain
    held = [_holds(here, said, condition) for condition in query.conditions]
    share = 100.0 * sum(held) / len(held) if held else 100.0
    score = share if not query.words else 0.7 * name_score + 0.3 * share if held else name_score
    score = score if fits else 0.8 * score
    features: list[dict[str, Any]] = [{"id": "type", "value": fits}]
    if query.words:
        features.insert(0, {"id": "name", "value": round(name_score, 2)})
    return {
        "id": short(here, card.iri),
        "name": card.label,
        "type": [type_of(card.type)] if card.type else [],
        "score": round(score, 2),
        "match": False,
        "features": features,
    }


def _holds(here: View, said: Mapping[str, Any], condition: Condition) -> bool:
    """Whether an entity has one of the values for a property: an id, a name of what it links, or a literal."""
    own = [text(item) for item in said.get(condition.predicate, ())]
    if not own:
        return False
    linked = things(here.graph, (item for item in own if ":" in item), here.links, here.terms)
    names = {plain(item) for item in own} | {plain(item.label) for item in linked.values()}
    numbers = {number for item in own if (number := _number(item)) is not None}
    return (
        bool(set(own) & set(condition.targets))
        or any(plain(value) in names for value in condition.values)
        or any(_number(value) in numbers for value in condition.values)
    )


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def plain(name: str) -> str:
    """A name for comparing: no case, accents or punctuation, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", bare.casefold()).split())


def type_of(name: str) -> dict[str, str]:
    """A class of the ontology, by its local name, as the service writes types."""
    return {"id": name, "name": view().terms.label(LG + name)}


def property_iri(pid: str) -> str:
    """The IRI of a property id: the local name of one of the ontology's, or an IRI."""
    return pid if ":" in pid else LG + pid
