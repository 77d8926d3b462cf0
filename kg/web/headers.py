"""What every answer has: security headers, reading from other sites, the release it is about; and conditional requests
and content codings, which are settled here for all pages and documents."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, g, request
from werkzeug.exceptions import PreconditionFailed

from kg.errors import KgError
from kg.store import Release
from kg.web.answers import TEXTUAL
from kg.web.compress import encode
from kg.web.conditions import outcome, tags
from kg.web.problems import respond
from kg.web.site import chosen, site

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere, in no one's frame."""
EXPOSED = "ETag, Link, Location, Content-Location, Retry-After, X-Release, Repr-Digest, Accept-Ranges, Content-Range"
_OF_THE_BODY = ("Accept-Ranges", "Repr-Digest")  # Werkzeug takes the other ones off a 304
_PREFLIGHT_SECONDS = "86400"


def register(app: Flask) -> None:
    """Add the headers to every answer of `app`, errors and static files included."""

    @app.after_request
    def add(reply: Response) -> Response:
        reply = _settled(reply)
        headers = reply.headers
        headers.setdefault("Content-Security-Policy", CSP)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
        headers.setdefault("Access-Control-Allow-Origin", "*")
        headers.setdefault("Access-Control-Expose-Headers", EXPOSED)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            headers.setdefault("Access-Control-Allow-Methods", headers.get("Allow", "GET, HEAD, OPTIONS"))
            headers.setdefault("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match, Range")
            headers.setdefault("Access-Control-Max-Age", _PREFLIGHT_SECONDS)
        if "X-Release" not in headers and (release := _release()):
            headers["X-Release"] = release
        return reply


def _settled(reply: Response) -> Response:
    """The answer as this client is to get it: 304, 412, encoded, or as it is."""
    tag, weak = reply.get_etag()
    if reply.status_code != 200 or request.method not in ("GET", "HEAD") or tag is None or weak:
        return reply
    codable = not reply.direct_passthrough and "Content-Encoding" not in reply.headers and reply.mimetype in TEXTUAL
    body = reply.get_data() if codable else b""
    known = tags(tag, size=len(body)) if codable else {tag: ""}
    status, tag = outcome(known, reply.last_modified)
    if status == 412:
        reply.close()
        return respond(PreconditionFailed())
    if codable:
        reply.vary.add("Accept-Encoding")
        reply.set_etag(tag)
    if status == 304:
        reply.close()  # what would have been sent may be an open file
        reply.set_data(b"")
        reply.direct_passthrough = False
        for name in _OF_THE_BODY:
            del reply.headers[name]
        reply.status_code = 304
    elif coding := known[tag]:
        # Encoded bodies are kept by what they encode, not by the tag: a tag made before the work is only a promise.
        reply.set_data(encode(body, coding, hashlib.sha256(body).hexdigest()))
        reply.headers["Content-Encoding"] = coding
    return reply


def _release() -> str:
    """The id and source date of the release that this answer is about; empty where there is none."""
    try:
        about = g.get("about") or (g.view.release if "view" in g else _asked_for())
        if about is not None:
            return f"{about.id}; date={about.date}"
        info = site().engine.info()
    except KgError:
        return ""
    return f"{info.id}; date={info.date}" if info.date else info.id


def _asked_for() -> Release | None:
    try:
        return chosen()
    except KgError:  # it named one that is not here: then the answer, an error, is about the one in service
        return site().release
