"""Names for a treebank without any: `python training/silver.py PIPELINE GOLD.spacy OUT.spacy`.

An earlier pipeline finds them; the gold tags have a veto. A found name without a proper noun, and a proper noun in no
found name, are left undecided; everything else is taken as found.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin, Span

import kg.annotate.encoder_pipes  # noqa: F401  # registers the factories

NAMES = ("PERSON", "ORG", "GPE", "LOC", "FAC")


def decide(gold: Doc, found: Doc) -> None:
    """Sets on `gold` the names of `found`, a Doc of the same text, that its tags do not contradict."""
    kept: list[Span] = []
    doubtful: list[Span] = []
    for ent in found.ents:
        span = gold.char_span(ent.start_char, ent.end_char, label=ent.label_, alignment_mode="expand")
        if ent.label_ in NAMES and span is not None:
            proper = span.text == ent.text and any(token.pos_ == "PROPN" for token in span)
            (kept if proper else doubtful).append(span)
    taken = {token.i for span in (*kept, *doubtful) for token in span}
    doubtful += [gold[token.i : token.i + 1] for token in gold if token.pos_ == "PROPN" and token.i not in taken]
    gold.set_ents(kept, missing=doubtful, default="outside")
    gold.user_data["scheme"] = list(NAMES)
    gold.user_data["places"] = "merged"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipeline")
    parser.add_argument("gold", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    nlp = spacy.load(given.pipeline)
    docs = list(DocBin().from_disk(given.gold).get_docs(nlp.vocab))
    for doc in docs:
        decide(doc, nlp(doc.text))
    DocBin(docs=docs, store_user_data=True).to_disk(given.out)


if __name__ == "__main__":
    main()
