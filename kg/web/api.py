"""A small JSON API over entities and articles, for people who write no SPARQL, and the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from kg.errors import BadInput, NotFound
from kg.web.answers import answer, page, unchanged
from kg.web.browse import by_kind
from kg.web.facts import FactReader
from kg.web.graph import DCTERMS, LG, OWL, PREFIXES, RDF_TYPE, SCHEMA, SKOS, describe, every, first, iri, text
from kg.web.linked import locate
from kg.web.links import thing, things
from kg.web.listing import OF_ARTICLE, OF_ENTITY, count, stretch
from kg.web.model import Fact, Thing
from kg.web.negotiation import JSON
from kg.web.openapi import document, operations
from kg.web.search import as_json, class_iri, find
from kg.web.site import View, integer, site, view

bp = Blueprint("api", __name__)
MOST = 100
DEEPEST = 1_000_000


def _reply(value: object) -> Response:
    return answer(json.dumps(value, ensure_ascii=False), JSON)


def _offset() -> int:
    return 0 if request.args.get("offset", "0") in ("", "0") else integer("offset", 0, most=DEEPEST)


def _link(item: Thing) -> dict[str, Any]:
    found: dict[str, Any] = {"iri": item.iri, "label": item.label}
    if item.type:
        found["type"] = item.type
    if item.role:
        found["role"] = item.role
    return found


@bp.get("/api")
def docs() -> Response:
    """The API explained for people."""
    return unchanged() or page("api.html", document=document(_server()), operations=operations())


@bp.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document of everything that is served here."""
    return unchanged(JSON) or _reply(document(_server()))


def _server() -> str:
    return request.host_url.rstrip("/") + request.script_root


@bp.get("/api/stats")
def stats() -> Response:
    """Numbers of the release."""
    release = view().release
    if release is None:
        info = site().engine.info()
        return _reply({"id": info.id, "counts": {"quads": info.quads}})
    keys = ("id", "date", "base", "conforms", "violations", "versions", "counts")
    return _reply({key: release.manifest[key] for key in keys if key in release.manifest})


@bp.get("/api/entities")
def entities() -> Response:
    """Entities by name (`q`), or all of a class (`type`) in the order of their IRIs."""
    limit, offset, kind = integer("limit", 20, most=MOST), _offset(), request.args.get("type", "")
    if words := request.args.get("q", ""):
        found = [as_json(hit, item) for hit, item in find(words, limit=limit, offset=offset, kind=kind)]
        return _reply({"offset": offset, "entities": found})
    if not kind:
        raise BadInput("give q (words of a name) or type (a class), or both")
    here = view()
    rows = here.graph.select(
        f"SELECT DISTINCT ?s WHERE {{ ?s a {iri(class_iri(kind))} }} ORDER BY ?s LIMIT {limit} OFFSET {offset}"
    )
    names = things(here.graph, (text(row["s"]) for row in rows), here.links, here.terms)
    return _reply({"offset": offset, "entities": [_link(item) for item in names.values()]})


@bp.get("/api/entities/<kind>/<slug>")
def entity(kind: str, slug: str) -> Response:
    """One entity with its names, facts and the articles that mention it."""
    here = view()
    target = locate(here, f"id/{kind}/{slug}")
    if isinstance(target, Response):
        return redirect(f"{request.script_root}/api/entities/{_moved(target)}", 308)  # type: ignore[return-value]
    if same := unchanged(JSON):
        return same
    said = describe(here.graph, [target]).get(target, {})
    card = thing(target, said, here.links, here.terms)
    rows = here.graph.select(
        f"{PREFIXES}SELECT DISTINCT ?a WHERE {{ ?a lg:mentions {iri(target)} }} ORDER BY ?a LIMIT {MOST}"
    )
    articles = things(here.graph, (text(row["a"]) for row in rows), here.links, here.terms)
    names = {} if card.protected else {
        "aliases": every(said, SKOS + "altLabel"),
        "labels": {
            o.language: o.value for o in said.get(SKOS + "prefLabel", ()) if isinstance(o, ox.Literal) and o.language
        },
        "sameAs": every(said, OWL + "sameAs"),
    }  # fmt: skip
    body = _link(card) | names
    body["types"] = [kind for kind in every(said, RDF_TYPE) if kind.startswith(LG)]
    body["facts"] = _facts(here, OF_ENTITY, target)
    body["articles"] = [_link(item) for item in articles.values()]
    return _reply(body)


def _moved(reply: Response) -> str:
    return reply.headers["Location"].partition("/id/")[2]


def _facts(here: View, patterns: Mapping[str, str], target: str) -> dict[str, list[dict[str, Any]]]:
    """The first facts of each kind, at most `limit=` in all from `offset=`, with their evidence."""
    limit, offset = integer("limit", MOST, most=5 * MOST), _offset()
    counts = count(here.graph, patterns, target)
    found = stretch(here.graph, patterns, target, counts, offset=offset, limit=limit)
    facts = FactReader(here.graph, here.links, here.terms).read(found)
    return {kind: [fact_json(item) for item in group] for kind, group in by_kind(facts).items()}


def fact_json(fact: Fact) -> dict[str, Any]:
    """A fact for programs; `sentence` reads it out, `parts` holds the linked resources in order."""
    return {
        "iri": fact.iri,
        "kind": fact.kind,
        "sentence": " ".join(part if isinstance(part, str) else part.label for part in fact.parts),
        "parts": [part if isinstance(part, str) else _link(part) for part in fact.parts],
        "modality": fact.modality or None,
        "attributedTo": _link(fact.attributed_to) if fact.attributed_to else None,
        "confidence": fact.confidence or None,
        "article": _link(fact.article) if fact.article else None,
        "evidence": [
            {"iri": q.iri, "exact": q.exact, "prefix": q.prefix, "suffix": q.suffix, "start": q.start, "end": q.end}
            for q in fact.quotes
        ],
        "derivedFrom": [item.iri for item in fact.derived_from],
    }


@bp.get("/api/articles")
def articles() -> Response:
    """The articles that were read."""
    here, limit, offset = view(), integer("limit", 20, most=MOST), _offset()
    rows = here.graph.select(
        f"{PREFIXES}SELECT DISTINCT ?a WHERE {{ ?a a lg:SourceArticle }} ORDER BY ?a LIMIT {limit} OFFSET {offset}"
    )
    names = things(here.graph, (text(row["a"]) for row in rows), here.links, here.terms)
    return _reply({"offset": offset, "articles": [_link(item) for item in names.values()]})


@bp.get("/api/articles/<slug>")
def article(slug: str) -> Response:
    """One article with what is known of it and every fact read out of it."""
    here = view()
    target = locate(here, f"article/{slug}")
    if isinstance(target, Response):
        moved = target.headers["Location"].partition("/article/")[2]
        return redirect(f"{request.script_root}/api/articles/{moved}", 308)  # type: ignore[return-value]
    if same := unchanged(JSON):
        return same
    said = describe(here.graph, [target]).get(target, {})
    if not said:
        raise NotFound("there is no such article")
    refers = things(
        here.graph,
        (o for p in ("author", "publishedBy") for o in every(said, LG + p) if ":" in o),
        here.links,
        here.terms,
    )
    body = {
        "iri": target,
        "title": first(said, DCTERMS + "title") or None,
        "identifier": first(said, DCTERMS + "identifier") or None,
        "date": first(said, LG + "date") or None,
        "url": first(said, SCHEMA + "url") or None,
        "language": first(said, DCTERMS + "language") or None,
        "textSha256": first(said, LG + "textSha256") or None,
        "digestOf": first(said, LG + "digestOf") or None,
        "authors": [_link(refers[o]) for o in every(said, LG + "author") if o in refers],
        "publishers": [_link(refers[o]) for o in every(said, LG + "publishedBy") if o in refers],
        "facts": _facts(here, OF_ARTICLE, target),
    }
    return _reply(body)
