"""Map and release: the graph has the shape that the vocabulary promises, and a release is whole or not there."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.authority import Entry
from kg.errors import BadInput, BadRelease, TooBusy
from kg.map_rdf import map_rdf
from kg.records import (
    DOC,
    Annotated,
    Claim,
    Document,
    Entity,
    Figure,
    Guarded,
    LocalEntity,
    Mention,
    Position,
    Resolved,
    ResolvedDocument,
    Span,
    Statement,
    Value,
    Visit,
)
from kg.release import Making, canonical, release, release_id
from kg.settings import resource
from kg.store import open_release
from kg.vocab import PREFIXES

BASE = "https://example.org/kg/"
TEXT = (
    "Ada Larsen obtained the Harbour Files. Ada Larsen, treasurer, allegedly went to Norvia. She denied 3 to 5 leaks."
)
AUTHORITY = {
    "person/ada-larsen": Entry(
        "person/ada-larsen", "Person", "Ada Larsen", "curator", wikidata="Q1", file="people.yaml",
        affiliated_with=("organisation/harbour-board",), labels={"no": "Ada Larsén"},
    ),
    "organisation/harbour-board": Entry(
        "organisation/harbour-board", "GovernmentBody", "Harbour Board", "curator", file="organisations.yaml"
    ),
}  # fmt: skip


def guarded(**changes: object) -> Guarded:
    """One article with one fact of each kind."""
    whole = (Span(0, 38),)
    document = Document("a/first.txt", "first", TEXT, "0" * 64, "text/plain", "en")
    annotated = Annotated(
        document,
        (
            LocalEntity("e1", "Person", "Ada Larsen", ("Ada Larsen",), "person/ada-larsen"),
            LocalEntity("e2", "Leak", "Harbour Files", ("Harbour Files",)),
            LocalEntity("e3", "Country", "Norvia", ("Norvia",)),
            LocalEntity("e4", "Person", "Withheld", ("Withheld",)),
        ),
        (Mention(Span(0, 10), "e1", "name"),),
        (Span(0, 38),),
        statements=(
            Statement("e2", "obtainedBy", "e1", whole, "obtain"),
            Statement("e2", "implicates", "e1", whole, "implicate", modality="alleged", attributed_to="e3"),
            Statement("e2", "publishedBy", "e1", whole, "publish", modality="denied"),
            Statement(DOC, "date", Value("2022-05", "gYearMonth"), (), "byline", derived_from="a/first.txt"),
        ),
        positions=(Position("e1", "treasurer", whole, "title"),),
        figures=(Figure("e2", Decimal(3), "between", "leak", whole, "range", max_value=Decimal("5.50")),),
        claims=(Claim("e1", "denies", ("e2",), whole, "say", quotation=Span(4, 10)),),
        visits=(Visit("e1", "e3", whole, "go", modality="alleged"),),
    )
    paths = {
        "e1": "id/person/ada-larsen",
        "e2": "id/leak/harbour-files",
        "e3": "id/place/norvia",
        "e4": "id/protected/first-1",
    }
    entities = (
        Entity(paths["e1"], "Person", "Ada Larsen", ("Ada",), {"no": "Ada Larsén"}, "person/ada-larsen", "Q1",
               former_paths=("id/person/a-larsen",)),
        Entity(paths["e2"], "Leak", "Harbour Files"),
        Entity(paths["e3"], "Country", "Norvia"),
        Entity(paths["e4"], "ProtectedPerson", "", role="detainee"),
    )  # fmt: skip
    resolved = Resolved(entities, (ResolvedDocument(annotated, paths),))
    return replace(Guarded(resolved, ()), **changes)  # type: ignore[arg-type]


def quads(**changes: object) -> set[ox.Quad]:
    found = list(
        map_rdf(guarded(**changes), base=BASE, authority=AUTHORITY, ontology=resource("ontology/leakgraph.ttl"))
    )
    assert len(found) == len(set(found)), "a quad came twice"
    return set(found)


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    store.extend(quads())
    return store


def ask(store: ox.Store, pattern: str) -> bool:
    prefixes = " ".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items()) + f" BASE <{BASE}>"
    return bool(store.query(f"{prefixes} ASK {{ {pattern} }}", use_default_graph_as_union=True))


def test_no_blank_node_anywhere(store: ox.Store) -> None:
    assert not [q for q in store if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)]


@pytest.mark.parametrize(
    "pattern",
    [
        "GRAPH <article/first> { <id/leak/harbour-files> lg:obtainedBy <id/person/ada-larsen> }",
        "GRAPH <article/first> { <article/first> lg:mentions <id/place/norvia>, <id/protected/first-1> }",
        "GRAPH <article/first> { <article/first> lg:date '2022-05'^^<http://www.w3.org/2001/XMLSchema#gYearMonth> }",
        "?s rdf:predicate lg:date; prov:wasDerivedFrom <file/a/first.txt>",
        "?s rdf:predicate lg:implicates; lg:modality lg:alleged; lg:attributedTo <id/place/norvia>",
        "?s rdf:predicate lg:publishedBy; lg:modality lg:denied",
        "<id/person/ada-larsen> lg:holdsPosition ?p . ?p lg:title 'treasurer'@en; lg:status lg:current; lg:evidence ?e",
        "?f lg:value '3'^^xsd:decimal; lg:maxValue 5.5; lg:comparator lg:between; lg:measure 'leak'@en; lg:figureOf ?l",
        "?c lg:claimant <id/person/ada-larsen>; lg:stance lg:denies; lg:about ?l; lg:quotation 'Larsen'@en",
        "?e oa:hasSource <article/first>; oa:hasSelector [ oa:start 0 ; oa:end 38 ], [ oa:prefix '' ]",
        "GRAPH <graph/entities> { <id/person/a-larsen> dcterms:isReplacedBy <id/person/ada-larsen> }",
        "GRAPH <graph/entities> { <id/protected/first-1> a lg:ProtectedPerson; lg:role lg:detainee }",
        "GRAPH <graph/authority> { <id/person/ada-larsen> lg:affiliatedWith <id/organisation/harbour-board> }",
        "GRAPH <graph/authority> { ?s rdf:object ?o; prov:wasDerivedFrom <file/data/authority/people.yaml> }",
        "GRAPH <graph/authority> { <id/organisation/harbour-board> skos:prefLabel 'Harbour Board'@en }",
        "<id/person/ada-larsen> skos:prefLabel 'Ada Larsén'@no",
        "GRAPH <graph/inferred> { <id/place/norvia> a lg:Agent, lg:Place }",
    ],
)
def test_the_graph_says(store: ox.Store, pattern: str) -> None:
    assert ask(store, pattern), pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "?l lg:implicates ?who",  # only alleged
        "<id/leak/harbour-files> lg:publishedBy ?who",  # denied
        "?v lg:visitor ?who",  # only alleged
        "GRAPH <graph/inferred> { <id/person/ada-larsen> a lg:Person }",  # stated already
        "<id/protected/first-1> skos:prefLabel ?name",
        "GRAPH <graph/entities> { ?x <http://www.w3.org/2002/07/owl#sameAs> ?y }",
    ],
)
def test_the_graph_does_not_say(store: ox.Store, pattern: str) -> None:
    assert not ask(store, pattern), pattern


def test_every_quote_is_the_text_between_its_offsets(store: ox.Store) -> None:
    rows = store.query(
        "PREFIX oa: <http://www.w3.org/ns/oa#> SELECT ?start ?end ?exact { ?e oa:hasSelector [ oa:start ?start ;"
        " oa:end ?end ], [ oa:exact ?exact ] }",
        use_default_graph_as_union=True,
    )
    found = [(int(r["start"].value), int(r["end"].value), r["exact"].value) for r in rows]  # type: ignore[union-attr]
    assert found
    assert all(TEXT[start:end] == exact for start, end, exact in found)


def test_what_is_withdrawn_is_not_mapped() -> None:
    gone = "id/person/ada-larsen"
    left = quads(withdrawn=(gone,))
    assert left
    assert not [q for q in left if BASE + gone in str(q)]


def making(**changes: object) -> Making:
    plain = Making(
        BASE,
        "2022-05-25",
        "https://example.org/licence",
        {"leakgraph": "0"},
        {"x": 1},
        {"documents": 1, "rejected": []},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_release_is_complete_and_current(tmp_path: Path) -> None:
    lines = canonical(quads())
    made = release(lines, making(reports={"report.txt": b"conforms\n"}), out=tmp_path)
    opened = open_release(tmp_path)
    assert opened.id == made.id == release_id(lines, making())
    assert opened.id.startswith("2022-05-25-")
    assert str((tmp_path / "current").readlink()) == made.id
    assert opened.manifest["counts"]["statements"] == {"alleged": 3, "denied": 1, "reported": 4}
    assert opened.manifest["counts"]["protected"] == 1
    nquads = gzip.decompress((made.path / "graph.nq.gz").read_bytes()).decode().splitlines()
    assert nquads == lines
    merged = {q.triple for q in quads()}
    for name, form in (("ttl", ox.RdfFormat.TURTLE), ("nt", ox.RdfFormat.N_TRIPLES), ("jsonld", ox.RdfFormat.JSON_LD)):
        data = gzip.decompress((made.path / f"graph.{name}.gz").read_bytes())
        assert {q.triple for q in ox.parse(data, format=form)} == merged, name
    data = gzip.decompress((made.path / "graph.trig.gz").read_bytes())
    assert set(ox.parse(data, format=ox.RdfFormat.TRIG)) == quads()
    for name in ("void.ttl", "dcat.ttl"):
        described = list(ox.parse(path=str(made.path / name), format=ox.RdfFormat.TURTLE))
        assert described
        assert not [q for q in described if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)]


def test_the_default_graph_is_the_merge_each_triple_once(tmp_path: Path) -> None:
    made = release(canonical(quads()), making(), out=tmp_path)
    (row,) = made.store().query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert int(row["n"].value) == len({q.triple for q in quads()}) == made.manifest["counts"]["triples"]


def test_the_id_changes_with_graph_versions_and_settings() -> None:
    lines = canonical(quads())
    others = making(versions={"leakgraph": "1"}), making(settings={"x": 2})
    ids = {release_id(lines, making()), release_id(lines[1:], making()), *(release_id(lines, m) for m in others)}
    assert len(ids) == 4


def test_a_build_that_dies_leaves_the_last_release_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = release(canonical(quads()), making(), out=tmp_path)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("kg.release.write_dumps", die)
        release(canonical(quads())[5:], making(), out=tmp_path)
    assert open_release(tmp_path).id == first.id
    (tmp_path / ".building-1").mkdir()  # as a killed process leaves it
    second = release(canonical(quads())[5:], making(), out=tmp_path)
    assert open_release(tmp_path).id == second.id
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([".lock", "current", first.id, second.id])


def test_a_damaged_release_is_made_again(tmp_path: Path) -> None:
    made = release(canonical(quads()), making(), out=tmp_path)
    (made.path / "graph.ttl.gz").write_bytes(b"")
    release(canonical(quads()), making(), out=tmp_path)
    assert gzip.decompress((made.path / "graph.ttl.gz").read_bytes())
    (made.path / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(BadRelease):
        open_release(tmp_path)


def test_two_builds_at_once_do_not_meet(tmp_path: Path) -> None:
    code = f"import fcntl,sys,time; f=open({str(tmp_path / '.lock')!r},'w'); fcntl.flock(f,fcntl.LOCK_EX); print('held',flush=True); sys.stdin.read()"  # noqa: E501
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        with pytest.raises(TooBusy):
            release(canonical(quads()), making(), out=tmp_path)
        other.communicate("")
    release(canonical(quads()), making(), out=tmp_path)


def test_an_out_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput):
        release([], making(), out=tmp_path / "file")


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    """Two processes with different hash seeds write the same files, the store apart."""
    lines = canonical(quads())
    (tmp_path / "lines").write_text("\n".join(lines), "utf-8")
    code = (
        "import sys; from pathlib import Path; from kg.release import Making, release; "
        "out = Path(sys.argv[1]); lines = (out.parent / 'lines').read_text('utf-8').split('\\n'); "
        f"release(lines, Making({BASE!r}, '2022-05-25', 'https://example.org/l', {{}}, {{}}, {{}}), out=out)"
    )
    hashes = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        subprocess.run([sys.executable, "-c", code, str(out)], check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        hashes.append(json.loads((out / "current" / "manifest.json").read_text("utf-8"))["files"])
    assert hashes[0] == hashes[1]
