"""Which facts are about an entity or stand in an article: how many of each kind, and any stretch of the list.

Each pattern is a lookup in the store's indexes; nothing here reads more of a big graph than the entity's own facts.
"""

from __future__ import annotations

from collections.abc import Mapping

from kg.web.graph import PREFIXES, Asks, iri, text

_TOLD = "lg:holdsPosition, lg:visitor, lg:destination"  # their statements are told by the position or visit itself
SORTED = 5000  # fetched and sorted here in 0.1 s; the engine takes seconds to sort tens of thousands of IRIs

OF_ENTITY: Mapping[str, str] = {
    "statement": "{ ?item rdf:subject %(e)s ; rdf:predicate ?p ; rdf:object ?x } UNION "
    "{ ?item rdf:object %(e)s ; rdf:predicate ?p ; rdf:subject ?x } UNION "
    "{ ?item lg:attributedTo %(e)s ; rdf:predicate ?p ; rdf:subject ?x } "
    f"FILTER(?p NOT IN ({_TOLD}))",
    "position": "{ %(e)s lg:holdsPosition ?item . ?item lg:title ?x } UNION "
    "{ ?item lg:atOrganisation %(e)s ; lg:title ?x } UNION { ?item lg:inPlace %(e)s ; lg:title ?x }",
    "figure": "?item lg:figureOf %(e)s ; lg:measure ?x",
    "claim": "{ ?item lg:claimant %(e)s ; lg:stance ?x } UNION { ?item lg:about %(e)s ; lg:stance ?x }",
    "visit": "{ ?item lg:visitor %(e)s } UNION { ?item lg:destination %(e)s }",
}
"""For each kind of fact the pattern that finds those about `%(e)s`; what says the same has equal `?p` and `?x`."""

OF_ARTICLE: Mapping[str, str] = {
    "statement": "GRAPH %(e)s { ?item a lg:Statement ; rdf:predicate ?p ; rdf:subject ?x } "
    f"FILTER(?p NOT IN ({_TOLD})) FILTER NOT EXISTS {{ ?x a lg:Visit }}",
    **{kind: f"GRAPH %(e)s {{ ?item a lg:{kind.capitalize()} }}" for kind in ("position", "figure", "claim", "visit")},
}
"""The same for those that stand in the article `%(e)s`."""


def count(graph: Asks, patterns: Mapping[str, str], target: str) -> dict[str, int]:
    """How many facts of each kind there are."""
    wanted = {"e": iri(target)}
    parts = (f'{{ {pattern % wanted} BIND("{kind}" AS ?kind) }}' for kind, pattern in patterns.items())
    rows = graph.select(
        f"{PREFIXES}SELECT ?kind (COUNT(DISTINCT ?item) AS ?n) WHERE {{ {' UNION '.join(parts)} }} GROUP BY ?kind"
    )
    found = {text(row["kind"]): int(text(row["n"])) for row in rows if "kind" in row}
    return {kind: found.get(kind, 0) for kind in patterns}


def stretch(
    graph: Asks, patterns: Mapping[str, str], target: str, counts: Mapping[str, int], *, offset: int, limit: int
) -> list[str]:
    """The IRIs of at most `limit` facts from `offset`, kind by kind; facts that say the same stand together.

    `counts` is what `count` gave. Of an entity with more than `SORTED` facts of a kind, these come in the order of the
    store, which is as fixed as the release.
    """
    found: list[str] = []
    for kind, number in counts.items():
        if offset < number and limit > 0:
            where = patterns[kind] % {"e": iri(target)}
            found += _slice(graph, where, number, offset, limit)
            limit -= min(limit, number - offset)
        offset = max(0, offset - number)
    return found


def _slice(graph: Asks, where: str, number: int, offset: int, limit: int) -> list[str]:
    if number > SORTED:
        rows = graph.select(f"{PREFIXES}SELECT DISTINCT ?item WHERE {{ {where} }} LIMIT {limit} OFFSET {offset}")
        return [text(row["item"]) for row in rows]
    places: dict[str, tuple[str, str]] = {}
    for row in graph.select(f"{PREFIXES}SELECT ?item ?p ?x WHERE {{ {where} }}"):
        item, place = text(row["item"]), (text(row.get("p")), text(row.get("x")))
        places[item] = min(place, places.get(item, place))
    return sorted(places, key=lambda item: (*places[item], item))[offset : offset + limit]


def everything(graph: Asks, patterns: Mapping[str, str], target: str) -> set[str]:
    """The IRIs of all of them."""
    parts = (f"{{ {pattern % {'e': iri(target)}} }}" for pattern in patterns.values())
    rows = graph.select(f"{PREFIXES}SELECT DISTINCT ?item WHERE {{ {' UNION '.join(parts)} }}")
    return {text(row["item"]) for row in rows}
