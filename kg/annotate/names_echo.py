"""A document's own names found again where capitals tell nothing: in headings, in captions, in capitals throughout."""

from __future__ import annotations

from kg.annotate.names_candidate import broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_fold import fold
from kg.annotate.names_match import Trie
from kg.annotate.names_tokens import Words


def echo(clusters: list[Cluster], words: Words) -> None:
    """Add every further place where a name of two or more words of one of `clusters` stands in any letter case.

    A name that two clusters share is left alone, and so is text that a mention covers already.
    """
    owners: dict[tuple[str, ...], list[int]] = {}
    for number, cluster in enumerate(clusters):
        if broad(cluster.type) in ("LeakedDocument", "Article"):
            continue
        for start, end, form in cluster.spots:
            if form == "name" and end - start > 1:
                key = words.folded(start, end)
                if number not in owners.setdefault(key, []):
                    owners[key].append(number)
    trie = Trie()
    for key, numbers in owners.items():
        if len(numbers) == 1:
            trie.add(key, str(numbers[0]))
    taken = {i for c in clusters for s, e, _ in c.spots for i in range(s, e)}
    for start, end, values in trie.scan(words):
        if not any(i in taken for i in range(start, end)):
            cluster = clusters[int(values[0])]
            known = {fold(form) for form in cluster.forms}
            cluster.add(words, start, end, named=fold(words.text(start, end)) not in known)
