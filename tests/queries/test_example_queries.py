"""Every example query states its question and finds on a release of `data/corpus` what the digests say."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml

from kg import vocab
from kg.pipeline import build
from kg.settings import Settings, resource
from kg.store import open_release

QUERIES = sorted(resource("data/queries").glob("*.rq"))
EXPECTED = yaml.safe_load(Path(__file__).with_name("expected.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """The store of a release built from the digests."""
    out = tmp_path_factory.mktemp("queries")
    build(resource("data/corpus"), out=out, settings=Settings(), keep_going=True)
    return open_release(out).store()


def rows(store: ox.Store, query: Path) -> list[dict[str, str]]:
    answers = store.query(query.read_text("utf-8"))
    assert isinstance(answers, ox.QuerySolutions)
    names = [variable.value for variable in answers.variables]
    return [{name: row[name].value for name in names if row[name] is not None} for row in answers]


def test_there_are_enough_and_each_has_its_expectation() -> None:
    assert len(QUERIES) >= 20
    assert sorted(EXPECTED) == [query.stem for query in QUERIES]


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.stem)
def test_each_says_its_question_and_stands_alone(query: Path) -> None:
    text = query.read_text("utf-8")
    title, question = text.splitlines()[:2]
    assert re.fullmatch(r"# title: \S.{2,50}", title)
    assert re.fullmatch(r"# question: [A-Z].{10,}[?.)]", question)
    declared = dict(re.findall(r"^PREFIX (\w+): <([^>]+)>$", text, re.MULTILINE))
    used = set(re.findall(r"(?<!\w)([a-z]+):(?!//)", re.sub(r'#.*|"[^"]*"|<[^>]*>', "", text)))
    assert set(declared) == used
    assert all(vocab.PREFIXES[name] == iri for name, iri in declared.items())
    assert {f"lg:{name}" for name in re.findall(r"(?<!\w)lg:(\w+)", text)} <= {f"lg:{name}" for name in vars(vocab.lg)}
    assert "ORDER BY" in text, "answers come in an order of their own"


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.stem)
def test_each_finds_what_the_digests_say(query: Path, store: ox.Store) -> None:
    found = rows(store, query)
    assert found, "no answer at all"
    missing = [
        row
        for row in EXPECTED[query.stem]
        if not any(all(text in answer.get(name, "") for name, text in row.items()) for answer in found)
    ]
    assert missing == [], f"{len(found)} rows, but not these"
