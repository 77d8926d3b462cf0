"""The OpenAPI document holds: random requests made by it get answers that it describes, and never a crash."""

from __future__ import annotations

import contextlib

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kg.web.openapi import document

CHECKS = [content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance]
PROTOCOL = ("/sparql",)  # has its own suite
OPERATIONS = [
    (path, method.upper())
    for path, item in document("")["paths"].items()
    if path not in PROTOCOL
    for method in item
    if method in ("get", "post")
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_described(app: Flask, path: str, method: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operation = schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    def check(case: schemathesis.Case) -> None:
        answer = case.call(headers={"Accept-Encoding": "identity"})
        assert answer.status_code < 500
        case.validate_response(answer, checks=CHECKS)

    # Where every request is a right one, there is no wrong one to send.
    with contextlib.suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else contextlib.nullcontext():
        check()


def test_every_route_is_described(app: Flask) -> None:
    described = set(app.test_client().get("/openapi.json").json["paths"])
    for path in ("/api/stats", "/search", "/sparql", "/reconcile", "/shacl", "/dumps/{name}", "/ontology", "/healthz"):
        assert path in described
