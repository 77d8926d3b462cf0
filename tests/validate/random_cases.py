"""Random shapes and random data, small and dense: few names, so that most shapes meet most data.

What the two validators read differently is kept out, and each such thing is named in docs/validation.md.
"""

from __future__ import annotations

import rdflib
from hypothesis import strategies as st
from rdflib import RDF, RDFS, SH, XSD, BNode, Literal, URIRef
from rdflib.collection import Collection

EX = rdflib.Namespace("http://example.org/")
SHAPES_A_CASE = 10
CLASSES = [EX.A, EX.B, EX.C]
PLAIN = [EX.p, EX.q, EX.r]
NUMBERS, DATES = [EX.low, EX.high], [EX.start, EX.end]
NODES = [EX.n0, EX.n1, EX.n2, EX.n3, EX.n4, BNode("x"), BNode("y")]
TEXTS = [Literal(t) for t in ("", "a", "abc", "abcdef", "ABC", "a b", "é", "12")]
TAGGED = [Literal(t, lang=tag) for t, tag in (("a", "en"), ("b", "en"), ("a", "en-gb"), ("c", "de"), ("a", "fr"))]
INTS = [Literal(n) for n in (-1, 0, 1, 2, 10)]
DECIMALS = [Literal(n, datatype=XSD.decimal) for n in ("0.5", "1.0", "2.25")]
DOUBLES = [Literal(n, datatype=XSD.double) for n in ("1.0E0", "1.5E0")]
DAYS = [Literal(d, datatype=XSD.date) for d in ("2020-01-01", "2021-06-30", "2022-12-31")]
TIMES = [Literal(d, datatype=XSD.dateTime) for d in ("2020-01-01T00:00:00Z", "2021-06-30T12:00:00Z")]
OTHERS = [Literal(True), Literal(False), Literal("abc", datatype=XSD.integer), Literal("x", datatype=EX.unit),
          Literal("2020-13-01", datatype=XSD.date), Literal("5", datatype=XSD.nonNegativeInteger),
          Literal("-5", datatype=XSD.nonNegativeInteger), Literal("300", datatype=XSD.byte)]  # fmt: skip
VALUES = [*NODES, *TEXTS, *TAGGED, *INTS, *DECIMALS, *DOUBLES, *DAYS, *TIMES, *OTHERS]
DATATYPES = [XSD.string, XSD.integer, XSD.decimal, XSD.double, XSD.boolean, XSD.date, XSD.dateTime, RDF.langString,
             XSD.nonNegativeInteger, XSD.byte, EX.unit]  # fmt: skip
KINDS = [SH.IRI, SH.BlankNode, SH.Literal, SH.BlankNodeOrIRI, SH.BlankNodeOrLiteral, SH.IRIOrLiteral]
PATTERNS = ["^a", "c$", "^[a-z]+$", "b", ".", "^$", "^http", "\\d"]


@st.composite
def data_graphs(draw: st.DrawFn) -> rdflib.Graph:
    """Up to forty triples over few nodes."""
    graph = rdflib.Graph()
    for sub, sup in draw(st.lists(st.sampled_from([(EX.B, EX.A), (EX.C, EX.B), (EX.A, EX.C)]), max_size=2)):
        graph.add((sub, RDFS.subClassOf, sup))
    for node in NODES:
        for cls in draw(st.lists(st.sampled_from(CLASSES), max_size=2)):
            graph.add((node, RDF.type, cls))
    subjects = st.sampled_from(NODES)
    for s, p, o in draw(st.lists(st.tuples(subjects, st.sampled_from(PLAIN), st.sampled_from(VALUES)), max_size=24)):
        graph.add((s, p, o))
    for s, p, o in draw(
        st.lists(
            st.tuples(subjects, st.sampled_from(NUMBERS), st.sampled_from([*INTS, *DECIMALS, *DOUBLES, TEXTS[1]])),
            max_size=8,
        )
    ):
        graph.add((s, p, o))
    for s, p, o in draw(
        st.lists(st.tuples(subjects, st.sampled_from(DATES), st.sampled_from([*DAYS, TEXTS[1]])), max_size=8)
    ):
        graph.add((s, p, o))
    return graph


class Shapes:
    """Draws shapes into a graph."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.graph = rdflib.Graph()
        self.count = 0

    def pick(self, options: list[object]) -> object:
        return self.draw(st.sampled_from(options))

    def name(self, kind: str) -> URIRef:
        self.count += 1
        return EX[f"{kind}{self.count}"]

    def list(self, items: list[object]) -> BNode | URIRef:
        if not items:
            return RDF.nil
        node = BNode()
        Collection(self.graph, node, items)
        return node

    def add(self, s: object, p: object, o: object) -> None:
        self.graph.add((s, p, o))

    def path(self, depth: int = 0) -> object:
        kind = self.draw(st.integers(0, 12 if depth < 2 else 3))
        if kind < 7:
            return self.pick(PLAIN)
        if kind in (7, 8):
            node = BNode()
            self.add(node, SH.inversePath, self.path(depth + 1) if kind == 7 else self.pick(PLAIN))
            if self.is_sequence(node):
                self.graph.set((node, SH.inversePath, self.pick(PLAIN)))
            return node
        parts = [self.path(depth + 1) for _ in range(2)]
        if kind == 9:
            return self.list(parts)
        node = BNode()
        if kind == 10:
            self.add(node, SH.alternativePath, self.list(parts))
        else:
            closure = self.pick([SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath])
            self.add(node, closure, parts[0])
        return node

    def is_sequence(self, node: BNode) -> bool:
        """Whether a list occurs in an inverse path: pySHACL walks the inverse of a sequence in the wrong order."""
        todo, seen = [node], set()
        while todo:
            each = todo.pop()
            if (each, RDF.first, None) in self.graph and each not in seen:
                return True
            seen.add(each)
            todo += [o for o in self.graph.objects(each) if isinstance(o, BNode) and o not in seen]
        return False

    def shape(self, depth: int = 0) -> URIRef:
        """A shape without targets: about half of them property shapes."""
        if self.draw(st.booleans()):
            return self.property_shape(depth)
        return self.node_shape(depth)

    def node_shape(self, depth: int) -> URIRef:
        shape = self.name("N")
        self.add(shape, RDF.type, SH.NodeShape)
        self.constrain(shape, depth, has_path=False)
        return shape

    def property_shape(self, depth: int) -> URIRef:
        shape = self.name("P")
        self.add(shape, RDF.type, SH.PropertyShape)
        if self.draw(st.integers(0, 4)) == 0:
            (first, second), limits = self.pick([(NUMBERS, NUMERIC_LIMITS), (DATES, DAYS)])
            self.add(shape, SH.path, first)
            if self.draw(st.booleans()):
                self.add(shape, self.pick([SH.lessThan, SH.lessThanOrEquals]), second)
            else:
                self.add(shape, self.pick(RANGES), self.pick(limits))
            return shape
        self.add(shape, SH.path, self.path())
        self.constrain(shape, depth, has_path=True)
        return shape

    def constrain(self, shape: URIRef, depth: int, *, has_path: bool) -> None:
        for _ in range(self.draw(st.integers(1, 3))):
            choices = [*VALUE_MAKERS, *(COUNT_MAKERS * 2 if has_path else ())]
            if depth < 2:
                choices += SHAPE_MAKERS + (QUALIFIED if has_path else [])
            self.pick(choices)(self, shape, depth)
        if self.draw(st.integers(0, 4)) == 0:
            self.graph.set((shape, SH.severity, self.pick([SH.Warning, SH.Info])))
        if self.draw(st.integers(0, 19)) == 0:
            self.graph.set((shape, SH.deactivated, Literal(True)))

    def target(self, shape: URIRef) -> None:
        kind = self.draw(st.integers(0, 4))
        if kind == 0:
            self.add(shape, SH.targetNode, self.pick([*NODES[:5], EX.absent, TEXTS[2], INTS[1]]))
        elif kind == 1:
            self.add(shape, SH.targetSubjectsOf, self.pick(PLAIN))
        elif kind == 2:
            self.add(shape, SH.targetObjectsOf, self.pick(PLAIN))
        else:
            self.add(shape, SH.targetClass, self.pick(CLASSES))


def once(predicate: URIRef, values: list[object]):  # type: ignore[no-untyped-def]
    def make(shapes: Shapes, shape: URIRef, depth: int) -> None:
        shapes.graph.set((shape, predicate, shapes.pick(values)))

    return make


def in_list(shapes: Shapes, shape: URIRef, depth: int) -> None:
    # No blank nodes: those in a shapes graph are not those of the data.
    members = shapes.draw(st.lists(st.sampled_from(NAMED), max_size=8))
    shapes.graph.remove((shape, SH["in"], None))
    shapes.add(shape, SH["in"], shapes.list(members))


def languages(shapes: Shapes, shape: URIRef, depth: int) -> None:
    tags = shapes.draw(
        st.lists(st.sampled_from([Literal("en"), Literal("de"), Literal("en-GB")]), min_size=1, max_size=2)
    )
    shapes.graph.remove((shape, SH.languageIn, None))
    shapes.add(shape, SH.languageIn, shapes.list(tags))


def closed(shapes: Shapes, shape: URIRef, depth: int) -> None:
    shapes.graph.set((shape, SH.closed, Literal(True)))
    if shapes.draw(st.booleans()):
        shapes.graph.remove((shape, SH.ignoredProperties, None))
        shapes.add(shape, SH.ignoredProperties, shapes.list([RDF.type, shapes.pick(PLAIN)]))


def logical(shapes: Shapes, shape: URIRef, depth: int) -> None:
    kind = shapes.pick([SH["and"], SH["or"], SH.xone, SH["not"], SH.node])
    if kind in (SH["not"], SH.node):
        shapes.add(shape, kind, shapes.node_shape(depth + 1) if kind == SH.node else shapes.shape(depth + 1))
    else:
        members = [shapes.shape(depth + 1) for _ in range(shapes.draw(st.integers(1, 3)))]
        shapes.add(shape, kind, shapes.list(members))


QUERIES = [
    "SELECT $this ?value WHERE { $this ex:p ?value . FILTER(isIRI(?value)) }",
    "SELECT $this WHERE { $this ex:p ?x ; ex:q ?y . FILTER(?x = ?y) }",
    "SELECT $this ?value WHERE { $this ex:p ?value . FILTER NOT EXISTS { ?value ex:q ?z } }",
    "SELECT $this WHERE { $this ex:p ?x . OPTIONAL { $this ex:q ?y } FILTER(!bound(?y)) }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this ex:r ?x } }",
    "SELECT $this WHERE { { FILTER(isBlank($this)) } UNION { $this ex:p ?x } }",
    "SELECT DISTINCT $this ?value WHERE { ?value ex:p $this . FILTER($this != ?value) }",
    "SELECT $this (?x AS ?value) WHERE { $this ex:low ?x ; ex:high ?y . "
    "FILTER(isNumeric(?x) && isNumeric(?y) && ?x > ?y) }",
]


def sparql(shapes: Shapes, shape: URIRef, depth: int) -> None:
    node = shapes.name("Q")
    shapes.add(shape, SH.sparql, node)
    shapes.add(node, SH.select, Literal(shapes.pick(QUERIES)))
    shapes.add(node, SH.prefixes, EX.prefixes)
    shapes.add(EX.prefixes, SH.declare, EX.declared)
    shapes.add(EX.declared, SH.prefix, Literal("ex"))
    shapes.add(EX.declared, SH.namespace, Literal(str(EX), datatype=XSD.anyURI))


def nested(shapes: Shapes, shape: URIRef, depth: int) -> None:
    shapes.add(shape, SH.property, shapes.property_shape(depth + 1))


def qualified(shapes: Shapes, shape: URIRef, depth: int) -> None:
    if (shape, SH.qualifiedValueShape, None) in shapes.graph:
        return
    shapes.add(shape, SH.qualifiedValueShape, shapes.shape(depth + 1))
    bound = shapes.pick([SH.qualifiedMinCount, SH.qualifiedMaxCount])
    shapes.add(shape, bound, Literal(shapes.draw(st.integers(0, 2))))


NAMED = [v for v in VALUES if not isinstance(v, BNode)]
RANGES = [SH.minInclusive, SH.minExclusive, SH.maxInclusive, SH.maxExclusive]
NUMERIC_LIMITS = [*INTS[1:4], *DECIMALS]
VALUE_MAKERS = [
    once(SH.datatype, DATATYPES), once(SH.nodeKind, KINDS), once(SH["class"], CLASSES),
    once(SH.minLength, [Literal(n) for n in (1, 3)]), once(SH.maxLength, [Literal(n) for n in (0, 2, 5)]),
    once(SH.pattern, [Literal(p) for p in PATTERNS]), once(SH.hasValue, NAMED),
    once(SH.equals, PLAIN), once(SH.disjoint, PLAIN), in_list, languages, closed, sparql,
]  # fmt: skip
COUNT_MAKERS = [once(SH.minCount, [Literal(n) for n in (0, 1, 2)]), once(SH.maxCount, [Literal(n) for n in (0, 1, 2)]),
                once(SH.uniqueLang, [Literal(True)])]  # fmt: skip
SHAPE_MAKERS = [logical, logical, nested, nested]
QUALIFIED = [qualified]


@st.composite
def shape_graphs(draw: st.DrawFn) -> rdflib.Graph:
    """A shapes graph of `SHAPES_A_CASE` shapes with a target each."""
    shapes = Shapes(draw)
    for _ in range(SHAPES_A_CASE):
        shapes.target(shapes.shape())
    return shapes.graph
