"""The ontology is complete, of the profile it names, consistent, and the same as `kg.vocab`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import owlrl
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS

from kg import vocab
from kg.vocab import LG, lg

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "ontology" / "leakgraph.ttl"
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.NamedIndividual)


def load() -> Graph:
    return Graph().parse(FILE)


ONTOLOGY = load()


def declared(kind: URIRef) -> list[str]:
    """Local names of the ontology's own terms of a kind, in order."""
    return sorted(str(s)[len(LG) :] for s in ONTOLOGY.subjects(RDF.type, kind) if str(s).startswith(LG))


def texts(name: str, prop: URIRef) -> list[Literal]:
    return [o for o in ONTOLOGY.objects(URIRef(LG + name), prop) if isinstance(o, Literal) and o.language == "en"]


PROPERTIES = declared(OWL.ObjectProperty) + declared(OWL.DatatypeProperty)


# --- kg.vocab and the ontology are the same list of terms ---


def test_vocab_has_every_term_and_no_other() -> None:
    in_file = {str(s)[len(LG) :] for kind in KINDS for s in ONTOLOGY.subjects(RDF.type, kind) if str(s).startswith(LG)}
    in_code = {name for name in vars(lg) if not name.startswith("_")}
    assert in_code == in_file
    assert all(vocab.term(name) == LG + name and vocab.local(LG + name) == name for name in in_code)


def test_vocab_has_the_class_tree_of_the_ontology() -> None:
    tree = {
        name: {str(o)[len(LG) :] for o in ONTOLOGY.objects(URIRef(LG + name), RDFS.subClassOf) if str(o).startswith(LG)}
        for name in declared(OWL.Class)
    }
    assert {name: set(parents) for name, parents in vocab.SUPERCLASSES.items()} == tree


def test_vocab_has_the_kinds_of_property_and_the_values() -> None:
    assert set(declared(OWL.ObjectProperty)) == vocab.OBJECT_PROPERTIES
    assert set(declared(OWL.DatatypeProperty)) == vocab.DATATYPE_PROPERTIES
    assert vocab.FACTS <= vocab.OBJECT_PROPERTIES | vocab.DATATYPE_PROPERTIES
    values = {
        kind: {str(s)[len(LG) :] for s in ONTOLOGY.subjects(RDF.type, URIRef(LG + kind))} for kind in vocab.INDIVIDUALS
    }
    assert {kind: set(members) for kind, members in vocab.INDIVIDUALS.items()} == values
    assert sorted(member for members in values.values() for member in members) == declared(OWL.NamedIndividual)


def test_vocab_refuses_names_that_are_no_terms() -> None:
    for name in ("obtained", "__module__", ""):
        with pytest.raises(KeyError):
            vocab.term(name)
    for iri in ("http://example.org/obtainedBy", LG + "nothing", LG):
        with pytest.raises(KeyError):
            vocab.local(iri)


def test_ancestors_are_nearest_first() -> None:
    assert vocab.ancestors("Country") == ("Agent", "Place")
    assert vocab.ancestors("MediaOutlet") == ("Organisation", "Agent")
    assert vocab.is_a("Speech", "LeakedDocument")
    assert not vocab.is_a("LeakedDocument", "Speech")


def test_versions_and_header_agree() -> None:
    ontology = URIRef(vocab.ONTOLOGY)
    assert str(ONTOLOGY.value(ontology, OWL.versionInfo)) == vocab.VERSION
    assert str(ONTOLOGY.value(ontology, OWL.versionIRI)) == f"{vocab.ONTOLOGY}/{vocab.VERSION}"
    for prop in (DCTERMS.title, DCTERMS.abstract, DCTERMS.creator, DCTERMS.license):
        assert ONTOLOGY.value(ontology, prop), f"the ontology has no {prop}"


# --- every term is explained ---


@pytest.mark.parametrize("name", sorted({*declared(OWL.Class), *PROPERTIES, *declared(OWL.NamedIndividual)}))
def test_each_term_has_one_label_and_one_definition(name: str) -> None:
    assert len(texts(name, RDFS.label)) == 1
    [definition] = texts(name, SKOS.definition)
    assert str(definition)[0].isupper()
    assert str(definition).endswith(".")


@pytest.mark.parametrize("name", declared(OWL.Class))
def test_each_class_has_an_example(name: str) -> None:
    assert texts(name, SKOS.example)


@pytest.mark.parametrize("name", PROPERTIES)
def test_each_property_has_domain_and_range_or_says_why_not(name: str) -> None:
    note = " ".join(texts(name, SKOS.scopeNote))
    for side, word in ((RDFS.domain, "domain"), (RDFS.range, "range")):
        stated = list(ONTOLOGY.objects(URIRef(LG + name), side))
        assert len(stated) <= 1, f"several {word}s mean their intersection"
        assert stated or (word in note and "No " in note), f"lg:{name} has no {word} and no reason"


def test_the_contract_aligns_with_the_vocabularies_it_names() -> None:
    used = {str(o) for p in (RDFS.subClassOf, RDFS.subPropertyOf) for o in ONTOLOGY.objects(None, p)}
    for prefix in ("schema", "prov", "foaf", "org", "skos", "oa"):
        assert any(iri.startswith(vocab.PREFIXES[prefix]) for iri in used), f"nothing is aligned with {prefix}"


# --- OWL 2 RL, as far as this ontology's few constructs go ---

RESERVED = tuple(map(str, (RDF, RDFS, OWL, XSD)))
# OWL 2 DL reserves rdf:Statement; the vocabulary contract wants it all the same, and the ontology's header says so.
OUTSIDE_DL = {(URIRef(lg.Statement), RDFS.subClassOf, RDF.Statement), (RDF.Statement, RDF.type, OWL.Class)}
RL_DATATYPES = {XSD.decimal, XSD.string, RDFS.Literal}
AXIOMS = {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.disjointWith}


def outside_profile(graph: Graph) -> Iterator[str]:
    """What is in the graph that OWL 2 RL does not allow. Only constructs used here are known; others are reported."""
    kinds = {kind: set(graph.subjects(RDF.type, kind)) for kind in KINDS}
    properties = kinds[OWL.ObjectProperty], kinds[OWL.DatatypeProperty], kinds[OWL.AnnotationProperty]
    for left in range(3):
        for right in range(left + 1, 3):
            for both in properties[left] & properties[right]:
                yield f"{both} is two kinds of property"
    for s, p, o in graph:
        if (s, p, o) in OUTSIDE_DL:
            continue
        if not isinstance(s, URIRef) or not isinstance(o, (URIRef, Literal)):
            yield f"a blank node, so an anonymous expression: {s} {p} {o}"
        elif p == RDF.type:
            if o not in {*KINDS, OWL.Ontology} and o not in kinds[OWL.Class]:
                yield f"{s} is of the undeclared class {o}"
        elif p in (RDFS.subClassOf, OWL.disjointWith):
            yield from (f"{x} is no declared class" for x in (s, o) if x not in kinds[OWL.Class])
        elif p == RDFS.subPropertyOf:
            if not any(s in kind and o in kind for kind in properties):
                yield f"{s} and {o} are not properties of one kind"
        elif p == RDFS.domain:
            if o not in kinds[OWL.Class]:
                yield f"the domain of {s} is no declared class"
        elif p == RDFS.range:
            good = RL_DATATYPES if s in kinds[OWL.DatatypeProperty] else kinds[OWL.Class]
            if o not in good:
                yield f"the range {o} of {s} is not allowed"
        elif str(p).startswith(str(OWL)) and p not in {OWL.versionIRI, OWL.versionInfo}:
            yield f"an unknown construct: {p}"
        elif p not in {RDFS.label, RDFS.seeAlso, OWL.versionIRI, OWL.versionInfo} and p not in properties[2]:
            yield f"{p} is no declared annotation property"
        if p in AXIOMS and str(o).startswith(RESERVED) and o not in RL_DATATYPES:
            yield f"{o} is reserved"


def test_the_ontology_is_in_owl_2_rl_but_for_the_axiom_it_names() -> None:
    assert list(outside_profile(ONTOLOGY)) == []
    assert set(ONTOLOGY) >= OUTSIDE_DL
    [note] = ONTOLOGY.objects(URIRef(vocab.ONTOLOGY), SKOS.scopeNote)
    assert "OWL 2 RL" in note


@pytest.mark.parametrize(
    "axiom",
    [
        "lg:author rdfs:range [ a owl:Class ; owl:unionOf (lg:Person lg:Organisation) ] .",
        "lg:date rdfs:range xsd:gYear .",
        "lg:author a owl:DatatypeProperty .",
        "lg:Leak rdfs:subClassOf <http://example.org/Undeclared> .",
        "lg:Leak owl:hasKey (lg:date) .",
    ],
)
def test_the_profile_check_sees_what_is_outside(axiom: str) -> None:
    graph = load()
    heads = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in vocab.PREFIXES.items())
    graph.parse(data=heads + axiom, format="turtle")
    assert list(outside_profile(graph))


# --- consistency ---

ERROR_TEXT = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
SAMPLE = Path(__file__).with_name("sample.ttl")


def inconsistencies(graph: Graph) -> list[str]:
    """What the OWL 2 RL/RDF rules find wrong in the graph; it is closed in place."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    wrong = [str(text) for text in graph.objects(None, ERROR_TEXT)]
    return wrong + [f"{s} is in owl:Nothing" for s in graph.subjects(RDF.type, OWL.Nothing) if s != OWL.Nothing]


def test_ontology_and_sample_are_consistent() -> None:
    graph = load().parse(SAMPLE)
    assert inconsistencies(graph) == []
    example = "https://w3id.org/leakgraph/id/"
    types = set(graph.objects(URIRef(example + "place/examplia"), RDF.type))
    assert {URIRef(lg.Agent), URIRef(lg.Place), URIRef("http://www.w3.org/ns/prov#Agent")} <= types
    assert (
        URIRef(example + "person/jo-example"),
        URIRef("http://www.w3.org/ns/org#memberOf"),
        URIRef(example + "organisation/example-institute"),
    ) in graph


def test_every_class_of_the_ontology_can_have_members() -> None:
    graph = load()
    for name in declared(OWL.Class):
        graph.add((URIRef(f"http://example.org/a-{name}"), RDF.type, URIRef(LG + name)))
    assert inconsistencies(graph) == []


def test_a_person_that_is_a_place_is_inconsistent() -> None:
    graph = load().parse(SAMPLE)
    graph.add((URIRef("https://w3id.org/leakgraph/id/person/jo-example"), RDF.type, URIRef(lg.City)))
    assert inconsistencies(graph)


def test_the_documentation_names_every_term() -> None:
    page = (ROOT / "docs" / "ontology.md").read_text("utf-8")
    missing = [name for name in vars(lg) if not name.startswith("_") and f"`{name}`" not in page]
    assert missing == []
