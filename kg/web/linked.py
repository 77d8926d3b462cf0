"""Linked data: `/id/…`, `/article/…` and `/graph/…` answer 303 to a page or to RDF, by what the client accepts.

A merged resource answers 308 with the new address, a withdrawn one 410. `/page/…` are the HTML documents
(`kg.web.browse`), `/data/…` the RDF ones: with an ending (`.ttl`, `.jsonld`, `.nt`, `.rdf`) in that format,
without one by `Accept`.
"""

from __future__ import annotations

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from kg.errors import Gone, NotFound
from kg.store import fingerprint
from kg.web.answers import answer, unchanged
from kg.web.documents import about_article, about_entity, about_resource, parse, serialise
from kg.web.graph import iri
from kg.web.negotiation import BY_ENDING, BY_TYPE, FORMATS, HTML, Format, wanted
from kg.web.site import View, site, view

bp = Blueprint("linked", __name__)


@bp.get("/id/<path:rest>")
def entity(rest: str) -> Response:
    return see_other(f"id/{rest}")


@bp.get("/article/<path:rest>")
def article(rest: str) -> Response:
    return see_other(f"article/{rest}")


@bp.get("/graph/<path:rest>")
def graph(rest: str) -> Response:
    return see_other(f"graph/{rest}")


@bp.get("/file/<path:rest>")
def file(rest: str) -> Response:
    """A file that facts were taken from: described, never served."""
    return see_other(f"file/{rest}")


def see_other(path: str) -> Response:
    """303 to the document about the resource at `path` below the base that suits the client."""
    here = view()
    target = locate(here, path)
    if isinstance(target, Response):
        return target
    chosen = wanted(html=True)
    address = here.links.page(target) if chosen == HTML else here.links.data(target, BY_TYPE[chosen].ending)
    reply = _redirect(address, 303)
    reply.headers["Link"] = alternates(here, target)
    reply.vary.add("Accept")
    reply.headers["Cache-Control"] = "public, max-age=300"
    return reply


def locate(here: View, path: str, *, prefix: str = "") -> str | Response:
    """The IRI of the resource at `path` below the base, or the redirect of one that was merged into another.

    `prefix` (`page/`, `data/`) is kept in front of a redirect's address. Raises `Gone` and `NotFound`.
    """
    for end in range(len(parts := path.split("/")), 0, -1):  # what is below a withdrawn article went with it
        above = "/".join(parts[:end])
        if above in here.catalog.withdrawn or fingerprint(above) in here.catalog.withdrawn:
            raise Gone("this was withdrawn and is not served any more")
        if above in here.catalog.redirects:
            moved = here.catalog.redirects[above] + path[len(above) :]
            query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
            return _redirect(f"{request.script_root}/{prefix}{moved}{query}", 308)
    target = here.links.base + path
    wanted_iri = iri(target)
    if not here.graph.select(
        f"SELECT ?p WHERE {{ {{ {wanted_iri} ?p ?o }} UNION {{ GRAPH {wanted_iri} {{ ?s ?p ?o }} }} "
        f"UNION {{ ?s ?p {wanted_iri} }} }} LIMIT 1"
    ):
        raise NotFound("the graph says nothing of a resource at this address")
    return target


def _redirect(address: str, code: int) -> Response:
    reply = redirect(address, code)
    return Response(reply.get_data(), code, dict(reply.headers), mimetype="text/html")


def alternates(here: View, target: str) -> str:
    """The `Link` header: every document about a resource, and the resource that they describe."""
    found = [f'<{here.links.page(target)}>; rel="alternate"; type="{HTML}"']
    found += [f'<{here.links.data(target, f.ending)}>; rel="alternate"; type="{f.media_type}"' for f in FORMATS]
    return ", ".join([*found, f'<{target}>; rel="describes"'])


@bp.get("/data/<path:rest>")
def data(rest: str) -> Response:
    """The RDF document about a resource."""
    here = view()
    stem, dot, ending = rest.rpartition(".")
    fixed = BY_ENDING.get(ending) if dot else None
    path = stem if fixed else rest
    target = locate(here, path, prefix="data/")
    if isinstance(target, Response):
        if fixed:
            where, mark, query = target.headers["Location"].partition("?")
            target.headers["Location"] = f"{where}.{fixed.ending}{mark}{query}"
        return target
    form = fixed or BY_TYPE[wanted(html=False)]
    headers = {"Link": alternates(here, target)}
    if not fixed:
        headers |= {"Vary": "Accept", "Content-Location": here.links.data(target, form.ending)}
    if same := unchanged(form.media_type, headers=headers):
        return same
    return answer(_document(here, target, form), form.media_type, headers=headers)


def _document(here: View, target: str, form: Format) -> bytes:
    path = target[len(here.links.base) :]
    if path.startswith("graph/") and path.count("/") == 1:
        engine = site().engine_for(here.release if here.older else None)
        return serialise(parse(engine.graph(target, format="nt").body, ox.RdfFormat.N_TRIPLES), form)
    if path.startswith("id/"):
        return serialise(about_entity(here.graph, target), form)
    if path.startswith("article/") and path.count("/") == 1:
        return serialise(about_article(here.graph, target), form)
    return serialise(about_resource(here.graph, target), form)
