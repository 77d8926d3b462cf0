"""Loading pipelines by name or folder: what is refused, and with which words; the label scheme of a parser."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from kg.annotate.pipeline import load_pipeline, scheme
from kg.errors import BadPipeline

UD = ("nsubj", "obj", "obl", "case", "nmod", "ROOT")
CLEAR = ("nsubj", "dobj", "pobj", "prep", "ROOT")


def tiny(*, without: str = "", labels: tuple[str, ...] = UD) -> Language:
    """An untrained pipeline with every component that is needed but one."""
    nlp = spacy.blank("en")
    for name in ("tagger", "parser", "ner", "trainable_lemmatizer"):
        if name != without:
            pipe = nlp.add_pipe(name)
            for label in {"tagger": ("NN",), "parser": labels, "ner": ("PERSON",)}.get(name, ()):
                pipe.add_label(label)  # type: ignore[attr-defined]
    return nlp


def saved(nlp: Language, folder: Path) -> str:
    nlp.to_disk(folder)
    return str(folder)


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ("tagger", "tagger or morphologizer"),
        ("parser", "parser"),
        ("ner", "ner"),
        ("trainable_lemmatizer", "lemmatizer"),
    ],
)
def test_a_missing_component_is_named(tmp_path: Path, without: str, named: str) -> None:
    with pytest.raises(BadPipeline, match=f"has no {named},"):
        load_pipeline(saved(tiny(without=without), tmp_path / "tiny"))


def test_a_disabled_component_counts_as_missing(tmp_path: Path) -> None:
    nlp = tiny()
    nlp.disable_pipe("ner")
    with pytest.raises(BadPipeline, match="has no ner,"):
        load_pipeline(saved(nlp, tmp_path / "tiny"))


def test_a_component_under_another_name_is_known_by_its_factory(tmp_path: Path) -> None:
    nlp = tiny()
    nlp.rename_pipe("parser", "trees")
    nlp.rename_pipe("ner", "names")
    assert load_pipeline(saved(nlp, tmp_path / "tiny")).pipe_names == [
        "tagger",
        "trees",
        "names",
        "trainable_lemmatizer",
    ]


def test_a_complete_pipeline_is_loaded_from_its_folder(tmp_path: Path) -> None:
    nlp = load_pipeline(saved(tiny(), tmp_path / "tiny"))
    assert nlp.pipe_names == ["tagger", "parser", "ner", "trainable_lemmatizer"]


def test_an_unknown_name_says_how_to_install_it() -> None:
    with pytest.raises(BadPipeline, match="python -m spacy download en_no_such_pipeline"):
        load_pipeline("en_no_such_pipeline")


def test_a_folder_that_holds_no_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPipeline, match="cannot be read"):
        load_pipeline(str(tmp_path))


def test_another_language_is_refused(tmp_path: Path) -> None:
    spacy.blank("de").to_disk(tmp_path / "de")
    with pytest.raises(BadPipeline, match="'de'"):
        load_pipeline(str(tmp_path / "de"))


@pytest.mark.parametrize(("labels", "expected"), [(UD, "ud"), (CLEAR, "clear")])
def test_the_scheme_is_read_off_the_labels(labels: tuple[str, ...], expected: str) -> None:
    assert scheme(tiny(labels=labels)) == expected


def test_labels_of_neither_scheme_are_refused() -> None:
    with pytest.raises(BadPipeline, match="neither scheme"):
        scheme(tiny(labels=("SB", "OA")))
