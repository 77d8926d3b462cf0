"""What a document calls its people: occupations beside their names, and whether "he" or "she" may mean them."""

from __future__ import annotations

from kg.annotate.names_candidate import broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_cues import apposed_roles, with_first
from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_tokens import Words


def describe(clusters: list[Cluster], words: Words) -> None:
    """Give each person of `clusters` the occupations and the gender that the text shows."""
    lex = lexicon()
    for cluster in clusters:
        if broad(cluster.type) != "Person":
            continue
        for start, end, form in cluster.spots:
            if form != "name":
                continue
            for role in (*_before(words, start, lex), *apposed_roles(words, end)):
                cluster.roles.add(role)
                cluster.gender = cluster.gender or lex.roles.get(role, "")
            cluster.gender = cluster.gender or _honorific(words, start, lex)
        if not cluster.gender:
            parts = fold(cluster.name).split()
            cluster.gender = lex.given.get(parts[0], "") if len(parts) > 1 else ""


def _before(words: Words, start: int, lex: Lexicon) -> list[str]:
    """ "academic Adrian", "Public Security Minister Tarek", "the minister, Tarek"."""
    at = start - 1
    if at >= 0 and words.folds[at] == "," and not words.breaks[start]:
        at -= 1
        if at >= 0 and words.folds[at] in lex.roles and not words.breaks[start - 1]:
            return with_first(words, at)
        return []
    if at >= 0 and not words.breaks[start] and words.folds[at] in lex.roles:
        return with_first(words, at)
    return []


def _honorific(words: Words, start: int, lex: Lexicon) -> str:
    at = start - 1
    if at > 0 and words.folds[at] == ".":
        at -= 1
    return lex.honorifics.get(words.folds[at].rstrip("."), "") if at >= 0 else ""
