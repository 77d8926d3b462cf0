"""From words to facts: `annotate` turns documents into entities, statements, positions, figures, claims and visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from spacy.language import Language

from kg.annotate.assemble import Annotator
from kg.annotate.pieces import parsed
from kg.annotate.pipeline import load_pipeline, scheme
from kg.authority import Entry
from kg.records import Annotated, Document


def annotate(
    documents: Iterable[Document], *, pipeline: str | None, authority: Mapping[str, Entry]
) -> Iterator[Annotated]:
    """Each document with everything that was read out of it, in the order of the documents.

    `pipeline` names an installed spaCy pipeline or a folder; None takes the one that ships with leakgraph. Raises
    `BadPipeline` when it cannot be loaded or lacks a component, `BadData` when rules or word lists are malformed.
    """
    nlp = load_pipeline(pipeline)
    yield from annotate_with(documents, nlp=nlp, scheme=scheme(nlp), authority=authority)


def annotate_with(
    documents: Iterable[Document], *, nlp: Language, scheme: str, authority: Mapping[str, Entry]
) -> Iterator[Annotated]:
    """`annotate` with a pipeline that is loaded already, whose dependency labels are of `scheme` ("ud" or "clear")."""
    annotator = Annotator(nlp, scheme=scheme, authority=authority)
    for document, doc, notes in parsed(documents, nlp):
        yield annotator.read(document, doc, notes)
