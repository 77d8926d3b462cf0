"""Content codings for answers, and a cache of bodies already encoded."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Sequence

import brotli
import zstandard

SMALLEST = 1024  # bytes; below, the packets saved are none
CODINGS = ("zstd", "br", "gzip")  # the preferred one first
_BROTLI, _ZSTD, _GZIP = 4, 3, 5  # levels about as fast as each other; higher ones cost more time than they save
_LARGE = 1 << 20  # bytes; from here on brotli is several times slower than the others

_kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
_size = 0
_most = 32 * 1024 * 1024  # bytes of encoded bodies that are kept
_lock = threading.Lock()


def encoding_for(accept: str | None, size: int, offered: Sequence[str] = CODINGS) -> str:
    """The content coding for a body of so many bytes by an `Accept-Encoding` header; empty for none.

    A client that rates `identity` higher than every coding gets none; one that does not rate it takes what is smaller.
    """
    if not accept or size < SMALLEST:
        return ""
    wanted = _qualities(accept)
    best, best_quality = "", 0.0
    for name in offered:
        quality = wanted.get(name, wanted.get("*", 0.0))
        if quality > best_quality and not (name == "br" and size > _LARGE and wanted.get("gzip", 0.0) >= quality):
            best, best_quality = name, quality
    return best if best_quality >= wanted.get("identity", 0.0) else ""


def _qualities(accept: str) -> dict[str, float]:
    wanted: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameters = part.partition(";")
        key, _, value = parameters.strip().partition("=")
        try:
            wanted[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            wanted[name.strip()] = 0.0
    return wanted


def keep_at_most(most: int) -> None:
    """Keep so many bytes of encoded bodies in this process."""
    global _most  # noqa: PLW0603 - as below
    _most = most


def encode(body: bytes, coding: str, etag: str) -> bytes:
    """The body in a coding of `encoding_for`. Equal `etag`s must mean equal bodies: the encoded one is kept by it."""
    global _size  # noqa: PLW0603 - one cache for the process, behind a lock
    key = (etag, coding)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    if coding == "zstd":
        done = zstandard.ZstdCompressor(level=_ZSTD).compress(body)
    elif coding == "br":
        done = bytes(brotli.compress(body, quality=_BROTLI))
    else:
        done = gzip.compress(body, compresslevel=_GZIP, mtime=0)
    with _lock:
        if key not in _kept and len(done) * 8 < _most:
            _kept[key] = done
            _size += len(done)
            while _size > _most:
                _size -= len(_kept.popitem(last=False)[1])
    return done
