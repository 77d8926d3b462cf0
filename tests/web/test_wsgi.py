"""`server.py`, the application for other servers than ours, called as any of them would call it."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client

from kg.sparql import PoolEngine

SERVER = Path(__file__).parents[2] / "server.py"
COUNT = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}


@pytest.fixture(scope="module")
def module(releases: Path) -> Iterator[dict[str, Any]]:
    """What `server.py` defines when it is imported with the fixture releases as KG_RELEASE."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KG_RELEASE", str(releases))
        found = runpy.run_path(str(SERVER))
    yield found
    for engine in (*found["app"].extensions["leakgraph"]._opened.values(), found["engine"]):
        assert isinstance(engine, PoolEngine)
        engine.close()


class Checked(Client):
    """A client that checks every call against the WSGI specification, which wants answers read and closed."""

    def __init__(self, app: Any) -> None:
        super().__init__(validator(app))

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return super().open(*args, buffered=True, **kwargs)


@pytest.fixture
def wsgi(module: dict[str, Any]) -> Client:
    return Checked(module["app"])


@pytest.fixture
def ids(releases: Path) -> tuple[str, str]:
    """The current release and the older one."""
    current = (releases / "current").resolve().name
    (older,) = (path.name for path in releases.iterdir() if path.is_dir() and path.name not in ("current", current))
    return current, older


def count(answer: Any) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json["results"]["bindings"][0]["n"]["value"])


def test_every_kept_release_is_queried_by_its_id_and_an_unknown_one_is_a_problem(
    wsgi: Client, ids: tuple[str, str]
) -> None:
    current, older = ids
    newest = wsgi.get("/sparql", query_string=COUNT)
    named = wsgi.get("/sparql", query_string=COUNT | {"release": current})
    before = wsgi.get("/sparql", query_string=COUNT | {"release": older})
    assert count(newest) == count(named) == count(before) + 1  # the second release adds a triple
    assert [answer.headers["X-Release"].partition(";")[0] for answer in (newest, named, before)] == [
        current, current, older,
    ]  # fmt: skip
    posted = wsgi.post("/sparql", data=COUNT | {"release": older})
    assert count(posted) == count(before)
    unknown = wsgi.get("/sparql", query_string=COUNT | {"release": "../" + older})
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
    assert unknown.json is not None and unknown.json["error"] == "NotFound"


def test_head_and_304_tell_what_get_does(wsgi: Client) -> None:
    whole = wsgi.get("/sparql", query_string=COUNT)
    head = wsgi.head("/sparql", query_string=COUNT)
    assert head.data == b"" and dict(head.headers) == dict(whole.headers)
    assert head.headers["Content-Length"] == str(len(whole.data))
    same = wsgi.get("/sparql", query_string=COUNT, headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["ETag"] == whole.headers["ETag"] and "Content-Type" not in same.headers


def test_pages_answer_and_nothing_is_written(wsgi: Client) -> None:
    assert wsgi.get("/").mimetype == "text/html"
    assert wsgi.get("/id/person/ada-quill", headers={"Accept": "text/turtle"}).status_code == 303
    assert wsgi.post("/sparql", data={"update": "CLEAR ALL"}).status_code == 403
    refused = wsgi.put("/rdf-graph-store?default", data=b"", content_type="text/turtle")
    assert refused.status_code == 405 and "GET" in refused.headers["Allow"]
    options = wsgi.options("/sparql")
    assert options.status_code == 204 and "Content-Type" not in options.headers


def test_a_host_that_is_none_goes_into_no_address(wsgi: Client) -> None:
    answer = wsgi.get("/sparql", headers={"Host": 'x"><evil>'})
    assert "<http://localhost/sparql>" in answer.text and "evil" not in answer.text


def test_a_fork_of_the_process_that_opened_the_store_says_so(wsgi: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)
    refused = wsgi.get("/sparql", query_string=COUNT)
    assert refused.status_code == 503 and "preloading" in refused.text


def test_a_single_release_or_a_file_is_served_too(releases: Path, ids: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "one.ttl"
    file.write_text("<http://example.org/a> <http://example.org/b> 1 .", "utf-8")
    for path, pages in ((releases / ids[1], ids[1]), (file, "")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KG_RELEASE", str(path))
            found = runpy.run_path(str(SERVER))
        try:
            client = Checked(found["app"])
            assert count(client.get("/sparql", query_string=COUNT)) > 0
            assert client.get("/").status_code == 200
            assert pages in client.get("/releases").text
        finally:
            found["engine"].close()
