"""One file to one `Document` or `Rejected`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kg.read import byline, furniture, html, markdown, tidy
from kg.read.corpus import HTML, MARKDOWN, Source
from kg.read.decode import Unreadable, decode
from kg.read.language import detect
from kg.read.rules import Languages, Rules
from kg.records import Document, Field, Original, Rejected
from kg.settings import Settings

_ISO = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_SENTENCE = re.compile(r"\w.*?(?:[.!?…。！？؟۔]|$)")
_KEYS = ("title", "author", "authors", "publisher", "date", "url", "language", "original")


@dataclass(frozen=True, slots=True)
class _Raw:
    """What a file holds before the text is tidied; `said` are metadata from outside the text."""

    text: str
    said: Mapping[str, Any]
    wrapped: bool | None = None  # whether lines run on, where the format decides it
    notes: tuple[str, ...] = ()


def read_article(source: Source, *, settings: Settings, rules: Rules, languages: Languages) -> Document | Rejected:
    """The file as a `Document`, or the reason why not. Neither reason nor advice quotes the file."""
    try:
        data = _bytes(source, settings)
        raw = _parse(source, decode(data, html=source.media_type == HTML))
    except Unreadable as err:
        return Rejected(source.id, err.why, err.advice)
    except markdown.BadFrontMatter as err:
        place = f"line {err.line}, column {err.column}"
        return Rejected(source.id, f"its front matter is not valid: {err.why} ({place})", "Mend it or take it away.")
    except OSError as err:
        return Rejected(source.id, f"it cannot be read: {err.strerror}", "Check the file and its permissions.")
    groups = tidy.unwrap(tidy.blocks(tidy.characters(raw.text)), wrapped=raw.wrapped)
    groups = tidy.heal(furniture.strip(groups, rules, page=source.media_type != MARKDOWN))
    paragraphs = [line for group in groups for line in group]
    headline = byline.find_headline(paragraphs, rules)
    paragraphs = paragraphs[headline or 0 :]
    headline = None if headline is None else 0
    paragraphs = byline.split_datelines(paragraphs, rules)
    text = "\n\n".join(paragraphs)
    if not _has_sentence(paragraphs):
        return Rejected(source.id, "it holds no sentences", "Give the article's running text, not a list or a picture.")
    said = byline.read_text(text, paragraphs, headline, rules)
    return _document(source, data=data, raw=raw, text=text, said=said, languages=languages)


def _bytes(source: Source, settings: Settings) -> bytes:
    if source.media_type is None:
        ending = source.path.suffix.casefold()
        raise Unreadable(f"{ending} files are not read", "Save the article's text as UTF-8 (.txt, .md) or HTML.")
    size = source.path.stat().st_size
    if size > settings.max_file:
        mib = 1024 * 1024
        raise Unreadable(
            f"it has {size / mib:.0f} MiB, over the limit of {settings.max_file / mib:.0f} MiB",
            "Split it into articles, or raise KG_MAX_FILE.",
        )
    data = source.path.read_bytes()
    if not data.strip():
        raise Unreadable("it is empty", "Put the article's text into it, or delete it.")
    return data


def _parse(source: Source, text: str) -> _Raw:
    if source.media_type == MARKDOWN:
        said, body = markdown.split(text)
        unknown = sum(key not in _KEYS for key in said)
        notes = (f"{unknown} unknown front matter keys ignored",) if unknown else ()
        return _Raw(markdown.plain(body), said, wrapped=True, notes=notes)
    if source.media_type == HTML:
        page = html.read_page(text)
        if page is None:
            raise Unreadable("no article was found in this HTML page", "Save the article's text as UTF-8 (.txt, .md).")
        body = page.text.replace("\n", "\n\n")
        first = body[:2000].casefold()
        if page.title and page.title.casefold() not in first:
            body = f"{page.title}\n\n{body}"
        said = {"title": page.title, "authors": list(page.authors), "publisher": page.publisher,
                "date": page.date, "url": page.url, "language": page.language}  # fmt: skip
        return _Raw(body, {key: value for key, value in said.items() if value}, wrapped=False)
    return _Raw(text, {})


def _has_sentence(paragraphs: list[str]) -> bool:
    return any(
        re.search(r"[.!?…。！？؟۔]", line) and len(re.findall(r"\w", line)) >= 8 and _SENTENCE.search(line)
        for line in paragraphs
    )


def _document(
    source: Source, *, data: bytes, raw: _Raw, text: str, said: byline.Said, languages: Languages
) -> Document:
    """Metadata joined: `corpus.yaml` goes before the file's own head, that before what the text seems to say."""
    outside = {**{key: (value, source.id) for key, value in raw.said.items()},
               **{key: (value, source.said_by) for key, value in source.said.items()}}  # fmt: skip
    notes = list(raw.notes)

    def field(key: str) -> Field | None:
        value, origin = outside.get(key, (None, ""))
        lexical = markdown.scalar(value)
        return Field(tidy.characters(lexical), origin) if lexical else None

    date = field("date")
    if date is not None and not _ISO.fullmatch(date.value):
        found = byline.find_date(date.value)
        notes += [] if found else ["a date outside the text was not understood"]
        date = Field(found[0], date.origin) if found else None
    given = field("language")
    language = given.value if given and _TAG.fullmatch(given.value) else detect(text, languages)
    if given and language == given.value and (seen := detect(text, languages)) not in ("und", language[:2].casefold()):
        notes.append(f"said to be in {language}, looks like {seen}")
    return Document(
        id=source.id,
        slug=source.slug,
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=source.media_type or "",
        language=language,
        title=field("title") or said.title,
        authors=_people(outside) or said.authors,
        publisher=field("publisher") or said.publisher,
        date=date or said.date,
        url=field("url"),
        original=_original(outside.get("original", (None, ""))[0]),
        notes=tuple(notes),
    )


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    value = row.get("authors", row.get("author"))
    items = value if isinstance(value, list) else re.split(r"\s*;\s*|\s+and\s+|\s*,\s*(?:and\s+)?", value or "")
    return tuple(tidy.characters(name) for item in items if (name := markdown.scalar(item)))


def _people(outside: Mapping[str, tuple[Any, str]]) -> tuple[Field, ...]:
    key = "authors" if "authors" in outside else "author"
    value, origin = outside.get(key, (None, ""))
    if isinstance(value, (str, list)):
        return tuple(Field(name, origin) for name in _names({key: value}))
    return ()


def _original(row: object) -> Original | None:
    if not isinstance(row, dict):
        return None
    text = {key: markdown.scalar(row.get(key)) for key in ("title", "publisher", "date", "url")}
    authors = row.get("authors", row.get("author"))
    names = _names(row) if isinstance(authors, (str, list)) else ()
    return Original(title=text["title"], publisher=text["publisher"], authors=names, date=text["date"], url=text["url"])
