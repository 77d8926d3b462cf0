"""Review: doubts come out as rows, decisions go back in."""

from __future__ import annotations

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from kg.commands.review import command
from kg.errors import BadData
from kg.records import Merge
from kg.release import Making, canonical, release
from kg.review import COLUMNS, doubts, take_in, write_decisions, write_doubts
from kg.vocab import PREFIXES

BASE = "https://example.org/kg/"
GRAPH = """
<article/a> { <article/a> lg:mentions <id/person/nora-quist> .
  <f> lg:figureOf <id/leak/harbour-files> ; lg:value 3.0 ; lg:measure "page"@en ; lg:comparator lg:exactly .
  <id/person/nora-quist> lg:holdsPosition <p> . <p> lg:title "Treasurer" ; lg:status lg:current .
  <s> rdf:subject <x> ; rdf:predicate lg:obtainedBy ; rdf:object <y> ; lg:modality lg:reported . }
<article/b> { <article/b> lg:mentions <id/person/nora-quist> .
  <g> lg:figureOf <id/leak/harbour-files> ; lg:value 4.0 ; lg:measure "page"@en ; lg:comparator lg:exactly .
  <id/person/nora-quist> lg:holdsPosition <q> . <q> lg:title "treasurer" ; lg:status lg:former .
  <t> rdf:subject <x> ; rdf:predicate lg:obtainedBy ; rdf:object <y> ; lg:modality lg:denied . }
<graph/entities> { <id/person/nora-quist> rdfs:label "Nora Quist"@en .
  <id/leak/harbour-files> rdfs:label "Harbour Files"@en . }
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    lines = canonical(ox.parse(head + GRAPH, format=ox.RdfFormat.TRIG, base_iri=BASE))
    made = release(lines, Making(BASE, "2022-05-25", "https://example.org/l", {}, {}, {}), out=tmp_path / "out")
    restricted = tmp_path / "out" / "restricted" / made.id
    restricted.mkdir(parents=True, mode=0o700)
    write_doubts(
        restricted,
        [
            Merge("id/person/nora-quist", "id/person/norah-quist", 0.9, "spelled alike", "unsure"),
            Merge("a", "b", 1.0, "decided", "same"),
        ],
    )
    return tmp_path / "out"


def test_every_kind_of_doubt_is_found(out: Path) -> None:
    from kg.store import open_release

    found = {(d.kind, d.label or d.subject, d.detail) for d in doubts(open_release(out))}
    assert found == {
        ("merge", "id/person/nora-quist", "spelled alike"),
        ("conflicting-figures", "Harbour Files", "page: 3 or 4"),
        ("conflicting-positions", "Nora Quist", "treasurer"),
        ("conflicting-statements", f"{BASE}x", f"obtainedBy {BASE}y"),
        ("unlinked-names", "Nora Quist", "not in the authority"),
    }


def test_a_filled_in_table_is_taken_in_once(out: Path, tmp_path: Path) -> None:
    from kg.store import open_release

    table, same_as = tmp_path / "todo.csv", tmp_path / "same_as.csv"
    assert write_decisions(doubts(open_release(out)), table) == 1
    with table.open(newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert tuple(row) == COLUMNS
    assert take_in(table, same_as) == 0
    filled = tmp_path / "done.csv"
    with filled.open("w", newline="") as lines:
        rows = csv.DictWriter(lines, COLUMNS)
        rows.writeheader()
        rows.writerow({**row, "verdict": "different", "who": "editor", "when": "2022-06-01"})
    assert take_in(filled, same_as) == 1
    assert take_in(filled, same_as) == 0
    assert same_as.read_text().count("different") == 1


def test_a_decision_needs_somebody_who_made_it(tmp_path: Path) -> None:
    filled = tmp_path / "done.csv"
    filled.write_text(",".join(COLUMNS) + "\na,b,same,,,\n")
    with pytest.raises(BadData, match="who decided") as caught:
        take_in(filled, tmp_path / "same_as.csv")
    assert caught.value.line == 2


def test_the_command_lists_and_writes(out: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(command, [str(out)])
    assert shown.exit_code == 0, shown.output
    assert "Nora Quist" in shown.output
    written = CliRunner().invoke(command, [str(out), "--csv", str(tmp_path / "t.csv")])
    assert "1 doubtful merges" in written.output
