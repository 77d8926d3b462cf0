"""`read` on a small folder: what is an article, what it says about itself, and spans that point at it."""

from __future__ import annotations

from pathlib import Path

from kg.read import read
from kg.records import Document, Span
from kg.settings import Settings

ARTICLE = """Skip to content

A leak shows how the Harbour Office worked

By Jane Roe and John Doe-Smith | May 3, 2021

The Harbour Papers were handed to the Daily Lantern by a clerk who had kept
them for years. They hold more than 400 letters.

Source: Daily Lantern
"""


def test_a_text_file_becomes_a_document_with_exact_spans(tmp_path: Path) -> None:
    (tmp_path / "Harbour Papers_1.txt").write_text(ARTICLE, "utf-8")
    (tmp_path / "README.md").write_text("# About\n\nThis is no article.", "utf-8")
    (tmp_path / ".hidden.txt").write_text("This is hidden, and no article.", "utf-8")
    found = list(read(tmp_path, settings=Settings()))
    assert len(found) == 1
    (document,) = found
    assert isinstance(document, Document)
    assert document.slug == "harbour-papers-1"
    assert document.language == "en"
    assert document.date is not None
    assert document.date.value == "2021-05-03"
    fields = [document.title, document.publisher, *document.authors]
    values = ["A leak shows how the Harbour Office worked", "Daily Lantern", "Jane Roe", "John Doe-Smith"]
    assert [item.value for item in fields if item] == values
    for item in fields:
        assert item is not None
        assert isinstance(item.origin, Span)
        assert document.text[item.origin.start : item.origin.end] == item.value
