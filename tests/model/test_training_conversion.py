"""The conversion of treebanks, on small invented files: words, syntax, which spans count as names."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import spacy
from spacy.tokens import DocBin

TRAINING = Path(__file__).resolve().parents[2] / "training"

GUM = """\
# newdoc id = GUM_news_invented
# global.Entity = GRP-etype-infstat-salience-centering-minspan-link-identity
# newpar
# sent_id = GUM_news_invented-1
# text = The Example Institute's President Ada Sample isn't in North Utopia, said 12% of voters.
1\tThe\tthe\tDET\tDT\tDefinite=Def|PronType=Art\t3\tdet\t_\tEntity=(1-person-new-nnnnn-cf1-6-sgl(2-organization-new-nnnnn-cf2-3-sgl
2\tExample\tExample\tPROPN\tNNP\tNumber=Sing\t3\tcompound\t_\t_
3-4\tInstitute's\t_\t_\t_\t_\t_\t_\t_\t_
3\tInstitute\tInstitute\tPROPN\tNNP\tNumber=Sing\t6\tnmod:poss\t_\t_
4\t's\t's\tPART\tPOS\t_\t3\tcase\t_\tEntity=2)
5\tPresident\tPresident\tPROPN\tNNP\tNumber=Sing\t6\tnmod:desc\t_\t_
6\tAda\tAda\tPROPN\tNNP\tNumber=Sing\t11\tnsubj\t_\t_
7\tSample\tSample\tPROPN\tNNP\tNumber=Sing\t6\tflat\t_\tEntity=1)
8-9\tisn't\t_\t_\t_\t_\t_\t_\t_\t_
8\tis\tbe\tAUX\tVBZ\tMood=Ind\t11\tcop\t_\t_
9\tn't\tnot\tPART\tRB\tPolarity=Neg\t11\tadvmod\t_\t_
10\tin\tin\tADP\tIN\t_\t11\tcase\t_\t_
11\tUtopia\tUtopia\tPROPN\tNNP\tNumber=Sing\t0\troot\t_\tEntity=(3-place-new-nnnnn-cf3-1-sgl)|SpaceAfter=No
12\t,\t,\tPUNCT\t,\t_\t13\tpunct\t_\t_
13\tsaid\tsay\tVERB\tVBD\tMood=Ind\t11\tparataxis\t_\t_
14\t12\t12\tNUM\tCD\tNumType=Card\t15\tnummod\t_\tEntity=(4-person-new-nnnnn-cf4-4-sgl|SpaceAfter=No
15\t%\t%\tSYM\tNN\t_\t13\tnsubj\t_\t_
16\tof\tof\tADP\tIN\t_\t17\tcase\t_\t_
17\tvoters\tvoter\tNOUN\tNNS\tNumber=Plur\t15\tnmod\t_\tEntity=4)|SpaceAfter=No
18\t.\t.\tPUNCT\t.\t_\t11\tpunct\t_\t_

# sent_id = GUM_news_invented-2
# text = The Secretary left.
1\tThe\tthe\tDET\tDT\tDefinite=Def\t2\tdet\t_\tEntity=(5-person-new-nnnnn-cf1-2-sgl
2\tSecretary\tSecretary\tPROPN\tNNP\tNumber=Sing\t3\tnsubj\t_\tEntity=5)
3\tleft\tleave\tVERB\tVBD\tMood=Ind\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_

"""
EWT = """\
# newdoc id = mail-1
# sent_id = mail-1-1
# text = Ada likes Utopia.
1\tAda\tAda\tPROPN\tNNP\tNumber=Sing\t2\tnsubj\t_\t_
2\tlikes\tlike\tVERB\tVBZ\tMood=Ind\t0\troot\t_\t_
3\tUtopia\tUtopia\tPROPN\tNNP\tNumber=Sing\t2\tobj\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

"""
UNER = """\
# newdoc id = mail-1
# sent_id = mail-1-1
# text = Ada likes Utopia.
1\tAda\tB-PER\t-\tx
2\tlikes\tO\t-\tx
3\tUtopia\tB-LOC\t-\tx
4\t.\tO\t-\tx

"""
WIKI = "The O\nSample I-ORG\nWorks I-ORG\nopened O\nin O\nUtopia I-LOC\n. O\n\nThe O\nGames I-MISC\nbegan O\n. O\n"
RE3D = "Minister Ada Sample of Utopia met the rebels and the Sample Front on Friday."


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The modules of training/, as its own commands import them."""
    monkeypatch.syspath_prepend(str(TRAINING))
    before = set(sys.modules)
    import convert  # type: ignore[import-not-found]
    import treebanks  # type: ignore[import-not-found]

    yield SimpleNamespace(convert=convert, treebanks=treebanks)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(TRAINING)):
            del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of invented treebanks laid out like the real ones."""
    for corpus, text in (("ewt", EWT), ("gum", GUM)):
        (tmp_path / corpus).mkdir()
        for split in ("train", "dev", "test"):
            (tmp_path / corpus / f"{split}.conllu").write_text(text, "utf-8")
    for name, text in (("uner/dev.iob2", UNER), ("uner/test.iob2", UNER), ("wikigold/wikigold.conll.txt", WIKI)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    source = tmp_path / "re3d" / "invented"
    source.mkdir(parents=True)
    (source / "documents.json").write_text(json.dumps({"_id": "1", "text": RE3D}) + "\n", "utf-8")
    rows = [
        ("Person", "Minister Ada Sample"),
        ("Location", "Utopia"),
        ("Organisation", "the rebels"),
        ("Organisation", "the Sample Front"),
        ("Temporal", "Friday"),
    ]
    entities = [
        {
            "documentId": "1",
            "type": kind,
            "value": value,
            "begin": RE3D.index(value),
            "end": RE3D.index(value) + len(value),
            "confidence": 1,
        }
        for kind, value in rows
    ]
    (source / "entities.json").write_text("".join(json.dumps(row) + "\n" for row in entities), "utf-8")
    return tmp_path


def converted(tools: SimpleNamespace, folder: Path, name: str) -> list[spacy.tokens.Doc]:
    tools.convert.convert(folder, folder / "out")
    return list(DocBin().from_disk(folder / "out" / f"{name}.spacy").get_docs(spacy.blank("en").vocab))


def entities(doc: spacy.tokens.Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_words_and_spaces_give_the_text_back(tools: SimpleNamespace, folder: Path) -> None:
    (doc,) = converted(tools, folder, "gum-test")
    assert doc.text.strip() == (
        "The Example Institute's President Ada Sample isn't in Utopia, said 12% of voters. The Secretary left."
    )


def test_heads_and_labels_are_kept(tools: SimpleNamespace, folder: Path) -> None:
    (doc,) = converted(tools, folder, "gum-train")
    first, second = doc.sents
    assert (first.root.text, first.root.dep_, second.root.text) == ("Utopia", "ROOT", "left")
    negation = next(token for token in doc if token.text == "n't")
    assert (negation.dep_, negation.head.text, negation.lemma_, negation.tag_) == ("advmod", "Utopia", "not", "RB")


def test_names_lose_articles_titles_and_possessives(tools: SimpleNamespace, folder: Path) -> None:
    (doc,) = converted(tools, folder, "gum-train")
    assert entities(doc) == [
        ("Example Institute", "ORG"),
        ("Ada Sample", "PERSON"),
        ("Utopia", "GPE"),
        ("12%", "PERCENT"),
    ]


def test_a_capitalised_post_is_neither_a_name_nor_none(tools: SimpleNamespace, folder: Path) -> None:
    (doc,) = converted(tools, folder, "gum-train")
    assert next(token for token in doc if token.text == "Secretary").ent_iob_ == ""
    assert next(token for token in doc if token.text == "voters").ent_iob_ == "O"


def test_a_corpus_says_what_it_annotates(tools: SimpleNamespace, folder: Path) -> None:
    assert not converted(tools, folder, "ewt-train")[0].user_data["scheme"]
    (doc,) = converted(tools, folder, "uner-dev")
    assert entities(doc) == [("Ada", "PERSON"), ("Utopia", "GPE")]
    assert "DATE" not in doc.user_data["scheme"]
    assert not doc.has_annotation("DEP")


def test_wikigold_events_stay_open(tools: SimpleNamespace, folder: Path) -> None:
    (doc,) = converted(tools, folder, "wikigold")
    assert entities(doc) == [("Sample Works", "ORG"), ("Utopia", "GPE")]
    assert next(token for token in doc if token.text == "Games").ent_iob_ == ""


def test_re3d_keeps_the_named_ones_only(tools: SimpleNamespace, folder: Path) -> None:
    (doc,) = converted(tools, folder, "re3d")
    assert entities(doc) == [("Ada Sample", "PERSON"), ("Utopia", "GPE"), ("Sample Front", "ORG"), ("Friday", "DATE")]


def test_no_test_split_reaches_the_training_file(tools: SimpleNamespace, folder: Path) -> None:
    for corpus in ("ewt", "gum"):
        path = folder / corpus / "test.conllu"
        path.write_text(path.read_text("utf-8").replace("Utopia", "Nowhere"), "utf-8")
    uner = folder / "uner" / "test.iob2"
    uner.write_text(uner.read_text("utf-8").replace("Utopia", "Nowhere"), "utf-8")
    for name in ("train", "dev", "ewt-train", "gum-train", "uner-dev"):
        assert all("Nowhere" not in doc.text for doc in converted(tools, folder, name)), name
    assert "Nowhere" in converted(tools, folder, "ewt-test")[0].text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Lake Example", "LOC"),
        ("Example River", "LOC"),
        ("Central Asia", "LOC"),
        ("South Utopia", "GPE"),
        ("Example City", "GPE"),
        ("Example Airport", "FAC"),
        ("City of Lake Example", "GPE"),
    ],
)
def test_kinds_of_place_by_their_words(tools: SimpleNamespace, name: str, kind: str) -> None:
    assert tools.treebanks.place_kind(name.split()) == kind


def test_a_multiword_token_is_cut_by_the_lengths_of_its_words(tools: SimpleNamespace) -> None:
    assert tools.treebanks.split_surface("isn't", ["is", "n't"]) == ["is", "n't"]
    assert tools.treebanks.split_surface("wanna", ["want", "to"]) == ["wann", "a"]
    assert tools.treebanks.split_surface("x", ["a", "b"]) == ["a", "b"]


def test_synthetic_sentences_mark_every_name(tools: SimpleNamespace) -> None:
    import synthesise  # type: ignore[import-not-found]
    import yaml

    words = yaml.safe_load((TRAINING / "synthetic.yaml").read_text("utf-8"))
    known = {"P": ["Ada Sample"], "O": ["Sample Works"], "M": ["The Utopian"], "G": ["Utopia"]}
    writer = synthesise.Writer(words, known, random.Random(2))
    text, spans = writer.filled("the {M} told {P} in {G}.")
    assert [(text[start:end], label) for start, end, label in spans][-1] == ("Utopia", "GPE")
    assert not any(text[start:end].lower().startswith("the ") for start, end, _ in spans)
    for _ in range(300):
        text, spans = writer.sentence()
        assert "{" not in text
        assert all(text[start:end].strip() == text[start:end] != "" for start, end, _ in spans)
