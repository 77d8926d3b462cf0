"""Tokens of SPARQL 1.1, cut by the terminals of its grammar (section 19.8), in time linear in the text."""

from __future__ import annotations

import re
from typing import NamedTuple

from kg.errors import BadQuery

IRI, VARIABLE, NAME, BLANK, WORD, STRING, NUMBER, MARK, LANG = range(2, 11)
"""Kinds of tokens; each is its group in the pattern. NAME is a prefixed name, WORD a keyword (or what stands for
one)."""

_BASE_ASCII = "A-Za-z"
_BASE = _BASE_ASCII + (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MORE = "0-9_\u00b7\u0300-\u036f\u203f-\u2040"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
_UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPE = re.compile(_UCHAR)
_STRING_ESCAPE = re.compile(rf"{_UCHAR}|\\(.)", re.DOTALL)
_CONTROL = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_SPACE = " \t\r\n"


class _Patterns:
    """The compiled terminals; once for ASCII texts, whose character classes are several times as fast, once for all."""

    def __init__(self, base: str, more: str) -> None:
        chars = base + more
        escape = r"\\[_~.\-!$&'()*+,;=/?#@%]|%[0-9A-Fa-f]{2}"
        comment = r"\#[^\r\n]*+"
        iri = rf"""<(?:[^<>"{{}}|^`\\\x00-\x20]|{_UCHAR})*+>"""
        variable = f"[?$][{chars}]++"
        # A prefix is cut at 100 characters: without a bound, text full of dots would be read again from each of them.
        name = rf"""(?:[{base}](?:[{chars}\-.]{{0,100}}[{chars}\-])?)?:(?:(?:[{chars}:]|{escape})
            (?:[{chars}:\-]++|{escape}|\.+(?=[{chars}:\-\\%]))*+)?"""
        blank = rf"_:[{chars}](?:[{chars}\-]|\.+(?=[{chars}\-]))*+"
        word = f"[{base}_][{chars}]*+"
        string = (
            r"""\"\"\"(?:\"{0,2}(?:[^\"\\]|\\.))*+\"\"\"|'''(?:'{0,2}(?:[^'\\]|\\.))*+'''"""
            r"""|\"(?!\"\")(?:[^\"\\\r\n]|\\.)*+\"|'(?!'')(?:[^'\\\r\n]|\\.)*+'"""
        )
        number = r"(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]+)?"
        bracket = r"[{}()\[\]]"
        sign = r"\^\^|&&|\|\||<<|>>|!=|<=|>=|[.,;=<>!+\-*/|^~?]"
        lang = "@[A-Za-z]+(?:-[A-Za-z0-9]+)*+(?:--[A-Za-z]+)?"
        flags = re.VERBOSE | re.DOTALL
        self.token = re.compile(
            rf"[ \t\r\n]*+(?:({comment})|({iri})|({variable})|({name})|({blank})|({word})|({string})|({number})"
            rf"|({bracket}|{sign})|({lang}))",
            flags,
        )
        space = rf"(?:[ \t\r\n]++|{comment})*+"
        declaration = rf"(?:PREFIX{space}{name}{space}{iri}|BASE{space}{iri}|VERSION{space}{string}){space}"
        self.prologue = re.compile(rf"{space}(?:{declaration})*+([A-Za-z]+)", flags | re.IGNORECASE)
        self.chunk = re.compile(rf"""{comment}|(?:[^ \t\r\n\#"'\\<]++|{iri}|<|{string}|\\.|["'\\])++""", flags)


_PATTERNS = _Patterns(_BASE, _MORE)
_ASCII = _Patterns(_BASE_ASCII, "0-9_")


class Token(NamedTuple):
    """A token: its kind, its text as written, and where it starts and ends (characters, end exclusive)."""

    kind: int
    text: str
    start: int
    end: int


def tokens(text: str, *, most: int) -> list[Token]:
    """The tokens of a query or update, comments left out.

    Raises `BadQuery` with line and column where no token can start, and when there are more than `most`.
    """
    found: list[Token] = []
    match = (_ASCII if text.isascii() else _PATTERNS).token.match
    position, add = 0, found.append
    while hit := match(text, position):
        kind = hit.lastindex or 0
        position = hit.end()
        if kind > 1:
            if len(found) == most:
                raise at(text, hit.start(kind), f"the query has more than {most} tokens")
            add(Token(kind, hit[kind], hit.start(kind), position))
    while position < len(text) and text[position] in _SPACE:
        position += 1
    if position < len(text):
        raise at(text, position, _unreadable(text[position]))
    return found


_IRI_LIKE = re.compile(rf"<(?!{_SCHEME}://)([^<>\"{{}}|^`\x00-\x20]*+)>")


def unambiguous(text: str, *, most: int) -> str:
    r"""The text with each `'` and `#` of an IRI in brackets escaped (`\u0027`), unless the IRI begins like `http://`.

    By the standard the longest token wins, so that `1<'>#'` has the IRI `<'>` and a comment. Engines that look for a
    token where their grammar wants it read a less-than sign and a string. An escape can only stand in the IRI: so an
    engine reads the text as we have checked it, or not at all. What begins like `http://` is no expression.
    """
    if not any(_doubtful(hit[1]) for hit in _IRI_LIKE.finditer(text)):
        return text
    depth, parts, done = 0, [], 0
    for token in tokens(text, most=most):
        if token.kind == MARK and token.text in "()":
            depth += 1 if token.text == "(" else -1
        elif token.kind == IRI and depth > 0 and _IRI_LIKE.fullmatch(token.text) and _doubtful(token.text):
            parts += [text[done : token.start], token.text.replace("'", "\\u0027").replace("#", "\\u0023")]
            done = token.end
    return "".join([*parts, text[done:]])


def _doubtful(iri: str) -> bool:
    return "'" in iri or "#" in iri


def first_keyword(text: str) -> str:
    """The keyword after the prologue, in capitals (`SELECT`, `INSERT`); empty where there is none."""
    hit = (_ASCII if text.isascii() else _PATTERNS).prologue.match(text)
    return hit[1].upper() if hit else ""


def normal(text: str) -> str:
    """The text without comments and with each run of white space outside strings and IRIs made one space: texts with
    equal normal forms are equal queries."""
    return " ".join([chunk for chunk in _ASCII.chunk.findall(text) if chunk[0] != "#"])


def _unreadable(char: str) -> str:
    if char in "\"'":
        return "this string is not closed"
    return "no SPARQL token can start here"


def at(text: str, position: int, detail: str, *, hint: str | None = None) -> BadQuery:
    """A `BadQuery` that tells the line and column (from 1) of a character."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return BadQuery(detail, line=line, column=column, hint=hint)


def unescape(text: str) -> str:
    r"""The text with its codepoint escapes (`\u0041`) replaced, each once. Raises `BadQuery` for what is no
    character."""

    def one(hit: re.Match[str]) -> str:
        code = int(hit[0][2:], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise at(text, hit.start(), "this escape is no character")
        return chr(code)

    return _ESCAPE.sub(one, text)


def string_value(token: str) -> str:
    """What a STRING token stands for, its quotes taken off and its escapes replaced."""
    wide = token[:3] in ('"""', "'''")
    inner = token[3:-3] if wide else token[1:-1]
    return _STRING_ESCAPE.sub(lambda hit: _CONTROL.get(hit[1], hit[1]) if hit[1] else unescape(hit[0]), inner)
