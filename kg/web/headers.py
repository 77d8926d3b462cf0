"""Headers of every answer: security, reading from other sites, and which release it came from."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, g, request

from kg.errors import KgError
from kg.web.compress import encode, encoding_for
from kg.web.site import site

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere, in no one's frame."""
EXPOSED = "ETag, Link, Location, Content-Location, Retry-After, X-Release, Repr-Digest, Accept-Ranges, Content-Range"
_TEXTUAL = {
    "text/html", "text/turtle", "text/plain", "application/json", "application/ld+json", "application/n-triples",
    "application/rdf+xml", "application/xml", "application/sparql-query",
}  # fmt: skip
_PREFLIGHT_SECONDS = "86400"


def register(app: Flask) -> None:
    """Add the headers to every answer of `app`, errors and static files included."""

    @app.after_request
    def add(reply: Response) -> Response:
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
        _compress(reply)
        if "X-Release" not in headers and (release := _release()):
            headers["X-Release"] = release
        return reply


def _compress(reply: Response) -> None:
    """Encode a page or document as the client can take it; every encoding has an ETag of its own."""
    tag, weak = reply.get_etag()
    whole = reply.status_code == 200 and not reply.direct_passthrough and "Content-Encoding" not in reply.headers
    if not whole or tag is None or weak or reply.mimetype not in _TEXTUAL:
        return
    reply.vary.add("Accept-Encoding")
    body = reply.get_data()
    coding = encoding_for(request.headers.get("Accept-Encoding"), len(body))
    if coding:
        # Encoded bodies are kept by what they encode, not by the tag: a tag made before the work is only a promise.
        reply.set_data(encode(body, coding, hashlib.sha256(body).hexdigest()))
        reply.headers["Content-Encoding"] = coding
        reply.set_etag(f"{tag}-{coding}")


def _release() -> str:
    """The id and source date of the release that this request looked at; empty where there is none."""
    seen = g.get("view")
    try:
        if seen is not None and seen.release is not None:
            return f"{seen.release.id}; date={seen.release.date}"
        info = site().engine.info()
    except KgError:
        return ""
    return f"{info.id}; date={info.date}" if info.date else info.id
