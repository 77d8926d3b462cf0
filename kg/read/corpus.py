"""The files of a corpus: which are articles, what a `corpus.yaml` beside them says, and what each is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import BadCorpus
from kg.read.markdown import BadFrontMatter, mapping

TEXT, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
ARTICLES = {".txt": TEXT, ".text": TEXT, ".md": MARKDOWN, ".markdown": MARKDOWN,
            ".html": HTML, ".htm": HTML, ".xhtml": HTML}  # fmt: skip
DOCUMENTS = frozenset((".pdf", ".doc", ".docx", ".odt", ".rtf", ".epub", ".pages", ".eml", ".mhtml", ".warc"))
"""Endings of documents that hold articles we cannot read: they are rejected by name, not passed over in silence."""
CORPUS_FILE = "corpus.yaml"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may be an article. `id` is its path inside the corpus; `said` its row in a `corpus.yaml`."""

    path: Path
    id: str
    slug: str
    media_type: str | None  # None: a document of a kind that is not read
    said: Mapping[str, Any]
    said_by: str  # the path inside the corpus of the corpus.yaml that holds the row


def sources(corpus: Path) -> list[Source]:
    """Every article file below `corpus`, sorted by path, with slugs unique in the corpus.

    Hidden files and folders, README files, `corpus.yaml`, data files and symbolic links that lead out are no articles.
    Raises `BadCorpus` for a folder that is missing or a `corpus.yaml` that does not parse.
    """
    if not corpus.exists():
        raise BadCorpus("the corpus folder does not exist", where=str(corpus), hint="Give the folder of the articles.")
    if not corpus.is_dir():
        raise BadCorpus("the corpus is not a folder", where=str(corpus), hint="Give the folder of the articles.")
    files = _walk(corpus, corpus.resolve())
    rows = {path.parent: _rows(path, corpus) for path in files if path.name == CORPUS_FILE}
    found = []
    taken: set[str] = set()
    for path in files:
        name = path.name
        ending = path.suffix.casefold()
        if name == CORPUS_FILE or name.casefold().startswith("readme"):
            continue
        if ending not in ARTICLES and ending not in DOCUMENTS:
            continue
        where = path.relative_to(corpus)
        said, said_by = _said(path, corpus, rows)
        slug = slug_of(where.parts, taken)
        taken.add(slug)
        identifier = unicodedata.normalize("NFC", where.as_posix())
        found.append(Source(path, identifier, slug, ARTICLES.get(ending), said, said_by))
    return found


def slug_of(parts: tuple[str, ...], taken: set[str]) -> str:
    """A slug from a path's last part, with folders before it or a number after it where it is taken."""
    pieces = [_ascii(part) for part in (*parts[:-1], Path(parts[-1]).stem)]
    slug = pieces[-1] or "article"
    for folder in reversed(pieces[:-1]):
        if slug not in taken:
            break
        slug = f"{folder}-{slug}" if folder else slug
    number, stem = 2, slug
    while slug in taken:
        slug = f"{stem}-{number}"
        number += 1
    return slug


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")


def _walk(corpus: Path, root: Path) -> list[Path]:
    found = []
    stack = [corpus]
    seen = {root}
    while stack:
        for path in stack.pop().iterdir():
            if path.name.startswith("."):
                continue
            real = path.resolve()
            if path.is_symlink() and not real.is_relative_to(root):
                continue
            if path.is_dir():
                if real not in seen:
                    seen.add(real)
                    stack.append(path)
            elif path.is_file():
                found.append(path)
    return sorted(found, key=lambda path: path.relative_to(corpus).as_posix())


def _rows(path: Path, corpus: Path) -> Mapping[str, Any]:
    where = path.relative_to(corpus).as_posix()
    try:
        value = mapping(path.read_text("utf-8-sig"))
    except BadFrontMatter as err:
        raise BadCorpus(err.why, where=where, line=err.line, column=err.column) from err
    except (OSError, UnicodeDecodeError) as err:
        raise BadCorpus("it cannot be read as UTF-8", where=where) from err
    documents = value.get("documents", {})
    defaults = value.get("defaults", {})
    if not isinstance(documents, dict) or not isinstance(defaults, dict):
        raise BadCorpus("'documents' must map file paths to metadata, 'defaults' must be metadata", where=where)
    if not all(isinstance(row, dict) for row in documents.values()):
        raise BadCorpus("each of 'documents' must be a list of 'key: value' lines", where=where)
    return value


def _said(path: Path, corpus: Path, rows: Mapping[Path, Mapping[str, Any]]) -> tuple[Mapping[str, Any], str]:
    """The metadata of the nearest `corpus.yaml` at or above the file that speaks of it."""
    for folder in path.parents:
        if folder in rows:
            inside = path.relative_to(folder).as_posix()
            documents = rows[folder].get("documents", {})
            said = {**rows[folder].get("defaults", {}), **documents.get(inside, {})}
            if said:
                return said, (folder / CORPUS_FILE).relative_to(corpus).as_posix()
        if folder == corpus:
            break
    return {}, ""
