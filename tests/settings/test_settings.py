"""What an operator sets is checked before anything starts, whether it comes from the environment or an option."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kg.errors import BadInput
from kg.release import Making, release
from kg.settings import MIB, RANGES, Settings, from_environment
from kg.sparql import Source, pool_engine
from kg.web import create_app

CORPUS = {"sha256": "", "documents": 1, "rejected": []}
MAKING = Making("http://e.example/", "2021-03-04", "http://e.example/licence", {}, {}, CORPUS)

BAD = {
    "base": ["foo/", "http://ex ample/", "http:///", "https://e.example", "//e.example/", "http://e.example/a[b]/", ""],
    "license": ["CC BY 4.0", "by/4.0", ""],
    "service_allow": ["e.example", "file:///etc/", "http://", "https://a.example, b"],
    "host": ["", "a b"],
    "port": ["-1", "65536"],
    "workers": ["-1", "100000"],
    "timeout": ["-1", "0", "nan", "inf", "-inf", "1e9"],
    "max_timeout": ["-1", "0", "nan", "inf"],
    "memory": ["1", "0", "-1", str(64 * MIB), "9" * 30],
    "max_rows": ["0", "-1"],
    "max_bytes": ["0", "-1"],
    "max_query": ["0", "1000"],
    "max_body": ["0", "-1"],
    "queue": ["0", "-1"],
    "cache": ["-1"],
    "trust_proxy": ["-1"],
    "max_file": ["0"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_what_cannot_work_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_environment({f"KG_{name.upper()}": value})
    assert caught.value.detail.startswith(f"{name} (KG_{name.upper()}) must be ")
    assert "not " in caught.value.detail


def test_every_number_has_a_range_and_every_default_is_within_it() -> None:
    numbers = {item.name for item in dataclasses.fields(Settings) if isinstance(item.default, (int, float))}
    assert numbers == set(RANGES)
    assert numbers < set(BAD)
    Settings()


def test_the_ends_of_a_range_are_allowed() -> None:
    for name, ends in RANGES.items():
        for end in ends:
            kind = type(getattr(Settings(), name))
            assert getattr(from_environment({f"KG_{name.upper()}": str(kind(end))}), name) == end


def test_a_changed_copy_is_checked_too() -> None:
    with pytest.raises(BadInput, match="timeout"):
        dataclasses.replace(Settings(), timeout=float("nan"))


@pytest.mark.parametrize(
    "base",
    ["http://127.0.0.1:8000/", "https://例え.example/中/", "http://[::1]/", "urn:leaks:x/", "https://e.example/#"],
)
def test_any_absolute_iri_can_be_the_base(base: str) -> None:
    assert Settings(base=base).base == base


def test_where_one_of_the_time_limits_is_given_the_other_follows() -> None:
    assert Settings(timeout=300).max_timeout == 300
    assert Settings(max_timeout=10).timeout == 10
    assert Settings(timeout=5, max_timeout=8) == Settings(max_timeout=8, timeout=5)
    with pytest.raises(BadInput, match="KG_MAX_TIMEOUT, which is 20"):
        Settings(timeout=50, max_timeout=20)


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_least_memory_is_enough_for_small_questions(tmp_path: Path, in_memory: bool) -> None:
    lines = [
        f'<http://e.example/{n}> <http://www.w3.org/2000/01/rdf-schema#label> "Boat {n}" <http://e.example/g> .'
        for n in range(2000)
    ]
    made = release(sorted(lines), MAKING, out=tmp_path)
    source = Source("release", (str(made.path),), in_memory=in_memory)
    least = Settings(memory=int(RANGES["memory"][0]))
    with closing(pool_engine(source, least, workers=1)) as engine:
        assert engine.run("ASK {}").kind == "ask"
        table = engine.run("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s ORDER BY ?s", format="csv").body
        assert table.count(b"\n") == 2001
        assert len(engine.search("boat 7")) > 1
        app = create_app(least, engine, releases=tmp_path)
        sent = {"data": "@prefix e: <http://e.example/> . e:a a e:B .", "content_type": "text/turtle"}
        assert app.test_client().post("/shacl", **sent).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "environment", "word"),
    [
        (["--timeout", "nan"], {}, "KG_TIMEOUT"),
        (["--timeout", "0"], {}, "KG_TIMEOUT"),
        (["--workers", "-1"], {}, "KG_WORKERS"),
        (["--host", ""], {}, "KG_HOST"),
        ([], {"KG_BASE": "http://ex ample/"}, "KG_BASE"),
        ([], {"KG_MEMORY": "1"}, "KG_MEMORY"),
        ([], {"KG_QUEUE": "0"}, "KG_QUEUE"),
        ([], {"KG_TRUST_PROXY": "-1"}, "KG_TRUST_PROXY"),
    ],
)
def test_the_server_does_not_start_with_what_cannot_work(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], word: str
) -> None:
    (tmp_path / "a.ttl").write_text("<http://e.example/a> <http://e.example/p> 1 .")
    assert_refused([str(tmp_path / "a.ttl"), *arguments], environment, word)


@pytest.mark.parametrize(
    "engine", ["http://e.example/", "sparql+http://", "sparql+ftp://e.example/", "sparql+http:///q"]
)
def test_another_engine_needs_an_address_with_a_host(engine: str) -> None:
    assert_refused(["--engine", engine], {}, "sparql+http://host/path")


def assert_refused(arguments: list[str], environment: dict[str, str], word: str) -> None:
    command = [sys.executable, "-m", "kg", "serve", *arguments, "--port", "0"]
    ran = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2, ran.stderr
    assert ran.stdout == ""
    assert word in ran.stderr
    assert "Traceback" not in ran.stderr
