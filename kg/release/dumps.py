"""The graph as files: canonical N-Quads, and the other syntaxes, compressed so that equal graphs give equal bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from kg.vocab import PREFIXES

MEDIA_TYPES = {
    "graph.nq.gz": "application/n-quads",
    "graph.trig.gz": "application/trig",
    "graph.ttl.gz": "text/turtle",
    "graph.nt.gz": "application/n-triples",
    "graph.jsonld.gz": "application/ld+json",
    "graph.rdf.gz": "application/rdf+xml",
}
"""The dumps of a release and the media type of each once decompressed."""

_BUFFER = 1 << 20  # bytes that are compressed at once
_NAMED = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


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


def write_dumps(folder: Path, lines: Sequence[str], *, base: str) -> None:
    """Write every dump into `folder`. N-Quads and TriG hold the named graphs, the others their merge.

    RDF/XML is left out for a graph that it cannot express.
    """
    quads = parse(lines)
    triples = sorted(merged(quads), key=str)
    prefixes = {**PREFIXES, "base": base}
    with _packed(folder / "graph.nq.gz") as target:
        for line in lines:
            target.write(line.encode() + b"\n")
    with _packed(folder / "graph.trig.gz") as target:
        ox.serialize(_by_graph(quads), target, format=ox.RdfFormat.TRIG, prefixes=prefixes)
    for name, form, table in (
        ("graph.ttl.gz", ox.RdfFormat.TURTLE, prefixes),
        ("graph.nt.gz", ox.RdfFormat.N_TRIPLES, None),
        ("graph.jsonld.gz", ox.RdfFormat.JSON_LD, prefixes),
    ):
        with _packed(folder / name) as target:
            ox.serialize(triples, target, format=form, prefixes=table)
    if all(map(_fits_xml, triples)):
        with _packed(folder / "graph.rdf.gz") as target:
            escaping = cast(IO[bytes], _KeepsReturns(target))
            ox.serialize(triples, escaping, format=ox.RdfFormat.RDF_XML, prefixes=prefixes)


@contextmanager
def _packed(path: Path) -> Iterator[IO[bytes]]:
    """A gzip file to write, without name and time, so that equal content gives equal bytes (RFC 1952, MTIME 0)."""
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=0) as packed,
        io.BufferedWriter(packed, _BUFFER) as target,
    ):
        yield target


def _fits_xml(triple: ox.Triple) -> bool:
    """Whether RDF/XML can say it: a property is written as a name, and XML 1.0 has no control characters."""
    literal = triple.object.value if isinstance(triple.object, ox.Literal) else ""
    return bool(_NAMED.search(triple.predicate.value)) and not _NOT_XML.search(literal)


class _KeepsReturns:
    """Writes carriage returns as references: XML takes them for line feeds otherwise."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def write(self, data: bytes) -> int:
        self._target.write(data.replace(b"\r", b"&#xD;"))
        return len(data)

    def flush(self) -> None:
        self._target.flush()


def _by_graph(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    return sorted(quads, key=lambda q: (str(q.graph_name), str(q.subject), str(q.predicate), str(q.object)))


def sha256(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
