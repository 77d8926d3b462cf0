"""Curator mode: writes to a working store, for those who have the token."""

from __future__ import annotations

import hmac

from kg.errors import BadInput, Unsupported
from kg.settings import Settings
from kg.sparql import DatasetSpec, PoolEngine
from kg.sparql.formats import GRAPHS
from kg.sparql.guard import check_update

SHORTEST_TOKEN = 32  # bytes; shorter ones can be guessed
_FORMATS = {name: item.name for item in GRAPHS for name in (item.media_type, *item.synonyms)}


class Curators:
    """Raises `BadInput` when the settings have no token that is long enough."""

    def __init__(self, engine: PoolEngine, settings: Settings) -> None:
        check_token(settings)
        self._engine, self._settings = engine, settings

    def authorised(self, header: str) -> bool:
        """Whether an `Authorization` header carries the token; takes as long for a wrong one as for the right one."""
        kind, _, given = header.partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._settings.token.encode())

    async def update(self, text: str, dataset: DatasetSpec) -> None:
        """Carry out a SPARQL update, whole or not at all. Raises as `check_query`, and `Timeout`, `OutOfMemory`."""
        text = check_update(text, max_bytes=self._settings.max_body, allowed=self._settings.service_allow)
        change = {"write": "update", "default": dataset.default, "named": dataset.named}
        await self._engine.awrite(change, text.encode())

    async def graph(self, kind: str, name: str | None, *, body: bytes, media_type: str, base: str) -> str:
        """Put, post or delete a graph; gives "created" or "changed". Raises `BadRdf`, `NotFound`, `Unsupported`..."""
        if name is not None and (":" not in name or any(char in '<>"{}|^`\\' or char <= " " for char in name)):
            raise BadInput("a graph's name must be an absolute IRI")
        form = _FORMATS.get(media_type, "")
        if kind != "delete" and not form:
            raise Unsupported("this media type is no RDF that is read here", hint="Send Turtle, N-Triples or RDF/XML.")
        return await self._engine.awrite({"write": kind, "graph": name, "format": form, "base": base}, body)


def check_token(settings: Settings) -> None:
    """Raises `BadInput` unless there is a token that is long enough for curator mode."""
    if len(settings.token.encode()) < SHORTEST_TOKEN:
        raise BadInput(f"curator mode needs KG_TOKEN, of at least {SHORTEST_TOKEN} bytes")
