"""Answers with their validators: ETags made before the work is done, so that an unchanged document costs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Response, g, render_template, request

from kg import __version__
from kg.web.conditions import outcome, tags
from kg.web.negotiation import HTML
from kg.web.site import site, view

TEXTUAL = {
    "text/html", "text/turtle", "text/plain", "application/json", "application/ld+json", "application/n-triples",
    "application/rdf+xml", "application/xml", "application/sparql-query",
}  # fmt: skip
"""What is sent encoded to who can take it (`kg.web.headers`); each coding gives it an ETag of its own."""
FRESH = "public, max-age=60, must-revalidate"  # a new release may come at any time; a minute old is young enough


@cache
def asset_version() -> str:
    """A short hash of the templates, static files and code that make the pages."""
    digest = hashlib.sha256(__version__.encode())
    here = Path(__file__).parent
    code = (*here.glob("*.py"), *here.glob("*.yaml"))
    for file in sorted((*code, *(here / "templates").iterdir(), *(here / "static").rglob("*"))):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def validator(media_type: str) -> str:
    """The strong ETag of what this request's address answers with, from release, software, address and format.

    What else the answer depends on, `depends_on` has been told before.
    """
    here = view()
    served = here.release.id if here.release else site().engine.info().id
    parts = (
        served,
        asset_version(),
        request.host,
        request.script_root,
        request.full_path,
        media_type,
        *g.get("depends", ()),
    )
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


def depends_on(*values: str) -> None:
    """Make the validator of this request's answer depend on more than the release: on which others are kept, say."""
    g.depends = (*g.get("depends", ()), *values)


def unchanged(media_type: str = HTML, *, headers: Mapping[str, str] | None = None) -> Response | None:
    """The 304 for a client that holds the current version already, with the headers that the 200 would have; else None.

    What this does not see, `If-None-Match: *` for one, `kg.web.headers` does once the answer is made.
    """
    if not _fixed() or "*" in request.headers.get("If-None-Match", ""):
        return None
    tag = validator(media_type)
    status, held = outcome(tags(tag) if media_type in TEXTUAL else [tag])
    if status != 304:
        return None
    reply = Response(status=304)
    _stamp(reply, held, headers)
    del reply.headers["Content-Type"]
    if media_type in TEXTUAL:
        reply.vary.add("Accept-Encoding")
    return reply


def _fixed() -> bool:
    """Whether what is served has an id that changes with it; another store, asked over HTTP, may change unseen."""
    from kg.sparql.remote import RemoteEngine  # noqa: PLC0415 - with its HTTP client, which query workers do without

    return not isinstance(site().engine, RemoteEngine)


def answer(body: bytes | str, media_type: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """200 with a whole body, its ETag and cache rules. Textual types are sent as UTF-8."""
    reply = Response(body, mimetype=media_type)
    if media_type == "text/turtle":
        reply.headers["Content-Type"] = "text/turtle; charset=utf-8"
    _stamp(reply, validator(media_type) if _fixed() else hashlib.sha256(reply.get_data()).hexdigest(), headers)
    return reply


def page(template: str, *, headers: Mapping[str, str] | None = None, **values: object) -> Response:
    """200 with an HTML page."""
    return answer(render_template(template, **values), HTML, headers=headers)


def _stamp(reply: Response, tag: str, headers: Mapping[str, str] | None) -> None:
    if request.method in ("GET", "HEAD"):
        reply.set_etag(tag)
        reply.headers["Cache-Control"] = FRESH
    else:
        reply.headers["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        if name == "Vary":
            reply.vary.update(part.strip() for part in value.split(","))
        else:
            reply.headers[name] = value
