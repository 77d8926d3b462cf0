"""Full-text search over names: an SQLite FTS5 index, built from a store's labels."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg.errors import BadInput
from kg.sparql.api import Hit

LABELS = tuple(
    ox.NamedNode(iri)
    for iri in (
        "http://www.w3.org/2004/02/skos/core#prefLabel",
        "http://www.w3.org/2000/01/rdf-schema#label",
        "http://www.w3.org/2004/02/skos/core#altLabel",
        "http://purl.org/dc/terms/title",
        "http://xmlns.com/foaf/0.1/name",
        "https://schema.org/name",
    )
)
"""Properties whose values are names, the preferred ones first; a name that stands under several is kept once."""
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
# Scripts written without spaces: each character is a word, so that a part of a name is found.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"\w+")
_MOST_WORDS = 16


class Index:
    """An index opened for reading. Names match when they have every word; the last word may be unfinished."""

    MOST = 1000  # hits of one search

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: sqlite3.Connection | None = None

    def search(self, text: str, *, limit: int, offset: int = 0, type: str | None = None) -> list[Hit]:
        """Entities by name, best first; no words, no hits."""
        words = _WORD.findall(_spaced(text))[:_MOST_WORDS]
        if not words:
            return []
        if self._open is None:  # opened at first use, which is after the fork: no connection crosses it
            self._open = sqlite3.connect(f"{self.path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        match = " ".join(f'"{word}"' for word in words) + " *"
        rows = self._open.execute(
            "WITH hit AS MATERIALIZED (SELECT rowid AS id, bm25(name) AS rank FROM name WHERE name MATCH ?)"
            " SELECT iri, label, types, max(weight - rank + (spaced = ?) * 10) AS best"
            " FROM hit JOIN entity ON entity.rowid = hit.id"
            " WHERE ? IS NULL OR instr(' ' || types || ' ', ' ' || ? || ' ')"
            " GROUP BY iri ORDER BY best DESC, iri LIMIT ? OFFSET ?",
            (match, " ".join(words).lower(), type, type, min(limit, self.MOST), offset),
        ).fetchall()
        return [Hit(iri, label, tuple(types.split()), round(score, 3)) for iri, label, types, score in rows]


def build(store: ox.Store, path: Path) -> Index:
    """A new index at `path` over the names in the store's default graph. Raises `BadInput` if it cannot be written."""
    try:
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            db.execute("CREATE TABLE entity (iri TEXT, label TEXT, types TEXT, weight REAL, spaced TEXT)")
            db.execute(
                "CREATE VIRTUAL TABLE name USING fts5"
                "(spaced, content='', tokenize='unicode61 remove_diacritics 2', prefix='2 3 4')"
            )
            for row, (iri, label, types, weight) in enumerate(_names(store), start=1):
                spaced = _spaced(label)
                plain = " ".join(_WORD.findall(spaced)).lower()
                db.execute(
                    "INSERT INTO entity (rowid, iri, label, types, weight, spaced) VALUES (?, ?, ?, ?, ?, ?)",
                    (row, iri, label, types, weight, plain),
                )
                db.execute("INSERT INTO name (rowid, spaced) VALUES (?, ?)", (row, spaced))
            db.commit()
            db.execute("INSERT INTO name (name) VALUES ('optimize')")
    except sqlite3.Error as err:
        raise BadInput(f"the full-text index cannot be written: {err}", where=str(path)) from err
    return Index(path)


def _names(store: ox.Store) -> Iterator[tuple[str, str, str, float]]:
    default, seen = ox.DefaultGraph(), set()
    for rank, label in enumerate(LABELS):
        for quad in store.quads_for_pattern(None, label, None, default):
            if not isinstance(quad.subject, ox.NamedNode) or not isinstance(quad.object, ox.Literal):
                continue
            key = (quad.subject.value, quad.object.value)
            if key in seen:
                continue
            seen.add(key)
            types = sorted(
                q.object.value
                for q in store.quads_for_pattern(quad.subject, _TYPE, None, default)
                if isinstance(q.object, ox.NamedNode)
            )
            yield quad.subject.value, quad.object.value, " ".join(types), float(len(LABELS) - rank) / 2


def _spaced(text: str) -> str:
    return _UNSPACED.sub(r" \g<0> ", unicodedata.normalize("NFC", text))
