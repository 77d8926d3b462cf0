"""Capitals that stand for governments: "Beijing denied" is the country, "in Beijing" the city."""

from __future__ import annotations

from kg.annotate.names_cluster import Cluster
from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import lexicon
from kg.annotate.names_match import Prepared
from kg.annotate.names_tokens import Words


def governments(clusters: list[Cluster], words: Words, prepared: Prepared) -> list[Cluster]:
    """The clusters with each actor's use of a capital given to its country.

    Only where the authority knows both, and the country's entity may be new then. The capital's name is no name of
    the country: it stays out of the entity's forms. Every other use of the capital stays with the city.
    """
    countries = {c.entry: c for c in clusters if c.entry}
    made: list[Cluster] = []
    for cluster in clusters:
        country = lexicon().metonyms.get(fold(cluster.name)) if cluster.type == "City" else None
        ids = (
            [i for i in prepared.by_name.get(fold(country), ()) if prepared.entries[i].type == "Country"]
            if country
            else []
        )
        if len(ids) != 1:
            continue
        acting = [spot for spot in cluster.spots if _acts(words, *spot[:2])]
        if not acting:
            continue
        state = countries.get(ids[0])
        if state is None:
            state = countries[ids[0]] = Cluster("Country", entry=ids[0], source="authority")
            state.forms[prepared.entries[ids[0]].label] = 1
            made.append(state)
        state.spots.extend((start, end, "name") for start, end, _ in acting)
        cluster.spots = [spot for spot in cluster.spots if spot not in acting]
    return [c for c in clusters if c.spots] + made


def _acts(words: Words, start: int, end: int) -> bool:
    """Whether the capital at `start` speaks or acts: the subject of a verb, or the owner of a policy, not a place."""
    around = lexicon().words
    before = words.folds[start - 1] if start and not words.breaks[start] else ""
    after = words.folds[end] if end < len(words) and not words.breaks[end] else ""
    if before in around["place_before"] or before == "-" or after in around["place_after"]:
        return False
    token = words.tokens[start]
    if token.dep_:
        return (
            token.dep_.startswith("nsubj")
            or (after in ("'s", "'") and before != "of")
            or token.dep_ in ("agent", "obl:agent")
        )
    return after in ("'s", "'", "has", "have", "is", "was", "says", "said", "will") or after.endswith("ed")
