"""Settings: a frozen value, made once at the edge and passed in. Nothing reads the environment at import."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox

from kg.errors import BadInput

KIB = 1024
MIB = 1024 * KIB
TIB = MIB * MIB
DAY = 86_400

RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "workers": (0, 1024),
    "timeout": (0.001, DAY),
    "max_timeout": (0.001, DAY),
    # A query runs with less than 1 MiB. A validation needs 32 MiB; one of many was stopped at 64, none at 96 or more.
    "memory": (128 * MIB, TIB),
    "max_rows": (1000, 10**12),  # pages read lists of some hundred rows
    "max_bytes": (KIB, TIB),
    "max_query": (64 * KIB, TIB),  # pages ask for some hundred IRIs at once
    "max_body": (1, TIB),
    "queue": (1, 100_000),
    "cache": (0, TIB),
    "trust_proxy": (0, 100),
    "max_file": (1, TIB),
}
"""The least and the greatest value of each setting that is a number."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may change. Each field `name` is also the environment variable `KG_NAME`.

    Sizes are bytes, times are seconds. A value that cannot work raises `BadInput`. Where only one of `timeout` and
    `max_timeout` is given and they do not fit, the other follows it.
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

    def __post_init__(self) -> None:
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and least <= value <= most):
                raise _refused(name, value, f"from {least:,} to {most:,}")
        for name in ("base", "license"):
            if not is_absolute(getattr(self, name)):
                raise _refused(name, getattr(self, name), "an absolute IRI")
        if not self.base.endswith(("/", "#")):
            raise _refused("base", self.base, "an absolute IRI that ends in a slash")
        for target in self.service_allow:
            if not is_endpoint(target):
                raise _refused("service_allow", target, "addresses that begin with http:// or https://")
        if not self.host or any(c.isspace() for c in self.host):
            raise _refused("host", self.host, "a name or address; 0.0.0.0 or :: for all")
        if self.timeout > self.max_timeout:
            self._fit_timeouts()

    def _fit_timeouts(self) -> None:
        usual = {item.name: item.default for item in fields(self)}
        if self.max_timeout == usual["max_timeout"]:
            object.__setattr__(self, "max_timeout", self.timeout)
        elif self.timeout == usual["timeout"]:
            object.__setattr__(self, "timeout", self.max_timeout)
        else:
            raise _refused("timeout", self.timeout, f"at most KG_MAX_TIMEOUT, which is {self.max_timeout:g}")


def _refused(name: str, value: object, allowed: str) -> BadInput:
    return BadInput(f"{name} (KG_{name.upper()}) must be {allowed}, not {value!r}")


def is_absolute(iri: str) -> bool:
    """Whether a text is an absolute IRI; one of the web must name a host."""
    try:
        ox.NamedNode(iri)
        parts = urlsplit(iri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return port != 0 and (bool(host) or parts.scheme not in ("http", "https"))


def is_endpoint(address: str) -> bool:
    """Whether a text is the address of something on the web."""
    return address.lower().startswith(("http://", "https://")) and is_absolute(address)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings with each `KG_*` variable applied over its default.

    Raises `BadInput` naming the variable when a value does not fit its field or is out of its range.
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
    return Settings(**given)  # type: ignore[arg-type]


def resource(name: str) -> Path:
    """The folder or file `name` (`ontology`, `shapes`, `data/rules`) that came with leakgraph.

    Installed, these lie inside the package; in a checkout, beside it. Raises `BadInput` when neither is there.
    """
    here = Path(__file__).resolve().parent
    for root in (here / "_resources", here.parent):
        if (root / name).exists():
            return root / name
    raise BadInput(f"leakgraph's own {name!r} is missing", hint="The installation is damaged; install it again.")
