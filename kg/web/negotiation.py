"""What the pages and documents are offered as, and which of it a request wants."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox
from flask import request

from kg.errors import NotFound
from kg.sparql import negotiate

HTML = "text/html"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Format:
    """An RDF syntax on offer: the ending of its document's address, its media type and its name for people."""

    ending: str
    media_type: str
    name: str
    rdf: ox.RdfFormat


FORMATS = (
    Format("ttl", "text/turtle", "Turtle", ox.RdfFormat.TURTLE),
    Format("jsonld", "application/ld+json", "JSON-LD", ox.RdfFormat.JSON_LD),
    Format("nt", "application/n-triples", "N-Triples", ox.RdfFormat.N_TRIPLES),
    Format("rdf", "application/rdf+xml", "RDF/XML", ox.RdfFormat.RDF_XML),
)
"""Every RDF syntax of the documents, the preferred one first."""

BY_TYPE = {item.media_type: item for item in FORMATS}
BY_ENDING = {item.ending: item for item in FORMATS}
_SYNONYMS = {
    "application/x-turtle": "text/turtle",
    "text/n3": "text/turtle",
    "text/rdf+n3": "text/turtle",
    "application/json": "application/ld+json",
    "text/plain": "application/n-triples",
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
}
"""Older or broader names that RDF clients send; each is taken for the format it means."""


def wanted(*, html: bool, unnamed: bool = True) -> str:
    """The media type to answer with: `text/html` where offered, or that of one of `FORMATS`.

    `*/*` and no header mean HTML where it is offered, else Turtle; with `unnamed` false, HTML is only for who names it.
    Raises `NotAcceptable`.
    """
    html = html and (unnamed or _names(HTML))
    offered = ([HTML] if html else []) + [item.media_type for item in FORMATS]
    synonyms = [name for name in _SYNONYMS if _names(name)]
    chosen = negotiate(request.headers.get("Accept"), [*offered, *synonyms])
    return _SYNONYMS.get(chosen, chosen)


def _names(media_type: str) -> bool:
    """Whether the client's Accept names this type itself; a wildcard must not pick a synonym."""
    accept = request.headers.get("Accept", "").lower()
    return media_type in {part.partition(";")[0].strip() for part in accept.split(",")}


def by_ending(ending: str) -> Format:
    """The format whose documents end so. Raises `NotFound`."""
    found = BY_ENDING.get(ending)
    if found is None:
        raise NotFound("no document in that format", hint=f"Formats are {', '.join(BY_ENDING)}.")
    return found


def prefers_html() -> bool:
    """Whether the client names HTML and likes it at least as well as JSON: a browser, not a program."""
    accepts = request.accept_mimetypes
    html = max((q for kind, q in accepts if kind.lower() in (HTML, "application/xhtml+xml")), default=0.0)
    other = max((q for kind, q in accepts if "json" in kind.lower()), default=0.0)
    return html > 0 and html >= other
