"""Treebanks to spaCy's binary format: `python training/convert.py TREEBANKS OUT`.

Writes to OUT, for each corpus and split, whole documents (`ewt-train.spacy`, `gum-test.spacy`, ...), and for spaCy
`train.spacy` and `dev.spacy`, cut into runs of a few sentences. Test splits go to their own files only.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable
from pathlib import Path

import spacy
import treebanks as tb
from spacy.tokens import Doc, DocBin


def whole(
    nlp: spacy.Language, path: Path, *, uner: Path | None = None, gum: bool = False, breaks: bool = False
) -> list[Doc]:
    """The documents of a CoNLL-U file; entities from GUM's own column, from a Universal NER file, or all missing."""
    tags = tb.read_iob(uner) if uner else {}
    docs: list[Doc] = []
    for piece in tb.read_conllu(path):
        doc = tb.to_doc(nlp.vocab, piece.sentences, breaks=breaks)
        annotate(doc, piece.sentences, tags=tags, gum=gum)
        docs.append(doc)
    return docs


def annotate(doc: Doc, sentences: list[tb.Sentence], *, tags: dict[str, list[str]], gum: bool) -> None:
    """Sets the entities of a Doc without paragraph breaks."""
    if gum:
        tb.gum_entities(doc, sentences)
    elif tags:
        tb.uner_entities(doc, sentences, tags)
    else:
        doc.set_ents([], default="missing")
        doc.user_data["scheme"] = []


def cut(
    nlp: spacy.Language,
    path: Path,
    *,
    rng: random.Random,
    uner: Path | None = None,
    gum: bool = False,
    longest: int = 8,
) -> list[Doc]:
    """The same in runs of one to `longest` sentences of one document."""
    tags = tb.read_iob(uner) if uner else {}
    docs: list[Doc] = []
    for piece in tb.read_conllu(path):
        at = 0
        while at < len(piece.sentences):
            run = piece.sentences[at : at + rng.randint(1, longest)]
            at += len(run)
            doc = tb.to_doc(nlp.vocab, run)
            annotate(doc, run, tags=tags, gum=gum)
            docs.append(doc)
    return docs


def without_syntax(docs: Iterable[Doc]) -> list[Doc]:
    """Copies that keep words, spaces and entities only."""
    copies: list[Doc] = []
    for doc in docs:
        copy = Doc(doc.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
        missing = [copy[t.i : t.i + 1] for t in doc if t.ent_iob_ == ""]
        copy.set_ents(
            [spacy.tokens.Span(copy, e.start, e.end, e.label_) for e in doc.ents], missing=missing, default="outside"
        )
        copy.user_data.update(doc.user_data)
        copies.append(copy)
    return copies


def save(docs: Iterable[Doc], path: Path) -> None:
    DocBin(docs=docs, store_user_data=True).to_disk(path)


def convert(source: Path, out: Path, *, seed: int = 1) -> dict[str, int]:
    """Converts everything below `source`; returns the number of Docs in each file written."""
    rng = random.Random(seed)
    nlp = spacy.blank("en")
    out.mkdir(parents=True, exist_ok=True)
    sets: dict[str, list[Doc]] = {}
    for split in ("train", "dev", "test"):
        sets[f"ewt-{split}"] = whole(nlp, source / "ewt" / f"{split}.conllu")
        sets[f"gum-{split}"] = whole(nlp, source / "gum" / f"{split}.conllu", gum=True)
    for split in ("dev", "test"):
        tagged = whole(nlp, source / "ewt" / f"{split}.conllu", uner=source / "uner" / f"{split}.iob2")
        sets[f"uner-{split}"] = without_syntax(tagged)
    sets["wikigold"] = list(tb.read_wikigold(nlp.vocab, source / "wikigold" / "wikigold.conll.txt"))
    sets["re3d"] = [
        d
        for folder in sorted((source / "re3d").iterdir())
        if (folder / "documents.json").exists()
        for d in tb.read_re3d(nlp.vocab, folder, nlp.make_doc)
    ]
    names = without_syntax(cut(nlp, source / "ewt" / "dev.conllu", rng=rng, uner=source / "uner" / "dev.iob2"))
    sets["train"] = [
        *cut(nlp, source / "ewt" / "train.conllu", rng=rng),
        *cut(nlp, source / "gum" / "train.conllu", rng=rng, gum=True),
        *sets["wikigold"],
        *sets["re3d"],
        *names,
    ]
    rng.shuffle(sets["train"])
    sets["dev"] = [
        *cut(nlp, source / "ewt" / "dev.conllu", rng=rng, longest=10),
        *cut(nlp, source / "gum" / "dev.conllu", rng=rng, gum=True, longest=10),
    ]
    for name, docs in sets.items():
        save(docs, out / f"{name}.spacy")
    return {name: len(docs) for name, docs in sets.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("treebanks", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name, count in convert(given.treebanks, given.out, seed=given.seed).items():
        print(f"{name}\t{count}")


if __name__ == "__main__":
    main()
