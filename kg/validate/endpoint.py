"""A SPARQL endpoint as data: what the shapes can see of it, fetched and validated here.

Blank nodes cannot be asked about over HTTP, and an endpoint may cut a result in silence. So the triples that the shapes
can look at are fetched in one CONSTRUCT, and counted, and a count that differs ends the run.
"""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pyoxigraph as ox

from kg.errors import BadInput, TooLarge, Unavailable
from kg.validate.components import SparqlCheck
from kg.validate.names import SUBCLASS, TYPE
from kg.validate.shapes import Shapes
from kg.validate.sources import Source

MAX_BYTES = 2 * 1024 * 1024 * 1024  # of one answer


def is_endpoint(name: str) -> bool:
    """Whether a data argument is an endpoint's address."""
    return name.startswith(("http://", "https://"))


def predicates(shapes: Shapes) -> set[ox.NamedNode] | None:
    """The predicates that validation looks at, or None for all: closed shapes and queries may ask for any."""
    found = {TYPE, SUBCLASS}
    for shape in shapes.by_id.values():
        if shape.path is not None:
            found.update(shape.path.predicates())
        for target in shape.targets:
            if target.kind in ("targetSubjectsOf", "targetObjectsOf") and isinstance(target.term, ox.NamedNode):
                found.add(target.term)
        for constraint in shape.constraints:
            if constraint.name == "Closed" or isinstance(constraint.value, SparqlCheck):
                return None
            if constraint.name in ("Equals", "Disjoint", "LessThan", "LessThanOrEquals"):
                assert isinstance(constraint.value, ox.NamedNode)
                found.add(constraint.value)
    return found


def fetch(address: str, shapes: Shapes, *, timeout: float = 600.0) -> Source:
    """The triples of an endpoint's default graph that the shapes can look at, as N-Triples.

    Raises `Unavailable` when the endpoint does not answer or cuts its answer, `TooLarge`, and `BadInput`.
    """
    wanted = predicates(shapes)
    where = "?s ?p ?o"
    if wanted is not None:
        where = f"VALUES ?p {{ {' '.join(sorted(map(str, wanted)))} }} ?s ?p ?o"
    counted = _ask(address, f"SELECT (COUNT(*) AS ?n) {{ {where} }}", "application/sparql-results+json", timeout)
    content = _ask(address, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {where} }}", "application/n-triples", timeout)
    count = _count(address, counted)
    got = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    if got < count:
        raise Unavailable(
            f"the endpoint says it has {count} triples for these shapes and sent {got}", where=address,
            hint="It cuts results. Validate a dump instead.",
        )  # fmt: skip
    return Source(content, ox.RdfFormat.N_TRIPLES, None, address)


def _count(address: str, content: bytes) -> int:
    try:
        rows = ox.parse_query_results(content, ox.QueryResultsFormat.JSON)
        assert isinstance(rows, ox.QuerySolutions)
        value = next(iter(rows))["n"]
        assert isinstance(value, ox.Literal)
        return int(value.value)
    except (SyntaxError, ValueError, StopIteration, AssertionError) as err:
        raise Unavailable("the endpoint's answer is no SPARQL result", where=address) from err


def _ask(address: str, query: str, accept: str, timeout: float) -> bytes:
    body = urllib.parse.urlencode({"query": query}).encode()
    headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "leakgraph"}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - is_endpoint has looked at the scheme
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            kind = answer.headers.get_content_type()
            if kind != accept:
                raise BadInput(f"the endpoint answers with {kind}, not {accept}", where=address)
            return b"".join(_pieces(answer, address))
    except (urllib.error.URLError, TimeoutError, OSError) as err:
        raise Unavailable(f"the endpoint does not answer: {err}", where=address) from err


def _pieces(answer: object, address: str) -> Iterator[bytes]:
    size = 0
    while piece := answer.read(1024 * 1024):  # type: ignore[attr-defined]
        size += len(piece)
        if size > MAX_BYTES:
            raise TooLarge(f"more than {MAX_BYTES} bytes", where=address)
        yield piece
