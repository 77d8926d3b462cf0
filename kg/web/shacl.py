"""`/shacl`: check RDF against shapes over HTTP."""

from __future__ import annotations

from flask import Blueprint, Response

from kg.web.answers import page

bp = Blueprint("shacl", __name__)


@bp.get("/shacl")
def form() -> Response:
    """The form."""
    return page("shacl.html")
