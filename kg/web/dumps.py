"""Dumps and releases: every file that a manifest lists, with ranges and digests; and what changed between two."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, request

from kg.errors import NotFound
from kg.sparql import negotiate
from kg.store import Release
from kg.web.answers import answer, depends_on, page, unchanged
from kg.web.negotiation import HTML, JSON
from kg.web.send import as_it_is, unpacked
from kg.web.site import site, view
from kg.web.verify import reading

bp = Blueprint("dumps", __name__)
GZIP = "application/gzip"
_FRESH = "public, max-age=60, must-revalidate"
_FOR_EVER = f"public, max-age={365 * 24 * 3600}, immutable"
_NAMES = {
    "graph.nq.gz": "every named graph, N-Quads",
    "graph.trig.gz": "every named graph, TriG",
    "graph.ttl.gz": "the merge, Turtle",
    "graph.nt.gz": "the merge, N-Triples",
    "graph.jsonld.gz": "the merge, JSON-LD",
    "graph.rdf.gz": "the merge, RDF/XML",
    "void.ttl": "VoID description",
    "dcat.ttl": "DCAT catalogue",
    "report.ttl": "SHACL report, Turtle",
    "report.json": "SHACL report, JSON",
    "report.txt": "SHACL report, text",
    "stats.json": "counts by class and property",
    "redirects.json": "merged addresses",
    "withdrawn.json": "withdrawn addresses",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of a release as the manifest lists it."""

    name: str
    what: str
    sha256: str
    bytes: int
    holds: str  # media type, of a dump that of its content

    @property
    def media_type(self) -> str:
        """What it is sent as. A `.gz` file is that; the name without the ending is the RDF in it."""
        return GZIP if self.name.endswith(".gz") else self.holds


def files(release: Release) -> list[File]:
    """The files of a release that may be fetched: those that its manifest lists, and no other."""
    listed: dict[str, dict[str, Any]] = release.manifest["files"]
    order = list(_NAMES)
    found = [
        File(name, _NAMES.get(name, name), str(item["sha256"]), int(item["bytes"]), str(item["mediaType"]))
        for name, item in listed.items()
        if "/" not in name
    ]
    return sorted(found, key=lambda f: (order.index(f.name) if f.name in order else len(order), f.name))


def _current() -> Release:
    release = view().release
    if release is None:
        raise NotFound("plain RDF files are served here, which have no dumps", hint="Ask /sparql for a CONSTRUCT.")
    return release


@bp.get("/dumps/")
def index() -> Response:
    """The dumps of the current release."""
    if (release := view().release) is None:
        return page("dumps.html", files=[], release_id="", manifest={})
    return unchanged() or page("dumps.html", files=files(release), release_id=release.id, manifest=release.manifest)


@bp.get("/dumps/<name>")
def dump(name: str) -> Response:
    """One file of the current release."""
    return _send(_current(), name, caching=_FRESH)


@bp.get("/releases/")
def releases() -> Response:
    """Every release that is kept."""
    chosen = negotiate(request.headers.get("Accept"), [HTML, JSON])
    kept = site().kept()
    depends_on(*(r.id for r in kept))
    headers = {"Vary": "Accept"}
    if same := unchanged(chosen, headers=headers):
        return same
    if chosen == HTML:
        return page("releases.html", headers=headers, releases=kept, current=site().release)
    rows = [{"id": r.id, "date": r.date, "conforms": r.manifest.get("conforms"), "counts": r.manifest["counts"]}
            for r in kept]  # fmt: skip
    current = site().release
    body = {"current": current.id if current else None, "releases": rows}
    return answer(json.dumps(body), JSON, headers=headers)


@bp.get("/releases/<name>/")
def release(name: str) -> Response:
    """One release with its files, or, for `A..B`, what changed from A to B."""
    if ".." in name:
        return difference(*name.split("..", 1))
    g.about = found = site().named(name)
    headers = {"Vary": "Accept"}
    if negotiate(request.headers.get("Accept"), [HTML, JSON]) == JSON:
        reply = _send(found, "manifest.json", caching=_FRESH)
        reply.vary.add("Accept")
        reply.headers["Content-Location"] = f"{request.script_root}/releases/{found.id}/manifest.json"
        return reply
    return unchanged(headers=headers) or page(
        "release.html", headers=headers, shown=found, files=files(found), manifest=found.manifest,
        current=site().release,
    )  # fmt: skip


@bp.get("/releases/<name>/<file>")
def release_file(name: str, file: str) -> Response:
    """One file of a release; it never changes, so it may be kept for ever."""
    g.about = found = site().named(name)
    return _send(found, file, caching=_FOR_EVER)


def difference(old: str, new: str) -> Response:
    """The triples that `new` has and `old` has not, and the other way round: as an N-Quads patch, JSON or a page."""
    kind = negotiate(request.headers.get("Accept"), [HTML, "text/plain", JSON])
    before, after = site().named(old), site().named(new)
    g.about = after
    headers = {"Vary": "Accept", "Cache-Control": "public, max-age=3600"}
    if same := unchanged(kind, headers=headers):
        return same
    found = site().differences.between(before, after)
    if kind == "text/plain":
        return answer(found.patch(), kind, headers=headers)
    if kind == JSON:
        body = {"from": before.id, "to": after.id, "added": found.added, "removed": found.removed}
        return answer(json.dumps(body, ensure_ascii=False), kind, headers=headers)
    return page("diff.html", headers=headers, before=before, after=after, changes=found, limit=500)


def _send(release: Release, name: str, *, caching: str) -> Response:
    """A listed file, or under the name of a dump without `.gz` what it holds. No file is sent that is not what the
    manifest says."""
    g.about = release
    verifier = site().verifier
    if name == "manifest.json":  # it lists the others, and nothing lists it
        reply = as_it_is(reading(release.path / name), JSON, verifier)
    else:
        listed = {item.name: item for item in files(release)}
        packed = listed.get(f"{name}.gz") if name not in listed else None
        if name not in listed and packed is None:
            raise NotFound("there is no such file in the release", hint="See /dumps/ for those that are.")
        found = packed or listed[name]
        file = verifier.opened(release, found.name)
        reply = unpacked(file, found.holds, verifier) if packed else as_it_is(file, found.media_type, verifier)
    reply.headers["Cache-Control"] = caching
    return reply
