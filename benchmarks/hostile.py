"""What hostile queries do to `kg serve`: each must be an error within its limit, and nobody else may notice.

    python ../shared/bench/gen.py 14500 kg1m.nq            # in a scratch folder; about a million quads
    python benchmarks/hostile.py SCRATCH/kg1m.nq

Each is sent with `timeout=3`, again and again while 100 light requests go out 25 ms apart. The table tells its status
and the longest time that it took (a second over the limit is allowed), the memory of all the server's processes before,
at its height and 5 s after, and how many of the light requests were answered as by the quiet server, with their
latency. What merely nests deep may be answered too, if it is within the limit. Exits 1 where any of this does not hold.

Memory is told twice. *All* counts shared pages once. It grows while workers read, whatever they read: the engine counts
references in the pages of the store, so that a worker gets copies of those that it reads, at most as much as the store
has. *Own* is what each process has resident beyond its parent, which such copies do not change: this must be back.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from endpoint import memory
from soak import own, served

LIMIT, SLACK = 3, 1.0  # seconds
LIGHT, APART = 100, 0.025  # requests, seconds
AFTER = 5.0  # seconds
BACK = 64  # MiB that a process's own memory may be over what it was, for its heap and the cache
NODES = 2500  # of the cycles
LONG = 8000  # bytes; what is longer is sent by POST
P = "<http://example.org/cycle#next>"
ERRORS, ANY = (400, 413, 414, 431, 503, 507), (200, 400, 413, 503, 507)


def nested(before: str, inner: str, after: str, depth: int) -> str:
    return before * depth + inner + after * depth


VALUES = " ".join(f"({n} {n})" for n in range(20_000))
HOSTILE: dict[str, tuple[str, tuple[int, ...]]] = {
    "cross product, COUNT": ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", ERRORS),
    "cross product, ORDER BY": ("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c", ERRORS),
    "DISTINCT over everything": ("SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f }", ERRORS),
    "GROUP_CONCAT of everything": ("SELECT (GROUP_CONCAT(STR(?a)) AS ?x) { ?a ?b ?c . ?d ?e ?f }", ERRORS),
    "CONSTRUCT of everything": ("CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f }", ERRORS),
    "catastrophic regex": ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(ISLITERAL(?c) && ISLITERAL(?f) && "
                           'REGEX(CONCAT(STR(?c), STR(?f)), "^(([a-z ])+.)+[A-Z]([a-z ])+$", "i")) }', ERRORS),
    "text that doubles": ("SELECT (STRLEN(?x40) AS ?n) { BIND('abcdefgh' AS ?x0) "
                          + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40)) + " }", ERRORS),
    "path over cycles": (f"SELECT (COUNT(*) AS ?n) {{ ?a {P}+ ?b . ?b {P}+ ?c }}", ERRORS),
    "path over everything": (f"SELECT (COUNT(*) AS ?n) {{ ?a ({P}|!{P})+ ?b . ?b ({P}|!{P}|^{P})* ?c }}", ERRORS),
    "6 KB of braces": ("SELECT * " + "{" * 6000, ERRORS),
    "6 KB of closed braces": ("SELECT * " + nested("{", "?s ?p ?o", "}", 3000), ERRORS),
    "1 MB of query, POST": ("ASK { } #" + "x" * 2**20, ERRORS),
    "1 MB of query, GET": ("ASK { } #" + "x" * 2**20, ERRORS),
    "200 KB of VALUES": (f"SELECT * {{ VALUES (?a ?b) {{ {VALUES[:200_000].rpartition(' (')[0]} }} ?a ?p ?b }}", ANY),
    "120 groups": ("SELECT * " + nested("{", "?s ?p 'none'", "}", 120), ANY),
    "120 OPTIONALs, one in another": (
        "SELECT * { " + nested("?s ?p 'none' OPTIONAL { ", "?s ?p 'none'", " }", 120) + " } LIMIT 5", ANY),
    "60 subqueries": (nested("SELECT * { { ", "SELECT * { ?s ?p 'none' }", " } }", 60), ANY),
    "120 brackets in FILTER": (f"SELECT * {{ ?s {P} ?o FILTER({nested('(', '?o', ')', 120)} = 1) }}", ANY),
    "120 blank nodes": (f"SELECT * {{ ?s {P} {nested(f'[ {P} ', '1', ' ]', 120)} }}", ANY),
    "120 lists": (f"SELECT * {{ ?s {P} {nested('( ', '1', ' )', 120)} }}", ANY),
    "100 NOT EXISTS": ("SELECT * { " + nested("FILTER NOT EXISTS { ", "?s ?p 'none'", " }", 100) + " }", ANY),
    "120 IFs": (f"SELECT * {{ BIND({nested('IF(true, ', '1', ', 2)', 120)} AS ?x) }}", ANY),
    "30 signs": (f"SELECT * {{ BIND({'!' * 30}true AS ?x) BIND({'-' * 30}1 AS ?y) }}", ANY),
    "1,900 UNIONs": ("SELECT * { " + " UNION ".join(["{ ?s ?p 'none' }"] * 1900) + " }", ANY),
    "1,900 sums": (f"SELECT ({' + '.join(['1'] * 1900)} AS ?x) {{}}", ANY),
    "nested path": (f"SELECT * {{ ?s {nested('(', P, ')*', 120)} ?o }} LIMIT 5", ANY),
    "long path": (f"SELECT (COUNT(*) AS ?n) {{ ?s {'/'.join([f'{P}*'] * 400)} ?o }}", ANY),
}  # fmt: skip


@dataclass
class Seen:
    """What one hostile query did."""

    outcomes: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    sent: int = 0
    seconds: float = 0.0
    peak: int = 0
    own_peak: int = 0
    reasons: bool = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="an RDF file")
    parser.add_argument("--only", default="", help="part of a name")
    parser.add_argument("--at-once", type=int, default=1, help="clients that send the query")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cycles = Path(folder) / "cycles.nt"
        node = "<http://example.org/cycle/{}>"
        edges = [(n, (n + step) % NODES) for n in range(NODES) for step in (1, 7)]
        cycles.write_text("".join(f"{node.format(a)} {P} {node.format(b)} .\n" for a, b in edges), "ascii")
        with served(str(args.file), str(cycles)) as (root, server):
            wrong = attack(root.removeprefix("http://"), server, args)
    print("\n".join(f"- {line}" for line in wrong) or "\nAll conditions hold.")
    sys.exit(bool(wrong))


def attack(host: str, server: int, args: argparse.Namespace) -> list[str]:
    """Print the table; what does not hold, in words."""
    light = Light(host)
    right, p50, p99 = light.ask()
    print("| query | status | longest, s | all, MiB | own, MiB | light requests right | p50, p99 of these, ms |")
    print("|---|---|---|---|---|---|---|")
    first = own(server)
    print(f"| none | | | {memory(server)} | {first} | {right} | {p50:.1f}, {p99:.1f} |", flush=True)
    wrong = [] if right == LIGHT else ["the quiet server does not answer"]
    for name, (query, allowed) in HOSTILE.items():
        if args.only not in name:
            continue
        before, own_before, seen, ending = memory(server), own(server), Seen(), threading.Event()
        threads = [threading.Thread(target=burn, args=(host, name, query, seen, ending)) for _ in range(args.at_once)]
        threads.append(threading.Thread(target=watch, args=(server, seen, ending)))
        for thread in threads:
            thread.start()
        right, p50, p99 = light.ask()
        ending.set()
        for thread in threads:
            thread.join()
        time.sleep(AFTER)
        after, own_after = memory(server), own(server)
        cells = [name, ", ".join(sorted(seen.outcomes)), f"{seen.seconds:.2f}", f"{before}, {seen.peak}, {after}",
                 f"{own_before}, {seen.own_peak}, {own_after}", str(right), f"{p50:.1f}, {p99:.1f}"]  # fmt: skip
        print("| " + " | ".join(cells) + " |", flush=True)
        checks = {
            "has another status": not seen.statuses - set(allowed),
            "is an error without a reason": seen.reasons,
            "takes too long": seen.seconds <= LIMIT + SLACK,
            "leaves memory behind": own_after <= max(own_before, first) + BACK,
            "disturbs others": right == LIGHT,
        }
        wrong += [f"{name}: {what}" for what, holds in checks.items() if not holds]
    return wrong


def burn(host: str, name: str, query: str, seen: Seen, ending: threading.Event) -> None:
    """Send a query until it is enough."""
    while not seen.sent or not ending.is_set():
        began = time.monotonic()
        link = http.client.HTTPConnection(host, timeout=60)
        try:
            if len(query) > LONG and not name.endswith("GET"):
                link.request("POST", f"/sparql?timeout={LIMIT}", query, {"content-type": "application/sparql-query"})
            else:
                link.request("GET", f"/sparql?timeout={LIMIT}&query={quote(query, safe='')}")
            answer = link.getresponse()
            body, status, kind = answer.read(), answer.status, answer.headers.get("content-type", "")
            error = json.loads(body)["error"] if kind == "application/problem+json" else ""
            seen.reasons &= status == 200 or bool(error)
            seen.outcomes.add(f"{status} {error}".strip())
            seen.statuses.add(status)
        except (OSError, http.client.HTTPException) as err:
            seen.outcomes.add(type(err).__name__)
            seen.statuses.add(0)
        finally:
            link.close()
        seen.sent += 1
        seen.seconds = max(seen.seconds, time.monotonic() - began)


def watch(server: int, seen: Seen, ending: threading.Event) -> None:
    while not ending.wait(0.2):
        seen.peak, seen.own_peak = max(seen.peak, memory(server)), max(seen.own_peak, own(server))


class Light:
    """Light queries about things in the data, with the answers of the quiet server."""

    def __init__(self, host: str) -> None:
        self.link = http.client.HTTPConnection(host, timeout=60)
        body = self._get(f"SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(ISIRI(?s)) }} LIMIT {LIGHT}")
        self.things = [row["s"]["value"] for row in json.loads(body)["results"]["bindings"]]
        self.number = 1  # makes every query a new one for the cache
        self.answers = [self._get(self._query(thing)) for thing in self.things]

    def ask(self) -> tuple[int, float, float]:
        """How many were right; median and 99th percentile of their latency in milliseconds."""
        right, took = 0, []
        for thing, expected in zip(self.things, self.answers, strict=True):
            self.number += 1
            began = time.monotonic()
            try:
                right += self._get(self._query(thing)) == expected
            except (OSError, http.client.HTTPException):
                self.link.close()
            took.append(time.monotonic() - began)
            time.sleep(max(0.0, APART - took[-1]))
        took.sort()
        return right, took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000

    def _query(self, thing: str) -> str:
        return f"SELECT ?p ?o {{ <{thing}> ?p ?o FILTER({self.number} = {self.number}) }} ORDER BY ?p ?o"

    def _get(self, query: str) -> bytes:
        self.link.request("GET", f"/sparql?query={quote(query, safe='')}")
        answer = self.link.getresponse()
        body = answer.read()
        return body if answer.status == 200 else b""


if __name__ == "__main__":
    main()
