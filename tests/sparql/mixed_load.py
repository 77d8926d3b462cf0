"""A mixed load with kills: clients that ask all kinds of things at once while processes of the server are killed.

The server is known by its address and process ids only. An answer is wrong unless it is what pyoxigraph gives in this
process, byte for byte (graphs: triple for triple). Counted apart are connections that break, *broken* before a status
and *torn* after it (a client sees that by the promised length), and light queries that were killed twice, *turned away*
with a 503: all this only where kills coincided, and the same request must be answered when it is sent again.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import random
import signal
import socket
import struct
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox

PATIENCE = 60  # seconds without a byte after which a request counts as hanging
TRIES = 10
FELT = 1.0  # seconds in which a killed worker may still be felt
NEAR = 0.1  # seconds before a request in which a kill may hit it, as the server has not noticed yet
CALM = 4.0  # seconds; about a third of the time nothing is killed, so that what goes wrong then has no excuse
TABLES = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
GRAPHS = ("application/n-triples", "text/turtle", "application/ld+json")
WIDE = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(300)))} }}" for name in "abcde")
RUNAWAYS = (f"SELECT (COUNT(*) AS ?n) {{ {WIDE} %FRESH% }}", f"SELECT * {{ {WIDE} %FRESH% }} ORDER BY ?e",
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l %FRESH% }")  # fmt: skip
MALFORMED = ("SELECT * { ?s ?p }", "SELECT * {", "SELEKT * { ?s ?p ?o }", "SELECT ?x { ?x no:where ?y }", "\x00",
             "SELECT * " + "{" * 3000, "ASK { FILTER(" + "(" * 500 + "1", "ASK { ?s ?p ?o . } }")  # fmt: skip
RARE = {"long": 0.5, "runaway": 0.3, "malformed": 0.6, "alive": 0.3}  # other kinds: 1
Reply = tuple[int, dict[str, str], bytes]  # status, headers, body
WAYS = {"GET": 8, "GET in pieces": 1, "HEAD": 1, "form": 2, "body": 2, "body in chunks": 1}


def children(pid: int) -> list[int]:
    """The living children of a process, those of all its threads; none where it is gone."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text("ascii").split())
    return found


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked and must come back. %FRESH% in the text is the place for a filter that is always true and makes a
    query that no cache knows. `expected` is canonical; where it is None, only status and form count."""

    kind: str
    text: str
    accept: str = TABLES[0]
    expected: bytes | None = None
    statuses: tuple[int, ...] = (200,)
    params: tuple[tuple[str, str], ...] = ()
    path: str = "/sparql"

    def sent(self, way: str, number: int) -> tuple[str, str, dict[str, str], Any]:
        """Method, target, headers and body of the request."""
        headers = {"accept": self.accept, "accept-encoding": "gzip" if number % 8 == 1 else "identity"}
        text = self.text.replace("%FRESH%", f"FILTER({number} = {number})" if number else "")
        asks = [("query", text)] if text else []
        if way in ("form", "body", "body in chunks"):
            target = f"{self.path}?{urlencode(self.params)}"
            body: Any = urlencode(asks).encode() if way == "form" else text.encode()
            headers["content-type"] = f"application/{'x-www-form-urlencoded' if way == 'form' else 'sparql-query'}"
            return "POST", target, headers, body if way != "body in chunks" else iter((body[:30], body[30:]))
        target = f"{self.path}?{urlencode([*asks, *self.params], quote_via=quote)}"
        return "HEAD" if way == "HEAD" else "GET", target, headers, None


ALWAYS = (
    *(Question("runaway", text, statuses=(503, 507, 429), params=(("timeout", "1"),)) for text in RUNAWAYS),
    *(Question("malformed", text, statuses=(400,)) for text in MALFORMED),
    Question("alive", "", "*/*", b"ok\n", path="/healthz"),
)


def canonical(accept: str, body: bytes) -> bytes:
    """A body in a form that is equal for equal answers: tables as they are, graphs as sorted N-Triples."""
    found = ox.parse(body, format=ox.RdfFormat.from_media_type(accept)) if accept in GRAPHS else ()
    return "\n".join(sorted({str(quad.triple) for quad in found})).encode() if accept in GRAPHS else body


def answer(store: ox.Store, text: str, accept: str, graphs: Iterable[str] = ()) -> bytes:
    """What pyoxigraph itself answers, canonical. Where `graphs` are given, their merge is the default graph."""
    if names := [ox.NamedNode(name) for name in graphs]:
        parts = {quad.triple for name in names for quad in store.quads_for_pattern(None, None, None, name)}
        store = ox.Store()
        store.extend(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in parts)
    found = store.query(text.replace("%FRESH%", ""))
    if isinstance(found, ox.QueryTriples):
        return "\n".join(sorted({str(triple) for triple in found})).encode()
    return found.serialize(format=ox.QueryResultsFormat.from_media_type(accept)) or b""


def merged(paths: Iterable[Path]) -> ox.Store:
    """The files' quads, with the merge of all graphs as the default graph, as the server has them."""
    store = ox.Store()
    for path in paths:
        store.bulk_load(path=str(path))
    named = (quad for quad in store.quads_for_pattern(None, None, None, None) if quad.graph_name != ox.DefaultGraph())
    store.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in named)
    return store


def complaint(question: Question, way: str, found: Reply) -> str:
    """What is wrong with an answer; empty where nothing is."""
    status, headers, body = found
    if status == 304:
        return "" if way == "revalidated" and not body else "304 out of place"
    if status >= 400 and way != "HEAD":
        problem = json.loads(body) if headers.get("content-type") == "application/problem+json" else {}
        if problem.get("status") != status:
            return f"{status} without a reason: {body[:200]!r}"
    if status not in question.statuses or (status == 429 and "retry-after" not in headers):
        return f"status {status}: {body[:300]!r}"
    if status != 200 or question.expected is None:
        return ""
    if question.path == "/sparql" and headers["content-type"].partition(";")[0] != question.accept:
        return f"type {headers['content-type']}"
    if way == "HEAD":
        fits = headers.get("content-encoding") or headers["content-length"] == str(len(question.expected))
        return "" if not body and (fits or question.accept in GRAPHS) else "HEAD of another length"
    try:
        plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        same = canonical(question.accept, plain)
    except (SyntaxError, OSError, EOFError) as err:
        return f"does not read: {err}"
    if same == question.expected:
        return ""
    return f"{'PARTIAL' if question.expected.startswith(same) else 'WRONG'}: {plain[:300]!r}"


class Broken(Exception):
    """The connection ended before there was a status."""


class Torn(Broken):
    """The connection ended after the status and before the whole answer."""


class Link(http.client.HTTPConnection):
    """A connection that may send in pieces and read slowly."""

    pieces = slow = False

    def send(self, data: Any) -> None:
        half = len(data) // 2 if self.pieces and isinstance(data, bytes) else 0
        if half:
            super().send(data[:half])
            time.sleep(0.02)
        super().send(data[half:] if half else data)

    def exchange(self, method: str, target: str, headers: dict[str, str], body: Any) -> Reply:
        """The answer, whole. Raises `Broken`, `Torn`, `TimeoutError`; other `OSError` when there is no connecting."""
        if self.sock is None:
            self.connect()
            if self.slow:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        parts: list[bytes] = []
        try:
            self.request(method, target, body, headers, encode_chunked=not isinstance(body, bytes | None))
            response = self.getresponse()
        except (ConnectionError, http.client.BadStatusLine) as err:
            raise Broken from err
        try:
            while part := response.read(16384):
                parts.append(part)
                time.sleep(0.01 * self.slow)
        except (ConnectionError, http.client.IncompleteRead) as err:
            raise Torn from err
        if response.length or (response.length is None and not response.chunked):
            raise Torn  # less than was promised, or nothing was
        return response.status, {key.lower(): value for key, value in response.getheaders()}, b"".join(parts)


def until_ready(root: str, server: int, *, other_than: int = 0, seconds: float = 300.0) -> bool:
    """Whether a worker comes to answer; `other_than` is a keeper that was killed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if set(children(server)) - {other_than}:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{root}/readyz", timeout=PATIENCE):
                return True
        time.sleep(0.1)
    return False


class Load:
    """The clients and the kills, and what came of them."""

    def __init__(self, root: str, server: int, asked: Iterable[Question], *, seed: int, clients: int = 8,
                 often: tuple[float, float] = (0.1, 0.5), rest: float = 10.0) -> None:  # fmt: skip
        self.root, self.netloc, self.server = root, root.removeprefix("http://"), server
        self.often, self.rest = often, rest
        self.kinds: dict[str, list[Question]] = {}
        for question in (*asked, *ALWAYS):
            self.kinds.setdefault(question.kind, []).append(self._learnt(question))
        self.counts: Counter[tuple[str, str]] = Counter()  # by what was asked and the outcome
        self.failures: list[str] = []  # the first fifty, in words
        self.bodies: dict[str, int] = {}  # strong validators, each with the hash of the one body it may stand for
        self.killed: Counter[str] = Counter()
        self.kills: list[float] = []  # moments until which each may be felt
        self.ending, self._lock = threading.Event(), threading.Lock()
        killer = threading.Thread(target=self._kills, args=(random.Random(f"{seed}/kills"),), daemon=True)
        self._threads = [killer, *(Client(self, random.Random(f"{seed}/{number}")) for number in range(clients))]

    def _learnt(self, question: Question) -> Question:
        """The question; where it must be answered and nobody else knows how, with what it gets before the kills."""
        if question.expected is None and question.statuses == (200,):
            with contextlib.closing(Link(self.netloc, timeout=PATIENCE)) as link:
                status, _, body = link.exchange(*question.sent("GET", 0))
            assert status == 200, body
            return replace(question, expected=body)
        return question

    def check(self) -> None:
        """Ask everything once, one after another."""
        client = Client(self, random.Random(0))
        for question in (question for kind in self.kinds.values() for question in kind):
            client.once(question, "GET", question.sent("GET", 0))
        client.leave()

    def run(self, seconds: float) -> None:
        """Load and kills for so long; then every client has its last answer."""
        for thread in self._threads:
            thread.start()
        time.sleep(seconds)
        self.ending.set()
        for thread in self._threads:
            thread.join(TRIES * PATIENCE)
            if thread.is_alive():
                self.note("client", "hangs", "it still waits for an answer")

    def _kills(self, chance: random.Random) -> None:
        """Kill a worker every `often` seconds, with pauses, and the keeper about `rest` seconds after it came back."""
        due = time.monotonic() + chance.uniform(0.5, 1.5) * self.rest
        while not self.ending.wait(CALM if chance.random() < 0.05 else chance.uniform(*self.often)):
            keepers = children(self.server)
            workers = [(worker, one) for one in keepers for worker in children(one)]
            if keepers and time.monotonic() > due:
                self._kill("keeper", chance.choice(keepers), self.server)
                due = time.monotonic() + chance.uniform(0.5, 1.5) * self.rest
            elif workers:
                self._kill("worker", *chance.choice(workers))

    def _kill(self, what: str, pid: int, parent: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            if pid in children(parent):  # an id may be given again, a handle is of one process only
                self.kills.append(float("inf"))
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                self.killed[what] += 1
                if what == "keeper" and not until_ready(self.root, self.server, other_than=pid):
                    self.note("keeper", "gone", "none came in its place")
                self.kills[-1] = time.monotonic() + FELT
            os.close(handle)

    def draw(self, chance: random.Random) -> Question:
        (kind,) = chance.choices(list(self.kinds), [RARE.get(kind, 1.0) for kind in self.kinds])
        return chance.choice(self.kinds[kind])

    def judge(self, question: Question, way: str, found: Reply, since: float) -> bool:
        """Count an answer to a request that was sent at `since`, and what is wrong with it; False: ask again."""
        status, headers, body = found
        lost = status == 503 and b'"Timeout"' not in body  # its worker died; one kill costs nobody an answer, two may
        if lost and 503 not in question.statuses and "retry-after" in headers and self.felt(since + FELT - NEAR) > 1:
            self.note(question.kind, "turned away")
            return False
        why = complaint(question, way, found)
        if lost and way != "HEAD" and not self.felt(since):
            why = why or f"503 and nothing was killed: {body[:300]!r}"
        tag = headers.get("etag") if status == 200 and way != "HEAD" else None
        if tag and self.bodies.setdefault(tag, hash(body)) != hash(body):
            why = why or f"two bodies for the strong validator {tag}"
        self.note(question.kind, str(status))
        self.note(f"({way})", str(status), why and f"{question.sent('GET', 0)[1][:400]} {question.accept}: {why}")
        return True

    def note(self, what: str, outcome: str, why: str = "") -> None:
        with self._lock:
            self.counts[what, "FAILED" if why else outcome] += 1
            if why and len(self.failures) < 50:
                self.failures.append(f"{what}: {why}")

    def broke(self, question: Question, err: Broken, since: float) -> None:
        outcome = type(err).__name__.lower()
        self.note(question.kind, outcome, "" if self.felt(since) else f"{outcome} and nothing was killed")

    def felt(self, since: float) -> int:
        """How many kills could be felt since then."""
        return sum(moment >= since for moment in self.kills[-100:])


class Client(threading.Thread):
    """Asks one thing after another, on connections that it keeps or not, and now and then goes away."""

    def __init__(self, load: Load, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.load, self.chance = load, chance
        self.link: Link | None = None
        self.address = (urlsplit(load.root).hostname, urlsplit(load.root).port)

    def run(self) -> None:
        try:
            while not self.load.ending.is_set():
                draw = self.chance.random()
                self.go_away() if draw < 0.04 else self.ask_ahead() if draw < 0.06 else self.ask()
        except Exception as err:
            self.load.note("client", "ended", repr(err))
        self.leave()

    def leave(self) -> None:
        if self.link:
            self.link.close()
            self.link = None

    def ask(self) -> None:
        """Ask a question until it is answered."""
        question = self.load.draw(self.chance)
        number = self.chance.randrange(2, 10**9) if self.chance.random() < 0.6 else self.chance.randrange(2)
        (way,) = self.chance.choices(list(WAYS), list(WAYS.values())) if question.path == "/sparql" else ["GET"]
        for _ in range(TRIES):
            if not (found := self.once(question, way, question.sent(way, number))):
                continue
            if found[0] == 200 and "etag" in found[1] and way == "GET" and self.chance.random() < 0.2:
                tag = self.chance.choice((found[1]["etag"], f'"none", W/{found[1]["etag"]}', '"none"'))
                method, target, headers, _ = question.sent(way, number)
                again = "GET" if tag == '"none"' else "revalidated"
                self.once(question, again, (method, target, headers | {"if-none-match": tag}, None))
            return
        self.load.note(question.kind, "unanswered", f"not answered in {TRIES} tries")

    def once(self, question: Question, way: str, sent: Any) -> Reply | None:
        """The answer, judged; None where there is none, and then the next request goes over another connection."""
        link, since, self.link = self.link or Link(self.load.netloc, timeout=PATIENCE), time.monotonic(), None
        link.pieces, link.slow = way == "GET in pieces", question.kind == "long" and self.chance.random() < 0.2
        try:
            found = link.exchange(*sent)
        except Broken as err:
            self.load.broke(question, err, since)
            link.close()
            return None
        except TimeoutError:
            self.load.note(question.kind, "hangs", f"{way}: no byte in {PATIENCE} s")
            return None
        if link.slow or self.chance.random() < 0.3:
            link.close()
        else:
            self.link = link
        return found if self.load.judge(question, way, found, since) else None

    def ask_ahead(self) -> None:
        """Send several requests at once on one connection; the answers must come in their order."""
        self.leave()  # a restart may take longer than the server keeps an idle connection
        several, since = [self.load.draw(self.chance) for _ in range(3)], time.monotonic()
        with socket.create_connection(self.address, PATIENCE) as sock, sock.makefile("rb") as reader:
            sock.sendall(b"".join(self._raw(question.sent("GET", 0)) for question in several))
            for question in several:
                line, body, length = b"", b"", 1
                with contextlib.suppress(ConnectionError):
                    line = reader.readline()
                    headers = {key.lower(): value for key, value in http.client.parse_headers(reader).items()}
                    length = int(headers.get("content-length", "1"))
                    body = reader.read(length)
                if len(body) < length:
                    self.load.broke(question, Torn() if line else Broken(), since)
                    break
                self.load.judge(question, "ahead", (int(line.split()[1]), headers, body), since)

    def go_away(self) -> None:
        """Send a request or a part of it, and leave before the answer, or in the middle of it."""
        sent = self._raw(self.load.draw(self.chance).sent("GET", self.chance.randrange(2, 10**9)))
        with socket.create_connection(self.address, PATIENCE) as sock, contextlib.suppress(OSError):
            if self.chance.random() < 0.5:  # with a reset rather than an end
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.sendall(sent[: self.chance.choice((len(sent), len(sent), len(sent) // 2))])
            sock.settimeout(self.chance.uniform(0.01, 0.4))
            sock.recv(1000)
        self.load.note("(gone away)", "left")

    def _raw(self, sent: tuple[str, str, dict[str, str], Any]) -> bytes:
        first = f"{sent[0]} {sent[1]} HTTP/1.1"
        return "\r\n".join((first, f"host: {self.load.netloc}", *map(": ".join, sent[2].items()), "", "")).encode()
