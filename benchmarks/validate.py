"""SHACL validation side by side: ours, one hand-written SELECT a constraint, pySHACL, shacl-engine, rdf-validate-shacl
and pyrudof, each in a process of its own, in turn, on the shared benchmark's data with its 50 planted violations.

    python benchmarks/validate.py SHARED/bench 100k 1m --out results.json
        [--only ours,selects,...] [--node FOLDER] [--rudof PYTHON] [--runs 3]

FOLDER holds `npm install shacl-engine rdf-validate-shacl n3 @rdfjs/data-model @rdfjs/dataset rdf-ext @zazuko/env-node`;
PYTHON is an interpreter with pyrudof. What is not given is left out. `sh:sparql` is left out for the two of npm and for
pyrudof ("core"). Times are medians of the runs, loading and validating apart, by the clock and of the processor (on a
busy machine only the latter compares); memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = {"10k": 145, "100k": 1450, "1m": 14500}
HERE = Path(__file__).resolve().parent
PYTHON_KINDS = ("ours", "ours-core", "selects", "pyshacl", "pyshacl-core", "rudof")


def generate(bench: Path, size: str, folder: Path) -> tuple[Path, Path]:
    """The triples of a size and the list of what is planted in them."""
    data, planted = folder / f"{size}.nt", folder / f"{size}.planted.json"
    if not data.exists():
        gen = [sys.executable, str(bench / "gen.py"), str(SIZES[size]), str(folder / f"{size}.nq"), "--shacl"]
        subprocess.run([*gen, str(data), str(planted)], check=True, stdout=subprocess.DEVNULL)
    return data, planted


def measure(kind: str, data: Path, bench: Path, args: argparse.Namespace) -> dict[str, float] | None:
    """One run in a child: seconds to load and to validate, MB at the peak, results; None if it failed."""
    shapes = str(bench / "shapes.ttl")
    if kind.startswith("npm:"):
        if args.node is None:
            return None
        command = ["node", "--max-old-space-size=12000", str(HERE / "validate.mjs"), kind[4:], str(data), shapes]
    elif kind == "rudof":
        if args.rudof is None:
            return None
        command = [args.rudof, str(HERE / "validate_one.py"), kind, str(data), shapes]
    else:
        command = [sys.executable, str(HERE / "validate_one.py"), kind, str(data), shapes]
        if not kind.endswith("-core"):
            command.append(str(bench / "shapes-sparql.ttl"))
    environment = {**os.environ, "KG_NODE_MODULES": str(args.node or "")}
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=args.timeout, check=False)
    if done.returncode != 0:
        print(f"{kind} failed: {done.stderr[-500:]}", file=sys.stderr)
        return None
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    result["wall"] = time.perf_counter() - start
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("sizes", nargs="+", choices=SIZES)
    parser.add_argument(
        "--only", default="ours,ours-core,selects,npm:shacl-engine,npm:rdf-validate-shacl,rudof,pyshacl"
    )
    parser.add_argument("--node", type=Path)
    parser.add_argument("--rudof")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=1200)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "kg-validate-bench")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    args.work.mkdir(exist_ok=True)
    table = []
    for size in args.sizes:
        data, planted = generate(args.bench, size, args.work)
        expected = len(json.loads(planted.read_text()))
        found: dict[str, list[dict[str, float]]] = {}
        for _ in range(args.runs):
            for kind in args.only.split(","):
                if kind.startswith(("pyshacl", "rudof")) and size == "1m" and found.get(kind):
                    continue  # minutes a run
                run = measure(kind, data, args.bench, args)
                if run is not None:
                    found.setdefault(kind, []).append(run)
        for kind, runs in found.items():
            middle = {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
            table.append({"size": size, "engine": kind, "runs": len(runs), "planted": expected, **middle})
            print(table[-1], flush=True)
    if args.out:
        args.out.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
