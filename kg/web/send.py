"""Files as answers: as they are, a range of them, or what a gzip file holds."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from kg.web.compress import encoding_for
from kg.web.conditions import outcome, part
from kg.web.verify import BLOCK, Content, Verifier, unzipped

_ANY_SIZE = 1 << 20  # a dump of any size is sent packed to who can take it


def as_it_is(file: BinaryIO, media_type: str, verifier: Verifier) -> Response:
    """The file, whole or the range asked for. The ETag is its SHA-256. Raises Werkzeug's 416."""
    content = verifier.content(file)
    reply = _reply(file, content, media_type)
    reply.headers["Accept-Ranges"] = "bytes"
    try:
        wanted = _part(reply, content)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    start, end = wanted or (0, content.bytes)
    if wanted:
        reply.status_code = 206
        reply.headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.bytes}"
    return _filled(reply, file, file, start, end - start)


def _part(reply: Response, content: Content) -> tuple[int, int] | None:
    """The range that is asked for; none where the request's conditions come before it (RFC 9110, section 13.2.2)."""
    modified = reply.last_modified or datetime.now(UTC)
    return part(content.bytes, content.sha256, modified) if outcome([content.sha256], modified)[0] == 200 else None


def unpacked(file: BinaryIO, media_type: str, verifier: Verifier) -> Response:
    """What a gzip file holds: the file itself as the coding for who can take it, else decompressed on the way.

    Both have their own ETag and `Repr-Digest`, which is of the bytes as coded (RFC 9530, section 3).
    """
    coded = encoding_for(request.headers.get("Accept-Encoding"), _ANY_SIZE, ("gzip",))
    content = verifier.content(file, unpacked=not coded)
    reply = _reply(file, content, media_type)
    if coded:
        reply.headers["Content-Encoding"] = "gzip"
    reply.headers["Accept-Ranges"] = "none"  # of one coding or the other: ranges are for the .gz file
    reply.vary.add("Accept-Encoding")
    return _filled(reply, file if coded else unzipped(file), file, 0, content.bytes)


def _modified(file: BinaryIO) -> datetime:
    return datetime.fromtimestamp(int(os.fstat(file.fileno()).st_mtime), UTC)


def _reply(file: BinaryIO, content: Content, media_type: str) -> Response:
    reply = Response(mimetype=media_type)
    reply.set_etag(content.sha256)
    reply.last_modified = _modified(file)
    digest = base64.b64encode(bytes.fromhex(content.sha256)).decode("ascii")
    reply.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return reply


def _filled(reply: Response, source: IO[bytes], file: BinaryIO, start: int, count: int) -> Response:
    if request.method == "HEAD":
        file.close()
    else:
        reply.response = _Blocks(source, file, start, count)
    reply.direct_passthrough = True
    reply.headers["Content-Length"] = str(count)
    return reply


class _Blocks:
    """So many bytes of an open file, which is closed with the answer, read or not.

    Fewer bytes than promised, from a file that was cut meanwhile, make the server break the connection.
    """

    def __init__(self, source: IO[bytes], file: BinaryIO, start: int, count: int) -> None:
        self._source, self._file, self._left = source, file, count
        source.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = self._source.read(min(BLOCK, self._left))
        if not block:
            raise StopIteration
        self._left -= len(block)
        return block

    def close(self) -> None:
        self._file.close()
