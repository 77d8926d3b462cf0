"""The line index: the line that a text editor shows for the triple or node of a result."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.validate import validate
from kg.validate.lines import Turtle, find_places
from kg.validate.sources import parse

TURTLE = '''@prefix ex: <http://example.org/> .
PREFIX : <http://example.org/>
@base <http://base.example/> .
# a comment with ex:a a ex:T .
ex:a a ex:T ; ex:name "one" ,
  "two"@en ;
  ex:size 5 , 6.0 , -1e3 , true ;
  ex:at "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> , "x"^^ex:dt .
<rel> ex:text """several
lines . [ ( ; """ ; ex:after 'single \\' quote' .
ex:b ex:p [ ex:q [ ex:r "x" ] ; ex:t (1 [ ex:z 2 ] ( 3 ) ) ] ; ex:u _:lab .
[] ex:v () , [ ex:w [] ] .
[ ex:only "1"^^ex:dt ] .
( 1 "m"@en ex:x ) ex:p ex:dotted.name .
_:lab ex:p :c , ex:per\\,cent%20 .
:c a :T .
'''


def test_turtle_is_followed_to_every_subject_and_predicate() -> None:
    base = "http://base.example/"
    quads = parse(TURTLE.encode(), ox.RdfFormat.TURTLE, where="test", base=base)
    rdf = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    expected = {
        (str(q.subject), str(q.predicate)) for q in quads if str(q.predicate) not in (f"{rdf}first>", f"{rdf}rest>")
    }
    assert {(s.subject, s.predicate) for s in Turtle(TURTLE, base).statements()} == expected


def test_lines_are_those_of_an_editor() -> None:
    found = {(s.subject, s.predicate, s.object): s.line for s in Turtle(TURTLE, "http://base.example/").statements()}
    ex = "http://example.org/"
    lines = TURTLE.splitlines()
    assert found[f"<{ex}a>", f"<{ex}name>", '"two"'] == 1 + next(i for i, t in enumerate(lines) if '"two"' in t)
    assert found["<http://base.example/rel>", f"<{ex}after>", "'single \\' quote'"] == 1 + next(
        i for i, t in enumerate(lines) if "single" in t
    )
    assert found[f"<{ex}c>", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", f"<{ex}T>"] == len(lines)


SHAPES = b"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:n ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ."""

DATA = {
    "ttl": '@prefix ex: <http://example.org/> .\n\nex:a a ex:T ;\n  ex:m 1 ;\n  ex:n ex:x ,\n    "bad" .\n'
    "ex:b a ex:T .\n[] a ex:T .\n",
    "nt": "# nothing\n"
    "<http://example.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/T> .\n"
    '<http://example.org/a> <http://example.org/n> "bad" .\n'
    "<http://example.org/b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/T> .\n"
    "_:x <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/T> .\n",
}  # fmt: skip
EXPECTED = {"ttl": {"a": 6, "b": 7, "_": 8}, "nt": {"a": 3, "b": 4, "_": 5}}


@pytest.mark.parametrize("name", ["d.ttl", "d.ttl.gz", "d.nt", "d.nq", "d.nq.gz", "d.trig"])
def test_results_name_the_line_of_the_triple_or_of_its_node(tmp_path: Path, name: str) -> None:
    kind = "ttl" if "ttl" in name or "trig" in name else "nt"
    text = DATA[kind]
    if name.startswith("d.nq"):
        text = text.replace(" .\n", " <http://example.org/g> .\n")
    if name == "d.trig":
        text = text.replace("\n\n", "\nGRAPH ex:g {\n") + "}\n"
        text = text.replace("[] a ex:T .\n}", "[] a ex:T }")
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    report = validate(path, SHAPES)
    places = find_places(report.results, [path])
    lines = {}
    for result in report.results:
        assert places[result].file == str(path)
        key = "_" if isinstance(result.focus, ox.BlankNode) else result.focus.value[-1]
        lines[key] = places[result].line
    assert lines == EXPECTED[kind]


def test_other_formats_give_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonld"
    quads = list(ox.parse(input=DATA["ttl"].encode(), format=ox.RdfFormat.TURTLE))
    path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.JSON_LD))
    report = validate(path, SHAPES)
    assert report.results
    assert find_places(report.results, [path]) == {}
