"""Facts that lie in a name itself: a leak named after a place, a state body named after its country, a county's region."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from kg.annotate.arguments import Reader, is_a
from kg.records import LocalEntity, Statement

_CONFIDENCE = Decimal("0.7")


def named_facts(reader: Reader) -> Iterator[Statement]:
    """`concerns` for a leak whose name holds the name of a place that the document speaks of."""
    entities = list(reader.view.entities.values())
    places = [e for e in entities if is_a(e.type, ("Place",))]
    for leak in (e for e in entities if e.type == "Leak"):
        for place in places:
            if any(_holds(leak.name, name) for name in place.names):
                token = _first(reader, leak)
                if token is not None:
                    yield Statement(leak.id, "concerns", place.id, (reader.evidence((token,)),), "leak-named-after-place",
                                    confidence=_CONFIDENCE)  # fmt: skip


def _holds(name: str, part: str) -> bool:
    return len(part) > 2 and re.search(rf"\b{re.escape(part)}\b", name) is not None and name != part


def _first(reader: Reader, entity: LocalEntity) -> int | None:
    return next((token for token, found in sorted(reader.view.at.items()) if found == entity.id), None)
