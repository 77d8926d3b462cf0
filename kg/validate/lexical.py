"""Whether a literal is well-formed for its datatype, and how two literals compare (XSD 1.1 part 2, SPARQL 1.1)."""

from __future__ import annotations

import calendar
import re
from decimal import Decimal
from functools import lru_cache

import pyoxigraph as ox

from kg.validate.exact import DERIVED
from kg.validate.names import LANG_STRING, XSD

_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR = r"(-?(?:[1-9]\d{3,}|0\d{3}))"
_TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_FORMS = {
    name: re.compile(pattern)
    for name, pattern in {
        "integer": r"[+-]?\d+",
        "decimal": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
        "double": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
        "float": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
        "boolean": r"true|false|1|0",
        "date": _YEAR + r"-(\d\d)-(\d\d)" + _ZONE,
        "dateTime": _YEAR + r"-(\d\d)-(\d\d)T" + _TIME + _ZONE,
        "dateTimeStamp": _YEAR + r"-(\d\d)-(\d\d)T" + _TIME + _ZONE[:-1],
        "time": _TIME + _ZONE,
        "gYear": _YEAR + _ZONE,
        "gYearMonth": _YEAR + r"-(0[1-9]|1[0-2])" + _ZONE,
        "gMonth": r"--(?:0[1-9]|1[0-2])" + _ZONE,
        "gDay": r"---(?:0[1-9]|[12]\d|3[01])" + _ZONE,
        "gMonthDay": r"--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])" + _ZONE,
        "duration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
        "dayTimeDuration": r"-?P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
        "yearMonthDuration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?",
        "hexBinary": r"(?:[0-9a-fA-F]{2})*",
        "base64Binary": r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|"
        r"[A-Za-z0-9+/] ?[AQgw] ?= ?=)?",
        "language": r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
        "Name": r"[:_A-Za-z\u00b7-\U000effff][\w:.\-\u00b7-\U000effff]*",
        "NCName": r"[_A-Za-z\u00b7-\U000effff][\w.\-\u00b7-\U000effff]*",
        "NMTOKEN": r"[\w:.\-\u00b7-\U000effff]+",
    }.items()
}
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FLOATS = {XSD + "float", XSD + "double"}
_NUMERIC = {XSD + name for name in ("integer", "decimal", *DERIVED)}


@lru_cache(maxsize=65536)
def well_formed(literal: ox.Literal) -> bool:
    """Whether the lexical form is one of the datatype's. Datatypes that are not XSD's have no rule here: True."""
    datatype = literal.datatype.value
    if datatype == LANG_STRING:
        return literal.language is not None
    if not datatype.startswith(XSD):
        return True
    name, text = datatype[len(XSD) :], literal.value
    if name in DERIVED:
        low, high = DERIVED[name]
        if not _FORMS["integer"].fullmatch(text) or not text.isascii():
            return False
        number = int(text) if len(text) < 4000 else (10**4000 if text[0] != "-" else -(10**4000))
        return (low is None or number >= low) and (high is None or number <= high)
    form = _FORMS.get(name)
    if form is None:
        return True
    match = form.fullmatch(text)
    if match is None or (name not in ("Name", "NCName", "NMTOKEN") and not text.isascii()):
        return False
    if name in ("date", "dateTime", "dateTimeStamp"):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        leap = calendar.isleap(year)
        return 1 <= month <= 12 and 1 <= day <= (29 if month == 2 and leap else _DAYS[month])
    return True


def less(left: ox.Literal, right: ox.Literal) -> bool:
    """SPARQL's `left < right`; False also where the two cannot be compared."""
    return _compare(left, right)[0]


def at_most(left: ox.Literal, right: ox.Literal) -> bool:
    """SPARQL's `left <= right`; False also where the two cannot be compared."""
    return _compare(left, right)[1]


@lru_cache(maxsize=65536)
def _compare(left: ox.Literal, right: ox.Literal) -> tuple[bool, bool]:
    if left.datatype.value in _NUMERIC and right.datatype.value in _NUMERIC:
        if not (well_formed(left) and well_formed(right)):
            return False, False
        # Exact, where the engine would give up on more than 18 digits.
        a, b = Decimal(left.value), Decimal(right.value)
        return a < b, a <= b
    if "NaN" in (left.value, right.value) and {left.datatype.value, right.datatype.value} & _FLOATS:
        return False, False  # the engine takes NaN <= NaN for true
    rows = ox.Store().query(f"SELECT ({left} < {right} AS ?lt) ({left} <= {right} AS ?le) {{}}")
    assert isinstance(rows, ox.QuerySolutions)
    row = next(iter(rows))
    return _true(row["lt"]), _true(row["le"])


def _true(term: object) -> bool:
    return isinstance(term, ox.Literal) and term.value == "true"


@lru_cache(maxsize=65536)
def matches(text: str, pattern: str, flags: str) -> bool:
    """SPARQL's REGEX. What the engine's dialect lacks (look-around, back-references) Python's matches instead."""
    wanted = f"REGEX({ox.Literal(text)}, {ox.Literal(pattern)}, {ox.Literal(flags)})"
    rows = ox.Store().query(f"SELECT ({wanted} AS ?yes) {{}}")
    assert isinstance(rows, ox.QuerySolutions)
    answer = next(iter(rows))["yes"]
    if answer is not None:
        return _true(answer)
    return python_pattern(pattern, flags).search(text) is not None


@lru_cache(maxsize=1024)
def engine_can(pattern: str, flags: str) -> bool:
    """Whether the engine understands a regular expression."""
    rows = ox.Store().query(f'SELECT (REGEX("", {ox.Literal(pattern)}, {ox.Literal(flags)}) AS ?yes) {{}}')
    assert isinstance(rows, ox.QuerySolutions)
    return next(iter(rows))["yes"] is not None


@lru_cache(maxsize=1024)
def python_pattern(pattern: str, flags: str) -> re.Pattern[str]:
    """The regular expression for Python. Raises `re.error` for one that it does not understand either."""
    known = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
    value = re.RegexFlag(0)
    for flag in flags:
        if flag == "q":
            return re.compile(re.escape(pattern), value)
        if flag not in known:
            raise re.error(f"unknown flag {flag!r}")
        value |= known[flag]
    return re.compile(pattern, value)


def language_matches(tag: str, wanted: str) -> bool:
    """SPARQL's langMatches: basic filtering of RFC 4647."""
    tag, wanted = tag.lower(), wanted.lower()
    return bool(tag) if wanted == "*" else tag == wanted or tag.startswith(wanted + "-")
