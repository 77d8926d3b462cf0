"""Queries that burn, eat and crash: each is an error within its limit, and nobody else notices."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

VALUES = " ".join(map(str, range(300)))
CROSS = " ".join(f"VALUES ?{v} {{ {VALUES} }}" for v in "abcde")
MANY = " ".join(f"VALUES ?{v} {{ {VALUES} }}" for v in "abc")
SLACK = 1.0  # seconds beyond the limit that an answer may take


def timed(server: Any, query: str, **params: str) -> tuple[int, float, dict[str, Any]]:
    began = time.monotonic()
    answer = server.ask(query, **params)
    body = answer.json() if "json" in answer.headers["content-type"] else {}
    return answer.status_code, time.monotonic() - began, body


HOSTILE = {
    "cross product count": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}",
    "cross product order": f"SELECT * {{ {CROSS} }} ORDER BY ?e",
    "distinct over everything": f"SELECT DISTINCT * {{ {CROSS} }}",
    "regex": f'SELECT (COUNT(*) AS ?n) {{ {CROSS} FILTER REGEX(CONCAT(STR(?a), STR(?b)), "^(([0-9])+)+$") }}',
    "aggregate of all": f"SELECT ?a (GROUP_CONCAT(?b) AS ?x) {{ {CROSS} }} GROUP BY ?a",
    "construct": f"CONSTRUCT {{ ?s <http://x/p> ?a }} {{ {CROSS} BIND(IRI(CONCAT('http://x/', STR(?b), STR(?d))) AS ?s) }}",  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_is_an_error_within_its_limit(server: Any, name: str) -> None:
    status, seconds, body = timed(server, HOSTILE[name], timeout="1.5", accept="application/json")
    assert status in (503, 507), body
    assert body["error"] in ("Timeout", "OutOfMemory") and body["type"].endswith("#" + body["error"])
    assert seconds < 1.5 + SLACK


def test_a_path_over_a_cycle_ends(serve: Any, tmp_path: Any) -> None:
    n = 2500
    lines = [f"<http://x/{i}> <http://x/p> <http://x/{(i + k) % n}> ." for i in range(n) for k in (1, 7)]
    (tmp_path / "cycle.nt").write_text("\n".join(lines), "ascii")
    with serve(str(tmp_path / "cycle.nt")) as running:
        status, seconds, body = timed(
            running, "SELECT (COUNT(*) AS ?n) { ?a <http://x/p>+ ?b . ?b <http://x/p>+ ?c }", timeout="1"
        )
        assert (status, body["error"]) == (503, "Timeout") and seconds < 1 + SLACK


def test_braces_and_a_huge_text_are_refused_at_once(server: Any) -> None:
    assert timed(server, "SELECT * " + "{" * 3000)[0] == 400
    with httpx.Client() as client:
        big = client.post(
            server.sparql, content=b"ASK {} #" + b"x" * 2**20, headers={"content-type": "application/sparql-query"}
        )
        body = client.post(
            server.sparql, content=b"x" * (17 << 20), headers={"content-type": "application/x-www-form-urlencoded"}
        )
    assert (big.status_code, body.status_code) == (413, 413)


def test_others_are_answered_while_queries_burn(server: Any) -> None:
    burning = [
        threading.Thread(
            target=server.ask, args=(f"{HOSTILE['cross product count']} # {i}\nLIMIT {i + 1}",), kwargs={"timeout": "3"}
        )
        for i in range(4)
    ]
    for thread in burning:
        thread.start()
    time.sleep(0.3)
    with httpx.Client() as client:
        answers = [
            client.get(server.sparql, params={"query": f"SELECT * {{ ?s ?p ?o FILTER(1 < {i + 2}) }}"})
            for i in range(100)
        ]
    still_burning = any(thread.is_alive() for thread in burning)
    for thread in burning:
        thread.join()
    assert [a.status_code for a in answers] == [200] * 100
    assert len({a.content for a in answers}) == 1
    assert still_burning


def test_rows_and_bytes_are_bounded(serve: Any, release: Any) -> None:
    with serve(str(release), KG_MAX_ROWS="1000", KG_MAX_BYTES="2000000") as running:
        assert timed(running, f"SELECT * {{ VALUES ?a {{ {VALUES} }} }}")[0] == 200
        status, _, body = timed(running, f"SELECT ?a ?b {{ {MANY} }} LIMIT 20000")
        assert (status, body["error"]) == (413, "TooLarge")
        assert timed(running, f"SELECT * {{ {MANY} }} LIMIT 500000")[0] == 413


def test_a_cut_that_the_client_asked_for_is_told(server: Any) -> None:
    cut = server.ask(f"SELECT * {{ {MANY} }}", **{"max-rows": "7"})
    assert len(cut.json()["results"]["bindings"]) == 7 and cut.headers["x-result-truncated"] == "true"
    whole = server.ask("SELECT * { VALUES ?a { 1 2 3 } }", **{"max-rows": "3"})
    assert len(whole.json()["results"]["bindings"]) == 3 and "x-result-truncated" not in whole.headers
    graph = server.ask("CONSTRUCT WHERE { ?s ?p ?o }", accept="application/n-triples", **{"max-rows": "2"})
    assert graph.text.count(" .\n") == 2 and graph.headers["x-result-truncated"] == "true"


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def workers(server: int) -> list[int]:
    """The process ids of the query workers: children of the server's child, the keeper."""
    return [worker for keeper in children(server) for worker in children(keeper)]


def test_killing_any_worker_or_the_keeper_costs_no_answer(serve: Any, release: Any) -> None:
    with serve(str(release)) as running, httpx.Client(timeout=30) as client:
        for round in range(12):
            ids = workers(running.process.pid)
            for pid in ids[:: 2 if round % 2 else 1]:
                os.kill(pid, signal.SIGKILL)
            if round == 6:
                parent = next(iter(children(running.process.pid)))
                os.kill(parent, signal.SIGKILL)
            answer = client.get(running.sparql, params={"query": f"SELECT * {{ ?s ?p ?o }} LIMIT {round + 1}"})
            assert answer.status_code == 200, answer.text
            assert len(answer.json()["results"]["bindings"]) == min(round + 1, 6)


def test_a_client_that_goes_away_takes_its_query_with_it(server: Any) -> None:
    def kills() -> int:
        for line in httpx.get(server.root + "/metrics").text.splitlines():
            if line.startswith('leakgraph_worker_kills_total{reason="cancelled"}'):
                return int(line.split()[-1])
        raise AssertionError("no such metric")

    before = kills()
    with pytest.raises(httpx.ReadTimeout), httpx.Client(timeout=0.5) as client:
        client.get(server.sparql, params={"query": f"{HOSTILE['cross product count']} LIMIT 77", "timeout": "8"})
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and kills() == before:
        time.sleep(0.05)
    assert kills() > before


def test_a_full_queue_says_when_to_come_again(serve: Any, release: Any) -> None:
    with serve(str(release), KG_WORKERS="1", KG_QUEUE="1", KG_TIMEOUT="3") as running:
        statuses: list[tuple[int, str]] = []

        def burn(i: int) -> None:
            answer = running.ask(f"{HOSTILE['cross product count']} LIMIT {i + 1}")
            statuses.append((answer.status_code, answer.headers.get("retry-after", "")))

        threads = [threading.Thread(target=burn, args=(i,)) for i in range(14)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    refused = [after for status, after in statuses if status == 429]
    assert refused and all(refused) and {status for status, _ in statuses} <= {429, 503}
