"""One query run on a store in this process, up to the bytes of its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from kg.errors import BadInput, BadQuery, NotAcceptable, NotFound, OutOfMemory, TooLarge, Unavailable
from kg.sparql.clauses import Search, limited
from kg.sparql.diagnose import misspelt
from kg.sparql.formats import Format
from kg.sparql.fulltext import Index
from kg.sparql.tokens import tokens

_LEAST_TRIPLE = 8  # bytes; no serialised triple is shorter, so that small answers need not be counted


@dataclass(frozen=True, slots=True)
class Job:
    """A checked query, the format to answer in and the limits: `max_rows` is the client's own, the others the
    operator's. `default` and `named` are graph IRIs, None where the request and the query leave the dataset alone."""

    text: str
    form: str
    format: Format
    base: str
    searches: tuple[Search, ...] = ()
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    max_rows: int | None = None
    most_rows: int = 1_000_000
    most_bytes: int = 256 * 1024 * 1024


def execute(store: ox.Store, job: Job, index: Index | None = None) -> tuple[bytes, bool]:
    """The answer's bytes, and whether rows were left out because of `max_rows`.

    Raises `BadQuery`, `TooLarge` over the operator's limits, `Unavailable` when the engine fails.
    """
    text = _with_hits(job, index)
    if job.max_rows is not None and job.form == "select":
        text, body = _cut(store, job, text)
        return _bounded(job, body), text != ""
    results = _query(store, job, text)
    if isinstance(results, ox.QueryTriples) and job.max_rows is not None:
        triples = list(islice(results, job.max_rows + 1))
        return _bounded(job, _graph(triples[: job.max_rows], job.format)), len(triples) > job.max_rows
    return _bounded(job, _serialise(results, job.format)), False


def graph_of(store: ox.Store, name: str | None, format: Format, *, most_bytes: int) -> bytes:
    """The triples of one graph of the store; None: the default graph. Raises `NotFound` and `TooLarge`."""
    graph: ox.NamedNode | ox.DefaultGraph = ox.DefaultGraph() if name is None else _node(name)
    if isinstance(graph, ox.NamedNode) and not store.contains_named_graph(graph):
        raise NotFound("there is no such graph here")
    body = store.dump(from_graph=graph, format=_rdf(format)) or b""
    if len(body) > most_bytes:
        raise TooLarge(f"the graph is larger than {most_bytes} bytes", hint="Fetch it from the dumps.")
    return _in_xml(format, body)


def _rdf(format: Format) -> ox.RdfFormat:
    if not isinstance(format.oxigraph, ox.RdfFormat):
        raise TypeError(f"{format.name} carries no graphs")
    return format.oxigraph


def _graph(triples: Iterable[ox.Triple], format: Format) -> bytes:
    return ox.serialize(triples, format=_rdf(format)) or b""


def _serialise(results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, format: Format) -> bytes:
    try:
        return results.serialize(format=format.oxigraph) or b""  # type: ignore[arg-type]
    except (OSError, RuntimeError) as err:
        raise _failed(err) from err


def _query(store: ox.Store, job: Job, text: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    try:
        if job.default is None and job.named is None:
            return store.query(text, base_iri=job.base)
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [_node(iri) for iri in job.default or ()]
        named: list[ox.NamedNode | ox.BlankNode] = [_node(iri) for iri in job.named or ()]
        if len(default) > 1:
            store = _merged(store, default, named)
            default = [ox.DefaultGraph()]
        return store.query(text, base_iri=job.base, default_graph=default, named_graphs=named)
    except SyntaxError as err:
        raise misspelt(job.text, job.base) from err
    except (OSError, RuntimeError) as err:
        raise _failed(err) from err


def _merged(
    store: ox.Store,
    default: Iterable[ox.NamedNode | ox.BlankNode | ox.DefaultGraph],
    named: Iterable[ox.NamedNode | ox.BlankNode],
) -> ox.Store:
    """A small store with the merge of some graphs as its default graph. The engine itself counts a triple once for
    each of the graphs that it stands in."""
    fresh = ox.Store()

    def quads() -> Iterator[ox.Quad]:
        for graph in default:
            for quad in store.quads_for_pattern(None, None, None, graph):
                yield ox.Quad(quad.subject, quad.predicate, quad.object)
        for graph in named:
            yield from store.quads_for_pattern(None, None, None, graph)

    fresh.bulk_extend(quads())
    return fresh


def _node(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as err:
        raise BadInput("a graph's name must be an absolute IRI") from err


def _with_hits(job: Job, index: Index | None) -> str:
    """The text with each use of the full-text property replaced by the entities that it finds."""
    text = job.text
    for use in sorted(job.searches, key=lambda item: -item.start):
        hits = index.search(use.words, limit=Index.MOST) if index else []
        values = " ".join(f"<{hit.iri}>" for hit in hits)
        text = f"{text[: use.start]}VALUES {use.variable} {{ {values} }} {use.variable * use.goes_on}{text[use.end :]}"
    return text


def _cut(store: ox.Store, job: Job, text: str) -> tuple[str, bytes]:
    """At most `max_rows` rows; the first part is empty when that is all of them."""
    most = job.max_rows or 0
    found = tokens(text, most=len(text))
    body = _serialise(_query(store, job, limited(text, found, most + 1)), job.format)
    if rows(body, job.format.name) <= most:
        return "", body
    shorter = limited(text, found, most)
    return shorter, _serialise(_query(store, job, shorter), job.format)


def _bounded(job: Job, body: bytes) -> bytes:
    _in_xml(job.format, body)
    if len(body) > job.most_bytes:
        raise TooLarge(f"the answer is larger than {job.most_bytes} bytes", hint="Add a LIMIT, or take the dumps.")
    if len(body) > _LEAST_TRIPLE * job.most_rows:
        count = (
            sum(1 for _ in ox.parse(body, format=_rdf(job.format)))
            if job.form == "graph"
            else rows(body, job.format.name)
        )
        if count > job.most_rows:
            raise TooLarge(f"the answer has more than {job.most_rows} rows", hint="Add a LIMIT, or take the dumps.")
    return body


_JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
# How a row begins that binds something. No literal has it: its own quotation marks are escaped, and behind one that
# ends in a brace comes no name.
_JSON_ROW = re.compile(rb'[\[,]\{"[^"\\]*":\{"type":"')
_CSV_QUOTED = re.compile(rb'"[^"]*+"')


# Control characters, and U+FFFE and U+FFFF in UTF-8 (XML 1.0, section 2.2)
_NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


def _in_xml(format: Format, body: bytes) -> bytes:
    """The body, which if it is XML has no character that XML cannot hold: the engine writes them as they are."""
    if format.name in ("xml", "rdfxml") and _NO_XML.search(body):
        raise NotAcceptable("the answer has characters that XML cannot hold", hint="Ask for another format.")
    return body


def rows(body: bytes, format: str) -> int:
    """The number of rows in a table that pyoxigraph wrote."""
    if format == "tsv":  # line ends inside literals are escaped
        return body.count(b"\n") - 1
    if format == "xml":  # a less-than sign inside literals is escaped
        return body.count(b"<result>")
    if format == "csv":
        return _CSV_QUOTED.sub(b"", body).count(b"\n") - 1
    if b",{}" not in body and b"[{}" not in body:
        return sum(1 for _ in _JSON_ROW.finditer(body))
    bare = _JSON_STRING.sub(b"", body)  # what is left are the brackets: a row is {} or {:{...},:{...}}
    bindings = bare[bare.rindex(b"[") :]
    return bindings.count(b"{:{") + bindings.count(b"{}") if bindings != b"[]}}" else 0


def _failed(err: Exception) -> Exception:
    message = str(err)
    if "custom function" in message:
        return BadQuery("the query uses a function that is not known here")
    if "service" in message.lower():
        return Unavailable("the SERVICE that the query calls did not answer as it should")
    if isinstance(err, MemoryError):
        return OutOfMemory("the query needs more memory than it may have")
    return Unavailable("the engine could not finish the query")
