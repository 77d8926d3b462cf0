"""Accuracy and speed of a pipeline on the treebanks.

    python benchmarks/model.py TREEBANKS [--pipeline NAME ...] [--split test]

Raw text goes in, a document at a time; UAS, LAS, tags, lemmas and sentences are what spaCy's scorer says. Entities
count as found when span and kind (person, organisation, place) both fit. GUM's gold is taken twice: trimmed to names as
in training (`gum-names`), and with the whole span of a mention headed by a proper noun, articles and titles included
(`gum-whole`). Words/s are of one core after a warm-up run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import spacy
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "training")]

import convert  # noqa: E402
import treebanks as tb  # noqa: E402

from kg.annotate.pipeline import SHIPPED  # noqa: E402

KINDS = {"PERSON": "person", "ORG": "organisation", "GPE": "place", "LOC": "place", "FAC": "place"}


def names(doc: Doc) -> set[tuple[int, int, str]]:
    """Persons, organisations and places as character spans."""
    return {(e.start_char, e.end_char, KINDS[e.label_]) for e in doc.ents if e.label_ in KINDS}


def whole_names(sentences: list[tb.Sentence], doc: Doc) -> set[tuple[int, int, str]]:
    """GUM's mentions headed by a proper noun, untrimmed, longest first where they overlap."""
    kinds = {"person": "person", "organization": "organisation", "place": "place"}
    spans: list[tuple[int, int, str]] = []
    offset = 0
    for sentence in sentences:
        for first, last, kind in tb.gum_spans(sentence.rows):
            inside = {sentence.rows[at][0] for at in range(first, last + 1)}
            head = next((r for r in sentence.rows[first : last + 1] if r[6] not in inside), None)
            if kind in kinds and head is not None and head[3] == "PROPN":
                spans.append((offset + first, offset + last, kinds[kind]))
        offset += len(sentence.rows)
    taken: set[int] = set()
    found: set[tuple[int, int, str]] = set()
    for first, last, kind in sorted(spans, key=lambda s: s[0] - s[1]):
        if not taken.intersection(range(first, last + 1)):
            taken.update(range(first, last + 1))
            found.add((doc[first].idx, doc[last].idx + len(doc[last]), kind))
    return found


def f1(pairs: Iterable[tuple[set[tuple[int, int, str]], set[tuple[int, int, str]]]]) -> dict[str, float]:
    """Precision, recall and F1 over (found, gold) pairs."""
    right = found = gold = 0
    for guess, truth in pairs:
        right, found, gold = right + len(guess & truth), found + len(guess), gold + len(truth)
    return {
        "p": round(right / max(1, found), 4),
        "r": round(right / max(1, gold), 4),
        "f": round(2 * right / max(1, found + gold), 4),
    }


def measure(nlp: spacy.Language, treebanks: Path, split: str) -> dict[str, object]:
    """All scores of one pipeline on one split."""
    result: dict[str, object] = {}
    words = seconds = 0.0
    for corpus in ("ewt", "gum"):
        path = treebanks / corpus / f"{split}.conllu"
        golds = convert.whole(nlp, path, gum=corpus == "gum")
        examples = []
        for gold in golds:
            begun = time.perf_counter()
            predicted = nlp(gold.text)
            seconds += time.perf_counter() - begun
            words += len(gold)
            examples.append(Example(predicted, gold))
        scores = Scorer().score(examples) | Scorer.score_token_attr(examples, "lemma")
        result[corpus] = {
            key: round(scores[key], 4)
            for key in ("dep_uas", "dep_las", "tag_acc", "pos_acc", "lemma_acc", "sents_f")
            if scores.get(key) is not None
        }
        guesses = [names(example.predicted) for example in examples]
        if corpus == "gum":
            result["gum-names"] = f1(zip(guesses, map(names, golds), strict=True))
            pieces = list(tb.read_conllu(path))
            result["gum-whole"] = f1(
                (g, whole_names(p.sentences, d)) for g, p, d in zip(guesses, pieces, golds, strict=True)
            )
        else:
            tagged = convert.whole(nlp, path, uner=treebanks / "uner" / f"{split}.iob2")
            result["uner-names"] = f1(zip(guesses, map(names, tagged), strict=True))
    result["words_per_second"] = round(words / seconds)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("treebanks", type=Path)
    parser.add_argument("--pipeline", nargs="+", default=[str(ROOT / SHIPPED)])
    parser.add_argument("--split", default="test", choices=["dev", "test"])
    parser.add_argument("--record", action="store_true", help="write the scores into each pipeline's meta.json")
    given = parser.parse_args()
    for name in given.pipeline:
        nlp = spacy.load(name)
        nlp("A warm-up sentence.")
        scores = measure(nlp, given.treebanks, given.split)
        print(name, json.dumps(scores, indent=1))
        if given.record:
            meta = Path(name) / "meta.json"
            stored = json.loads(meta.read_text("utf-8"))
            stored["performance"] = {"split": given.split} | {k: v for k, v in scores.items() if isinstance(v, dict)}
            meta.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
