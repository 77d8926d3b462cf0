"""Headers of every answer: security, reading from other sites, and which release it came from."""

from __future__ import annotations

from flask import Flask, Response, g, request

from kg.errors import KgError
from kg.web.site import site

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere, in no one's frame."""
EXPOSED = "ETag, Link, Location, Content-Location, Retry-After, X-Release, Repr-Digest, Accept-Ranges, Content-Range"
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
        if "X-Release" not in headers and (release := _release()):
            headers["X-Release"] = release
        return reply


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
