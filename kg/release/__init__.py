"""Release: a graph becomes a folder that appears whole or not at all, and is never changed again.

Everything is written into a hidden folder beside the releases, which is renamed when it is complete; the link `current`
is then replaced in one step. A process that dies on the way leaves the last release current and a hidden folder that
the next build removes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.errors import BadInput, BadRelease, TooBusy
from kg.release.describe import dcat, void
from kg.release.dumps import MEDIA_TYPES, canonical, merged, parse, sha256, write_dumps
from kg.release.purge import purged
from kg.release.stats import counts, statistics
from kg.store import LAYOUT, Release, fingerprint, open_release

__all__ = ["Making", "canonical", "parse", "purged", "release", "release_id", "releases", "remade"]

_BUILDING = re.compile(r"\.building-(\d+)")
_TYPES = {".ttl": "text/turtle", ".json": "application/json", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Making:
    """What made a graph, as the manifest tells it. All values are JSON."""

    base: str
    date: str  # the newest date of the sources, ISO 8601; "undated" when none has one
    license: str
    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    corpus: Mapping[str, Any]  # sha256, documents, rejected
    reports: Mapping[str, bytes] = field(default_factory=dict)  # report.ttl, report.json, report.txt
    violations: int = 0
    redirects: Mapping[str, str] = field(default_factory=dict)
    withdrawn: Sequence[str] = ()


def releases(out: Path) -> list[Release]:
    """Every release kept under `out`, oldest first; folders that are damaged are left out."""
    found: list[Release] = []
    for folder in out.iterdir() if out.is_dir() else ():
        if not folder.is_symlink() and (folder / "manifest.json").is_file():
            with contextlib.suppress(BadRelease):
                found.append(open_release(folder))
    return sorted(found, key=lambda r: (r.date, r.path.stat().st_mtime_ns))


def remade(manifest: Mapping[str, Any], **changes: Any) -> Making:
    """What made a release, read back from its manifest."""
    names = ("base", "date", "license", "versions", "settings", "corpus")
    return replace(Making(**{name: manifest[name] for name in names}), **changes)


def release_id(lines: Sequence[str], making: Making) -> str:
    """The id of a release: its date and twelve hex digits over its canonical N-Quads, versions and settings."""
    known = json.dumps([dict(making.versions), dict(making.settings)], sort_keys=True, ensure_ascii=False)
    whole = hashlib.sha256("\n".join((*lines, known)).encode()).hexdigest()
    return f"{making.date}-{whole[:12]}"


def release(lines: Sequence[str], making: Making, *, out: Path, current: bool = True) -> Release:
    """Write the canonical N-Quads `lines` as a release under `out` and, unless told not to, make it the current one.

    Building the same again finds the release that is there and makes it current. Raises `TooBusy` while another build
    is writing to `out`, and `BadInput` when `out` cannot be written.
    """
    with _alone(out):
        name = release_id(lines, making)
        folder = out / name
        manifest = _intact(folder)
        if manifest is None:
            building = out / f".building-{os.getpid()}"
            try:
                building.mkdir()
                manifest = _write(building, name, lines, making)
                _settle(building)
                shutil.rmtree(folder, ignore_errors=True)  # it is there only when it is damaged
                building.rename(folder)
            finally:
                shutil.rmtree(building, ignore_errors=True)
        if current:
            _switch(out, name)
        return Release(folder.resolve(), manifest)


def _intact(folder: Path) -> dict[str, Any] | None:
    """The manifest of a release that is there and whole; None where a file is missing or is not what it was."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        whole = all(sha256(folder / name) == file["sha256"] for name, file in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if whole and (folder / "store").is_dir() else None


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder's lock, and clear away what builds that died left behind."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / ".lock").open("w")
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror}", where=str(out)) from err
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise TooBusy("another build is writing here", where=str(out), hint="Wait for it, or use --out.") from err
        for left in out.iterdir():
            if _BUILDING.fullmatch(left.name):
                shutil.rmtree(left, ignore_errors=True)
        yield


def _write(folder: Path, name: str, lines: Sequence[str], making: Making) -> dict[str, Any]:
    quads = parse(lines)
    triples = merged(quads)
    _write_store(folder / "store", quads, triples)
    write_dumps(folder, lines, base=making.base)
    stats = statistics(triples)
    _json(folder / "stats.json", stats)
    _json(folder / "redirects.json", dict(sorted(making.redirects.items())))
    _json(folder / "withdrawn.json", sorted(map(fingerprint, making.withdrawn)))
    for report, data in making.reports.items():
        (folder / report).write_bytes(data)
    manifest: dict[str, Any] = {
        "layout": LAYOUT,
        "id": name,
        "date": making.date,
        "base": making.base,
        "license": making.license,
        "conforms": making.violations == 0,
        "violations": making.violations,
        "versions": dict(making.versions),
        "settings": dict(making.settings),
        "corpus": dict(making.corpus),
        "counts": counts(quads, triples),
        "graphs": dict(sorted(Counter(q.graph_name.value for q in quads).items())),  # type: ignore[union-attr]
    }
    manifest["files"] = _files(folder)
    (folder / "void.ttl").write_bytes(void(stats, manifest, license=making.license))
    (folder / "dcat.ttl").write_bytes(dcat(manifest, license=making.license))
    manifest["files"] = _files(folder)
    _json(folder / "manifest.json", manifest)
    return manifest


def _write_store(path: Path, quads: Sequence[ox.Quad], triples: Sequence[ox.Triple]) -> None:
    """The named graphs, and their merge in the default graph, where a triple of two graphs counts once."""
    store = ox.Store(str(path))
    store.bulk_extend(quads)
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    store.optimize()
    store.flush()


def _files(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.name: {
            "sha256": sha256(path),
            "bytes": path.stat().st_size,
            "mediaType": MEDIA_TYPES.get(path.name) or _TYPES[path.suffix],
        }
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False) + "\n", "utf-8")


def _settle(folder: Path) -> None:
    """Make the files durable before the folder gets its name: a rename must not outlive its content."""
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _switch(out: Path, name: str) -> None:
    """Point `current` at the release: a new link beside it, then one rename over it (POSIX rename is atomic)."""
    link = out / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(out / "current")
