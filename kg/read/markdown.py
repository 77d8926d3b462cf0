"""Markdown: front matter apart, markup off. What is left is paragraphs, headings and list items, each on its own."""

from __future__ import annotations

import datetime
import html
import re
from typing import Any

import yaml

_FRONT = re.compile(r"---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?(?:^\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_SETEXT = re.compile(r"^(?=[^\n]*\S)([^\n]+)\n[ \t]*(?:=+|-{2,})[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^ {0,3}(?:[-*_][ \t]*){3,}$", re.MULTILINE)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:[ \t]+\S.*$", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+", re.MULTILINE)
_QUOTE = re.compile(r"^ {0,3}(?:> ?)+", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}.*\|.*$|^[ \t]*\|[ \t|:-]*$", re.MULTILINE)
_INLINE = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), ""),
    (re.compile(r"\[\^[^\]]+\]"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), ""),
    (re.compile(r"(?<![\\*\w])(\*{1,3})(?=\S)((?:[^\n]|\n(?!\n)){1,500}?)(?<=\S)\1(?![*\w])"), r"\2"),
    (re.compile(r"(?<![\\_\w])(_{1,3})(?=\S)((?:[^\n]|\n(?!\n)){1,500}?)(?<=\S)\1(?![_\w])"), r"\2"),
    (re.compile(r"~~(.+?)~~"), r"\1"),
    (re.compile(r"(`+)(.+?)\1"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)
_QUOTED = re.compile(r"[\"'<].*[\"'>]")


class BadFrontMatter(Exception):
    """Front matter that cannot be used, and where in the file (line and column from 1)."""

    def __init__(self, why: str, line: int, column: int) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.column = column


def split(text: str) -> tuple[dict[str, Any], str]:
    """The front matter as a mapping (empty if there is none) and the body. Raises `BadFrontMatter`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not re.match(r"---[ \t]*\n", text):
        return {}, text
    found = _FRONT.match(text)
    if not found:
        raise BadFrontMatter("front matter is opened by --- and never closed", 1, 1)
    return mapping(found.group(1), first_line=2), text[found.end() :]


def mapping(source: str, *, first_line: int = 1) -> dict[str, Any]:
    """A YAML mapping. Raises `BadFrontMatter`, without any words of the file: they may hold a name."""
    try:
        value = yaml.safe_load(source)
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark
        why = _QUOTED.sub("…", err.problem or "it does not parse")
        line, column = (mark.line, mark.column) if mark else (0, 0)
        raise BadFrontMatter(f"not valid YAML: {why}", line + first_line, column + 1) from err
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        raise BadFrontMatter("not valid YAML", first_line, 1) from err
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadFrontMatter("it must be a list of 'key: value' lines", first_line, 1)
    return value


def _without_comments(text: str) -> str:
    # By hand: a pattern would look for the end again after each beginning of a file that never has one.
    pieces, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        pieces.append(text[at:start])
        at = end + 3
    return "".join([*pieces, text[at:]])


def plain(body: str) -> str:
    """The text of a Markdown body, blocks separated by blank lines."""
    text = _FENCE.sub("\n", _without_comments(body))
    text = _SETEXT.sub(r"\n\1\n", text)
    text = _HEADING.sub(r"\n\1\n", text)
    text = _TABLE.sub("", _RULE.sub("\n", _DEFINITION.sub("", text)))
    text = _ITEM.sub("\n", _QUOTE.sub("", text))
    text = re.sub(r"(?:\\| {2,})$", "", text, flags=re.MULTILINE)
    for pattern, with_ in _INLINE:
        text = pattern.sub(with_, text)
    return html.unescape(text)


def scalar(value: object) -> str | None:
    """A front matter value as text: dates in ISO 8601, numbers as written; None for nothing, lists and mappings."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None
