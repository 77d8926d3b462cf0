"""The OpenAPI document: `openapi.yaml`, with this server's address in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kg import __version__


@cache
def _written() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("openapi.yaml").read_text("utf-8"))
    return loaded


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of everything described, with each parameter written out, for a page about them."""
    shared = _written()["components"]["parameters"]

    def whole(operation: dict[str, Any]) -> dict[str, Any]:
        given = operation.get("parameters", [])
        return operation | {"parameters": [shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in given]}

    paths = _written()["paths"].items()
    return [(path, method.upper(), whole(operation)) for path, item in paths for method, operation in item.items()]


def document(server: str) -> dict[str, Any]:
    """The document for the application reached at `server` (no slash at its end)."""
    written = _written()
    return written | {"info": written["info"] | {"version": __version__}, "servers": [{"url": server or "/"}]}
