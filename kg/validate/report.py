"""The validation report: the results, counted and written in any of several formats."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import Unsupported
from kg.records import Violation
from kg.validate.engine import Timing
from kg.validate.names import FALSE, RDF, SH, TRUE, TYPE, Term, local, sh
from kg.validate.results import Result

if TYPE_CHECKING:
    import rdflib

    from kg.validate.lines import Place

SEVERITIES = ("Info", "Warning", "Violation")
"""SHACL's severities from the least to the gravest; any other IRI counts as a violation."""

FORMATS = ("text", "turtle", "jsonld", "json", "junit", "sarif", "github", "html")
"""The formats that `Report.serialize` knows."""


def rank(severity: ox.NamedNode) -> int:
    """How grave: 0 for Info, 1 for Warning, 2 for Violation and for severities of people's own."""
    name = severity.value.removeprefix(SH)
    return SEVERITIES.index(name) if name in SEVERITIES else 2


@dataclass(frozen=True)
class Report:
    """What one run found.

    `notes` say what a reader should know beside the results; `known` counts the results that a baseline accepted, which
    are not among `results`; with `truncated`, there are more results than are given. `places` are lines of sources,
    `labels` what shapes that are blank nodes belong to, `seconds` how long validation took without loading.
    """

    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    timings: tuple[Timing, ...] = ()
    places: Mapping[Result, Place] = field(default_factory=dict)
    labels: Mapping[Term, str] = field(default_factory=dict)
    known: int = 0
    truncated: bool = False
    shapes: int = 0
    seconds: float = 0.0

    @property
    def conforms(self) -> bool:
        """SHACL's `sh:conforms`: whether there is no result at all, of whatever severity."""
        return not self.results

    @property
    def counts(self) -> dict[str, int]:
        """Results by severity (local names), the gravest first."""
        found = Counter(local(r.severity.value) for r in self.results)
        order = (*reversed(SEVERITIES), *sorted(set(found) - set(SEVERITIES)))
        return {name: found[name] for name in order if found[name]}

    def shape_name(self, shape: Term) -> str:
        """The IRI of a shape; for a blank node, what it belongs to."""
        return self.labels.get(shape) or _plain(shape)

    def at_least(self, severity: str) -> int:
        """How many results are of that severity (`Info`, `Warning`, `Violation`) or graver."""
        return sum(rank(r.severity) >= SEVERITIES.index(severity) for r in self.results)

    def violations(self, *, graph: str | None = None) -> list[Violation]:
        """The results as records of the build; `graph` is the named graph they were found in."""
        return [
            Violation(
                focus=_plain(r.focus),
                path=None if r.path is None else (r.path.predicate.value if r.path.predicate else r.path.sparql()),
                value=None if r.value is None else _plain(r.value),
                component=r.component.value,
                shape=_plain(r.shape),
                severity=local(r.severity.value),
                message=r.message,
                graph=graph,
            )
            for r in self.results
        ]

    def triples(self) -> list[ox.Triple]:
        """The standard report as triples, blank nodes numbered; shapes that are blank nodes are named by theirs."""
        report = ox.BlankNode("report")
        numbers = iter(range(1, 10**9))
        found = [
            ox.Triple(report, TYPE, sh("ValidationReport")),
            ox.Triple(report, sh("conforms"), TRUE if self.conforms else FALSE),
        ]
        below: list[ox.Triple] = []
        for result in self.results:
            found.append(ox.Triple(report, sh("result"), _result(result, below, numbers)))
        return found + below

    def graph(self) -> rdflib.Graph:
        """The standard report as an rdflib graph."""
        from kg.validate.rdf import to_rdflib  # noqa: PLC0415

        graph = to_rdflib((t.subject, t.predicate, t.object) for t in self.triples())
        graph.bind("sh", SH)
        return graph

    def serialize(self, form: str = "text", *, severity: str = "Info") -> str:
        """The report in one of `FORMATS`. `severity` is the least that annotations call an error.

        Raises `Unsupported` for another format.
        """
        from kg.validate import formats, html, sarif, text  # noqa: PLC0415

        if form == "text":
            return text.text(self)
        if form == "turtle":
            return self._rdf(ox.RdfFormat.TURTLE)
        if form == "jsonld":
            return self._rdf(ox.RdfFormat.JSON_LD)
        if form == "json":
            return json.dumps(formats.as_json(self), ensure_ascii=False, indent=2) + "\n"
        writers = {"junit": formats.junit, "github": formats.github, "sarif": sarif.sarif, "html": html.page}
        if form not in writers:
            raise Unsupported(f"{form} is no report format", hint=f"Known are {', '.join(FORMATS)}.")
        return writers[form](self)

    def _rdf(self, form: ox.RdfFormat) -> str:
        data = ox.serialize(self.triples(), format=form, prefixes={"sh": SH, "rdf": RDF})
        assert data is not None
        return data.decode()

    def write(self, path: FilePath, form: str) -> None:
        """Write the report to a file, whole or not at all."""
        part = path.with_name(path.name + ".part")
        part.write_text(self.serialize(form), "utf-8")
        part.replace(path)


def _plain(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _result(result: Result, found: list[ox.Triple], numbers: Iterator[int]) -> ox.BlankNode:
    node = ox.BlankNode(f"result{next(numbers)}")
    say = [
        (TYPE, sh("ValidationResult")),
        (sh("focusNode"), result.focus),
        (sh("resultPath"), None if result.path is None else result.path.to_rdf(found)),
        (sh("value"), result.value),
        (sh("sourceShape"), result.shape),
        (sh("sourceConstraintComponent"), result.component),
        (sh("sourceConstraint"), result.source),
        (sh("resultSeverity"), result.severity),
        *((sh("resultMessage"), message) for message in result.messages),
    ]
    found += [ox.Triple(node, predicate, term) for predicate, term in say if term is not None]
    for detail in result.details:
        found.append(ox.Triple(node, sh("detail"), _result(detail, found, numbers)))
    return node
