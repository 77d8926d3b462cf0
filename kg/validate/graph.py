"""A shapes graph, small enough to be held as dictionaries, with its literals exactly as written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg.errors import BadShapes
from kg.validate.names import CLASS, FIRST, NIL, REST, SUBCLASS, TYPE, Node, Term, local, sh
from kg.validate.paths import CLOSURES, Path

MAX_DEPTH = 200  # nested paths and shapes; real ones have a handful, a thousand would exhaust the stack


class ShapesGraph:
    """Triples by subject and predicate, in the order they came."""

    def __init__(self, triples: Iterable[tuple[Node, ox.NamedNode, Term]]) -> None:
        self._index: dict[Term, dict[ox.NamedNode, dict[Term, None]]] = {}
        self.size = 0
        for s, p, o in triples:
            self._index.setdefault(s, {}).setdefault(p, {})[o] = None
            self.size += 1

    def __iter__(self) -> Iterator[tuple[Term, ox.NamedNode, Term]]:
        for s, rest in self._index.items():
            for p, objects in rest.items():
                for o in objects:
                    yield s, p, o

    def subjects(self) -> Iterator[Term]:
        """Every subject, in order."""
        yield from self._index

    def predicates(self, s: Term) -> Iterable[ox.NamedNode]:
        """The predicates that a subject has."""
        return self._index.get(s, {}).keys()

    def objects(self, s: Term, p: ox.NamedNode) -> list[Term]:
        """The objects of that subject and predicate."""
        return list(self._index.get(s, {}).get(p, ()))

    def one(self, s: Term, p: ox.NamedNode) -> Term | None:
        """The only object, or None. Raises `BadShapes` for more than one."""
        found = self.objects(s, p)
        if len(found) > 1:
            raise BadShapes(f"{show(s)} has {len(found)} values of sh:{local(p.value)}, where one is allowed")
        return found[0] if found else None

    def items(self, head: Term) -> list[Term]:
        """The members of an RDF list. Raises `BadShapes` for what is not a well-formed list."""
        found: list[Term] = []
        seen: set[Term] = set()
        while head != NIL:
            first, rest = self.objects(head, FIRST), self.objects(head, REST)
            if head in seen or len(first) != 1 or len(rest) != 1:
                raise BadShapes(f"{show(head)} is not a well-formed RDF list")
            seen.add(head)
            found.append(first[0])
            head = rest[0]
        return found

    def is_instance(self, s: Term, cls: ox.NamedNode) -> bool:
        """Whether the subject's type is the class or, by this graph, a subclass of it."""
        todo, seen = self.objects(s, TYPE), set()
        while todo:
            each = todo.pop()
            if each == cls:
                return True
            if each not in seen:
                seen.add(each)
                todo += self.objects(each, SUBCLASS)
        return False

    def is_class(self, s: Term) -> bool:
        """Whether the subject is a class, and so an implicit class target of the shape it is."""
        return self.is_instance(s, CLASS)

    def path(self, node: Term, depth: int = 0) -> Path:
        """The property path that a node stands for. Raises `BadShapes` for an ill-formed or recursive one."""
        if depth > MAX_DEPTH:
            raise BadShapes(f"the property path at {show(node)} is recursive or too deep")
        if isinstance(node, ox.Literal):
            raise BadShapes(f"a literal, {show(node)}, is no property path")
        if isinstance(node, ox.NamedNode) and node != NIL:
            return Path("predicate", node)
        if self.objects(node, FIRST) or node == NIL:
            parts = tuple(self.path(item, depth + 1) for item in self.items(node))
            if len(parts) < 2:
                raise BadShapes(f"the sequence path at {show(node)} needs at least two members")
            return Path("sequence", None, parts)
        kinds = [name for name in ("inversePath", "alternativePath", *CLOSURES) if self.objects(node, sh(name))]
        if len(kinds) != 1:
            raise BadShapes(f"{show(node)} is no well-formed property path", hint="See section 2.3.1 of SHACL.")
        inner = self.one(node, sh(kinds[0]))
        assert inner is not None
        if kinds[0] == "alternativePath":
            parts = tuple(self.path(item, depth + 1) for item in self.items(inner))
            if len(parts) < 2:
                raise BadShapes(f"the alternative path at {show(node)} needs at least two members")
            return Path("alternative", None, parts)
        return Path("inverse" if kinds[0] == "inversePath" else kinds[0], None, (self.path(inner, depth + 1),))


def show(term: Term | None) -> str:
    """A term for a message: an IRI bare, a blank node as such, a literal quoted."""
    if term is None:
        return "nothing"
    return term.value if isinstance(term, ox.NamedNode) else str(term)
