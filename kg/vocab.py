"""The terms of the ontology (`ontology/leakgraph.ttl`) and the namespaces of the vocabularies it stands on.

Terms are plain IRI strings, so that no stage needs an RDF library to name one: `lg.obtainedBy`. Records carry local
names instead (`"obtainedBy"`); `term` turns a checked local name into an IRI, `local` an IRI into its local name.
A test compares this module with the ontology in both directions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LG: Final = "https://w3id.org/leakgraph/ontology#"
"""The namespace of the ontology, whatever the base of the instances."""

PREFIXES: Final[Mapping[str, str]] = {
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "lg": LG,
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes of everything that a release contains, by the names used in its dumps and queries."""

ONTOLOGY: Final = "https://w3id.org/leakgraph/ontology"
"""The IRI of the ontology itself."""

VERSION: Final = "0.1.0"
"""The `owl:versionInfo` of the ontology that this module goes with."""


class lg:
    """Every term of the ontology, by its local name."""

    Agent: Final = f"{LG}Agent"
    Person: Final = f"{LG}Person"
    ProtectedPerson: Final = f"{LG}ProtectedPerson"
    Organisation: Final = f"{LG}Organisation"
    GovernmentBody: Final = f"{LG}GovernmentBody"
    PoliticalParty: Final = f"{LG}PoliticalParty"
    IntergovernmentalOrganisation: Final = f"{LG}IntergovernmentalOrganisation"
    MediaOutlet: Final = f"{LG}MediaOutlet"
    CivilSocietyOrganisation: Final = f"{LG}CivilSocietyOrganisation"
    AcademicInstitution: Final = f"{LG}AcademicInstitution"
    Company: Final = f"{LG}Company"
    Place: Final = f"{LG}Place"
    Country: Final = f"{LG}Country"
    Region: Final = f"{LG}Region"
    County: Final = f"{LG}County"
    City: Final = f"{LG}City"
    DetentionFacility: Final = f"{LG}DetentionFacility"
    Leak: Final = f"{LG}Leak"
    LeakedDocument: Final = f"{LG}LeakedDocument"
    Speech: Final = f"{LG}Speech"
    Article: Final = f"{LG}Article"
    SourceArticle: Final = f"{LG}SourceArticle"
    ScholarlyArticle: Final = f"{LG}ScholarlyArticle"
    Event: Final = f"{LG}Event"
    Visit: Final = f"{LG}Visit"
    Position: Final = f"{LG}Position"
    Figure: Final = f"{LG}Figure"
    Claim: Final = f"{LG}Claim"
    Statement: Final = f"{LG}Statement"
    Evidence: Final = f"{LG}Evidence"
    Modality: Final = f"{LG}Modality"
    reported: Final = f"{LG}reported"
    alleged: Final = f"{LG}alleged"
    denied: Final = f"{LG}denied"
    Stance: Final = f"{LG}Stance"
    asserts: Final = f"{LG}asserts"
    denies: Final = f"{LG}denies"
    condemns: Final = f"{LG}condemns"
    demands: Final = f"{LG}demands"
    confirms: Final = f"{LG}confirms"
    Comparator: Final = f"{LG}Comparator"
    exactly: Final = f"{LG}exactly"
    moreThan: Final = f"{LG}moreThan"
    upTo: Final = f"{LG}upTo"
    between: Final = f"{LG}between"
    Status: Final = f"{LG}Status"
    current: Final = f"{LG}current"
    former: Final = f"{LG}former"
    Role: Final = f"{LG}Role"
    detainee: Final = f"{LG}detainee"
    prisoner: Final = f"{LG}prisoner"
    minor: Final = f"{LG}minor"
    relative: Final = f"{LG}relative"
    witness: Final = f"{LG}witness"
    unspecified: Final = f"{LG}unspecified"
    affiliatedWith: Final = f"{LG}affiliatedWith"
    holdsPosition: Final = f"{LG}holdsPosition"
    obtainedBy: Final = f"{LG}obtainedBy"
    leakedFrom: Final = f"{LG}leakedFrom"
    publishedBy: Final = f"{LG}publishedBy"
    authenticatedBy: Final = f"{LG}authenticatedBy"
    reportedBy: Final = f"{LG}reportedBy"
    implicates: Final = f"{LG}implicates"
    concerns: Final = f"{LG}concerns"
    partOf: Final = f"{LG}partOf"
    speaker: Final = f"{LG}speaker"
    author: Final = f"{LG}author"
    visitor: Final = f"{LG}visitor"
    destination: Final = f"{LG}destination"
    locatedIn: Final = f"{LG}locatedIn"
    mentions: Final = f"{LG}mentions"
    digestOf: Final = f"{LG}digestOf"
    date: Final = f"{LG}date"
    title: Final = f"{LG}title"
    atOrganisation: Final = f"{LG}atOrganisation"
    inPlace: Final = f"{LG}inPlace"
    status: Final = f"{LG}status"
    figureOf: Final = f"{LG}figureOf"
    value: Final = f"{LG}value"
    maxValue: Final = f"{LG}maxValue"
    comparator: Final = f"{LG}comparator"
    measure: Final = f"{LG}measure"
    claimant: Final = f"{LG}claimant"
    stance: Final = f"{LG}stance"
    about: Final = f"{LG}about"
    quotation: Final = f"{LG}quotation"
    modality: Final = f"{LG}modality"
    attributedTo: Final = f"{LG}attributedTo"
    confidence: Final = f"{LG}confidence"
    evidence: Final = f"{LG}evidence"
    rule: Final = f"{LG}rule"
    role: Final = f"{LG}role"
    textSha256: Final = f"{LG}textSha256"


SUPERCLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "Agent": (),
    "Person": ("Agent",),
    "ProtectedPerson": ("Person",),
    "Organisation": ("Agent",),
    "GovernmentBody": ("Organisation",),
    "PoliticalParty": ("Organisation",),
    "IntergovernmentalOrganisation": ("Organisation",),
    "MediaOutlet": ("Organisation",),
    "CivilSocietyOrganisation": ("Organisation",),
    "AcademicInstitution": ("Organisation",),
    "Company": ("Organisation",),
    "Place": (),
    "Country": (
        "Agent",
        "Place",
    ),
    "Region": ("Place",),
    "County": ("Place",),
    "City": ("Place",),
    "DetentionFacility": ("Place",),
    "Leak": (),
    "LeakedDocument": (),
    "Speech": ("LeakedDocument",),
    "Article": (),
    "SourceArticle": ("Article",),
    "ScholarlyArticle": ("Article",),
    "Event": (),
    "Visit": ("Event",),
    "Position": (),
    "Figure": (),
    "Claim": (),
    "Statement": (),
    "Evidence": (),
    "Modality": (),
    "Stance": (),
    "Comparator": (),
    "Status": (),
    "Role": (),
}
"""Each class with its direct superclasses inside the ontology; local names."""

INDIVIDUALS: Final[Mapping[str, tuple[str, ...]]] = {
    "Modality": ("reported", "alleged", "denied"),
    "Stance": ("asserts", "denies", "condemns", "demands", "confirms"),
    "Comparator": ("exactly", "about", "moreThan", "upTo", "between"),
    "Status": ("current", "former"),
    "Role": ("detainee", "prisoner", "minor", "relative", "witness", "unspecified"),
}
"""Each class of values with its members; local names, in the order of the vocabulary."""

OBJECT_PROPERTIES: Final[frozenset[str]] = frozenset(
    {
        "affiliatedWith",
        "holdsPosition",
        "obtainedBy",
        "leakedFrom",
        "publishedBy",
        "authenticatedBy",
        "reportedBy",
        "implicates",
        "concerns",
        "partOf",
        "speaker",
        "author",
        "visitor",
        "destination",
        "locatedIn",
        "mentions",
        "digestOf",
        "atOrganisation",
        "inPlace",
        "status",
        "figureOf",
        "comparator",
        "claimant",
        "stance",
        "about",
        "modality",
        "attributedTo",
        "evidence",
        "role",
    }
)
"""Properties whose objects are resources; local names."""

DATATYPE_PROPERTIES: Final[frozenset[str]] = frozenset(
    {
        "date",
        "title",
        "value",
        "maxValue",
        "measure",
        "quotation",
        "confidence",
        "rule",
        "textSha256",
    }
)
"""Properties whose objects are literals; local names."""

FACTS: Final[frozenset[str]] = frozenset(
    {
        "affiliatedWith",
        "holdsPosition",
        "obtainedBy",
        "leakedFrom",
        "publishedBy",
        "authenticatedBy",
        "reportedBy",
        "implicates",
        "concerns",
        "partOf",
        "speaker",
        "author",
        "visitor",
        "destination",
        "locatedIn",
        "date",
    }
)
"""The properties whose every direct triple has a statement that says where it comes from; local names."""


def term(name: str) -> str:
    """The IRI of the term with this local name. Raises `KeyError` for a name that the ontology does not have."""
    iri = vars(lg).get(name)
    if name.startswith("_") or not isinstance(iri, str):
        raise KeyError(name)
    return iri


def local(iri: str) -> str:
    """The local name of a term of the ontology. Raises `KeyError` for an IRI that is none."""
    name = iri.removeprefix(LG)
    if term(name) != iri:
        raise KeyError(iri)
    return name


def ancestors(name: str) -> tuple[str, ...]:
    """All superclasses of a class inside the ontology, nearest first, itself not among them; local names.

    Raises `KeyError` for a name that is no class.
    """
    found: dict[str, None] = {}
    todo = list(SUPERCLASSES[name])
    while todo:
        parent = todo.pop(0)
        if parent not in found:
            found[parent] = None
            todo.extend(SUPERCLASSES[parent])
    return tuple(found)


def is_a(name: str, ancestor: str) -> bool:
    """Whether a class is another or a subclass of it; local names."""
    return name == ancestor or ancestor in ancestors(name)
