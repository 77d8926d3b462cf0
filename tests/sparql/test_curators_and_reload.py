"""Writing to a working store, and taking up a new release while serving."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from kg.errors import BadRelease
from kg.settings import Settings
from kg.sparql import Source, pool_engine

TOKEN = "another-token-of-the-tests-0123456789"
NEWER = "GRAPH <http://example.org/g3> { <http://example.org/new> a <http://example.org/Thing> }"


def test_writes_need_the_token_and_survive_a_restart(serve: Any, tmp_path: Path) -> None:
    path = tmp_path / "work.nq"
    insert = {
        "update": "INSERT DATA { <http://x/a> <http://x/p> 1 . GRAPH <http://x/g> { <http://x/b> <http://x/p> 2 } }"
    }
    with serve("--working", str(path), KG_TOKEN=TOKEN) as running, httpx.Client() as client:
        for header in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
            refused = client.post(running.sparql, data=insert, headers=header)
            assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Bearer")
        assert TOKEN not in Path(f"/proc/{keeper(running)}/environ").read_text()
        token = {"authorization": f"Bearer {TOKEN}"}
        assert client.post(running.sparql, data=insert, headers=token).status_code == 204
        bad = client.post(running.sparql, data={"update": "INSERT DATA { <http://x/a> }"}, headers=token)
        assert (bad.status_code, bad.json()["line"], bad.json()["column"]) == (400, 1, 28)
        endless = " ".join(f"VALUES ?{v} {{ {' '.join(map(str, range(300)))} }}" for v in "abcd")
        slow = f"INSERT {{ ?s <http://x/q> ?d }} WHERE {{ {endless} BIND(IRI(CONCAT('http://x/', STR(?a))) AS ?s) }}"
        running_out = client.post(running.sparql, data={"update": slow}, headers=token, timeout=90)
        assert running_out.status_code in (503, 507)
        assert running.rows("SELECT ?s { ?s <http://x/p> ?o }") == [{"s": "http://x/a"}]
        store = running.root + "/rdf-graph-store"
        turtle = token | {"content-type": "text/turtle"}
        graph = {"graph": "http://x/h"}
        assert client.put(store, params=graph, content="<http://x/c> a <#d> .", headers=turtle).status_code == 201
        assert client.post(store, params=graph, content="<http://x/e> a <#d> .", headers=turtle).status_code == 204
        assert running.rows("SELECT ?o { GRAPH <http://x/h> { <http://x/c> a ?o } }") == [{"o": "http://x/h#d"}]
        wrong = client.put(store, params=graph, content="<http://x/c> a\n .", headers=turtle)
        assert (wrong.status_code, wrong.json()["line"]) == (400, 2)
        assert client.delete(store, params={"graph": "http://x/g"}, headers=token).status_code == 204
        assert client.delete(store, params={"graph": "http://x/g"}, headers=token).status_code == 404
        assert (
            client.put(store, params=graph, content="x", headers=token | {"content-type": "image/png"}).status_code
            == 415
        )
    with serve("--working", str(path), KG_TOKEN=TOKEN) as again:
        assert again.rows("SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }") == [{"n": "3"}]


def keeper(running: Any) -> int:
    pid = running.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()[0])


def test_a_short_token_starts_nothing(serve: Any, tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="at least 32 bytes"),
        serve("--working", str(tmp_path / "w.nq"), KG_TOKEN="short"),
    ):
        pass


def test_a_new_release_is_taken_up_under_load_and_a_damaged_one_is_not(
    serve: Any, make_release: Any, tmp_path: Path
) -> None:
    make_release(
        tmp_path, "r1", "GRAPH <http://example.org/g1> { <http://example.org/old> a <http://example.org/Thing> }"
    )
    seen: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask(running: Any) -> None:
        with httpx.Client(timeout=30) as client:
            n = 0
            while not stop.is_set():
                n += 1
                query = f"SELECT ?s {{ ?s a <http://example.org/Thing> FILTER({n} > 0) }}"
                answer = client.get(running.sparql, params={"query": query})
                rows = [row["s"]["value"] for row in answer.json()["results"]["bindings"]]
                seen.append((answer.status_code, f"{answer.headers['x-release'].partition(';')[0]} {rows}"))

    with serve(str(tmp_path)) as running:
        threads = [threading.Thread(target=ask, args=(running,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        make_release(tmp_path, "r2", NEWER)
        wait_for(lambda: "r2" in httpx.get(running.root + "/readyz").text)
        broken = make_release(tmp_path, "r3", NEWER)
        (broken / "graph.nq.gz").write_bytes(b"damaged")
        wait_for(lambda: "leakgraph_reloads_refused_total 1" in httpx.get(running.root + "/metrics").text)
        assert "r2" in httpx.get(running.root + "/readyz").text
        stop.set()
        for thread in threads:
            thread.join()
        older = running.rows("SELECT ?s { ?s a <http://example.org/Thing> }", release="r1")
    assert {status for status, _ in seen} == {200}
    assert {text for _, text in seen} == {"r1 ['http://example.org/old']", "r2 ['http://example.org/new']"}
    assert older == [{"s": "http://example.org/old"}]


def wait_for(condition: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_requests_that_run_when_the_server_is_told_to_stop_are_answered(serve: Any, release: Path) -> None:
    answers: list[int] = []
    values = " ".join(map(str, range(200)))
    query = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?{v} {{ {values} }}' for v in 'abcde')} }}"
    with serve(str(release)) as running:
        thread = threading.Thread(target=lambda: answers.append(running.ask(query, timeout="1.5").status_code))
        thread.start()
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        thread.join()
    assert answers == [503] and running.process.returncode in (0, -signal.SIGTERM)


def test_a_store_too_large_for_memory_is_read_from_disk(release: Path) -> None:
    engine = pool_engine(Source("release", (str(release),), in_memory=False), Settings(timeout=2.0))
    try:
        assert engine.generation.meta["in_memory"] is False
        assert engine.run("SELECT * { ?s ?p ?o }", format="tsv").body.count(b"\n") == 7
        assert [hit.iri for hit in engine.search("beta")] == ["http://example.org/b"]
        for worker in list(engine.generation.workers):
            os.kill(worker.pid, signal.SIGKILL)
        assert engine.run("SELECT ?s { ?s ?p ?o }", format="tsv").body.count(b"\n") == 7
    finally:
        engine.close()


def test_a_damaged_release_is_not_opened(make_release: Any, tmp_path: Path) -> None:
    folder = make_release(tmp_path, "r1", NEWER)
    (folder / "graph.nt.gz").unlink()
    with pytest.raises(BadRelease, match="missing"):
        pool_engine(Source("release", (str(tmp_path),)))
