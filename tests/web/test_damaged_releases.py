"""A file of a release that is not what its manifest says is never sent, nor its release listed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kg.errors import BadRelease, NotFound
from kg.settings import Settings
from kg.sparql import local_engine, source_of
from kg.store import Release
from kg.web import create_app
from kg.web.verify import Verifier

JSON = {"Accept": "application/json"}
MORE = '<graph/entities> { <id/person/ada-quill> skos:altLabel "A. M. Quill"@en }\n'


@pytest.fixture
def two(tmp_path: Path, build: Callable[..., Release]) -> Iterator[tuple[Release, Release, FlaskClient]]:
    """An older release, the current one, and a client of both."""
    older, current = build(tmp_path), build(tmp_path, extra=MORE)
    engine = local_engine(source_of([tmp_path]))
    app = create_app(Settings(), engine, releases=tmp_path)
    yield older, current, app.test_client()
    engine.close()


def listed(client: FlaskClient) -> set[str]:
    return {row["id"] for row in client.get("/releases/", headers=JSON).json["releases"]}


def flip(path: Path) -> None:
    """Another byte in the middle of the file: same size, other content."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def test_a_release_whose_file_was_cut_is_not_listed_and_not_served(two: tuple[Release, Release, FlaskClient]) -> None:
    older, current, client = two
    assert listed(client) == {older.id, current.id}
    dump = older.path / "graph.nt.gz"
    dump.write_bytes(dump.read_bytes()[:-5])
    assert listed(client) == {current.id}
    for path in ("graph.nt.gz", "graph.nt", "graph.ttl.gz", ""):
        answer = client.get(f"/releases/{older.id}/{path}", headers=JSON)
        assert (answer.status_code, answer.json["error"]) == (503, "BadRelease"), path
        assert "ETag" not in answer.headers
        assert "Repr-Digest" not in answer.headers
    assert client.get(f"/releases/{older.id}..{current.id}", headers=JSON).status_code == 503
    assert older.id not in client.get("/dcat", headers={"Accept": "text/turtle"}).text


def test_a_release_with_a_missing_file_is_not_listed(two: tuple[Release, Release, FlaskClient]) -> None:
    older, current, client = two
    (older.path / "stats.json").unlink()
    assert listed(client) == {current.id}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_other_bytes_of_the_same_length_are_found_before_the_first_is_sent(
    two: tuple[Release, Release, FlaskClient], method: str
) -> None:
    older, current, client = two
    flip(older.path / "graph.nt.gz")
    assert older.id in listed(client), "listing reads no file"
    sums = older.manifest["files"]["graph.nt.gz"]["sha256"]
    for name in ("graph.nt.gz", "graph.nt"):
        for asked in ({}, {"Range": "bytes=0-3"}, {"If-None-Match": f'"{sums}"'}, {"Accept-Encoding": "gzip"}):
            answer = client.open(f"/releases/{older.id}/{name}", method=method, headers=asked)
            assert answer.status_code == 503
            assert "Repr-Digest" not in answer.headers
    assert listed(client) == {current.id}, "what was found out is remembered"


def test_a_difference_is_not_made_from_a_damaged_dump(two: tuple[Release, Release, FlaskClient]) -> None:
    older, current, client = two
    assert client.get(f"/releases/{older.id}..{current.id}", headers=JSON).status_code == 200
    flip(older.path / "graph.nq.gz")
    assert client.get(f"/releases/{older.id}..{current.id}", headers=JSON).status_code == 503


def test_a_damaged_dump_of_the_current_release_takes_nothing_else_down(
    two: tuple[Release, Release, FlaskClient],
) -> None:
    _, current, client = two
    (current.path / "graph.ttl.gz").write_bytes(b"")
    assert client.get("/dumps/graph.ttl.gz").status_code == 503
    assert client.get("/dumps/graph.nt.gz", buffered=True).status_code == 200
    for path in ("/", "/page/id/person/ada-quill", "/dumps/", "/void", "/report"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["X-Release"].startswith(current.id)


def test_a_file_is_read_once_while_it_stays_what_it_was(
    tmp_path: Path, build: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    release, verifier, read = build(tmp_path), Verifier(), []

    def counting(source: object) -> object:
        read.append(source)
        return whole(source)  # type: ignore[arg-type]

    from kg.web import verify

    whole = verify._read
    monkeypatch.setattr(verify, "_read", counting)
    for _ in range(3):
        verifier.opened(release, "graph.nt.gz").close()
    assert len(read) == 1
    path = release.path / "graph.nt.gz"
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    verifier.opened(release, "graph.nt.gz").close()
    assert len(read) == 2
    flip(path)
    with pytest.raises(BadRelease, match="damaged"):
        verifier.opened(release, "graph.nt.gz")
    with pytest.raises(NotFound):
        verifier.opened(release, "manifest.json")
