"""`/search?q=`: entities by name, as a page or as JSON."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from kg.errors import BadInput
from kg.sparql import Hit, negotiate
from kg.web.answers import answer, page, unchanged
from kg.web.graph import LG
from kg.web.links import things
from kg.web.model import Thing
from kg.web.negotiation import HTML, JSON
from kg.web.site import integer, site, view

bp = Blueprint("search", __name__)
LONGEST = 200  # code points of a search text; no name is longer
MOST = 100  # hits in one answer
DEEPEST = 10_000


def find(text: str, *, limit: int, offset: int = 0, kind: str = "") -> list[tuple[Hit, Thing]]:
    """Entities whose names fit, best first, each with its link. `kind` is the local name of a class or empty.

    Raises `BadInput` for a text that is too long or a class that the ontology does not have.
    """
    if len(text) > LONGEST:
        raise BadInput(f"a search has at most {LONGEST} characters")
    if not text.strip():
        return []
    here = view()
    wanted = class_iri(kind) if kind else None
    engine = site().engine_for(here.release if here.older else None)
    hits = engine.search(text, limit=limit, offset=offset, type=wanted)
    names = things(here.graph, (hit.iri for hit in hits), here.links, here.terms)
    # The index holds no protected person; should one ever be in it, it still is not shown.
    return [(hit, names[hit.iri]) for hit in hits if not names[hit.iri].protected]


def class_iri(kind: str) -> str:
    """The IRI of a class of the ontology from its local name or IRI. Raises `BadInput`."""
    wanted = kind if kind.startswith(LG) else LG + kind.removeprefix("lg:")
    if not any(item.iri == wanted and item.kind == "class" for item in view().terms.listing()):
        raise BadInput("the ontology has no such class", hint="See /ontology.")
    return wanted


def as_json(hit: Hit, thing: Thing) -> dict[str, Any]:
    """A hit for programs. `score` is the index's rank, higher is better; it compares only within one answer."""
    return {
        "iri": thing.iri,
        "label": thing.label,
        "matched": hit.label,
        "type": thing.type,
        "score": round(hit.score, 6),
        "page": request.host_url.rstrip("/") + thing.href,
    }


@bp.get("/search")
def search() -> Response:
    """Entities by name: `q`, and as wanted `type`, `limit`, `offset`, `format=json`."""
    text, kind = request.args.get("q", ""), request.args.get("type", "")
    limit = integer("limit", 20, most=MOST)
    offset = integer("offset", 0, most=DEEPEST) if request.args.get("offset") not in (None, "", "0") else 0
    chosen = negotiate(request.headers.get("Accept"), [HTML, JSON])
    if request.args.get("format") == "json":
        chosen = JSON
    headers = {"Vary": "Accept"}
    if same := unchanged(chosen, headers=headers):
        return same
    found = find(text, limit=limit, offset=offset, kind=kind)
    if chosen == JSON:
        body = {"query": text, "offset": offset, "hits": [as_json(hit, thing) for hit, thing in found]}
        return answer(json.dumps(body, ensure_ascii=False), JSON, headers=headers)
    classes = [item for item in view().terms.listing() if item.kind == "class"]
    return page("search.html", headers=headers, searched=text, found=found, kind=kind, classes=classes,
                limit=limit, offset=offset)  # fmt: skip
