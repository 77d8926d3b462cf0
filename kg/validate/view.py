"""The data graph as validation sees it: one graph, whatever the dataset behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import pyoxigraph as ox

from kg.validate.exact import DERIVED, decode, encode, stored
from kg.validate.names import SUBCLASS, TYPE, XSD, Node, Term

GraphName = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


class View:
    """A store seen as one graph.

    `graphs` is the graphs that make it up: None for all of them, or a list. With `exact`, literals in the store may be
    the stand-ins of `kg.validate.exact`, and `stand_ins` says whether there are any; without, the store is somebody
    else's and its literals are what it says. Every term that goes in or comes out of these methods, except in SPARQL
    text, is the one that was meant.
    """

    def __init__(
        self, store: ox.Store, *, graphs: Iterable[GraphName] | None = None, exact: bool = False,
        stand_ins: bool = False,
    ) -> None:  # fmt: skip
        self.store = store
        self.exact = exact
        self.stand_ins = stand_ins
        self.graphs = None if graphs is None else list(graphs)
        named = next(iter(store.named_graphs()), None) is not None
        self.single: GraphName | None = None  # the one graph that holds everything, if it is one
        if self.graphs is None and not named:
            self.single = ox.DefaultGraph()
        elif self.graphs is not None and len(self.graphs) == 1:
            self.single = self.graphs[0]
        self._options: dict[str, Any] = {}
        if self.graphs is not None:
            self._options["default_graph"] = self.graphs
        elif self.single is None:
            self._options["use_default_graph_as_union"] = True
        self._classes: dict[Node, tuple[Node, ...]] = {}
        self._sizes: dict[str, int] = {}
        self._plain: View | None = None

    def select(self, query: str, **options: Any) -> ox.QuerySolutions:
        """The solutions of a SELECT over the graph; its literals are stored ones (see `decode`)."""
        found = self.store.query(query, **self._options, **options)
        assert isinstance(found, ox.QuerySolutions)
        return found

    def stored(self, term: Term) -> Term:
        """How a term of the shapes is written in the store."""
        if self.exact:
            return encode(term)
        return stored(term) if isinstance(term, ox.Literal) else term

    def meant(self, term: Any) -> Term:
        """What a stored term means. SHACL 1.0 knows no triple terms; loading refuses them."""
        return decode(term) if self.exact else cast(Term, term)

    def quads(self, s: Term | None, p: ox.NamedNode | None, o: Term | None) -> Iterator[ox.Quad]:
        """The quads of the graph that match; a triple in several graphs comes several times."""
        if isinstance(s, ox.Literal):
            return
        found = self.store.quads_for_pattern(s, p, None if o is None else self.stored(o), self.single)
        for quad in found:
            if self.single is not None or self.graphs is None or quad.graph_name in self.graphs:
                yield quad

    def objects(self, s: Term, p: ox.NamedNode) -> list[Term]:
        """The objects of the triples with that subject and predicate, each once."""
        return [self.meant(o) for o in dict.fromkeys(q.object for q in self.quads(s, p, None))]

    def subjects(self, p: ox.NamedNode, o: Term) -> list[Node]:
        """The subjects of the triples with that predicate and object, each once."""
        found = dict.fromkeys(q.subject for q in self.quads(None, p, o))
        return [s for s in found if not isinstance(s, ox.Triple)]

    def contains(self, s: Term, p: ox.NamedNode, o: Term) -> bool:
        """Whether the triple is in the graph."""
        return next(self.quads(s, p, o), None) is not None

    def subclasses(self, cls: Node) -> tuple[Node, ...]:
        """The class itself first, and every class that is a subclass of it by the graph's `rdfs:subClassOf`."""
        if cls not in self._classes:
            seen: dict[Node, None] = {cls: None}
            todo: list[Node] = [cls]
            while todo:
                for sub in self.subjects(SUBCLASS, todo.pop()):
                    if sub not in seen:
                        seen[sub] = None
                        todo.append(sub)
            self._classes[cls] = tuple(seen)
        return self._classes[cls]

    def is_instance(self, node: Term, cls: Node) -> bool:
        """Whether the node has the class, or a subclass of it, as its type."""
        return any(self.contains(node, TYPE, sub) for sub in self.subclasses(cls))

    def at_most(self, pattern: str, limit: int) -> bool:
        """Whether a pattern over `?this` has at most `limit` solutions; counting stops there."""
        known = self._sizes.get(pattern)
        if known is None or (known < 0 and -known <= limit):
            rows = self.select(
                f"SELECT (COUNT(?this) AS ?n) {{ {{ SELECT ?this {{ {pattern} }} LIMIT {limit + 1} }} }}"
            )
            count = int(next(iter(rows))["n"].value)
            known = self._sizes[pattern] = count if count <= limit else -count
        return 0 <= known <= limit

    def plain(self, *, counting: bool = False) -> View:
        """The same graph for SPARQL that people wrote: a copy if it has stand-ins, else itself.

        Over several graphs the engine takes a triple once for each graph that has it. A `counting` query would be
        wrong then and gets a merged copy; who asks another makes its rows distinct.
        """
        if not self.stand_ins and (self.single is not None or not counting):
            return self
        if self._plain is None:
            copy = ox.Store()
            copy.bulk_extend(
                ox.Quad(q.subject, q.predicate, self.meant(q.object)) for q in self.quads(None, None, None)
            )
            if self.single is None:  # for queries that name graphs
                copy.bulk_extend(
                    ox.Quad(q.subject, q.predicate, self.meant(q.object), q.graph_name)
                    for q in self.store
                    if not isinstance(q.graph_name, ox.DefaultGraph)
                )
            self._plain = View(copy, graphs=[ox.DefaultGraph()])
        return self._plain

    def keeps(self, datatype: str) -> bool:
        """Whether the store tells literals of this datatype from those of others."""
        return self.exact or datatype[len(XSD) :] not in DERIVED or not datatype.startswith(XSD)
