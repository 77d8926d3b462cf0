"""Where in its source a node is described: our own index of lines, since RDF libraries drop it.

N-Triples and N-Quads are a statement a line, so a search tells the line of the very triple. Turtle and TriG are read
by a tokeniser that follows prefixes, subjects, predicates and anonymous nodes, and no more than that. A node that no
file describes as a subject is placed where it is first named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import pyoxigraph as ox

from kg.store import open_bytes, rdf_format
from kg.validate.exact import decode
from kg.validate.names import RDF
from kg.validate.results import Result

MAX_BYTES = 256 * 1024 * 1024  # of one Turtle file; a larger one is not indexed, which a note says


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A subject, a predicate and perhaps an object, as a source says them, and on which line."""

    subject: str
    predicate: str
    object: str | None
    line: int


_ESCAPE = re.compile(r"\\(.)")
_NT = re.compile(rb"[ \t]*(<[^>]*>|_:[^ \t<]+)[ \t]*(<[^>]*>)[ \t]*(.*)")
_TURTLE = re.compile(
    r"""(?P<nl>\n)|(?P<space>[ \t\r]+|\#[^\n]*)
    |(?P<string>\"\"\"(?:(?:"|"")?(?:[^"\\]|\\.))*\"\"\"|'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
        |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<iri><[^>\n]*>)
    |(?P<keyword>@prefix|@base|(?:PREFIX|BASE|prefix|base|Prefix|Base|GRAPH|graph)(?=\s))
    |(?P<suffix>@[A-Za-z][A-Za-z0-9-]*|\^\^)
    |(?P<blank>_:[\w.\-]*[\w\-])
    |(?P<pname>(?:[^\W\d_](?:[\w.\-]*[\w\-])?)?:(?:(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\[^\w\s]|\.(?=[\w:%\\\-.]))*))
    |(?P<a>a(?=[\s<\[\"']))
    |(?P<word>[+\-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?|[A-Za-z]+)
    |(?P<mark>[\[\](){};,.=|^])""",
    re.VERBOSE | re.DOTALL,
)


def find_places(results: Iterable[Result], files: Iterable[Path]) -> dict[Result, Place]:
    """The place of each result: the line of the triple that violates, else of the focus node's first one.

    Files of other formats than Turtle, TriG, N-Triples and N-Quads have no lines of their own and give none.
    """
    wanted = list(results)
    names = {str(r.focus) for r in wanted}
    best: dict[Result, tuple[int, Place]] = {}
    by_focus: dict[str, list[Result]] = {}
    for result in wanted:
        by_focus.setdefault(str(result.focus), []).append(result)
    for path in files:
        for statement in _statements(path, names):
            place = Place(str(path), statement.line)
            for result in by_focus.get(statement.subject, ()):
                score = _score(result, statement)
                if result not in best or score > best[result][0]:
                    best[result] = (score, place)
    return {result: place for result, (_, place) in best.items()}


def _score(result: Result, statement: Statement) -> int:
    """3 for the triple itself, 2 for the same property, 1 for the focus node."""
    predicate = None if result.path is None else result.path.predicate
    if predicate is None or str(predicate) != statement.predicate:
        return 1
    if result.value is not None and statement.object == str(result.value):
        return 3
    return 2


def _statements(path: Path, names: set[str]) -> Iterator[Statement]:
    form = rdf_format(path)
    if form in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS):
        yield from _lines(path, names)
    elif form in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG):
        with open_bytes(path) as content:
            text = content.read(MAX_BYTES + 1)
        if len(text) <= MAX_BYTES:
            for statement in Turtle(text.decode("utf-8", "replace"), path.resolve().as_uri()).statements():
                if statement.subject in names:
                    yield statement


def _lines(path: Path, names: set[str]) -> Iterator[Statement]:
    wanted = {name.encode() for name in names}
    with open_bytes(path) as content:
        for number, line in enumerate(content, 1):
            # The cheap question first: most lines of a large file are about other nodes.
            if line.split(b" ", 1)[0].split(b"\t", 1)[0] not in wanted and not line[:1].isspace():
                continue
            match = _NT.match(line)
            if match and match[1] in wanted:
                yield Statement(match[1].decode(), match[2].decode(), _object(match[3]), number)


def _object(rest: bytes) -> str | None:
    """The object at the start of the rest of an N-Quads line, as pyoxigraph writes it."""
    body = rest.rstrip().removesuffix(b".").rstrip()
    for text in (body, body.rpartition(b" ")[0]):  # with and without a graph name
        try:
            quad = next(ox.parse(input=b"<urn:s> <urn:p> " + text + b" .", format=ox.RdfFormat.N_TRIPLES))
        except (SyntaxError, StopIteration):
            continue
        return str(decode(quad.object))
    return None


class Turtle:
    """Turtle and TriG, followed as far as subjects and predicates go."""

    def __init__(self, text: str, base: str) -> None:
        self.text = text
        self.base = base
        self.prefixes: dict[str, str] = {}
        self.blanks: dict[str, str] = {}

    def statements(self) -> Iterator[Statement]:
        """Every subject and predicate with the object that follows, as far as it is a simple term."""
        # One frame for each open bracket: [subject, predicate, what comes next, kind of bracket].
        frames: list[list[str | None]] = [[None, None, "subject", ""]]
        pending: list[str] = []  # of a prefix or base directive
        for kind, text, line in self._tokens():
            if pending or kind == "keyword":
                pending = self._directive(pending, kind, text)
                continue
            frame = frames[-1]
            if kind == "mark":
                found = self._mark(text, frames, line)
                if found is not None:
                    yield found
                continue
            if kind == "suffix" or (kind in ("iri", "pname") and frame[2] == "datatype"):
                frame[2] = "datatype" if text == "^^" else "done"
                continue
            term = self._term(kind, text)
            if frame[2] == "subject":
                frame[0], frame[2] = term, "predicate"
            elif frame[2] == "predicate":
                frame[1], frame[2] = term, "object"
            elif frame[2] == "object" and frame[0] and frame[1]:
                yield Statement(frame[0], frame[1], term, line)
                frame[2] = "done"

    def _mark(self, text: str, frames: list[list[str | None]], line: int) -> Statement | None:
        frame = frames[-1]
        found = None
        if text in "[(":
            name = self._fresh()
            if frame[2] == "object" and frame[0] and frame[1]:
                found = Statement(frame[0], frame[1], name, line)
            if frame[2] == "subject":
                frame[0] = name
            frames.append([name if text == "[" else None, None, "predicate" if text == "[" else "member", text])
        elif text in "])" and len(frames) > 1:
            frames.pop()
            frames[-1][2] = "predicate" if frames[-1][2] == "subject" else "done"
        elif text == ";":
            frame[2] = "predicate"
        elif text == ",":
            frame[2] = "object"
        elif text in ".{}":
            frames[:] = [[None, None, "subject", ""]]
        return found

    def _directive(self, pending: list[str], kind: str, text: str) -> list[str]:
        if kind == "keyword":
            return [] if text.lower() == "graph" else [text.lower().lstrip("@"), text]
        if kind == "mark":
            return []
        pending.append(text)
        if pending[0] == "prefix" and len(pending) == 4:
            self.prefixes[pending[2].removesuffix(":")] = self._iri(pending[3])
        elif pending[0] == "base" and len(pending) == 3:
            self.base = self._iri(pending[2])
        else:
            return pending
        # The SPARQL forms have no full stop; where one follows, it ends an empty statement and harms nothing.
        return []

    def _fresh(self) -> str:
        name = f"_:b{len(self.blanks)}"
        self.blanks[f"[{len(self.blanks)}"] = name
        return name

    def _iri(self, text: str) -> str:
        return urljoin(self.base, text[1:-1]) if ":" not in text else text[1:-1]

    def _term(self, kind: str, text: str) -> str:
        """The term as pyoxigraph writes it; literals as the source has them, which is the same for plain ones."""
        if kind == "iri":
            return f"<{self._iri(text)}>"
        if kind == "pname":
            prefix, _, name = text.partition(":")
            return "<" + self.prefixes.get(prefix, prefix + ":") + _ESCAPE.sub(r"\1", name) + ">"
        if kind == "a":
            return f"<{RDF}type>"
        if kind == "blank":
            if text not in self.blanks:
                self.blanks[text] = f"_:b{len(self.blanks)}"
            return self.blanks[text]
        return text

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        line, at = 1, 0
        while at < len(self.text):
            match = _TURTLE.match(self.text, at)
            if match is None:
                at += 1  # not for us to judge: the parser has accepted the file
                continue
            at = match.end()
            kind = match.lastgroup or ""
            if kind == "nl":
                line += 1
            elif kind != "space":
                yield kind, match[0], line
                line += match[0].count("\n")
