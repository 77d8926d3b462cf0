"""What the engine, the process that holds the store and its workers say to each other.

Between engine and worker: a stream, each request a length and JSON, each answer two lengths, JSON and the body's bytes.
Between engine and keeper: whole messages of JSON, some with file descriptors.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from kg import errors
from kg.errors import KgError

REQUEST = struct.Struct("!I")
ANSWER = struct.Struct("!IQ")
MESSAGE = 128 * 1024  # bytes; no message between engine and keeper comes near it


def pack(message: dict[str, Any]) -> bytes:
    body = json.dumps(message, separators=(",", ":")).encode()
    return REQUEST.pack(len(body)) + body


class Requests:
    """The requests on a worker's stream, one after another; several may have come at once."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._data = sock, b""

    def next(self) -> dict[str, Any] | None:
        """The next request, waited for; None at the end of the stream."""
        while True:
            if len(self._data) >= REQUEST.size:
                whole = REQUEST.size + REQUEST.unpack_from(self._data)[0]
                if len(self._data) >= whole:
                    message: dict[str, Any] = json.loads(self._data[REQUEST.size : whole])
                    self._data = self._data[whole:]
                    return message
            more = self._sock.recv(1 << 18)
            if not more:
                return None
            self._data = self._data + more if self._data else more


def reply(sock: socket.socket, meta: dict[str, Any], body: bytes = b"") -> None:
    head = json.dumps(meta, separators=(",", ":")).encode()
    if len(body) < 1 << 16:
        sock.sendall(ANSWER.pack(len(head), len(body)) + head + body)
    else:
        sock.sendall(ANSWER.pack(len(head), len(body)) + head)
        sock.sendall(body)


def error_as_dict(err: KgError) -> dict[str, Any]:
    return {
        "error": type(err).__name__,
        "detail": err.detail,
        "where": err.where,
        "line": err.line,
        "column": err.column,
        "hint": err.hint,
    }


def error_from_dict(data: dict[str, Any]) -> KgError:
    """The error that `error_as_dict` took apart; `Unavailable` for a name that is none of ours."""
    kind = getattr(errors, str(data["error"]), errors.Unavailable)
    if not (isinstance(kind, type) and issubclass(kind, KgError)):
        kind = errors.Unavailable
    found: KgError = kind(
        data["detail"], where=data["where"], line=data["line"], column=data["column"], hint=data["hint"]
    )
    return found
