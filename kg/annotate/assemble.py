"""One document from its parse to `Annotated`: the parts of annotate joined."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from spacy.language import Language
from spacy.tokens import Doc

from kg.annotate.arguments import Reader
from kg.annotate.claims import attributions, find_claims, read_speeches
from kg.annotate.dates import dates_in
from kg.annotate.figures import find_figures
from kg.annotate.frames import Frame, find_frames, find_links
from kg.annotate.frames_links import Role
from kg.annotate.lexicon import load_lexicon
from kg.annotate.mentions import find_mentions, prepare
from kg.annotate.metadata import metadata_facts
from kg.annotate.named import named_facts
from kg.annotate.positions import find_positions
from kg.annotate.reporting import load_reporting
from kg.annotate.rules import apply_rules, load_rules, rule_book
from kg.annotate.titles import load_titles
from kg.annotate.view import View
from kg.annotate.visits import find_visits, load_journeys
from kg.annotate.vocabulary import known_lemmas
from kg.authority import Entry
from kg.records import Annotated, Document, LocalEntity, Position, Span, Statement, Value


class Annotator:
    """Everything that is loaded once for a corpus."""

    def __init__(self, nlp: Language, *, scheme: str, authority: Mapping[str, Entry]) -> None:
        self._scheme = scheme
        self._authority = authority
        self._prepared = prepare(authority, nlp)
        self._lexicon, self._titles = load_lexicon(), load_titles()
        self._reporting, self._journeys = load_reporting(), load_journeys()
        rules = load_rules()
        self._rules = rule_book(rules)
        self._known = known_lemmas(rules, self._lexicon, self._reporting, self._journeys)

    def read(self, document: Document, doc: Doc, notes: tuple[str, ...]) -> Annotated:
        """Everything that the document says. One that was not parsed yields what the authority knows by name."""
        view = find_mentions(doc, document, self._prepared)
        if not doc.has_annotation("DEP"):
            return self._unparsed(document, view, notes)
        links = find_links(doc, self._scheme, self._known)
        reader = Reader(view, find_frames(links, self._lexicon), self._lexicon)
        positions, posts = find_positions(reader, self._titles, self._demonyms(view))
        reader = replace(reader, posts=posts)
        dates = DatesOf(reader, document.date.value if document.date else None)
        speeches = read_speeches(reader, self._reporting)
        spoken = attributions(speeches)
        statements = list(
            apply_rules(reader, self._rules, attribution=lambda t: spoken.get(t, (False, None)), dates=dates)
        )
        statements += _affiliations(positions)
        statements += named_facts(reader, document.date.value if document.date else None)
        new, facts = metadata_facts(document, view.entities.values(), self._authority)
        claims = find_claims(reader, speeches)
        speaking = {claim.claimant for claim in claims}
        reporting = {s.object for s in statements if s.predicate == "reportedBy"}
        return Annotated(
            document=document,
            entities=(*(_typed(e, speaking, reporting) for e in view.entities.values()), *new),
            mentions=view.mentions,
            sentences=tuple(_sentences(doc)),
            statements=(*facts, *_once(_settled(statements))),
            positions=tuple(positions),
            figures=find_figures(view),
            claims=tuple(claims),
            visits=tuple(find_visits(reader, self._journeys, dates=dates)),
            notes=notes,
        )

    def _unparsed(self, document: Document, view: View, notes: tuple[str, ...]) -> Annotated:
        known = {e.id: e for e in view.entities.values() if e.authority}
        new, facts = metadata_facts(document, known.values(), self._authority)
        return Annotated(
            document=document,
            entities=(*known.values(), *new),
            mentions=tuple(m for m in view.mentions if m.entity in known),
            sentences=(),
            statements=tuple(facts),
            notes=notes,
        )

    def _demonyms(self, view: View) -> dict[str, str]:
        local = {e.authority: e.id for e in view.entities.values() if e.authority}
        return {word.lower(): local.get(entry.id, "") for entry in self._authority.values() for word in entry.demonyms}


def _typed(entity: LocalEntity, speaking: Container[str], reporting: Container[object]) -> LocalEntity:
    """What an entity does tells its kind where nothing else did: a place that speaks is a country (only as such it
    is an agent), an organisation that reports on leaks is a media outlet."""
    if entity.type == "Place" and entity.id in speaking:
        return replace(entity, type="Country")
    if entity.type == "Organisation" and entity.id in reporting:
        return replace(entity, type="MediaOutlet")
    return entity


_OTHER_CLAUSES: frozenset[Role] = frozenset({"complement", "adverbial", "reduced", "relative", "parataxis"})


class DatesOf:
    """When something is said to have happened: the date in the frame's own clause, or the one date of its sentence."""

    def __init__(self, reader: Reader, article: str | None) -> None:
        self._reader, self._article = reader, article

    def __call__(self, frame: Frame) -> Value | None:
        sent = self._reader.view.doc[frame.token].sent
        found = dates_in(sent, self._article)
        if not found:
            return None
        own = set(self._reader.links.subtree(frame.token, stop=_OTHER_CLAUSES))
        near = [value for span, value, _ in found if span.root.i in own]
        if near:
            return near[0]
        return None


def _affiliations(positions: Iterable[Position]) -> Iterable[Statement]:
    for position in positions:
        if position.organisation is not None:
            yield Statement(
                subject=position.person,
                predicate="affiliatedWith",
                object=position.organisation,
                evidence=position.evidence,
                rule=f"position:{position.rule}",
                confidence=position.confidence,
            )


def _settled(statements: list[Statement]) -> list[Statement]:
    """Without the guess that a secret document is of the article's leak where the text says which it is of."""
    told = {s.subject for s in statements if s.predicate == "partOf" and s.rule != "secret-document"}
    return [s for s in statements if s.rule != "secret-document" or s.subject not in told]


def _once(statements: Iterable[Statement]) -> list[Statement]:
    """The same thing said with the same certainty once, with all of its evidence and the best confidence."""
    found: dict[tuple[object, ...], Statement] = {}
    for row in statements:
        key = (row.subject, row.predicate, row.object, row.modality, row.attributed_to)
        before = found.get(key)
        if before is None:
            found[key] = row
        else:
            evidence = tuple(sorted({*before.evidence, *row.evidence}))
            best = before if before.confidence >= row.confidence else row
            found[key] = replace(best, evidence=evidence)
    return list(found.values())


def _sentences(doc: Doc) -> Iterable[Span]:
    for sent in doc.sents:
        text = sent.text
        lead = len(text) - len(text.lstrip())
        if text.strip():
            yield Span(sent.start_char + lead, sent.start_char + len(text.rstrip()))
