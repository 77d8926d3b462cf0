"""Requests a second of `kg serve`, the oxigraph server and rdflib-endpoint, side by side on the same graph and queries.

    python ../shared/bench/gen.py 14500 kg1m.nq            # in a scratch folder; about a million quads
    python -m venv others && others/bin/pip install oxigraph rdflib-endpoint uvicorn
    python benchmarks/endpoint.py --bench ../shared/bench --data SCRATCH/kg1m.nq --others others/bin

Needs `wrk` (Debian: apt install wrk). The oxigraph server reads a store on disk in which the merge of the graphs is the
default graph, as ours has it in memory. Each query is measured on each server in turn, `--rounds` times; medians are
printed, with ratios to the oxigraph server. The processor time that a server's processes take for a request is
printed too: on a machine that others use, it says more than the rate. `uncached` is `KG_CACHE=0`: every
request is a query in a worker.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pyoxigraph as ox

LIGHT = ("q01", "q02", "q03", "q05", "q06", "q08", "q09", "q10")
LUA = Path(__file__).with_name("endpoint.lua")


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

    mix = queries.build(json.loads(Path(f"{args.data}.params.json").read_text()))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = start(args, Path(folder), stack)
        table: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
        for name, (accept, texts) in mix.items():
            for _ in range(args.rounds):
                for label, (url, _, pid) in servers.items():
                    if label == "rdflib-endpoint" and name[:3] in ("q04", "q07", "q12"):
                        continue  # minutes a request
                    paths = Path(folder) / "paths"
                    root = urllib.parse.urlsplit(url).path
                    paths.write_text("".join(f"{root}?query={urllib.parse.quote(t, safe='')}\n" for t in texts))
                    before = processor(pid)
                    rate, late = load(url, paths, accept, args.seconds)
                    cost = (processor(pid) - before) / max(1.0, rate * args.seconds) * 1e6
                    table.setdefault(name, {}).setdefault(label, []).append((rate, late, cost))
        report(table, servers)


def start(args: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, tuple[str, float, int]]:
    """The servers, each with its query address, the seconds until its first answer, and its process id."""
    commands: dict[str, tuple[list[str], str, dict[str, str]]] = {}
    kg = [sys.executable, "-m", "kg", "serve", str(args.data), "--no-access-log", "--port"]
    if args.others:
        store = merged(args.data, folder / "store")
        serve = [str(args.others / "oxigraph"), "serve-read-only", "--location", store, "--bind"]
        commands["oxigraph"] = ([*serve, "127.0.0.1:9702"], "http://127.0.0.1:9702/query", {})
        if not args.without_rdflib:
            serve = [str(args.others / "rdflib-endpoint"), "serve", str(args.data), "--port", "9703"]
            commands["rdflib-endpoint"] = (serve, "http://127.0.0.1:9703/", {})
    commands["kg, uncached"] = ([*kg, "9700"], "http://127.0.0.1:9700/sparql", {"KG_CACHE": "0"})
    commands["kg, cached"] = ([*kg, "9701"], "http://127.0.0.1:9701/sparql", {})
    running = {}
    for label, (command, url, environment) in commands.items():
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        while True:
            try:
                urllib.request.urlopen(f"{url}?query=ASK%7B%7D", timeout=30).read()
                break
            except OSError:
                time.sleep(0.2)
        running[label] = (url, time.monotonic() - began, process.pid)
    return running


def merged(data: Path, location: Path) -> str:
    store = ox.Store(str(location))
    store.bulk_load(path=str(data), format=ox.RdfFormat.N_QUADS)
    store.bulk_extend(
        ox.Quad(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, None)
    )
    store.optimize()
    store.flush()
    return str(location)


def load(url: str, paths: Path, accept: str, seconds: int) -> tuple[float, float]:
    """Requests a second and the 99th percentile of the latency in milliseconds, eight clients."""
    parts = urllib.parse.urlsplit(url)
    done = subprocess.run(
        [
            "wrk",
            "-t1",
            "-c8",
            f"-d{seconds}s",
            "--timeout",
            "60s",
            "--latency",
            "-s",
            str(LUA),
            f"{parts.scheme}://{parts.netloc}",
        ],
        env=os.environ | {"PATHS": str(paths), "ACCEPT": accept},
        capture_output=True,
        text=True,
        check=True,
    )
    if "Non-2xx" in done.stdout:
        raise SystemExit(f"{url}: errors among the answers\n{done.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    factor = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    return (float(rate[1]) if rate else 0.0, float(late[1]) * factor[late[2]] if late else float("nan"))


def processor(pid: int) -> float:
    """Seconds of processor time that a process and its living descendants have taken."""
    total, todo, tick = 0, [pid], os.sysconf("SC_CLK_TCK")
    while todo:
        one = todo.pop()
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
        todo += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
    return total / tick


def memory(pid: int) -> int:
    """Megabytes that a process and its descendants occupy, shared pages counted once."""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
        todo += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
    return total // 1024


def report(
    table: dict[str, dict[str, list[tuple[float, float, float]]]], servers: dict[str, tuple[str, float, int]]
) -> None:
    labels = list(servers)
    print("requests/s (99th percentile of latency, processor time a request)\n")
    print("| query | " + " | ".join(labels) + " | uncached : oxigraph (by processor time) |")
    print("|---" * (len(labels) + 2) + "|")
    ratios, thrift = [], []
    for name, found in table.items():
        rates = {label: statistics.median(rate for rate, _, _ in found[label]) for label in labels if label in found}
        lates = {label: statistics.median(late for _, late, _ in found[label]) for label in labels if label in found}
        costs = {label: statistics.median(cost for _, _, cost in found[label]) for label in labels if label in found}
        ratio = rates["kg, uncached"] / rates["oxigraph"] if rates.get("oxigraph") else float("nan")
        cheap = costs["oxigraph"] / costs["kg, uncached"] if costs.get("kg, uncached") else float("nan")
        if name[:3] in LIGHT:
            ratios.append(ratio)
            thrift.append(cheap)
        cells = [f"{rates[x]:.4g} ({lates[x]:.3g} ms, {costs[x]:.0f} µs)" if x in rates else "-" for x in labels]
        print(f"| {name} | " + " | ".join(cells) + f" | {ratio:.2f} ({cheap:.2f}) |")
    print("| memory, MB | " + " | ".join(str(memory(servers[x][2])) for x in labels) + " | |")
    print("| start, s | " + " | ".join(f"{servers[x][1]:.1f}" for x in labels) + " | |")
    print(f"\nLight queries, mean of the ratios: {statistics.geometric_mean(ratios):.2f}, least {min(ratios):.2f}")


if __name__ == "__main__":
    main()
