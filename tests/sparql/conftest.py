"""Servers and releases for the endpoint's tests. Every server listens on a free port of the loopback address."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

TOKEN = "a-token-of-the-tests-0123456789abcdef"
DATA = """
@prefix ex: <http://example.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
GRAPH ex:g1 { ex:a a ex:Thing ; skos:prefLabel "Ágnes Example"@en ; ex:p ex:b . }
GRAPH ex:g2 { ex:a a ex:Thing . ex:b skos:prefLabel "Beta 新文件" ; ex:p ex:a , "x < y & \\"z\\"\\nnext" . }
"""


@dataclass(frozen=True)
class Server:
    """A running `kg serve`."""

    root: str
    process: subprocess.Popen[str]

    @property
    def sparql(self) -> str:
        return self.root + "/sparql"

    def ask(self, query: str, *, accept: str = "application/sparql-results+json", **params: str) -> httpx.Response:
        with httpx.Client(timeout=60) as client:
            return client.get(self.sparql, params={"query": query} | params, headers={"accept": accept})

    def rows(self, query: str, **params: str) -> list[dict[str, str]]:
        answer = self.ask(query, **params)
        assert answer.status_code == 200, answer.text
        return [{k: v["value"] for k, v in row.items()} for row in answer.json()["results"]["bindings"]]


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[Server]:
    """A `kg serve` with these arguments and KG_* settings; ended by its process id."""
    command = [sys.executable, "-m", "kg", "serve", *arguments, "--port", "0", "--no-access-log"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )
    assert process.stdout and process.stderr
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        if not lines[1]:
            raise AssertionError(f"kg serve did not start: {process.stderr.read()}")
        yield Server(lines[1].strip().rstrip("/"), process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()


def write_release(out: Path, name: str, trig: str, *, date: str = "2024-05-06", in_store: bool = True) -> Path:
    """A release folder of layout 1 with what an engine needs of it, made the current one."""
    folder = out / name
    folder.mkdir(parents=True)
    quads = list(ox.parse(trig.encode(), format=ox.RdfFormat.TRIG))
    merge = sorted({ox.Quad(q.subject, q.predicate, q.object) for q in quads}, key=str)
    named = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    default = ox.serialize(merge, format=ox.RdfFormat.N_QUADS) or b""
    files = {"graph.nq.gz": gzip.compress(named, mtime=0), "graph.nt.gz": gzip.compress(default, mtime=0)}
    store = ox.Store(str(folder / "store"))
    store.bulk_extend([*quads, *merge])
    store.flush()
    del store
    for file, content in files.items():
        (folder / file).write_bytes(content)
    manifest = {
        "layout": 1, "id": name, "date": date, "base": "http://example.org/", "conforms": True, "violations": 0,
        "versions": {}, "settings": {}, "corpus": {"sha256": "", "documents": 1, "rejected": []},
        "counts": {"quads": len(quads), "triples": len(merge)}, "graphs": {},
        "files": {f: {"sha256": hashlib.sha256(c).hexdigest(), "bytes": len(c), "mediaType": "application/gzip"}
                  for f, c in files.items()},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    make_current(out, name)
    return folder


def make_current(out: Path, name: str) -> None:
    link = out / "new-current"
    link.symlink_to(name)
    link.replace(out / "current")


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("releases")
    write_release(out, "r1", DATA)
    return out


@pytest.fixture(scope="session")
def server(release: Path) -> Iterator[Server]:
    """A small release, served with short limits."""
    limits = {"KG_TIMEOUT": "5", "KG_MAX_TIMEOUT": "8", "KG_MEMORY": str(300 << 20), "KG_MAX_QUERY": "100000"}
    with serving(str(release), **limits) as running:
        yield running


@pytest.fixture(scope="session")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A writable working store."""
    path = tmp_path_factory.mktemp("working") / "work.nq"
    with serving("--working", str(path), KG_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture(scope="session")
def authorised() -> dict[str, str]:
    return {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[Server]]:
    """Starts a server for one test; see `serving`."""
    return serving


@pytest.fixture(scope="session")
def make_release() -> Callable[..., Path]:
    """Writes a release; see `write_release`."""
    return write_release
