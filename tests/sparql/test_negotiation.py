from __future__ import annotations

import pytest

from kg.errors import NotAcceptable, Unsupported
from kg.sparql import negotiate
from kg.sparql.formats import GRAPHS, TABLES, choose

OFFERED = ["text/html", "text/turtle", "application/ld+json"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle", "text/turtle"),
        ("text/turtle;charset=utf-8", "text/turtle"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "application/ld+json"),
        ("text/*;q=0.5, application/ld+json;q=0.6", "application/ld+json"),
        ("text/html;q=0, text/*", "text/turtle"),
        ("text/html; q=0.2 , text/turtle ; q=0.9", "text/turtle"),
        ("application/rdf+xml, text/turtle;q=0.1", "text/turtle"),
        ("application/ld+json, text/turtle", "text/turtle"),
        ("*/*;q=0.1, application/ld+json;q=0.2", "application/ld+json"),
        ("text/turtle;q=nonsense", "text/turtle"),
        ("text/turtle;q=nan, text/html;q=0.5", "text/turtle"),
        (",,text/turtle,", "text/turtle"),
    ],
)
def test_the_best_of_what_is_offered(accept: str | None, expected: str) -> None:
    assert negotiate(accept, OFFERED) == expected


@pytest.mark.parametrize("accept", ["image/png", "text/turtle;q=0", "*/*;q=0", "text/html;q=0.0, image/*"])
def test_nothing_suits(accept: str) -> None:
    with pytest.raises(NotAcceptable) as error:
        negotiate(accept, OFFERED)
    assert "text/turtle" in (error.value.hint or "")


@pytest.mark.parametrize(
    ("accept", "format", "table", "graph"),
    [
        (None, None, "json", "turtle"),
        ("*/*", None, "json", "turtle"),
        ("application/json", None, "json", "jsonld"),
        ("application/xml", None, "xml", "rdfxml"),
        ("text/csv, text/plain", None, "csv", "nt"),
        ("text/csv", "xml", "xml", "rdfxml"),
        (None, "application/json", "json", "jsonld"),
        ("text/*", None, "csv", "turtle"),
    ],
)
def test_result_formats(accept: str | None, format: str | None, table: str, graph: str) -> None:
    assert choose(TABLES, accept=accept, format=format).name == table
    assert choose(GRAPHS, accept=accept, format=format).name == graph


def test_a_format_of_the_wrong_kind_and_an_unknown_one_are_told_apart() -> None:
    with pytest.raises(NotAcceptable):
        choose(TABLES, accept=None, format="turtle")
    with pytest.raises(Unsupported):
        choose(TABLES, accept=None, format="msword")
