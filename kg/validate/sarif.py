"""SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kg import __version__
from kg.validate.baseline import fingerprint
from kg.validate.formats import rule_id
from kg.validate.results import Result
from kg.validate.text import component, path_text, severity, short

if TYPE_CHECKING:
    from kg.validate.report import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"Violation": "error", "Warning": "warning", "Info": "note"}
MOST = 25_000  # results a run that GitHub takes; the rest is counted in a notification


def sarif(report: Report) -> str:
    """The report as a SARIF log with one run. Results without a line are placed by their focus node alone."""
    rules: dict[str, int] = {}
    for result in report.results:
        rules.setdefault(rule_id(result), len(rules))
    examples = {rule_id(result): result for result in reversed(report.results)}
    notes = [*report.notes]
    if len(report.results) > MOST:
        notes.append(f"{len(report.results) - MOST} more results are left out")
    run = {
        "tool": {
            "driver": {
                "name": "leakgraph",
                "semanticVersion": __version__,
                "informationUri": "https://w3id.org/leakgraph/",
                "rules": [_rule(name, examples[name]) for name in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, result, rules) for result in report.results[:MOST]],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "note", "message": {"text": note}} for note in notes],
            }
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(name: str, example: Result) -> dict[str, Any]:
    return {
        "id": name,
        "name": component(example),
        "shortDescription": {"text": f"SHACL: {component(example)}"},
        "helpUri": "https://www.w3.org/TR/shacl/#core-components",
        "properties": {"component": example.component.value},
    }


def _uri(file: str) -> str:
    """A file as code scanning wants it: relative to the working directory where it lies below that."""
    path = PurePath(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return quote(path.as_posix()) if not path.is_absolute() else Path(path).as_uri()


def _result(report: Report, result: Result, rules: dict[str, int]) -> dict[str, Any]:
    place = report.places.get(result)
    about = short(result.focus) + (f", {path_text(result)}" if result.path else "")
    value = f", value {short(result.value)}" if result.value is not None and result.value != result.focus else ""
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": short(result.focus), "kind": "object"}]}
    if place is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(place.file)},
            "region": {"startLine": place.line},
        }
    return {
        "ruleId": rule_id(result),
        "ruleIndex": rules[rule_id(result)],
        "level": LEVELS.get(severity(result), "error"),
        "message": {"text": f"{result.message} ({about}{value})"},
        "locations": [location],
        "partialFingerprints": {"shaclResult/v1": fingerprint(result)},
        "properties": {"shape": report.shape_name(result.shape), "severity": result.severity.value},
    }
