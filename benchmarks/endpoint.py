"""Requests a second of `kg serve`, the oxigraph server and rdflib-endpoint, side by side on the same graph and queries.

    python ../shared/bench/gen.py 14500 kg1m.nq            # in a scratch folder; about a million quads
    python -m venv others && others/bin/pip install oxigraph rdflib-endpoint uvicorn
    python benchmarks/endpoint.py --bench ../shared/bench --data SCRATCH/kg1m.nq --others others/bin

Needs `wrk` (Debian: apt install wrk). The oxigraph server reads a store on disk in which the merge of the graphs is the
default graph, as ours has it in memory; rdflib-endpoint has the graphs in memory, the default graph being their union.
Each query is measured on each server in turn, `--rounds` times, with eight clients for `--seconds` or as long as each
of them needs for an answer; medians are printed, with ratios. A query that takes longer than 4 s alone is not given to
eight clients: its one answer counts, in the first round only (marked `*`). The processor time that a server's processes
take for a request is printed too: on a machine that others use, it says more than the rate. `uncached` is `KG_CACHE=0`:
every request is a query in a worker; `cached` has been asked every query once before. rdflib-endpoint answers DESCRIBE
as RDF/XML, whatever is accepted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

LIGHT = ("q01", "q02", "q03", "q05", "q06", "q08", "q09", "q10")
LUA = Path(__file__).with_name("endpoint.lua")
CLIENTS = 8
SLOW = 4.0  # seconds; a query that takes longer alone would take eight clients half a minute each time
PATIENCE = 120.0  # seconds for one answer
QUIET = 60.0  # seconds in which a server must have ended what it computes for clients that are gone


@dataclass(frozen=True)
class Server:
    """`started` is the seconds until the first answer."""

    url: str
    started: float
    pid: int


@dataclass(frozen=True)
class Measured:
    """Requests a second, 99th percentile of the latency in milliseconds, processor time a request in microseconds,
    requests that got no good answer; `alone`: of a single request."""

    rate: float
    late: float
    cost: float
    errors: int = 0
    alone: bool = False


Table = dict[str, dict[str, list[Measured]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, help="folder with queries.py")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--others", type=Path, help="folder with the programs oxigraph and rdflib-endpoint")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-rdflib", action="store_true")
    args = parser.parse_args()
    sys.path.insert(0, str(args.bench))
    sys.dont_write_bytecode = True
    import queries  # noqa: PLC0415 - lies in the folder given

    idle = busy()
    mix = queries.build(json.loads(Path(f"{args.data}.params.json").read_text()))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = start(args, Path(folder), stack)
        table: Table = {}
        peaks = dict.fromkeys(servers, 0)
        for name, (accept, texts) in mix.items():
            paths = Path(folder) / "paths"
            for number in range(args.rounds):
                for label, server in servers.items():
                    found = table.setdefault(name, {}).setdefault(label, [])
                    if not (found and found[0].alone):
                        found.append(measure(server, accept, texts, paths, args.seconds, warm=label == "kg, cached"))
                        print(f"{name} {number + 1} {label}: {found[-1]}", file=sys.stderr, flush=True)
                        peaks[label] = max(peaks[label], memory(server.pid))
                        until_quiet(server.pid)
        report(table, servers, peaks)
        print(f"\n{args.rounds} rounds of {args.seconds} s or longer. Load average before: {idle}, after: {busy()}.")
        if args.others:
            version = subprocess.run(
                [args.others / "oxigraph", "--version"], capture_output=True, text=True, check=True
            )
            print(f"{version.stdout.strip()}; {os.cpu_count()} cores.")


def start(args: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, Server]:
    """The servers, each started once the one before answers."""
    commands: dict[str, tuple[list[str], str, dict[str, str]]] = {}
    kg = [sys.executable, "-m", "kg", "serve", str(args.data), "--no-access-log", "--port"]
    if args.others:
        store = merged(args.data, folder / "store")
        oxigraph = [str(args.others / "oxigraph"), "serve-read-only", "--location", store, "--bind", "127.0.0.1:PORT"]
        commands["oxigraph"] = (oxigraph, "query", {})
        if not args.without_rdflib:
            rdflib = [str(args.others / "rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", "PORT"]
            commands["rdflib-endpoint"] = ([*rdflib, str(args.data)], "", {})
    commands["kg, uncached"] = ([*kg, "PORT"], "sparql", {"KG_CACHE": "0"})
    commands["kg, cached"] = ([*kg, "PORT"], "sparql", {})
    running = {}
    for label, (command, path, environment) in commands.items():
        port, began = free_port(), time.monotonic()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [part.replace("PORT", str(port)) for part in command],
                env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        stack.callback(ended, process)
        url = f"http://127.0.0.1:{port}/{path}"
        while not answered(f"{url}?query=ASK%7B%7D"):
            if process.poll() is not None:
                raise SystemExit(f"{label} did not start: {(folder / 'log').read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.2)
        running[label] = Server(url, time.monotonic() - began, process.pid)
    return running


def ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:  # busy with a query that it does not stop
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answered(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            answer.read()
    except urllib.error.HTTPError as err:
        raise SystemExit(f"{url}: {err}") from err
    except OSError:
        return False
    return True


def merged(data: Path, location: Path) -> str:
    store = ox.Store(str(location))
    store.bulk_load(path=str(data), format=ox.RdfFormat.N_QUADS)
    store.bulk_extend(
        ox.Quad(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, None)
    )
    store.optimize()
    store.flush()
    return str(location)


def measure(server: Server, accept: str, texts: list[str], paths: Path, seconds: int, *, warm: bool) -> Measured:
    """What a server makes of a query: by eight clients, or by one where it is slow."""
    root = urllib.parse.urlsplit(server.url).path
    targets = [f"{root}?query={urllib.parse.quote(text, safe='')}" for text in texts]
    before = processor(server.pid)
    try:
        took = [ask(server, accept, target) for target in (targets if warm else targets[:1])]
    except OSError as err:  # an error's status among them
        print(f"{server.url}: {err}", file=sys.stderr)
        return Measured(0.0, float("nan"), float("nan"), errors=1, alone=True)
    if took[0] > SLOW and not warm:
        return Measured(1 / took[0], took[0] * 1000, (processor(server.pid) - before) * 1e6, alone=True)
    once = ask(server, accept, targets[0]) if warm else took[0]
    paths.write_text("".join(f"{target}\n" for target in targets))
    before = processor(server.pid)
    window = max(seconds, math.ceil(1.5 * CLIENTS * once))
    rate, late, errors = load(server.url, paths, accept, window)
    cost = (processor(server.pid) - before) / max(1.0, rate * window) * 1e6
    return Measured(rate, late, cost, errors)


def ask(server: Server, accept: str, target: str) -> float:
    """Seconds that one request takes."""
    parts, began = urllib.parse.urlsplit(server.url), time.monotonic()
    request = urllib.request.Request(f"{parts.scheme}://{parts.netloc}{target}", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        answer.read()
    return time.monotonic() - began


def load(url: str, paths: Path, accept: str, seconds: int) -> tuple[float, float, int]:
    """Good answers a second, the 99th percentile of the latency in milliseconds, and the number of requests without a
    good answer, eight clients."""
    parts = urllib.parse.urlsplit(url)
    options = ["-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", f"{PATIENCE:.0f}s", "--latency", "-s", str(LUA)]
    done = subprocess.run(
        ["wrk", *options, f"{parts.scheme}://{parts.netloc}"],
        env=os.environ | {"PATHS": str(paths), "ACCEPT": accept}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])
    refused = int((_found(r"Non-2xx or 3xx responses: (\d+)", done.stdout) or ["0"])[0])
    broken = sum(map(int, _found(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout)))
    late = _found(r"99%\s+([\d.]+)(us|ms|s|m)\b", done.stdout)
    factor = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
    answers = float(_found(r"(\d+) requests in", done.stdout)[0])
    good = rate * (answers - refused) / answers if answers else 0.0
    return good, float(late[0]) * factor[late[1]] if late and answers else float("nan"), refused + broken


def _found(pattern: str, text: str) -> list[str]:
    hit = re.search(pattern, text)
    return list(hit.groups()) if hit else []


def until_quiet(pid: int) -> None:
    """Wait until a server has ended what it still computes for clients that are gone."""
    end, before = time.monotonic() + QUIET, processor(pid)
    while time.monotonic() < end:
        time.sleep(0.2)
        now = processor(pid)
        if now - before < 0.05:
            return
        before = now
    print(f"process {pid} is still busy", file=sys.stderr)


def family(pid: int) -> list[int]:
    """A process and its living descendants."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def processor(pid: int) -> float:
    """Seconds of processor time that a process and its descendants have taken, ended ones included."""
    total, tick = 0, os.sysconf("SC_CLK_TCK")
    for one in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
    return total / tick


def memory(pid: int) -> int:
    """MiB that a process and its descendants occupy, shared pages counted once."""
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total // 1024


def report(table: Table, servers: dict[str, Server], peaks: dict[str, int]) -> None:
    labels = list(servers)
    print("requests/s (99th percentile of latency, processor time a request; requests without a good answer)\n")
    print("| query | " + " | ".join(labels) + " | uncached : oxigraph (by processor time) |")
    print("|---" * (len(labels) + 2) + "|")
    ratios: dict[str, list[float]] = {}
    for name, found in table.items():
        medians = {label: median(found[label]) for label in labels}
        ours, native = medians["kg, uncached"], medians.get("oxigraph")
        if native:
            ratio, thrift = over(ours.rate, native.rate), over(native.cost, ours.cost)
        if name[:3] in LIGHT:
            for other in ("oxigraph", "rdflib-endpoint"):
                if other in medians:
                    ratios.setdefault(other, []).append(over(ours.rate, medians[other].rate))
            if native:
                ratios.setdefault("oxigraph by processor time", []).append(thrift)
        end = f"{ratio:.2f} ({thrift:.2f})" if native else ""
        print(f"| {name} | " + " | ".join(cell(medians[label]) for label in labels) + f" | {end} |")
    print("| most memory after a query, MiB | " + " | ".join(str(peaks[label]) for label in labels) + " | |")
    print("| start, s | " + " | ".join(f"{servers[label].started:.1f}" for label in labels) + " | |\n")
    for other, several in ratios.items():
        mean = statistics.geometric_mean(one for one in several if one > 0)
        print(f"Light queries, kg uncached : {other}: geometric mean {mean:.2f}, least {min(several):.2f}")


def busy() -> str:
    """The load average over one, five and fifteen minutes."""
    return " ".join(f"{number:.1f}" for number in os.getloadavg())


def median(several: list[Measured]) -> Measured:
    rate, late, cost = (statistics.median(getattr(one, name) for one in several) for name in ("rate", "late", "cost"))
    return Measured(rate, late, cost, sum(one.errors for one in several), several[0].alone)


def over(one: float, other: float) -> float:
    return one / other if other else float("nan")


def cell(found: Measured) -> str:
    errors = f"; {found.errors} bad" if found.errors else ""
    return f"{found.rate:.4g}{'*' * found.alone} ({found.late:.3g} ms, {found.cost:.0f} µs{errors})"


if __name__ == "__main__":
    main()
