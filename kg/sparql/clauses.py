"""Parts of a query that are answered here and not by the engine: the full-text property, `FROM` and `LIMIT`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from kg.sparql.tokens import IRI, MARK, NAME, NUMBER, STRING, VARIABLE, WORD, Token, at, string_value, unescape

NAME_MATCHES = "https://w3id.org/leakgraph/function#nameMatches"
"""The prepared property of the full-text index: `?entity <…#nameMatches> "words"`."""


@dataclass(frozen=True, slots=True)
class Search:
    """A use of the prepared property: where it stands in the text (characters), its variable and its words, and
    whether more about the same subject follows."""

    start: int
    end: int
    variable: str
    words: str
    goes_on: bool


def target(token: Token, prefixes: dict[str, str], base: str = "") -> str | None:
    """The IRI that an IRI or a prefixed name stands for, None for other tokens."""
    if token.kind == IRI:
        return urljoin(base, unescape(token.text[1:-1]))
    if token.kind == NAME:
        prefix, _, local = token.text.partition(":")
        return prefixes.get(prefix + ":", "") + local
    return None


def prefixes_of(found: list[Token]) -> dict[str, str]:
    """The declared prefixes with their colons, each with its IRI; later ones go before earlier ones."""
    return {
        found[i + 1].text: unescape(found[i + 2].text[1:-1])
        for i, token in enumerate(found[:-2])
        if is_word(token, "PREFIX") and found[i + 2].kind == IRI
    }


def is_word(token: Token, word: str) -> bool:
    return token.kind == WORD and token.text.upper() == word


def searches(text: str, found: list[Token]) -> list[Search]:
    """The uses of the prepared property. Each must be a triple of its own subject: a variable, the property, a plain
    string. Raises `BadQuery` for any other use."""
    prefixes, uses = prefixes_of(found), []
    for i, token in enumerate(found):
        if token.kind not in (IRI, NAME) or target(token, prefixes) != NAME_MATCHES:
            continue
        if i > 1 and (is_word(found[i - 1], "PREFIX") or is_word(found[i - 2], "PREFIX")):
            continue
        before, around = (found[i - 2].text if i > 1 else ""), found[i - 1 : i + 3]
        fits = [item.kind for item in around[:3]] == [VARIABLE, token.kind, STRING] and len(around) == 4
        if not fits or before not in ("{", "}", ".") or around[3].text not in (".", ";", "}"):
            raise at(
                text,
                token.start,
                "the full-text property is used in a way that cannot be answered",
                hint='Write it as the first property of a variable: ?entity lgf:nameMatches "words" .',
            )
        variable, _, words, after = around
        end = words.end if after.text == "}" else after.end
        uses.append(Search(variable.start, end, variable.text, string_value(words.text), after.text == ";"))
    return uses


def from_clauses(found: list[Token], base: str) -> tuple[list[str], list[str]]:
    """The IRIs of a query's `FROM` and of its `FROM NAMED` clauses."""
    prefixes = prefixes_of(found)
    default: list[str] = []
    named: list[str] = []
    for i, token in enumerate(found):
        if is_word(token, "BASE") and i + 1 < len(found) and found[i + 1].kind == IRI:
            base = urljoin(base, unescape(found[i + 1].text[1:-1]))
        if is_word(token, "FROM") and i + 2 < len(found):
            is_named = is_word(found[i + 1], "NAMED")
            iri = target(found[i + 1 + is_named], prefixes, base)
            if iri is not None:
                (named if is_named else default).append(iri)
    return default, named


def limited(text: str, found: list[Token], most: int) -> str:
    """A SELECT query that gives at most `most` rows of those it gave before: its own LIMIT made smaller, or one
    added."""
    depth, last_group = 0, 0
    where_closed = False
    for i, token in enumerate(found):
        if token.kind == MARK and token.text in "{}()[]":
            depth += 1 if token.text in "{([" else -1
            if token.text == "}" and depth == 0 and not where_closed:
                where_closed, last_group = True, token.end
        elif depth == 0 and is_word(token, "LIMIT") and i + 1 < len(found) and found[i + 1].kind == NUMBER:
            number = found[i + 1]
            return text[: number.start] + str(min(int(number.text), most)) + text[number.end :]
        elif depth == 0 and where_closed and is_word(token, "VALUES"):
            return f"{text[: token.start]}LIMIT {most} {text[token.start :]}"
    return f"{text}\nLIMIT {most}" if last_group else text
