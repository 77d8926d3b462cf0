"""SHACL validation at the speed of the store: Core and SHACL-SPARQL (https://www.w3.org/TR/shacl/).

    from kg.validate import validate
    report = validate("data.ttl", "shapes.ttl")
    report.conforms, report.counts, report.serialize("text")

`docs/validation.md` describes the command, the formats, the limits and what was measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import pyoxigraph as ox

from kg.records import Violation
from kg.validate.engine import Engine, Timing
from kg.validate.graph import ShapesGraph
from kg.validate.names import Term
from kg.validate.report import FORMATS, SEVERITIES, Report
from kg.validate.results import Result
from kg.validate.shapes import Shape, Shapes, parse_shapes, shape_labels
from kg.validate.sources import Source, data_view, shapes_graph
from kg.validate.view import GraphName, View

__all__ = [
    "FORMATS", "SEVERITIES", "Report", "Result", "Shapes", "ShapesGraph", "Source", "Timing", "View", "data_view",
    "read_shapes", "validate", "violations",
]  # fmt: skip

Progress = Callable[[int, int, Shape], None]
"""Called before each shape with its number from 0, how many there are, and the shape."""


def read_shapes(shapes: Any) -> Shapes:
    """Shapes, parsed once for many runs over different data; a run does not change them.

    `shapes` is what `validate` takes. Raises `BadShapes` (ill-formed, recursive, not computable), `BadRdf`, `NotFound`.
    """
    if isinstance(shapes, Shapes):
        return shapes
    graph, notes = shapes_graph(shapes)
    return parse_shapes(graph, notes=notes)


def validate(
    data: Any,
    shapes: Any = None,
    *,
    graphs: Iterable[GraphName] | None = None,
    focus: Iterable[Term | str] | None = None,
    focus_graph: ox.NamedNode | str | None = None,
    max_results: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Validate a data graph against a shapes graph.

    `data` and `shapes` are each an rdflib `Graph` or `Dataset`, a pyoxigraph `Store` or `Dataset`, a file or folder, a
    `Source` (bytes with a format), bytes of Turtle, or a list of files and sources; without `shapes`, those in the
    data. Shapes may also come from `read_shapes`. A store is read where it is and not changed. Nothing else is opened:
    no network, no `owl:imports` beyond what is given.

    Of data in several graphs the merge is validated, or the merge of `graphs`. With `focus`, only those nodes are
    looked at, where they are targets at all; with `focus_graph`, only the subjects of that named graph, while values
    may lie in any graph: what a changed graph needs. `max_results` stops after about so many results.

    Raises `BadShapes`, `BadRdf`, `BadInput`, `NotFound`, `Unsupported`.
    """
    start = time.perf_counter()
    view = data_view(data, graphs=graphs)
    parsed = read_shapes(data if shapes is None else shapes)
    only: frozenset[Term] | None = None
    if focus is not None:
        only = frozenset(ox.NamedNode(node) if isinstance(node, str) else node for node in focus)
    if focus_graph is not None:
        name = ox.NamedNode(focus_graph) if isinstance(focus_graph, str) else focus_graph
        inside = frozenset(quad.subject for quad in view.store.quads_for_pattern(None, None, None, name))
        only = inside if only is None else only & inside  # type: ignore[assignment]
    engine = Engine(view, parsed, only)
    found: list[Result] = []
    truncated = False
    for result in engine.run(progress):
        if max_results is not None and len(found) >= max_results:
            truncated = True
            break
        found.append(result)
    order = {shape.id: number for number, shape in enumerate(parsed.by_id.values())}
    found.sort(
        key=lambda r: (order.get(r.shape, 0), str(r.focus), str(r.component), r.path_text, str(r.value), r.message)
    )
    return Report(
        results=tuple(found),
        notes=parsed.notes,
        timings=tuple(engine.timings),
        labels=shape_labels(parsed),
        truncated=truncated,
        shapes=len(parsed.targeted),
        seconds=time.perf_counter() - start,
    )


def violations(data: Any, shapes: Any, **options: Any) -> list[Violation]:
    """The results of `validate` as records; empty when the data conforms. Same arguments and errors."""
    graph = options.get("focus_graph")
    name = graph.value if isinstance(graph, ox.NamedNode) else graph
    return validate(data, shapes, **options).violations(graph=name)
