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


def receive(sock: socket.socket) -> dict[str, Any] | None:
    """The next request on a worker's stream, None at its end."""
    data = sock.recv(1 << 16)
    while data:
        if len(data) >= REQUEST.size:
            whole = REQUEST.size + REQUEST.unpack_from(data)[0]
            if len(data) >= whole:
                message: dict[str, Any] = json.loads(data[REQUEST.size : whole])
                return message
        more = sock.recv(1 << 20)
        if not more:
            return None
        data += more
    return None


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
