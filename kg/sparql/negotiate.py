"""Content negotiation (RFC 9110, section 12.5.1), one function for all routes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.errors import NotAcceptable

_QUALITY = re.compile(r"0(\.[0-9]*)?|1(\.0*)?")


def negotiate(accept: str | None, offered: Sequence[str]) -> str:
    """The media type of `offered` that suits an `Accept` header best.

    A type's quality is that of the most specific range naming it; among equals the one offered first wins, so
    `offered` is the server's order of preference. No header, or an empty one, accepts anything. Parameters other than
    `q` (`charset`, `profile`) are ignored. Raises `NotAcceptable`, naming what is on offer.
    """
    ranges = _ranges(accept or "")
    if not ranges:
        return offered[0]
    best, best_quality = "", 0.0
    for media_type in offered:
        quality = _quality(media_type, ranges)
        if quality > best_quality:
            best, best_quality = media_type, quality
    if not best:
        raise NotAcceptable("none of the accepted media types is on offer", hint="On offer: " + ", ".join(offered))
    return best


def _ranges(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = part.split(";")
        name = name.strip().lower()
        if not name:
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                # What cannot be read as a quality does not rank down a type that the client took the trouble to name.
                quality = float(value) if _QUALITY.fullmatch(value := value.strip()) else 1.0
        name = "*/*" if name == "*" else name
        found[name] = max(quality, found.get(name, 0.0))
    return found


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    kind = media_type.partition("/")[0]
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
