"""The records that cross the borders between stages.

All are frozen values. Offsets are Unicode code points into `Document.text`, counted from 0, end exclusive; text is
in Unicode normalisation form C. A stage may not hand on anything else: no spaCy object leaves `annotate`,
no RDF term exists before `map_rdf`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal as OneOf

DOC = "DOC"
"""The reference by which the facts of a document speak of the document itself."""

Modality = OneOf["reported", "alleged", "denied"]
Comparator = OneOf["exactly", "about", "moreThan", "upTo", "between"]
Stance = OneOf["asserts", "denies", "condemns", "demands", "confirms"]
Status = OneOf["current", "former"]
Role = OneOf["detainee", "prisoner", "minor", "relative", "witness", "unspecified"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a document's text: code points, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Field:
    """A piece of a document's metadata with where it was found.

    `origin` is a span when the stored text itself says it, else the path inside the corpus of the file that
    does (the article's own front matter or HTML head, or a `corpus.yaml`).
    """

    value: str
    origin: Span | str


@dataclass(frozen=True, slots=True)
class Original:
    """What the front matter of a digest tells of the article it digests."""

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One article, read. `text` is its body with headline and byline, page furniture removed."""

    id: str  # path inside the corpus, with forward slashes
    slug: str  # from the file name, unique in the corpus
    text: str
    sha256: str  # of the file's bytes, hex
    media_type: str
    language: str  # BCP 47
    title: Field | None = None
    authors: tuple[Field, ...] = ()
    publisher: Field | None = None
    date: Field | None = None  # ISO 8601: year, year-month or full date
    url: Field | None = None
    original: Original | None = None  # set for digests only
    notes: tuple[str, ...] = ()  # what a reader of the summary should know; never a name


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that could not be used, and why. The rest of the corpus goes on without it."""

    id: str
    why: str
    advice: str


@dataclass(frozen=True, slots=True)
class Value:
    """A literal object: lexical form and the local name of an XSD datatype."""

    lexical: str
    datatype: str


@dataclass(frozen=True, slots=True)
class LocalEntity:
    """Something a document names, before it is known what it is in the rest of the corpus."""

    id: str  # "e1", "e2", ... by first mention; unique in the document
    type: str  # local name of a class of the ontology
    name: str  # the fullest form
    names: tuple[str, ...]  # every distinct form, the fullest first; no pronouns or bare nouns
    authority: str | None = None  # id of the authority entry it was recognised as


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a document speaks of an entity, and how."""

    span: Span
    entity: str
    form: OneOf["name", "nominal", "pronoun"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A relation between two entities (or an entity and a date), with its evidence.

    `evidence` may be empty only where `derived_from` names the corpus file that says it instead of the text.
    """

    subject: str
    predicate: str  # local name of a property of the ontology
    object: str | Value
    evidence: tuple[Span, ...]
    rule: str
    modality: Modality = "reported"
    attributed_to: str | None = None
    confidence: Decimal = Decimal("0.8")
    derived_from: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A post that a person holds or held, as the article tells it."""

    person: str
    title: str
    evidence: tuple[Span, ...]
    rule: str
    organisation: str | None = None
    place: str | None = None
    status: Status = "current"
    confidence: Decimal = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Figure:
    """A reported quantity. `value` is the lower bound of a range, `max_value` its upper bound."""

    of: str
    value: Decimal
    comparator: Comparator
    measure: str
    evidence: tuple[Span, ...]
    rule: str
    max_value: Decimal | None = None
    confidence: Decimal = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the article says that somebody said."""

    claimant: str
    stance: Stance
    about: tuple[str, ...]
    evidence: tuple[Span, ...]
    rule: str
    quotation: Span | None = None
    confidence: Decimal = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Visit:
    """An official journey."""

    visitor: str
    destination: str
    evidence: tuple[Span, ...]
    rule: str
    date: Value | None = None
    modality: Modality = "reported"
    confidence: Decimal = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document with everything that was read out of it."""

    document: Document
    entities: tuple[LocalEntity, ...]
    mentions: tuple[Mention, ...]
    sentences: tuple[Span, ...]
    statements: tuple[Statement, ...] = ()
    positions: tuple[Position, ...] = ()
    figures: tuple[Figure, ...] = ()
    claims: tuple[Claim, ...] = ()
    visits: tuple[Visit, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """Why two names were taken for one entity (or were not)."""

    left: str  # "<document id>#<local entity id>"
    right: str  # the same, or an authority id
    score: float  # 0 to 1
    reason: str
    verdict: OneOf["same", "different", "unsure"] = "same"


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of the whole corpus. `path` is its IRI below the base: `id/person/adrian-zenz`."""

    path: str
    type: str
    label: str
    aliases: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # other languages: tag -> preferred name
    authority: str | None = None
    wikidata: str | None = None
    role: Role | None = None  # set for protected persons only, whose label and aliases are empty
    former_paths: tuple[str, ...] = ()  # merged IRIs that redirect here


@dataclass(frozen=True, slots=True)
class ResolvedDocument:
    """An annotated document with the corpus-wide entity of each of its local ones."""

    annotated: Annotated
    paths: Mapping[str, str]  # local entity id -> Entity.path


@dataclass(frozen=True, slots=True)
class Resolved:
    """A corpus whose names are settled."""

    entities: tuple[Entity, ...]
    documents: tuple[ResolvedDocument, ...]
    merges: tuple[Merge, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is known of a protected person; written to the restricted folder and nowhere else."""

    path: str
    role: Role
    names: tuple[str, ...]
    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Guarded:
    """A resolved corpus with protected persons made opaque and suppressions applied.

    Every text, title, identifier, slug and offset in `resolved` is the redacted one.
    """

    resolved: Resolved
    withheld: tuple[Withheld, ...]
    withdrawn: tuple[str, ...] = ()  # IRI paths that must answer 410


@dataclass(frozen=True, slots=True)
class Violation:
    """One validation result of the SHACL report. Terms are IRIs or literals in N-Triples form."""

    focus: str
    path: str | None
    value: str | None
    component: str
    shape: str
    severity: str  # "Violation", "Warning" or "Info"
    message: str
    graph: str | None = None
