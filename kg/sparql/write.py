"""Changes to a working store: SPARQL Update and Graph Store writes, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.errors import BadQuery, BadRdf, NotFound, Unavailable
from kg.sparql.clauses import is_word
from kg.sparql.diagnose import misspelt
from kg.sparql.formats import GRAPHS
from kg.sparql.source import Loaded, working_info
from kg.sparql.tokens import MARK, Token, tokens

_FORMATS = {item.name: item.oxigraph for item in GRAPHS}


def write(held: Loaded, message: dict[str, Any], config: dict[str, Any]) -> tuple[str, Loaded]:
    """Apply a change to the store in this process and write the whole of it to `message["snapshot"]`.

    The change is an update (`write` "update"), or a graph to put, post or delete. Gives "created" or "changed", and
    the store in its new state. Raises `BadQuery`, `BadRdf`, `NotFound`, `Unavailable`.
    """
    store, kind = held.store, message["write"]
    body = Path(message["file"]).read_bytes()
    outcome = "changed"
    if kind == "update":
        _update(store, body.decode("utf-8"), config["base"], tuple(message["default"]), tuple(message["named"]))
    else:
        outcome = _graph(store, kind, message, body)
    snapshot = Path(message["snapshot"])
    try:
        with snapshot.open("wb") as out:
            store.dump(out, format=ox.RdfFormat.N_QUADS)
            out.flush()
            os.fsync(out.fileno())
    except OSError as err:
        raise Unavailable("the working store cannot be written", where=str(snapshot)) from err
    return outcome, Loaded(store, working_info(store), "", "")


def _update(store: ox.Store, text: str, base: str, default: tuple[str, ...], named: tuple[str, ...]) -> None:
    changed = with_dataset(text, default, named) if default or named else text
    try:
        store.update(changed, base_iri=base)
    except SyntaxError as err:
        raise misspelt(text, base, update=True) from err
    except (OSError, RuntimeError) as err:
        raise BadQuery("the update cannot be carried out") from err


def with_dataset(text: str, default: tuple[str, ...], named: tuple[str, ...]) -> str:
    """An update with `USING` clauses for a dataset that the request gave beside it.

    Raises `BadQuery` where the update has a dataset of its own, as the protocol wants.
    """
    found = tokens(text, most=len(text))
    clauses = "".join(f"USING <{iri}> " for iri in default) + "".join(f"USING NAMED <{iri}> " for iri in named)
    depth, inserts = 0, []
    for i, token in enumerate(found):
        if token.kind == MARK and token.text in "{}":
            depth += 1 if token.text == "{" else -1
        elif depth == 0 and (is_word(token, "USING") or is_word(token, "WITH")):
            raise BadQuery("the update has USING or WITH, and the request names graphs besides: give one of them")
        elif depth == 0 and is_word(token, "WHERE"):
            if i and is_word(found[i - 1], "DELETE"):
                inserts.append((token.start, _group(text, found, i + 1) + " " + clauses))
            else:
                inserts.append((token.start, clauses))
    for position, addition in reversed(inserts):
        text = text[:position] + addition + text[position:]
    return text


def _group(text: str, found: list[Token], first: int) -> str:
    """The group that begins at a token, as text: the template of `DELETE WHERE` written out."""
    depth = 0
    for token in found[first:]:
        if token.kind == MARK and token.text in "{}":
            depth += 1 if token.text == "{" else -1
            if depth == 0:
                return text[found[first].start : token.end]
    return ""


def _graph(store: ox.Store, kind: str, message: dict[str, Any], body: bytes) -> str:
    name = message["graph"]
    graph = ox.DefaultGraph() if name is None else ox.NamedNode(name)
    known = name is None or store.contains_named_graph(ox.NamedNode(name))
    if kind == "delete":
        if not known:
            raise NotFound("there is no such graph here")
        store.clear_graph(graph) if name is None else store.remove_graph(graph)
        return "changed"
    form = _FORMATS[message["format"]]
    assert isinstance(form, ox.RdfFormat)
    try:
        triples = list(ox.parse(body, format=form, base_iri=message["base"], rename_blank_nodes=True))
    except SyntaxError as err:
        raise BadRdf("the RDF does not parse", line=err.lineno, column=err.offset) from err
    except (OSError, ValueError) as err:
        raise BadRdf("the RDF does not parse") from err
    if kind == "put":
        store.clear_graph(graph)
    if name is not None:
        store.add_graph(ox.NamedNode(name))
    store.extend(ox.Quad(item.subject, item.predicate, item.object, graph) for item in triples)
    return "changed" if known else "created"
