"""spaCy components over the encoder: each writes one layer of annotation from the arrays that the encoder left.

The factories are `leakgraph_encoder` and, after it in a pipeline, `leakgraph_tagger`, `leakgraph_morphologizer`,
`leakgraph_parser`, `leakgraph_lemmatizer` and `leakgraph_ner`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from spacy.attrs import DEP, HEAD, TAG
from spacy.language import Language
from spacy.scorer import Scorer, get_ner_prf
from spacy.tokens import Doc, Span
from spacy.training import Example

from kg.annotate.encoder import KEY, Labels, Network, encode
from kg.annotate.encoder_features import apply_lemma_rule
from kg.errors import BadPipeline

Scores = dict[str, Any]
INFLECTED = frozenset({"VBD", "VBG", "VBN", "VBZ", "NNS", "NNPS", "JJR", "JJS", "RBR", "RBS"})
BASE = frozenset({"NN", "NNP", "VB", "VBP", "JJ", "RB"})  # no whole-word rule ("=be") for these when it was not seen


class Encoder:
    """Runs the network over a Doc and leaves its decoded outputs in `Doc.user_data`."""

    def __init__(self, *, window: int, threads: int) -> None:
        self.window, self.threads = window, threads
        self.network: Network | None = None

    def __call__(self, doc: Doc) -> Doc:
        if self.network is None:
            raise BadPipeline("the encoder has no network", hint="Load the pipeline from its folder with spacy.load.")
        doc.user_data[KEY] = encode(doc, self.network, window=self.window)
        return doc

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        if self.network is None:
            return
        Path(path).mkdir(parents=True, exist_ok=True)
        for name, data in self.network.files.items():
            (Path(path) / name).write_bytes(data)

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Encoder:
        self.network = Network.read(Path(path), threads=self.threads)
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        data: bytes = srsly.msgpack_dumps(self.network.files if self.network else {})
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Encoder:
        files = srsly.msgpack_loads(data)
        self.network = Network(files, threads=self.threads) if files else None
        return self


class Layer:
    """A component that reads one or two of the encoder's arrays. Its labels, and what the lemmatizer remembers, are
    stored in its own folder."""

    def __init__(self, write: Callable[[Doc, dict[str, Any], Layer], None], score: Callable[..., Scores]) -> None:
        self._write, self._score = write, score
        self.fill((), {})

    def fill(self, labels: Iterable[str], memory: Mapping[str, str]) -> Layer:
        """Gives the component its labels; `memory` holds lemmas of inflected forms by form and tag (`told VBD`)."""
        self.labels, self.memory = tuple(labels), dict(memory)
        self.known = frozenset(self.memory.values())
        return self

    def __call__(self, doc: Doc) -> Doc:
        if KEY not in doc.user_data:
            raise BadPipeline("the component 'encoder' must run before this one", hint="Enable it, and keep it first.")
        if len(doc):
            self._write(doc, doc.user_data[KEY], self)
        return doc

    def score(self, examples: Iterable[Example], **kwargs: Any) -> Scores:
        """spaCy's scores for this layer."""
        return self._score(list(examples))

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / "labels.json").write_text(srsly.json_dumps([list(self.labels), self.memory]), "utf-8")

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Layer:
        return self.fill(*srsly.json_loads((Path(path) / "labels.json").read_text("utf-8")))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        data: bytes = srsly.msgpack_dumps([list(self.labels), self.memory])
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Layer:
        return self.fill(*srsly.msgpack_loads(data))


def labels_of(network: Network) -> dict[str, tuple[str, ...]]:
    """The labels of each component by its usual name."""
    sets: Labels = network.labels
    return {
        "tagger": sets.tag,
        "morphologizer": sets.morph,
        "lemmatizer": sets.lemma,
        "parser": sets.dep,
        "ner": sets.ner,
    }


def _write_tags(doc: Doc, arrays: dict[str, Any], layer: Layer) -> None:
    ids = [doc.vocab.strings.add(label) for label in (*layer.labels, "_SP")]
    doc.from_array([TAG], np.array(ids, dtype=np.uint64)[arrays["tag"]].reshape(-1, 1))


def _write_morphology(doc: Doc, arrays: dict[str, Any], layer: Layer) -> None:
    pairs = [label.partition("|") for label in layer.labels]
    for token, row in zip(doc, arrays["morph"], strict=True):
        token.pos_ = pairs[row][0] if row >= 0 else "SPACE"
        token.set_morph(pairs[row][2] if row >= 0 else "")  # type: ignore[attr-defined]


def _write_lemmas(doc: Doc, arrays: dict[str, Any], layer: Layer) -> None:
    """Lemmas of words; numbers, punctuation and white space stay as they are."""
    for token, rows in zip(doc, arrays["lemma"], strict=True):
        text = token.text
        if rows[0] < 0 or not any(char.isalpha() for char in text):
            token.lemma_ = text
        else:
            token.lemma_ = _lemma(text.replace("’", "'"), token.tag_, [layer.labels[row] for row in rows], layer)


def _lemma(word: str, tag: str, rules: list[str], layer: Layer) -> str:
    """The remembered lemma of a seen form; of an inflected one, else, the best rule that gives a known lemma, or the
    regular spelling behind -ies and -ied; else the best rule."""
    remembered = layer.memory.get(f"{word.lower()} {tag}")
    if remembered is not None:
        return remembered
    if not word.isalpha():
        return apply_lemma_rule(word, rules[0])
    fitting = [rule for rule in rules if rule[0] != "=" and (tag != "NNPS" or rule[0] == "k")]
    guesses = [apply_lemma_rule(word, rule) for rule in fitting]
    if tag in INFLECTED:
        known = next((guess for guess in guesses if guess in layer.known), None)
        if known is not None:
            return known
        if len(word) > 4 and word.lower().endswith(("ies", "ied")):
            return (word if tag == "NNPS" else word.lower())[:-3] + "y"
    return apply_lemma_rule(word, rules[0]) if tag not in BASE or not guesses else guesses[0]


def _write_tree(doc: Doc, arrays: dict[str, Any], layer: Layer) -> None:
    ids = np.array([doc.vocab.strings.add(label) for label in (*layer.labels, "dep")], dtype=np.uint64)
    offsets = arrays["head"].astype(np.int64) - np.arange(len(doc))
    layers: Any = np.stack([offsets.astype(np.uint64), ids[arrays["dep"]]], axis=1)
    doc.from_array([HEAD, DEP], layers)


def _write_names(doc: Doc, arrays: dict[str, Any], layer: Layer) -> None:
    """Adds the names that do not touch entities set before (by an entity ruler)."""
    found: list[Span] = []
    first = -1
    tags = [layer.labels[row] if row >= 0 else "" for row in arrays["ner"]]
    for at, tag in enumerate([*tags, "O"]):
        if first >= 0 and not (tag.startswith("I-") or (not tag and "I-" in "".join(tags[at + 1 : at + 2]))):
            found.append(Span(doc, first, _end(doc, first, at, tags[first][2:]), tags[first][2:]))
            first = -1
        if tag.startswith("B-"):
            first = at
    taken = {token.i for span in doc.ents for token in span}
    kept = [span for span in found if not taken.intersection(range(span.start, span.end))]
    doc.set_ents([*doc.ents, *kept], default="outside")


def _end(doc: Doc, first: int, end: int, label: str) -> int:
    """The end of a capitalised name without the lower-case words that trail it ("UN human" before "rights"), except
    those tagged as common nouns ("Elm Street station")."""
    if label in {"DATE", "CARDINAL", "PERCENT"} or doc[first].is_lower:
        return end
    while end - first > 1 and doc[end - 1].is_lower and doc[end - 1].tag_ not in {"NN", "NNS", "_SP", ""}:
        end -= 1
    return end


def _score_tags(examples: list[Example]) -> Scores:
    return Scorer.score_token_attr(examples, "tag")


def _score_morphology(examples: list[Example]) -> Scores:
    scores = Scorer.score_token_attr(examples, "pos")
    return scores | Scorer.score_token_attr(examples, "morph", getter=lambda token, _: str(token.morph))


def _score_lemmas(examples: list[Example]) -> Scores:
    return Scorer.score_token_attr(examples, "lemma")


def _score_tree(examples: list[Example]) -> Scores:
    scores = Scorer.score_spans(examples, "sents", has_annotation=lambda doc: doc.has_annotation("SENT_START"))
    scores.pop("sents_per_type", None)
    return scores | Scorer.score_deps(
        examples,
        "dep",
        getter=lambda token, attr: getattr(token, f"{attr}_"),
        ignore_labels=("p", "punct"),
        has_annotation=lambda doc: doc.has_annotation("DEP"),
    )


def _score_names(examples: list[Example]) -> Scores:
    scores: Scores = get_ner_prf(examples)
    return scores


@Language.factory("leakgraph_encoder", default_config={"window": 180, "threads": 1})
def make_encoder(nlp: Language, name: str, window: int, threads: int) -> Encoder:
    """`window`: word pieces in one run of the network (at most 300); `threads`: cores it may use."""
    return Encoder(window=min(window, 300), threads=threads)


@Language.factory("leakgraph_tagger", assigns=["token.tag"], default_score_weights={"tag_acc": 1.0})
def make_tagger(nlp: Language, name: str) -> Layer:
    return Layer(_write_tags, _score_tags)


@Language.factory("leakgraph_morphologizer", assigns=["token.pos", "token.morph"])
def make_morphologizer(nlp: Language, name: str) -> Layer:
    return Layer(_write_morphology, _score_morphology)


@Language.factory("leakgraph_lemmatizer", assigns=["token.lemma"], default_score_weights={"lemma_acc": 1.0})
def make_lemmatizer(nlp: Language, name: str) -> Layer:
    return Layer(_write_lemmas, _score_lemmas)


@Language.factory("leakgraph_parser", assigns=["token.dep", "token.head", "token.is_sent_start", "doc.sents"])
def make_parser(nlp: Language, name: str) -> Layer:
    return Layer(_write_tree, _score_tree)


@Language.factory("leakgraph_ner", assigns=["doc.ents", "token.ent_iob", "token.ent_type"])
def make_ner(nlp: Language, name: str) -> Layer:
    return Layer(_write_names, _score_names)
