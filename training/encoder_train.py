"""Fine-tunes MiniLM on the converted treebanks: `python training/encoder_train.py DATA OUT --minilm FOLDER`.

Runs on the CPU in bfloat16 where it pays, keeps a checkpoint in OUT and goes on from it when started again.
Writes OUT/model.pt: the averaged weights, the label sets and the vocabulary.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import spacy
import torch
from encoder_data import BIO, UNSET, Labels, Packer, Reader, Window, features
from encoder_net import Network, Sizes
from spacy.tokens import DocBin
from torch import Tensor
from torch.nn import functional as F

LABELLED = ("ewt-train", "gum-train")  # whose tags, lemma rules and relations make the label sets
TRAIN = ("ewt-train", "gum-train", "wikigold", "re3d", "uner-dev")


def keep_pieces(vocabulary: Sequence[str]) -> list[int]:
    """The rows of the vocabulary that English text in Latin letters can reach."""
    kept = []
    for at, piece in enumerate(vocabulary):
        bare = piece.removeprefix("##")
        special = piece in {features.UNKNOWN, features.CLS, features.SEP, features.MASK}
        if special or (not piece.startswith("[unused") and all(ord(c) < 0x250 or c in "€£•™°′″" for c in bare)):
            kept.append(at)
    return kept


def collate(windows: Sequence[Window], pieces: features.WordPieces) -> dict[str, Tensor]:
    """Padded tensors for a batch; word 0 of every window is its start."""
    words = max(len(w.rows) for w in windows) + 1
    lengths = [sum(len(r.pieces) for r in w.rows) + 2 for w in windows]
    count, longest = len(windows), max(lengths)
    batch = {name: torch.full((count, longest), -1, dtype=torch.long) for name in ("pieces", "surface")}
    batch |= {name: torch.zeros((count, words), dtype=torch.long) for name in ("first", "last")}
    batch |= {
        name: torch.full((count, words), UNSET, dtype=torch.long)
        for name in ("tag", "morph", "lemma", "head", "dep", "start")
    }
    batch |= {
        "ner": torch.zeros((count, words), dtype=torch.long),
        "sent": torch.full((count, words), -1, dtype=torch.long),
    }
    edge = features.surface(features.SHAPES.index("punct"), 2)
    for b, window in enumerate(windows):
        ids, marks = [pieces.cls], [edge]
        for at, row in enumerate(window.rows, 1):
            batch["first"][b, at] = len(ids)
            ids += row.pieces
            marks += [window.surface[at - 1]] * len(row.pieces)
            batch["last"][b, at] = len(ids) - 1
        batch["pieces"][b, : len(ids) + 1] = torch.tensor([*ids, pieces.sep])
        batch["surface"][b, : len(ids) + 1] = torch.tensor([*marks, edge])
        end = len(window.rows) + 1
        for name in ("tag", "morph", "lemma", "dep", "ner"):
            batch[name][b, 1:end] = torch.tensor([getattr(row, name) for row in window.rows])
        batch["head"][b, 1:end] = torch.tensor([h + 1 if h >= -1 else UNSET for h in window.heads])
        batch["start"][b, 1:end] = torch.tensor(window.start)
        batch["sent"][b, 1:end] = torch.tensor(window.sent)
    return batch


def masked_arcs(arcs: Tensor, sent: Tensor) -> Tensor:
    """Arc scores with heads outside of the dependent's own sentence ruled out; the window's start is the root."""
    same = sent[:, :, None] == sent[:, None, :]
    same[:, :, 0] = True
    return arcs.float().masked_fill(~same, -1e4)


def losses(net: Network, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        tags, start, ner, arcs, rel_dep, rel_head = net(
            batch["pieces"], batch["surface"], batch["first"], batch["last"]
        )
    s = net.sizes
    tag, morph, lemma = tags.float().split([s.tag, s.morph, s.lemma], dim=-1)
    found: dict[str, Tensor] = {}
    for name, scores in (("tag", tag), ("morph", morph), ("lemma", lemma), ("head", masked_arcs(arcs, batch["sent"]))):
        if (batch[name] != UNSET).any():
            found[name] = F.cross_entropy(scores.flatten(0, 1), batch[name].flatten(), ignore_index=UNSET)
    known = (batch["head"] != UNSET) & (batch["dep"] != UNSET)
    if known.any():
        b, w = known.nonzero(as_tuple=True)
        scores = net.labels(rel_dep.float()[b, w], rel_head.float()[b, batch["head"][b, w]])
        found["dep"] = F.cross_entropy(scores, batch["dep"][b, w])
    begun = batch["start"] != UNSET
    if begun.any():
        found["start"] = F.binary_cross_entropy_with_logits(start.float()[begun], batch["start"][begun].float())
    tagged = batch["ner"] != 0
    if tagged.any():
        logits = ner.float()[tagged]
        allowed = (batch["ner"][tagged][:, None] >> torch.arange(len(BIO))) & 1
        found["ner"] = (logits.logsumexp(-1) - logits.masked_fill(allowed == 0, -1e9).logsumexp(-1)).mean()
    return found


WEIGHTS = {"tag": 0.4, "morph": 0.4, "lemma": 0.3, "start": 0.5, "head": 1.0, "dep": 0.8, "ner": 1.5}


def batches(windows: list[Window], rng: random.Random, budget: int) -> list[list[Window]]:
    """Windows of like length together, `budget` pieces at most in a batch, padding included."""
    order = sorted(windows, key=lambda w: sum(len(r.pieces) for r in w.rows) + rng.random() * 8)
    made: list[list[Window]] = []
    current: list[Window] = []
    for window in order:
        size = sum(len(r.pieces) for r in window.rows) + 2
        if current and size * (len(current) + 1) > budget:
            made.append(current)
            current = []
        current.append(window)
    made.append(current)
    rng.shuffle(made)
    return made


def check(net: Network, windows: list[Window], pieces: features.WordPieces) -> dict[str, float]:
    """Accuracies on gold sentences and the entity F1 of plain BIO decoding, for watching a run only."""
    right = dict.fromkeys(("tag", "morph", "lemma", "uas", "las", "start"), 0)
    total = dict.fromkeys(right, 0)
    hits = guesses = golds = 0
    net.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for group in batches(windows, random.Random(0), 4000):
            batch = collate(group, pieces)
            tags, start, ner, arcs, rel_dep, rel_head = net(
                batch["pieces"], batch["surface"], batch["first"], batch["last"]
            )
            s = net.sizes
            for name, scores in zip(
                ("tag", "morph", "lemma"), tags.float().split([s.tag, s.morph, s.lemma], dim=-1), strict=True
            ):
                known = batch[name] != UNSET
                right[name] += int((scores.argmax(-1) == batch[name])[known].sum())
                total[name] += int(known.sum())
            known = batch["start"] != UNSET
            right["start"] += int(((start > 0) == (batch["start"] == 1))[known].sum())
            total["start"] += int(known.sum())
            b, w = (batch["head"] != UNSET).nonzero(as_tuple=True)
            if len(b):
                heads = masked_arcs(arcs, batch["sent"])[b, w].argmax(-1)
                deps = net.labels(rel_dep.float()[b, w], rel_head.float()[b, heads]).argmax(-1)
                good = heads == batch["head"][b, w]
                right["uas"] += int(good.sum())
                right["las"] += int((good & (deps == batch["dep"][b, w])).sum())
                total["uas"] = total["las"] = total["las"] + len(b)
            best = ner.argmax(-1)
            for row in range(len(group)):
                known = batch["ner"][row] != 0
                guess = coarse([BIO[i] for i in best[row][known].tolist()])
                gold = coarse([BIO[(int(m) & -int(m)).bit_length() - 1] for m in batch["ner"][row][known]])
                hits, guesses, golds = hits + len(guess & gold), guesses + len(guess), golds + len(gold)
    net.train()
    scores = {name: round(right[name] / total[name], 4) for name in right if total[name]}
    return scores | {"ents_f": round(2 * hits / max(1, guesses + golds), 4)}


def coarse(tags: list[str]) -> set[tuple[int, int, str]]:
    """Persons, organisations and places of a tag sequence."""
    merged = [
        "B-PLACE"
        if t[2:] in {"GPE", "LOC", "FAC"} and t[0] == "B"
        else "I-PLACE"
        if t[2:] in {"GPE", "LOC", "FAC"}
        else t
        for t in tags
    ]
    spans: set[tuple[int, int, str]] = set()
    first = None
    for at, tag in enumerate([*merged, "O"]):
        if first is not None and (tag[0] != "I" or tag[2:] != merged[first][2:]):
            spans.add((first, at, merged[first][2:]))
            first = None
        if tag[0] == "B" or (tag[0] == "I" and first is None):
            first = at
    return {span for span in spans if span[2] in {"PERSON", "ORG", "PLACE"}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minilm", type=Path, required=True, help="folder with vocab.txt and model.safetensors")
    parser.add_argument("--train", nargs="+", default=list(TRAIN), help="names of .spacy files in DATA")
    parser.add_argument("--epochs", type=float, default=5)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--budget", type=int, default=1600, help="word pieces in a batch")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--stop", type=int, help="steps after which to stop, before the rate has gone down")
    parser.add_argument("--start", type=Path, help="model.pt of an earlier run to start from")
    run(parser.parse_args())


def run(given: argparse.Namespace) -> None:
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    rng = random.Random(given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    nlp = spacy.blank("en")
    vocabulary = (given.minilm / "vocab.txt").read_text("utf-8").split("\n")
    vocabulary = vocabulary[:-1] if not vocabulary[-1] else vocabulary
    kept = keep_pieces(vocabulary)
    pieces = features.WordPieces([vocabulary[i] for i in kept])
    gold = {
        name: list(DocBin().from_disk(given.data / f"{name}.spacy").get_docs(nlp.vocab))
        for name in {*given.train, *LABELLED, "ewt-dev", "gum-dev"}
    }
    labels = Labels.of(doc for name in LABELLED for doc in gold[name])
    reader = Reader(nlp, pieces, labels)
    documents = [reader.sentences(doc) for name in given.train for doc in gold[name]]
    packer = Packer(documents, rng=rng, mask_piece=pieces.pieces.index(features.MASK))
    dev = {
        name: Packer([reader.sentences(d) for d in gold[name]], rng=rng, mask_piece=0, augment=False).windows()
        for name in ("ewt-dev", "gum-dev")
    }
    sizes = Sizes(
        pieces=len(kept), surfaces=len(features.SHAPES) * len(features.GAPS),
        tag=len(labels.tag), morph=len(labels.morph),
        lemma=len(labels.lemma), dep=len(labels.dep), ner=len(BIO),
    )  # fmt: skip
    net = Network(sizes)
    net.load_minilm(given.minilm, kept)
    if given.start:
        net.load_state_dict(torch.load(given.start, weights_only=True)["weights"])
    net.word.weight.requires_grad_(False)
    train(net, packer, dev, pieces, given)
    meta = {
        "sizes": dataclasses.asdict(sizes),
        "labels": dataclasses.asdict(labels) | {"ner": list(BIO)},
        "pieces": pieces.pieces,
    }
    torch.save({"weights": net.state_dict(), "meta": json.dumps(meta)}, given.out / "model.pt")


def train(
    net: Network,
    packer: Packer,
    dev: dict[str, list[Window]],
    pieces: features.WordPieces,
    given: argparse.Namespace,
) -> None:
    """Trains `net` in place and leaves the running average of its weights in it."""
    old = [p for n, p in net.named_parameters() if p.requires_grad and n.startswith(("layers", "norm", "position"))]
    taken = {id(p) for p in old}
    new = [p for p in net.parameters() if p.requires_grad and id(p) not in taken]
    optimizer = torch.optim.AdamW(
        [{"params": old, "lr": given.rate}, {"params": new, "lr": given.rate * 5}],
        weight_decay=0.01,
        betas=(0.9, 0.98),
        fused=True,
    )
    queue = batches(packer.windows(), packer.rng, given.budget)
    total = int(len(queue) * given.epochs)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min(1.0, (n + 1) / (0.06 * total)) * max(0.02, 1 - n / total)
    )
    average = copy.deepcopy({n: p.data for n, p in net.named_parameters() if p.requires_grad})
    end = min(total, given.stop or total)
    step, saved = 0, given.out / "checkpoint.pt"
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        net.load_state_dict(state["net"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        average, step = state["average"], state["step"]
    print(f"{total} steps, {len(queue)} an epoch, {sum(p.numel() for p in net.parameters()):,} parameters", flush=True)
    seen: dict[str, list[float]] = {}
    begun = time.time()
    net.train()
    while step < end:
        if not queue:
            queue = batches(packer.windows(), packer.rng, given.budget)
        found = losses(net, collate(queue.pop(), pieces))
        sum(WEIGHTS[name] * value for name, value in found.items()).backward()  # type: ignore[union-attr]
        torch.nn.utils.clip_grad_norm_([*old, *new], 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        decay = min(0.998, step / (step + 20))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(average.values()), [p.data for p in net.parameters() if p.requires_grad], 1 - decay
            )
        for name, value in found.items():
            seen.setdefault(name, []).append(float(value.detach()))
        if step % 50 == 0:
            print(
                step, f"{time.time() - begun:.0f}s", {k: round(sum(v) / len(v), 3) for k, v in seen.items()}, flush=True
            )
            seen = {}
        if step % 400 == 0 or step == end:
            plain = {n: p.data.clone() for n, p in net.named_parameters() if p.requires_grad}
            net.load_state_dict(average, strict=False)
            print(step, {name: check(net, windows, pieces) for name, windows in dev.items()}, flush=True)
            if step < end:
                net.load_state_dict(plain, strict=False)
                state = {
                    "net": plain,
                    "average": average,
                    "step": step,
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                }
                torch.save(state, saved.with_suffix(".new"))
                saved.with_suffix(".new").replace(saved)


if __name__ == "__main__":
    main()
