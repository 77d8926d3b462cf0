"""What clients get: formats, datasets, validators, encodings, errors."""

from __future__ import annotations

import gzip
import socket
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
import zstandard

EX = "http://example.org/"
SELECT = "SELECT ?s ?o { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?o } ORDER BY ?s"
TABLES = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
GRAPHS = ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml")


@pytest.mark.parametrize("media_type", TABLES)
def test_tables_in_every_format_say_the_same(server: Any, media_type: str) -> None:
    answer = server.ask(SELECT, accept=media_type)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    if media_type == "text/csv":
        assert answer.text.splitlines()[1] == f"{EX}a,Ágnes Example"
        return
    form = ox.QueryResultsFormat.from_media_type(media_type)
    found = ox.parse_query_results(answer.content, format=form)
    assert isinstance(found, ox.QuerySolutions)
    assert [row["o"].value for row in found] == ["Ágnes Example", "Beta 新文件"]
    assert server.ask("ASK {}", accept=media_type).status_code == 200


@pytest.mark.parametrize("media_type", GRAPHS)
def test_graphs_in_every_format_say_the_same(server: Any, media_type: str) -> None:
    answer = server.ask(f"DESCRIBE <{EX}b>", accept=media_type)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    found = {str(t.object) for t in ox.parse(answer.content, format=ox.RdfFormat.from_media_type(media_type))}
    assert len(found) == 3 and '"x < y & \\"z\\"\\nnext"' in found


def test_the_default_graph_is_the_merge_and_named_graphs_are_apart(server: Any) -> None:
    count = "SELECT (COUNT(*) AS ?n) {}{{ {} }}"
    assert server.rows(count.format("", "?s ?p ?o")) == [{"n": "6"}]
    assert server.rows(count.format("", "GRAPH ?g { ?s ?p ?o }")) == [{"n": "7"}]
    assert server.rows(count.format(f"FROM <{EX}g1> ", "?s ?p ?o")) == [{"n": "3"}]
    assert server.rows(count.format(f"FROM <{EX}g1> FROM <{EX}g2> ", "?s a ?o")) == [{"n": "1"}]
    assert server.rows(count.format(f"FROM NAMED <{EX}g2> ", "GRAPH ?g { ?s ?p ?o }")) == [{"n": "4"}]
    assert server.rows(count.format(f"FROM NAMED <{EX}g2> ", "?s ?p ?o")) == [{"n": "0"}]
    with httpx.Client() as client:
        both = [("default-graph-uri", EX + "g1"), ("default-graph-uri", EX + "g2"), ("named-graph-uri", EX + "g1")]
        for pattern, expected in (("?s ?p ?o", "6"), ("GRAPH ?g { ?s ?p ?o }", "3")):
            query = count.format("FROM <http://example.org/none> ", pattern)
            answer = client.post(server.sparql, data={"query": query}, params=both)
            assert answer.json()["results"]["bindings"][0]["n"]["value"] == expected


def test_prefixed_from_clauses_are_merged_too(server: Any) -> None:
    query = "PREFIX e: <http://example.org/> SELECT (COUNT(*) AS ?n) FROM e:g1 FROM e:g2 { ?s a ?o }"
    assert server.rows(query) == [{"n": "1"}]


def test_all_ways_to_ask(server: Any) -> None:
    iri = "http://example.org/a%20b"  # decoded once and no more
    query = f"SELECT (STR(<{iri}>) AS ?x) {{}}"
    with httpx.Client() as client:
        answers = [
            client.get(server.sparql, params={"query": query}),
            client.post(server.sparql, data={"query": query}),
            client.post(server.sparql, content=query, headers={"content-type": "application/sparql-query"}),
        ]
    for answer in answers:
        assert answer.json()["results"]["bindings"][0]["x"]["value"] == iri


def test_validators_and_encodings(server: Any) -> None:
    query = 'SELECT * { VALUES ?x { "' + '" "'.join(f"value {i}" for i in range(300)) + '" } }'
    url = httpx.URL(server.sparql, params={"query": query})
    with httpx.Client() as client:
        plain = client.get(url, headers={"accept-encoding": "identity"})
        tag = plain.headers["etag"]
        assert tag.startswith('"') and plain.headers["vary"] == "Accept, Accept-Encoding"
        for coding in ("gzip", "br", "zstd"):
            with client.stream("GET", url, headers={"accept-encoding": coding}) as packed:
                raw = b"".join(packed.iter_raw())
            assert packed.headers["content-encoding"] == coding and packed.headers["etag"] != tag
            assert len(raw) == int(packed.headers["content-length"]) < len(plain.content)
            if coding == "gzip":
                assert gzip.decompress(raw) == plain.content
            if coding == "zstd":
                assert zstandard.ZstdDecompressor().decompress(raw) == plain.content
            again = client.get(url, headers={"accept-encoding": coding, "if-none-match": packed.headers["etag"]})
            assert again.status_code == 304 and not again.content
        assert client.get(url, headers={"if-none-match": f'"other", W/{tag}'}).status_code == 304
        assert client.get(url, headers={"if-none-match": '"other"'}).status_code == 200
        head = client.head(url, headers={"accept-encoding": "identity"})
        assert head.headers["content-length"] == plain.headers["content-length"] and not head.content
        other = client.get(url, headers={"accept": "text/csv"})
        spaced = client.get(server.sparql, params={"query": query.replace(" ?x", "  ?x # same\n")})
        assert other.headers["etag"] != tag and spaced.headers["etag"].startswith(tag[:-1])


def test_what_changes_is_not_cached(server: Any) -> None:
    assert server.rows("SELECT (STRUUID() AS ?x) {}") != server.rows("SELECT (STRUUID() AS ?x) {}")
    assert server.rows("SELECT (RAND() AS ?x) {}") != server.rows("SELECT (RAND # c\n () AS ?x) {}")


ERRORS = [
    ("GET", {"query": "SELECT * {\n ?s ?p }"}, {}, 400, "BadQuery"),
    ("GET", {"query": "ASK {}", "format": "msword"}, {}, 415, "Unsupported"),
    ("GET", {"query": "ASK {}", "format": "turtle"}, {}, 406, "NotAcceptable"),
    ("GET", {"query": "ASK {}"}, {"accept": "image/png"}, 406, "NotAcceptable"),
    ("GET", {"query": "ASK {}", "timeout": "soon"}, {}, 400, "BadInput"),
    ("GET", {"query": "ASK {}", "max-rows": "-1"}, {}, 400, "BadInput"),
    ("GET", {"query": "ASK {}", "default-graph-uri": "not an iri"}, {}, 400, "BadInput"),
    ("GET", {"query": "ASK {}", "release": "no-such"}, {}, 404, "NotFound"),
    ("GET", {"nothing": "here"}, {}, 400, "BadInput"),
    ("GET", {"query": "SELECT (<http://f/>(1) AS ?x) { FILTER(<http://f/>(1)) }"}, {}, 400, "BadQuery"),
    ("GET", {"query": "ASK { SERVICE <http://127.0.0.1/> {} }"}, {}, 403, "Forbidden"),
    ("GET", {"query": "DROP ALL"}, {}, 403, "Forbidden"),
    ("GET", {"update": "DROP ALL"}, {}, 405, "MethodNotAllowed"),
    ("POST", {"update": "DROP ALL"}, {"content-type": "application/x-www-form-urlencoded"}, 403, "Forbidden"),
    ("PUT", {"query": "ASK {}"}, {}, 405, "MethodNotAllowed"),
    ("PATCH", {}, {}, 405, "MethodNotAllowed"),
    ("POST", {}, {"content-type": "text/plain"}, 415, "Unsupported"),
    ("POST", {}, {"content-type": "application/sparql-query; charset=utf-16"}, 415, "Unsupported"),
]


@pytest.mark.parametrize(("method", "params", "headers", "status", "name"), ERRORS)
def test_every_error_is_a_problem_for_machines(  # noqa: PLR0917
    server: Any, method: str, params: dict[str, str], headers: dict[str, str], status: int, name: str
) -> None:
    with httpx.Client() as client:
        answer = client.request(method, server.sparql, params=params, headers=headers)
    body = answer.json()
    assert (answer.status_code, body["status"], body["error"]) == (status, status, name)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= body.keys()
    assert (status == 405) == ("allow" in answer.headers)
    if name == "BadQuery" and "?p }" in str(params):
        assert (body["line"], body["column"]) == (2, 8)


def test_the_service_description_tells_what_is_so(server: Any, curated: Any) -> None:
    sd = "http://www.w3.org/ns/sparql-service-description#"
    for running, updates in ((server, False), (curated, True)):
        body = httpx.get(running.sparql, headers={"accept": "application/n-triples"}).content
        said = {
            (t.predicate.value, getattr(t.object, "value", "")) for t in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)
        }
        assert (sd + "endpoint", running.sparql) in said
        assert ((sd + "supportedLanguage", sd + "SPARQL11Update") in said) is updates
        assert not any("Federated" in value or value == sd + "UnionDefaultGraph" for _, value in said)
    page = httpx.get(server.sparql, headers={"accept": "text/html,*/*;q=0.1"})
    assert page.status_code == 303 and page.headers["location"] == server.root + "/query"


def test_the_graph_store_reads_and_refuses_to_write(server: Any) -> None:
    store = server.root + "/rdf-graph-store"
    with httpx.Client() as client:
        named = client.get(store, params={"graph": EX + "g1"}, headers={"accept": "application/n-triples"})
        merge = client.get(store + "?default", headers={"accept": "application/n-triples"})
        assert (named.text.count(" .\n"), merge.text.count(" .\n")) == (3, 6)
        assert client.head(store + "?default").status_code == 200
        assert client.get(store, params={"graph": EX + "none"}).status_code == 404
        assert client.get(store).status_code == 400
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            refused = client.request(method, store + "?default")
            assert refused.status_code == 405 and refused.headers["allow"] == "GET, HEAD, OPTIONS"


def test_headers_of_every_answer(server: Any) -> None:
    for answer in (server.ask("ASK {}"), server.ask("ASK {"), httpx.options(server.sparql)):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert server.ask("ASK {}").headers["x-release"] == "r1; date=2024-05-06"


def test_names_are_found_by_index_in_sparql_and_search(server: Any) -> None:
    ask = "PREFIX lgf: <https://w3id.org/leakgraph/function#> SELECT ?e {{ ?e lgf:nameMatches {} }}"
    assert server.rows(ask.format('"agnes exa"')) == [{"e": EX + "a"}]
    assert server.rows(ask.format('"文件" ; a ?t')) == []
    assert server.rows(ask.format('"文件" . OPTIONAL { ?e a ?t }')) == [{"e": EX + "b"}]
    assert server.rows(ask.format('"nobody"')) == []
    wrong = server.ask("PREFIX lgf: <https://w3id.org/leakgraph/function#> ASK { ?e lgf:nameMatches ?words }")
    assert wrong.status_code == 400 and wrong.json()["column"] == 61
    found = httpx.get(server.root + "/search", params={"q": "agn"}, headers={"accept": "application/json"}).json()
    assert [hit["iri"] for hit in found["hits"]] == [EX + "a"]


def test_spacing_inside_strings_is_never_taken_for_spacing_outside(server: Any) -> None:
    for wide in ("'x>  y'", "'x> y'"):
        query = f"SELECT ?v {{ VALUES ?v {{ 'x>  y' 'x> y' }} FILTER(1<2 && ?v={wide}) }}"
        assert server.rows(query) == [{"v": wide.strip("'")}]
    for tight in ("'x>  y'", "'x> y'"):  # the longest token is an IRI here, so that this is no query
        answer = server.ask(f"SELECT ?v {{ VALUES ?v {{ 'x>  y' 'x> y' }} FILTER(1<2&&?v={tight}) }}")
        assert answer.status_code == 400, answer.text


def test_a_cut_is_made_where_an_operator_stands_close(server: Any) -> None:
    query = "SELECT * { ?s ?p ?o . FILTER(1<'>#'||true) }"
    assert server.ask(query, **{"max-rows": "2"}).status_code == 400
    spaced = server.ask("SELECT * { ?s ?p ?o . FILTER(1 < '>#'||true) }", **{"max-rows": "2"})
    assert spaced.status_code == 200 and spaced.headers["x-result-truncated"] == "true"
    assert len(spaced.json()["results"]["bindings"]) == 2


def test_every_answer_tells_the_release(server: Any, release: Any) -> None:
    asked = {"query": "ASK {}"}
    with httpx.Client() as client:
        answers = [
            client.get(server.sparql, params=asked),
            client.head(server.sparql, params=asked),
            client.get(server.sparql),
            client.get(server.sparql, headers={"accept": "text/html"}),
            client.get(server.sparql, params={"query": "ASK {"}),
            client.get(server.sparql, params={"query": "ASK { SERVICE <x:y> {} }"}),
            client.get(server.sparql, params=asked, headers={"accept": "image/png"}),
            client.put(server.sparql),
            client.options(server.sparql),
            client.post(server.sparql, content=b"x", headers={"content-type": "image/png"}),
            client.get(server.root + "/rdf-graph-store?default"),
            client.get(server.root + "/rdf-graph-store?graph=http://nobody/"),
            client.put(server.root + "/rdf-graph-store?default"),
            client.get(server.root + "/healthz"),
            client.post(server.root + "/healthz"),
            client.get(server.root + "/readyz"),
            client.get(server.root + "/metrics"),
            client.post(server.root + "/shacl", content=b"x", headers={"content-length": "1"}),
        ]
    assert [(a.status_code, a.headers.get("x-release")) for a in answers] == [
        (status, "r1; date=2024-05-06")
        for status in (200, 200, 200, 303, 400, 403, 406, 405, 204, 415, 200, 404, 405, 200, 405, 200, 200, 400)
    ]


def test_the_graph_store_reads_older_releases_too(server: Any) -> None:
    store = server.root + "/rdf-graph-store"
    with httpx.Client() as client:
        assert client.get(store, params={"default": "", "release": "r1"}).status_code == 200
        assert client.get(store, params={"default": "", "release": "nope"}).status_code == 404


def test_validators_are_for_reading(server: Any) -> None:
    with httpx.Client() as client:
        tag = client.get(server.sparql, params={"query": "ASK {}"}).headers["etag"]
        posted = client.post(server.sparql, data={"query": "ASK {}"}, headers={"if-none-match": tag})
    assert posted.status_code == 200


def test_a_description_comes_in_the_format_asked_for(server: Any) -> None:
    with httpx.Client() as client:
        for form, kind in (("turtle", "text/turtle"), ("nt", "application/n-triples")):
            answer = client.get(server.sparql, params={"format": form}, headers={"accept": "text/html"})
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)


def test_xml_never_holds_what_it_cannot(server: Any) -> None:
    query = "SELECT ?a { VALUES ?a { 'x\\u0001y' 'plain' } }"
    assert server.ask(query, accept="application/sparql-results+json").status_code == 200
    refused = server.ask(query, accept="application/sparql-results+xml")
    assert (refused.status_code, refused.json()["error"]) == (406, "NotAcceptable")


def test_a_body_in_a_coding_and_a_form_without_end_are_refused(server: Any) -> None:
    kind = {"content-type": "application/sparql-query"}
    with httpx.Client(timeout=30) as client:
        coded = client.post(server.sparql, content=b"\x1f\x8b", headers=kind | {"content-encoding": "gzip"})
        form = {"content-type": "application/x-www-form-urlencoded"}
        large = client.post(server.sparql, content=b"query=" + b"%20" * 2_000_000, headers=form)
    assert (coded.status_code, large.status_code) == (415, 413)


def test_bodies_that_come_slowly_keep_no_page_waiting(server: Any) -> None:
    host, port = server.root.removeprefix("http://").split(":")
    slow = []
    try:
        for _ in range(24):
            sock = socket.create_connection((host, int(port)))
            sock.sendall(b"POST /shacl HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\nabc")
            slow.append(sock)
        assert httpx.get(server.root + "/about", timeout=10).status_code == 200
    finally:
        for sock in slow:
            sock.close()


def test_operators_see_what_goes_on(server: Any) -> None:
    server.ask("ASK {}")
    with httpx.Client() as client:
        assert client.get(server.root + "/healthz").status_code == 200
        assert "r1" in client.get(server.root + "/readyz").text
        text = client.get(server.root + "/metrics").text
    for name in ("requests_total", "request_seconds_bucket", "cache_hits_total", "worker_kills_total", "queue_length"):
        assert f"leakgraph_{name}" in text
