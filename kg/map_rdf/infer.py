"""Superclasses and superproperties of what is stated, and nothing more.

The two rules are `cax-sco` and `prp-spo1` of OWL 2 RL (OWL 2 Profiles, 4.3). Nothing else is reasoned: no domain or
range, which would turn a wrong triple into a wrong type, and no `owl:sameAs`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg.map_rdf.terms import RDFS, TYPE

SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
SUBPROPERTY = ox.NamedNode(RDFS + "subPropertyOf")


def inferred(stated: Iterable[ox.Quad], terms: Iterable[ox.Quad], graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """Quads of `graph` that follow from `stated` by the class and property hierarchy in `terms`, each once."""
    ups: dict[tuple[ox.NamedNode, ox.NamedNode], set[ox.NamedNode]] = defaultdict(set)
    for quad in terms:
        if quad.predicate in (SUBCLASS, SUBPROPERTY) and isinstance(quad.object, ox.NamedNode):
            assert isinstance(quad.subject, ox.NamedNode)
            ups[quad.predicate, quad.subject].add(quad.object)
    known = {(q.subject, q.predicate, q.object) for q in stated}
    new: set[tuple[object, object, object]] = set()
    for subject, predicate, target in known:
        if predicate == TYPE and isinstance(target, ox.NamedNode):
            new |= {(subject, TYPE, c) for c in _above(ups, SUBCLASS, target)}
        new |= {(subject, p, target) for p in _above(ups, SUBPROPERTY, predicate)}
    for triple in new - known:
        yield ox.Quad(*triple, graph)  # type: ignore[arg-type]


def _above(
    ups: dict[tuple[ox.NamedNode, ox.NamedNode], set[ox.NamedNode]], relation: ox.NamedNode, term: ox.NamedNode
) -> set[ox.NamedNode]:
    """Everything over `term`, itself excluded unless the hierarchy is circular."""
    found: set[ox.NamedNode] = set()
    todo = [term]
    while todo:
        for higher in ups.get((relation, todo.pop()), ()):
            if higher not in found:
                found.add(higher)
                todo.append(higher)
    return found - {term}
