"""From a folder of files to `Document`s: the first stage.

Plain text, Markdown with front matter and HTML are read; page furniture is removed by `data/furniture.yaml` and by
structure. See `docs/corpus.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kg.read.article import read_article
from kg.read.corpus import sources
from kg.read.rules import languages, rules
from kg.read.same import Seen
from kg.records import Document, Rejected
from kg.settings import Settings

__all__ = ["read"]


def read(corpus: Path, *, settings: Settings) -> Iterator[Document | Rejected]:
    """Every article file below `corpus`, in the order of its path, as a `Document` or as `Rejected` with the reason.

    A second file with the content of an earlier one is rejected; one nearly alike is kept with a note. A file's path
    may hold a protected name: whoever shows an id passes it through `protect` first. Raises `BadCorpus` at once for a
    folder that is missing or a `corpus.yaml` that does not parse.
    """
    found = sources(corpus)

    def documents() -> Iterator[Document | Rejected]:
        seen = Seen()
        for source in found:
            item = read_article(source, settings=settings, rules=rules(), languages=languages())
            if isinstance(item, Rejected):
                yield item
                continue
            first = seen.same(item)
            if first is not None:
                yield Rejected(item.id, f"its text is the same as that of {first}", "Keep one of the two.")
                continue
            near = seen.near(item)
            seen.add(item)
            yield replace(item, notes=(*item.notes, near)) if near else item

    return documents()
