"""RDF files and releases, opened for reading."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kg.errors import BadRdf, BadRelease, NotFound, Unsupported
from kg.store import as_rdflib, load_files, open_release

BOMB = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="http://e.org/s"/></rdf:RDF>
"""


def test_files_of_several_formats_are_one_store(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<http://e.org/s> <http://e.org/p> 1 .")
    (tmp_path / "b.nq.gz").write_bytes(
        gzip.compress(b"<http://e.org/s> <http://e.org/p> <http://e.org/o> <http://e.org/g> .\n")
    )
    store = load_files([tmp_path / "a.ttl", tmp_path / "b.nq.gz"])
    assert len(store) == 2
    dataset = as_rdflib(store)
    assert len(list(dataset.quads((None, None, None, None)))) == 2


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [("a.ttl", b"<http://e.org/s> <p", BadRdf), ("a.rdf", BOMB.encode(), BadRdf), ("a.doc", b"", Unsupported),
     ("a.nt.gz", b"not gzip", BadRdf)],
)  # fmt: skip
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, error: type[Exception]) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=name):
        load_files([tmp_path / name])


def test_a_fault_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text("<http://e.org/s> <http://e.org/p> <http://e.org/o> .\nnonsense .\n")
    with pytest.raises(BadRdf) as caught:
        load_files([tmp_path / "a.nt"])
    assert caught.value.line == 2


@pytest.mark.parametrize("manifest", ["", "[]", '{"layout": 99}', '{"layout": 1}'])
def test_a_damaged_release_is_told_from_none(tmp_path: Path, manifest: str) -> None:
    with pytest.raises(NotFound):
        open_release(tmp_path)
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(BadRelease):
        open_release(tmp_path)


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    for name in ("a.ttl", "b.ttl"):
        (tmp_path / name).write_text("_:x <http://e.org/p> 1 .")
    assert len({q.subject for q in load_files([tmp_path / "a.ttl", tmp_path / "b.ttl"])}) == 2
