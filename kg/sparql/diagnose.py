"""Where a query or update does not parse, and why, in words for the person who wrote it."""

from __future__ import annotations

import re

import pyoxigraph as ox

from kg.errors import BadQuery
from kg.sparql.clauses import prefixes_of
from kg.sparql.tokens import NAME, at, tokens

_PLACE = re.compile(r"^error at (\d+):(\d+): expected (.*)$", re.DOTALL)
_REASON = re.compile(r"The [A-Z]+ [a-z][^\[\"]*?(?=, |$)|[A-Za-z ]*parsing failed[^,]*")
_APART = 64  # spaces; more than the longest keyword has characters
_MOST = 20_000  # tokens; beyond, the engine's own place is good enough


def misspelt(text: str, base: str, *, update: bool = False) -> BadQuery:
    """The error of a text that the engine could not parse, with line and column of the first token that does not fit.

    pyoxigraph tells a place that is too far to the right by the length of any keyword it tried there. So the text is
    parsed again with its tokens set so far apart that the place falls into the space after the token that is meant.
    """
    try:
        found = tokens(text, most=_MOST)
    except BadQuery as err:
        return err
    starts, parts, length = [], [], 0
    for token in found:
        starts.append(length)
        parts.append(token.text + " " * _APART)
        length += len(parts[-1])
    hit = _PLACE.match(_complaint("".join(parts).replace("\n", " "), base, update))
    if not hit:
        return BadQuery("this does not parse")
    place = int(hit[2]) - 1
    reason = _REASON.search(hit[3])
    if place >= length:
        return at(text, found[-1].end if found else 0, reason[0].strip() if reason else "it ends too early")
    token = next(token for token, start in zip(reversed(found), reversed(starts), strict=True) if start <= place)
    if token.kind == NAME and token.text.partition(":")[0] + ":" not in prefixes_of(found):
        return at(text, token.start, "this prefix is not declared", hint="Add PREFIX lines to the top of the query.")
    return at(text, token.start, reason[0].strip() if reason else "it cannot go on like this here")


def _complaint(text: str, base: str, update: bool) -> str:
    try:
        ox.Store().update(text, base_iri=base) if update else ox.Store().query(text, base_iri=base)
    except SyntaxError as err:
        return str(err)
    return ""
