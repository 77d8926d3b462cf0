"""The HTML documents: `/page/…` about the release's own resources, and `/resource?iri=` about any other IRI."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from kg.errors import NotFound
from kg.web.answers import answer, page, unchanged
from kg.web.documents import about_resource, serialise
from kg.web.facts import KINDS, FactReader
from kg.web.graph import (
    DCTERMS,
    LG,
    OWL,
    PREFIXES,
    RDF_TYPE,
    RDFS,
    SCHEMA,
    SKOS,
    Description,
    describe,
    every,
    first,
    iri,
    text,
)
from kg.web.linked import alternates, locate
from kg.web.links import best, thing, things
from kg.web.listing import OF_ARTICLE, OF_ENTITY, count, stretch
from kg.web.model import Entity, Fact, Group, Page, Thing
from kg.web.negotiation import BY_TYPE, FORMATS, HTML, wanted
from kg.web.schemaorg import article_jsonld, entity_jsonld
from kg.web.site import View, integer, view

bp = Blueprint("browse", __name__)
FACTS = 40  # facts on one page of an entity: a page stays readable and some ten queries suffice
ARTICLES = 100
TRIPLES = 200
_HIDDEN = {RDF_TYPE, RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel", OWL + "sameAs",
           LG + "holdsPosition", LG + "mentions"}  # fmt: skip


_SHOWN = {SCHEMA + "url", DCTERMS + "title", DCTERMS + "identifier", DCTERMS + "language"}


@bp.get("/page/<path:rest>")
def resource_page(rest: str) -> Response:
    """The page about the resource at `rest` below the base."""
    here = view()
    target = locate(here, rest, prefix="page/")
    if isinstance(target, Response):
        return target
    headers = {"Link": alternates(here, target)}
    if same := unchanged(headers=headers):
        return same
    if rest.startswith("article/") and rest.count("/") == 1:
        return article(here, target, headers)
    said = describe(here.graph, [target]).get(target, {})
    if rest.startswith("id/"):
        return entity(here, target, said, headers)
    if set(every(said, RDF_TYPE)) & set(KINDS):
        return fact(here, target, headers)
    if rest.startswith("article/") and LG + "Evidence" in every(said, RDF_TYPE):
        return evidence(here, target, headers)
    return generic(here, target, headers=headers)


def entity(here: View, target: str, said: Description, headers: dict[str, str]) -> Response:
    """What an entity is called, what is said of it and by whom, and where it is mentioned."""
    shown, facts = _facts(here, OF_ENTITY, target, FACTS)
    articles, number = _mentioning(here, target)
    model = Entity(
        thing=thing(target, said, here.links, here.terms),
        types=tuple(thing(kind, {}, here.links, here.terms) for kind in here.terms.special(every(said, RDF_TYPE))),
        aliases=() if first(said, LG + "role") else tuple(every(said, SKOS + "altLabel")),
        labels=tuple(sorted((getattr(o, "language", None) or "", text(o)) for o in said.get(SKOS + "prefLabel", ()))),
        same_as=tuple(Thing(o, here.links.href(o), o, local=False) for o in every(said, OWL + "sameAs")),
        properties=_properties(here, said),
        groups={kind: alike(group) for kind, group in by_kind(facts).items()},
        page=shown,
        articles=articles,
        articles_total=number,
    )
    base = here.links.page(target)
    return page(
        "entity.html",
        headers=headers,
        entity=model,
        jsonld=entity_jsonld(model, said, here.terms, request.host_url.rstrip("/")),
        alternates=documents(here, target),
        canonical=base,
        page_url=_numbered(base),
    )


def _properties(here: View, said: Description) -> tuple[tuple[Thing, tuple[Thing | str, ...]], ...]:
    """Direct triples in the project's own terms that the page does not show elsewhere."""
    shown = {p: objects for p, objects in said.items() if (p.startswith(LG) or p in _SHOWN) and p not in _HIDDEN}
    names = things(
        here.graph, (text(o) for objects in shown.values() for o in objects if ":" in text(o) and _is_iri(o)),
        here.links, here.terms,
    )  # fmt: skip
    return tuple(
        (
            thing(p, {}, here.links, here.terms),
            tuple(names.get(text(o), text(o)) if _is_iri(o) else text(o) for o in os),
        )
        for p, os in sorted(shown.items())
    )


def _is_iri(term: object) -> bool:
    return type(term).__name__ == "NamedNode"


def by_kind(facts: list[Fact]) -> dict[str, tuple[Fact, ...]]:
    """Facts grouped by kind, within a kind by article and place in the text."""

    def place(fact: Fact) -> tuple[str, int, str]:
        starts = [quote.start for quote in fact.quotes if quote.start is not None]
        return (fact.article.iri if fact.article else "", min(starts, default=0), fact.iri)

    return {kind: tuple(sorted((f for f in facts if f.kind == kind), key=place)) for kind in KINDS.values()}


def alike(facts: Iterable[Fact]) -> tuple[Group, ...]:
    """Facts of one kind put together where their sentences are the same, in the order of the first of each."""
    found: dict[tuple[str, ...], list[Fact]] = {}
    for fact in facts:
        key = tuple(part if isinstance(part, str) else part.iri for part in fact.parts)
        found.setdefault(key, []).append(fact)
    return tuple(Group(group[0].parts, tuple(group)) for group in found.values())


def _numbered(base: str) -> Callable[[int], str]:
    mark = "&" if "?" in base else "?"
    return lambda number: f"{base}{mark}{urlencode({'page': number})}"


def documents(here: View, target: str) -> list[dict[str, str]]:
    """The RDF documents about a resource, for links in a page."""
    return [{"href": here.links.data(target, f.ending), "media_type": f.media_type, "name": f.name} for f in FORMATS]


def article(here: View, target: str, headers: dict[str, str]) -> Response:
    """An article: what is known of it, and every fact read out of it with its words."""
    properties = (DCTERMS + "title", DCTERMS + "identifier", DCTERMS + "language", LG + "author", LG + "publishedBy",
                  LG + "date", SCHEMA + "url", LG + "textSha256", LG + "digestOf", RDF_TYPE)  # fmt: skip
    values = " ".join(f"<{item}>" for item in properties)
    said: dict[str, list[object]] = {}
    for row in here.graph.select(
        f"SELECT ?p ?o WHERE {{ VALUES ?p {{ {values} }} {iri(target)} ?p ?o }} ORDER BY ?p ?o"
    ):
        said.setdefault(text(row["p"]), []).append(row["o"])
    shown, facts = _facts(here, OF_ARTICLE, target, 5 * FACTS)
    rows = here.graph.select(f"{PREFIXES}SELECT DISTINCT ?e WHERE {{ {iri(target)} lg:mentions ?e }} ORDER BY ?e")
    mentioned = things(here.graph, (text(row["e"]) for row in rows), here.links, here.terms)
    described: Description = said  # type: ignore[assignment]
    refers = [o for p in ("author", "publishedBy", "digestOf") for o in every(described, LG + p) if ":" in o]
    names = things(here.graph, refers, here.links, here.terms)

    def linked(predicate: str) -> list[Thing | str]:
        return [names.get(value, value) for value in every(described, LG + predicate)]

    subject = thing(target, described, here.links, here.terms)
    original = first(described, LG + "digestOf")
    base = here.links.page(target)
    return page(
        "article.html",
        headers=headers,
        article=subject,
        title=best(described, DCTERMS + "title") or subject.label,
        identifier=first(described, DCTERMS + "identifier"),
        language=first(described, DCTERMS + "language"),
        date=first(described, LG + "date"),
        url=_web_address(first(described, SCHEMA + "url")),
        sha256=first(described, LG + "textSha256"),
        authors=linked("author"),
        publishers=linked("publishedBy"),
        original=names.get(original),
        groups=by_kind(facts),
        mentioned=sorted(mentioned.values(), key=lambda item: (item.protected, item.label.lower())),
        jsonld=article_jsonld(subject, described, names, request.host_url.rstrip("/")),
        alternates=documents(here, target),
        canonical=base,
        shown=shown,
        page_url=_numbered(base),
    )


def _web_address(value: str) -> str:
    """An address that may stand in a link: http or https, or nothing."""
    return value if value.startswith(("https://", "http://")) else ""


def fact(here: View, target: str, headers: dict[str, str]) -> Response:
    """One statement, position, figure, claim or visit on a page of its own."""
    found = FactReader(here.graph, here.links, here.terms).read([target])
    if not found:
        raise NotFound("the graph says nothing of a resource at this address")
    return page("fact.html", headers=headers, fact=found[0], alternates=documents(here, target))


def evidence(here: View, target: str, headers: dict[str, str]) -> Response:
    """The words of an article, and every fact that rests on them."""
    rows = here.graph.select(
        f"{PREFIXES}SELECT DISTINCT ?item WHERE {{ ?item lg:evidence {iri(target)} }} ORDER BY ?item"
    )
    reader = FactReader(here.graph, here.links, here.terms)
    facts = reader.read(text(row["item"]) for row in rows)
    quote = next((q for item in facts for q in item.quotes if q.iri == target), None)
    if quote is None:
        return generic(here, target, headers=headers)
    return page("evidence.html", headers=headers, quote=quote, facts=facts, alternates=documents(here, target))


@bp.get("/resource")
def resource() -> Response:
    """The document about any IRI that the graph speaks of (`iri=`), also one that stands elsewhere."""
    here = view()
    target = request.args.get("iri", "")
    iri(target)
    if here.links.is_ours(target):
        return redirect(here.links.href(target), 303)  # type: ignore[return-value]
    chosen = wanted(html=True)
    headers = {"Vary": "Accept"}
    if chosen == HTML:
        return generic(here, target, headers=headers)
    triples = about_resource(here.graph, target)
    if not triples:
        raise NotFound("the graph says nothing of that IRI")
    return answer(serialise(triples, BY_TYPE[chosen]), chosen, headers=headers)


def generic(here: View, target: str, *, headers: dict[str, str]) -> Response:
    """The bare triples of any resource, outgoing and incoming, with names for what they link."""
    wanted_iri = iri(target)
    outgoing = here.graph.select(f"SELECT ?p ?o WHERE {{ {wanted_iri} ?p ?o }} ORDER BY ?p ?o LIMIT {TRIPLES + 1}")
    incoming = here.graph.select(f"SELECT ?s ?p WHERE {{ ?s ?p {wanted_iri} }} ORDER BY ?p ?s LIMIT {TRIPLES + 1}")
    inside = here.graph.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {wanted_iri} {{ ?s ?p ?o }} }}")
    count = int(text(inside[0]["n"])) if inside else 0
    if not outgoing and not incoming and not count:
        raise NotFound("the graph says nothing of that IRI")
    seen = [term for row in (*outgoing, *incoming) for term in row.values() if _is_iri(term)]
    names = things(here.graph, [target, *(text(term) for term in seen)], here.links, here.terms)

    def shown(term: object) -> Thing | str:
        return names[text(term)] if _is_iri(term) else text(term)  # type: ignore[arg-type]

    return page(
        "resource.html",
        headers=headers,
        thing=names[target],
        outgoing=[(shown(row["p"]), shown(row["o"])) for row in outgoing[:TRIPLES]],
        incoming=[(shown(row["s"]), shown(row["p"])) for row in incoming[:TRIPLES]],
        more=len(outgoing) > TRIPLES or len(incoming) > TRIPLES,
        limit=TRIPLES,
        graph_triples=count,
        query=f"DESCRIBE {wanted_iri}",
        alternates=documents(here, target) if here.links.is_ours(target) else [],
    )


def _facts(here: View, patterns: Mapping[str, str], target: str, size: int) -> tuple[Page, list[Fact]]:
    """The facts of the page that `page=` asks for, the first by default, and where it stands among all."""
    counts = count(here.graph, patterns, target)
    shown = Page(integer("page", 1, most=100_000), size, sum(counts.values()))
    found = stretch(here.graph, patterns, target, counts, offset=(shown.number - 1) * size, limit=size)
    return shown, FactReader(here.graph, here.links, here.terms).read(found)


def _mentioning(here: View, target: str) -> tuple[tuple[Thing, ...], int]:
    """The first articles that mention an entity, and how many there are."""
    where = f"WHERE {{ ?article lg:mentions {iri(target)} }}"
    total = here.graph.select(f"{PREFIXES}SELECT (COUNT(DISTINCT ?article) AS ?n) {where}")
    rows = here.graph.select(f"{PREFIXES}SELECT DISTINCT ?article {where} LIMIT {ARTICLES}")
    articles = things(here.graph, sorted(text(row["article"]) for row in rows), here.links, here.terms)
    return tuple(articles.values()), int(text(total[0]["n"]))
