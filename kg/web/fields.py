"""The parameters of a request, from its query string or form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import parse_qsl

from kg.errors import BadInput
from kg.sparql import ANY, DatasetSpec

Fields = Mapping[str, Sequence[str]]
"""The values of each parameter, as they came."""
_LONGEST = 8192  # characters; longer texts are not remembered


def read(text: str) -> Fields:
    """The parameters of a query string or form. Raises `BadInput` unless they are UTF-8."""
    return _known(text) if len(text) <= _LONGEST else _parsed(text)


def _parsed(text: str) -> Fields:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=10_000)
    except UnicodeDecodeError as err:
        raise BadInput("the parameters are not UTF-8") from err
    except ValueError as err:
        raise BadInput("the parameters cannot be read") from err
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


# Clients ask again, and to take the escapes out costs as much as a small query.
_known = lru_cache(maxsize=2048)(_parsed)


def joined(left: Fields, right: Fields) -> Fields:
    """The parameters of both."""
    return {key: [*left.get(key, ()), *right.get(key, ())] for key in (*left, *right)} if left else right


def one(fields: Fields, name: str) -> str | None:
    """The value of a parameter; None where it is missing. Raises `BadInput` where it is given more than once."""
    values = fields.get(name)
    if not values:
        return None
    if len(values) > 1:
        raise BadInput(f"the parameter '{name}' is given more than once")
    return values[0]


def dataset_of(fields: Fields, default: str, named: str) -> DatasetSpec:
    """The graphs that the parameters `default` and `named` name. Raises `BadInput` unless they are absolute IRIs."""
    if default not in fields and named not in fields:
        return ANY
    found = DatasetSpec(
        tuple(dict.fromkeys(value for value in fields.get(default, ()) if value)),
        tuple(dict.fromkeys(value for value in fields.get(named, ()) if value)),
    )
    for iri in (*found.default, *found.named):
        if ":" not in iri or any(char in '<>"{}|^`\\' or char <= " " for char in iri):
            raise BadInput("a graph's name must be an absolute IRI")
    return found


def number(fields: Fields, name: str) -> float | None:
    """A positive number; None where it is missing or empty. Raises `BadInput`."""
    raw = one(fields, name)
    if not raw:
        return None
    try:
        value = float(raw)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise BadInput(f"the parameter '{name}' must be a positive number")
    return value


def whole(fields: Fields, name: str) -> int | None:
    """A whole number from 0; None where it is missing or empty. Raises `BadInput`."""
    raw = one(fields, name)
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) < 12):
        raise BadInput(f"the parameter '{name}' must be a whole number")
    return int(raw)
