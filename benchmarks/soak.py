"""`kg serve` under a mixed load while its processes are killed: is any answer wrong, partial or missing?

    python benchmarks/soak.py FILE... --seconds 3600

Asks light queries about the data (each answer is compared with pyoxigraph's own in this process), searches, malformed
and runaway queries, in all the ways of the protocol, and kills a worker every 0.1 to 0.5 s and the keeper now and
then. See `tests/sparql/mixed_load.py`. Needs about as much memory again as the server. Prints counts by kind, and
exits 1 where anything was wrong, or where files, processes or memory are left over.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from endpoint import memory

from tests.sparql.mixed_load import GRAPHS, TABLES, Load, Question, answer, children, merged, until_ready

LONG_ROWS = 6000
LABELS = ("http://www.w3.org/2004/02/skos/core#prefLabel", "http://www.w3.org/2000/01/rdf-schema#label")
MATCHES = "<https://w3id.org/leakgraph/function#nameMatches>"
NOWHERE = "http://example.org/none"
SETTLE = 30  # seconds after the load until what is left over is counted
MORE_MEMORY = 256  # MiB; the response cache may fill by then
MORE_FILES = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", help="RDF files")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--often", type=float, nargs=2, default=(0.1, 0.5), help="seconds between two kills of workers")
    parser.add_argument(
        "--rest", type=float, default=20, help="seconds from a keeper's being back to its next kill, about"
    )
    args = parser.parse_args()
    asked = questions(merged(args.files), random.Random(args.seed))
    with served(*map(str, args.files)) as (root, server):
        until_ready(root, server)
        load = Load(root, server, asked, seed=args.seed, clients=args.clients, often=tuple(args.often), rest=args.rest)
        load.check()
        before = state(server)
        print(f"{len(asked)} questions; before: {before}", flush=True)
        work = threading.Thread(target=load.run, args=(args.seconds,))
        work.start()
        began = time.monotonic()
        while work.is_alive():
            work.join(60)
            print(f"{time.monotonic() - began:.0f} s: {summary(load)}; {state(server)}", flush=True)
        until_ready(root, server)
        load.check()
        time.sleep(SETTLE)
        after = state(server)
    report(load, before, after)
    most = {"own MiB": MORE_MEMORY, "files": MORE_FILES, "processes": args.clients}
    left = [name for name, more in most.items() if after[name] > before[name] + more]
    print("\n".join(f"- left over: {name}" for name in left))
    sys.exit(bool(load.failures or left))


@contextmanager
def served(*files: str, **environment: str) -> Iterator[tuple[str, int]]:
    """The address of a `kg serve` and its process id."""
    command = [sys.executable, "-m", "kg", "serve", *files, "--port", "0", "--no-access-log"]
    with tempfile.TemporaryFile() as errors:  # a pipe that nobody reads would fill
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=os.environ | environment
        )
        assert process.stdout
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            if not lines[1]:
                errors.seek(0)
                raise SystemExit(f"kg serve did not start: {errors.read().decode()}")
            yield lines[1].strip().rstrip("/"), process.pid
        finally:
            process.terminate()
            process.wait(60)
            process.stdout.close()


def state(server: int) -> dict[str, int]:
    """Memory (all and own, see `hostile.py`), open files of the server and its keepers, keepers and workers."""
    keepers = children(server)
    files = sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in (server, *keepers))
    processes = sum(1 + len(children(one)) for one in keepers)
    return {"MiB": memory(server), "own MiB": own(server), "files": files, "processes": processes}


def own(pid: int, inherited: int = 0) -> int:
    """MiB that a process and its descendants have resident, each beyond what its parent has."""
    try:
        resident = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    except OSError:
        return 0
    return max(0, resident - inherited) + sum(own(child, resident) for child in children(pid))


def summary(load: Load) -> str:
    total: Counter[str] = Counter()
    for (what, outcome), number in load.counts.copy().items():
        total[outcome] += number if not what.startswith("(") or outcome in ("left", "FAILED") else 0
    kills = " ".join(f"{number} {what}s killed" for what, number in sorted(load.killed.items()))
    return ", ".join(f"{outcome} {number}" for outcome, number in sorted(total.items())) + f"; {kills}"


def report(load: Load, before: dict[str, int], after: dict[str, int]) -> None:
    outcomes = sorted({outcome for _, outcome in load.counts})
    print("\n| asked | " + " | ".join(outcomes) + " |\n|---" + "|---" * len(outcomes) + "|")
    for what in sorted({what for what, _ in load.counts}):
        print(f"| {what} | " + " | ".join(str(load.counts[what, outcome] or "") for outcome in outcomes) + " |")
    print(f"\n{summary(load)}\nbefore: {before}\n{SETTLE} s after: {after}\n")
    for failure in load.failures:
        print(f"- {failure}")


def questions(store: ox.Store, chance: random.Random, subjects: int = 24) -> list[Question]:
    """Light queries about some subjects of the data, each with its answer in two formats; long answers; searches."""
    sample: list[ox.Quad] = []
    uses: Counter[str] = Counter()
    for seen, quad in enumerate(store.quads_for_pattern(None, None, None, ox.DefaultGraph()), start=1):
        uses[quad.predicate.value] += 1
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            continue
        if len(sample) < subjects:
            sample.append(quad)
        elif chance.random() < subjects / seen:
            sample[chance.randrange(subjects)] = quad
    asked = [item for quad in sample for item in about(store, quad)]
    for name, _ in sorted(uses.items(), key=lambda item: (abs(item[1] - LONG_ROWS), item[0]))[:2]:
        asked.append(("long", f"SELECT ?s ?o {{ ?s <{name}> ?o {end('?s', '?o')} LIMIT {LONG_ROWS}", TABLES, ()))
    made = [
        Question(
            kind,
            text,
            accept,
            answer(store, text, accept, graphs),
            params=tuple(("default-graph-uri", g) for g in graphs),
        )
        for kind, text, among, graphs in asked
        for accept in chance.sample(among, 2)
    ]
    return made + searches(store, chance)


def about(store: ox.Store, quad: ox.Quad) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Kind, text, formats and graphs of queries about a quad's subject."""
    s, p, o = str(quad.subject), str(quad.predicate), str(quad.object)
    quads = store.quads_for_pattern(quad.subject, None, None, None)
    places = sorted({q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)} or {NOWHERE})
    properties, all_four = f"SELECT ?p ?o {{ {s} ?p ?o {end('?p', '?o')}", end("?p", "?o", "?q", "?r")
    return [
        ("properties", properties, TABLES, ()),
        ("dataset", properties, TABLES, tuple(places[:2])),
        ("neighbours", f"SELECT DISTINCT ?p ?o ?q ?r {{ {s} ?p ?o . ?o ?q ?r {all_four} LIMIT 50", TABLES, ()),
        ("subjects", f"SELECT ?s {{ ?s {p} {o} {end('?s')} LIMIT 100", TABLES, ()),
        ("graphs", f"SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ {s} ?p ?o }} %FRESH% }} GROUP BY ?g ORDER BY ?g", TABLES,
         ()),
        ("ask", f"ASK {{ {s} {p} ?o %FRESH% }}", TABLES[:2], ()),
        ("construct", f"CONSTRUCT {{ ?o ?p {s} }} {{ {s} ?p ?o FILTER(ISIRI(?o)) %FRESH% }}", GRAPHS, ()),
        ("describe", f"DESCRIBE ?s {{ VALUES ?s {{ {s} }} %FRESH% }}", GRAPHS, ()),
    ]  # fmt: skip


def end(*names: str) -> str:
    """The end of a query whose rows have no blank nodes and stand in an order that leaves no two of them equal."""
    kept = " ".join(f"FILTER(!ISBLANK({name}))" for name in names)
    return f"%FRESH% {kept} }} ORDER BY " + " ".join(f"STR({x}) LANG({x}) STR(DATATYPE({x}))" for x in names)


def searches(store: ox.Store, chance: random.Random, number: int = 12) -> list[Question]:
    """Searches by the first words of some names; what they find is learnt from the server before the kills."""
    names = {
        quad.object.value
        for label in LABELS
        for quad in store.quads_for_pattern(None, ox.NamedNode(label), None, ox.DefaultGraph())
        if isinstance(quad.object, ox.Literal)
    }
    made = []
    for name in chance.sample(sorted(names), min(number, len(names))):
        words = " ".join("".join(char if char.isalnum() else " " for char in name).split()[:2])[:-1]
        made.append(Question("search in SPARQL", f'SELECT ?e {{ ?e {MATCHES} "{words}" . %FRESH% }} ORDER BY ?e'))
        made.append(Question("search page", "", "application/json", params=(("q", words),), path="/search"))
    return made


if __name__ == "__main__":
    main()
