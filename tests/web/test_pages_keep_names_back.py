"""A built corpus with invented detainees, served and crawled: no page, document, header, error or log names one."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import re
import unicodedata
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kg.settings import Settings
from kg.sparql import local_engine, source_of
from kg.web import create_app

pytestmark = pytest.mark.slow
HIDDEN = ["Erkin Tohti-Vale", "Gulmira Anwaryeva"]
PUBLIC = ["Ada Quill", "Michelle Bachelet", "Xinjiang Police Files"]
ARTICLE = """What the pictures show

By Ada Quill | June 1, 2022

A photo of Erkin Tohti-Vale, who was sentenced to nine years in a camp. [Courtesy of the Xinjiang Police Files]

The Xinjiang Police Files were obtained by Adrian Zenz. They show Erkin Tohti-Vale in handcuffs.
His mother, Gulmira Anwaryeva, was detained too.

Michelle Bachelet, the UN human rights chief, visited Xinjiang in May 2022. China denied that
Tohti-Vale was ill-treated.
"""


def folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).casefold())


def build(corpus: Path, out: Path) -> Path:
    from click.testing import CliRunner

    from kg.commands.build import command

    done = CliRunner().invoke(
        command, [str(corpus), "--out", str(out), "--quiet", "--keep-going"], standalone_mode=False
    )
    assert done.exception is None, done.output
    return out


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("canary")
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "erkin-tohti-vale.txt").write_text(ARTICLE, "utf-8")
    return build(corpus, folder / "out")


def everything(client: FlaskClient, *, skip: tuple[str, ...] = ()) -> dict[str, str]:
    """Every address that links lead to from the start page, and what it answers, decompressed.

    Addresses with a part of `skip` in them are left out.
    """
    seen: dict[str, str] = {}
    todo = ["/", "/sitemap.xml", "/api/articles", "/api/stats", "/openapi.json", "/dumps/manifest.json", "/reconcile",
            "/api/entities?type=ProtectedPerson&limit=100", "/data/graph/entities.nt"]  # fmt: skip
    while todo:
        path = todo.pop()
        if path in seen or path.startswith(("/sparql", "/query?")) or any(part in path for part in skip):
            continue
        answer = client.get(path, headers={"Accept": "text/html, */*;q=0.1"}, buffered=True)
        data = gzip.decompress(answer.data) if answer.data[:2] == b"\x1f\x8b" else answer.data
        seen[path] = f"{answer.headers}\n{data.decode('utf-8', 'replace')}"
        if "Location" in answer.headers:
            todo.append(answer.headers["Location"])
        if answer.mimetype == "text/html":
            todo += [href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"#]*)', answer.text)]
    return seen


def test_no_answer_names_a_detainee_and_the_public_people_are_there(
    built: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = local_engine(source_of([built]))
    client = create_app(Settings(), engine, releases=built).test_client()
    with contextlib.closing(engine), caplog.at_level(logging.DEBUG):
        pages = everything(client)
        for name in HIDDEN:
            slug = name.lower().replace(" ", "-")
            for path in (f"/id/person/{slug}", f"/page/article/{slug}", f"/api/entities/person/{slug}", f"/{slug}"):
                answer = client.get(path)
                assert answer.status_code == 404
                pages[path] = f"{answer.headers}\n{answer.text}"
            hits = client.get("/search", query_string={"q": name.split()[0], "format": "json"}).json["hits"]
            assert [hit for hit in hits if "/id/" in hit["iri"]] == []
    assert len(pages) > 60
    whole = {path: folded(text) for path, text in pages.items()}
    for name in HIDDEN:
        for part in (folded(name), *map(folded, name.split())):
            assert [path for path, text in whole.items() if part in text] == [], part
            assert part not in folded(caplog.text)
    for name in PUBLIC:
        assert any(folded(name) in text for text in whole.values()), name
    assert any("namewithheld" in text for text in whole.values())


@pytest.mark.shared
def test_no_page_about_the_real_articles_names_a_protected_person(shared: Path, tmp_path: Path) -> None:
    names = {line.strip() for line in (shared / "gold" / "more_protected.txt").read_text("utf-8").splitlines()}
    for file in (shared / "gold").glob("*.json"):
        for entity in json.loads(file.read_text("utf-8"))["entities"]:
            names |= set(entity["names"]) if entity.get("protected") else set()
    names = {folded(name) for name in names if len(name) > 3 and not name.startswith("#")}
    assert names
    out = build(shared / "articles", tmp_path / "out")
    engine = local_engine(source_of([out]))
    with contextlib.closing(engine):
        client = create_app(Settings(), engine, releases=out).test_client()
        # One fact's own page and document say nothing that the article's do not say.
        pages = everything(client, skip=("/statement/", "/evidence/", "/claim/", "/figure/", "/position/", "/visit/"))
    assert len(pages) > 200
    # Not the names themselves: what fails is printed.
    whole = ((path, folded(text)) for path, text in pages.items())
    found = [path for path, text in whole if any(name in text for name in names)]
    assert found == []
