"""Answers with their validators: ETags made before the work is done, so that an unchanged document costs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Response, g, render_template, request

from kg import __version__
from kg.web.negotiation import HTML
from kg.web.site import site, view

CODINGS = ("zstd", "br", "gzip")  # each gives a document an ETag of its own (`kg.web.headers`)
FRESH = "public, max-age=60, must-revalidate"  # a new release may come at any time; a minute old is young enough


@cache
def asset_version() -> str:
    """A short hash of the templates, static files and code that make the pages."""
    digest = hashlib.sha256(__version__.encode())
    here = Path(__file__).parent
    for file in sorted((*here.glob("*.py"), *(here / "templates").iterdir(), *(here / "static").rglob("*"))):
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
    """The 304 for a client that holds the current version already, else None."""
    tag = validator(media_type)
    known = (tag, *(f"{tag}-{coding}" for coding in CODINGS))
    asked = request.if_none_match if request.method in ("GET", "HEAD") else None
    if asked and any(asked.contains(item) for item in known):
        reply = Response(status=304)
        _stamp(reply, tag, headers)
        del reply.headers["Content-Type"]
        return reply
    return None


def answer(body: bytes | str, media_type: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """200 with a whole body, its ETag and cache rules. Textual types are sent as UTF-8."""
    reply = Response(body, mimetype=media_type)
    if media_type == "text/turtle":
        reply.headers["Content-Type"] = "text/turtle; charset=utf-8"
    _stamp(reply, validator(media_type), headers)
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
