"""The named graph of one article: what it is, whom it names, and each fact with the words that say it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal

import pyoxigraph as ox

from kg.map_rdf.terms import DCT, LABEL, OA, PREF, PROV, RDF, SCHEMA, TYPE, Graph, file_iri, key, lg, number, typed
from kg.records import (
    DOC,
    Claim,
    Document,
    Figure,
    Original,
    Position,
    ResolvedDocument,
    Span,
    Statement,
    Value,
    Visit,
)

CONTEXT = 32  # code points of prefix and suffix: enough to find a quote again after small edits of the page


def article_graph(resolved: ResolvedDocument, *, base: str) -> Graph:
    """All quads read out of one article, in the graph named by the article's IRI."""
    return _Mapper(resolved, base).graph


class _Mapper:
    """Maps the records of one document. Nodes are named by their content, so that the same fact has the same IRI."""

    def __init__(self, resolved: ResolvedDocument, base: str) -> None:
        annotated = resolved.annotated
        self.base = base
        self.document = annotated.document
        self.paths = resolved.paths
        self.iri = ox.NamedNode(f"{base}article/{self.document.slug}")
        self.graph = Graph(self.iri.value)
        self.confidence: dict[ox.NamedNode, Decimal] = {}
        self.article(self.document)
        self.graph.add(self.iri, lg("mentions"), *(self.node(e.id) for e in annotated.entities))
        for statement in annotated.statements:
            self.statement(statement)
        for position in annotated.positions:
            self.position(position)
        for figure in annotated.figures:
            self.figure(figure)
        for claim in annotated.claims:
            self.claim(claim)
        for visit in annotated.visits:
            self.visit(visit)
        for node, confidence in self.confidence.items():
            self.graph.add(node, lg("confidence"), number(confidence))

    def node(self, reference: str) -> ox.NamedNode:
        return self.iri if reference == DOC else ox.NamedNode(self.base + self.paths[reference])

    def named(self, kind: str, *parts: object) -> ox.NamedNode:
        return ox.NamedNode(f"{self.iri.value}/{kind}/{key(*parts)}")

    def article(self, document: Document) -> None:
        add = self.graph.add
        add(self.iri, TYPE, lg("SourceArticle"))
        add(self.iri, ox.NamedNode(DCT + "identifier"), ox.Literal(document.id))
        add(self.iri, ox.NamedNode(DCT + "language"), ox.Literal(document.language))
        add(self.iri, lg("textSha256"), ox.Literal(hashlib.sha256(document.text.encode()).hexdigest()))
        if document.title:
            add(self.iri, ox.NamedNode(DCT + "title"), ox.Literal(document.title.value, language=document.language))
        if document.url:
            add(self.iri, ox.NamedNode(SCHEMA + "url"), *web_address(document.url.value))
        fields = (document.title, document.publisher, document.date, document.url, *document.authors)
        for origin in sorted({f.origin for f in fields if f and isinstance(f.origin, str)}):
            add(self.iri, ox.NamedNode(PROV + "wasDerivedFrom"), file_iri(self.base, origin))
        if document.original:
            self.original(document.original)

    def original(self, original: Original) -> None:
        """The article that a digest was made from, as far as the digest's front matter tells of it."""
        node = ox.NamedNode(f"{self.base}id/work/{self.document.slug}-original")
        add = self.graph.add
        add(self.iri, lg("digestOf"), node)
        add(node, TYPE, lg("Article"))
        if original.title:
            title = ox.Literal(original.title, language=self.document.language)
            for name in (ox.NamedNode(DCT + "title"), LABEL, PREF):
                add(node, name, title)
        if original.url:
            add(node, ox.NamedNode(SCHEMA + "url"), *web_address(original.url))
        if original.publisher:
            add(node, ox.NamedNode(DCT + "publisher"), ox.Literal(original.publisher))
        for author in original.authors:
            add(node, ox.NamedNode(DCT + "creator"), ox.Literal(author))
        if original.date:
            add(node, ox.NamedNode(DCT + "issued"), date_literal(original.date))
        add(node, ox.NamedNode(PROV + "wasDerivedFrom"), file_iri(self.base, self.document.id))

    def evidence(self, fact: ox.NamedNode, spans: Iterable[Span], derived_from: str | None = None) -> None:
        """Tie a fact to the words that say it (Web Annotation: a position and a quote selector)."""
        text = self.document.text
        for span in spans:
            node = ox.NamedNode(f"{self.iri.value}/evidence/{span.start}-{span.end}")
            position, quote = ox.NamedNode(node.value + "/position"), ox.NamedNode(node.value + "/quote")
            add = self.graph.add
            add(fact, lg("evidence"), node)
            add(node, TYPE, lg("Evidence"))
            add(node, ox.NamedNode(OA + "hasSource"), self.iri)
            add(node, ox.NamedNode(OA + "hasSelector"), position, quote)
            add(position, TYPE, ox.NamedNode(OA + "TextPositionSelector"))
            add(position, ox.NamedNode(OA + "start"), typed(span.start, "nonNegativeInteger"))
            add(position, ox.NamedNode(OA + "end"), typed(span.end, "nonNegativeInteger"))
            add(quote, TYPE, ox.NamedNode(OA + "TextQuoteSelector"))
            add(quote, ox.NamedNode(OA + "exact"), ox.Literal(text[span.start : span.end]))
            before, after = text[max(0, span.start - CONTEXT) : span.start], text[span.end : span.end + CONTEXT]
            add(quote, ox.NamedNode(OA + "prefix"), ox.Literal(before))
            add(quote, ox.NamedNode(OA + "suffix"), ox.Literal(after))
        if derived_from:
            self.graph.add(fact, ox.NamedNode(PROV + "wasDerivedFrom"), file_iri(self.base, derived_from))

    def fact(self, node: ox.NamedNode, kind: str, fact: Statement | Position | Figure | Claim | Visit) -> None:
        """What every reified fact carries: its class, the rule that found it, its confidence and its evidence."""
        self.graph.add(node, TYPE, lg(kind))
        self.graph.add(node, lg("rule"), ox.Literal(fact.rule))
        # The same fact said twice is as sure as its surest telling.
        self.confidence[node] = max(fact.confidence, self.confidence.get(node, Decimal(0)))
        self.evidence(node, fact.evidence, getattr(fact, "derived_from", None))

    def statement(self, s: Statement) -> None:
        target = literal(s.object) if isinstance(s.object, Value) else self.node(s.object)
        self.reified(self.node(s.subject), s.predicate, target, s)

    def reified(
        self,
        subject: ox.NamedNode,
        predicate: str,
        target: ox.NamedNode | ox.Literal,
        source: Statement | Position | Visit,
    ) -> None:
        """A statement, and the direct triple where the article says it in its own voice (rule 1 of the vocabulary)."""
        modality = getattr(source, "modality", "reported")
        said_by = getattr(source, "attributed_to", None)
        speaker = self.node(said_by) if said_by else None
        node = self.named("statement", subject, predicate, target, modality, speaker)
        self.fact(node, "Statement", source)
        add = self.graph.add
        add(node, ox.NamedNode(RDF + "subject"), subject)
        add(node, ox.NamedNode(RDF + "predicate"), lg(predicate))
        add(node, ox.NamedNode(RDF + "object"), target)
        add(node, lg("modality"), lg(modality))
        if speaker:
            add(node, lg("attributedTo"), speaker)
        if modality == "reported":
            add(subject, lg(predicate), target)

    def position(self, p: Position) -> None:
        person = self.node(p.person)
        at = self.node(p.organisation) if p.organisation else None
        place = self.node(p.place) if p.place else None
        node = self.named("position", person, p.title, at, place, p.status)
        self.fact(node, "Position", p)
        self.graph.add(node, lg("title"), ox.Literal(p.title, language=self.document.language))
        self.graph.add(node, lg("status"), lg(p.status))
        if at:
            self.graph.add(node, lg("atOrganisation"), at)
        if place:
            self.graph.add(node, lg("inPlace"), place)
        self.reified(person, "holdsPosition", node, p)

    def figure(self, f: Figure) -> None:
        of = self.node(f.of)
        node = self.named("figure", of, f.value, f.max_value, f.comparator, f.measure)
        self.fact(node, "Figure", f)
        add = self.graph.add
        add(node, lg("figureOf"), of)
        add(node, lg("value"), number(f.value))
        if f.max_value is not None:
            add(node, lg("maxValue"), number(f.max_value))
        add(node, lg("comparator"), lg(f.comparator))
        add(node, lg("measure"), ox.Literal(f.measure, language=self.document.language))

    def claim(self, c: Claim) -> None:
        claimant = self.node(c.claimant)
        about = sorted({self.node(a) for a in c.about}, key=str)
        words = self.document.text[c.quotation.start : c.quotation.end] if c.quotation else None
        node = self.named("claim", claimant, c.stance, *about, c.quotation or "", *(() if about else c.evidence[:1]))
        self.fact(node, "Claim", c)
        self.graph.add(node, lg("claimant"), claimant)
        self.graph.add(node, lg("stance"), lg(c.stance))
        self.graph.add(node, lg("about"), *about)
        if words:
            self.graph.add(node, lg("quotation"), ox.Literal(words, language=self.document.language))

    def visit(self, v: Visit) -> None:
        visitor, destination = self.node(v.visitor), self.node(v.destination)
        node = self.named("visit", visitor, destination, v.date.lexical if v.date else "", v.modality)
        self.fact(node, "Visit", v)
        self.reified(node, "visitor", visitor, v)
        self.reified(node, "destination", destination, v)
        if v.date:
            self.reified(node, "date", literal(v.date), v)


def literal(value: Value) -> ox.Literal:
    return typed(value.lexical, value.datatype)


def date_literal(text: str) -> ox.Literal:
    """An ISO 8601 date as precise as it is given: `xsd:gYear`, `xsd:gYearMonth` or `xsd:date`."""
    return typed(text, {4: "gYear", 7: "gYearMonth"}.get(len(text), "date"))


def web_address(text: str) -> list[ox.NamedNode]:
    """The IRI of a page, or nothing where the text is no absolute http(s) IRI."""
    if not text.startswith(("http://", "https://")):
        return []
    try:
        return [ox.NamedNode(text)]
    except ValueError:
        return []
