"""The Reconciliation Service API, version 0.2 (W3C Entity Reconciliation community group), as OpenRefine speaks it.

Entity ids are the part of an IRI after `{base}id/` (`person/ada-quill`), type and property ids local names of the
ontology. Scoring is in `kg.web.candidates`, data extension in `kg.web.extend`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request

from kg import __version__
from kg.errors import BadInput, NotFound, TooLarge
from kg.web.answers import answer
from kg.web.candidates import MOST, candidates, plain, type_of
from kg.web.extend import extension
from kg.web.graph import SKOS, describe, every
from kg.web.identity import is_entity, known, short, whole
from kg.web.links import thing
from kg.web.model import Thing
from kg.web.negotiation import JSON
from kg.web.search import LONGEST, class_iri, find
from kg.web.site import View, integer, view
from kg.web.terms import ONTOLOGY, TermInfo

bp = Blueprint("reconcile", __name__, url_prefix="/reconcile")
QUERIES = 50  # in one batch; OpenRefine sends ten
DEEPEST = 1000  # suggestions; the index gives no more
TYPES = ("Person", "Organisation", "Place", "Leak", "LeakedDocument", "Article", "Event")
PREVIEW = (430, 300)  # pixels
_JSON_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}")


@bp.route("", methods=["GET", "POST"])
def service() -> Response:
    """The manifest; with `queries=` a batch of reconciliation queries, with `extend=` values of properties."""
    if "queries" in request.values:
        return _reply(_batch(_parsed("queries")))
    if "extend" in request.values:
        return _reply(extension(_parsed("extend")))
    return _reply(_manifest())


def _reply(value: object) -> Response:
    """JSON, or a call of the function that `callback=` names, for the clients of old that cannot do otherwise."""
    body = json.dumps(value, ensure_ascii=False)
    callback = request.args.get("callback", "")
    if callback:
        if not _JSON_NAME.fullmatch(callback):
            raise BadInput("callback must be a plain name")
        body = body.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        return answer(f"/**/{callback}({body});", "application/javascript")
    if request.method == "POST":
        return Response(body, mimetype=JSON)
    return answer(body, JSON)


def _parsed(name: str) -> Any:
    try:
        value = json.loads(request.values[name])
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        value = json.loads(_whole_characters(value))
    except (ValueError, RecursionError) as err:
        raise BadInput(f"{name} is not JSON") from err
    if not isinstance(value, dict):
        raise BadInput(f"{name} must be a JSON object")
    return value


def _whole_characters(value: Any) -> str:
    """JSON in which what JSON can escape and no text can hold, half a surrogate pair, is a replacement character."""
    return json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _manifest() -> dict[str, Any]:
    root = request.host_url.rstrip("/") + request.script_root
    here = f"{root}/reconcile"

    def service_at(path: str) -> dict[str, str]:
        return {"service_url": here, "service_path": path}

    return {
        "versions": ["0.2"],
        "name": "leakgraph",
        "identifierSpace": view().links.base + "id/",
        "schemaSpace": ONTOLOGY + "#",
        "documentation": f"{root}/api",
        "serviceVersion": __version__,
        "batchSize": QUERIES,
        "defaultTypes": [type_of(name) for name in TYPES],
        "view": {"url": f"{root}/id/{{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": PREVIEW[0], "height": PREVIEW[1]},
        "suggest": {
            "entity": service_at("/suggest/entity"),
            "type": service_at("/suggest/type"),
            "property": service_at("/suggest/property"),
        },
        "extend": {"propose_properties": service_at("/properties"), "property_settings": []},
    }


def _batch(queries: Mapping[str, Any]) -> dict[str, Any]:
    """A result for each query. One that is malformed has no candidates and says why; the others are answered."""
    if len(queries) > QUERIES:
        raise TooLarge(f"a batch has at most {QUERIES} queries")
    return {key: _result(query) for key, query in queries.items()}


def _result(query: Any) -> dict[str, Any]:
    try:
        return {"result": candidates(query)}
    except BadInput as err:
        return {"result": [], "error": err.detail}


@bp.get("/suggest/entity")
def suggest_entity() -> Response:
    """Entities whose names begin with `prefix`, first the one whose id it is; `cursor` leaves out so many."""
    here, prefix = view(), request.args.get("prefix", "").strip()
    limit, cursor = integer("limit", 10, most=MOST), _cursor()
    found = [item for _, item in find(prefix, limit=min(cursor + limit + 1, DEEPEST))]
    if itself := _by_id(here, prefix):
        found = [itself, *(item for item in found if item.iri != itself.iri)]
    rows = [
        {"id": short(here, item.iri), "name": item.label, "notable": [type_of(item.type)] if item.type else []}
        for item in found[cursor : cursor + limit]
    ]
    return _reply({"result": rows})


def _by_id(here: View, given: str) -> Thing | None:
    """The entity of an id; none for a protected person, who is never suggested."""
    target = known(here, given) if given else None
    said = describe(here.graph, [target]).get(target) if target else None
    if target is None or not said:
        return None
    card = thing(target, said, here.links, here.terms)
    return card if is_entity(here, target) and not card.protected else None


def _cursor() -> int:
    return integer("cursor", 0, most=DEEPEST) if request.args.get("cursor", "0").strip("0") else 0


@bp.get("/suggest/type")
def suggest_type() -> Response:
    return _reply({"result": _terms("class")})


@bp.get("/suggest/property")
def suggest_property() -> Response:
    return _reply({"result": _terms("property")})


def _terms(kind: str) -> list[dict[str, str]]:
    given, cursor = request.args.get("prefix", "").strip()[:LONGEST], _cursor()
    prefix = plain(given)

    def begins(item: TermInfo) -> bool:
        return plain(item.label).startswith(prefix) or item.name.lower().startswith(prefix) or item.iri == given

    rows = [item for item in view().terms.listing() if item.kind == kind and begins(item)]
    return [
        {"id": item.name, "name": item.label, "description": item.definition} for item in rows[cursor : cursor + MOST]
    ]


@bp.get("/properties")
def properties() -> Response:
    """Properties that entities of a `type` may have, for extending a table."""
    kind = request.args.get("type", "Person")
    wanted = class_iri(kind)
    terms = view().terms
    line = {wanted, *terms.ancestors.get(wanted, ())}
    rows = [{"id": item.name, "name": item.label} for item in terms.listing()
            if item.kind == "property" and (set(item.domain) & line or not item.domain)]  # fmt: skip
    return _reply({"type": kind, "properties": rows[: integer("limit", MOST, most=MOST)]})


@bp.get("/preview")
def preview() -> Response:
    """A small page about an entity, for the frame of a client: the one page that others may frame."""
    here = view()
    target = whole(here, request.args.get("id", ""))
    said = describe(here.graph, [target]).get(target)
    if not said:
        raise NotFound("there is no such entity")
    card = thing(target, said, here.links, here.terms)
    aliases = [] if card.protected else every(said, SKOS + "altLabel")
    reply = answer(
        render_template("preview.html", thing=card, aliases=aliases, host=request.host_url.rstrip("/")), "text/html"
    )
    reply.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
    )
    return reply
