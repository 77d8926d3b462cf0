"""Another store behind our protocol: our own server, oxigraph's, Virtuoso."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest

from kg.errors import BadQuery, Forbidden, NotFound, Timeout, TooLarge, Unavailable
from kg.settings import Settings
from kg.sparql import DatasetSpec
from kg.sparql.remote import RemoteEngine, remote_engine

EX = "http://example.org/"
TRIG = f"""
<{EX}a> a <{EX}T> ; <http://www.w3.org/2000/01/rdf-schema#label> "Anna Example" .
<{EX}b> a <{EX}T> ; <http://www.w3.org/2000/01/rdf-schema#label> "Bob \\"x\\" < y"@en .
GRAPH <{EX}g> {{ <{EX}a> a <{EX}T> . <{EX}c> <{EX}p> 1.5 , "2024-01-02"^^<http://www.w3.org/2001/XMLSchema#date> . }}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, params={"query": "ASK {}"}, timeout=5)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the other server did not start")


@pytest.fixture
def oxigraph(tmp_path: Path) -> Iterator[str]:
    program = Path(sys.executable).with_name("oxigraph")
    if not program.exists():
        pytest.skip("the oxigraph server (PyPI: oxigraph) is not installed")
    store = ox.Store(str(tmp_path / "store"))
    store.load(TRIG.encode(), format=ox.RdfFormat.TRIG)
    store.flush()
    del store
    port = free_port()
    command = [str(program), "serve-read-only", "--location", str(tmp_path / "store"), "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_up(f"http://127.0.0.1:{port}/query", process)
        yield f"http://127.0.0.1:{port}/query"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def virtuoso(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("virtuoso-t")
    if not program:
        pytest.skip("Virtuoso (Debian: virtuoso-opensource-7-bin) is not installed")
    http, sql = free_port(), free_port()
    (tmp_path / "data.nq").write_bytes(nquads())
    (tmp_path / "virtuoso.ini").write_text(
        f"[Database]\nDatabaseFile=v.db\nTransactionFile=v.trx\nErrorLogFile=v.log\nxa_persistent_file=v.pxa\nLockFile=v.lck\n"
        f"[Parameters]\nServerPort=127.0.0.1:{sql}\nDirsAllowed=.\nNumberOfBuffers=2000\n"
        f"[HTTPServer]\nServerPort=127.0.0.1:{http}\n[SPARQL]\nResultSetMaxRows=100000\n",
        "ascii",
    )
    process = subprocess.Popen(
        [program, "+foreground"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_up(f"http://127.0.0.1:{http}/sparql", process)
        isql = shutil.which("isql-vt") or shutil.which("isql") or "isql-vt"
        load = "DB.DBA.TTLP(file_to_string_output('data.nq'), '', 'http://example.org/default', 512); checkpoint;"
        grant = 'grant execute on DB.DBA.SPARQL_SINV_IMP to "SPARQL"; grant select on DB.DBA.SPARQL_SINV_2 to "SPARQL";'
        subprocess.run(
            [isql, f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}"], check=True, capture_output=True, timeout=60
        )
        subprocess.run(
            [isql, f"127.0.0.1:{sql}", "dba", "dba", f"exec={grant}"], check=False, capture_output=True, timeout=60
        )
        yield f"http://127.0.0.1:{http}/sparql"
    finally:
        process.terminate()
        process.wait()


def nquads() -> bytes:
    quads = list(ox.parse(TRIG.encode(), format=ox.RdfFormat.TRIG))
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def check(engine: RemoteEngine) -> None:
    """The same questions to every store."""
    csv = engine.run(
        f"SELECT DISTINCT ?s ?l {{ ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l ; a <{EX}T> }} ORDER BY ?s",
        format="csv",
    )
    assert csv.body.decode().splitlines() == ["s,l", f"{EX}a,Anna Example", f'{EX}b,"Bob ""x"" < y"']
    assert engine.run(f"ASK {{ <{EX}a> a <{EX}T> }}", format="json").body == b'{"head":{},"boolean":true}'
    for name in ("turtle", "jsonld", "rdfxml", "nt"):
        answer = engine.run(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{EX}g> {{ ?s ?p ?o }} }}", format=name)
        form = ox.RdfFormat.from_media_type(answer.media_type)
        assert len({str(t) for t in ox.parse(answer.body, format=form)}) == 3
    one = DatasetSpec(default=(EX + "g",))
    count = engine.run("SELECT (COUNT(*) AS ?n) { ?s a ?o }", format="tsv", dataset=one).body.decode()
    assert "1" in count.splitlines()[1]
    cut = engine.run(f"SELECT ?s {{ GRAPH <{EX}g> {{ ?s ?p ?o }} }}", format="tsv", max_rows=2)
    assert cut.truncated and cut.body.count(b"\n") == 3
    assert [hit.iri for hit in engine.search("anna")] == [EX + "a"]
    assert len(list(ox.parse(engine.graph(EX + "g", format="nt").body, format=ox.RdfFormat.N_TRIPLES))) == 3
    with pytest.raises(NotFound):
        engine.graph(EX + "nothing")
    with pytest.raises(Forbidden):
        engine.run("ASK { SERVICE <http://127.0.0.1/> {} }")
    with pytest.raises(BadQuery) as error:
        engine.run("SELECT * {\n ?s ?p }")
    assert (error.value.line, error.value.column) == (2, 8)


@pytest.mark.external
def test_oxigraph(oxigraph: str) -> None:
    engine = remote_engine(oxigraph)
    try:
        check(engine)
    finally:
        engine.close()


@pytest.mark.external
@pytest.mark.slow
def test_virtuoso(virtuoso: str) -> None:
    engine = remote_engine(virtuoso)
    try:
        check(engine)
    finally:
        engine.close()


@pytest.mark.external
@pytest.mark.slow
def test_virtuoso_calls_us(virtuoso: str, server: Any) -> None:
    query = f"SELECT ?o {{ SERVICE <{server.sparql}> {{ <{EX}a> <{EX}p> ?o }} }}"
    answer = httpx.post(
        virtuoso, data={"query": query}, headers={"accept": "application/sparql-results+json"}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    assert [row["o"]["value"] for row in answer.json()["results"]["bindings"]] == [EX + "b"]


def test_our_own_server_behind_another_of_ours(server: Any, serve: Any) -> None:
    with serve("--engine", f"sparql+{server.sparql}") as front:
        count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        assert front.rows(count) == server.rows(count)
        assert front.ask("ASK { SERVICE <http://127.0.0.1/> {} }").status_code == 403
        assert front.ask("SELECT * {").json()["line"] == 1
        said = httpx.get(front.sparql, headers={"accept": "text/turtle"}).text
        assert "nameMatches" not in said
        first = front.ask(count)
        again = httpx.get(front.sparql, params={"query": count}, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304
        assert httpx.get(front.root + "/readyz").status_code == 200
        assert os.getpid() != front.process.pid


def transport(status: int = 200, body: bytes = b"{}", delay: float = 0.0, **headers: str) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        time.sleep(delay)
        return httpx.Response(
            status, content=body, headers={"content-type": "application/sparql-results+json"} | headers
        )

    return httpx.MockTransport(answer)


ROW = b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"literal","value":"x"}}]}}'


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (transport(body=ROW[:-5]), Unavailable),
        (transport(body=b"<html>"), Unavailable),
        (transport(500), Unavailable),
        (transport(302, location="http://127.0.0.1:1/"), Unavailable),
        (transport(504), Timeout),
        (transport(body=ROW, **{"x-sql-state": "S1TAT"}), Timeout),
        (transport(body=b" " * 3000), TooLarge),
    ],
)
def test_a_bad_answer_of_the_store_is_an_error_of_ours(answers: httpx.MockTransport, error: type[Exception]) -> None:
    engine = RemoteEngine("http://store/", Settings(max_bytes=2000), transport=answers)
    engine.on_own_thread()
    try:
        with pytest.raises(error):
            engine.run("SELECT ?a { ?a ?b ?c }")
    finally:
        engine.close()
