"""Which files are articles, what they are called, and what cannot be read."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.errors import BadCorpus
from kg.read import read
from kg.records import Document, Field, Rejected
from kg.settings import Settings

PROSE = "The harbour office kept a list of ships. Nobody was told of it until Tuesday.\n"


def items(folder: Path, **settings: int) -> list[Document | Rejected]:
    return list(read(folder, settings=Settings(**settings)))  # type: ignore[arg-type]


def write(folder: Path, name: str, text: str | bytes = PROSE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def different(number: int) -> str:
    return f"Article number {number} tells of ship {number}. It has a second sentence, too.\n"


def test_articles_come_in_the_order_of_their_paths_from_all_folders(tmp_path: Path) -> None:
    for number, name in enumerate(["b.txt", "a.md", "sub/c.html", "sub/deep/d.text", "Z.htm"]):
        write(tmp_path, name, f"<p>{different(number)}</p>" if "htm" in name else different(number))
    assert [item.id for item in items(tmp_path)] == ["Z.htm", "a.md", "b.txt", "sub/c.html", "sub/deep/d.text"]


def test_readmes_hidden_files_and_data_files_are_no_articles(tmp_path: Path) -> None:
    for name in ["README.md", "readme.txt", "README", ".notes.txt", ".git/x.txt", "data.csv", "x.json", "corpus.yaml",
                 "y.ttl", "noending"]:  # fmt: skip
        write(tmp_path, name, "documents: {}\n" if name == "corpus.yaml" else PROSE)
    write(tmp_path, "article.txt")
    assert [item.id for item in items(tmp_path)] == ["article.txt"]


def test_links_out_of_the_corpus_and_rings_of_folders_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/secret.txt")
    corpus = tmp_path / "corpus"
    write(corpus, "a.txt", different(1))
    (corpus / "link.txt").symlink_to(outside)
    (corpus / "folder").symlink_to(outside.parent)
    (corpus / "sub").mkdir()
    (corpus / "sub" / "ring").symlink_to(corpus)
    assert [item.id for item in items(corpus)] == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\n\t\n", "empty"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "binary"),
        ("packed.txt", gzip.compress(PROSE.encode(), mtime=0), "binary"),
        ("zeros.md", b"abc\x00\x00\x00", "binary"),
        ("latin.txt", b"Ein Schiff f\xfcr Z\xfcrich fuhr davon. So.", "not valid UTF-8 (line 1, byte 13)"),
        ("half.txt", b"\xff\xfeA\x00B", "not valid UTF-16"),
        ("list.txt", b"Home\nWorld\nSport\n", "no sentences"),
        ("smile.txt", "\U0001f600 \U0001f600 \U0001f600".encode(), "no sentences"),
        ("report.pdf", b"%PDF-1.7", ".pdf files are not read"),
        ("letter.docx", b"PK\x03\x04", ".docx files are not read"),
        ("nothing.html", b"<html><head><title>x</title></head><body></body></html>", "no article was found"),
        ("list.md", b"---\n- a\n- b\n---\n" + PROSE.encode(), "it must be a list of 'key: value' lines (line 2, c"),
        ("open.md", b"---\ntitle: x\n" + PROSE.encode(), "opened by --- and never closed"),
        ("bad.md", b"---\ntitle: a: [b\n---\n" + PROSE.encode(), "not valid: not valid YAML"),
        ("tab.md", b"---\ntitle: x\n\tdate: y\n---\n" + PROSE.encode(), "(line 3, column 1)"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_rejected_with_reason_and_advice(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    write(tmp_path, name, content)
    write(tmp_path, "zz.txt")
    first, rest = items(tmp_path)
    assert isinstance(first, Rejected)
    assert first.id == name
    assert why in first.why
    assert len(first.advice) > 10
    assert isinstance(rest, Document)


def test_the_advice_for_another_encoding_names_it(tmp_path: Path) -> None:
    text = "Le ministre a dit que le navire était parti déjà. Personne ne l’a cru à l’époque. " * 5
    write(tmp_path, "a.txt", text.encode("cp1252"))
    (item,) = items(tmp_path)
    assert isinstance(item, Rejected)
    assert "iconv -f cp125" in item.advice


def test_no_word_of_a_bad_file_is_repeated(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: Testova: [Karimova\n---\n")
    write(tmp_path, "b.md", "---\nx: *Karimova\n---\n")
    write(tmp_path, "c.md", "---\nx: !Karimova y\n---\n")
    write(tmp_path, "d.txt", "Karimova\n")
    write(tmp_path, "e.txt", b"Karimova \xff\xfe")
    for item in items(tmp_path):
        assert isinstance(item, Rejected)
        assert "Karimova" not in item.why + item.advice
        assert "Testova" not in item.why + item.advice


def test_a_file_over_the_limit_is_rejected_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as out:
        out.truncate(50 * 1024 * 1024)
    (item,) = items(tmp_path)
    assert isinstance(item, Rejected)
    assert item.why == "it has 50 MiB, over the limit of 32 MiB"
    (item,) = items(tmp_path, max_file=60 * 1024 * 1024)
    assert isinstance(item, Rejected)
    assert "binary" in item.why


def test_a_file_without_permission_is_rejected(tmp_path: Path) -> None:
    write(tmp_path, "a.txt").chmod(0)
    if os.access(tmp_path / "a.txt", os.R_OK):  # the superuser may read everything
        (item,) = items(tmp_path)
        assert isinstance(item, Document)
        return
    (item,) = items(tmp_path)
    assert isinstance(item, Rejected)
    assert "permission" in item.why.casefold()


def test_the_second_of_two_equal_articles_is_rejected_and_names_the_first(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    write(tmp_path, "b.md", PROSE.replace(" ", "\n", 3))
    first, second = items(tmp_path)
    assert isinstance(first, Document)
    assert isinstance(second, Rejected)
    assert "the same as that of a.txt" in second.why


def test_a_nearly_equal_article_is_kept_and_noted(tmp_path: Path) -> None:
    body = " ".join(f"Ship {n} left port {n * 7} on day {n}." for n in range(60))
    write(tmp_path, "a.txt", body)
    write(tmp_path, "b.txt", body.replace("Ship 3 ", "Boat 3 "))
    write(tmp_path, "c.txt", different(1))
    first, second, third = items(tmp_path)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert isinstance(third, Document)
    assert not first.notes
    assert "stands in another article" in second.notes[0]
    assert not third.notes


@pytest.mark.parametrize("make", [lambda p: p / "nowhere", lambda p: write(p, "file.txt")], ids=["missing", "file"])
def test_a_corpus_that_is_no_folder_is_an_error_at_once(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(BadCorpus, match="corpus"):
        read(make(tmp_path), settings=Settings())


def test_slugs_are_ascii_and_unique(tmp_path: Path) -> None:
    names = ["Elan_Vital 2.txt", "elan-vital-2.md", "sub/élan vital 2.txt", "sub/船.txt", "x/船.txt", "船.txt"]
    for number, name in enumerate(names):
        write(tmp_path, name, different(number))
    slugs = [item.slug for item in items(tmp_path) if isinstance(item, Document)]
    assert slugs == ["elan-vital-2", "elan-vital-2-2", "sub-elan-vital-2", "article", "x-article", "article-2"]


def test_corpus_yaml_tells_metadata_by_file_with_defaults(tmp_path: Path) -> None:
    write(
        tmp_path,
        "corpus.yaml",
        "defaults: {publisher: Coast News}\n"
        "documents:\n"
        "  a.txt: {title: Ships, date: 2021-05-03, authors: [Jane Roe], url: 'https://x.example/a', language: en}\n",
    )
    write(tmp_path, "a.txt", different(1))
    write(tmp_path, "sub/b.txt", different(2))
    first, second = items(tmp_path)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert first.title == Field("Ships", "corpus.yaml")
    assert first.date == Field("2021-05-03", "corpus.yaml")
    assert first.authors == (Field("Jane Roe", "corpus.yaml"),)
    assert first.url == Field("https://x.example/a", "corpus.yaml")
    assert second.publisher == Field("Coast News", "corpus.yaml")
    assert second.title is None


def test_a_corpus_yaml_that_does_not_parse_names_line_and_column(tmp_path: Path) -> None:
    write(tmp_path, "sub/corpus.yaml", "documents:\n  a.txt: [\n")
    write(tmp_path, "a.txt")
    with pytest.raises(BadCorpus) as caught:
        read(tmp_path, settings=Settings())
    assert (caught.value.where, caught.value.line) == ("sub/corpus.yaml", 3)
