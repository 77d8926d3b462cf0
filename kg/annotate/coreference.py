"""Definite nouns and pronouns. (stub)"""

from __future__ import annotations

from kg.annotate.names_join import Cluster
from kg.annotate.names_tokens import Words


def refer(clusters: list[Cluster], words: Words) -> None:
    return None
