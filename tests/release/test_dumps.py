"""The dumps of a release: every format, the same bytes each time, RDF/XML only where it can say everything."""

from __future__ import annotations

import gzip
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from kg.release.dumps import MEDIA_TYPES, write_dumps

LINES = [
    '<http://x.example/a> <http://x.example/says> "one\\r\\ntwo <three> & \\"four\\"\\t"@en <http://x.example/g> .',
    '<http://x.example/a> <http://x.example/says> "\\u00E9 \\U0001F600" <http://x.example/h> .',
    "<http://x.example/a> <http://y.example/v#knows> <http://x.example/b?c=d&e> <http://x.example/h> .",
]


def triples(path: Path, form: ox.RdfFormat) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(gzip.decompress(path.read_bytes()), format=form)}


def test_every_format_is_written_and_twice_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_dumps(tmp_path / name, LINES, base="http://x.example/")
    found = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert set(found) == set(MEDIA_TYPES)
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}


def test_rdf_xml_holds_the_merge_with_every_character(tmp_path: Path) -> None:
    write_dumps(tmp_path, LINES, base="http://x.example/")
    path = tmp_path / "graph.rdf.gz"
    ElementTree.fromstring(gzip.decompress(path.read_bytes()))
    merge = triples(tmp_path / "graph.nt.gz", ox.RdfFormat.N_TRIPLES)
    assert triples(path, ox.RdfFormat.RDF_XML) == merge
    assert any("\r\n" in triple.object.value for triple in merge)


@pytest.mark.parametrize(
    "line",
    [
        "<http://x.example/a> <http://x.example/1> <http://x.example/b> <http://x.example/g> .",
        "<http://x.example/a> <http://x.example/> <http://x.example/b> <http://x.example/g> .",
        '<http://x.example/a> <http://x.example/says> "a\\u0001b" <http://x.example/g> .',
        '<http://x.example/a> <http://x.example/says> "a\\uFFFEb" <http://x.example/g> .',
    ],
)
def test_what_xml_cannot_say_leaves_rdf_xml_out(tmp_path: Path, line: str) -> None:
    write_dumps(tmp_path, [line], base="http://z.example/")
    assert {path.name for path in tmp_path.iterdir()} == set(MEDIA_TYPES) - {"graph.rdf.gz"}
