"""Training material for the encoder: gold annotation brought onto spaCy's tokens, augmented and packed into windows."""

from __future__ import annotations

import importlib.util
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Example

ENTITIES = ("PERSON", "ORG", "GPE", "LOC", "FAC", "EVENT", "DATE", "CARDINAL", "PERCENT")
BIO = ("O", *(f"{prefix}-{label}" for label in ENTITIES for prefix in "BI"))
PLACES = ("GPE", "LOC", "FAC")
UNSET = -100  # a target that counts in no loss


def load_features() -> ModuleType:
    """`kg.annotate.encoder_features`, without importing the rest of the package."""
    path = Path(__file__).resolve().parent.parent / "kg" / "annotate" / "encoder_features.py"
    spec = importlib.util.spec_from_file_location("encoder_features", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


features = load_features()


@dataclass
class Row:
    """One word with its targets. `head` counts from the first word of the sentence; -1 is the root, UNSET unknown."""

    text: str
    pieces: tuple[int, ...]
    shape: int
    gap: int
    tag: int = UNSET
    morph: int = UNSET
    lemma: int = UNSET
    head: int = UNSET
    dep: int = UNSET
    ner: int = 0  # bit mask of the allowed BIO labels; 0: anything


@dataclass
class Sent:
    rows: list[Row]
    starts: bool = True  # whether the first word is known to start a sentence
    names: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class Labels:
    """The label sets of the heads, as lists; their order is the order of the outputs."""

    tag: list[str]
    morph: list[str]
    lemma: list[str]
    dep: list[str]

    @classmethod
    def of(cls, docs: Iterable[Doc]) -> Labels:
        tags, morphs, lemmas, deps = Counter(), Counter(), Counter(), Counter()
        for doc in docs:
            if not doc.has_annotation("TAG"):
                continue
            for token in doc:
                tags[token.tag_] += 1
                morphs[morph_of(token.pos_, str(token.morph))] += 1
                lemmas[features.lemma_rule(token.text, token.lemma_)] += 1
                deps[token.dep_] += 1
        return cls(
            tag=sorted(k for k, n in tags.items() if k),
            morph=sorted(k for k, n in morphs.items() if n > 1),
            lemma=sorted(k for k, n in lemmas.items() if n > 2),
            dep=sorted(k for k, n in deps.items() if n > 4),
        )


def morph_of(pos: str, feats: str) -> str:
    return f"{pos}|{feats}" if feats else pos


def bit(label: str) -> int:
    return 1 << BIO.index(label)


class Reader:
    """Makes `Sent` lists out of gold Docs."""

    def __init__(self, nlp: spacy.Language, pieces: object, labels: Labels) -> None:
        self.nlp, self.pieces = nlp, pieces
        self.codes = {
            name: {label: at for at, label in enumerate(getattr(labels, name))}
            for name in ("tag", "morph", "lemma", "dep")
        }

    def read(self, path: Path) -> list[list[Sent]]:
        """The documents of a `.spacy` file, each a list of sentences, or of blocks where none are annotated."""
        return [self.sentences(doc) for doc in DocBin().from_disk(path).get_docs(self.nlp.vocab)]

    def sentences(self, gold: Doc) -> list[Sent]:
        made = self.nlp.make_doc(gold.text)
        example = Example(made, gold)
        syntax = gold.has_annotation("DEP")
        rows, where = self._rows(example, syntax=syntax)
        bounds = self._bounds(example, made, syntax=syntax)
        ner = self._ner(example, gold)
        for index, mask in ner.items():
            if index in where:
                rows[where[index]].ner = mask
        sents: list[Sent] = []
        for first, last in bounds:
            chosen = [where[i] for i in range(first, last) if i in where]
            if not chosen:
                continue
            sent = Sent([rows[i] for i in chosen], starts=syntax)
            base = chosen[0]
            for row in sent.rows:
                if row.head >= 0:
                    head = where.get(row.head, -5) - base
                    row.head = head if 0 <= head < len(chosen) else UNSET
            sent.names = names_of(sent.rows)
            sents.append(sent)
        return sents

    def _rows(self, example: Example, *, syntax: bool) -> tuple[list[Row], dict[int, int]]:
        made = example.predicted
        rows: list[Row] = []
        where: dict[int, int] = {}
        heads, deps = example.get_aligned_parse(projectivize=False) if syntax else ([], [])
        aligned = (
            {name: example.get_aligned(name.upper(), as_string=True) for name in ("tag", "pos", "morph", "lemma")}
            if syntax
            else {}
        )
        space = "\n"
        for token in made:
            if token.is_space:
                space += token.text
                continue
            row = Row(token.text, self.pieces.ids(token.text), features.shape(token.text), features.gap(space))
            space = token.whitespace_
            if syntax:
                at = token.i
                row.tag = self.codes["tag"].get(aligned["tag"][at] or "", UNSET)
                if aligned["pos"][at]:
                    row.morph = self.codes["morph"].get(
                        morph_of(aligned["pos"][at], (aligned["morph"][at] or "").strip("_")), UNSET
                    )
                if aligned["lemma"][at]:
                    row.lemma = self.codes["lemma"].get(features.lemma_rule(token.text, aligned["lemma"][at]), UNSET)
                if heads[at] is not None and deps[at]:
                    row.head = -1 if heads[at] == at else heads[at]
                    row.dep = self.codes["dep"].get(deps[at], UNSET)
            where[token.i] = len(rows)
            rows.append(row)
        return rows, where

    def _bounds(self, example: Example, made: Doc, *, syntax: bool) -> list[tuple[int, int]]:
        if syntax:
            starts = [i for i, start in enumerate(example.get_aligned("SENT_START")) if start == 1]
        else:
            starts = [
                t.i
                for t in made
                if t.i and t.i + 1 < len(made) and made[t.i - 1].text in {".", "?", "!", "\n"} and t.text[:1].isupper()
            ]
        edges = sorted({0, *starts, len(made)})
        return list(pairwise(edges))

    def _ner(self, example: Example, gold: Doc) -> dict[int, int]:
        scheme = gold.user_data.get("scheme") or []
        if not scheme:
            return {}
        merged = gold.user_data.get("places") == "merged"
        outside = bit("O")
        for label in ENTITIES:
            if label not in scheme:
                outside |= bit(f"B-{label}") | bit(f"I-{label}")
        masks: dict[int, int] = {}
        for at, tag in enumerate(example.get_aligned_ner()):
            if tag is None or tag == "-":
                continue
            if tag == "O":
                masks[at] = outside
                continue
            prefix, label = ("B" if tag[0] in "BU" else "I"), tag[2:]
            wide = PLACES if merged and label in PLACES else (label,)
            masks[at] = sum(bit(f"{prefix}-{kind}") for kind in wide)
        return masks


def names_of(rows: Sequence[Row]) -> list[tuple[int, int, str]]:
    """Spans of annotated names in `rows`: (first, end, label), PLACE for a merged kind of place."""
    found: list[tuple[int, int, str]] = []
    for at, row in enumerate(rows):
        labels = [BIO[i] for i in range(len(BIO)) if row.ner >> i & 1] if row.ner else []
        kinds = {label[2:] for label in labels}
        if not labels or "O" in labels or not kinds <= {"PERSON", "ORG", *PLACES}:
            continue
        kind = next(iter(kinds)) if len(kinds) == 1 else "PLACE"
        if labels[0][0] == "I" and found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1, found[-1][2])
        elif labels[0][0] == "B":
            found.append((at, at + 1, kind))
    return found


@dataclass
class Window:
    """Whole sentences of one document, ready for a batch: targets by word, `sent` numbers the sentences."""

    rows: list[Row]
    surface: list[int]
    heads: list[int]  # into rows; -1 root
    sent: list[int]
    start: list[int]  # 1, 0 or UNSET


class Packer:
    """Draws augmented windows of whole sentences from documents."""

    def __init__(
        self, documents: Sequence[list[Sent]], *, rng: random.Random, mask_piece: int, augment: bool = True
    ) -> None:
        self.documents, self.rng, self.augment, self.mask = documents, rng, augment, mask_piece
        self.pool: dict[tuple[str, int], list[list[Row]]] = {}
        for document in documents:
            for sent in document:
                for first, end, kind in sent.names:
                    self.pool.setdefault((kind, end - first), []).append(sent.rows[first:end])

    def windows(self, *, shortest: int = 16, longest: int = 190) -> list[Window]:
        """One pass over all documents, cut at random lengths (in word pieces)."""
        made: list[Window] = []
        for document in self.documents:
            current: list[Sent] = []
            used = 0
            room = self.rng.randint(shortest, longest) if self.augment else longest
            for sent in (part for whole in document for part in shortened(whole)):
                size = sum(len(row.pieces) for row in sent.rows)
                if current and used + size > room:
                    made.append(self.window(current))
                    current, used = [], 0
                    room = self.rng.randint(shortest, longest) if self.augment else longest
                current.append(sent)
                used += size
            if current:
                made.append(self.window(current))
        return made

    def window(self, sents: list[Sent]) -> Window:
        rng = self.rng
        style = rng.random() if self.augment else 1.0
        window = Window([], [], [], [], [])
        for number, sent in enumerate(sents):
            rows = self._swapped(sent) if self.augment else sent.rows
            line = self.augment and rng.random() < 0.12
            headline = self.augment and rng.random() < 0.03
            drop = line and rng.random() < 0.15 and _droppable(rows)
            base = len(window.rows)
            for at, row in enumerate(rows[:-1] if drop else rows):
                gap = row.gap
                if (at == 0 and base and line) or (self.augment and gap == 1 and rng.random() < 0.003):
                    gap = 2
                kind = recased(row, style, headline)
                hidden = self.augment and rng.random() < (0.15 if row.ner and not row.ner & 1 else 0.03)
                window.rows.append(Row(row.text, (self.mask,) * len(row.pieces), *_targets(row)) if hidden else row)
                window.surface.append(features.surface(kind, gap))
                window.heads.append(row.head + base if row.head >= 0 else row.head)
                window.sent.append(number)
                window.start.append((1 if at == 0 else 0) if sent.starts else UNSET)
        return window

    def _swapped(self, sent: Sent) -> list[Row]:
        """The sentence with some of its names exchanged for others of the same kind and length."""
        rows = sent.rows
        for first, end, kind in sent.names:
            if self.rng.random() > 0.2:
                continue
            other = self.rng.choice(self.pool[kind, end - first])
            rows = list(rows)
            for at, source in enumerate(other, first):
                mine = rows[at]
                rows[at] = Row(
                    source.text,
                    source.pieces,
                    source.shape,
                    mine.gap,
                    mine.tag,
                    mine.morph,
                    UNSET,
                    mine.head,
                    mine.dep,
                    mine.ner,
                )
        return rows


def shortened(sent: Sent, most: int = 280) -> list[Sent]:
    """The sentence itself, cut off where it has more than `most` word pieces."""
    used = 0
    for at, row in enumerate(sent.rows):
        used += len(row.pieces)
        if used > most:
            rows = [
                Row(
                    r.text,
                    r.pieces,
                    r.shape,
                    r.gap,
                    r.tag,
                    r.morph,
                    r.lemma,
                    r.head if r.head < at else UNSET,
                    r.dep,
                    r.ner,
                )
                for r in sent.rows[:at]
            ]
            return [Sent(rows, sent.starts, names_of(rows))] if rows else []
    return [sent]


def _targets(row: Row) -> tuple[int, ...]:
    return row.shape, row.gap, row.tag, row.morph, UNSET, row.head, row.dep, row.ner


def _droppable(rows: Sequence[Row]) -> bool:
    """Whether the sentence can lose its final stop, as a headline does."""
    return (
        len(rows) > 2
        and rows[-1].text in {".", "!"}
        and rows[-1].head >= 0
        and all(row.head != len(rows) - 1 for row in rows)
    )


def recased(row: Row, style: float, headline: bool) -> int:
    """The letter case of a word in a window that is all lower case, all capitals, or a headline."""
    names = features.SHAPES
    kind = names[row.shape]
    if kind in {"number", "punct", "other"}:
        return row.shape
    if style < 0.04:
        return names.index("lower") if kind != "coded" else row.shape
    if style < 0.08:
        return names.index("initial" if len(row.text) == 1 else "upper") if kind != "coded" else row.shape
    if headline and kind == "lower" and len(row.text) > 3:
        return names.index("title")
    return row.shape
