"""HTML: the article's text and the page's own metadata, by trafilatura, without any network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import trafilatura
from trafilatura.settings import Document as Extracted

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_LANG = re.compile(rb"""<html\b[^>]*?\slang\s*=\s*["']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)""", re.IGNORECASE)
# No guess from the text, the file's age or the clock: only what the head says, the first publication if it does.
_DATES = {"extensive_search": False, "original_date": True, "max_date": "2999-12-31"}


@dataclass(frozen=True, slots=True)
class Page:
    """What an HTML file says. `text` has one paragraph, heading or list item a line."""

    text: str
    title: str | None
    authors: tuple[str, ...]
    date: str | None
    publisher: str | None
    url: str | None
    language: str | None


def read_page(source: str) -> Page | None:
    """The article in an HTML file, or None where there is none to be found."""
    found = trafilatura.bare_extraction(
        source,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        favor_recall=True,
        date_extraction_params=dict(_DATES),
    )
    if not isinstance(found, Extracted) or not found.text:
        return None
    page: dict[str, Any] = found.as_dict()
    lang = _LANG.search(source[:20_000].encode("utf-8", "replace"))
    date = _DATE.fullmatch(page.get("date") or "")
    return Page(
        text=re.sub(r"^- ", "", str(page["text"]), flags=re.MULTILINE),
        title=_clean(page.get("title")),
        authors=tuple(part for part in map(_clean, str(page.get("author") or "").split(";")) if part),
        date=date.group() if date else None,
        publisher=_clean(page.get("sitename")),
        url=_clean(page.get("url")),
        language=lang.group(1).decode("ascii") if lang else None,
    )


def _clean(value: object) -> str | None:
    return " ".join(str(value).split()) or None if value else None
