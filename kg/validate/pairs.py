"""Constraints that look at all values of a focus node together, or at other shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.validate import lexical
from kg.validate.constraints import Constraint
from kg.validate.focus import Focus
from kg.validate.names import Term
from kg.validate.paths import Path
from kg.validate.results import Result
from kg.validate.shapes import Shape, siblings

if TYPE_CHECKING:
    from kg.validate.engine import Engine, Sink

Values = Callable[[], Iterator[tuple[Term, list[Term]]]]
"""Gives every focus node with its values, each value once; may be asked again."""


@dataclass(frozen=True, slots=True)
class Job:
    """One constraint of one shape to be checked, for which focus nodes and values, and where results go."""

    engine: Engine
    shape: Shape
    constraint: Constraint
    focus: Focus
    values: Values
    sink: Sink


def _count(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    limit = c.value
    assert isinstance(limit, int)
    for node, found in values():
        if (len(found) < limit) if c.name == "MinCount" else (len(found) > limit):
            sink.add(c, node)


def _has_value(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    assert isinstance(c.value, ox.NamedNode | ox.BlankNode | ox.Literal)
    want = job.engine.view.meant(job.engine.view.stored(c.value))
    for node, found in values():
        if want not in found:
            sink.add(c, node)


def _unique_lang(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    for node, found in values():
        if len(found) > 1:
            tags = Counter(v.language.lower() for v in found if isinstance(v, ox.Literal) and v.language)
            for _ in (tag for tag, times in tags.items() if times > 1):
                sink.add(c, node)


def _equals(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    assert isinstance(c.value, ox.NamedNode)
    for node, found in values():
        others = job.engine.view.objects(node, c.value)
        for value in (*(v for v in found if v not in others), *(o for o in others if o not in found)):
            sink.add(c, node, value)


def _disjoint(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    assert isinstance(c.value, ox.NamedNode)
    for node, found in values():
        others = job.engine.view.objects(node, c.value) if found else ()
        for value in found:
            if value in others:
                sink.add(c, node, value)


def _less(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    assert isinstance(c.value, ox.NamedNode)
    compare = lexical.less if c.name == "LessThan" else lexical.at_most
    for node, found in values():
        others = job.engine.view.objects(node, c.value) if found else ()
        for value in found:
            for other in others:
                well = isinstance(value, ox.Literal) and isinstance(other, ox.Literal) and compare(value, other)
                if not well:
                    sink.add(c, node, value)


def _closed(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    assert isinstance(c.value, frozenset)
    for node, found in values():
        for value in found:
            seen = dict.fromkeys((q.predicate, q.object) for q in job.engine.view.quads(value, None, None))
            for predicate, target in seen:
                if predicate not in c.value:
                    sink.add(c, node, job.engine.view.meant(target), path=Path("predicate", predicate))


def _all(values: Values) -> set[Term]:
    return {value for _, found in values() for value in found}


def _property(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    if job.shape.path is None:
        # The same focus nodes, so what queries know of them still holds.
        for node, results in job.engine.check(job.engine.shapes.shape(c.shapes[0]), job.focus).items():
            sink.take(node, results)
        return
    inner = job.engine.nested(c.shapes[0], _all(values))
    for node, found in values():
        for value in found:
            if value in inner:
                sink.take(node, inner[value])


def _node(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    inner = job.engine.nested(c.shapes[0], _all(values))
    for node, found in values():
        for value in found:
            if value in inner:
                sink.add(c, node, value, details=tuple(inner[value]))


def _logical(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    wanted = _all(values)
    inner = [job.engine.nested(ref, wanted) for ref in c.shapes]
    for node, found in values():
        for value in found:
            passed = sum(value not in results for results in inner)
            well = {
                "Not": passed == 0,
                "And": passed == len(inner),
                "Or": passed > 0,
                "Xone": passed == 1,
            }[c.name]
            if not well:
                sink.add(c, node, value, details=_why(c, inner, value))


def _why(c: Constraint, inner: list[dict[Term, list[Result]]], value: Term) -> tuple[Result, ...]:
    """The results that explain the violation: of every alternative that failed, none for sh:not."""
    return () if c.name == "Not" else tuple(result for results in inner for result in results.get(value, ()))


def _qualified(job: Job) -> None:
    c, values, sink = job.constraint, job.values, job.sink
    assert isinstance(c.value, tuple)
    own, limit = c.value
    wanted = _all(values)
    inner = job.engine.nested(own, wanted)
    others = [job.engine.nested(ref, wanted) for ref in siblings(job.engine.shapes, job.shape, own)]
    for node, found in values():
        count = sum(v not in inner and all(v in other for other in others) for v in found)
        if (count < limit) if c.name == "QualifiedMinCount" else (count > limit):
            sink.add(c, node)


CHECKS: dict[str, Callable[[Job], None]] = {
    "MinCount": _count, "MaxCount": _count, "HasValue": _has_value, "UniqueLang": _unique_lang, "Equals": _equals,
    "Disjoint": _disjoint, "LessThan": _less, "LessThanOrEquals": _less, "Closed": _closed, "Property": _property,
    "Node": _node, "Not": _logical, "And": _logical, "Or": _logical, "Xone": _logical,
    "QualifiedMinCount": _qualified, "QualifiedMaxCount": _qualified,
}  # fmt: skip
"""The check of each component by its name; the rest are in `values`, `sparql_run` and `scans`."""
