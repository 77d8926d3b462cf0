"""Workers that hold connections: what HTTP asks of them, and what becomes of a request when its worker is slow or
dies."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from kg.errors import KgError, Timeout
from kg.settings import Settings
from kg.sparql import PoolEngine, Source
from kg.sparql.attendant import Attendant
from kg.sparql.lane import Lane
from kg.sparql.slot import CLIENT, COMPUTING, NOTED, PHASE, TAKEN, Slot, Table
from kg.web.metrics import AccessLog

VALUES = " ".join(map(str, range(300)))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?{v} {{ {VALUES} }}' for v in 'abcde')} }}"
ALL = "SELECT * { ?s ?p ?o }"


def metric(root: str, name: str) -> int:
    found = re.search(rf"^{re.escape(name)} (\d+)$", httpx.get(root + "/metrics").text, re.MULTILINE)
    assert found, name
    return int(found[1])


def raw(root: str) -> socket.socket:
    host, port = root.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def get(query: str, *headers: str, version: str = "1.1") -> bytes:
    lines = [f"GET /sparql?query={quote(query, safe='')} HTTP/{version}", "Host: here", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answers(sock: socket.socket, number: int) -> list[tuple[int, bytes]]:
    """The next answers on a connection: status and body, as long as their lengths say."""
    found = []
    with sock.makefile("rb") as stream:
        while len(found) < number:
            status = stream.readline()
            assert status, f"the connection ended after {len(found)} answers"
            length = 0
            while (line := stream.readline()) != b"\r\n":
                key, _, value = line.partition(b":")
                length = int(value) if key.lower() == b"content-length" else length
            found.append((int(status.split()[1]), stream.read(length)))
    return found


def test_a_connection_is_kept_by_a_worker_which_counts_what_it_answers(serve: Any, release: Path) -> None:
    with serve(str(release)) as running, httpx.Client() as client:
        for query, status in ((ALL, 200), ("ASK {}", 200), ("ASK {", 400), ("ASK { SERVICE <x:y> {} }", 403)):
            assert client.get(running.sparql, params={"query": query}).status_code == status
        tag = client.get(running.sparql, params={"query": ALL}).headers["etag"]
        again = client.get(running.sparql, params={"query": ALL}, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert metric(running.root, "leakgraph_direct_connections") == 1
        for status, number in ((200, 3), (304, 1), (400, 1), (403, 1)):
            assert metric(running.root, f'leakgraph_requests_total{{kind="sparql",status="{status}"}}') == number
        assert metric(running.root, 'leakgraph_request_seconds_count{kind="sparql"}') == 6
        assert metric(running.root, "leakgraph_cache_hits_total") == 2
        deadline = time.monotonic() + 10  # without requests it goes back to the server, open all the while
        while metric(running.root, "leakgraph_direct_connections") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert metric(running.root, "leakgraph_direct_connections") == 0
        assert client.get(running.sparql, params={"query": ALL}).status_code == 200


ODD = {
    "two requests at once": ([get(ALL) + get("ASK {}")], [200, 200]),
    "in pieces": ([get(ALL)[:30], get(ALL)[30:60], get(ALL)[60:]], [200]),
    "a piece of the second with the first": ([get(ALL) + get("ASK {}")[:20], get("ASK {}")[20:]], [200, 200]),
    "no keep-alive": ([get(ALL, "Connection: close")], [200]),
    "version 1.0": ([get(ALL, version="1.0")], [200]),
    "another path between": ([get(ALL) + b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n" + get(ALL)], [200, 200, 200]),
    "no host": ([get(ALL).replace(b"Host: here\r\n", b"")], [400]),
    "two hosts": ([get(ALL, "Host: there")], [400]),
    "no host's name": ([get(ALL).replace(b"here", b"he re")], [400]),
    "no HTTP": ([b"GET /sparql?query=ASK%7B%7D\x01 HTTP/9.9\r\n\r\n"], [400]),
    "chunks": (
        [
            b"POST /sparql HTTP/1.1\r\nHost: here\r\nContent-Type: application/sparql-query\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n",
            b"3\r\n {}\r\n0\r\n\r\n",
        ],
        [200],
    ),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("held", [False, True], ids=["fresh", "held"])
def test_http_in_odd_shapes(server: Any, name: str, held: bool) -> None:
    pieces, statuses = ODD[name]
    with raw(server.root) as sock:
        if held:
            sock.sendall(get("ASK {}"))
            assert answers(sock, 1)[0][0] == 200
        for piece in pieces:
            sock.sendall(piece)
            time.sleep(0.05)
        assert [status for status, _ in answers(sock, len(statuses))] == statuses


def test_a_client_that_is_to_continue_is_told_so(server: Any) -> None:
    with raw(server.root) as sock:
        sock.sendall(get("ASK {}"))
        answers(sock, 1)
        head = "POST /sparql HTTP/1.1\r\nHost: here\r\nContent-Type: application/sparql-query\r\nContent-Length: 6\r\n"
        sock.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"ASK {}")
        assert answers(sock, 1)[0][0] == 200


def test_who_shares_a_worker_with_a_slow_query_does_not_wait_for_it(serve: Any, release: Path) -> None:
    with serve(str(release), KG_WORKERS="1", KG_TIMEOUT="4") as running:
        socks = [raw(running.root) for _ in range(5)]
        for sock in socks:
            sock.sendall(get("ASK {}"))
            answers(sock, 1)
        assert metric(running.root, "leakgraph_direct_connections") > 1
        slow = socks.pop(0)
        slow.sendall(get(ENDLESS))
        time.sleep(0.1)
        for round in range(20):
            for sock in socks:
                sock.sendall(get(f"SELECT * {{ ?s ?p ?o }} LIMIT {round + 1}"))
            assert [answers(sock, 1)[0][0] for sock in socks] == [200] * 4
        slow.setblocking(False)
        with pytest.raises(BlockingIOError):
            slow.recv(1)  # it is still running
        slow.settimeout(20)
        status, body = answers(slow, 1)[0]
        assert (status, json.loads(body)["error"]) == (503, "Timeout")
        slow.sendall(get("ASK {}"))
        assert answers(slow, 1)[0][0] == 200
        for sock in (slow, *socks):
            sock.close()


def test_equal_queries_in_progress_are_computed_once(serve: Any, release: Path) -> None:
    with serve(str(release)) as running:
        got: list[tuple[int, str]] = []

        def ask() -> None:
            answer = running.ask(ENDLESS, timeout="2")
            got.append((answer.status_code, answer.json()["error"]))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
            time.sleep(0.2)
        for thread in threads:
            thread.join()
        assert got == [(503, "Timeout")] * 4
        assert metric(running.root, 'leakgraph_worker_kills_total{reason="timeout"}') == 1


def test_an_answer_that_took_long_is_known_to_all(serve: Any, release: Path) -> None:
    slow = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?{v} {{ {VALUES} }}' for v in 'abc')} }}"
    with serve(str(release)) as running:
        with httpx.Client(timeout=30) as client:
            first = client.get(running.sparql, params={"query": slow}, headers={"accept": "application/json"})
        before = metric(running.root, "leakgraph_cache_hits_total")
        socks = [raw(running.root) for _ in range(4)]
        for sock in socks:
            sock.sendall(get(slow, "Accept: application/json"))
        assert [answers(sock, 1)[0] for sock in socks] == [(200, first.content)] * 4
        for sock in socks:
            sock.close()
        assert metric(running.root, "leakgraph_cache_hits_total") == before + 4


def test_a_client_that_reads_slowly_gets_the_whole_answer_and_keeps_nobody_waiting(serve: Any, release: Path) -> None:
    large = f"SELECT ?a ?b {{ VALUES ?a {{ {VALUES} }} VALUES ?b {{ {VALUES} }} }}"
    with serve(str(release), KG_WORKERS="1") as running, httpx.Client(timeout=30) as client:
        whole = client.get(running.sparql, params={"query": large}, headers={"accept-encoding": "identity"})
        assert whole.status_code == 200 and len(whole.content) > 10_000_000
        with raw(running.root) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            sock.sendall(get(large) + get("ASK {}"))
            time.sleep(0.5)
            assert client.get(running.sparql, params={"query": ALL}).status_code == 200
            (status, body), (after, _) = answers(sock, 2)
        assert (status, after) == (200, 200)
        assert body == whole.content


def test_the_log_has_a_line_for_each_request_and_no_query(release: Path) -> None:
    command = [sys.executable, "-m", "kg", "serve", str(release), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        root = [process.stdout.readline() for _ in range(2)][1].strip().rstrip("/")
        with httpx.Client() as client:
            for number in range(7):
                client.get(f"{root}/sparql", params={"query": f"SELECT * {{ ?secret ?p {number} }}"})
            client.get(f"{root}/healthz")
        process.send_signal(signal.SIGTERM)
        log = process.stderr.read()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["path"] for line in lines].count("/sparql") == 7
    assert {line["status"] for line in lines} == {200}
    assert "secret" not in log


def test_no_query_process_can_open_a_connection(server: Any) -> None:
    ids = [server.process.pid]
    for pid in ids:
        ids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())
    assert len(ids) >= 4
    for pid in ids[1:]:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
        assert re.search(r"Seccomp:\s+2\n", status) and re.search(r"NoNewPrivs:\s+1\n", status), pid


class Told:
    """A client whose connection is real and which notes what it is told."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.told = sock, []  # type: ignore[var-annotated]

    def fileno(self) -> int:
        return self.sock.fileno()

    def regain(self, data: bytes = b"", *, alone: bool = False, error: KgError | None = None) -> None:
        self.told.append(("regain", data, alone, error))

    def finish(self, rest: bytes) -> None:
        self.told.append(("finish", rest))

    def end(self) -> None:
        self.told.append(("end",))


REQUEST = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\n\r\n"


@pytest.fixture
def dead() -> Iterator[tuple[Attendant, Slot, Told, socket.socket]]:
    """A worker that has one client and will be found dead; the slot as it left it is the test's business."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        theirs = socket.create_connection(listening.getsockname())
        ours, _ = listening.accept()
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    slot = Table.made(1).slot(0, os.eventfd(0, os.EFD_NONBLOCK))
    attendant, client = Attendant(None, here, slot, 1), Told(ours)  # type: ignore[arg-type]
    assert attendant.give(7, client, REQUEST)
    with theirs, ours, there:
        yield attendant, slot, client, theirs
        attendant.close()


def test_a_log_that_nobody_reads_ends_no_request() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    log = AccessLog(writing, most_held=1)
    log.add("GET", "/sparql", 200, 1, 0.1)  # the pipe is broken
    os.close(writing)
    log.add("GET", "/sparql", 200, 1, 0.1)  # the file is closed


def test_a_request_is_kept_until_the_worker_has_taken_it(dead: Any) -> None:
    attendant, slot, _, _ = dead
    attendant.forget()
    assert attendant.clients[7].request == REQUEST
    noted(slot, COMPUTING)
    attendant.forget()
    assert attendant.clients[7].request == b""


def noted(slot: Slot, phase: int) -> None:
    slot.raw[: len(REQUEST)] = REQUEST
    slot.note(7, len(REQUEST))
    slot.words[PHASE] = phase
    slot.words[TAKEN] = 1


def test_a_request_that_was_not_yet_taken_is_given_to_another(dead: Any) -> None:
    attendant, _, client, _ = dead
    attendant.abandon()
    attendant.settle(None)
    assert client.told == [("regain", REQUEST, False, None)]


def test_a_worker_that_died_idle_leaves_its_clients_as_they_are(dead: Any) -> None:
    attendant, slot, client, _ = dead
    noted(slot, 0)
    attendant.abandon()
    attendant.settle(None)
    assert client.told == [("regain", b"", False, None)]


@pytest.mark.parametrize("error", [None, Timeout("stopped")])
def test_a_request_over_which_a_worker_died_is_asked_again_or_answered(dead: Any, error: KgError | None) -> None:
    attendant, slot, client, _ = dead
    noted(slot, COMPUTING)
    attendant.abandon()
    assert client.told == []
    attendant.settle(error)
    assert client.told == [("regain", REQUEST, True, error)]


@pytest.mark.parametrize("taken", [False, True])
def test_a_request_that_was_noted_is_read_once(dead: Any, taken: bool) -> None:
    attendant, slot, client, theirs = dead
    theirs.sendall(REQUEST)
    if taken:
        assert client.sock.recv(1000) == REQUEST
    noted(slot, NOTED)
    attendant.settle(None)
    assert client.told == [("regain", REQUEST if taken else b"", taken, None)]


@pytest.mark.parametrize(
    ("written", "told"), [(0, ("regain", REQUEST, True, None)), (10, ("regain", b"", False, None)), (4, ("end",))]
)
@pytest.mark.parametrize("read", [False, True])
def test_an_answer_is_out_whole_or_not_at_all_or_the_connection_ends(
    dead: Any, written: int, told: tuple[Any, ...], read: bool
) -> None:
    attendant, slot, client, theirs = dead
    noted(slot, COMPUTING)
    client.sock.sendall(b"an earlier answer")
    slot.answer(10, len(b"an earlier answer") + 10)
    client.sock.sendall(b"0123456789"[:written])
    if read:
        theirs.recv(1000)
    attendant.settle(None)
    assert client.told == [told]


def test_a_slow_worker_keeps_only_the_client_of_its_query(dead: Any) -> None:
    attendant, slot, client, _theirs = dead
    other = Told(client.sock)
    attendant.give(8, other, b"next")
    noted(slot, COMPUTING)
    slot.begin(b"k" * 16, 5.0)
    assert slot.table.computing(b"k" * 16) and not slot.table.computing(b"k" * 16, but=0) and slot.busy() > 0
    attendant.take_apart()
    assert (list(attendant.clients), client.told, other.told) == ([7], [], [("regain", b"next", False, None)])
    assert slot.end() is False  # which tells the worker to let the others be
    assert not slot.table.computing(b"k" * 16)
    slot.begin(b"k" * 16, 5.0)
    assert slot.end() is True
    attendant.apart = False
    attendant.take_apart()
    assert attendant.apart is False and slot.words[CLIENT] == 7  # its query had just ended
    assert attendant.client_is_gone() is False


def test_a_client_that_has_gone_is_noticed(dead: Any) -> None:
    attendant, slot, _, theirs = dead
    noted(slot, COMPUTING)
    assert not attendant.client_is_gone()
    theirs.close()
    assert attendant.client_is_gone()


def offered(engine: PoolEngine, client: Told) -> Lane | None:
    """Offer a connection on the engine's own loop."""
    taken: Future[Lane | None] = Future()
    engine._loop.call_soon_threadsafe(lambda: taken.set_result(engine.hand_over(client, get(ALL))))
    return taken.result()


@pytest.mark.parametrize("in_memory", [True, False])
def test_an_engine_takes_a_connection_and_gives_it_back(release: Path, in_memory: bool) -> None:
    source = Source("release", (str(release),), in_memory=in_memory)
    engine = PoolEngine(source, Settings(timeout=5.0), direct="kg.web.keeper")
    engine.on_own_thread()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            theirs = socket.create_connection(listening.getsockname(), timeout=20)
            ours, _ = listening.accept()
        with ours, theirs:
            client = Told(ours)
            deadline = time.monotonic() + 20
            while offered(engine, client) is None and time.monotonic() < deadline:
                time.sleep(0.02)  # until a worker has been forked
            (status, body) = answers(theirs, 1)[0]
            assert (status, len(json.loads(body)["results"]["bindings"])) == (200, 6)
            theirs.sendall(get("ASK {}"))
            assert answers(theirs, 1)[0][0] == 200
            while not client.told and time.monotonic() < deadline:
                time.sleep(0.05)
            assert client.told == [("regain", b"", False, None)]
    finally:
        engine.close()
