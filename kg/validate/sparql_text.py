"""SPARQL inside shapes: read as tokens, checked for what it must not contain, and bound to its variables.

The restrictions are those of section 5.2.1 and appendix A of SHACL (no MINUS, SERVICE or VALUES; subqueries return
the pre-bound variables; none of these is assigned again), and our own: no FROM, since shapes of strangers choose no
data. Pre-binding replaces variables in expressions by their values, as the standard defines it; in triple patterns the
engine's own substitution does, which also knows blank nodes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from kg.errors import BadShapes
from kg.validate.names import Term

MAX_TOKENS = 20_000  # of one query
MAX_NESTING = 100  # brackets; the engine's parser dies between 2,000 and 3,000

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<string>'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''|\"\"\"(?:(?:"|"")?(?:[^"\\]|\\.))*\"\"\"
        |'(?:[^'\\\n\r]|\\.)*'|"(?:[^"\\\n\r]|\\.)*")
    |(?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    |(?P<var>[?$]\w+)
    |(?P<lang>@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*)
    |(?P<blank>_:[\w.\-]*\w)
    |(?P<pname>[^\W\d_][\w.\-]*:(?:[\w:.\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*|:(?:[\w:.\-]|%[0-9A-Fa-f]{2}|\\.)*)
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<mark>\^\^|&&|\|\||!=|<=|>=|[{}()\[\].;,=<>!*/+|?^\-$])""",
    re.VERBOSE | re.DOTALL,
)
_UNSAFE = {
    "MINUS": "SHACL does not allow MINUS there",
    "VALUES": "SHACL does not allow VALUES there",
    "SERVICE": "shapes may not call other servers",
    "FROM": "shapes may not choose other data",
    "LOAD": "shapes may not load data",
}
_AGGREGATES = {"COUNT", "SUM", "AVG", "GROUP_CONCAT"}
_SLOW = {"SELECT", "UNION", "GRAPH", "LIMIT", "OFFSET", "GROUP", "HAVING", "BIND", "ORDER",
         "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query. `kind` is a group name of the grammar; white space is dropped."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """A variable's name without its mark, a word in capitals, else the text."""
        if self.kind == "var":
            return self.text[1:]
        return self.text.upper() if self.kind == "word" else self.text


@dataclass(frozen=True, slots=True)
class Query:
    """A checked SELECT or ASK. `joinable`: asking it once for all `$this` gives the union of asking it for each."""

    tokens: tuple[Token, ...]
    kind: str  # "select" or "ask"
    where: str
    joinable: bool

    @property
    def counts(self) -> bool:
        """Whether an aggregate in it would see a triple that comes twice."""
        return any(t.kind == "word" and t.name in _AGGREGATES for t in self.tokens)

    def mentions(self, variable: str) -> bool:
        """Whether the variable occurs at all."""
        return any(t.kind == "var" and t.name == variable for t in self.tokens)


def read_query(text: str, *, where: str, prebound: tuple[str, ...], kind: str = "select") -> Query:
    """The query, checked. Raises `BadShapes` for what is not allowed in shapes; the engine checks the rest."""
    tokens = tuple(_tokens(text, where))
    words = [t.name for t in tokens if t.kind == "word"]
    for word in words:
        if word in _UNSAFE:
            raise BadShapes(f"the query of {where} has {word}: {_UNSAFE[word]}")
    form = next((w for w in words if w in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")), None)
    if form != kind.upper():
        raise BadShapes(f"the query of {where} is not {kind.upper()}")
    for before, token in itertools.pairwise(tokens):
        if before.name == "AS" and before.kind == "word" and token.kind == "var" and token.name in prebound:
            raise BadShapes(f"the query of {where} assigns ?{token.name}, which is bound beforehand")
    _check_subqueries(tokens, where, prebound)
    projected = _projection(tokens, next(i for i, t in enumerate(tokens) if t.name == form and t.kind == "word"))
    if kind == "select" and "this" not in projected and "*" not in projected:
        raise BadShapes(f"the query of {where} does not return $this")
    return Query(tokens, kind, where, kind == "select" and _joinable(tokens))


def _tokens(text: str, where: str) -> list[Token]:
    found: list[Token] = []
    at = depth = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise BadShapes(f"the query of {where} has {text[at]!r} where no token starts", line=line)
        at = match.end()
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        token = Token(kind, match[0])
        if kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
        found.append(token)
        if depth > MAX_NESTING or len(found) > MAX_TOKENS:
            raise BadShapes(f"the query of {where} is too long or nested too deeply")
    return found


def _projection(tokens: tuple[Token, ...], at: int) -> set[str]:
    """The variables between a SELECT and its group: what is returned, with the inside of expressions left out."""
    found: set[str] = set()
    depth = 0
    for index in range(at + 1, len(tokens)):
        token = tokens[index]
        if token.text == "{" or token.name == "WHERE":
            break
        depth += (token.text == "(") - (token.text == ")")
        if (token.kind == "var" and (depth == 0 or tokens[index - 1].name == "AS")) or token.text == "*":
            found.add(token.name)
    return found


def _check_subqueries(tokens: tuple[Token, ...], where: str, prebound: tuple[str, ...]) -> None:
    """A subquery must return every pre-bound variable that may be bound in it: we ask for $this and those it uses."""
    for index, token in enumerate(tokens):
        if token.name != "SELECT" or token.kind != "word" or index == 0 or tokens[index - 1].text != "{":
            continue
        projected = _projection(tokens, index)
        inside = _group(tokens, index)
        needed = {"this"} | {t.name for t in inside if t.kind == "var" and t.name in prebound}
        if "*" in projected:
            projected = _in_patterns(inside)  # a variable that only a FILTER uses is not in scope
        if not needed <= projected:
            missing = sorted(needed - projected)[0]
            raise BadShapes(f"a subquery of {where} does not return ?{missing}")


def _group(tokens: tuple[Token, ...], start: int) -> list[Token]:
    """The tokens from `start` to the end of the brackets that it stands in."""
    depth, found = 0, []
    for token in tokens[start:]:
        depth += (token.text == "{") - (token.text == "}")
        if depth < 0:
            break
        found.append(token)
    return found


def _in_patterns(tokens: list[Token]) -> set[str]:
    """The variables that stand in triple patterns, not only in expressions."""
    found: set[str] = set()
    brackets: list[str] = []
    for token in tokens:
        if token.kind == "mark" and token.text in "([{":
            brackets.append(token.text)
        elif token.kind == "mark" and token.text in ")]}" and brackets:
            brackets.pop()
        elif token.kind == "var" and brackets and brackets[-1] != "(":
            found.add(token.name)
    return found


def _joinable(tokens: tuple[Token, ...]) -> bool:
    """Whether the query's first triple pattern binds $this and nothing in it depends on $this being bound earlier."""
    start = next((i for i, t in enumerate(tokens) if t.text == "{"), len(tokens))
    body = tokens[start:]
    if len(body) < 5 or any(t.kind == "word" and t.name in _SLOW for t in body):
        return False
    for before, token in itertools.pairwise(body):
        if token.text == "{" and before.name not in ("EXISTS", "OPTIONAL"):
            return False
    subject, predicate, target = body[1:4]
    simple = (predicate.kind in ("iri", "pname") or predicate.text == "a") and target.kind in (
        "var",
        "iri",
        "pname",
        "string",
        "number",
    )
    return simple and subject.kind == "var" and subject.name == "this"


def free_text(query: Query, constants: Mapping[str, Term], path: str | None) -> str:
    """The query for all focus nodes at once; only for a joinable one."""
    return _join(_replaced(query, constants, path))


def bound_text(
    query: Query, constants: Mapping[str, Term], path: str | None, bound: Mapping[str, Term], function: str
) -> str:
    """The query for the values in `bound`, whose variables are left in triple patterns for the engine to substitute.

    A blank node cannot be written in an expression; there, a call of the custom function `<{function}{variable}>`,
    which returns it, is.
    """
    words: list[str] = []
    brackets: list[str] = []
    tokens = _replaced(query, constants, path)
    heading = True  # in a projection, where variables are named, not used
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.name == "SELECT":
            heading = True
        if token.text == "{":
            heading = False
        if token.kind == "mark" and token.text in "([{":
            brackets.append(token.text)
        elif token.kind == "mark" and token.text in ")]}" and brackets:
            brackets.pop()
        if token.name == "BOUND" and [t.text for t in tokens[index + 1 : index + 2]] == ["("]:
            variable = tokens[index + 2]
            if variable.kind == "var" and variable.name in bound:
                words.append("(true)")
                index += 4
                continue
        in_expression = bool(brackets) and brackets[-1] == "("
        if token.kind == "var" and token.name in bound and in_expression and not heading:
            value = bound[token.name]
            words.append(f"<{function}{token.name}>()" if isinstance(value, ox.BlankNode) else str(value))
        else:
            words.append(token.text)
        index += 1
    return _spaced(words)


def _replaced(query: Query, constants: Mapping[str, Term], path: str | None) -> list[Token]:
    """The tokens with constants put for their variables, except where a variable is named (projections)."""
    found: list[Token] = []
    tokens = query.tokens
    heading = False
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.name == "SELECT":
            heading = True
        if token.text == "{":
            heading = False
        if token.kind == "var" and token.name == "PATH" and path is not None:
            found.append(Token("path", path))
        elif token.kind == "var" and token.name in constants and not heading:
            if index >= 2 and tokens[index - 2].name == "BOUND":
                found[-2:] = []
                found.append(Token("word", "(true)"))
                found.append(Token("drop", ""))
            else:
                found.append(Token("term", str(constants[token.name])))
        elif found and found[-1].kind == "drop":
            found.pop()  # the bracket that closed BOUND(...)
        else:
            found.append(token)
    return found


def _join(tokens: list[Token]) -> str:
    return _spaced(t.text for t in tokens)


def _spaced(words: Iterable[str]) -> str:
    """The words with spaces between them, but none before a function's parenthesis: pyoxigraph refuses `CONCAT (`."""
    text = ""
    for word in words:
        text += word if word == "(" and text[-1:].isalpha() else f" {word}"
    return text.lstrip()


def ask_as_select(query: Query, variables: tuple[str, ...]) -> Query:
    """An ASK as a SELECT of the variables, at most one row, since only a SELECT can be substituted into."""
    tokens = list(query.tokens)
    at = next(i for i, t in enumerate(tokens) if t.name == "ASK" and t.kind == "word")
    tokens[at : at + 1] = [Token("word", "SELECT"), *(Token("var", f"?{v}") for v in variables)]
    tokens += [Token("word", "LIMIT"), Token("number", "1")]
    return Query(tuple(tokens), "select", query.where, False)
