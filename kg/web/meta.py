"""What describes the data to machines: VoID, DCAT 3, prefixes, sitemap, robots."""

from __future__ import annotations

import json
from collections.abc import Iterable
from xml.sax.saxutils import escape

import pyoxigraph as ox
from flask import Blueprint, Response, request

from kg.errors import NotFound
from kg.release.describe import series
from kg.sparql import negotiate
from kg.web.answers import answer, depends_on, page, unchanged
from kg.web.documents import PREFIX_TABLE, parse, serialise
from kg.web.graph import RDF_TYPE, text
from kg.web.negotiation import BY_TYPE, FORMATS, HTML, JSON, by_ending, wanted
from kg.web.site import View, site, view

bp = Blueprint("meta", __name__)
VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"
SH = "http://www.w3.org/ns/shacl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
PER_SITEMAP = 20_000  # addresses in one sitemap; the protocol allows 50,000
DESCRIBED = ("lg:Person", "lg:Organisation", "lg:Place", "lg:Leak", "lg:LeakedDocument", "lg:Article", "lg:Event")


def _root() -> str:
    """The address that this application is reached at, with a slash at its end."""
    return request.host_url.rstrip("/") + request.script_root + "/"


@bp.get("/.well-known/void")
@bp.get("/void")
def void() -> Response:
    """The VoID description, by `Accept`: the release's own, with the addresses that this server is reached at.

    It is for programs: a client that names nothing gets Turtle.
    """
    return _described("void")


@bp.get("/void.<ending>")
def void_document(ending: str) -> Response:
    return _described("void", ending=ending)


@bp.get("/dcat")
def dcat() -> Response:
    """The DCAT 3 catalogue, by `Accept`."""
    return _described("dcat")


@bp.get("/dcat.<ending>")
def dcat_document(ending: str) -> Response:
    return _described("dcat", ending=ending)


def _described(name: str, *, ending: str = "") -> Response:
    chosen = by_ending(ending).media_type if ending else wanted(html=True, unnamed=False)
    documents = [{"href": f"{request.script_root}/{name}.{f.ending}", "media_type": f.media_type, "name": f.name}
                 for f in FORMATS]  # fmt: skip
    headers = {} if ending else {"Vary": "Accept"}
    if not ending and chosen != HTML:
        headers["Content-Location"] = f"{request.script_root}/{name}.{BY_TYPE[chosen].ending}"
    depends_on(*(kept.id for kept in site().kept()))
    if same := unchanged(chosen, headers=headers):
        return same
    here = view()
    triples = _file_triples(here, f"{name}.ttl")
    triples |= set(_void_here(here, triples) if name == "void" else _dcat_here(here, triples))
    triples = {_reached_here(here, t) for t in triples}
    if chosen == HTML:
        turtle = serialise(triples, FORMATS[0]).decode()
        return page("described.html", headers=headers, name=name, turtle=turtle, alternates=documents)
    return answer(serialise(triples, BY_TYPE[chosen]), chosen, headers=headers)


def _file_triples(here: View, name: str) -> set[ox.Triple]:
    if here.release is None or name not in here.release.manifest["files"]:
        return set()
    with site().verifier.opened(here.release, name) as file:
        return set(parse(file.read(), ox.RdfFormat.TURTLE))


def _reached_here(here: View, triple: ox.Triple) -> ox.Triple:
    """The triple, with the address of an endpoint, dump or release below the base replaced by the one that is reached
    here."""
    target = triple.object
    if isinstance(target, ox.NamedNode):
        path = target.value.removeprefix(here.links.base)
        if path != target.value and (path == "sparql" or path.startswith(("dumps/", "releases/"))):
            return ox.Triple(triple.subject, triple.predicate, ox.NamedNode(_root() + path))
    return triple


def _subjects(triples: Iterable[ox.Triple], kind: str) -> list[ox.NamedNode]:
    found = {t.subject for t in triples if text(t.predicate) == RDF_TYPE and text(t.object) == kind}
    return sorted((s for s in found if isinstance(s, ox.NamedNode)), key=str)


def _void_here(here: View, known: set[ox.Triple]) -> Iterable[ox.Triple]:
    """The dataset's SPARQL endpoint, dumps and search as they are reached here."""
    root = _root()
    subsets = {text(t.object) for t in known if text(t.predicate) in (VOID + "subset", VOID + "classPartition",
                                                                     VOID + "propertyPartition")}  # fmt: skip
    own = [s for s in _subjects(known, VOID + "Dataset") if s.value not in subsets]
    datasets = own or [ox.NamedNode(here.links.base + "dataset")]
    for dataset in datasets:
        yield ox.Triple(dataset, ox.NamedNode(RDF_TYPE), ox.NamedNode(VOID + "Dataset"))
        yield ox.Triple(dataset, ox.NamedNode(VOID + "sparqlEndpoint"), ox.NamedNode(root + "sparql"))
        yield ox.Triple(dataset, ox.NamedNode(VOID + "openSearchDescription"), ox.NamedNode(root + "opensearch.xml"))
        if not known:
            count = ox.Literal(str(site().engine.info().quads), datatype=ox.NamedNode(XSD + "integer"))
            yield ox.Triple(dataset, ox.NamedNode(VOID + "triples"), count)
        for name in here.release.manifest["files"] if here.release else ():
            if name.startswith("graph."):
                yield ox.Triple(dataset, ox.NamedNode(VOID + "dataDump"), ox.NamedNode(f"{root}dumps/{name}"))


def _dcat_here(here: View, known: set[ox.Triple]) -> Iterable[ox.Triple]:
    """The catalogue's service as it is reached here, and the releases that are kept as versions of the dataset."""
    root = _root()
    service = ox.NamedNode(here.links.base + "service/sparql")
    services = _subjects(known, DCAT + "DataService") or [service]
    versions = {t.subject for t in known if text(t.predicate) == DCAT + "inSeries"}
    datasets = [item for item in _subjects(known, DCAT + "Dataset") if item not in versions]
    datasets = datasets or [ox.NamedNode(here.links.base + "dataset")]
    for item in services:
        yield ox.Triple(item, ox.NamedNode(RDF_TYPE), ox.NamedNode(DCAT + "DataService"))
        yield ox.Triple(item, ox.NamedNode(DCAT + "endpointURL"), ox.NamedNode(root + "sparql"))
        yield ox.Triple(item, ox.NamedNode(DCAT + "endpointDescription"), ox.NamedNode(root + "openapi.json"))
        for dataset in datasets:
            yield ox.Triple(item, ox.NamedNode(DCAT + "servesDataset"), dataset)
    for dataset in datasets:
        yield ox.Triple(dataset, ox.NamedNode(RDF_TYPE), ox.NamedNode(DCAT + "Dataset"))
    if here.release is not None:
        kept, current = site().kept(), site().release
        oldest_first = [release.manifest for release in reversed(kept)]
        yield from series(oldest_first, base=here.links.base, current=current.id if current else "")


@bp.get("/prefixes")
def prefixes() -> Response:
    """The prefixes in use, as a page, a JSON-LD context, SHACL prefix declarations in RDF, or SPARQL text."""
    table = dict(sorted(PREFIX_TABLE.items()))
    base = view().links.base
    offered = [HTML, "application/ld+json", JSON, "application/sparql-query", "text/plain",
               *(f.media_type for f in FORMATS if f.ending != "jsonld")]  # fmt: skip
    chosen = negotiate(request.headers.get("Accept"), offered)
    headers = {"Vary": "Accept"}
    if chosen == HTML:
        return page("prefixes.html", headers=headers, prefixes=table, base=base)
    if chosen in (JSON, "application/ld+json"):
        return answer(json.dumps({"@context": table}, indent=2), chosen, headers=headers)
    if chosen in BY_TYPE:
        return answer(serialise(_declarations(table), BY_TYPE[chosen]), chosen, headers=headers)
    lines = "".join(f"PREFIX {name}: <{namespace}>\n" for name, namespace in table.items())
    return answer(lines, chosen, headers=headers)


def _declarations(table: dict[str, str]) -> Iterable[ox.Triple]:
    owner = ox.NamedNode(_root() + "prefixes")
    for name, namespace in table.items():
        node = ox.NamedNode(f"{owner.value}#{name}")
        yield ox.Triple(owner, ox.NamedNode(SH + "declare"), node)
        yield ox.Triple(node, ox.NamedNode(SH + "prefix"), ox.Literal(name))
        uri = ox.Literal(namespace, datatype=ox.NamedNode(XSD + "anyURI"))
        yield ox.Triple(node, ox.NamedNode(SH + "namespace"), uri)


@bp.get("/robots.txt")
def robots() -> Response:
    """Crawlers may read pages and data; queries, searches and validation are work that nobody gains from repeating."""
    rules = ["User-agent: *"]
    rules += [f"Disallow: {request.script_root}/{path}" for path in ("sparql", "query", "search", "shacl", "reconcile")]
    return answer("\n".join([*rules, "", f"Sitemap: {_root()}sitemap.xml", ""]), "text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """A sitemap of the start pages, entities and articles; with many, an index of sitemaps."""
    here = view()
    if same := unchanged("application/xml"):
        return same
    if here.release is None:
        return answer(_urlset([_root()]), "application/xml")
    total = len(_described_things(here))
    if total <= PER_SITEMAP:
        return sitemap_part(1)
    parts = range(1, -(-total // PER_SITEMAP) + 1)
    body = "".join(f"<sitemap><loc>{escape(_root())}sitemap-{n}.xml</loc></sitemap>" for n in parts)
    return answer(_xml("sitemapindex", body), "application/xml")


@bp.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """The `number`-th part of the sitemap, counted from 1."""
    here = view()
    found = _described_things(here)[(number - 1) * PER_SITEMAP : number * PER_SITEMAP] if number > 0 else []
    if not found and number != 1:
        raise NotFound("the sitemap has no such part")
    host = request.host_url.rstrip("/")
    fixed = (
        [_root() + path for path in ("", "examples", "dumps/", "ontology", "shapes", "about")] if number == 1 else []
    )
    return answer(_urlset([*fixed, *(host + here.links.page(item) for item in found)]), "application/xml")


def _described_things(here: View) -> list[str]:
    """IRIs of everything with a page of its own that is worth finding; protected persons are left out."""
    kinds = " ".join(DESCRIBED)
    rows = here.graph.select(
        f"PREFIX lg: <{PREFIX_TABLE['lg']}> SELECT DISTINCT ?s WHERE {{ VALUES ?c {{ {kinds} }} ?s a ?c . "
        "FILTER NOT EXISTS { ?s a lg:ProtectedPerson } }"
    )
    return sorted(item for item in (text(row["s"]) for row in rows) if here.links.is_ours(item))


def _urlset(addresses: Iterable[str]) -> str:
    return _xml("urlset", "".join(f"<url><loc>{escape(item)}</loc></url>" for item in addresses))


def _xml(root: str, body: str) -> str:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{space}">{body}</{root}>\n'


@bp.get("/opensearch.xml")
def opensearch() -> Response:
    """An OpenSearch description, so that a browser can search names from its address bar."""
    address = escape(f"{_root()}search?q={{searchTerms}}")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>leakgraph</ShortName>'
        "<Description>Names in the reporting on leaks</Description><InputEncoding>UTF-8</InputEncoding>"
        f'<Url type="text/html" template="{address}"/></OpenSearchDescription>\n'
    )
    return answer(body, "application/opensearchdescription+xml")
