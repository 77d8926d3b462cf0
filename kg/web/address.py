"""The address of the whole site as the client of a request knows it, and what may stand in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HOST = re.compile(r"(?:[A-Za-z0-9._~%\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~\-]+)*/?")
_CHECKS = {
    "x-forwarded-proto": re.compile("https?").fullmatch,
    "x-forwarded-host": _HOST.fullmatch,
    "x-forwarded-prefix": _PREFIX.fullmatch,
}
"""What a proxy's word for scheme, host and path prefix must look like to be believed."""


def is_host(text: str) -> bool:
    """Whether a `Host` header names a host (RFC 9110, section 7.2): a name or address, a port perhaps."""
    return _HOST.fullmatch(text) is not None


def root_of(scheme: str, prefix: str, headers: Mapping[str, str], trust_proxy: int) -> str:
    """Scheme, host and path prefix without a slash at the end. `headers` have names in lower case; the `X-Forwarded-*`
    among them count where so many proxies are trusted, and where they are what they should be."""
    host = headers.get("host", "")
    if trust_proxy:
        scheme = _forwarded(headers, "x-forwarded-proto", trust_proxy) or scheme
        host = _forwarded(headers, "x-forwarded-host", trust_proxy) or host
        prefix = _forwarded(headers, "x-forwarded-prefix", trust_proxy) or prefix
    if not is_host(host):
        host = "localhost"  # a host that is none goes into no address of ours
    return f"{scheme}://{host}{prefix.rstrip('/')}"


def _forwarded(headers: Mapping[str, str], name: str, proxies: int) -> str:
    """The value that the outermost trusted proxy put in, which stands so many places from the end."""
    values = [value.strip() for value in headers.get(name, "").split(",")]
    value = values[-proxies] if len(values) >= proxies else ""
    return value if _CHECKS[name](value) else ""


class PlausibleProxies:
    """WSGI middleware that takes out `X-Forwarded-*` headers which are not what they should be, before anybody believes
    them."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        for name, fits in _CHECKS.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key in environ and not all(fits(value.strip()) for value in environ[key].split(",")):
                del environ[key]
        if not is_host(environ.get("HTTP_HOST", "localhost")):
            environ["HTTP_HOST"] = "localhost"
        return self._app(environ, start_response)
