"""The query page: a form that works without JavaScript, and the answer as a table with links."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from kg.errors import BadInput, KgError
from kg.sparql import Answer
from kg.web.examples import examples
from kg.web.graph import LG
from kg.web.links import readable
from kg.web.model import Thing
from kg.web.problems import problem
from kg.web.schemaorg import embedded
from kg.web.site import View, site, view

bp = Blueprint("query", __name__)
ROWS = 1000  # rows or triples shown in the page; the download links give all
START = """PREFIX lg: <https://w3id.org/leakgraph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?leak ?name ?who WHERE {
  ?leak a lg:Leak ; skos:prefLabel ?name .
  OPTIONAL { ?leak lg:obtainedBy/skos:prefLabel ?who }
}
ORDER BY ?name
"""
DOWNLOADS = {
    "table": (("json", "JSON"), ("csv", "CSV"), ("tsv", "TSV"), ("xml", "XML")),
    "graph": (("turtle", "Turtle"), ("jsonld", "JSON-LD"), ("nt", "N-Triples"), ("rdfxml", "RDF/XML")),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """An answer as the page shows it: `kind` is select, ask or graph."""

    kind: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Thing | str, ...], ...] = ()
    truth: bool | None = None
    text: str = ""
    truncated: bool = False

    @property
    def downloads(self) -> tuple[tuple[str, str], ...]:
        return DOWNLOADS["graph" if self.kind == "graph" else "table"]


@bp.route("/query", methods=["GET", "POST"])
def form() -> Response:
    """The form; with `query=` also its answer. The address of an answered GET is a permanent link to the question."""
    here = view()
    query = request.values.get("query", "").replace("\r\n", "\n")
    result, trouble, status = None, None, 200
    if query.strip():
        try:
            if len(query.encode()) > site().settings.max_query:
                raise BadInput("the query is longer than this server takes")
            engine = site().engine_for(here.release if here.older else None)
            result = _shown(
                here, engine.run(query, accept="application/sparql-results+json, text/turtle", max_rows=ROWS)
            )
        except KgError as err:
            trouble, status = problem(err), err.status
    release = {"release": here.release.id} if here.older and here.release else {}
    page = render_template(
        "query.html",
        query=query or START,
        asked=bool(query.strip()),
        result=result,
        trouble=trouble,
        rows=ROWS,
        examples=examples(),
        terms=embedded([[item.name, item.label] for item in here.terms.listing()]),
        namespace=LG,
        permalink=f"{request.script_root}{request.path}?{urlencode({'query': query, **release})}",
        download=f"{request.script_root}/sparql?{urlencode({'query': query, **release})}",
        older=release.get("release", ""),
    )
    reply = Response(page, status=status, mimetype="text/html")
    reply.headers["Cache-Control"] = "no-cache"
    return reply


def _shown(here: View, answer: Answer) -> Result:
    if answer.kind == "graph":
        return Result("graph", text=answer.body.decode("utf-8"), truncated=answer.truncated)
    solutions = ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON)
    if isinstance(solutions, ox.QueryBoolean):
        return Result("ask", truth=bool(solutions))
    if not isinstance(solutions, ox.QuerySolutions):
        raise BadInput("that kind of answer cannot be shown here")
    columns = tuple(variable.value for variable in solutions.variables)
    rows = tuple(tuple(_cell(here, row[name]) for name in columns) for row in solutions)
    return Result("select", columns, rows, truncated=answer.truncated)


def _cell(here: View, term: object) -> Thing | str:
    if isinstance(term, ox.NamedNode):
        href = here.links.href(term.value)
        return Thing(term.value, href, readable(term.value, here.links), local=href.startswith("/"))
    if isinstance(term, ox.Literal):
        return term.value
    return "" if term is None else str(term)
