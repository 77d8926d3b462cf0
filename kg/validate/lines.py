"""Where in its source a node is described: our own index of lines, since RDF libraries drop it.

N-Triples and N-Quads are a statement a line, so a search tells the line of the very triple. Turtle and TriG are read
by a tokeniser that follows prefixes, subjects, predicates and anonymous nodes, and no more than that. A node that no
file describes as a subject is placed where it is first named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import pyoxigraph as ox

from kg.store import open_bytes, rdf_format
from kg.validate.exact import decode
from kg.validate.names import RDF
from kg.validate.results import Result
from kg.validate.sources import Source, label

MAX_BYTES = 256 * 1024 * 1024  # of one Turtle file; results in a larger one have no line


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


def find_places(results: Iterable[Result], sources: Sequence[Path | Source]) -> dict[Result, Place]:
    """The place of each result: the line of the triple that violates, else of the focus node's first one.

    `sources` is everything that was loaded, in that order, which blank nodes are named after. Sources in memory and
    files of other formats than Turtle, TriG, N-Triples and N-Quads have no lines of their own and give none.
    """
    wanted = list(results)
    names = {str(r.focus) for r in wanted}
    best: dict[Result, tuple[int, Place]] = {}
    by_focus: dict[str, list[Result]] = {}
    for result in wanted:
        by_focus.setdefault(str(result.focus), []).append(result)
    for number, path in enumerate(sources):
        if not isinstance(path, Path):
            continue
        for statement in _statements(path, names, label(number)):
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


def _statements(path: Path, names: set[str], prefix: str) -> Iterator[Statement]:
    form = rdf_format(path)
    if form in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS):
        yield from _lines(path, names, prefix)
    elif form in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG):
        with open_bytes(path) as content:
            text = content.read(MAX_BYTES + 1)
        if len(text) <= MAX_BYTES:
            for statement in Turtle(text.decode("utf-8", "replace"), path.resolve().as_uri(), prefix).statements():
                if statement.subject in names:
                    yield statement


def _lines(path: Path, names: set[str], prefix: str) -> Iterator[Statement]:
    blank = f"_:{prefix}"
    wanted = {(f"_:{n[len(blank) :]}" if n.startswith(blank) else n).encode(): n for n in names}
    with open_bytes(path) as content:
        for number, line in enumerate(content, 1):
            # The cheap question first: most lines of a large file are about other nodes.
            if line.split(b" ", 1)[0].split(b"\t", 1)[0] not in wanted and not line[:1].isspace():
                continue
            match = _NT.match(line)
            if match and match[1] in wanted:
                yield Statement(wanted[match[1]], match[2].decode(), _object(match[3]), number)


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


@dataclass
class Frame:
    """An open bracket, or the document: whose triples are being said, and what comes next."""

    bracket: str = ""
    subject: str | None = None
    predicate: str | None = None
    next: str = "subject"  # or predicate, object, datatype (of the literal just read), done; in a list, member


class Turtle:
    """Turtle and TriG, followed as far as subjects and predicates go.

    Blank nodes are numbered as `kg.validate.sources.parse` numbers them, in order of appearance: at its bracket, a list
    cell at its member.
    """

    def __init__(self, text: str, base: str, prefix: str = "") -> None:
        self.text = text
        self.prefix = prefix  # of the names of blank nodes
        self.base = base
        self.prefixes: dict[str, str] = {}
        self.blanks: dict[str, str] = {}
        self.frames = [Frame()]

    def statements(self) -> Iterator[Statement]:
        """Every subject and predicate with the object that follows, as far as it is a simple term."""
        pending: list[str] = []  # of a prefix or base directive
        for kind, text, line in self._tokens():
            if pending or kind == "keyword":
                pending = self._directive(pending, kind, text)
                continue
            found = self._mark(text, line) if kind == "mark" else self._word(kind, text, line)
            if found is not None:
                yield found

    def _word(self, kind: str, text: str, line: int) -> Statement | None:
        frame = self.frames[-1]
        if kind == "suffix":
            frame.next = "datatype" if text == "^^" else frame.next
            return None
        if frame.next == "datatype":
            frame.next = "member" if frame.bracket == "(" else "done"
            return None
        if frame.next == "member":
            self._cell(frame)
            self._term(kind, text)
            return None
        return self._say(self._term(kind, text), line)

    def _say(self, term: str, line: int) -> Statement | None:
        """Take a term for what comes next; a statement when it is an object."""
        frame = self.frames[-1]
        if frame.next == "subject":
            frame.subject, frame.next = term, "predicate"
        elif frame.next == "predicate":
            frame.predicate, frame.next = term, "object"
        elif frame.next == "object" and frame.subject and frame.predicate:
            frame.next = "done"
            return Statement(frame.subject, frame.predicate, term, line)
        return None

    def _cell(self, frame: Frame) -> None:
        """A list cell for the member that begins; the first one is the list."""
        name = self._fresh()
        frame.subject = frame.subject or name

    def _mark(self, text: str, line: int) -> Statement | None:
        frame = self.frames[-1]
        if text in "[(":
            if frame.next == "member":
                self._cell(frame)
            if text == "(":
                self.frames.append(Frame("(", next="member"))
                return None
            name = self._fresh()
            found = None if frame.next == "member" else self._say(name, line)
            self.frames.append(Frame("[", name, next="predicate"))
            return found
        if text in "])" and len(self.frames) > 1:
            inner = self.frames.pop()
            if inner.bracket == "(":
                outer = self.frames[-1]
                return None if outer.next == "member" else self._say(inner.subject or f"<{RDF}nil>", line)
        elif text == ";":
            frame.next = "predicate"
        elif text == ",":
            frame.next = "object"
        elif text in ".{}":
            self.frames = [Frame()]
        return None

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
        name = f"_:{self.prefix}b{len(self.blanks)}"
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
                self.blanks[text] = f"_:{self.prefix}b{len(self.blanks)}"
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
