"""The service description: what this endpoint can do, and nothing that it cannot."""

from __future__ import annotations

import hashlib

import pyoxigraph as ox

from kg.settings import Settings
from kg.sparql import Answer, ReleaseInfo
from kg.sparql.clauses import NAME_MATCHES
from kg.sparql.formats import GRAPHS, TABLES, choose

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_PREFIXES = {"sd": SD, "void": VOID, "format": "http://www.w3.org/ns/formats/"}


def describe(
    endpoint: str,
    info: ReleaseInfo,
    settings: Settings,
    *,
    accept: str | None,
    format: str | None = None,
    writes: bool,
    searches: bool = True,
) -> Answer:
    """The description of the endpoint at that address. Raises `NotAcceptable`."""
    chosen = choose(GRAPHS, accept=accept, format=format)
    me = ox.NamedNode(endpoint)
    dataset, graph = ox.NamedNode(endpoint + "#dataset"), ox.NamedNode(endpoint + "#default-graph")

    def sd(name: str) -> ox.NamedNode:
        return ox.NamedNode(SD + name)

    def number(value: int) -> ox.Literal:
        return ox.Literal(value)

    triples = [
        ox.Triple(me, RDF_TYPE, sd("Service")),
        ox.Triple(me, sd("endpoint"), me),
        ox.Triple(me, sd("supportedLanguage"), sd("SPARQL10Query")),
        ox.Triple(me, sd("supportedLanguage"), sd("SPARQL11Query")),
        ox.Triple(me, sd("defaultDataset"), dataset),
        ox.Triple(dataset, RDF_TYPE, sd("Dataset")),
        ox.Triple(dataset, sd("defaultGraph"), graph),
        ox.Triple(graph, RDF_TYPE, sd("Graph")),
    ]
    triples += [ox.Triple(me, sd("resultFormat"), ox.NamedNode(item.binds)) for item in (*TABLES, *GRAPHS)]
    if writes:
        triples.append(ox.Triple(me, sd("supportedLanguage"), sd("SPARQL11Update")))
        triples += [ox.Triple(me, sd("inputFormat"), ox.NamedNode(item.binds)) for item in GRAPHS]
    # On a working store the default graph is one of its own; on a release it has every triple of every graph.
    elif info.date:
        triples.append(ox.Triple(dataset, RDF_TYPE, ox.NamedNode(VOID + "Dataset")))
    elif info.quads:  # of another store the number is not known
        triples.append(ox.Triple(graph, ox.NamedNode(VOID + "triples"), number(info.quads)))
    if settings.service_allow:
        triples.append(ox.Triple(me, sd("feature"), sd("BasicFederatedQuery")))
    if searches:
        triples.append(ox.Triple(me, sd("propertyFeature"), ox.NamedNode(NAME_MATCHES)))
    form = chosen.oxigraph
    assert isinstance(form, ox.RdfFormat)
    body = ox.serialize(triples, format=form, prefixes=_PREFIXES) or b""
    return Answer(body, chosen.media_type, "graph", f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"')
