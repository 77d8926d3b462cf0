"""The result formats on offer: short names, media types, and how pyoxigraph calls them."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from kg.errors import NotAcceptable, Unsupported
from kg.sparql.negotiate import negotiate


@dataclass(frozen=True, slots=True)
class Format:
    """One syntax. `name` is what `format=` takes, `media_type` what is sent."""

    name: str
    media_type: str
    oxigraph: ox.QueryResultsFormat | ox.RdfFormat
    synonyms: tuple[str, ...] = ()  # media types that clients use for it
    binds: str = ""  # its IRI in the W3C's list of formats, for service descriptions


_W3C = "http://www.w3.org/ns/formats/"
_R, _G = ox.QueryResultsFormat, ox.RdfFormat

TABLES = (
    Format("json", "application/sparql-results+json", _R.JSON, ("application/json",), _W3C + "SPARQL_Results_JSON"),
    Format(
        "xml", "application/sparql-results+xml", _R.XML, ("application/xml", "text/xml"), _W3C + "SPARQL_Results_XML"
    ),
    Format("csv", "text/csv", _R.CSV, (), _W3C + "SPARQL_Results_CSV"),
    Format("tsv", "text/tab-separated-values", _R.TSV, (), _W3C + "SPARQL_Results_TSV"),
)
"""Formats of SELECT and ASK answers, the preferred one first."""

GRAPHS = (
    Format("turtle", "text/turtle", _G.TURTLE, ("application/x-turtle", "text/n3"), _W3C + "Turtle"),
    Format("nt", "application/n-triples", _G.N_TRIPLES, ("text/plain",), _W3C + "N-Triples"),
    Format("jsonld", "application/ld+json", _G.JSON_LD, ("application/json",), _W3C + "JSON-LD"),
    Format("rdfxml", "application/rdf+xml", _G.RDF_XML, ("application/xml", "text/xml"), _W3C + "RDF_XML"),
)
"""Formats of CONSTRUCT and DESCRIBE answers and of graphs, the preferred one first."""

_OTHER_NAMES = {
    "srj": "json", "sparql-json": "json", "srx": "xml", "ttl": "turtle", "ntriples": "nt", "n-triples": "nt",
    "json-ld": "jsonld", "rdf": "rdfxml", "rdf+xml": "rdfxml", "rdf/xml": "rdfxml",
}  # fmt: skip
_ACROSS = {"json": "jsonld", "xml": "rdfxml", "jsonld": "json", "rdfxml": "xml"}
"""`format=json` of a graph means JSON-LD, `format=xml` RDF/XML, and the other way round for tables."""


def choose(formats: tuple[Format, ...], *, accept: str | None, format: str | None) -> Format:
    """The format to answer in. Raises `Unsupported` for an unknown `format`, `NotAcceptable` for one that cannot
    carry this kind of answer or for an `Accept` header that names none of ours."""
    if format:
        return _named(formats, format)
    if not accept or accept.strip() == "*/*":
        return formats[0]
    offered = {item.media_type: item for item in formats}
    for item in formats:  # synonyms after all real names, so that */* never picks one
        for synonym in item.synonyms:
            offered.setdefault(synonym, item)
    try:
        return offered[negotiate(accept, list(offered))]
    except NotAcceptable as err:
        raise NotAcceptable(err.detail, hint="On offer: " + ", ".join(item.media_type for item in formats)) from err


def _named(formats: tuple[Format, ...], given: str) -> Format:
    name = given.strip().lower().replace(" ", "+")
    name = _OTHER_NAMES.get(name, name)
    for item in formats:
        if name in (item.name, _ACROSS.get(item.name), item.media_type, *item.synonyms):
            return item
    known = ", ".join(item.name for item in formats)
    if any(name in (item.name, item.media_type) for item in (*TABLES, *GRAPHS)):
        raise NotAcceptable("that format cannot carry the answer of this kind of query", hint=f"Use one of: {known}")
    raise Unsupported("unknown result format", hint=f"Use one of: {known}")
