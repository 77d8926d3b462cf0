"""The report in each format, read back by something that knows the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
import rdflib
import sarif_om
from attr import NOTHING

from kg.errors import Unsupported
from kg.validate import FORMATS, validate
from kg.validate.rdf import results_of, to_rdflib
from kg.validate.report import Report

SHAPES = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:node ex:Named ;
  sh:property [ sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:minCount 1 ; sh:severity sh:Warning ;
    sh:message "zu wenig"@de , "too few"@en ] .
ex:Named a sh:NodeShape ; sh:property [ sh:path ex:name ; sh:maxLength 3 ; sh:severity sh:Info ] .
ex:Fine a sh:NodeShape ; sh:targetNode ex:a ; sh:nodeKind sh:IRI .
"""
DATA = """@prefix ex: <http://example.org/> .
ex:a a ex:T ; ex:name "<script>alert('x')</script> & \\u0001 \\uD83D\\uDE00 long, with: marks %" .
""".replace("\\uD83D\\uDE00", "\U0001f600").encode()


@pytest.fixture
def report(tmp_path: Path) -> Report:
    from dataclasses import replace

    from kg.validate.lines import find_places

    path = tmp_path / "some data.ttl"
    path.write_bytes(DATA)
    found = validate(path, SHAPES)
    return replace(found, places=find_places(found.results, [path]))


def test_every_format_is_written_and_others_are_refused(report: Report) -> None:
    for form in FORMATS:
        assert report.serialize(form)
    with pytest.raises(Unsupported, match="pdf"):
        report.serialize("pdf")


@pytest.mark.parametrize(("form", "parser"), [("turtle", ox.RdfFormat.TURTLE), ("jsonld", ox.RdfFormat.JSON_LD)])
def test_rdf_reports_say_the_same_as_the_results(report: Report, form: str, parser: ox.RdfFormat) -> None:
    quads = ox.parse(input=report.serialize(form).encode(), format=parser)
    graph = to_rdflib((quad.subject, quad.predicate, quad.object) for quad in quads)
    rows = {(str(r.focus), r.path.sparql() if r.path else None, str(r.severity)) for r in results_of(graph)}
    assert rows == {(str(r.focus), r.path.sparql() if r.path else None, str(r.severity)) for r in report.results}
    details = list(graph.subject_objects(rdflib.SH.detail))
    assert len(details) == 1
    assert set(graph.objects(None, rdflib.SH.resultMessage)) >= {rdflib.Literal("zu wenig", lang="de")}


def test_text_names_place_message_nodes_and_shape(report: Report) -> None:
    text = report.serialize("text")
    assert "some data.ttl:2: Warning: too few" in text
    assert "path   (<http://example.org/p>/^<http://example.org/q>)" in text
    assert "because Value must have at most 3 characters at http://example.org/name" in text
    assert "Does not conform: 1 violation, 1 warning (2 shapes" in text


def test_json_has_every_field(report: Report) -> None:
    plain = json.loads(report.serialize("json"))
    assert plain["counts"] == {"Violation": 1, "Warning": 1}
    first = next(r for r in plain["results"] if r["severity"] == "Violation")
    assert first["component"] == "http://www.w3.org/ns/shacl#NodeConstraintComponent"
    assert (first["line"], first["focus"]) == (2, {"type": "iri", "value": "http://example.org/a"})
    assert first["details"][0]["severity"] == "Info"


def test_junit_counts_shapes_and_failures(report: Report) -> None:
    root = ET.fromstring(report.serialize("junit"))
    suite = root.find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    failing = [case for case in cases if case.find("failure") is not None]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), str(len(failing))) == ("3", "2")
    assert {case.get("name") for case in cases} >= {"http://example.org/Fine", "http://example.org/S"}


def test_github_annotations_are_escaped(report: Report) -> None:
    lines = report.serialize("github").splitlines()
    assert len(lines) == 3
    warning = next(line for line in lines if line.startswith("::warning "))
    assert "some data.ttl,line=2,title=SHACL MinCount::too few" in warning
    assert all(":" not in part for part in warning.split("::")[1].replace("%3A", "").split(",")[1:])


def test_html_is_escaped_and_has_nothing_from_elsewhere(report: Report) -> None:
    page = report.serialize("html")
    assert "<script" not in page
    assert "&lt;" not in page or "alert" not in page.split("&lt;script")[0]
    assert page.count("<tr>") == 3
    assert 'src="' not in page
    assert 'href="http://example.org/a"' in page


def test_a_report_without_results_is_valid_in_every_format() -> None:
    report = validate(b"", SHAPES)
    assert report.conforms
    assert json.loads(report.serialize("sarif"))["runs"][0]["results"] == []
    suite = ET.fromstring(report.serialize("junit")).find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "0"
    graph = list(ox.parse(input=report.serialize("turtle").encode(), format=ox.RdfFormat.TURTLE))
    assert len(graph) == 2


# What stands where in the part of SARIF that is used; sarif_om's classes, made from the schema, know the properties.
SARIF = {
    "runs": "Run", "tool": "Tool", "driver": "ToolComponent", "rules": "ReportingDescriptor",
    "shortDescription": "MultiformatMessageString", "results": "Result", "message": "Message", "locations": "Location",
    "logicalLocations": "LogicalLocation", "physicalLocation": "PhysicalLocation",
    "artifactLocation": "ArtifactLocation", "region": "Region", "invocations": "Invocation",
    "toolExecutionNotifications": "Notification",
}  # fmt: skip


def against_schema(value: Any, cls: str) -> None:
    """Fail for a property that the schema does not have and for a required one that is missing."""
    kind = getattr(sarif_om, cls)
    known = {a.metadata["schema_property_name"]: a for a in kind.__attrs_attrs__}
    assert set(value) <= set(known), f"{cls}: {set(value) - set(known)}"
    required = {name for name, a in known.items() if a.default is NOTHING}
    assert required <= set(value), f"{cls} lacks {required - set(value)}"
    for name, inner in value.items():
        if name in SARIF:
            for each in inner if isinstance(inner, list) else [inner]:
                against_schema(each, SARIF[name])


def test_sarif_follows_its_schema(report: Report) -> None:
    log = json.loads(report.serialize("sarif"))
    assert log["version"] == "2.1.0"
    against_schema(log, "SarifLog")
    run = log["runs"][0]
    assert [r["level"] for r in run["results"]].count("warning") == 1
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] == 2
        assert place["artifactLocation"]["uri"].endswith("some%20data.ttl")
        assert len(next(iter(result["partialFingerprints"].values()))) == 32
