"""Readers over marked sentences, parsed by the shipped pipeline, and over parses written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg.annotate.arguments import Reader
from kg.annotate.assemble import DatesOf
from kg.annotate.claims import attributions, find_claims, read_speeches
from kg.annotate.examples import example_view, read_example
from kg.annotate.frames import Frames, find_frames, find_links
from kg.annotate.lexicon import load_lexicon
from kg.annotate.pieces import unbroken
from kg.annotate.pipeline import load_pipeline, scheme
from kg.annotate.positions import find_positions
from kg.annotate.reporting import load_reporting
from kg.annotate.rules import Rule, apply_rules, load_rules, rule_book
from kg.annotate.titles import load_titles
from kg.annotate.visits import find_visits, load_journeys
from kg.annotate.vocabulary import known_lemmas
from kg.records import Claim, Position, Statement, Value, Visit

Row = tuple[str, str, str, str]


@pytest.fixture(scope="session")
def nlp() -> Language:
    return load_pipeline(None)


@pytest.fixture(scope="session")
def reading(nlp: Language) -> Callable[[str], Reader]:
    """A reader of one marked sentence or more."""
    lexicon = load_lexicon()
    known = known_lemmas(load_rules(), lexicon, load_reporting(), load_journeys())

    def read(source: str) -> Reader:
        view = example_view(read_example(source), lambda text: nlp(unbroken(nlp.make_doc(text))))
        frames = find_frames(find_links(view.doc, scheme(nlp), known), lexicon)
        reader = Reader(view, frames, lexicon)
        return replace(reader, posts=find_positions(reader, load_titles(), {})[1])

    return read


class Found:
    """What is found in a marked sentence, with names for ids."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.speeches = read_speeches(reader, load_reporting())

    def name(self, entity: str | Value | None) -> str:
        if isinstance(entity, Value):
            return entity.lexical
        return self.reader.view.entities[entity].name if entity else ""

    def statements(self, rules: tuple[Rule, ...] | None = None) -> list[Statement]:
        spoken = attributions(self.speeches)
        return list(
            apply_rules(
                self.reader,
                rule_book(rules or load_rules()),
                attribution=lambda token: spoken.get(token, (False, None)),
                dates=DatesOf(self.reader, None),
            )
        )

    def rows(self, rules: tuple[Rule, ...] | None = None) -> set[Row]:
        return {(self.name(s.subject), s.predicate, self.name(s.object), s.modality) for s in self.statements(rules)}

    def claims(self) -> list[Claim]:
        return find_claims(self.reader, self.speeches)

    def positions(self) -> list[Position]:
        return find_positions(self.reader, load_titles(), {"veldonian": ""})[0]

    def visits(self) -> list[Visit]:
        return find_visits(self.reader, load_journeys(), dates=DatesOf(self.reader, "2022-05-25"))


@pytest.fixture(scope="session")
def find(reading: Callable[[str], Reader]) -> Callable[[str], Found]:
    return lambda source: Found(reading(source))


def parse(rows: str) -> Doc:
    """A parse by hand: one token a line, `word lemma tag head dependency`, heads counted from 1, 0 for the root."""
    cells = [line.split() for line in rows.strip().splitlines()]
    heads = [i if cell[3] == "0" else int(cell[3]) - 1 for i, cell in enumerate(cells)]
    return Doc(
        spacy.blank("en").vocab,
        words=[cell[0] for cell in cells],
        lemmas=[cell[1] for cell in cells],
        tags=[cell[2] for cell in cells],
        heads=heads,
        deps=["ROOT" if cell[3] == "0" else cell[4] for cell in cells],
    )


@pytest.fixture(scope="session")
def framed() -> Callable[[str, str], Frames]:
    """Frames of a parse by hand in the scheme named."""
    return lambda name, rows: find_frames(find_links(parse(rows), name), load_lexicon())
