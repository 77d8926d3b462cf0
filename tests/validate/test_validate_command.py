"""The command: exit codes, sources of data, baseline, limits, and what it writes where."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from kg.cli import cli, main

SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:n ; sh:minCount 1 ] ,
  [ sh:path ex:w ; sh:maxCount 1 ; sh:severity sh:Warning ] .
"""
GOOD = "@prefix ex: <http://example.org/> .\nex:a a ex:T ; ex:n 1 .\n"
WARNED = "@prefix ex: <http://example.org/> .\nex:a a ex:T ; ex:n 1 ; ex:w 1 , 2 .\n"
BAD = "@prefix ex: <http://example.org/> .\nex:a a ex:T .\nex:b a ex:T .\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {"good.ttl": GOOD, "warned.ttl": WARNED, "bad.ttl": BAD}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "s.ttl").write_text(SHAPES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["validate", *args], input=stdin, standalone_mode=False)


def code(*args: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["validate", *args])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.usefixtures("folder")
def test_exit_codes() -> None:
    assert code("good.ttl", "-s", "s.ttl") == 0
    assert code("bad.ttl", "-s", "s.ttl") == 1
    assert code("warned.ttl", "-s", "s.ttl") == 1
    assert code("warned.ttl", "-s", "s.ttl", "--severity", "violation") == 0
    assert code("bad.ttl", "-s", "s.ttl", "--severity", "Violation") == 1
    assert code("absent.ttl", "-s", "s.ttl") == 2
    assert code("bad.ttl", "-s", "bad.ttl", "--format", "nonsense") == 2
    assert code("bad.ttl", "-s", "s.ttl", "--report", "pdf=x") == 2


def test_broken_input_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.ttl").write_text("@prefix ex: <http://example.org/> .\nex:a ex:b .\n")
    assert code("broken.ttl", "-s", "s.ttl") == 2
    assert "broken.ttl:2:" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_text_names_the_line() -> None:
    result = run("bad.ttl", "-s", "s.ttl", "--stats")
    assert "bad.ttl:2: Violation:" in result.stdout
    assert "bad.ttl:3: Violation:" in result.stdout
    assert "2 focus" in result.stderr
    assert "bad.ttl:2" not in run("bad.ttl", "-s", "s.ttl", "--no-lines").stdout


def test_folders_compressed_files_and_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = folder / "data"
    (data / "deep").mkdir(parents=True)
    (data / "a.ttl.gz").write_bytes(gzip.compress(BAD.encode()))
    triple = "<http://example.org/c> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/T> .\n"
    (data / "deep" / "b.nt.bz2").write_bytes(bz2.compress(triple.encode()))
    (data / "notes.txt").write_text("no RDF")
    found = json.loads(run("data", "-s", "s.ttl", "--format", "json").stdout)
    assert {r["focus"]["value"][-1] for r in found["results"]} == {"a", "b", "c"}
    assert {(Path(r["file"]).name, r["line"]) for r in found["results"]} == {
        ("a.ttl.gz", 2), ("a.ttl.gz", 3), ("b.nt.bz2", 1),
    }  # fmt: skip
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(triple.encode())))
    assert code("-", "-s", "s.ttl", "--input-format", "nt") == 1
    (folder / "empty").mkdir()
    assert code("empty", "-s", "s.ttl") == 2


def test_a_baseline_accepts_what_is_known_and_fails_on_what_is_new(folder: Path) -> None:
    assert code("bad.ttl", "-s", "s.ttl", "--write-baseline", "known.json") == 1
    assert code("bad.ttl", "-s", "s.ttl", "--baseline", "known.json") == 0
    (folder / "bad.ttl").write_text(BAD + "ex:c a ex:T .\n")
    result = run("bad.ttl", "-s", "s.ttl", "--baseline", "known.json")
    assert result.return_value == 1
    assert "example.org/c" in result.stdout
    assert "example.org/a" not in result.stdout
    assert "2 known from the baseline" in result.stdout
    (folder / "known.json").write_text("[]")
    assert code("bad.ttl", "-s", "s.ttl", "--baseline", "known.json") == 2
    assert code("bad.ttl", "-s", "s.ttl", "--baseline", "absent.json") == 2


def test_a_baseline_reads_the_same_whatever_the_order(folder: Path) -> None:
    run("bad.ttl", "-s", "s.ttl", "--write-baseline", "one.json")
    head, *rest = BAD.splitlines()
    (folder / "bad.ttl").write_text("\n".join([head, *reversed(rest)]) + "\n")
    run("bad.ttl", "-s", "s.ttl", "--write-baseline", "two.json")
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()


def test_several_reports_at_once(folder: Path) -> None:
    result = run("bad.ttl", "-s", "s.ttl", "-o", "r.ttl", "--format", "turtle",
                 "--report", "sarif=r.sarif", "--report", "junit=r.xml")  # fmt: skip
    assert result.return_value == 1
    assert result.stdout == ""
    assert (folder / "r.ttl").read_text().count("sh:ValidationResult ") == 2
    assert json.loads((folder / "r.sarif").read_text())["version"] == "2.1.0"
    assert (folder / "r.xml").read_text().startswith("<?xml")
    assert not list(folder.glob("*.part"))


@pytest.mark.usefixtures("folder")
def test_focus_graph_and_max() -> None:
    found = json.loads(run("bad.ttl", "-s", "s.ttl", "--format", "json", "--focus", "http://example.org/b").stdout)
    assert [r["focus"]["value"] for r in found["results"]] == ["http://example.org/b"]
    found = json.loads(run("bad.ttl", "-s", "s.ttl", "--format", "json", "--max", "1").stdout)
    assert (len(found["results"]), found["truncated"]) == (1, True)
    assert code("bad.ttl", "-s", "s.ttl", "--graph", "http://example.org/elsewhere") == 0


@pytest.mark.usefixtures("folder")
def test_shapes_without_targets_are_noted() -> None:
    result = run("bad.ttl", "-s", "good.ttl")
    assert "no shape has a target, so nothing was checked" in result.stdout


def test_limits_stop_the_run(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    # 400 values without an index between them, compared with each other three deep.
    values = " , ".join(f'"{n}"' for n in range(400))
    (folder / "many.ttl").write_text(f"@prefix ex: <http://example.org/> .\nex:a a ex:T ; ex:n {values} .\n")
    (folder / "slow.ttl").write_text("""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
    ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:sparql [ sh:select '''SELECT $this WHERE {
      $this <http://example.org/n> ?a , ?b , ?c , ?d . FILTER(CONCAT(?a, ?b, ?c, ?d) = "none") }''' ] .""")
    assert code("many.ttl", "-s", "slow.ttl", "--timeout", "0.5") == 2
    assert "longer than 0.5 s" in capfd.readouterr().err
    assert code("bad.ttl", "-s", "s.ttl", "--timeout", "60", "--memory", "2048") == 1
    assert code("absent.ttl", "-s", "s.ttl", "--timeout", "60") == 2
    assert "no such file" in capfd.readouterr().err


class Endpoint(BaseHTTPRequestHandler):
    """A SPARQL endpoint over a store, which can be told to cut its answers."""

    store: ox.Store
    cut: bool

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        result = self.store.query(parse_qs(body)["query"][0])
        if isinstance(result, ox.QuerySolutions):
            kind, content = "application/sparql-results+json", result.serialize(format=ox.QueryResultsFormat.JSON)
        else:
            assert isinstance(result, ox.QueryTriples)
            kind, content = "application/n-triples", result.serialize(format=ox.RdfFormat.N_TRIPLES)
        assert content is not None
        if self.cut and kind == "application/n-triples":
            content = b"\n".join(content.splitlines()[:2]) + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[HTTPServer]:
    class Handler(Endpoint):
        store = ox.Store()
        cut = False

    Handler.store.load(BAD.encode() + b"ex:c a ex:T ; ex:n 1 ; ex:unseen 5 .", format=ox.RdfFormat.TURTLE)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("folder")
def test_an_endpoint_is_data_and_one_that_cuts_answers_is_not_believed(
    endpoint: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"http://127.0.0.1:{endpoint.server_port}/sparql"
    assert code(address, "-s", "s.ttl") == 1
    assert "2 violations" in capsys.readouterr().out
    endpoint.RequestHandlerClass.cut = True  # type: ignore[attr-defined]
    assert code(address, "-s", "s.ttl") == 2
    assert "It cuts results" in capsys.readouterr().err
    assert code("http://127.0.0.1:1/sparql", "-s", "s.ttl") == 2
