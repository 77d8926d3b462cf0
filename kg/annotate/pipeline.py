"""Loading a spaCy pipeline: the one that ships with leakgraph, any installed package, or a folder.

Importing this module also registers the factories of the shipped pipeline's components (`kg.annotate.encoder`), so
that `spacy.load` finds them afterwards.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import spacy
from spacy.language import Language

from kg.errors import BadInput, BadPipeline
from kg.settings import resource

SHIPPED = "data/model/en_leakgraph"
# What the extractor reads off a document, and the components any one of which supplies it, by name or by factory.
NEEDED: dict[str, tuple[str, ...]] = {
    "tagger or morphologizer": ("tagger", "morphologizer"),
    "parser": ("parser",),
    "ner": ("ner",),
    "lemmatizer": ("lemmatizer", "trainable_lemmatizer"),
}
# Labels that only one of the two schemes has: Universal Dependencies, and CLEAR as in the stock English pipelines.
_UD = frozenset({"obl", "obj", "nmod", "nsubj:pass", "case", "aux:pass", "obl:agent"})
_CLEAR = frozenset({"dobj", "pobj", "prep", "nsubjpass", "auxpass", "agent", "attr"})

Scheme = Literal["ud", "clear"]


def load_pipeline(name: str | None) -> Language:
    """The pipeline `name` (an installed package or a folder); None gives the one that ships with leakgraph.

    Raises `BadPipeline` when it is not found, cannot be read, is not English, or lacks a component that the extractor
    needs; the message names the component, or the command that installs the pipeline.
    """
    nlp = _load(name)
    if nlp.lang != "en":
        raise BadPipeline(f"pipeline {name!r} is for the language {nlp.lang!r}, not for English")
    check_components(nlp, name or SHIPPED)
    return nlp


def _load(name: str | None) -> Language:
    try:
        return spacy.load(resource(SHIPPED) if name is None else name)
    except BadInput as err:
        raise BadPipeline("the pipeline that ships with leakgraph is missing", hint=err.hint) from err
    except OSError as err:
        if name is None or Path(name).exists():
            raise BadPipeline(f"pipeline {name or SHIPPED!r} cannot be read: {err}") from err
        raise BadPipeline(
            f"there is no spaCy pipeline {name!r}, neither installed nor as a folder",
            hint=f"Install it with: python -m spacy download {name}\n"
            "  (or give the folder of a trained pipeline; without --pipeline the shipped one is used)",
        ) from err
    except (ValueError, ImportError, KeyError) as err:
        raise BadPipeline(
            f"pipeline {name or SHIPPED!r} cannot be loaded: {err}",
            hint="Was it made for another version of spaCy, or does it need a package that is not installed?",
        ) from err


def check_components(nlp: Language, name: str) -> None:
    """Raises `BadPipeline` naming the first thing that the extractor needs and no enabled component supplies."""
    present = {kind for pipe in nlp.pipe_names for kind in (pipe, nlp.get_pipe_meta(pipe).factory)}
    for need, suppliers in NEEDED.items():
        if not present.intersection(suppliers):
            have = ", ".join(nlp.pipe_names) or "none at all"
            raise BadPipeline(
                f"pipeline {name!r} has no {need}, which the extractor needs (its components: {have})",
                hint="Choose a full pipeline such as en_core_web_sm, or leave --pipeline out to use the shipped one.",
            )


def _parser_labels(nlp: Language) -> list[str]:
    """The labels of the pipe called `parser`, or else of the first one that a factory of that kind made."""
    for name in ("parser", *nlp.pipe_names):
        if nlp.has_pipe(name) and (name == "parser" or nlp.get_pipe_meta(name).factory == "parser"):
            return list(nlp.get_pipe(name).labels)  # type: ignore[attr-defined]
    return []


def scheme(nlp: Language) -> Scheme:
    """The dependency labels that the parser of `nlp` speaks: `ud`, or `clear` as in the stock English pipelines.

    Raises `BadPipeline` when its labels are of neither scheme.
    """
    labels = set(_parser_labels(nlp))
    ud, clear = len(labels & _UD), len(labels & _CLEAR)
    if ud == clear:
        shown = ", ".join(sorted(labels)[:12]) or "none"
        raise BadPipeline(
            f"the parser's labels are of neither scheme known here (Universal Dependencies, CLEAR): {shown}"
        )
    return "ud" if ud > clear else "clear"


def pipeline_name(name: str | None) -> str:
    """Name and version of the pipeline that `load_pipeline(name)` would give, read without loading it.

    Raises `BadPipeline` when there is none.
    """
    try:
        meta = spacy.util.load_meta(resource(SHIPPED) / "meta.json") if name is None else _meta(name)
    except (BadInput, OSError, ValueError) as err:
        raise BadPipeline(f"there is no spaCy pipeline {name or SHIPPED!r}: {err}") from err
    return f"{meta.get('lang')}_{meta.get('name')}-{meta.get('version')}"


def _meta(name: str) -> dict[str, Any]:
    folder = Path(name) if Path(name).exists() else spacy.util.get_package_path(name)
    found = sorted(folder.glob("meta.json")) or sorted(folder.glob("*/meta.json"))
    meta: dict[str, Any] = spacy.util.load_meta(found[0]) if found else {}
    return meta
