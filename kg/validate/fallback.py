"""Query constraints that the engine cannot parse, handed to pySHACL with the focus nodes already found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import BadShapes
from kg.validate.graph import show
from kg.validate.names import SH, Term, sh
from kg.validate.shapes import Shape

if TYPE_CHECKING:
    from kg.validate.pairs import Job

MAX_TRIPLES = 500_000  # of data; pySHACL needs about 1 GB for so many


def check(job: Job, why: str) -> None:
    """Put what pySHACL finds into the sink. Raises `BadShapes` when it cannot run the query either."""
    # Here, since importing pySHACL takes a second and hardly anybody comes here.
    import pyshacl  # noqa: PLC0415
    from pyparsing.exceptions import ParseBaseException  # noqa: PLC0415
    from pyshacl.errors import (  # noqa: PLC0415
        ConstraintLoadError,
        ReportableRuntimeError,
        ShapeLoadError,
        ValidationFailure,
    )

    from kg.validate import rdf  # noqa: PLC0415

    engine, shape, constraint = job.engine, job.shape, job.constraint

    refused = BadShapes(f"a query of {show(shape.id)} cannot be run: {why}")
    triples = ((q.subject, q.predicate, engine.view.meant(q.object)) for q in engine.view.quads(None, None, None))
    data = rdf.to_rdflib(triples)
    if len(data) > MAX_TRIPLES:
        raise BadShapes(refused.detail, hint=f"pySHACL could, on at most {MAX_TRIPLES} triples.")
    targets = {sh(name) for name in ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")}
    reduced = [t for t in engine.shapes.graph if t[1] not in targets and not _is_type_of_other(t, shape)]
    reduced += [(shape.id, sh("targetNode"), node) for node in job.focus.nodes]
    try:
        _, graph, text = pyshacl.validate(data, shacl_graph=rdf.to_rdflib(reduced), inplace=True)
    except (ConstraintLoadError, ReportableRuntimeError, ShapeLoadError, ValidationFailure, ParseBaseException) as err:
        raise refused from err
    if isinstance(graph, Exception | bytes):
        raise BadShapes(f"{refused.detail}; pySHACL says: {text}")
    for row in rdf.results_of(graph, component=constraint.component, shape=shape.id):
        job.sink.add(constraint, row.focus, row.value, path=row.path, messages=row.messages)


def _is_type_of_other(triple: tuple[Term, ox.NamedNode, Term], shape: Shape) -> bool:
    """Class declarations make implicit targets; without them only the focus nodes given are looked at."""
    return triple[0] == shape.id and isinstance(triple[2], ox.NamedNode) and not triple[2].value.startswith(SH) and (
        triple[1].value.endswith("#type")
    )  # fmt: skip
