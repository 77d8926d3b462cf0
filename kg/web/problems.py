"""Errors as RFC 9457 problem details, or as a page for who asked for HTML: one handler for all routes.

The body has `type` (an IRI under `/about/errors`), `title`, `status`, `detail`, and where they apply `error` (the
class of `kg.errors`), `line`, `column` (counted from 1), `hint`, and `allow`. What a client sent is never
echoed in an error of ours: a detail is written by leakgraph's own code, and server-side places (paths) stay in the log.
"""

from __future__ import annotations

import json
import logging
import traceback
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestedRangeNotSatisfiable

from kg.errors import KgError, TooBusy, Unavailable
from kg.web.negotiation import prefers_html

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5  # a worker is forked again in well under a second; the queue drains within a default timeout
TITLES = {
    "BadInput": "The request is malformed",
    "BadQuery": "The query does not parse",
    "BadRdf": "The RDF does not parse",
    "BadShapes": "The shapes cannot be used",
    "Forbidden": "Refused on purpose",
    "NotFound": "Not found",
    "Gone": "Withdrawn",
    "NotAcceptable": "No acceptable format",
    "TooLarge": "Too large",
    "Unsupported": "Not supported",
    "TooBusy": "Too busy",
    "Unavailable": "Not available now",
    "Timeout": "Stopped at its time limit",
    "OutOfMemory": "Stopped at its memory limit",
    "BadRelease": "The release cannot be served",
}
"""Titles by the name of the error class; every other error takes its status's own phrase."""
OWN_DETAILS = {
    400: "The request could not be understood.",
    404: "There is nothing at this address.",
    405: "This address does not answer that method.",
    413: "The request body is over the limit.",
    415: "The media type of the request body is not known here.",
    500: "Something went wrong on the server. Nothing that was sent is kept in the answer.",
}
"""Details for errors that Flask or Werkzeug raises, whose own texts may quote the request."""

_log = logging.getLogger(__name__)


def problem(error: Exception) -> dict[str, Any]:
    """The problem details of any error, as a JSON-ready mapping without the `type` IRI's host."""
    if isinstance(error, KgError):
        name, status = type(error).__name__, error.status
        body: dict[str, Any] = {
            "title": TITLES.get(name, HTTPStatus(status).phrase),
            "status": status,
            "detail": OWN_DETAILS[500] if status == 500 else error.detail,
            "error": name,
        }
        extra = {"line": error.line, "column": error.column, "hint": error.hint}
        if status < 500 or isinstance(error, Unavailable):
            body |= {key: value for key, value in extra.items() if value is not None}
        return body
    status = (error.code or 500) if isinstance(error, HTTPException) else 500
    phrase = HTTPStatus(status).phrase
    return {"title": phrase, "status": status, "detail": OWN_DETAILS.get(status, f"{phrase}."), "error": _camel(phrase)}


def _camel(phrase: str) -> str:
    return "".join(word.capitalize() for word in phrase.replace("-", " ").split())


def respond(error: Exception) -> Response:
    """The whole answer to an error: status, body in JSON or HTML by `Accept`, `Allow` and `Retry-After`."""
    body = problem(error)
    headers = {"Vary": "Accept", "Cache-Control": "no-store"}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
        body["allow"] = sorted(error.valid_methods)
    if isinstance(error, RequestedRangeNotSatisfiable) and error.length is not None:
        headers["Content-Range"] = f"bytes */{error.length}"
    if isinstance(error, (TooBusy, Unavailable)):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if prefers_html():
        page = render_template("error.html", problem=body, home=url_for("pages.home"))
        answer = Response(page, status=body["status"], mimetype="text/html")
    else:
        kind = url_for("pages.errors", _anchor=body["error"], _external=True)
        answer = Response(json.dumps({"type": kind, **body}), status=body["status"], mimetype=MEDIA_TYPE)
    answer.headers.extend(headers)
    return answer


def register(app: Flask) -> None:
    """Make every error of `app`, ours, Werkzeug's or unforeseen, answer as a problem."""

    @app.errorhandler(KgError)
    def on_known(error: KgError) -> Response:
        if error.status >= 500:
            _log.warning("%s %s: %s", request.method, request.endpoint, error)
        return respond(error)

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        if error.code is not None and 300 <= error.code < 400:
            return Response(error.get_response().get_data(), error.code, dict(error.get_response().headers))
        return respond(error)

    @app.errorhandler(Exception)
    def on_unforeseen(error: Exception) -> Response:
        # The message of an unforeseen error may quote what a client sent, so only its kind and frames are logged.
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("unforeseen %s at %s %s\n%s", type(error).__name__, request.method, request.endpoint, frames)
        return respond(error)
