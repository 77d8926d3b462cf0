"""What a document's metadata say of it: author, publisher and date as statements about `DOC`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from kg.authority import Entry
from kg.records import DOC, Document, Field, LocalEntity, Span, Statement, Value

_CERTAIN = Decimal("0.95")
_DATES = {4: "gYear", 7: "gYearMonth", 10: "date"}
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def metadata_facts(
    document: Document, entities: Iterable[LocalEntity], authority: Mapping[str, Entry]
) -> tuple[list[LocalEntity], list[Statement]]:
    """Statements about the document, and the entities among their objects that its text does not name.

    A field found in the text has its span as evidence; one from front matter, HTML or a corpus file says which file.
    """
    known = list(entities)
    new: list[LocalEntity] = []
    facts: list[Statement] = []

    def entity(name: str, *, person: bool) -> str:
        wanted = _fold(name)
        for row in (*known, *new):
            if (row.type == "Person") == person and any(_fold(n) == wanted for n in row.names):
                return row.id
        entry = next((e for e in authority.values() if wanted in {_fold(n) for n in e.names}
                      and (e.type == "Person") == person), None)  # fmt: skip
        type_ = entry.type if entry else "Person" if person else "MediaOutlet"
        number = len(known) + len(new) + 1
        taken = {row.id for row in (*known, *new)}
        while f"e{number}" in taken:
            number += 1
        new.append(LocalEntity(f"e{number}", type_, name, (name,), entry.id if entry else None))
        return new[-1].id

    for author in document.authors:
        facts.append(_fact("author", entity(author.value, person=True), author))
    if document.publisher is not None:
        facts.append(_fact("publishedBy", entity(document.publisher.value, person=False), document.publisher))
    if document.date is not None and _DATE.fullmatch(document.date.value):
        value = Value(document.date.value, _DATES[len(document.date.value)])
        facts.append(_fact("date", value, document.date))
    return new, facts


def _fact(predicate: str, object_: str | Value, field: Field) -> Statement:
    inside = isinstance(field.origin, Span)
    return Statement(
        subject=DOC,
        predicate=predicate,
        object=object_,
        evidence=(field.origin,) if isinstance(field.origin, Span) else (),
        rule="metadata",
        confidence=_CERTAIN,
        derived_from=None if inside else str(field.origin),
    )


def _fold(name: str) -> str:
    return re.sub(r"^the ", "", " ".join(re.findall(r"\w+", name.casefold())))
