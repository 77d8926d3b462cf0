"""From a file's bytes to text, or why not. UTF-8 (and UTF-16 with its mark) is read; a guess is no reading."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{3,40})""", re.IGNORECASE)
_BINARY = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"\x7fELF",
           b"\xd0\xcf\x11\xe0", b"SQLite")  # fmt: skip
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_SAMPLE = 65536  # bytes that decide whether a file is text, and that the guess for the advice looks at


class Unreadable(Exception):
    """The bytes are no text that can be trusted; `why` and `advice` are for the summary."""

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(why)
        self.why = why
        self.advice = advice


def decode(data: bytes, *, html: bool) -> str:
    """The text of `data` without its byte order mark.

    An HTML file may declare another encoding than UTF-8 and is believed if all its bytes fit. Raises `Unreadable`
    for anything else that is not UTF-8 or marked UTF-16, and for binary files.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and _is_binary(data):
        raise Unreadable("it is a binary file, not text", "Save the article's text as UTF-8 (.txt, .md) or HTML.")
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError as err:
        declared = _declared(data) if html and encoding is None else None
        if declared is not None:
            return declared
        good = data[: err.start]
        line = good.count(b"\n") + 1
        raise Unreadable(
            f"it is not valid {'UTF-16' if encoding == 'utf-16' else 'UTF-8'} (line {line}, byte {err.start + 1})",
            _advice(data),
        ) from err


def _is_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    if sample.startswith(_BINARY) or b"\x00" in sample:
        return True
    control = len(sample) - len(sample.translate(None, _CONTROL))
    return control > len(sample) * 0.02  # a stray control character is no reason to refuse an article


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:4096])
    if not found:
        return None
    try:
        return data.decode(codecs.lookup(found.group(1).decode("ascii")).name)
    except (LookupError, UnicodeError):
        return None


def _advice(data: bytes) -> str:
    best = from_bytes(data[:_SAMPLE]).best()
    guess = best.encoding.replace("_", "-") if best else None
    if guess in (None, "ascii", "utf-8"):
        return "Save the file as UTF-8; it may be damaged."
    return f"It looks like {guess}. Convert it, for example with iconv -f {guess} -t utf-8, and check the names in it."
