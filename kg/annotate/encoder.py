"""The encoder of the shipped pipeline: runs the exported network over a Doc and decodes its outputs into small arrays.

The network sees windows of whole sentences, as far as it can tell where they end; what it says of the last, unfinished
sentence of a window is thrown away, and the next window starts there. Memory does not grow with the document, apart
from a few integers a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy.tokens import Doc

from kg.annotate.encoder_features import SHAPES, WordPieces, gap, shape, surface
from kg.annotate.encoder_names import CAUTION, Found, found, settle, viterbi
from kg.annotate.encoder_tree import best_tree
from kg.errors import BadPipeline

KEY = "leakgraph_encoder"  # where in Doc.user_data the arrays stand until the components have read them
ROW_DTYPE = np.int32
LEMMAS = 4  # lemma rules that the network hands over for each word
EDGE = surface(SHAPES.index("punct"), 2)


@dataclass(frozen=True)
class Labels:
    """The label sets of the heads; an output is an index into one of them."""

    tag: tuple[str, ...]
    morph: tuple[str, ...]
    lemma: tuple[str, ...]
    dep: tuple[str, ...]
    ner: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """The words of a Doc that are not white space: their token indices and what the encoder reads of them."""

    tokens: NDArray[np.int64]
    pieces: list[tuple[int, ...]]
    surfaces: list[int]
    breaks: NDArray[np.bool_]  # a blank line stands before the word


class Network:
    """The exported network with its vocabulary and label sets, as stored in a folder."""

    FILES = ("network.onnx", "labels.json", "pieces.txt", "relations.npz")

    def __init__(self, files: dict[str, bytes], *, threads: int) -> None:
        try:
            import onnxruntime  # noqa: PLC0415  # only where the shipped pipeline is used
        except ImportError as err:
            raise BadPipeline(
                "the shipped pipeline needs onnxruntime", hint="Install it with: python -m pip install onnxruntime"
            ) from err
        self.files = files
        self.labels = Labels(**{name: tuple(items) for name, items in srsly.json_loads(files["labels.json"]).items()})
        self.pieces = WordPieces(files["pieces.txt"].decode("utf-8").split("\n"))
        with np.load(_stream(files["relations.npz"])) as arrays:
            relations = arrays["relations"].astype(np.float32)  # [labels, dependent + 1, head + 1]
        self.relations = np.ascontiguousarray(relations.transpose(1, 0, 2))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(files["network.onnx"], options, providers=["CPUExecutionProvider"])

    @classmethod
    def read(cls, folder: Path, *, threads: int) -> Network:
        """The network stored in `folder`; raises `BadPipeline` when a file is missing."""
        try:
            files = {name: (folder / name).read_bytes() for name in cls.FILES}
        except OSError as err:
            raise BadPipeline(f"the encoder's folder is incomplete: {err}", where=str(folder)) from err
        return cls(files, threads=threads)

    def run(self, words: Words, first: int, last: int) -> dict[str, NDArray[Any]]:
        """Outputs for the words `first` to `last` (exclusive) as one window; row and column 0 stand for its start."""
        ids, marks = [self.pieces.cls], [EDGE]
        starts, ends = [0], [0]
        for at in range(first, last):
            starts.append(len(ids))
            ids += words.pieces[at]
            marks += [words.surfaces[at]] * len(words.pieces[at])
            ends.append(len(ids) - 1)
        feed = {"pieces": [*ids, self.pieces.sep], "surface": [*marks, EDGE], "first": starts, "last": ends}
        names = ("tag", "morph", "lemma", "start", "ner", "arcs", "rel_dep", "rel_head")
        outputs = self._session.run(list(names), {name: np.array([row], dtype=np.int64) for name, row in feed.items()})
        return {name: output[0] for name, output in zip(names, outputs, strict=True)}


def _stream(data: bytes) -> Any:
    import io  # noqa: PLC0415

    return io.BytesIO(data)


def words_of(doc: Doc, pieces: WordPieces) -> Words:
    """What the encoder reads of `doc`."""
    tokens: list[int] = []
    ids: list[tuple[int, ...]] = []
    surfaces: list[int] = []
    breaks: list[bool] = []
    space = "\n"
    for token in doc:
        text = token.text
        if token.is_space:
            space += text
            continue
        tokens.append(token.i)
        ids.append(pieces.ids(text))
        surfaces.append(surface(shape(text), gap(space)))
        breaks.append(space.count("\n") > 1)
        space = token.whitespace_
    return Words(np.array(tokens, dtype=np.int64), ids, surfaces, np.array(breaks, dtype=bool))


def encode(doc: Doc, network: Network, *, window: int) -> dict[str, NDArray[np.int32]]:
    """Arrays with one row a token: tag, morph, dep, ner (indices into the labels; -1 for white space), lemma (indices
    of the best rules, the best first), head (index of the head's token, the token's own for a root)."""
    words = words_of(doc, network.pieces)
    arrays = {name: np.full(len(doc), -1, dtype=ROW_DTYPE) for name in ("tag", "morph", "dep", "ner")}
    arrays["lemma"] = np.full((len(doc), LEMMAS), -1, dtype=ROW_DTYPE)
    arrays["head"] = np.arange(len(doc), dtype=ROW_DTYPE)
    names: list[Found] = []
    for first, outputs, bounds in _windows(words, network, window=window):
        for start, end in pairwise(bounds):
            tokens = words.tokens[first + start : first + end]
            names += _sentence(tokens, outputs, start, network=network, arrays=arrays)
    settle(names, [token.text for token in doc], network.labels.ner, arrays["ner"])
    _hang_space(doc, arrays["head"])
    return arrays


def _windows(
    words: Words, network: Network, *, window: int
) -> Iterator[tuple[int, dict[str, NDArray[Any]], list[int]]]:
    """(first word, outputs, sentence bounds counted from the first word) for one window after the other."""
    first, count = 0, len(words.tokens)
    while first < count:
        last, room = first, window
        while last < count and (room := room - len(words.pieces[last])) >= 0:
            last += 1
        outputs = network.run(words, first, last)
        begins = outputs["start"][1:] > 0
        begins |= words.breaks[first:last]
        begins[0] = True
        bounds = [int(at) for at in np.flatnonzero(begins)]
        if last == count or len(bounds) == 1:
            bounds.append(last - first)
        yield first, outputs, bounds
        first += bounds[-1]


def _sentence(
    tokens: NDArray[np.int64],
    outputs: dict[str, NDArray[Any]],
    start: int,
    *,
    network: Network,
    arrays: dict[str, NDArray[np.int32]],
) -> list[Found]:
    """Writes the decoded outputs of one sentence into the Doc's arrays and returns its names.

    `start` is the number of its first word in the window.
    """
    end = start + len(tokens)
    rows = slice(start + 1, end + 1)  # row 0 of a window's outputs is its start, the root
    for name in ("tag", "morph", "lemma"):
        arrays[name][tokens] = outputs[name][rows]
    columns = np.concatenate([[0], np.arange(start + 1, end + 1)])
    heads = best_tree(outputs["arcs"][rows][:, columns].astype(np.float32))
    own = heads == np.arange(len(heads))
    dependents = outputs["rel_dep"][rows]
    parents = outputs["rel_head"][np.where(own, 0, heads + start + 1)]
    arrays["head"][tokens] = tokens[heads]
    arrays["dep"][tokens] = _relations(dependents, parents, own, network)
    scores = outputs["ner"][rows]
    scores[:, network.labels.ner.index("O")] += CAUTION
    path = viterbi(scores, network.labels.ner)
    arrays["ner"][tokens] = path
    return found(path, scores, tokens, network.labels.ner)


def _relations(
    dependents: NDArray[np.float32], parents: NDArray[np.float32], own: NDArray[np.bool_], network: Network
) -> NDArray[np.int64]:
    """The best label of each arc; only the root's arc is labelled ROOT."""
    one = np.ones((len(dependents), 1), dtype=np.float32)
    left, right = np.hstack([dependents, one]), np.hstack([parents, one])
    size, labels, _ = network.relations.shape
    turned = (left @ network.relations.reshape(size, -1)).reshape(len(left), labels, size)
    scores = np.einsum("nlh,nh->nl", turned, right)
    root = network.labels.dep.index("ROOT")
    scores[own, root] += 1e6
    scores[~own, root] = -1e6
    best: NDArray[np.int64] = scores.argmax(1)
    return best


def _hang_space(doc: Doc, heads: NDArray[np.int32]) -> None:
    """White space hangs on the token before it; at the start of the text, on the first word."""
    first = next((token.i for token in doc if not token.is_space), 0)
    for token in doc:
        if token.is_space:
            heads[token.i] = first if token.i < first else max(token.i - 1, 0)
