"""A mixed load while processes are killed: no wrong answer, no partial one, nothing left over.

45 seconds, or `KG_SOAK_SECONDS`; `benchmarks/soak.py` does the same on any data for as long as one likes.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sparql.mixed_load import GRAPHS, TABLES, Load, Question, answer, children, merged, until_ready

SECONDS = float(os.environ.get("KG_SOAK_SECONDS", "45"))
CLIENTS = 8
SHIPS, HARBOURS, LOGS = 300, 40, 60
EX, SKOS = "http://example.org/", "http://www.w3.org/2004/02/skos/core#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SYLLABLES = ["mor", "vel", "tas", "quin", "dor", "bra", "lu", "zan", "pel", "ost", "fir", "gan"]
PREFIXES = f"PREFIX ex: <{EX}> PREFIX skos: <{SKOS}>"
SETTLE = 20.0  # seconds in which what was begun under load must have ended
MARK = "LEAKGRAPH_SOAK"


def lines() -> Iterator[str]:
    """Ships that called at harbours, as several logs tell it, some of them the same."""
    chance = random.Random(11)

    def name() -> str:
        return "".join(chance.choices(SYLLABLES, k=3)).capitalize()

    def say(s: str, p: str, o: str, graph: str) -> str:
        predicate = p if ":" in p else EX + p
        return f"<{EX}{s}> <{predicate}> {o} <{EX}{graph}> ."

    for kind, number in (("ship", SHIPS), ("harbour", HARBOURS)):
        for i in range(number):
            yield say(f"{kind}/{i}", TYPE, f"<{EX}{kind.capitalize()}>", "register")
            yield say(f"{kind}/{i}", SKOS + "prefLabel", f'"{name()} {name()} {i}"@en', "register")
    for i in range(SHIPS):
        note = " ".join(chance.choices(SYLLABLES, k=60))
        yield say(f"ship/{i}", "tons", f'"{chance.randrange(900, 90000)}"^^<http://www.w3.org/2001/XMLSchema#integer>',
                  "register")  # fmt: skip
        yield say(f"ship/{i}", "note", f'"{note} é文 \\"{i}\\""', "register")
    for log in range(LOGS):
        for _ in range(40):
            ship, harbour = chance.randrange(SHIPS), min(int(chance.paretovariate(0.7)) - 1, HARBOURS - 1)
            yield say(f"ship/{ship}", "calledAt", f"<{EX}harbour/{harbour}>", f"log/{log}")


def questions(paths: list[Path]) -> list[Question]:
    """Light queries with the answers that pyoxigraph gives in this process, and searches."""
    store, chance = merged(paths), random.Random(12)
    asked: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
        ("long", "SELECT ?s ?n ?h { ?s ex:note ?n ; ex:calledAt ?h %FRESH% } ORDER BY ?s ?h", TABLES, ()),
        ("long", "SELECT ?g ?s ?h { GRAPH ?g { ?s ex:calledAt ?h } %FRESH% } ORDER BY ?g ?s ?h", TABLES, ()),
        ("long graph", "CONSTRUCT { ?s ex:note ?n } { ?s ex:note ?n %FRESH% }", GRAPHS, ()),
        ("count", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o %FRESH% }", TABLES, ()),
        ("busiest", "SELECT ?h (COUNT(?s) AS ?n) { ?s ex:calledAt ?h %FRESH% } GROUP BY ?h ORDER BY DESC(?n) ?h",
         TABLES, ()),
    ]  # fmt: skip
    for i in chance.sample(range(SHIPS), 12):
        ship, harbour, log = f"<{EX}ship/{i}>", f"<{EX}harbour/{i % HARBOURS}>", i % LOGS
        both = (f"{EX}log/{log}", f"{EX}log/{(log + 1) % LOGS}")
        asked += [
            ("point", f"SELECT ?p ?o {{ {ship} ?p ?o %FRESH% }} ORDER BY ?p ?o", TABLES, ()),
            ("join", f"SELECT ?h ?l {{ {ship} ex:calledAt ?h . ?h skos:prefLabel ?l %FRESH% }} ORDER BY ?h", TABLES,
             ()),
            ("optional", f"SELECT ?s ?t {{ ?s ex:calledAt {harbour} OPTIONAL {{ ?s ex:tons ?t FILTER(?t > 40000) }}"
             " %FRESH% } ORDER BY ?s LIMIT 50", TABLES, ()),
            ("path", f"SELECT DISTINCT ?s {{ {ship} ex:calledAt/^ex:calledAt ?s %FRESH% }} ORDER BY ?s LIMIT 80",
             TABLES, ()),
            ("graphs", f"SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ {ship} ?p ?o }} %FRESH% }} GROUP BY ?g ORDER BY ?g",
             TABLES, ()),
            ("dataset", "SELECT ?s ?h { ?s ex:calledAt ?h %FRESH% } ORDER BY ?s ?h", TABLES, both),
            ("ask", f"ASK {{ {ship} ex:calledAt {harbour} %FRESH% }}", TABLES[:2], ()),
            ("describe", f"DESCRIBE ?s {{ VALUES ?s {{ {ship} }} %FRESH% }}", GRAPHS, ()),
        ]  # fmt: skip
    made = []
    for kind, text, among, graphs in asked:
        params = tuple(("default-graph-uri", graph) for graph in graphs)
        for accept in among:
            whole = f"{PREFIXES} {text}"
            made.append(Question(kind, whole, accept, answer(store, whole, accept, graphs), params=params))
    return made + [item for first in SYLLABLES for item in searches(first)]


def searches(words: str) -> list[Question]:
    """The same search in SPARQL and at /search."""
    match = f'?s <https://w3id.org/leakgraph/function#nameMatches> "{words}"'
    return [Question("search in SPARQL", f"SELECT ?s {{ {match} . %FRESH% }} ORDER BY ?s"),
            Question("search page", "", "application/json", params=(("q", words),), path="/search")]  # fmt: skip


def settled(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within a while."""
    end = time.monotonic() + SETTLE
    while not (found := holds()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def workers(server: int) -> list[int]:
    return [worker for keeper in children(server) for worker in children(keeper)]


def memory(pid: int) -> float:
    """MiB that a process and its descendants occupy, shared pages counted once."""
    total = sum(memory(child) for child in children(pid))
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total


def open_files(server: int) -> int:
    """File descriptors of the server and of what it started, workers apart."""
    return sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in (server, *children(server)))


def marked(mark: str) -> list[int]:
    """The processes that were started with this mark in their environment, and their children."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [int(path.parent.name)] if f"{MARK}={mark}".encode() in path.read_bytes() else []
        except OSError:  # gone, or somebody else's
            continue
    return found


def drain(pipe: int) -> None:
    """Read a pipe to its end: one that nobody reads would fill and stop who writes to it."""
    while os.read(pipe, 1 << 16):
        continue
    os.close(pipe)


@pytest.mark.slow
def test_no_answer_is_wrong_while_processes_are_killed(serve: Any, tmp_path: Path) -> None:
    data, mark = tmp_path / "ships.nq", str(tmp_path)
    data.write_text("\n".join(lines()) + "\n", "utf-8")
    asked = questions([data])
    limits = {"KG_MEMORY": str(300 << 20), "KG_CACHE": str(2 << 20), MARK: mark}
    with serve(str(data), **limits) as running:
        server = running.process.pid
        threading.Thread(target=drain, args=(os.dup(running.process.stderr.fileno()),), daemon=True).start()
        assert until_ready(running.root, server)
        load = Load(running.root, server, asked, seed=int(os.environ.get("KG_SOAK_SEED", "1")), clients=CLIENTS)
        load.check()
        files, before = open_files(server), memory(server)
        load.run(SECONDS)
        assert until_ready(running.root, server)
        load.check()
        print(sorted(load.counts.items()), load.killed)
        assert not load.failures, "\n".join(load.failures)
        assert settled(lambda: len(workers(server)) <= CLIENTS), workers(server)
        assert settled(lambda: open_files(server) <= files + 8), (files, open_files(server))
        assert settled(lambda: memory(server) < before + 64), (before, memory(server))
    assert load.killed["worker"] and (load.killed["keeper"] or SECONDS < 30)
    assert load.counts["(revalidated)", "304"] and load.counts["malformed", "400"] and load.counts["runaway", "503"]
    assert marked(mark) == []
