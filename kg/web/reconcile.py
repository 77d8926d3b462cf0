"""The Reconciliation Service API, version 0.2 (W3C Entity Reconciliation community group), as OpenRefine speaks it.

Entity ids are the part of an IRI after `{base}id/` (`person/ada-quill`), type and property ids local names of the
ontology.
Scores run from 0 to 100; a candidate is a `match` when its name is the same but for case, accents and
punctuation, its type fits, and no other candidate comes as near.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request
from rapidfuzz import fuzz

from kg import __version__
from kg.errors import BadInput, NotFound
from kg.web.answers import answer
from kg.web.graph import LG, RDF_TYPE, SKOS, Term, describe, every, iri, text, values_of
from kg.web.links import thing, things
from kg.web.model import Thing
from kg.web.negotiation import JSON
from kg.web.search import LONGEST, class_iri, find
from kg.web.site import View, integer, view
from kg.web.terms import ONTOLOGY, TermInfo

bp = Blueprint("reconcile", __name__, url_prefix="/reconcile")
QUERIES = 50  # in one batch; OpenRefine sends ten
MOST = 50
COLUMNS = 20  # properties that one request may ask for
CANDIDATES = 25  # names from the index that are scored for a query
NEAR = 90.0  # a second candidate this good makes the best one no sure match
TYPES = ("Person", "Organisation", "Place", "Leak", "LeakedDocument", "Article", "Event")
PREVIEW = (430, 300)  # pixels
_JSON_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}")


@bp.route("", methods=["GET", "POST"])
def service() -> Response:
    """The manifest; with `queries=` a batch of reconciliation queries, with `extend=` values of properties."""
    if "queries" in request.values:
        return _reply(_batch(_parsed("queries")))
    if "extend" in request.values:
        return _reply(_extension(_parsed("extend")))
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
    except (ValueError, RecursionError) as err:
        raise BadInput(f"{name} is not JSON") from err
    if not isinstance(value, dict):
        raise BadInput(f"{name} must be a JSON object")
    return value


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
        "defaultTypes": [_type(name) for name in TYPES],
        "view": {"url": f"{root}/id/{{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": PREVIEW[0], "height": PREVIEW[1]},
        "suggest": {
            "entity": service_at("/suggest/entity"),
            "type": service_at("/suggest/type"),
            "property": service_at("/suggest/property"),
        },
        "extend": {"propose_properties": service_at("/properties"), "property_settings": []},
    }


def _type(name: str) -> dict[str, str]:
    return {"id": name, "name": view().terms.label(LG + name)}


def _batch(queries: Mapping[str, Any]) -> dict[str, Any]:
    if len(queries) > QUERIES:
        raise BadInput(f"a batch has at most {QUERIES} queries")
    return {key: {"result": _candidates(query)} for key, query in queries.items()}


def _candidates(query: Any) -> list[dict[str, Any]]:
    """Scored candidates for one query of a batch."""
    if not isinstance(query, dict):
        raise BadInput("each query must be a JSON object")
    words, limit = query.get("query") or "", query.get("limit", 10)
    if not isinstance(words, str) or len(words) > LONGEST:
        raise BadInput(f"query must be text of at most {LONGEST} characters")
    if not isinstance(limit, (int, float)) or isinstance(limit, bool):
        raise BadInput("limit must be a number")
    wanted = query.get("type") or []
    types = {class_iri(str(item)) for item in ([wanted] if isinstance(wanted, str) else wanted)}
    strict = query.get("type_strict", "any")
    here = view()
    said = describe(here.graph, (item.iri for item in _found(words)))
    conditions = _conditions(query.get("properties") or [])
    rows = []
    for target, about in said.items():
        kinds = set(every(about, RDF_TYPE))
        fits = types <= kinds if strict == "all" else bool(types & kinds) or not types
        card = thing(target, about, here.links, here.terms)
        if (fits or strict == "should") and not card.protected:
            rows.append(_scored(words, card, about, fits=fits, conditions=conditions))
    rows.sort(key=lambda row: (-row["score"], row["id"]))
    if rows and (len(rows) == 1 or rows[1]["score"] < NEAR):
        rows[0]["match"] = rows[0]["score"] >= 100.0
    return rows[: max(1, min(int(limit), MOST))]


def _found(words: str) -> list[Thing]:
    """What the index offers for a name: for the whole of it and, where that is little, for each of its words."""
    found = {item.iri: item for _, item in find(words, limit=CANDIDATES)}
    pieces = [piece for piece in plain(words).split() if len(piece) > 2]
    if len(found) < 3 and len(pieces) > 1:
        for piece in pieces[:6]:
            found |= {item.iri: item for _, item in find(piece, limit=CANDIDATES)}
    return [item for item in found.values() if view().links.is_ours(item.iri) and "/id/" in item.iri]


def _conditions(given: Any) -> list[tuple[str, list[str]]]:
    found = []
    for item in given if isinstance(given, list) else []:
        if not isinstance(item, dict) or not isinstance(item.get("pid"), str) or "v" not in item:
            raise BadInput("each property needs a pid and a v")
        values = item["v"] if isinstance(item["v"], list) else [item["v"]]
        found.append((item["pid"], [str(v.get("id", "")) if isinstance(v, dict) else str(v) for v in values]))
    return found


def _scored(
    words: str, card: Thing, said: Mapping[str, Any], *, fits: bool, conditions: list[tuple[str, list[str]]]
) -> dict[str, Any]:
    names = [*every(said, SKOS + "prefLabel"), *every(said, SKOS + "altLabel")]
    asked = plain(words)
    name_score = max((fuzz.WRatio(asked, plain(name)) for name in names), default=0.0) if asked else 100.0
    if asked and any(asked == plain(name) for name in names):
        name_score = 100.0
    elif asked:
        name_score = min(name_score, 99.0)  # only the same name is certain
    held = [_holds(card, said, pid, values) for pid, values in conditions]
    score = name_score if not held else 0.7 * name_score + 30.0 * sum(held) / len(held)
    score = score if fits else 0.8 * score
    return {
        "id": _id(card.iri),
        "name": card.label,
        "type": [_type(card.type)] if card.type else [],
        "score": round(score, 2),
        "match": False,
        "features": [{"id": "name", "value": round(name_score, 2)}, {"id": "type", "value": fits}],
    }


def _holds(card: Thing, said: Mapping[str, Any], pid: str, values: list[str]) -> bool:
    """Whether an entity has one of the values for a property: an id, a name of what it links, or a literal."""
    own = [text(item) for item in said.get(_property(pid), ())]
    linked = things(view().graph, (item for item in own if ":" in item), view().links, view().terms)
    known = {plain(item) for item in own} | {plain(item.label) for item in linked.values()}
    known |= {plain(_id(item)) for item in own}
    return any(plain(value) in known for value in values)


def plain(name: str) -> str:
    """A name for comparing: no case, accents or punctuation, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", bare.casefold()).split())


def _id(target: str) -> str:
    space = view().links.base + "id/"
    return target[len(space) :] if target.startswith(space) else target


def _iri(given: str) -> str:
    target = given if ":" in given else f"{view().links.base}id/{given}"
    iri(target)
    return target


def _property(pid: str) -> str:
    return pid if ":" in pid else LG + pid


@bp.get("/suggest/entity")
def suggest_entity() -> Response:
    """Entities whose names begin with `prefix`."""
    found = find(request.args.get("prefix", ""), limit=integer("limit", 10, most=MOST))
    rows = [{"id": _id(item.iri), "name": item.label, "notable": [_type(item.type)] if item.type else []}
            for _, item in found]  # fmt: skip
    return _reply({"result": rows})


@bp.get("/suggest/type")
def suggest_type() -> Response:
    return _reply({"result": _terms("class")})


@bp.get("/suggest/property")
def suggest_property() -> Response:
    return _reply({"result": _terms("property")})


def _terms(kind: str) -> list[dict[str, str]]:
    prefix = plain(request.args.get("prefix", ""))[:LONGEST]

    def begins(item: TermInfo) -> bool:
        return plain(item.label).startswith(prefix) or item.name.lower().startswith(prefix)

    rows = [item for item in view().terms.listing() if item.kind == kind and begins(item)]
    return [{"id": item.name, "name": item.label, "description": item.definition} for item in rows[:MOST]]


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
    target = _iri(request.args.get("id", ""))
    here = view()
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


def _extension(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Values of properties for many entities at once."""
    ids, asked = wanted.get("ids"), wanted.get("properties")
    if not isinstance(ids, list) or not isinstance(asked, list) or not all(isinstance(item, str) for item in ids):
        raise BadInput("extend needs ids, a list of text, and properties, a list of objects")
    if len(ids) > 10 * QUERIES:
        raise BadInput(f"extend takes at most {10 * QUERIES} ids")
    pids = [item["id"] for item in asked if isinstance(item, dict) and isinstance(item.get("id"), str)]
    if len(pids) > COLUMNS:
        raise BadInput(f"extend takes at most {COLUMNS} properties")
    here = view()
    values = _values(here, {item: _iri(item) for item in ids}, pids)
    terms = {item.name: item for item in here.terms.listing()}
    meta = []
    for pid in pids:
        entry: dict[str, Any] = {"id": pid, "name": here.terms.label(_property(pid))}
        ranges = [item for item in (terms[pid].range if pid in terms else ()) if item.startswith(LG)]
        if len(ranges) == 1:
            entry["type"] = _type(ranges[0][len(LG) :])
        meta.append(entry)
    return {"meta": meta, "rows": {item: {pid: values(item, pid) for pid in pids} for item in ids}}


def _values(here: View, targets: Mapping[str, str], pids: list[str]) -> Callable[[str, str], list[dict[str, Any]]]:
    said: dict[tuple[str, str], list[Term]] = {}
    predicates = list(dict.fromkeys(_property(pid) for pid in pids))
    for subject, predicate, value in values_of(here.graph, targets.values(), predicates) if predicates else ():
        said.setdefault((subject, predicate), []).append(value)
    linked = (text(o) for objects in said.values() for o in objects if type(o).__name__ == "NamedNode")
    names = things(here.graph, linked, here.links, here.terms)

    def shown(term: Term) -> dict[str, Any]:
        found = names.get(text(term)) if type(term).__name__ == "NamedNode" else None
        return {"id": _id(found.iri), "name": found.label} if found else {"str": text(term)}

    def of(item: str, pid: str) -> list[dict[str, Any]]:
        return [shown(term) for term in sorted(said.get((targets[item], _property(pid)), ()), key=str)]

    return of
