"""Reports for other programs: JSON, JUnit XML and GitHub annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox

from kg.validate.names import Term, local
from kg.validate.results import Result
from kg.validate.text import component, path_text, severity, short, summary

if TYPE_CHECKING:
    from kg.validate.report import Report

GITHUB_MOST = 50  # GitHub shows ten annotations of a kind a step and fifty a job; more only fill the log
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data. Terms are SPARQL-JSON-like objects: type, value, datatype, language."""
    return {
        "conforms": report.conforms,
        "counts": report.counts,
        "known": report.known,
        "truncated": report.truncated,
        "shapes": report.shapes,
        "seconds": round(report.seconds, 3),
        "notes": list(report.notes),
        "results": [_result(report, result) for result in report.results],
    }


def term_json(term: Term | None) -> dict[str, str] | None:
    """A term as an object, or None."""
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return {"type": "iri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if term.language:
        return {"type": "literal", "value": term.value, "language": term.language}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def _result(report: Report, result: Result) -> dict[str, Any]:
    place = report.places.get(result)
    return {
        "severity": severity(result),
        "message": result.message,
        "messages": [term_json(m) for m in result.messages],
        "focus": term_json(result.focus),
        "path": None if result.path is None else path_text(result),
        "value": term_json(result.value),
        "component": result.component.value,
        "shape": term_json(result.shape),
        "shapeName": report.shape_name(result.shape),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "details": [_result(report, detail) for detail in result.details],
    }


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def junit(report: Report) -> str:
    """JUnit XML: a test case for each shape that was checked, a failure for each of its results."""
    by_shape: dict[str, list[Result]] = {report.shape_name(t.shape): [] for t in report.timings}
    for result in report.results:
        by_shape.setdefault(report.shape_name(result.shape), []).append(result)
    seconds = {report.shape_name(t.shape): t.seconds for t in report.timings}
    failing = sum(bool(found) for found in by_shape.values())
    root = ET.Element("testsuites", name="SHACL validation")
    suite = ET.SubElement(root, "testsuite", {
        "name": "SHACL", "tests": str(len(by_shape)), "failures": str(failing), "errors": "0", "skipped": "0",
        "time": f"{report.seconds:.3f}",
    })  # fmt: skip
    for shape, found in by_shape.items():
        case = ET.SubElement(suite, "testcase", {
            "name": _clean(shape), "classname": "shacl", "time": f"{seconds.get(shape, 0.0):.3f}",
        })  # fmt: skip
        if found:
            failure = ET.SubElement(case, "failure", {
                "type": severity(found[0]), "message": _clean(f"{len(found)} result(s): {found[0].message}"),
            })  # fmt: skip
            failure.text = _clean("\n".join(_line(report, result) for result in found))
    out = ET.SubElement(suite, "system-out")
    out.text = _clean("\n".join([*report.notes, summary(report)]))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _line(report: Report, result: Result) -> str:
    place = report.places.get(result)
    where = f"{place.file}:{place.line}: " if place else ""
    parts = [short(result.focus), path_text(result), short(result.value), component(result)]
    return f"{where}{severity(result)}: {result.message} [{' | '.join(part for part in parts if part)}]"


def github(report: Report) -> str:
    """Workflow commands that GitHub shows as annotations beside the lines of a change."""
    kinds = {"Violation": "error", "Warning": "warning", "Info": "notice"}
    lines = []
    for result in report.results[:GITHUB_MOST]:
        place = report.places.get(result)
        title = f"SHACL {component(result)}"
        fields = [f"file={_property(place.file)}", f"line={place.line}"] if place else []
        fields.append(f"title={_property(title)}")
        about = f"{result.message} ({short(result.focus)}" + (f", {path_text(result)})" if result.path else ")")
        lines.append(f"::{kinds.get(severity(result), 'error')} {','.join(fields)}::{_data(about)}")
    if len(report.results) > GITHUB_MOST:
        lines.append(f"::notice title=SHACL::{len(report.results) - GITHUB_MOST} more results are in the report")
    lines.append(_data(summary(report)))
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def rule_id(result: Result) -> str:
    """A name for the kind of result that stays the same from run to run: the component's local name."""
    return local(result.component.value)
