"""Dumps and releases: every file that a manifest lists, with ranges and digests; and what changed between two."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from kg.diff import changes
from kg.errors import NotFound
from kg.sparql import negotiate
from kg.store import Release
from kg.web.answers import depends_on, page, unchanged
from kg.web.negotiation import HTML, JSON
from kg.web.site import site, view

bp = Blueprint("dumps", __name__)
_YEAR = 365 * 24 * 3600
_NAMES = {
    "graph.nq.gz": "every named graph, N-Quads",
    "graph.trig.gz": "every named graph, TriG",
    "graph.ttl.gz": "the merge, Turtle",
    "graph.nt.gz": "the merge, N-Triples",
    "graph.jsonld.gz": "the merge, JSON-LD",
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
    media_type: str


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
def dump(name: str) -> AnyResponse:
    """One file of the current release."""
    return _send(_current(), name, fixed=False)


@bp.get("/releases/")
def releases() -> Response:
    """Every release that is kept."""
    kept = site().kept()
    depends_on(*(r.id for r in kept))
    if negotiate(request.headers.get("Accept"), [HTML, JSON]) == JSON:
        rows = [{"id": r.id, "date": r.date, "conforms": r.manifest.get("conforms"), "counts": r.manifest["counts"]}
                for r in kept]  # fmt: skip
        current = site().release
        reply = Response(json.dumps({"current": current.id if current else None, "releases": rows}), mimetype=JSON)
    else:
        reply = page("releases.html", releases=kept, current=site().release)
    reply.vary.add("Accept")
    return reply


@bp.get("/releases/<name>/")
def release(name: str) -> AnyResponse:
    """One release with its files, or, for `A..B`, what changed from A to B."""
    if ".." in name:
        return difference(*name.split("..", 1))
    found = site().named(name)
    if negotiate(request.headers.get("Accept"), [HTML, JSON]) == JSON:
        return _send(found, "manifest.json", fixed=True)
    reply = page("release.html", shown=found, files=files(found), manifest=found.manifest, current=site().release)
    reply.vary.add("Accept")
    return reply


@bp.get("/releases/<name>/<file>")
def release_file(name: str, file: str) -> AnyResponse:
    """One file of a release; it never changes, so it may be kept for ever."""
    return _send(site().named(name), file, fixed=True)


def difference(old: str, new: str) -> Response:
    """The triples that `new` has and `old` has not, and the other way round: as an N-Quads patch, JSON or a page."""
    kind = negotiate(request.headers.get("Accept"), [HTML, "text/plain", JSON])
    before, after = site().named(old), site().named(new)
    found = changes(before.path / "graph.nq.gz", after.path / "graph.nq.gz")
    if kind == "text/plain":
        reply = Response(found.patch(), mimetype="text/plain")
    elif kind == JSON:
        body = {"from": before.id, "to": after.id, "added": found.added, "removed": found.removed}
        reply = Response(json.dumps(body, ensure_ascii=False), mimetype=JSON)
    else:
        reply = page("diff.html", before=before, after=after, changes=found, limit=500)
    reply.vary.add("Accept")
    reply.headers["Cache-Control"] = "public, max-age=3600"
    return reply


def _send(release: Release, name: str, *, fixed: bool) -> AnyResponse:
    """A listed file, whole or the range asked for. The ETag is its SHA-256, also given as `Repr-Digest` (RFC 9530)."""
    if name == "manifest.json":
        return send_file(release.path / name, mimetype=JSON, conditional=True, max_age=_YEAR if fixed else 60)
    found = next((item for item in files(release) if item.name == name), None)
    if found is None or not (path := release.path / found.name).is_file():
        raise NotFound("there is no such file in the release", hint="See /dumps/ for those that are.")
    reply = send_file(path, mimetype=found.media_type, conditional=True, etag=found.sha256, max_age=60)
    digest = base64.b64encode(bytes.fromhex(found.sha256)).decode("ascii")
    del reply.headers["Date"], reply.headers["Expires"]  # the server dates answers; Cache-Control says how long
    reply.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    if fixed:
        reply.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        reply.headers["X-Release"] = f"{release.id}; date={release.date}"
    else:
        reply.headers["Cache-Control"] = "public, max-age=60, must-revalidate"
    return reply
