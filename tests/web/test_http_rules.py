"""Rules that hold for every answer: security headers, reading from elsewhere, error bodies, proxies, bases."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kg.errors import KgError
from kg.settings import Settings
from kg.sparql import Engine, local_engine, source_of
from kg.sparql.remote import RemoteEngine
from kg.store import Release
from kg.web import create_app
from kg.web.problems import TITLES

MORE = '<graph/entities> { <id/person/ada-quill> skos:altLabel "A. M. Quill"@en }\n'
EVERYWHERE = ["/", "/id/person/ada-quill", "/data/id/person/ada-quill.ttl", "/nothing", "/dumps/graph.nq.gz",
              "/healthz", "/static/style.css", "/api/stats", "/reconcile"]  # fmt: skip


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Engine]]:
    """Engines over a release, a folder of them or a file, closed after the test."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(closing(local_engine(source_of([path]))))


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_security_headers_the_release_and_cors(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Release" in headers["Access-Control-Expose-Headers"]
    assert headers["X-Release"].endswith("; date=2021-03-04")


def test_a_preflight_is_answered(client: FlaskClient) -> None:
    answer = client.options(
        "/data/id/person/ada-quill.ttl", headers={"Origin": "https://x.example", "Access-Control-Request-Method": "GET"}
    )
    assert answer.status_code == 200
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404), ("POST", "/ontology", 405), ("DELETE", "/id/person/ada-quill", 405),
        ("GET", "/article/withdrawn-piece", 410), ("GET", "/api/entities", 400),
        ("GET", "/api/entities?type=Nothing", 400),
        ("GET", "/api/entities?type=Person&limit=0", 400), ("GET", "/search?q=" + "x" * 201, 400),
        ("GET", "/dumps/none", 404), ("GET", "/releases/none/", 404), ("GET", "/reconcile?queries=no", 400),
        ("GET", "/?release=none", 404), ("GET", "/examples/none.rq", 404), ("GET", "/ontology.xyz", 404),
        ("GET", "/sitemap-9.xml", 404), ("GET", "/resource?iri=x", 400), ("GET", "/releases/a..b/", 404),
        ("GET", "/dumps/..%2Fmanifest.json", 404), ("GET", "/releases/%2e%2e/", 404), ("GET", "/dumps/store", 404),
    ],
)  # fmt: skip
def test_every_error_has_one_body(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body = answer.json
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["type"].startswith("http://localhost/about/errors#")
    assert ("Allow" in answer.headers) == (status == 405)
    html = client.open(path, method=method, headers={"Accept": "text/html"})
    assert (html.status_code, html.mimetype) == (status, "text/html")


def every_error() -> list[type[KgError]]:
    found: list[type[KgError]] = []
    todo = [KgError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == "kg.errors"]


@pytest.mark.parametrize("kind", every_error())
def test_an_error_of_ours_answers_with_its_own_status_and_without_places_on_the_server(
    app: Flask, kind: type[KgError]
) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise kind("What is wrong.", where="/secret/place", line=3, column=4, hint="Do this.")

    answer = app.test_client().get("/broken")
    assert answer.status_code == kind.status
    assert "/secret/place" not in answer.text
    assert answer.json["error"] == kind.__name__
    if kind.status < 500:
        assert (answer.json["line"], answer.json["column"], answer.json["hint"]) == (3, 4, "Do this.")
    assert ("Retry-After" in answer.headers) == (kind.status in (429, 503))


def test_the_titles_are_of_real_errors(client: FlaskClient) -> None:
    assert set(TITLES) <= {kind.__name__ for kind in every_error()}
    page = client.get("/about/errors", headers={"Accept": "text/html"}).text
    for name in TITLES:
        assert f'id="{name}"' in page


def test_an_unforeseen_error_tells_and_logs_nothing_of_the_request(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/crash/<name>")
    def crash(name: str) -> str:
        raise RuntimeError(f"cannot handle {name}")

    with caplog.at_level(logging.DEBUG):
        answer = app.test_client().get("/crash/Someone-Unlucky?q=Someone-Unlucky")
    assert answer.status_code == 500
    assert "Someone" not in answer.text
    assert "Someone" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_body_over_the_limit_is_413(releases: Path, engine: Engine) -> None:
    app = create_app(Settings(max_body=1000), engine, releases=releases)
    answer = app.test_client().post("/query", data={"query": "x" * 5000})
    assert (answer.status_code, answer.json["status"]) == (413, 413)


def test_an_older_release_is_shown_and_linked_when_asked_for(client: FlaskClient, releases: Path) -> None:
    kept = client.get("/releases/", headers={"Accept": "application/json"}).json
    current = kept["current"]
    (older,) = [row["id"] for row in kept["releases"] if row["id"] != current]
    page = client.get(f"/page/id/person/ada-quill?release={older}")
    assert page.headers["X-Release"].startswith(older)
    assert "A. M. Quill" not in page.text
    assert f'href="/id/leak/harbour-ledgers?release={older}"' in page.text
    assert "A. M. Quill" in client.get("/page/id/person/ada-quill").text
    see = client.get(f"/id/person/ada-quill?release={older}", headers={"Accept": "text/turtle"})
    assert see.headers["Location"] == f"/data/id/person/ada-quill.ttl?release={older}"
    assert "A. M. Quill" not in client.get(see.headers["Location"]).text
    assert client.get(f"/page/id/person/ada-quill?release={current}").headers["X-Release"].startswith(current)


def test_behind_a_proxy_links_keep_its_prefix_and_scheme(releases: Path, engine: Engine) -> None:
    client = create_app(Settings(trust_proxy=1), engine, releases=releases).test_client()
    proxy = {"X-Forwarded-Prefix": "/kg", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example.org"}
    page = client.get("/page/id/person/ada-quill", headers=proxy).text
    assert 'href="/kg/id/leak/harbour-ledgers"' in page
    assert 'href="/kg/static/style.css' in page
    assert 'href="/id/' not in page
    see = client.get("/id/person/ada-quill", headers=proxy | {"Accept": "text/turtle"})
    assert see.headers["Location"] == "/kg/data/id/person/ada-quill.ttl"
    moved = client.get("/id/person/a-quill", headers=proxy)
    assert moved.headers["Location"] == "/kg/id/person/ada-quill"
    assert "https://data.example.org/kg/sparql" in client.get("/void", headers=proxy | {"Accept": "text/turtle"}).text
    answered = client.get("/query?query=ASK%20%7B%7D", headers=proxy).text
    assert 'href="/kg/query?query=ASK' in answered
    assert 'href="/query' not in answered


UNCHANGED = [
    "/", "/page/id/person/ada-quill", "/page/article/harbour-story", "/data/article/harbour-story.ttl",
    "/data/article/harbour-story", "/about", "/examples", "/ontology", "/ontology.nt", "/shapes", "/report",
    "/search?q=quill", "/search?q=quill&format=json", "/api", "/openapi.json", "/api/stats", "/api/entities?q=quill",
    "/api/entities?type=Person", "/api/entities/person/ada-quill", "/api/articles", "/api/articles/harbour-story",
    "/reconcile", "/reconcile/suggest/entity?prefix=qui", "/prefixes", "/void", "/dcat", "/dcat.jsonld", "/sitemap.xml",
    "/robots.txt", "/opensearch.xml", "/dumps/", "/releases/", "/dumps/manifest.json", "/dumps/graph.nt",
    "/dumps/graph.nt.gz", "/dumps/report.txt", "/resource?iri=https://www.example.org/entity/harbour-ledgers",
]  # fmt: skip


@pytest.mark.parametrize("path", UNCHANGED)
def test_what_is_held_already_is_304_with_the_headers_of_the_200(client: FlaskClient, path: str) -> None:
    for accept in ("text/html, text/turtle;q=0.1", "application/json, text/turtle;q=0.5, */*;q=0.1"):
        for coding in ("", "gzip", "br"):
            _asked_again(client, path, {"Accept": accept} | ({"Accept-Encoding": coding} if coding else {}))


def _asked_again(client: FlaskClient, path: str, asked: dict[str, str]) -> None:
    first = client.get(path, headers=asked, buffered=True)
    assert first.status_code == 200
    tag = first.headers["ETag"]
    for method in ("GET", "HEAD"):
        again = client.open(path, method=method, headers=asked | {"If-None-Match": tag}, buffered=True)
        assert (again.status_code, again.data) == (304, b"")
        for name in ("ETag", "Cache-Control", "Content-Location", "X-Release"):
            assert again.headers.get(name) == first.headers.get(name), name
        assert again.vary.as_set() == first.vary.as_set()
        for name in ("Content-Type", "Content-Encoding", "Repr-Digest", "Accept-Ranges"):
            assert name not in again.headers
    for given, status in (
        ({"If-None-Match": "*"}, 304), ({"If-None-Match": f"W/{tag}"}, 304), ({"If-None-Match": '"other"'}, 200),
        ({"If-Match": '"other"'}, 412), ({"If-Match": tag}, 200), ({"If-Match": '"other"', "If-None-Match": tag}, 412),
    ):  # fmt: skip
        answer = client.get(path, headers=asked | given, buffered=True)
        assert (answer.status_code, answer.headers["X-Release"]) == (status, first.headers["X-Release"]), given
        assert answer.data == first.data or status != 200


def test_what_cannot_be_decoded_is_sent_again(client: FlaskClient) -> None:
    path = "/page/article/harbour-story"
    held = client.get(path, headers={"Accept-Encoding": "br"}).headers["ETag"]
    assert client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": held}).status_code == 200
    assert client.get(path, headers={"If-None-Match": held}).status_code == 200


def test_a_store_that_may_change_unseen_is_asked_every_time(
    tmp_path: Path, build: Callable[..., Release], opened: Callable[[Path], Engine]
) -> None:
    """The ETags over another endpoint are those of what it answered."""
    release = build(tmp_path)
    known = opened(release.path / "graph.nt.gz")
    changed = opened(build(tmp_path, extra=MORE).path / "graph.nt.gz")
    engine = RemoteEngine.__new__(RemoteEngine)  # never started: it only has to be one
    engine.run, engine.info = known.run, known.info  # type: ignore[method-assign]
    client = create_app(Settings(), engine).test_client()
    first = client.get("/data/id/person/ada-quill.nt")
    again = client.get("/data/id/person/ada-quill.nt", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    engine.run = changed.run  # type: ignore[method-assign]
    later = client.get("/data/id/person/ada-quill.nt", headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert "A. M. Quill" in later.text


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip;q=0.1, identity;q=1", ""), ("identity;q=1, gzip;q=0.1", ""), ("identity, *;q=0.5", ""),
        ("gzip, identity;q=0.5", "gzip"), ("gzip", "gzip"), ("gzip;q=0.1", "gzip"),
        ("identity;q=0, gzip;q=0.2", "gzip"), ("*", "zstd"), ("*;q=0", ""), ("gzip;q=0", ""),
        ("br;q=0.2, gzip;q=0.9, identity;q=0.5", "gzip"), ("", ""),
    ],
)  # fmt: skip
def test_the_coding_is_the_one_that_the_client_likes_best(client: FlaskClient, accept: str, coding: str) -> None:
    for path in ("/page/article/harbour-story", "/data/article/harbour-story.ttl"):
        answer = client.get(path, headers={"Accept-Encoding": accept})
        assert answer.headers.get("Content-Encoding", "") == coding


def test_x_release_names_the_release_that_the_answer_is_about(client: FlaskClient) -> None:
    kept = client.get("/releases/", headers={"Accept": "application/json"}).json
    current = kept["current"]
    (older,) = [row["id"] for row in kept["releases"] if row["id"] != current]
    asked = {"Accept-Encoding": "gzip"}
    for method, path, release, status in (
        ("GET", f"/releases/{older}/manifest.json", older, 200), ("GET", f"/releases/{older}/", older, 200),
        ("GET", f"/releases/{older}/graph.nt", older, 200), ("GET", f"/releases/{older}/graph.nt.gz", older, 200),
        ("GET", f"/releases/{older}/none", older, 404), ("HEAD", f"/releases/{older}/void.ttl", older, 200),
        ("GET", f"/releases/{current}..{older}", older, 200), ("GET", f"/releases/{older}..{current}", current, 200),
        ("GET", f"/nothing?release={older}", older, 404), ("GET", f"/id/person/nobody?release={older}", older, 404),
        ("OPTIONS", f"/ontology?release={older}", older, 200), ("POST", f"/ontology?release={older}", older, 405),
        ("GET", f"/api/entities?release={older}", older, 400), ("GET", f"/api/stats?release={older}", older, 200),
        ("GET", "/nothing", current, 404), ("OPTIONS", "/ontology", current, 200),
        ("GET", "/static/style.css", current, 200), ("GET", "/?release=none", current, 404),
        ("GET", "/releases/none/", current, 404), ("POST", "/query", current, 200),
        ("GET", "/article/withdrawn-piece", current, 410), ("GET", "/id/person/a-quill", current, 308),
        ("GET", "/dumps/manifest.json", current, 200), ("GET", "/healthz", current, 200),
    ):  # fmt: skip
        for accept in ("text/html", "application/json, text/turtle, */*;q=0.1"):
            answer = client.open(path, method=method, headers=asked | {"Accept": accept}, buffered=True)
            assert (answer.status_code, answer.headers["X-Release"]) == (status, f"{release}; date=2021-03-04"), path
            if status == 200 and "ETag" in answer.headers:
                known = {"Accept": accept, "If-None-Match": answer.headers["ETag"]}
                again = client.open(path, method=method, headers=asked | known, buffered=True)
                assert (again.status_code, again.headers["X-Release"]) == (304, answer.headers["X-Release"]), path
    for name in ("manifest.json", "graph.nt.gz", "graph.nt", "void.ttl"):
        assert "immutable" in client.get(f"/releases/{older}/{name}", buffered=True).headers["Cache-Control"]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_pages_and_documents_are_compressed_for_who_can_take_it(client: FlaskClient, coding: str) -> None:
    for path in ("/page/article/harbour-story", "/data/article/harbour-story.ttl", "/openapi.json"):
        plain = client.get(path)
        small = client.get(path, headers={"Accept-Encoding": coding})
        assert small.headers["Content-Encoding"] == coding
        assert len(small.data) < len(plain.data) / 2
        assert "Accept-Encoding" in small.headers["Vary"]
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert small.headers["ETag"] != plain.headers["ETag"]
        for known in (small, plain):
            again = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": known.headers["ETag"]})
            assert again.status_code == 304
    dump = client.get("/dumps/graph.nt.gz", headers={"Accept-Encoding": coding}, buffered=True)
    assert "Content-Encoding" not in dump.headers, "it is compressed already"


def test_nobody_is_believed_to_be_a_proxy_unasked(client: FlaskClient) -> None:
    page = client.get("/", headers={"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"}).text
    assert "evil" not in page


def test_it_works_mounted_below_a_path(client: FlaskClient) -> None:
    answer = client.get("/id/person/ada-quill", environ_overrides={"SCRIPT_NAME": "/graph-of-leaks"})
    assert answer.headers["Location"] == "/graph-of-leaks/page/id/person/ada-quill"


@pytest.mark.parametrize(
    "base", ["https://data.example.org/leaks/", "http://localhost/", "https://w3id.org/leakgraph/"]
)
def test_any_base_is_linked_and_answered_here(
    tmp_path: Path, build: Callable[..., Release], opened: Callable[[Path], Engine], base: str
) -> None:
    build(tmp_path, base=base)
    client = create_app(Settings(base=base), opened(tmp_path), releases=tmp_path).test_client()
    page = client.get("/page/id/person/ada-quill")
    assert page.status_code == 200
    assert 'href="/id/leak/harbour-ledgers"' in page.text
    assert f"<code>{base}id/person/ada-quill</code>" in page.text
    assert f"<{base}id/person/ada-quill>" in client.get("/data/id/person/ada-quill.nt").text
    assert 'href="/ontology#Person"' in page.text


def test_plain_rdf_files_have_pages_but_no_dumps(
    tmp_path: Path, build: Callable[..., Release], opened: Callable[[Path], Engine]
) -> None:
    release = build(tmp_path)
    client = create_app(Settings(), opened(release.path / "graph.nq.gz")).test_client()
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
    assert "no dumps" in client.get("/dumps/", headers={"Accept": "text/html"}).text
    assert client.get("/dumps/graph.nq.gz").status_code == 404
    assert client.get("/report").status_code == 404
    assert client.get("/id/person/ada-quill").status_code == 303, "what stands below the base has an address of its own"
    iri = "https://w3id.org/leakgraph/id/person/ada-quill"
    assert (
        "Ada Quill" in client.get(f"/resource?iri={iri}", headers={"Accept": "text/html"}, follow_redirects=True).text
    )
    assert client.get("/void", headers={"Accept": "text/turtle"}).status_code == 200
    assert client.get("/sitemap.xml").status_code == 200
    assert json.loads(client.get("/releases/", headers={"Accept": "application/json"}).data)["releases"] == []
