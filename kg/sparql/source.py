"""What an engine can serve, and how it gets into memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from kg.errors import BadRelease, KgError
from kg.sparql.api import ReleaseInfo
from kg.store import load_files, open_release

QUAD_BYTES = 400  # memory of one quad in a store, indexes and terms included, measured on a graph of two million
SHARE = 0.8  # of the free memory that a store may take with its copies; the rest is for queries


@dataclass(frozen=True, slots=True)
class Source:
    """What to serve. `kind` is "release" (one path: a release, or the folder of releases), "files" (RDF files) or
    "working" (one N-Quads file that curators write to, made when it is not there)."""

    kind: str
    paths: tuple[str, ...]
    in_memory: bool | None = None  # None: in memory where it fits


@dataclass(frozen=True, slots=True)
class Loaded:
    """A store with the merge of its named graphs in its default graph (a working store: as the curators left it)."""

    store: ox.Store
    info: ReleaseInfo
    base: str  # of a release; empty otherwise
    path: str  # of the release folder, symbolic links resolved; empty otherwise
    in_memory: bool = True


def source_of(paths: Iterable[Path | str]) -> Source:
    """A folder is a release (or holds some); anything else is RDF files."""
    names = tuple(str(path) for path in paths)
    if len(names) == 1 and not Path(names[0]).is_file():
        return Source("release", names)
    return Source("files", names)


def load(source: Source) -> Loaded:
    """The store of a source. Raises `NotFound`, `BadRelease`, `BadRdf`, `Unsupported`."""
    if source.kind == "release":
        return _release(source)
    if source.kind == "working":
        return _working(Path(source.paths[0]))
    paths = [Path(path) for path in source.paths]
    store = load_files(paths)
    merge(store)
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return Loaded(store, ReleaseInfo(digest.hexdigest()[:16], "", len(store)), "", "")


def merge(store: ox.Store) -> None:
    """Put every triple of every named graph into the default graph too, once each."""
    store.bulk_extend(
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in store.quads_for_pattern(None, None, None, None)
        if quad.graph_name != ox.DefaultGraph()
    )


def _release(source: Source) -> Loaded:
    release = open_release(Path(source.paths[0]))
    _verify(release.path, release.manifest["files"])
    in_memory = placed(source).in_memory
    quads = int(release.manifest["counts"]["quads"])
    dumps = [release.path / name for name in ("graph.nq.gz", "graph.nt.gz")]
    if not in_memory:
        store = release.store()
    else:
        try:
            store = load_files(dumps)
        except KgError as err:
            raise BadRelease("a dump of the release does not parse", where=str(release.path)) from err
    if not len(store):
        raise BadRelease("the store is empty", where=str(release.path))
    info = ReleaseInfo(release.id, release.date, quads)
    return Loaded(store, info, release.base, str(release.path), bool(in_memory))


def placed(source: Source, *, workers: int = 2) -> Source:
    """The source with `in_memory` decided: by the release's own count of quads and the memory that is free.

    Forked workers share the store's pages, but the engine counts references in them: page by page, a worker that reads
    much gets a copy of its own. So there must be room for one more copy for each worker.
    """
    if source.in_memory is not None or source.kind != "release":
        return replace(source, in_memory=True) if source.in_memory is None else source
    counts = open_release(Path(source.paths[0])).manifest["counts"]
    total = int(counts["quads"]) + int(counts.get("triples", counts["quads"]))
    return replace(source, in_memory=total * QUAD_BYTES * (1 + workers) < free_memory() * SHARE)


def _verify(folder: Path, files: dict[str, dict[str, object]]) -> None:
    """Raises `BadRelease` when a file of the release is missing or is not what the manifest says."""
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise BadRelease("a file of the release is missing", where=str(path))
        with path.open("rb") as data:
            found = hashlib.file_digest(data, "sha256").hexdigest()
        if found != expected.get("sha256"):
            raise BadRelease("a file of the release is not what its manifest says", where=str(path))


def _working(path: Path) -> Loaded:
    store = ox.Store()
    if path.exists():
        store = load_files([path])
    return Loaded(store, working_info(store), "", "")


def working_info(store: ox.Store) -> ReleaseInfo:
    """The state of a working store; its id is new at each call, since every write makes another state."""
    return ReleaseInfo(f"working-{os.urandom(8).hex()}", "", len(store))


def free_memory() -> int:
    """Bytes that this machine, or the control group that we run in, still has to give."""
    free = 0
    for line in Path("/proc/meminfo").read_text("ascii").splitlines() if Path("/proc/meminfo").exists() else []:
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    for group, limit, usage in _groups():
        try:
            most, used = (group / limit).read_text("ascii").strip(), int((group / usage).read_text("ascii"))
        except (OSError, ValueError):
            continue
        if most.isdigit():
            free = min(free, int(most) - used) if free else int(most) - used
    return free or 2**31


def _groups() -> Iterator[tuple[Path, str, str]]:
    """The control groups that bound this process, from its own outwards, with their files for the most memory and the
    memory in use: a unit's limit stands in its own group, a container's in the root that it sees."""
    root, own = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
    for line in own.read_text("ascii").splitlines() if own.exists() else []:
        _, controllers, name = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        top = root / controllers
        files = ("memory.limit_in_bytes", "memory.usage_in_bytes") if controllers else ("memory.max", "memory.current")
        group = top / name.lstrip("/")
        for each in (group, *group.parents):
            if each == top or top in each.parents:
                yield each, *files
