"""The OpenAPI document holds: it names every address that is answered and no other, and random requests made by it get
answers that it describes, and never a crash."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

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
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Rule

from kg.settings import Settings
from kg.sparql import Engine
from kg.web import front
from kg.web.openapi import document
from kg.web.protocol import GRAPHS, SPARQL, Blocking, Endpoint
from kg.web.serving import register

CHECKS = [content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance]
FRONT_ONLY = {"/readyz", "/metrics"}  # of the production server, not of the WSGI application
PATHS = document("")["paths"]
OPERATIONS = [(path, method.upper()) for path, item in PATHS.items() for method in item]
FILLED = {"number": "1", "ending": "ttl"}  # where a parameter's value must be of a kind for the address to be one


@schemathesis.serializer("application/sparql-query", "application/sparql-update", "text/turtle", "application/rdf+xml")
def as_text(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@schemathesis.serializer("application/n-triples", "application/ld+json")
def as_text_too(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture
def whole(app: Flask, engine: Engine) -> Flask:
    """The application with the SPARQL protocol, as other servers than ours run it."""
    register(app, engine, Settings())
    return app


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), [pair for pair in OPERATIONS if pair[0] not in FRONT_ONLY])
def test_answers_are_as_described(whole: Flask, path: str, method: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", whole)
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


def rule_of(app: Flask, path: str, method: str) -> Rule | None:
    """The rule that answers a described address, its parameters filled in."""
    address = re.sub(r"\{(\w+)\}", lambda found: FILLED.get(found[1], "x"), path)
    try:
        rule, _ = app.url_map.bind("localhost").match(address, method, return_rule=True)
    except (NotFound, MethodNotAllowed):
        return None
    return rule


def own_addresses() -> set[str]:
    """What the production server answers before the pages: the paths that its module names."""
    source = ast.parse(Path(front.__file__).read_text("utf-8"))
    texts = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if re.fullmatch(r"/[a-z-]+", text)} | {SPARQL, GRAPHS}


def test_everything_that_is_described_is_answered(app: Flask) -> None:
    found = {pair: rule_of(app, *pair) for pair in OPERATIONS}
    unknown = {path for (path, _), rule in found.items() if rule is None or rule.endpoint == "static"}
    assert unknown == own_addresses() - {"/healthz"}


def test_everything_that_is_answered_is_described(app: Flask) -> None:
    described = {(rule.rule, method) for path, method in OPERATIONS if (rule := rule_of(app, path, method))}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert rule.endpoint == "static" or (rule.rule, method) in described, f"{method} {rule.rule}"
    assert own_addresses() <= set(PATHS)
    assert len(own_addresses()) == 5


def test_the_methods_of_the_protocol_are_those_described() -> None:
    assert set(PATHS[SPARQL]) == {"get", "post"}
    assert set(PATHS[GRAPHS]) == {"get", "put", "post", "delete"}


def test_the_parameters_of_a_query_are_those_of_the_documentation() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "endpoint.md").read_text("utf-8")
    table = page[page.index("| parameter |") :].partition("\n\n")[0]
    told = {name for line in table.splitlines()[2:] for name in re.findall(r"`([a-z-]+)`", line.split("|")[1])}
    assert {item.get("name", "release") for item in PATHS[SPARQL]["get"]["parameters"]} == told


@pytest.mark.parametrize("path", sorted({*FRONT_ONLY, "/healthz"}))
def test_what_operators_ask_is_answered_before_the_pages(engine: Engine, path: str) -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def nothing() -> Any:
        raise AssertionError("neither is asked")

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def ask() -> None:
        made = front.Front(nothing, nothing, max_body=1, access_log=False)
        made.endpoint = Endpoint(Blocking(engine), Settings())
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await made(scope, nothing, send)

    asyncio.run(ask())
    answer = PATHS[path]["get"]["responses"][str(sent[0]["status"])]
    assert dict(sent[0]["headers"])[b"content-type"].decode().partition(";")[0] in answer["content"]


def test_no_name_is_given_twice_and_every_reference_leads_somewhere() -> None:
    whole = document("")
    names = [operation["operationId"] for item in PATHS.values() for operation in item.values()]
    assert len(names) == len(set(names))
    for target in re.findall(r"'\$ref': '#/([^']+)'", repr(whole)):
        found: Any = whole
        for part in target.split("/"):
            found = found[part]
    for path, item in PATHS.items():
        for operation in item.values():
            assert {tag["name"] for tag in whole["tags"]} >= set(operation["tags"])
            parameters = operation.get("parameters", [])
            named = {item["name"] for item in parameters if item.get("in") == "path"}
            named |= {"ending" for item in parameters if item.get("$ref", "").endswith("/ending")}
            assert named == set(re.findall(r"\{(\w+)\}", path)), path
