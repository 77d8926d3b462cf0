"""The graph as files: canonical N-Quads, and the other syntaxes, compressed so that equal graphs give equal bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox

from kg.vocab import PREFIXES

MEDIA_TYPES = {
    "graph.nq.gz": "application/n-quads",
    "graph.trig.gz": "application/trig",
    "graph.ttl.gz": "text/turtle",
    "graph.nt.gz": "application/n-triples",
    "graph.jsonld.gz": "application/ld+json",
}
"""The dumps of a release and the media type of each once decompressed."""


def canonical(quads: Iterable[ox.Quad]) -> list[str]:
    """The quads as sorted lines of N-Quads, each once; without blank nodes this is RDFC-1.0's canonical form."""
    data = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    assert data is not None
    return sorted(set(data.decode().split("\n")) - {""})


def parse(lines: Sequence[str]) -> list[ox.Quad]:
    """The quads of canonical lines, in their order."""
    return list(ox.parse("\n".join(lines), format=ox.RdfFormat.N_QUADS))


def merged(quads: Iterable[ox.Quad]) -> list[ox.Triple]:
    """The RDF merge of all graphs: each triple once, in the order of first occurrence."""
    return list(dict.fromkeys(quad.triple for quad in quads))


def squeeze(data: bytes) -> bytes:
    """gzip without name and time, so that equal content gives equal bytes (RFC 1952, MTIME 0)."""
    target = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0, compresslevel=9) as packed:
        packed.write(data)
    return target.getvalue()


def write_dumps(folder: Path, lines: Sequence[str], *, base: str) -> None:
    """Write every dump into `folder`. N-Quads and TriG hold the named graphs, the others their merge."""
    quads = parse(lines)
    triples = sorted(merged(quads), key=str)
    prefixes = {**PREFIXES, "base": base}
    for name, data in (
        ("graph.nq.gz", ("\n".join(lines) + "\n").encode()),
        ("graph.trig.gz", ox.serialize(_by_graph(quads), format=ox.RdfFormat.TRIG, prefixes=prefixes)),
        ("graph.ttl.gz", ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes)),
        ("graph.nt.gz", ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)),
        ("graph.jsonld.gz", ox.serialize(triples, format=ox.RdfFormat.JSON_LD, prefixes=prefixes)),
    ):
        assert data is not None
        (folder / name).write_bytes(squeeze(data))


def _by_graph(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    return sorted(quads, key=lambda q: (str(q.graph_name), str(q.subject), str(q.predicate), str(q.object)))


def sha256(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
