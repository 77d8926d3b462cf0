"""SHACL property paths: read from a shapes graph, written as SPARQL and as RDF, and walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg.validate.names import FIRST, NIL, REST, Term, sh
from kg.validate.view import View

CLOSURES = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}


@dataclass(frozen=True, slots=True)
class Path:
    """A property path. `kind` is `predicate`, `inverse`, `sequence`, `alternative` or a key of `CLOSURES`."""

    kind: str
    predicate: ox.NamedNode | None = None
    parts: tuple[Path, ...] = ()

    def sparql(self) -> str:
        """The path as SPARQL, in parentheses where it needs them."""
        if self.predicate is not None:
            return str(self.predicate)
        inner = [part.sparql() for part in self.parts]
        if self.kind == "inverse":
            return f"^{inner[0]}" if self.parts[0].predicate else f"^({inner[0]})"
        if self.kind in CLOSURES:
            return f"({inner[0]}){CLOSURES[self.kind]}"
        return "(" + ("/" if self.kind == "sequence" else "|").join(inner) + ")"

    def predicates(self) -> Iterator[ox.NamedNode]:
        """Every predicate the path mentions."""
        if self.predicate is not None:
            yield self.predicate
        for part in self.parts:
            yield from part.predicates()

    @property
    def finite(self) -> bool:
        """Whether it has a fixed length, so that a query may ask for all its pairs at once."""
        return self.kind not in CLOSURES and all(part.finite for part in self.parts)

    def walk(self, view: View, start: Term) -> list[Term]:
        """The nodes that the path reaches from `start`, each once."""
        return list(self._step(view, {start: None}))

    def _step(self, view: View, nodes: dict[Term, None], *, back: bool = False) -> dict[Term, None]:
        if self.predicate is not None:
            p = self.predicate
            if back:
                return {s: None for n in nodes for s in view.subjects(p, n)}
            return {o: None for n in nodes for o in view.objects(n, p)}
        if self.kind == "inverse":
            return self.parts[0]._step(view, nodes, back=not back)
        if self.kind == "sequence":
            for part in reversed(self.parts) if back else self.parts:
                nodes = part._step(view, nodes, back=back)
            return nodes
        if self.kind == "alternative":
            return {n: None for part in self.parts for n in part._step(view, nodes, back=back)}
        inner = self.parts[0]
        reached = {} if self.kind == "oneOrMorePath" else dict(nodes)
        fresh = inner._step(view, nodes, back=back)
        if self.kind == "zeroOrOnePath":
            return reached | fresh
        while fresh := {n: None for n in fresh if n not in reached}:
            reached |= fresh
            fresh = inner._step(view, fresh, back=back)
        return reached

    def to_rdf(self, triples: list[ox.Triple]) -> Term:
        """The path's node for a report; what describes it is appended to `triples` with fresh blank nodes."""
        if self.predicate is not None:
            return self.predicate
        if self.kind == "sequence":
            return _list([part.to_rdf(triples) for part in self.parts], triples)
        node = ox.BlankNode()
        if self.kind == "alternative":
            inner = _list([part.to_rdf(triples) for part in self.parts], triples)
            triples.append(ox.Triple(node, sh("alternativePath"), inner))
        else:
            name = "inversePath" if self.kind == "inverse" else self.kind
            triples.append(ox.Triple(node, sh(name), self.parts[0].to_rdf(triples)))
        return node


def _list(items: list[Term], triples: list[ox.Triple]) -> Term:
    head: Term = NIL
    for item in reversed(items):
        cell = ox.BlankNode()
        triples.append(ox.Triple(cell, FIRST, item))
        triples.append(ox.Triple(cell, REST, head))
        head = cell
    return head
