"""Conditional requests and ranges by RFC 9110 (sections 13 and 14), the same rules for pages, documents and files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flask import request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_date

from kg.web.compress import CODINGS, encoding_for

_RANGE = re.compile(r"\s*bytes\s*=\s*(?:([0-9]{1,18})\s*-\s*([0-9]{0,18})|-\s*([0-9]{1,18}))\s*", re.I)
_BIG = 1 << 40  # a body of any size, where it is not made yet


def tags(tag: str, *, size: int = _BIG) -> dict[str, str]:
    """The ETags of what a page or document with that tag may be sent as to this client, each with its coding, the one
    that it would get first. `size` is that of the body: small ones are never encoded."""
    accepted = request.headers.get("Accept-Encoding")
    chosen = encoding_for(accepted, size)
    codings = [chosen, "", *(name for name in CODINGS if encoding_for(accepted, size, (name,)))]
    return {f"{tag}-{name}" if name else tag: name for name in codings}


def outcome(tags: Iterable[str], modified: datetime | None = None) -> tuple[int, str]:
    """200, 304 or 412 by the request's conditions, and the ETag to answer with.

    `tags` are the ETags that what is asked for may have, the preferred one first; `modified` is its time of change
    where it has one. The order of the tests is that of RFC 9110, section 13.2.2.
    """
    known = list(tags)
    if request.method not in ("GET", "HEAD"):
        return 200, known[0]
    headers = request.headers
    if "If-Match" in headers:
        if not any(request.if_match.contains(tag) for tag in known):
            return 412, known[0]
    elif modified and (limit := request.if_unmodified_since) and modified > limit:
        return 412, known[0]
    if "If-None-Match" in headers:
        held = next((tag for tag in known if request.if_none_match.contains_weak(tag)), None)
        return (304, held) if held is not None else (200, known[0])
    if modified and (since := request.if_modified_since) and modified <= since:
        return 304, known[0]
    return 200, known[0]


def part(size: int, tag: str, modified: datetime) -> tuple[int, int] | None:
    """The bytes that a GET asks for, as start and end (exclusive), of so many; None where the answer is the whole.

    Whole is what `If-Range` does not fit, and what asks for several ranges, for another unit, or for nonsense: those
    may be ignored. Raises Werkzeug's 416 for a range that lies beyond the end.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or found is None or not _same(tag, modified):
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        if int(suffix) == 0:
            raise RequestedRangeNotSatisfiable(size)
        return (max(0, size - int(suffix)), size) if size else None
    start, end = int(first), int(last) + 1 if last else size
    if last and end <= start:
        return None
    if start >= size:
        raise RequestedRangeNotSatisfiable(size)
    return start, min(end, size)


def _same(tag: str, modified: datetime) -> bool:
    """Whether `If-Range`, if there is one, names this version. A time names it only once the second is over."""
    asked = request.headers.get("If-Range")
    if asked is None:
        return True
    if asked.startswith(('"', "W/")):
        return asked.strip() == f'"{tag}"'
    return parse_date(asked) == modified and modified <= datetime.now(UTC) - timedelta(seconds=1)
