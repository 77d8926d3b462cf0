"""The parts of the shipped pipeline that need no network: pieces, letter case, lemma rules, trees, layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from kg.annotate import encoder_pipes
from kg.annotate.encoder import KEY, words_of
from kg.annotate.encoder_features import GAPS, SHAPES, WordPieces, apply_lemma_rule, gap, lemma_rule, shape
from kg.annotate.encoder_names import Found, found, settle, viterbi
from kg.annotate.encoder_tree import best_tree
from kg.errors import BadPipeline

PIECES = ("[UNK]", "[CLS]", "[SEP]", "file", "##s", "un", "##leak", "##ed", "'", "s", '"', "-", "e", "##t")


def pieces(word: str) -> list[str]:
    vocabulary = WordPieces(PIECES)
    return [PIECES[at] for at in vocabulary.ids(word)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("files", ["file", "##s"]),
        ("FILES", ["file", "##s"]),
        ("unleaked", ["un", "##leak", "##ed"]),
        ("’s", ["'", "s"]),
        ("“", ['"']),
        ("—", ["-"]),
        ("ét", ["e", "##t"]),
        ("quux", ["[UNK]"]),
        ("未", ["[UNK]"]),
        ("\u200b", ["[UNK]"]),
    ],
)
def test_words_fall_into_their_longest_pieces(word: str, expected: list[str]) -> None:
    assert pieces(word) == expected


def test_a_very_long_word_keeps_few_pieces() -> None:
    assert len(WordPieces(PIECES).ids("un-" * 200)) == 8


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("leak", "lower"),
        ("Leak", "title"),
        ("BBC", "upper"),
        ("A", "initial"),
        ("iPhone", "mixed"),
        ("McAdam", "mixed"),
        ("20,000", "number"),
        ("F16", "coded"),
        ("—", "punct"),
        ("未来", "other"),
    ],
)
def test_letter_case_is_told_apart(word: str, expected: str) -> None:
    assert SHAPES[shape(word)] == expected


@pytest.mark.parametrize(("space", "expected"), [("", "none"), (" ", "space"), ("\u00a0", "space"), (" \n", "line")])
def test_the_space_before_a_word_is_told_apart(space: str, expected: str) -> None:
    assert GAPS[gap(space)] == expected


@pytest.mark.parametrize(
    ("word", "lemma", "rule"),
    [
        ("files", "file", "l1:"),
        ("verified", "verify", "l3:y"),
        ("n't", "not", "l2:ot"),
        ("were", "be", "=be"),
        ("Obama", "Obama", "k0:"),
        ("Germans", "German", "k1:"),
    ],
)
def test_a_lemma_rule_is_the_shortest_that_fits(word: str, lemma: str, rule: str) -> None:
    assert lemma_rule(word, lemma) == rule
    assert apply_lemma_rule(word, rule) == lemma


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_a_lemma_rule_gives_its_lemma_back(word: str, lemma: str) -> None:
    assert apply_lemma_rule(word, lemma_rule(word, lemma)) == lemma


def test_a_lemma_rule_that_does_not_fit_leaves_the_word() -> None:
    assert apply_lemma_rule("Do", "l5:ing") == "do"


@given(st.integers(1, 14), st.integers(0, 2**32 - 1))
def test_any_scores_give_a_tree_with_one_root(count: int, seed: int) -> None:
    heads = best_tree(np.random.default_rng(seed).normal(size=(count, count + 1)).astype(np.float32) * 4)
    assert [i for i in range(count) if heads[i] == i] == [next(i for i in range(count) if heads[i] == i)]
    for start in range(count):
        node, steps = start, 0
        while heads[node] != node:
            node, steps = int(heads[node]), steps + 1
            assert steps <= count


def test_a_cycle_is_broken_where_it_costs_least() -> None:
    scores = np.full((3, 4), -9.0, dtype=np.float32)
    scores[0, 0] = 5  # word 0 is the root
    scores[1, 3], scores[2, 2] = 4, 4  # words 1 and 2 would head each other
    scores[1, 1], scores[2, 1] = 1, 3
    assert best_tree(scores).tolist() == [0, 2, 0]


def test_names_follow_the_rules_of_bio() -> None:
    labels = ("O", "B-ORG", "I-ORG", "B-GPE", "I-GPE")
    scores = np.array([[0, 2, 3, 0, 0], [0, 0, 2, 0, 3], [5, 0, 0, 0, 0]], dtype=np.float32)
    assert [labels[i] for i in viterbi(scores, labels)] == ["B-ORG", "I-ORG", "O"]


BIO = ("O", "B-PERSON", "I-PERSON", "B-ORG", "I-ORG", "B-GPE", "I-GPE", "B-LOC", "I-LOC", "B-FAC", "I-FAC")


def mention(label: str, at: int, *, sure: float) -> Found:
    """A one-word name at token `at`, with the log-probability `log(sure)` for `label` and the rest on PERSON or ORG."""
    scores = np.full(len(BIO), -20.0, dtype=np.float32)
    scores[BIO.index("B-ORG" if label != "B-ORG" else "B-PERSON")] = np.log(1 - sure)
    scores[BIO.index(label)] = np.log(sure)
    return Found(np.array([at]), scores)


def test_names_written_alike_agree_on_the_better_founded_kind() -> None:
    names = [mention("B-GPE", 0, sure=0.99), mention("B-GPE", 1, sure=0.98), mention("B-ORG", 2, sure=0.6)]
    names[2].scores[BIO.index("B-GPE")] = np.log(0.3)
    ner = np.array([BIO.index(label) for label in ("B-GPE", "B-GPE", "B-ORG", "B-ORG")], dtype=np.int32)
    settle(names, ["Harrow", "Harrow", "Harrow", "Other"], BIO, ner)
    assert [BIO[row] for row in ner] == ["B-GPE", "B-GPE", "B-GPE", "B-ORG"]


def test_a_mention_with_strong_evidence_of_its_own_keeps_its_kind() -> None:
    names = [mention("B-GPE", 0, sure=0.6), mention("B-PERSON", 1, sure=0.9999)]
    names[1].scores[BIO.index("B-GPE")] = -12
    ner = np.array([BIO.index("B-GPE"), BIO.index("B-PERSON")], dtype=np.int32)
    settle(names, ["Paris", "Paris"], BIO, ner)
    assert BIO[ner[1]] == "B-PERSON"


def test_found_names_span_their_words() -> None:
    labels = ("O", "B-ORG", "I-ORG")
    names = found(np.array([1, 2, 0, 1]), np.zeros((4, 3), dtype=np.float32), np.array([4, 5, 6, 8]), labels)
    assert [name.tokens.tolist() for name in names] == [[4, 5], [8]]


def doc_with_arrays() -> Doc:
    doc = Doc(spacy.blank("en").vocab, words=["Guards", "beat", "\n\n", "Anna", "Example", "."])
    doc.user_data[KEY] = {
        "tag": np.array([1, 2, -1, 0, 0, 3]),
        "morph": np.array([1, 2, -1, 0, 0, 3]),
        "lemma": np.array([[0, 1], [2, 0], [-1, -1], [2, 0], [2, 0], [2, 0]]),
        "head": np.array([1, 1, 1, 1, 3, 1]),
        "dep": np.array([1, 0, -1, 2, 3, 4]),
        "ner": np.array([0, 0, -1, 1, 2, 0]),
    }
    return doc


def filled(factory: str, labels: tuple[str, ...], memory: dict[str, str] | None = None) -> encoder_pipes.Layer:
    layer = spacy.blank("en").create_pipe(factory)
    assert isinstance(layer, encoder_pipes.Layer)
    return layer.fill(labels, memory or {})


def test_the_layers_write_tags_tree_and_names() -> None:
    doc = doc_with_arrays()
    filled("leakgraph_tagger", ("NNP", "NNS", "VBD", "."))(doc)
    filled("leakgraph_morphologizer", ("PROPN|Number=Sing", "NOUN|Number=Plur", "VERB", "PUNCT"))(doc)
    filled("leakgraph_parser", ("ROOT", "nsubj", "obj", "flat", "punct"))(doc)
    filled("leakgraph_ner", ("O", "B-PERSON", "I-PERSON"))(doc)
    assert [token.tag_ for token in doc] == ["NNS", "VBD", "_SP", "NNP", "NNP", "."]
    assert [token.pos_ for token in doc] == ["NOUN", "VERB", "SPACE", "PROPN", "PROPN", "PUNCT"]
    assert str(doc[0].morph) == "Number=Plur"
    assert [token.head.i for token in doc] == [1, 1, 1, 1, 3, 1]
    assert [token.dep_ for token in doc] == ["nsubj", "ROOT", "dep", "obj", "flat", "punct"]
    assert len(list(doc.sents)) == 1
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Anna Example", "PERSON")]


def test_lemmas_are_remembered_known_or_made_by_rule() -> None:
    doc = doc_with_arrays()
    filled("leakgraph_tagger", ("NNP", "NNS", "VBD", "."))(doc)
    filled("leakgraph_lemmatizer", ("l2:x", "l1:", "k0:"), {"beat VBD": "beat", "guard NN": "guard"})(doc)
    assert [token.lemma_ for token in doc] == ["guard", "beat", "\n\n", "Anna", "Example", "."]


def test_entities_of_a_ruler_before_are_kept() -> None:
    doc = doc_with_arrays()
    doc.ents = [Span(doc, 4, 5, "ORG")]
    filled("leakgraph_ner", ("O", "B-PERSON", "I-PERSON"))(doc)
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Example", "ORG")]


@pytest.mark.parametrize(("tag", "name"), [("JJ", "UN human"), ("NN", "UN human")])
def test_a_name_does_not_end_in_a_lower_case_adjective(tag: str, name: str) -> None:
    doc = Doc(spacy.blank("en").vocab, words=["UN", "human", "rights"], tags=["NNP", tag, "NNS"])
    doc.user_data[KEY] = {"ner": np.array([1, 2, 0])}
    filled("leakgraph_ner", ("O", "B-ORG", "I-ORG"))(doc)
    assert [ent.text for ent in doc.ents] == ["UN" if tag == "JJ" else name]


def test_a_layer_without_the_encoder_says_so() -> None:
    nlp = spacy.blank("en")
    with pytest.raises(BadPipeline, match="'encoder' must run before"):
        filled("leakgraph_ner", ("O",))(nlp.make_doc("Hello"))
    with pytest.raises(BadPipeline, match="no network"):
        nlp.create_pipe("leakgraph_encoder")(nlp.make_doc("Hello"))


def test_an_incomplete_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPipeline, match="incomplete"):
        spacy.blank("en").create_pipe("leakgraph_encoder").from_disk(tmp_path)


def test_white_space_is_no_word() -> None:
    doc = spacy.blank("en").make_doc("\n Un  files\n\nun")
    words = words_of(doc, WordPieces(PIECES))
    assert [doc[int(at)].text for at in words.tokens] == ["Un", "files", "un"]
    assert words.breaks.tolist() == [True, False, True]
