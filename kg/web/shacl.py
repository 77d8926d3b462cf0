"""`/shacl`: check RDF, or one of our graphs, against shapes; each run in a process that is killed at its limits.

POST the data as the body in any RDF syntax, or a form with `data` and, if wanted, `shapes` as files or text; `graph=`
names a graph of the release instead, whose nodes are checked. Without shapes, the project's own are used.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from kg.errors import BadInput, BadRdf, NotFound, TooBusy, TooLarge, Unsupported
from kg.settings import resource
from kg.sparql import negotiate
from kg.validate import Source
from kg.validate.sandbox import Answer, Limits, StoreSource, validate_limited
from kg.web.answers import page, unchanged
from kg.web.facts import FactReader
from kg.web.graph import PREFIXES, iri, text
from kg.web.links import readable
from kg.web.model import Fact, Thing
from kg.web.negotiation import BY_TYPE, FORMATS, HTML, JSON
from kg.web.site import View, site, view

bp = Blueprint("shacl", __name__)
RESULTS = 1000  # results in one report; a graph with more needs the command line
PARTS = ("data", "shapes")  # of a form, and the names of what they hold
NODES = 20_000  # of one of our graphs; an article's has some hundred
TOGETHER = 2  # runs at a time; each may take a core and the memory of a query
_running = threading.BoundedSemaphore(TOGETHER)
_TYPES = {
    "application/n-quads": "nq",
    "application/trig": "trig",
    "text/n3": "n3",
    **{f.media_type: f.ending for f in FORMATS},
}


@bp.get("/shacl")
def form() -> Response:
    """The form."""
    return unchanged() or page("shacl.html", report=None, graphs=_graphs())


def _graphs() -> list[str]:
    release = view().release
    return sorted(release.manifest.get("graphs", {})) if release else []


@bp.post("/shacl")
def check() -> Response:
    """The report on what was sent, by `Accept`: HTML, Turtle and other RDF, JSON or text."""
    chosen = negotiate(request.headers.get("Accept"), [FORMATS[0].media_type, *BY_TYPE, JSON, "text/plain", HTML])
    graph = request.values.get("graph", "").strip()
    shapes: Sequence[Source | Path] = _part("shapes") or [
        resource("shapes") / file for file in sorted(resource("shapes").glob("*.ttl"))
    ]
    data, focus = _ours(graph) if graph else (_sent(), [])
    reply = _reply(_run(data, shapes, focus), chosen, graph)
    reply.vary.add("Accept")
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _sent() -> list[Source]:
    """The data of the request. Raises `BadInput` when there is none, `Unsupported` for what is no RDF."""
    data = _part("data")
    if not data and request.mimetype not in ("multipart/form-data", "application/x-www-form-urlencoded", ""):
        if request.mimetype not in _TYPES:
            raise Unsupported("that media type is no RDF syntax known here", hint=f"Known are {', '.join(_TYPES)}.")
        data = [Source(request.get_data(), request.mimetype, name="data")]
    if not data:
        raise BadInput("there is nothing to check", hint="Send RDF as the body or as data in a form, or name a graph.")
    return data


def _part(name: str) -> list[Source]:
    """The files and text that a form sent under `name`."""
    sent = [(upload.read(), _media_type(upload)) for upload in request.files.getlist(name)]
    sent.append((request.form.get(name, "").encode(), FORMATS[0].media_type))
    return [Source(content, kind, name=name) for content, kind in sent if content.strip()]


def _media_type(upload: FileStorage) -> str:
    """By the type that came with the file, else by its name's ending, else Turtle."""
    if upload.mimetype in _TYPES:
        return upload.mimetype
    ending = (upload.filename or "").rpartition(".")[2].lower()
    return next((kind for kind, known in _TYPES.items() if known == ending), "text/turtle")


def _ours(graph: str) -> tuple[StoreSource | list[Source], list[str]]:
    """One of our graphs as data, and the nodes in it to look at: values may lie in the release's other graphs."""
    here = view()
    if here.release is None:
        iri(graph)
        return [Source(site().engine.graph(graph, format="nt").body, "application/n-triples", name="data")], []
    if graph not in here.release.manifest.get("graphs", {}):
        raise NotFound("the release has no such graph", hint="Their names are in the manifest.")
    rows = here.graph.select(f"SELECT DISTINCT ?s WHERE {{ GRAPH {iri(graph)} {{ ?s ?p ?o }} }} LIMIT {NODES + 1}")
    if len(rows) > NODES:
        raise TooLarge(f"the graph has more than {NODES} nodes", hint="Check the release with kg validate.")
    return StoreSource(here.release.path / "store"), [text(row["s"]) for row in rows]


def _run(data: StoreSource | list[Source], shapes: Sequence[Source | Path], focus: list[str]) -> Answer:
    """The report, made in a process of its own. Raises what it raised, `Timeout`, `OutOfMemory`, `TooBusy`."""
    settings = site().settings
    limits = Limits(settings.timeout, settings.memory, RESULTS, 2 * settings.max_body)
    if not _running.acquire(blocking=False):
        raise TooBusy("other validations are running", hint="Try again in a moment.")
    try:
        return validate_limited(data, shapes, formats=("turtle", "text"), focus=focus, limits=limits)
    except BadRdf as err:
        # Pages tell no places, which may be paths; here the place is the part of the form that is at fault.
        part = f" (in the {err.where})" if err.where in PARTS else ""
        raise BadRdf(err.detail + part, line=err.line, column=err.column, hint=err.hint) from err
    finally:
        _running.release()


def _reply(answer: Answer, chosen: str, graph: str) -> Response:
    found, turtle = answer.report, answer.bodies["turtle"]
    if chosen == HTML:
        rows = result_rows(view(), found["results"], ours=bool(graph))
        return page("shacl.html", report=found, rows=rows, graphs=_graphs(), graph=graph)
    if chosen == "text/plain":
        return Response(answer.bodies["text"], mimetype=chosen)
    if chosen == JSON:
        return Response(json.dumps(found, ensure_ascii=False), mimetype=JSON)
    if chosen == FORMATS[0].media_type:
        return Response(turtle, content_type="text/turtle; charset=utf-8")
    triples = [quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]
    return Response(ox.serialize(triples, format=BY_TYPE[chosen].rdf) or b"", mimetype=chosen)


def result_rows(here: View, results: list[dict[str, Any]], *, ours: bool) -> list[dict[str, Any]]:
    """Results for the page; of our own graphs each with the fact, and so the sentence, that it is about."""
    focus = [r["focus"]["value"] for r in results if r["focus"] and r["focus"]["type"] == "iri"]
    facts = _facts(here, focus) if ours and here.release else {}
    rows = []
    for result in results:
        node = (result["focus"] or {}).get("value", "")
        known = ours and here.links.is_ours(node)
        link = Thing(node, here.links.href(node) if known else "", readable(node, here.links))
        rows.append({**result, "focus": link, "fact": facts.get(node)})
    return rows


def _facts(here: View, focus: list[str]) -> dict[str, Fact]:
    """The fact that each node is, or that rests on it where it is evidence or a selector of one."""
    values = " ".join(iri(item) for item in dict.fromkeys(focus))
    if not values:
        return {}
    rows = here.graph.select(
        f"{PREFIXES}SELECT ?node ?item WHERE {{ "
        f"{{ VALUES ?node {{ {values} }} ?node lg:evidence ?e . BIND(?node AS ?item) }}"
        f" UNION {{ VALUES ?node {{ {values} }} ?item lg:evidence ?node }}"
        f" UNION {{ VALUES ?node {{ {values} }} ?evidence oa:hasSelector ?node . ?item lg:evidence ?evidence }} }}"
    )
    pairs = {text(row["node"]): text(row["item"]) for row in rows}
    read = {fact.iri: fact for fact in FactReader(here.graph, here.links, here.terms).read(sorted(set(pairs.values())))}
    return {node: read[item] for node, item in pairs.items() if item in read}
