"""SHACL-SPARQL, run: queries asked once for all focus nodes where that is the same, else once for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import BadShapes
from kg.validate import fallback
from kg.validate.components import SparqlCheck
from kg.validate.exact import stored
from kg.validate.graph import show
from kg.validate.names import Term
from kg.validate.pairs import Job
from kg.validate.paths import Path
from kg.validate.shapes import Shape
from kg.validate.sparql_text import ask_as_select, bound_text, free_text
from kg.validate.view import View

if TYPE_CHECKING:
    from kg.validate.engine import Engine

FEW = 2000  # focus nodes up to which their IRIs are written into the query
CHUNK = 500  # of them a query
SHAPES_GRAPH = "urn:x-shapes-graph"
FUNCTION = "urn:x-prebound:"
_HOLE = re.compile(r"\{[?$](\w+)\}")

Row = dict[str, Term]


def check(job: Job) -> None:
    """Put what a query constraint finds into the sink. Raises `BadShapes` for a query that nobody can run."""
    found = job.constraint.value
    assert isinstance(found, SparqlCheck)
    try:
        if found.query.kind == "ask":
            _ask(job, found)
            return
        rows = _select(job, found)
        for row in rows if job.engine.view.single is not None else _distinct(rows):
            _report(job, found, row)
    except SyntaxError as err:
        fallback.check(job, str(err.msg))


def _distinct(rows: Iterator[Row]) -> Iterator[Row]:
    """Each row once: over several graphs, a triple in two of them gives two."""
    seen: set[frozenset[tuple[str, Term]]] = set()
    for row in rows:
        key = frozenset(row.items())
        if key not in seen:
            seen.add(key)
            yield row


def _view(engine: Engine, check: SparqlCheck) -> View:
    """The data as written queries may see it, with the shapes graph beside it if they ask for that."""
    if check.query.mentions("shapesGraph"):
        return engine.with_shapes_graph()
    return engine.view.plain(counting=check.query.counts)


def _constants(shape: Shape, check: SparqlCheck) -> dict[str, Term]:
    """The pre-bound variables other than $this and $value."""
    given: dict[str, Term] = dict(check.parameters)
    if any(isinstance(term, ox.BlankNode) for term in given.values()):
        raise SyntaxError("a parameter of the component is a blank node")
    if check.query.mentions("currentShape"):
        given["currentShape"] = skolem(shape.id)
    if check.query.mentions("shapesGraph"):
        given["shapesGraph"] = ox.NamedNode(SHAPES_GRAPH)
    return given


def skolem(term: Term) -> Term:
    """A node of the shapes graph as queries see it: blank nodes have IRIs there, so that a query can name them."""
    return ox.NamedNode(f"{SHAPES_GRAPH}#{term.value}") if isinstance(term, ox.BlankNode) else term


def _select(job: Job, check: SparqlCheck) -> Iterator[Row]:
    engine, shape, focus = job.engine, job.shape, job.focus
    view, constants = _view(engine, check), _constants(shape, check)
    path = shape.path.sparql() if shape.path else None
    query = check.query
    if not query.joinable:
        for node in focus.nodes:
            yield from _bound(view, check, constants, path, {"this": node})
        return
    text = free_text(query, constants, path)
    iris = [node for node in focus.nodes if isinstance(node, ox.NamedNode)]
    if len(focus.nodes) > FEW:
        yield from (row for row in _rows(view.select(text)) if row.get("this") in focus.nodes)
        return
    for start in range(0, len(iris), CHUNK):
        before, brace, after = text.partition("{")
        named = " ".join(map(str, iris[start : start + CHUNK]))
        yield from _rows(view.select(f"{before}{brace} VALUES ?this {{ {named} }} {after}"))
    for node in focus.nodes:
        if isinstance(node, ox.BlankNode):
            yield from _bound(view, check, constants, path, {"this": node})


def _bound(
    view: View, check: SparqlCheck, constants: Mapping[str, Term], path: str | None, bound: Mapping[str, Term]
) -> Iterator[Row]:
    """The solutions for one focus node (and value)."""
    text = bound_text(check.query, constants, path, bound, FUNCTION)
    given = {ox.Variable(name): term for name, term in bound.items()}
    calls = {
        ox.NamedNode(FUNCTION + name): (lambda term=term: term)
        for name, term in bound.items()
        if isinstance(term, ox.BlankNode)
    }
    try:
        rows = view.select(text, substitutions=given, custom_functions=calls)
    except RuntimeError as err:  # a variable to be substituted is not returned
        raise SyntaxError(str(err)) from err
    for row in _rows(rows):
        yield {**row, **bound}


def _rows(solutions: ox.QuerySolutions) -> Iterator[Row]:
    names = [variable.value for variable in solutions.variables]
    for solution in solutions:
        yield {name: term for name in names if (term := solution[name]) is not None}


def _ask(job: Job, check: SparqlCheck) -> None:
    engine, shape = job.engine, job.shape
    view, constants = _view(engine, check), _constants(shape, check)
    path = shape.path.sparql() if shape.path else None
    names = ("this", "value")
    asked = SparqlCheck(check.component, ask_as_select(check.query, names), check.messages, None)
    personal = check.query.mentions("this")
    known: dict[Term, bool] = {}
    for node, found in job.values():
        for value in found:
            if personal or value not in known:
                bound = {"this": node, "value": value}
                known[value] = next(_bound(view, asked, constants, path, bound), None) is not None
            if not known[value]:
                _report(job, check, {"this": node, "value": value})


def _report(job: Job, check: SparqlCheck, row: Row) -> None:
    shape = job.shape
    failure = row.get("failure")
    if isinstance(failure, ox.Literal) and failure.value == "true":
        raise BadShapes(f"the query of {check.query.where} reports a failure at {show(row['this'])}")
    path = row.get("path")
    named = Path("predicate", path) if isinstance(path, ox.NamedNode) and shape.path is None else None
    value = row.get("value", row["this"] if shape.path is None else None)
    if isinstance(value, ox.Literal) and job.engine.view.stand_ins:
        value = _as_written(job, row["this"], value)
    said = row.get("message")
    texts = check.messages or shape.messages or ((said,) if isinstance(said, ox.Literal) else ()) or check.labels
    given = {**dict(check.parameters), **row}
    messages = tuple(fill(text, given) for text in texts)
    job.sink.add(job.constraint, row["this"], value, path=named, messages=messages, source=check.source)


def _as_written(job: Job, focus: Term, value: ox.Literal) -> Term:
    """A literal that a query gave as the store has it, as the data has it: looked for near the focus node."""
    view, path = job.engine.view, job.shape.path
    near: list[Term] = [view.meant(quad.object) for quad in view.quads(focus, None, None)]
    near += path.walk(view, focus) if path is not None else []
    same = dict.fromkeys(v for v in near if isinstance(v, ox.Literal) and (v == value or stored(v) == value))
    return next(iter(same)) if len(same) == 1 else value


def fill(message: ox.Literal, given: Mapping[str, Term]) -> ox.Literal:
    """A message with `{?name}` and `{$name}` replaced by the values of those variables."""

    def replace(match: re.Match[str]) -> str:
        term = given.get(match[1])
        return match[0] if term is None else term.value

    text = _HOLE.sub(replace, message.value)
    return ox.Literal(text, language=message.language) if message.language else ox.Literal(text)
