"""What a text must be before any engine sees it: of bounded size and depth, and calling nobody.

Deep nesting stalls or kills the engine's parser, so it is refused here by counting; whatever else a text may do to
the engine is
stopped by the limits of the process that runs it. `SERVICE` and `LOAD` make an engine open connections: they are looked
for among the tokens, so that the words inside IRIs, strings, comments and names are no hit, and no spelling hides them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kg.errors import BadQuery, Forbidden, TooLarge
from kg.sparql.clauses import Search, from_clauses, searches, target
from kg.sparql.tokens import (
    IRI,
    MARK,
    WORD,
    Token,
    at,
    first_keyword,
    tokens,
    unambiguous,
    unescape,
)

MAX_TOKENS = 50_000  # tools write VALUES with some thousands of rows; a text of 256 KiB hardly holds more
MAX_DEPTH = 128  # 2,000 nested groups pass pyoxigraph's parser, 3,000 crash it; people write ten
MAX_OPERATORS = 2_000  # long chains of one operator nest in the engine's algebra, one level each
MAX_RUN = 32  # signs in a row (!!!!x): each nests

FORMS = {"SELECT": "select", "ASK": "ask", "CONSTRUCT": "graph", "DESCRIBE": "graph"}
UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
_NESTING = {"UNION", "MINUS", "OPTIONAL", "&&", "||", "|", "/", "^", "!", "+", "-", "*", "NOT", "EXISTS"}
_SUSPECT = ("service", "load", "namematches")
_MANY = (("{", MAX_DEPTH), ("(", MAX_DEPTH), ("[", MAX_DEPTH), ("!", MAX_RUN), ("|", 200), ("&", 200), ("/", 500),
("^", MAX_RUN),
         ("-", 500), ("+", 500), ("*", 200))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that may run. `form` is "select", "ask" or "graph"; `default` and `named` are the graphs of its `FROM`
    clauses where it has more than one, which the engine does not merge as it should."""

    text: str
    form: str
    searches: tuple[Search, ...] = ()
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def check_query(text: str, *, max_bytes: int, base: str = "", allowed: Collection[str] = ()) -> Checked:
    """A query that passed, as the engine is to read it (see `unambiguous`). `allowed` are the endpoints that `SERVICE`
    may call.

    Raises `TooLarge`, `BadQuery` with line and column, `Forbidden` for updates and for SERVICE elsewhere.
    """
    _size(text, max_bytes)
    text = unambiguous(text, most=MAX_TOKENS)
    keyword = first_keyword(text)
    uses: tuple[Search, ...] = ()
    default: list[str] = []
    named: list[str] = []
    if keyword not in FORMS or _needs_a_look(text):
        found = _look(text, allowed)
        uses = tuple(searches(text, found))
        default, named = from_clauses(found, base)
    if keyword in UPDATES:
        raise Forbidden(
            "this is an update, and only queries are answered here", hint="Send SELECT, ASK, CONSTRUCT or DESCRIBE."
        )
    if keyword not in FORMS:
        raise at(text, len(text) - len(text.lstrip()), "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE")
    return Checked(text, FORMS[keyword], uses, tuple(default), tuple(named))


def check_update(text: str, *, max_bytes: int, allowed: Collection[str] = ()) -> str:
    """An update that passed, as the engine is to read it (see `unambiguous`). Raises as `check_query`; `Forbidden` for
    LOAD and for SERVICE elsewhere."""
    _size(text, max_bytes)
    text = unambiguous(text, most=MAX_TOKENS)
    _look(text, allowed)
    if first_keyword(text) in FORMS:
        raise at(text, 0, "this is a query, not an update")
    return text


def _size(text: str, max_bytes: int) -> None:
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise TooLarge(f"the query is longer than {max_bytes} bytes")


def _needs_a_look(text: str) -> bool:
    """Whether a text has any character or word in it that only tokens can tell to be harmless; most have none."""
    lower = text.lower()
    return (
        any(word in lower for word in _SUSPECT)
        or "\\u" in lower
        or lower.count("from") > 1
        or any(text.count(char) > most for char, most in _MANY)
    )


def _look(text: str, allowed: Collection[str]) -> list[Token]:
    found = tokens(text, most=MAX_TOKENS)
    _shape(text, found)
    _calls(text, found, allowed)
    if "\\u" in text or "\\U" in text:
        # The standard replaces escapes before it cuts tokens, pyoxigraph only inside strings and IRIs. Both readings
        # must be harmless.
        plain = unescape(text)
        try:
            again = tokens(plain, most=MAX_TOKENS)
        except BadQuery:
            return found  # no query in that reading
        _shape(plain, again)
        _calls(plain, again, allowed)
    return found


def _shape(text: str, found: list[Token]) -> None:
    depth = operators = run = 0
    for token in found:
        word = token.text
        if token.kind == MARK:
            if word in "({[":
                depth += 1
                if depth > MAX_DEPTH:
                    raise at(text, token.start, f"groups are nested more than {MAX_DEPTH} deep")
            elif word in ")}]":
                depth -= 1
            run = run + 1 if word in "!+-^" else 0
            if run > MAX_RUN:
                raise at(text, token.start, f"more than {MAX_RUN} signs in a row")
        else:
            run = 0
        if word.upper() in _NESTING:
            operators += 1
            if operators > MAX_OPERATORS:
                raise at(text, token.start, f"the query has more than {MAX_OPERATORS} operators")


def _calls(text: str, found: list[Token], allowed: Collection[str]) -> None:
    prefixes: dict[str, str] = {}
    for index, token in enumerate(found):
        if token.kind != WORD:
            continue
        word = token.text.upper()
        after = found[index + 1 : index + 3]
        if word == "PREFIX" and len(after) == 2 and after[1].kind == IRI:
            prefixes[after[0].text] = unescape(after[1].text[1:-1])
        elif word == "LOAD":
            raise Forbidden("LOAD would make this server fetch a document, which it does for nobody")
        elif word == "SERVICE":
            silent = bool(after) and after[0].kind == WORD and after[0].text.upper() == "SILENT"
            endpoint = after[silent] if len(after) > silent else None
            if endpoint is None or target(endpoint, prefixes) not in allowed:
                raise Forbidden(
                    "SERVICE would make this server call another one, which is not on its list of allowed endpoints",
                    hint="Ask both endpoints from your side, for instance with Comunica.",
                )
