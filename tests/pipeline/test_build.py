"""The build, from the outside: good corpora, bad corpora, violations, and the same bytes every time."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.store import fingerprint, open_release

ARTICLE = """Harbour Files show how the port was run

By Ada Larsen
25 May 2022

The Harbour Files were obtained by Ole Berg, a researcher at the University of Norvia. {extra}

Mette Holm, spokeswoman for the Ministry of Ports, denied that the files are genuine. The files contain more than
4,000 photographs.
"""
VIOLATING = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix lg: <https://w3id.org/leakgraph/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<https://example.org/shape> a sh:NodeShape ; sh:targetClass lg:SourceArticle ;
  sh:property <https://example.org/shape/never> .
<https://example.org/shape/never> sh:path dcterms:identifier ; sh:maxCount 0 ; sh:message "An article may not be." .
"""


def kg(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with nothing of KG_* set but what is given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    return subprocess.run(
        [sys.executable, "-m", "kg", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**clean, **environment}, timeout=300,
    )  # fmt: skip


def corpus(folder: Path, **articles: str | bytes) -> Path:
    """A folder of files; `_` in a name stands for a dot before the ending."""
    folder.mkdir()
    for name, text in articles.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the project's own corpus."""
    out = tmp_path_factory.mktemp("built") / "out"
    done = kg("build", "data/corpus", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Documents read" in done.stdout
    return out


def test_the_corpus_conforms_and_is_counted(built: Path) -> None:
    manifest = open_release(built).manifest
    assert manifest["violations"] == 0
    assert manifest["date"] == "2022-05-25"
    assert manifest["counts"]["articles"] == 5
    assert manifest["counts"]["protected"] == 0
    assert set(manifest["versions"]) >= {"leakgraph", "spacy", "pipeline", "ontology", "shapes", "pyoxigraph"}


def test_every_quote_is_the_stored_text_at_its_offsets(built: Path) -> None:
    release = open_release(built)
    rows = release.store().query(
        """PREFIX oa: <http://www.w3.org/ns/oa#> SELECT ?article ?start ?end ?exact WHERE {
        ?e oa:hasSource ?article ; oa:hasSelector ?p, ?q . ?p oa:start ?start ; oa:end ?end . ?q oa:exact ?exact }"""
    )
    texts = {path.stem: path.read_text("utf-8") for path in (built / "restricted" / release.id / "texts").iterdir()}
    number = 0
    for row in rows:  # type: ignore[union-attr]
        text = texts[row["article"].value.rsplit("/", 1)[-1]]
        assert text[int(row["start"].value) : int(row["end"].value)] == row["exact"].value
        assert len(row["exact"].value) <= 400
        number += 1
    assert number == release.manifest["counts"]["evidence"] > 50


def test_the_restricted_folder_is_the_owners_alone(built: Path) -> None:
    for path in (built / "restricted").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_two_processes_build_the_same_bytes(tmp_path: Path) -> None:
    folder = corpus(
        tmp_path / "corpus", a_txt=ARTICLE.format(extra=""), b_txt=ARTICLE.format(extra="He lives in Norvia.")
    )
    files = []
    for seed in ("1", "2"):
        out = tmp_path / f"out{seed}"
        done = kg("build", folder, "--out", out, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        files.append((open_release(out).id, open_release(out).manifest))
    assert files[0] == files[1]


def test_an_outside_corpus_says_what_it_says(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "corpus", a_txt=ARTICLE.format(extra=""))
    assert (
        kg("build", folder, "--out", tmp_path / "out", "--quiet", "--base", "https://news.example/kg/").returncode == 0
    )
    nquads = gzip.decompress((tmp_path / "out" / "current" / "graph.nq.gz").read_bytes()).decode()
    assert "<https://news.example/kg/id/leak/harbour-files> <https://w3id.org/leakgraph/ontology#obtainedBy>" in nquads
    assert "https://w3id.org/leakgraph/id/" not in nquads


def test_bad_files_are_named_and_the_rest_is_built(tmp_path: Path) -> None:
    good = ARTICLE.format(extra="")
    folder = corpus(
        tmp_path / "corpus",
        good_txt=good, again_txt=good, empty_txt="", binary_txt=bytes(range(256)) * 40, digits_txt="1\n2\n3\n",
        badmatter_md="---\ntitle: [\n---\n\nA sentence stands here, and it is long enough.\n",
    )  # fmt: skip
    (folder / "big.txt").write_bytes(b"A sentence. " * 5_000_000)
    (folder / "README.md").write_text("This is no article, but it has a sentence.\n")
    (folder / ".hidden.txt").write_text(good)
    done = kg("build", folder, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    manifest = open_release(tmp_path / "out").manifest
    assert manifest["counts"]["articles"] == 1
    rejected = {row["id"]: row for row in manifest["corpus"]["rejected"]}
    names = {"binary.txt", "badmatter.md", "big.txt", "digits.txt", "empty.txt"}
    assert set(rejected) == names | ({"good.txt", "again.txt"} & set(rejected))
    assert len(rejected) == 6
    assert all(row["why"] and row["advice"] for row in rejected.values())
    assert all(name in done.stdout for name in rejected)
    assert "README" not in done.stdout


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_corpus_with_nothing_in_it_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    done = kg("build", tmp_path / name, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert str(tmp_path / name) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_violation_stops_the_release_and_keep_going_marks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from kg import pipeline
    from kg.commands.build import command

    folder = corpus(tmp_path / "corpus", a_txt=ARTICLE.format(extra=""))
    out = tmp_path / "out"
    first = CliRunner().invoke(command, [str(folder), "--out", str(out), "--quiet"], standalone_mode=False)
    assert first.return_value == 0
    kept = open_release(out).id
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "never.ttl").write_text(VIOLATING)
    ours = pipeline.resource
    monkeypatch.setattr(pipeline, "resource", lambda name: tmp_path / "shapes" if name == "shapes" else ours(name))
    stopped = CliRunner().invoke(command, [str(folder), "--out", str(out)], standalone_mode=False)
    assert stopped.return_value == 1
    assert "An article may not be." in stopped.output
    assert "1 of these in https://w3id.org/leakgraph/article/a" in stopped.output
    assert open_release(out).id == kept
    marked = CliRunner().invoke(command, [str(folder), "--out", str(out), "--keep-going"], standalone_mode=False)
    assert marked.return_value == 1
    manifest = open_release(out).manifest
    assert (manifest["conforms"], manifest["violations"]) == (False, 1)
    assert "An article may not be." in (out / "current" / "report.txt").read_text()


def test_an_operators_data_goes_before_ours(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "corpus", a_txt=ARTICLE.format(extra=""))
    (tmp_path / "own" / "authority").mkdir(parents=True)
    (tmp_path / "own" / "authority" / "people.yaml").write_text(
        "- {id: person/ole-berg, type: Person, label: Ole Bergström, aliases: [Ole Berg], source: curator}\n"
    )
    done = kg("build", folder, "--out", tmp_path / "out", "--data", tmp_path / "own", "--quiet")
    assert done.returncode == 0, done.stderr
    label = ox.Literal("Ole Bergström", language="en")
    store = open_release(tmp_path / "out").store()
    assert {q.subject.value for q in store.quads_for_pattern(None, None, label, ox.DefaultGraph())} == {  # type: ignore[union-attr]
        "https://w3id.org/leakgraph/id/person/ole-berg"
    }


def test_withdrawing_purges_older_releases(tmp_path: Path) -> None:
    folder, out = corpus(tmp_path / "corpus", a_txt=ARTICLE.format(extra="")), tmp_path / "out"
    assert kg("build", folder, "--out", out, "--quiet").returncode == 0
    (folder / "b.txt").write_text("Another day\n\nMette Holm visited Norvia on 1 June 2022. The visit was short.\n")
    assert kg("build", folder, "--out", out, "--quiet").returncode == 0
    own = tmp_path / "own"
    own.mkdir()
    (own / "suppress.csv").write_text("kind,iri,why,who,when\nentity,id/person/ole-berg,asked,editor,2022-06-02\n")
    done = kg("build", folder, "--out", out, "--quiet", "--data", own)
    assert done.returncode == 0, done.stderr
    kept = [path for path in out.iterdir() if (path / "manifest.json").exists() and not path.is_symlink()]
    assert len(kept) == 3
    for release in kept:
        for dump in release.glob("*.gz"):
            text = gzip.decompress(dump.read_bytes()).decode()
            assert "Berg" not in text, dump
            assert "ole-berg" not in text, dump
    listed = (out / "current" / "withdrawn.json").read_text()
    assert fingerprint("id/person/ole-berg") in json.loads(listed)
    assert "berg" not in listed


@pytest.mark.shared
def test_the_articles_reach_the_scores_and_hide_the_protected(shared: Path, tmp_path: Path) -> None:
    """Entities at least 0.90, all facts at least 0.70, no kind with ten gold items under 0.50; no protected name."""
    done = kg("build", shared / "articles", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    dump = tmp_path / "out" / "current" / "graph.nq.gz"
    scored = subprocess.run(
        [sys.executable, shared / "gold" / "score.py", shared / "gold", dump, "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    scores = json.loads(scored.stdout)
    assert scores["entities"]["f1"] >= 0.90
    assert scores["all facts"]["f1"] >= 0.70
    assert {kind: row["f1"] for kind, row in scores.items() if row["gold"] >= 10 and row["f1"] < 0.5} == {}
    own = json.loads(kg("evaluate", shared / "gold", "--release", tmp_path / "out", "--format", "json").stdout)
    # Both match greedily; where one claim fits two of the gold the order of the rows decides.
    assert {k: v["f1"] for k, v in own["kinds"].items()} == pytest.approx(
        {k: v["f1"] for k, v in scores.items()}, abs=0.02
    )
    assert open_release(tmp_path / "out").manifest["violations"] == 0
