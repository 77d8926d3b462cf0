"""Releases and RDF files, opened for reading."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import pyoxigraph as ox

from kg.errors import BadRdf, BadRelease, NotFound, Unsupported

if TYPE_CHECKING:
    import rdflib

MAX_GROWN = 10 * 1024 * 1024  # bytes that XML entities may add beside ten times the document
_ENTITY = re.compile(rb"<!ENTITY\s+([^\s%\"'>]+)\s+[\"']([^\"']*)[\"']")
_REFERENCE = re.compile(rb"&([^\s#&;]+);")
LAYOUT = 1
"""The layout of release folders that this version writes and reads."""

FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".n3": ox.RdfFormat.N3,
}
"""File endings that are read, each with its format; `.gz`, `.bz2` and `.xz` may follow."""

_COMPRESSED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@dataclass(frozen=True, slots=True)
class Release:
    """A release folder. `manifest` is its `manifest.json`, whose keys `docs/releases.md` lists."""

    path: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.manifest["id"])

    @property
    def date(self) -> str:
        """The newest date of the sources, ISO 8601."""
        return str(self.manifest["date"])

    @property
    def base(self) -> str:
        """The IRI that every instance IRI starts with."""
        return str(self.manifest["base"])

    def store(self) -> ox.Store:
        """The release's store on disk, read-only. Any number of processes may open it at once.

        Raises `BadRelease` when the store cannot be opened.
        """
        try:
            return ox.Store.read_only(str(self.path / "store"))
        except (OSError, ValueError) as err:
            raise BadRelease(f"the store cannot be opened: {err}", where=str(self.path / "store")) from err

    def json(self, name: str) -> Any:
        """The content of one of the release's JSON files (`stats.json`, `redirects.json`, ...)."""
        return _read_json(self.path / name)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as err:
        raise BadRelease(f"cannot be read: {err}", where=str(path)) from err


def open_release(path: Path) -> Release:
    """The release at `path`: a release folder, or a folder of releases, of which the current one is taken.

    Raises `NotFound` when nothing is there and `BadRelease` when the manifest is damaged or of another layout.
    """
    folder = path if (path / "manifest.json").exists() else path / "current"
    if not folder.exists():
        raise NotFound("no release here", where=str(path), hint="Build one with: kg build CORPUS --out OUT")
    folder = folder.resolve()
    manifest = _read_json(folder / "manifest.json")
    if not isinstance(manifest, dict) or manifest.get("layout") != LAYOUT:
        raise BadRelease(f"not a release of layout {LAYOUT}", where=str(folder), hint="Build it again.")
    missing = {"id", "date", "base", "files", "counts"} - manifest.keys()
    if missing:
        raise BadRelease(f"the manifest lacks {sorted(missing)[0]!r}", where=str(folder / "manifest.json"))
    return Release(folder, manifest)


def fingerprint(path: str) -> str:
    """How `withdrawn.json` lists an IRI path that is made of a name: enough to know it again, and not the name."""
    return f"sha256:{hashlib.sha256(path.encode()).hexdigest()}" if path.startswith("id/") else path


def rdf_format(path: Path) -> ox.RdfFormat:
    """The RDF format that a file's ending tells. Raises `Unsupported` for an unknown ending."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    found = FORMATS.get(suffixes[-1]) if suffixes else None
    if found is None:
        raise Unsupported(
            "not a known RDF file ending", where=str(path), hint=f"Known are {', '.join(FORMATS)}, also with .gz"
        )
    return found


def open_bytes(path: Path) -> IO[bytes]:
    """The file's content, decompressed on the fly when its ending says so. Raises `NotFound`."""
    if not path.is_file():
        raise NotFound("no such file", where=str(path))
    opener = _COMPRESSED.get(path.suffix.lower())
    return cast(IO[bytes], opener(path, "rb") if opener else path.open("rb"))


def refuse_bombs(content: bytes, where: str) -> None:
    """Raise `BadRdf` for XML whose entities grow beyond reason: a kilobyte could otherwise ask for terabytes."""
    entities = dict(_ENTITY.findall(content))
    if any(_REFERENCE.search(value) for value in entities.values()):
        raise BadRdf("an XML entity that is made of other entities", where=where)
    grown = sum(len(entities.get(name, b"")) for name in _REFERENCE.findall(content)) if entities else 0
    if grown > MAX_GROWN + 10 * len(content):
        raise BadRdf(f"XML entities that grow to {grown} bytes", where=where)


def load_files(paths: Iterable[Path]) -> ox.Store:
    """A store in memory with the content of RDF files, quads in their graphs, each file with its own blank nodes.

    Raises `BadRdf` with file, line and column for what does not parse, `NotFound` and `Unsupported`.
    """
    store = ox.Store()
    for path in paths:
        form = rdf_format(path)
        with open_bytes(path) as data:
            try:
                content = data
                if form == ox.RdfFormat.RDF_XML:
                    whole = data.read()
                    refuse_bombs(whole, str(path))
                    content = io.BytesIO(whole)
                store.bulk_load(input=content, format=form, base_iri=path.resolve().as_uri())
            except SyntaxError as err:
                raise BadRdf(str(err.msg), where=str(path), line=err.lineno, column=err.offset) from err
            except (OSError, EOFError, lzma.LZMAError, ValueError) as err:
                raise BadRdf(f"cannot be read: {err}", where=str(path)) from err
    return store


def as_rdflib(store: ox.Store) -> rdflib.Dataset:
    """The same store seen as an rdflib `Dataset` (through oxrdflib), for code that is written for rdflib."""
    import rdflib  # noqa: PLC0415 - half a second that no other caller should pay for
    from oxrdflib import OxigraphStore  # noqa: PLC0415

    return rdflib.Dataset(store=OxigraphStore(store=store))
