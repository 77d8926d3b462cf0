"""The W3C's SPARQL 1.1 suites of query evaluation, result formats, syntax and update, through a running server.

Each test puts its data there by the Graph Store Protocol, asks over HTTP and compares what comes back.
`benchmarks/endpoint_w3c.py` makes the table in `docs/endpoint.md` of it.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, RDFS

pytestmark = [pytest.mark.shared, pytest.mark.slow]
SHARED = Path(os.environ.get("KG_SHARED", Path(__file__).resolve().parents[3] / "shared"))
ROOT = SHARED / "w3c" / "sparql11"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
RS = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
XSD = "http://www.w3.org/2001/XMLSchema#"
QUERY = """aggregates bind bindings cast construct exists functions grouping negation project-expression property-path
    subquery syntax-query syntax-fed csv-tsv-res json-res"""
UPDATE = """add basic-update clear copy delete-data delete-insert delete-where delete drop move syntax-update-1
    syntax-update-2 update-silent"""
SUITES = QUERY.split() + UPDATE.split()
VALUE = 'pyoxigraph keeps numbers and truth values by value, not as written: "0"^^xsd:boolean comes back as "false"'
ENGINE = "pyoxigraph answers so itself"
SERVICE = "SERVICE is refused, before the rest is parsed"
LOADS = "LOAD is refused, before the rest is parsed"
UNKNOWN = "a function that is not known here is an error, not an unbound value"
NO_GRAPH = "the syntax passes, but the update is carried out here, and there is no such graph"
REASONS: dict[str, str] = {
    "cast/cast-bool": VALUE,
    "cast/cast-int": VALUE,
    "cast/cast-float": VALUE,
    "cast/cast-double": VALUE,
    "cast/cast-decimal": VALUE,
    "cast/cast-string": VALUE,
    "csv-tsv-res/csv03": VALUE,
    "csv-tsv-res/tsv03": VALUE,
    "aggregates/agg-groupconcat-04": ENGINE,
    "aggregates/agg-groupconcat-06": ENGINE,
    "aggregates/agg-empty-group-count-graph": ENGINE,
    "bindings/graph": ENGINE,
    "negation/graph-minus": ENGINE,
    "property-path/zero_or_more_set_start": ENGINE,
    "property-path/zero_or_more_set_end": ENGINE,
    "property-path/zero_or_one_set_start": ENGINE,
    "property-path/zero_or_one_set_end": ENGINE,
    "syntax-fed/test_1": SERVICE,
    "syntax-fed/test_2": SERVICE,
    "syntax-fed/test_3": SERVICE,
    "syntax-update-1/test_37": LOADS,
    "update-silent/load-silent": LOADS,
    "update-silent/load-into-silent": LOADS,
    "syntax-update-1/test_1": LOADS,
    "syntax-update-1/test_2": LOADS,
    "syntax-update-1/test_3": LOADS,
    "syntax-update-1/test_4": LOADS,
    "syntax-update-1/test_41": LOADS,
    "syntax-update-1/test_47": LOADS,
    "syntax-update-1/test_48": LOADS,
    "syntax-update-1/test_49": LOADS,
    "syntax-query/test_4": UNKNOWN,
    "syntax-update-1/test_8": NO_GRAPH,
}
"""Tests that do not pass, and why. Where it is the engine, `test_case` checks that it answers the same without us."""


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    graph: rdflib.Graph
    node: Any


def cases() -> Iterator[Case]:
    for suite in SUITES if ROOT.is_dir() else ():
        graph = rdflib.Graph()
        path = ROOT / suite / "manifest.ttl"
        graph.parse(path, publicID=path.as_uri())
        for entries in graph.objects(None, MF.entries):
            for node in Collection(graph, entries):
                kind = str(graph.value(node, RDF.type)).rpartition("#")[2]
                yield Case(f"{suite}/{str(node).rpartition('#')[2]}", kind, graph, node)


CASES = list(cases())


@pytest.fixture(scope="module")
def client(curated: Any, authorised: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=curated.root, headers=authorised, timeout=60) as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, client: httpx.Client, request: pytest.FixtureRequest) -> None:
    try:
        run(case, client)
    except AssertionError:
        if case.name not in REASONS:
            raise
        request.node.user_properties.append(("reason", REASONS[case.name]))
        if REASONS[case.name] in (VALUE, ENGINE):
            assert as_the_engine_itself(case, client)
    else:
        assert case.name not in REASONS, "passes now: take it off the list"


def test_all_suites_are_there(shared: Path) -> None:
    assert len(CASES) > 490 and {case.name for case in CASES} >= set(REASONS)


def run(case: Case, client: httpx.Client) -> None:
    action = case.graph.value(case.node, MF.action)
    if "Syntax" in case.kind:
        text = file(action).read_text("utf-8")
        if "Update" in case.kind or str(action).endswith(".ru"):
            update(client, "CLEAR ALL")
            answer = client.post(
                "/sparql", content=text.encode(), headers={"content-type": "application/sparql-update"}
            )
        else:
            answer = client.get("/sparql", params={"query": text}, headers={"accept": "*/*"})
        if "Positive" in case.kind:
            assert answer.status_code in (200, 204), answer.text
        else:
            assert answer.status_code == 400, answer.text
    elif case.kind == "UpdateEvaluationTest":
        load(case, client, action, UT.data, UT.graphData, UT.graph)
        request = file(case.graph.value(action, UT.request))
        answer = update(client, f"BASE <{request.as_uri()}> {request.read_text('utf-8')}")
        assert answer.status_code == 204, answer.text
        result = case.graph.value(case.node, MF.result)
        for name, expected in graphs(case, result, UT.data, UT.graphData, UT.graph):
            assert same_graphs(stored(client, name), expected), name
    else:
        load(case, client, action, QT.data, QT.graphData, None)
        query(case, client, action)


def query(case: Case, client: httpx.Client, action: Any) -> None:
    request = file(case.graph.value(action, QT.query))
    expected = file(case.graph.value(case.node, MF.result))
    text = f"BASE <{request.as_uri()}> {request.read_text('utf-8')}"
    kinds = {".csv": "text/csv", ".tsv": "text/tab-separated-values", ".srj": "application/sparql-results+json"}
    accept = kinds.get(expected.suffix, "application/sparql-results+xml, text/turtle")
    answer = client.get("/sparql", params={"query": text}, headers={"accept": accept})
    assert answer.status_code == 200, answer.text
    media_type = answer.headers["content-type"].partition(";")[0]
    if expected.suffix == ".csv":
        assert csv_rows(answer.text) == csv_rows(expected.read_text("utf-8"))
    elif expected.suffix in (".ttl", ".rdf", ".nt") and not is_result_set(expected):
        assert same_graphs(triples(answer.content, media_type), parsed(expected))
    else:
        ours = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_media_type(media_type))
        assert table(ours) == read_results(expected)


def as_the_engine_itself(case: Case, client: httpx.Client) -> bool:
    """Whether our answer to a query is the one that pyoxigraph gives in this process."""
    action = case.graph.value(case.node, MF.action)
    store = ox.Store()
    for name, content in graphs(case, action, QT.data, QT.graphData, None):
        target = ox.NamedNode(name) if name else ox.DefaultGraph()
        store.extend(ox.Quad(t.subject, t.predicate, t.object, target) for t in content)
    request = file(case.graph.value(action, QT.query))
    text = f"BASE <{request.as_uri()}> {request.read_text('utf-8')}"
    theirs = store.query(text)
    ours = client.get("/sparql", params={"query": text}).content
    return bool(table(ox.parse_query_results(ours, format=ox.QueryResultsFormat.JSON)) == table(theirs))


def csv_rows(text: str) -> Counter[tuple[tuple[str, str], ...]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return Counter(tuple(sorted((k, "_:b" if v.startswith("_:") else v) for k, v in row.items())) for row in rows)


def is_result_set(path: Path) -> bool:
    return "result-set#" in path.read_text("utf-8")


def read_results(path: Path) -> Any:
    """A result file as `table` makes it; some are written in Turtle, in the vocabulary of the first test suite."""
    if path.suffix in (".ttl", ".rdf"):
        graph = rdflib.Graph().parse(path)
        rows = [[(str(graph.value(b, RS.variable)), graph.value(b, RS.value)) for b in graph.objects(s, RS.binding)]
                for s in graph.objects(None, RS.solution)]  # fmt: skip
        return Counter(
            tuple(sorted((n, "_:b" if isinstance(v, rdflib.BNode) else term(parse_term(v))) for n, v in row))
            for row in rows
        )
    forms = {".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON, ".tsv": ox.QueryResultsFormat.TSV}
    return table(ox.parse_query_results(path.read_bytes(), format=forms[path.suffix]))


def parse_term(value: Any) -> Any:
    line = f"<http://x/s> <http://x/p> {value.n3()} ."
    return next(iter(ox.parse(line.encode(), format=ox.RdfFormat.TURTLE))).object


def table(found: Any) -> Any:
    """Results in a form that can be compared: rows as a multiset, numbers by value, blank nodes all alike."""
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    return Counter(tuple(sorted((n, term(row[n])) for n in names if row[n] is not None)) for row in found)


def term(value: Any) -> str:
    if isinstance(value, ox.BlankNode):
        return "_:b"
    if isinstance(value, ox.Literal) and value.datatype.value in {
        XSD + t for t in ("decimal", "double", "float", "integer")
    }:
        try:
            return f"{float(value.value):.12g}^^{value.datatype.value}"
        except ValueError:
            return str(value)
    return str(value)


def load(  # noqa: PLR0917
    case: Case, client: httpx.Client, action: Any, data: Any, graph_data: Any, graph: Any
) -> None:
    assert update(client, "CLEAR ALL").status_code == 204
    for name, content in graphs(case, action, data, graph_data, graph):
        params = {"graph": name} if name else {"default": ""}
        body = ox.serialize(content, format=ox.RdfFormat.N_TRIPLES) or b""
        put = client.put(
            "/rdf-graph-store", params=params, content=body, headers={"content-type": "application/n-triples"}
        )
        assert put.status_code in (201, 204), put.text


def graphs(case: Case, node: Any, data: Any, graph_data: Any, graph: Any) -> Iterator[tuple[str, list[ox.Triple]]]:
    """The graphs of a dataset in a manifest: name (empty for the default graph) and content."""
    default = [t for item in case.graph.objects(node, data) for t in parsed(file(item))]
    yield "", default
    for item in case.graph.objects(node, graph_data):
        if graph is None:
            yield str(item), parsed(file(item))
        else:
            yield str(case.graph.value(item, RDFS.label)), parsed(file(case.graph.value(item, graph)))


def file(iri: Any) -> Path:
    return Path(str(iri).removeprefix("file://"))


def parsed(path: Path) -> list[ox.Triple]:
    form = {".ttl": ox.RdfFormat.TURTLE, ".rdf": ox.RdfFormat.RDF_XML, ".nt": ox.RdfFormat.N_TRIPLES}[path.suffix]
    found = ox.parse(path.read_bytes(), format=form, base_iri=path.as_uri(), rename_blank_nodes=True)
    return [ox.Triple(q.subject, q.predicate, q.object) for q in found]


def triples(body: bytes, media_type: str) -> list[ox.Triple]:
    found = ox.parse(body, format=ox.RdfFormat.from_media_type(media_type))
    return [ox.Triple(q.subject, q.predicate, q.object) for q in found]


def stored(client: httpx.Client, name: str) -> list[ox.Triple]:
    params = {"graph": name} if name else {"default": ""}
    answer = client.get("/rdf-graph-store", params=params, headers={"accept": "application/n-triples"})
    return triples(answer.content, "application/n-triples") if answer.status_code == 200 else []


def same_graphs(left: list[ox.Triple], right: list[ox.Triple]) -> bool:
    sides = []
    for side in (left, right):
        graph = rdflib.Graph()
        graph.parse(data=ox.serialize(side, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
        sides.append(graph)
    return isomorphic(*sides)


def update(client: httpx.Client, text: str) -> httpx.Response:
    return client.post("/sparql", data={"update": text})
