"""Packs a fine-tuned encoder as a spaCy pipeline.

    python training/encoder_export.py RUN/model.pt OUT --about training/about.json --lemmas DATA/*-train.spacy

The network goes to ONNX with eight-bit weights (activations are quantised as they come); the label scorer of the
parser stays outside of it in half precision, because it is needed for the chosen arcs only.
"""

from __future__ import annotations

import argparse
import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
import spacy
import torch
from encoder_net import Network, Sizes
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from spacy.tokens import Doc, DocBin
from torch import Tensor, nn

from kg.annotate import encoder, encoder_pipes

LEMMAS = 4  # lemma rules handed over for each word, the best first
PIPES = ("encoder", "tagger", "morphologizer", "parser", "lemmatizer", "ner")


class Exported(nn.Module):
    """The network with tags, morphology and lemmas already decided."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net = net

    def forward(self, pieces: Tensor, surface: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, ...]:
        tags, start, ner, arcs, rel_dep, rel_head = self.net(pieces, surface, first, last)
        s = self.net.sizes
        tag, morph, lemma = tags.split([s.tag, s.morph, s.lemma], dim=-1)
        return tag.argmax(-1), morph.argmax(-1), lemma.topk(LEMMAS, dim=-1).indices, start, ner, arcs, rel_dep, rel_head


def to_onnx(net: Network, path: Path) -> None:
    sample = torch.randint(1, 50, (1, 12))
    words = torch.tensor([[0, 1, 3, 5, 8]])
    names = {name: {1: axis} for name, axis in (("pieces", "p"), ("surface", "p"), ("first", "w"), ("last", "w"))}
    outputs = ("tag", "morph", "lemma", "start", "ner", "arcs", "rel_dep", "rel_head")
    axes = names | {name: {1: "w"} for name in outputs} | {"arcs": {1: "w", 2: "w"}}
    torch.onnx.export(
        Exported(net).eval(), (sample, sample % 20, words, words), str(path),
        input_names=list(names), output_names=list(outputs),
        dynamic_axes=axes, opset_version=17, dynamo=False,
    )  # fmt: skip


def quantise(source: Path, target: Path, *, reduce_range: bool) -> None:
    ready = source.with_suffix(".ready.onnx")
    quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
    quantize_dynamic(
        str(ready), str(target), weight_type=QuantType.QInt8, per_channel=True, reduce_range=reduce_range,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        extra_options={"MatMulConstBOnly": True},
    )  # fmt: skip


def lemma_table(docs: Iterable[Doc]) -> dict[str, str]:
    """The most frequent lemma of each alphabetic form and tag (`told VBD`), proper nouns and foreign words left out."""
    counts: dict[str, Counter[str]] = {}
    for doc in docs:
        for token in doc:
            if token.is_alpha and token.lemma_ and token.tag_ not in {"NNP", "NNPS", "FW", "ADD", "GW", "LS", "UH"}:
                counts.setdefault(f"{token.lower_} {token.tag_}", Counter())[token.lemma_] += 1
    return {form: found.most_common(1)[0][0] for form, found in counts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--about", type=Path, help="JSON for meta.json: description, licence, sources, performance")
    parser.add_argument("--lemmas", type=Path, nargs="*", default=[], help=".spacy files whose lemmas are remembered")
    parser.add_argument("--full", action="store_true", help="do not quantise (for comparison)")
    parser.add_argument("--reduce-range", action="store_true", help="seven-bit weights, for processors without VNNI")
    given = parser.parse_args()
    state = torch.load(given.model, weights_only=True)
    meta = json.loads(state["meta"])
    net = Network(Sizes(**meta["sizes"]))
    net.load_state_dict(state["weights"])
    given.out.mkdir(parents=True, exist_ok=True)
    work = given.model.parent / "export"
    work.mkdir(exist_ok=True)
    to_onnx(net.eval(), work / "full.onnx")
    if given.full:
        (work / "network.onnx").write_bytes((work / "full.onnx").read_bytes())
    else:
        quantise(work / "full.onnx", work / "network.onnx", reduce_range=given.reduce_range)
    onnx.checker.check_model(str(work / "network.onnx"))
    vocab = spacy.blank("en").vocab
    gold = [doc for path in given.lemmas for doc in DocBin().from_disk(path).get_docs(vocab)]
    relations = io.BytesIO()
    np.savez_compressed(relations, relations=net.rel.detach().numpy().astype(np.float16))
    files = {
        "network.onnx": (work / "network.onnx").read_bytes(),
        "labels.json": json.dumps(meta["labels"], ensure_ascii=False).encode(),
        "pieces.txt": "\n".join(meta["pieces"]).encode(),
        "relations.npz": relations.getvalue(),
    }
    package(files, lemma_table(gold), given.out, json.loads(given.about.read_text("utf-8")) if given.about else {})


def package(files: dict[str, bytes], lemmas: dict[str, str], out: Path, about: dict[str, object]) -> None:
    """Writes the spaCy pipeline of the network in `files` to the folder `out`."""
    nlp = spacy.blank("en")
    for name in PIPES:
        nlp.add_pipe(f"leakgraph_{name}", name=name)
    network = encoder.Network(files, threads=1)
    nlp.get_pipe("encoder").network = network  # type: ignore[attr-defined]
    for name, labels in encoder_pipes.labels_of(network).items():
        nlp.get_pipe(name).fill(labels, lemmas if name == "lemmatizer" else {})  # type: ignore[attr-defined]
    nlp.meta.update(about)
    nlp.to_disk(out)


if __name__ == "__main__":
    main()
