"""Pages about the site itself: start page, examples, ontology, shapes, report, about, errors; and `/healthz`."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, g, request

from kg.errors import KgError, NotFound
from kg.web.answers import answer, depends_on, page, unchanged
from kg.web.documents import serialise
from kg.web.examples import Example, examples
from kg.web.negotiation import BY_TYPE, FORMATS, HTML, JSON, by_ending, wanted
from kg.web.problems import TITLES
from kg.web.shacl import result_rows
from kg.web.site import View, site, view
from kg.web.terms import Terms

bp = Blueprint("pages", __name__)
FEATURED = 9  # example questions on the start page, the first by file name
TOP = 12  # most mentioned entities on the start page


def common() -> dict[str, object]:
    """What every template may use: the release looked at, and whether it is an older one."""
    seen = g.get("view")
    try:
        here = seen or view()
    except KgError:
        return {"release": None, "older": ""}
    return {"release": here.release, "older": here.release.id if here.older and here.release else ""}


@bp.get("/")
def home() -> Response:
    """What this is, how much of it there is, and where to go from here."""
    if same := unchanged():
        return same
    here = view()
    return page(
        "home.html",
        counts=_counts(here),
        mentioned=_mentioned(here),
        featured=examples()[:FEATURED],
        total=len(examples()),
        sparql=request.host_url.rstrip("/") + request.script_root + "/sparql",
    )


def _counts(here: View) -> list[tuple[str, int]]:
    """Numbers for the start page: from the manifest, or counted where there is none."""
    if here.release is None:
        return [("quads", site().engine.info().quads)]
    counts = here.release.manifest["counts"]
    entities = counts.get("entities", {})
    found = [
        ("articles", counts.get("articles", 0)),
        ("entities", sum(entities.values()) if isinstance(entities, dict) else int(entities)),
        ("statements", _total(counts.get("statements", 0))),
        ("positions", counts.get("positions", 0)),
        ("figures", counts.get("figures", 0)),
        ("claims", _total(counts.get("claims", 0))),
        ("quotes as evidence", counts.get("evidence", 0)),
        ("people kept nameless", counts.get("protected", 0)),
        ("triples", counts.get("triples", counts.get("quads", 0))),
    ]
    return [(name, number) for name, number in found if number]


def _total(value: Any) -> int:
    return sum(value.values()) if isinstance(value, dict) else int(value)


def _mentioned(here: View) -> list[dict[str, object]]:
    rows = here.catalog.stats.get("mentioned", [])[:TOP]
    return [
        {"href": here.links.href(iri), "label": label, "type": str(kind).rpartition("#")[2], "articles": number}
        for iri, label, kind, number in rows
    ]


@bp.get("/examples", endpoint="examples")
def examples_page() -> Response:
    return unchanged() or page("examples.html", examples=examples())


@bp.get("/examples/<name>.rq")
def example(name: str) -> Response:
    """One example query as it stands in the project's data."""
    return answer(_example(name).text, "application/sparql-query")


def _example(name: str) -> Example:
    found = next((item for item in examples() if item.name == name), None)
    if found is None:
        raise NotFound("there is no example query of that name", hint="See /examples.")
    return found


@bp.get("/about")
def about() -> Response:
    return unchanged() or page("about.html")


@bp.get("/about/errors")
def errors() -> Response:
    """The kinds of error, which problem details point at by `type`."""
    kinds = {cls.__name__: cls for cls in _family(KgError)}
    rows = [
        {
            "name": name,
            "title": title,
            "status": kinds[name].status,
            "text": (kinds[name].__doc__ or "").split("\n\n")[0],
        }
        for name, title in TITLES.items()
    ]
    return unchanged() or page("errors.html", kinds=sorted(rows, key=lambda row: (row["status"], row["name"])))


def _family(base: type[KgError]) -> list[type[KgError]]:
    return [base, *(found for child in base.__subclasses__() for found in _family(child))]


@bp.get("/ontology")
def ontology() -> Response:
    """The ontology: a page or RDF, by `Accept`, all terms in one document."""
    return _vocabulary(site().ontology, "ontology")


@bp.get("/ontology.<ending>")
def ontology_document(ending: str) -> Response:
    return _rdf(site().ontology, ending)


@bp.get("/shapes")
def shapes() -> Response:
    """The SHACL shapes that a release is checked against."""
    return _vocabulary(site().shapes, "shapes")


@bp.get("/shapes.<ending>")
def shapes_document(ending: str) -> Response:
    return _rdf(site().shapes, ending)


def _vocabulary(terms: Terms, name: str) -> Response:
    chosen = wanted(html=True)
    documents = [{"href": f"{request.script_root}/{name}.{f.ending}", "media_type": f.media_type, "name": f.name}
                 for f in FORMATS]  # fmt: skip
    headers = {"Vary": "Accept", "Link": ", ".join(
        f'<{d["href"]}>; rel="alternate"; type="{d["media_type"]}"' for d in documents
    )}  # fmt: skip
    if chosen != HTML:
        form = BY_TYPE[chosen]
        headers["Content-Location"] = f"{request.script_root}/{name}.{form.ending}"
        return unchanged(chosen, headers=headers) or answer(serialise(terms.triples, form), chosen, headers=headers)
    if same := unchanged(headers=headers):
        return same
    if name == "shapes":
        return page("shapes.html", headers=headers, shapes=terms.shape_list(), alternates=documents)
    return page("ontology.html", headers=headers, terms=terms.listing(), all=terms, links=view().links,
                alternates=documents)  # fmt: skip


def _rdf(terms: Terms, ending: str) -> Response:
    form = by_ending(ending)
    return unchanged(form.media_type) or answer(serialise(terms.triples, form), form.media_type)


@bp.get("/report")
def report() -> Response:
    """The SHACL report of the release, and how earlier releases fared."""
    here = view()
    if here.release is None:
        raise NotFound("plain RDF files have no validation report", hint="POST them to /shacl to get one.")
    depends_on(*(kept.id for kept in site().kept()))
    if same := unchanged():
        return same
    path = here.release.path / "report.json"
    found: Any = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    results: list[Any] = found.get("results", []) if isinstance(found, dict) else found
    trend = [
        {
            "id": r.id,
            "date": r.date,
            "conforms": r.manifest.get("conforms"),
            "violations": r.manifest.get("violations", 0),
        }
        for r in site().kept()
    ]
    rows = result_rows(here, results[:200], ours=True)
    return page(
        "report.html", rows=rows, total=len(results), trend=trend, conforms=here.release.manifest.get("conforms")
    )


@bp.get("/healthz")
def healthz() -> Response:
    """200 while the process answers at all; `/readyz` tells whether it can answer queries."""
    reply = Response(json.dumps({"status": "alive"}), mimetype=JSON)
    reply.headers["Cache-Control"] = "no-store"
    return reply
