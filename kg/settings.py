"""Settings: a frozen value, made once at the edge and passed in. Nothing reads the environment at import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from kg.errors import BadInput

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may change. Each field `name` is also the environment variable `KG_NAME`.

    Sizes are bytes, times are seconds.
    """

    base: str = "https://w3id.org/leakgraph/"  # every instance IRI stands under it; ends in a slash
    license: str = "https://creativecommons.org/licenses/by/4.0/"  # of the graph, told in VoID and DCAT
    host: str = "127.0.0.1"  # address to listen on; loopback until the operator says otherwise
    port: int = 0  # 0: any free port
    workers: int = 0  # query worker processes; 0: one a core, at least two
    timeout: float = 30.0  # a query without a timeout of its own is stopped after this
    max_timeout: float = 120.0  # the most that a client may ask for with timeout=
    memory: int = 1024 * MIB  # address space that one query may add to its worker
    max_rows: int = 1_000_000  # rows or triples in one answer
    max_bytes: int = 256 * MIB  # size of one answer
    max_query: int = 256 * 1024  # size of a query text
    max_body: int = 16 * MIB  # size of any other request body
    queue: int = 64  # requests that may wait for a worker before 429
    cache: int = 128 * MIB  # response cache
    token: str = ""  # curator mode's bearer token; at least 32 bytes, empty: no writes at all
    service_allow: tuple[str, ...] = ()  # endpoints that SERVICE may call; comma-separated in the environment
    trust_proxy: int = 0  # reverse proxies whose X-Forwarded-* headers are believed
    max_file: int = 32 * MIB  # an article file over this is rejected unread


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings with each `KG_*` variable applied over its default.

    Raises `BadInput` naming the variable when a value does not fit its field.
    """
    source = os.environ if environ is None else environ
    given: dict[str, object] = {}
    for item in fields(Settings):
        name = f"KG_{item.name.upper()}"
        if name not in source:
            continue
        raw, default = source[name], item.default
        try:
            if isinstance(default, tuple):
                given[item.name] = tuple(part.strip() for part in raw.split(",") if part.strip())
            elif isinstance(default, (int, float)):
                given[item.name] = type(default)(raw)
            else:
                given[item.name] = raw
        except ValueError as err:
            raise BadInput(f"{name} must be {type(default).__name__}, not {raw!r}") from err
    settings = Settings(**given)  # type: ignore[arg-type]
    if not settings.base.endswith(("/", "#")):
        raise BadInput(f"KG_BASE must end in a slash, not {settings.base!r}")
    return settings


def resource(name: str) -> Path:
    """The folder or file `name` (`ontology`, `shapes`, `data/rules`) that came with leakgraph.

    Installed, these lie inside the package; in a checkout, beside it. Raises `BadInput` when neither is there.
    """
    here = Path(__file__).resolve().parent
    for root in (here / "_resources", here.parent):
        if (root / name).exists():
            return root / name
    raise BadInput(f"leakgraph's own {name!r} is missing", hint="The installation is damaged; install it again.")
