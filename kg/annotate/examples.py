"""Sentences with marked mentions, by which rules are tested: `[Anna Reed|Person] met [her|=Tom Ash].`

A mark is `[words|Class]`; the same words with the same class are the same entity, and `[words|=Name]` refers to the
entity called Name. After ` => ` come the statements expected, `subject | object; subject | object`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from spacy.tokens import Doc, Token

from kg.annotate.view import View
from kg.records import Document, LocalEntity, Mention, Span

_MARK = re.compile(r"\[([^\[\]|]+)\|(=?)([^\[\]|]+)\]")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence without its marks, where the marks were, and what is expected of it."""

    text: str
    marks: tuple[tuple[int, int, str], ...]  # start, end, entity id
    entities: tuple[LocalEntity, ...]
    expected: frozenset[tuple[str, str]]


def read_example(source: str) -> Example:
    """Take marks and expectation off an example. Raises `ValueError` where a reference names no entity."""
    marked, _, tail = source.partition(" => ")
    text, marks, entities = "", [], dict[str, LocalEntity]()
    last = 0
    for match in _MARK.finditer(marked):
        text += marked[last : match.start()]
        words, reference, label = match.groups()
        name = label if reference else words
        if reference and name not in entities:
            raise ValueError(f"{source!r} refers to {name!r} before naming it")
        if name not in entities:
            entities[name] = LocalEntity(id=f"e{len(entities) + 1}", type=label, name=name, names=(name,))
        marks.append((len(text), len(text) + len(words), entities[name].id))
        text += words
        last = match.end()
    text += marked[last:]
    pairs = (pair.split("|") for pair in tail.split(";") if pair.strip())
    return Example(text, tuple(marks), tuple(entities.values()), frozenset((s.strip(), o.strip()) for s, o in pairs))


def example_view(example: Example, parse: Callable[[str], Doc]) -> View:
    """The view that perfect mention detection would give of the example."""
    doc = parse(example.text)
    at: dict[int, str] = {}
    heads: dict[int, str] = {}
    for start, end, entity in example.marks:
        tokens = [t for t in doc if t.idx >= start and t.idx + len(t) <= end]
        at.update((t.i, entity) for t in tokens)
        heads.update((t.i, entity) for t in head_of(tokens))
    return View(
        article=Document("example", "example", example.text, "", "text/plain", "en"),
        doc=doc,
        entities={entity.id: entity for entity in example.entities},
        mentions=tuple(Mention(Span(start, end), entity, "name") for start, end, entity in example.marks),
        at=at,
        heads=heads,
    )


def head_of(tokens: list[Token]) -> list[Token]:
    """The token of a mention whose head lies outside it (none for an empty mention)."""
    inside = {t.i for t in tokens}
    return [t for t in tokens if t.head.i not in inside or t.head.i == t.i][:1]
