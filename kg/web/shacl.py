"""`/shacl`: check RDF, or one of our graphs, against shapes; each run in a process that is killed at its limits.

POST the data as the body in any RDF syntax, or a form with `data` and, if wanted, `shapes` as files or text; `graph=`
names a graph of the release instead, whose nodes are checked. Without shapes, the project's own are used.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from kg import errors
from kg.errors import BadInput, KgError, NotFound, OutOfMemory, Timeout, TooBusy, Unavailable, Unsupported
from kg.settings import MIB
from kg.sparql import negotiate
from kg.web.answers import page, unchanged
from kg.web.facts import FactReader
from kg.web.graph import PREFIXES, iri, text
from kg.web.links import readable
from kg.web.model import Fact, Thing
from kg.web.negotiation import BY_TYPE, FORMATS, HTML, JSON
from kg.web.site import View, site, view

bp = Blueprint("shacl", __name__)
RESULTS = 1000  # results in one report; a graph with more needs the command line
JOB = Path(__file__).with_name("shacl_job.py")
TOGETHER = 2  # runs at a time; each may take a core and the memory of a query
OPENING = 768 * MIB  # address space that Python, its libraries and a store on disk take before any work
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
    with tempfile.TemporaryDirectory(prefix="kg-shacl-") as name:
        folder = Path(name)
        task = _task(folder, graph)
        (folder / "task.json").write_text(json.dumps(task), "utf-8")
        found = _run(folder)
    reply = _reply(found, chosen, graph)
    reply.vary.add("Accept")
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _task(folder: Path, graph: str) -> dict[str, Any]:
    """Write what was sent into `folder`; what to do with it, as the job reads it. Raises `BadInput`, `Unsupported`."""
    shapes = _part(folder, "shapes")
    if graph:
        return {"shapes": shapes, **_ours(folder, graph)}
    data = _part(folder, "data")
    if not data and request.mimetype not in ("multipart/form-data", "application/x-www-form-urlencoded", ""):
        if request.mimetype not in _TYPES:
            raise Unsupported("that media type is no RDF syntax known here", hint=f"Known are {', '.join(_TYPES)}.")
        (folder / "data").write_bytes(request.get_data())
        data = [{"file": "data", "type": request.mimetype, "name": "data"}]
    if not data:
        raise BadInput("there is nothing to check", hint="Send RDF as the body or as data in a form, or name a graph.")
    return {"shapes": shapes, "data": data}


def _part(folder: Path, name: str) -> list[dict[str, str]]:
    """The files and text that a form sent under `name`."""
    sent: list[tuple[bytes, str]] = []
    for upload in request.files.getlist(name):
        content = upload.read()
        if content.strip():
            sent.append((content, _media_type(upload)))
    typed = request.form.get(name, "")
    if typed.strip():
        sent.append((typed.encode(), "text/turtle"))
    found = []
    for number, (content, kind) in enumerate(sent):
        (folder / f"{name}{number}").write_bytes(content)
        found.append({"file": f"{name}{number}", "type": kind, "name": name})
    return found


def _media_type(upload: FileStorage) -> str:
    """By the type that came with the file, else by its name's ending, else Turtle."""
    if upload.mimetype in _TYPES:
        return upload.mimetype
    ending = (upload.filename or "").rpartition(".")[2].lower()
    return next((kind for kind, known in _TYPES.items() if known == ending), "text/turtle")


def _ours(folder: Path, graph: str) -> dict[str, Any]:
    here = view()
    if here.release is not None:
        if graph not in here.release.manifest.get("graphs", {}):
            raise NotFound("the release has no such graph", hint="Their names are in the manifest.")
        return {"store": str(here.release.path / "store"), "graph": graph}
    iri(graph)
    body = site().engine.graph(graph, format="nt").body
    (folder / "data").write_bytes(body)
    return {"data": [{"file": "data", "type": "application/n-triples", "name": "data"}]}


def _run(folder: Path) -> dict[str, Any]:
    """The job's report. Raises what it raised, `Timeout`, `OutOfMemory`, `TooBusy`."""
    settings = site().settings
    if not _running.acquire(blocking=False):
        raise TooBusy("other validations are running", hint="Try again in a moment.")
    try:
        # By its file and with -P: importing it as kg.web.shacl_job would first import Flask and all of this package.
        command = [sys.executable, "-P", str(JOB), str(folder), str(OPENING + settings.memory), str(RESULTS)]
        done = subprocess.run(command, capture_output=True, timeout=settings.timeout, check=False)
    except subprocess.TimeoutExpired as err:
        raise Timeout("the validation was stopped at its time limit", hint="Send less, or run kg validate.") from err
    finally:
        _running.release()
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError as err:
        # A failed allocation aborts the process without a word; every other end of it is a fault of ours.
        if done.returncode < 0 or b"memory" in done.stderr:
            raise OutOfMemory("the validation was stopped at its memory limit") from err
        raise Unavailable("the validation ended without a report") from err
    if "error" in found:
        raise _raised(found)
    return found


def _raised(found: dict[str, Any]) -> KgError:
    kind = getattr(errors, found["error"], KgError)
    where = f" ({found['where']})" if found.get("where") else ""
    error: KgError = kind(
        found["detail"] + where, line=found.get("line"), column=found.get("column"), hint=found.get("hint")
    )
    return error


def _reply(found: dict[str, Any], chosen: str, graph: str) -> Response:
    turtle = found.pop("turtle")
    plain = found.pop("text")
    if chosen == HTML:
        return page(
            "shacl.html",
            report=found,
            rows=result_rows(view(), found["results"], ours=bool(graph)),
            graphs=_graphs(),
            graph=graph,
        )
    if chosen == "text/plain":
        return Response(plain, mimetype=chosen)
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
