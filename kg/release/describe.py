"""What a release says of itself: VoID (W3C Note 2011) and DCAT 3 (REC 2024), in Turtle, without blank nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from kg.vocab import ONTOLOGY, PREFIXES

VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"
SPDX = "http://spdx.org/rdf/terms#"
FORMATS = "http://www.w3.org/ns/formats/"
IANA = "https://www.iana.org/assignments/media-types/"
_FORMAT_NAMES = {
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/ld+json": "JSON-LD",
    "application/n-quads": "N-Quads",
    "application/trig": "TriG",
    "application/rdf+xml": "RDF_XML",
}
_PREFIXES = {**PREFIXES, "void": VOID, "dcat": DCAT, "spdx": SPDX}
TITLE = "leakgraph: a knowledge graph of reporting on leaks"
DESCRIPTION = (
    "Who obtained, verified, published and reported on leaked files, and who said what of them, "
    "each fact with the sentence that says it."
)
RIGHTS = (
    "Facts carry short quotations of the articles that report them, as evidence; the rights in the articles "
    "stay with their publishers."
)

Term = ox.NamedNode | ox.Literal


class _Sheet:
    """Triples that are collected and then written as Turtle."""

    def __init__(self) -> None:
        self.triples: list[ox.Triple] = []

    def add(self, subject: str, predicate: str, *objects: Term | str | int) -> None:
        for item in objects:
            if isinstance(item, int):
                term: Term = _typed(item, "integer")
            else:
                term = ox.NamedNode(item) if isinstance(item, str) else item
            self.triples.append(ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term))

    def turtle(self) -> bytes:
        data = ox.serialize(sorted(set(self.triples), key=str), format=ox.RdfFormat.TURTLE, prefixes=_PREFIXES)
        assert data is not None
        return data


def _text(words: str, language: str | None = "en") -> ox.Literal:
    return ox.Literal(words, language=language)


def _typed(value: object, datatype: str) -> ox.Literal:
    return ox.Literal(str(value), datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


def _dated(date: str) -> ox.Literal:
    return _typed(date, {4: "gYear", 7: "gYearMonth", 10: "date"}.get(len(date), "string"))


def void(stats: Mapping[str, Any], manifest: Mapping[str, Any], *, license: str) -> bytes:
    """The VoID description: totals, partitions by class and property, dumps, endpoint, vocabularies, named graphs."""
    base, a, dct = manifest["base"], PREFIXES["rdf"] + "type", PREFIXES["dcterms"]
    dataset, sheet = f"{base}void#dataset", _Sheet()
    sheet.add(dataset, a, VOID + "Dataset")
    sheet.add(dataset, dct + "title", _text(TITLE))
    sheet.add(dataset, dct + "license", license)
    sheet.add(dataset, dct + "rights", _text(RIGHTS))
    sheet.add(dataset, dct + "modified", _dated(manifest["date"]))
    sheet.add(dataset, dct + "identifier", _text(manifest["id"], None))
    sheet.add(dataset, VOID + "sparqlEndpoint", f"{base}sparql")
    sheet.add(dataset, VOID + "uriSpace", _text(base, None))
    sheet.add(dataset, VOID + "vocabulary", ONTOLOGY + "#", *(PREFIXES[p] for p in ("oa", "prov", "skos", "dcterms")))
    sheet.add(dataset, VOID + "triples", stats["triples"])
    sheet.add(dataset, VOID + "distinctSubjects", stats["subjects"])
    sheet.add(dataset, VOID + "distinctObjects", stats["objects"])
    sheet.add(dataset, VOID + "classes", len(stats["classes"]))
    sheet.add(dataset, VOID + "properties", len(stats["properties"]))
    for name in manifest["files"]:
        if name.startswith("graph."):
            sheet.add(dataset, VOID + "dataDump", f"{base}dumps/{name}")
    for media, name in _FORMAT_NAMES.items():
        if any(f["mediaType"] == media for f in manifest["files"].values()):
            sheet.add(dataset, VOID + "feature", FORMATS + name)
    for kind, rows in (("class", stats["classes"]), ("property", stats["properties"])):
        for iri, number, *rest in rows:
            part = f"{base}void#{kind}-{quote(iri, safe='')}"
            sheet.add(dataset, f"{VOID}{kind}Partition", part)
            sheet.add(part, VOID + kind, iri)
            sheet.add(part, VOID + ("entities" if kind == "class" else "triples"), number)
            if rest:
                sheet.add(part, VOID + "distinctSubjects", rest[0])
                sheet.add(part, VOID + "distinctObjects", rest[1])
    for iri, number in manifest["graphs"].items():
        part = f"{base}void#graph-{quote(iri.removeprefix(base), safe='')}"
        sheet.add(dataset, VOID + "subset", part)
        sheet.add(part, a, VOID + "Dataset")
        sheet.add(part, VOID + "triples", number)
        sheet.add(part, dct + "subject", iri)
    return sheet.turtle()


def dcat(manifest: Mapping[str, Any], *, license: str) -> bytes:
    """The DCAT 3 catalogue: the dataset with a distribution and checksum for each dump, the endpoint, and the release
    as one of a series."""
    base, a, dct = manifest["base"], PREFIXES["rdf"] + "type", PREFIXES["dcterms"]
    sheet, catalogue, dataset = _Sheet(), f"{base}dcat#catalogue", f"{base}dcat#dataset"
    publisher, endpoint = f"{base}dcat#publisher", f"{base}dcat#sparql"
    sheet.add(publisher, a, PREFIXES["foaf"] + "Agent")
    sheet.add(publisher, PREFIXES["foaf"] + "name", _text("the leakgraph contributors"))
    for thing, kind, title in ((catalogue, "Catalog", "leakgraph"), (dataset, "Dataset", TITLE)):
        sheet.add(thing, a, DCAT + kind)
        sheet.add(thing, dct + "title", _text(title))
        sheet.add(thing, dct + "publisher", publisher)
        sheet.add(thing, dct + "license", license)
        sheet.add(thing, dct + "modified", _dated(manifest["date"]))
    sheet.add(dataset, dct + "description", _text(DESCRIPTION))
    sheet.add(dataset, dct + "identifier", _text(manifest["id"], None))
    sheet.add(dataset, dct + "rights", _text(RIGHTS))
    sheet.add(dataset, dct + "language", "http://id.loc.gov/vocabulary/iso639-1/en")
    sheet.add(dataset, dct + "conformsTo", ONTOLOGY)
    sheet.add(dataset, DCAT + "version", _text(manifest["id"], None))
    sheet.add(dataset, DCAT + "landingPage", base)
    sheet.add(catalogue, DCAT + "dataset", dataset)
    sheet.add(catalogue, DCAT + "service", endpoint)
    sheet.add(endpoint, a, DCAT + "DataService")
    sheet.add(endpoint, dct + "title", _text("SPARQL 1.1 endpoint"))
    sheet.add(endpoint, DCAT + "endpointURL", f"{base}sparql")
    sheet.add(endpoint, DCAT + "endpointDescription", f"{base}sparql")
    sheet.add(endpoint, DCAT + "servesDataset", dataset)
    sheet.add(endpoint, dct + "conformsTo", "https://www.w3.org/TR/sparql11-protocol/")
    _distributions(sheet, dataset, f"{base}dcat#", f"{base}dumps/", manifest)
    sheet.triples += series([manifest], base=base)
    return sheet.turtle()


def series(manifests: Sequence[Mapping[str, Any]], *, base: str, current: str = "") -> list[ox.Triple]:
    """The releases with these manifests, the oldest first, as a DCAT 3 dataset series below `base`: each a dataset with
    its version, the one before it, its dumps and their checksums. `current` is the id of the one in service."""
    sheet, a, dct = _Sheet(), PREFIXES["rdf"] + "type", PREFIXES["dcterms"]
    row, dataset, catalogue = f"{base}dcat#series", f"{base}dcat#dataset", f"{base}dcat"
    sheet.add(row, a, DCAT + "DatasetSeries")
    sheet.add(row, dct + "title", _text(f"{TITLE}: its releases"))
    sheet.add(row, dct + "description", _text("Every release that is kept. A release never changes."))
    sheet.add(row, dct + "publisher", f"{base}dcat#publisher")
    sheet.add(catalogue, DCAT + "dataset", row)
    before = ""
    for manifest in manifests:
        name, license = manifest["id"], manifest.get("license")
        version = f"{base}dcat#release-{quote(name, safe='')}"
        sheet.add(catalogue, DCAT + "dataset", version)
        sheet.add(version, a, DCAT + "Dataset")
        sheet.add(version, dct + "title", _text(f"{TITLE}, release {name}"))
        sheet.add(version, dct + "description", _text(DESCRIPTION))
        sheet.add(version, dct + "identifier", _text(name, None))
        sheet.add(version, dct + "publisher", f"{base}dcat#publisher")
        sheet.add(version, dct + "conformsTo", ONTOLOGY)
        if license:
            sheet.add(version, dct + "license", license)
        if _is_date(manifest["date"]):
            sheet.add(version, dct + "issued", _dated(manifest["date"]))
        sheet.add(version, DCAT + "version", _text(name, None))
        sheet.add(version, DCAT + "isVersionOf", dataset)
        sheet.add(version, DCAT + "inSeries", row)
        sheet.add(version, DCAT + "landingPage", f"{base}releases/{name}/")
        sheet.add(dataset, DCAT + "hasVersion", version)
        if name == current:
            sheet.add(dataset, DCAT + "hasCurrentVersion", version)
        if before:
            sheet.add(version, DCAT + "prev", before)
            sheet.add(version, DCAT + "previousVersion", before)
        before = version
        _distributions(sheet, version, f"{version}-", f"{base}releases/{name}/", manifest)
    dates = [manifest["date"] for manifest in manifests if _is_date(manifest["date"])]
    if dates:
        sheet.add(row, dct + "issued", _dated(min(dates)))
        sheet.add(row, dct + "modified", _dated(max(dates)))
    if before:
        sheet.add(row, DCAT + "last", before)
    return sheet.triples


def _is_date(date: str) -> bool:
    return len(date) in (4, 7, 10)


def _distributions(sheet: _Sheet, dataset: str, names: str, folder: str, manifest: Mapping[str, Any]) -> None:
    """A distribution with checksum for each dump. Size and checksum are those of the `.gz` file, the media type is that
    of its content and `compressFormat` tells how it is packed."""
    a, dct, license = PREFIXES["rdf"] + "type", PREFIXES["dcterms"], manifest.get("license")
    for name, file in manifest["files"].items():
        if not name.startswith("graph."):
            continue
        part, checksum = f"{names}{name}", f"{names}{name}-sha256"
        sheet.add(dataset, DCAT + "distribution", part)
        sheet.add(part, a, DCAT + "Distribution")
        sheet.add(part, dct + "title", _text(name, None))
        if license:
            sheet.add(part, dct + "license", license)
        sheet.add(part, DCAT + "downloadURL", f"{folder}{name}")
        sheet.add(part, DCAT + "accessURL", f"{folder}{name}")
        sheet.add(part, DCAT + "mediaType", IANA + file["mediaType"])
        sheet.add(part, DCAT + "compressFormat", IANA + "application/gzip")
        sheet.add(part, DCAT + "byteSize", _typed(file["bytes"], "nonNegativeInteger"))
        sheet.add(part, SPDX + "checksum", checksum)
        sheet.add(checksum, a, SPDX + "Checksum")
        sheet.add(checksum, SPDX + "algorithm", SPDX + "checksumAlgorithm_sha256")
        sheet.add(checksum, SPDX + "checksumValue", _typed(file["sha256"], "hexBinary"))
