# ruff: noqa: E501 - the texts are kept as articles have them, a paragraph a line
"""Canaries: invented detainees go through `kg build` in every disguise, and no output may show one of them.

The search for them here shares no code with `kg.protect`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.read import read
from kg.records import Document
from kg.settings import Settings
from kg.store import open_release

NAMES = ["Qurban Tilek", "Meryem Osmanova", "Aynur Sadiqi", "Dilshat Hoshur", "Patime Rozieva", "Zulpiqar Hamdul"]
ALSO = ["库尔班", "تىلەك", "Тилек", "Курбан", "Qurban", "Tilek", "Meryem", "Osmanova", "Aynur", "Sadiqi", "Dilshat", "Hoshur",
        "Patime", "Rozieva", "Zulpiqar", "Hamdul", "Kurban", "Tylek", "Qurbaan", "Osmanowa", "6529011977", "Aldergrove"]  # fmt: skip
PUBLIC = ["Adrian Zenz", "Michelle Bachelet", "Radek Holm", "Ines Calder", "Tomas Verne", "Al Jazeera", "Xinjiang Police Files",
          "Victims of Communism Memorial Foundation"]  # fmt: skip

PLAIN = """The faces of the camps

By Ines Calder | May 24, 2022

A photo of Qurban Tilek, age 41 in 2018, who was sentenced to ten years for a journey. [Courtesy of the Xinjiang Police Files project]

The Xinjiang Police Files were obtained by Adrian Zenz, a senior fellow at the Victims of Communism Memorial Foundation. They show QURBAN
TILEK in handcuffs and Qurban Ti-
lek’s family (库尔班·تىلەك) in another room. Tilek's brother, Dilshat Hoshur, was interned too. Kurban Tylek, as one list spells him, was born
on 3.4.1977 in Aldergrove Village under the number 652901197704031234.

Foreign Minister Radek Holm denied on Monday that anybody was detained. “Nobody was arrested,” Holm told Al Jazeera.

The detainees include 16-year-old Meryem Osmanova, held for a song, and her mother Patime Rozieva.

UN human rights chief Michelle Bachelet visited Xinjiang in May 2022. #FreeQurbanTilek was shared widely.

Tomas Verne, a professor at the Coastal University, said that the photographs of the inmates were genuine.
"""
DIGEST = """---
title: "Meryem Osmanova and the others: what the files show"
publisher: leakgraph
date: 2022-06-01
language: en
original:
  title: Where is Aynur Sadiqi?
  publisher: Al Jazeera
  authors: [Ines Calder]
  url: https://news.example/where-is-aynur-sadiqi
---

Aynur Sadiqi was jailed in 2018, the Xinjiang Police Files show. Al Jazeera published her story.

According to Adrian Zenz, Osmanova is one of more than 2,800 people whose pictures were taken. OSMANOWA, M. stands on another list.

Michelle Bachelet said that she had asked about Q. Tilek and about Курбан Тилек. The singer Zulpiqar Hamdul has been missing since 2017.
"""
PAGE = """<html lang="en"><head><title>Aynur Sadiqi's last letter | Coast News</title>
<meta property="og:title" content="Aynur Sadiqi&#39;s last letter"><meta property="og:site_name" content="Coast News">
<meta name="author" content="Ines Calder"><meta property="article:published_time" content="2022-06-03T08:00:00Z">
<link rel="canonical" href="https://coast.example/2022/aynur-sadiqi"></head><body>
<nav><a href="/">Home</a><a href="/world">World</a></nav><article><h1>Aynur Sadiqi&#39;s last letter</h1>
<p>Aynur Sadiqi wrote her last letter in a cell, her husband says. The letter of A&#121;nur is among the Xinjiang Police Files, which Adrian Zenz obtained.</p>
<p>Radek Holm, the foreign minister, dismissed the letter as a forgery, and said that Ms. Sadiqi was well. Al Jazeera has seen the letter of Sadi&shy;qi.</p>
<figure><img src="a.jpg" alt=""><figcaption>Dilshat Hoshur with his children. Photo: private</figcaption></figure>
<p>Ｍｅｒｙｅｍ Ｏｓｍａｎｏｖａ, whom the paper calls a schoolgirl, sat beside her, it says. Michelle Bachelet has not answered.</p>
</article><footer>Copyright Coast News</footer></body></html>
"""


@dataclass(frozen=True)
class Built:
    """A build of the canary corpus: its folder of releases and all that was printed."""

    out: Path
    printed: str


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    corpus = tmp_path_factory.mktemp("canary") / "corpus"
    (corpus / "meryem_osmanova").mkdir(parents=True)
    (corpus / "Qurban-Tilek_mugshot.txt").write_text(PLAIN, "utf-8")
    (corpus / "meryem_osmanova" / "digest.md").write_text(DIGEST, "utf-8")
    (corpus / "letter.html").write_text(PAGE, "utf-8")
    (corpus / "copy-of-qurbantilek.txt").write_text(PLAIN, "utf-8")
    (corpus / "aynur.sadiqi.txt").write_text("", "utf-8")
    (corpus / "TILEK.md").write_text("---\ntitle: Tilek: [Qurban\n---\n\nText.\n", "utf-8")
    (corpus / "hoshur.txt").write_bytes("Dilshat Hoshur é détenu.".encode("latin-1"))
    (corpus / "corpus.yaml").write_text("documents:\n  letter.html: {publisher: Coast News}\n", "utf-8")
    out = corpus.parent / "out"
    done = subprocess.run(
        [sys.executable, "-m", "kg", "build", str(corpus), "--out", str(out)],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "COLUMNS": "300"},
    )  # fmt: skip
    printed = (done.stdout + done.stderr).replace(str(corpus.parent), "")
    assert done.returncode == 0, printed
    return Built(out, printed)


def folded(text: str) -> str:
    """Letters and digits only, without case, accents, look-alikes and compatibility forms."""
    alike = str.maketrans("аеіосрхуАЕІОСРХУ", "aeiocpxyAEIOCPXY")
    plain = unicodedata.normalize("NFKD", text.translate(alike))
    return "".join(c for c in plain.casefold() if c.isalnum())


def found_in(text: str, names: list[str]) -> list[str]:
    """Which of the names a text shows: whole words in any spelling of the letters, and whole names run together."""
    lines = folded(text)
    squeezed = [name for name in names if " " in name and folded(name) in lines]
    words = {folded(word) for word in re.findall(r"\w+", text)}
    return squeezed + [name for name in names if " " not in name and (folded(name) in words or name in text)]


def outputs(out: Path) -> Iterator[tuple[str, str]]:
    """Every file that is not restricted, decompressed, with its path; and the store, dumped."""
    for path in sorted(out.rglob("*")):
        inside = path.relative_to(out)
        if inside.parts[0] == "restricted" or path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        yield inside.as_posix(), data.decode("utf-8", "ignore")
    store = open_release(out).store()
    yield "the store", "\n".join(str(quad) for quad in store)


def test_no_output_shows_a_protected_name(built: Built) -> None:
    shown = {where: hits for where, text in outputs(built.out) if (hits := found_in(f"{where} {text}", NAMES + ALSO))}
    assert shown == {}


def test_nothing_printed_shows_a_protected_name(built: Built) -> None:
    assert found_in(built.printed, NAMES + ALSO) == []
    assert built.printed.count("Rejected") >= 4  # each of the bad files is still told of


def test_unescaped_graph_text_shows_no_name(built: Built) -> None:
    """N-Quads may escape letters; the values themselves are searched here."""
    quads = open_release(built.out).store()
    values = {term.value for quad in quads for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
              if hasattr(term, "value")}  # fmt: skip
    assert found_in("\n".join(sorted(values)), NAMES + ALSO) == []


@pytest.mark.parametrize("name", PUBLIC)
def test_the_public_people_of_the_same_texts_are_all_there(built: Built, name: str) -> None:
    store = open_release(built.out).store()
    labels = {
        quad.object.value for quad in store if quad.predicate.value == "http://www.w3.org/2004/02/skos/core#prefLabel"
    }
    assert name in labels


def test_there_are_opaque_people_with_roles(built: Built) -> None:
    query = """PREFIX lg: <https://w3id.org/leakgraph/ontology#>
    SELECT (COUNT(DISTINCT ?p) AS ?n) WHERE { ?p a lg:ProtectedPerson ; lg:role ?r }"""
    (row,) = open_release(built.out).store().query(query)
    assert int(row["n"].value) >= 5


def test_the_restricted_folder_holds_the_names_and_is_the_owners_alone(built: Built) -> None:
    restricted = built.out / "restricted"
    files = [path for path in restricted.rglob("*") if path.is_file()]
    for path in [restricted, *restricted.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    known = "".join(path.read_text("utf-8") for path in files if path.name == "withheld.jsonl")
    assert all(name in known for name in NAMES)
    rows = [json.loads(line) for line in known.splitlines()]
    assert {row["role"] for row in rows if row["path"]} >= {"minor", "relative"}


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Built:
    """A build of the source articles."""
    out = tmp_path_factory.mktemp("articles") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "kg", "build", str(shared / "articles"), "--out", str(out)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, "the build failed"
    return Built(out, done.stdout + done.stderr)


@pytest.mark.shared
def test_no_protected_name_of_the_source_articles_is_shown(articles: Built, shared: Path) -> None:
    """The names are read at run time and are in no file of the project."""
    protected = [line for line in (shared / "gold" / "more_protected.txt").read_text("utf-8").splitlines() if line]
    public: set[str] = set()
    for file in sorted((shared / "gold").glob("*.json")):
        for entity in json.loads(file.read_text("utf-8"))["entities"]:
            if entity.get("protected"):
                protected += entity["names"]
            elif entity["type"] == "Person" and not entity.get("optional"):
                public.add(entity["names"][0])
    words = [word for name in protected for word in name.split()]
    where = [place for place, text in outputs(articles.out) if found_in(text, protected + words)]
    assert where == [], "protected names are shown there"  # the names themselves stay out of the report
    assert not found_in(articles.printed, protected + words), "the build printed a protected name"
    labels = "\n".join(text for place, text in outputs(articles.out) if place == "the store")
    assert [name for name in sorted(public) if name not in labels] == []


@pytest.mark.shared
def test_little_of_the_source_articles_is_withheld(articles: Built, shared: Path) -> None:
    """Hiding everyone is no protection: the stored texts keep nearly all of their words."""
    read_in = [d for d in read(shared / "articles", settings=Settings()) if isinstance(d, Document)]
    before = {document.slug: len(document.text.split()) for document in read_in}
    texts = {path.stem: path.read_text("utf-8") for path in articles.out.glob("restricted/*/texts/*.txt")}
    assert set(texts) == set(before)
    assert 5 <= sum(text.count("[withheld]") for text in texts.values()) <= 20
    for slug, count in before.items():
        assert len(texts[slug].split()) >= 0.98 * count
