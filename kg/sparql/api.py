"""What an engine takes and gives. Web pages, the protocol and the command line know engines by these types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """The dataset that a request asks for by `default-graph-uri` and `named-graph-uri` (or `using-graph-uri`,
    `using-named-graph-uri` of an update): absolute graph IRIs.

    Where either has an entry, both replace the query's own `FROM` and `FROM NAMED`. Empty: the query decides, and
    without
    `FROM` the default graph is the merge of all graphs and `GRAPH` sees every named graph.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.default or self.named)


ANY = DatasetSpec()
"""No dataset asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, never a part of one that says nothing of it.

    `body` is encoded as `media_type` says (UTF-8 where textual). `etag` is a strong validator with its quotes: equal
    for
    equal (release, query, dataset, format). `truncated` tells that rows were left out because the caller's own
    `max_rows` asked
    for it. `headers` are further HTTP headers that belong to the answer. `info` tells the state that was asked, which
    after a reload in the meantime is not the one that is served now; None where the engine has only one.
    """

    body: bytes
    media_type: str
    kind: str  # "select", "ask" or "graph"
    etag: str
    truncated: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    info: ReleaseInfo | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity found by name: its IRI, the name that matched, the types (IRIs), and the rank's score (higher is
    better)."""

    iri: str
    label: str
    types: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What an engine serves: the release's id and newest source date (ISO 8601), and the number of quads, all as text
    fit for a header. RDF files and working stores have an id made from their content and no date."""

    id: str
    date: str
    quads: int


class Engine(Protocol):
    """Answers SPARQL over one dataset. All methods are safe to call from any thread and block until the answer is
    whole."""

    def run(
        self,
        query: str,
        *,
        accept: str | None = None,
        format: str | None = None,
        dataset: DatasetSpec = ANY,
        timeout: float | None = None,
        max_rows: int | None = None,
    ) -> Answer:
        """The answer to a SELECT, ASK, CONSTRUCT or DESCRIBE query.

        `format` is a short name (`json`, `xml`, `csv`, `tsv`, `turtle`, `nt`, `jsonld`, `rdfxml`) or a media type
        and goes
        before `accept`, an `Accept` header. `timeout` (seconds) is capped by the operator's maximum. `max_rows` cuts
        the
        answer to so many rows or triples, and `truncated` says so.

        Raises `BadQuery` (line and column from 1), `Forbidden` (SERVICE), `NotAcceptable`, `Unsupported` (unknown
        `format`), `Timeout`, `OutOfMemory`, `TooLarge`, `TooBusy`, `Unavailable`.
        """
        ...

    def graph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer:
        """The triples of one graph (None: the default graph, which is the merge). Raises `NotFound`, and as `run`."""
        ...

    def search(self, text: str, *, limit: int = 20, offset: int = 0, type: str | None = None) -> list[Hit]:
        """Entities whose names have all words of `text` (the last one may be unfinished), best first.

        Case and accents do not matter. `type` is the IRI of a class that hits must have.
        """
        ...

    def info(self) -> ReleaseInfo:
        """What is being served now."""
        ...

    def close(self) -> None:
        """End worker processes and free memory; no method may be called after."""
        ...
