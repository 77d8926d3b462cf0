"""The records of a document with protected persons made opaque: facts dropped, spans moved, strings withheld."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kg.protect.redact import Redaction
from kg.records import (
    Annotated,
    Claim,
    Document,
    Field,
    Figure,
    LocalEntity,
    Mention,
    Original,
    Position,
    ResolvedDocument,
    Span,
    Statement,
    Value,
    Visit,
)

_NUMBER = re.compile(r"\d+")
Text = Callable[[str], str]


def within(span: Span, redaction: Redaction) -> bool:
    """Whether a span is withheld from end to end."""
    return any(start <= span.start and span.end <= end for start, end in redaction.cuts)


def withheld_only(annotated: Annotated, redaction: Redaction) -> frozenset[str]:
    """The local entities whose every name in the text is withheld: a home village is told by nothing else."""
    names = [m for m in annotated.mentions if m.form == "name"]
    shown = {m.entity for m in names if not within(m.span, redaction)}
    return frozenset({m.entity for m in names} - shown)


@dataclass(frozen=True, slots=True)
class Rewriter:
    """How one document is rewritten. `hidden` are local ids of protected persons, `gone` of suppressed entities."""

    redaction: Redaction
    string: Text  # withholds names in a string beside the text
    files: Text  # the same for a path inside the corpus
    hidden: frozenset[str]
    gone: frozenset[str]
    paths: Mapping[str, str]  # local id -> new entity path
    id: str
    slug: str

    def document(self, old: ResolvedDocument) -> ResolvedDocument:
        """The document with its facts, all spans into the new text."""
        annotated = old.annotated
        out = self.hidden | self.gone
        entities = tuple(self._entity(e) for e in annotated.entities if e.id not in self.gone)
        new = Annotated(
            document=self._article(annotated.document),
            entities=entities,
            mentions=tuple(self._mention(m) for m in annotated.mentions if self._stays(m)),
            sentences=tuple(map(self._span, annotated.sentences)),
            statements=tuple(self._statement(s) for s in annotated.statements if not self._tells(s, out)),
            positions=tuple(self._position(p, out) for p in annotated.positions if p.person not in out),
            figures=tuple(self._figure(f) for f in annotated.figures if f.of not in out and not self._reveals(f)),
            claims=tuple(self._claim(c, out) for c in annotated.claims if c.claimant not in out),
            visits=tuple(self._visit(v) for v in annotated.visits if v.visitor not in out and v.destination not in out),
            notes=tuple(map(self.string, annotated.notes)),
        )
        return ResolvedDocument(new, {key: path for key, path in self.paths.items() if key not in self.gone})

    def _mention(self, old: Mention) -> Mention:
        return Mention(self._span(old.span), old.entity, old.form)

    def _stays(self, old: Mention) -> bool:
        """Whether a mention may be told: not of what is gone, and of something else than a withheld detail."""
        if old.entity in self.gone:
            return False
        return old.entity in self.hidden or not within(old.span, self.redaction)

    def _span(self, span: Span) -> Span:
        return self.redaction.span(span)

    def _spans(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(map(self._span, spans))

    def _article(self, old: Document) -> Document:
        # The policy's cues are English: in another language a title may name somebody without our noticing.
        read = old.language.casefold().startswith("en")
        url = old.url if old.url and self.string(old.url.value) == old.url.value else None
        return replace(
            old,
            id=self.id,
            slug=self.slug,
            text=self.redaction.text,
            title=self._field(old.title) if read else None,
            authors=tuple(f for author in old.authors if (f := self._field(author)) and f.value == author.value),
            publisher=self._field(old.publisher),
            date=self._field(old.date, verbatim=True),
            url=self._field(url),
            original=self._original(old.original) if read else None,
            notes=tuple(map(self.string, old.notes)),
        )

    def _field(self, old: Field | None, *, verbatim: bool = False) -> Field | None:
        """The field as the new text has it. `verbatim`: the value is not the words of the span (a date in ISO form)."""
        if old is None:
            return None
        if isinstance(old.origin, Span):
            span = self._span(old.origin)
            return Field(old.value if verbatim else self.redaction.text[span.start : span.end], span)
        return Field(old.value if verbatim else self.string(old.value), self.files(old.origin))

    def _original(self, old: Original | None) -> Original | None:
        if old is None:
            return None
        return Original(
            title=self.string(old.title) if old.title else None,
            publisher=self.string(old.publisher) if old.publisher else None,
            authors=tuple(name for name in old.authors if self.string(name) == name),
            date=old.date,
            url=old.url if old.url and self.string(old.url) == old.url else None,
        )

    def _entity(self, old: LocalEntity) -> LocalEntity:
        if old.id in self.hidden:
            return LocalEntity(old.id, "ProtectedPerson", "", ())
        names = tuple(dict.fromkeys(self.string(name) for name in old.names))
        return replace(old, name=self.string(old.name), names=names)

    def _tells(self, old: Statement, out: frozenset[str]) -> bool:
        """Whether the statement is of somebody protected, or of a date that is a withheld detail."""
        if isinstance(old.object, Value) and self._cut_numbers(old.evidence) & set(_NUMBER.findall(old.object.lexical)):
            return True
        return any(isinstance(end, str) and end in out for end in (old.subject, old.object))

    def _statement(self, old: Statement) -> Statement:
        return replace(
            old,
            evidence=self._spans(old.evidence),
            attributed_to=None if old.attributed_to in self.hidden | self.gone else old.attributed_to,
            derived_from=self.files(old.derived_from) if old.derived_from else None,
        )

    def _position(self, old: Position, out: frozenset[str]) -> Position:
        return replace(
            old,
            title=self.string(old.title),
            organisation=None if old.organisation in out else old.organisation,
            place=None if old.place in out else old.place,
            evidence=self._spans(old.evidence),
        )

    def _figure(self, old: Figure) -> Figure:
        return replace(old, measure=self.string(old.measure), evidence=self._spans(old.evidence))

    def _reveals(self, old: Figure) -> bool:
        """Whether the figure is a withheld detail: an age is a quantity, too."""
        values = {str(int(v)) for v in (old.value, old.max_value) if v is not None and v == int(v)}
        return bool(values & self._cut_numbers(old.evidence))

    def _cut_numbers(self, spans: Iterable[Span]) -> set[str]:
        """The numbers withheld within some spans."""
        return {
            number
            for start, end in self.redaction.cuts
            for span in spans
            if span.start < end and start < span.end
            for number in _NUMBER.findall(self.redaction.old[start:end])
        }

    def _claim(self, old: Claim, out: frozenset[str]) -> Claim:
        return replace(
            old,
            about=tuple(name for name in old.about if name not in out),
            evidence=self._spans(old.evidence),
            quotation=self._span(old.quotation) if old.quotation else None,
        )

    def _visit(self, old: Visit) -> Visit:
        return replace(old, evidence=self._spans(old.evidence))
