"""Documents a text describes instead of naming: leaked speeches, papers and reports. (stub)"""

from __future__ import annotations

from kg.annotate.names_join import Cluster
from kg.annotate.names_tokens import Words


def described_documents(words: Words, clusters: list[Cluster]) -> list[Cluster]:
    return []
