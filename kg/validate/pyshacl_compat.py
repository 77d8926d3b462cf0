"""pySHACL's `validate`, for programs that call it: change the import, keep the call.

    from kg.validate.pyshacl_compat import validate
    conforms, results_graph, results_text = validate(data_graph, shacl_graph=shapes)

What changes the data before or beside validation (inference, rules, JavaScript, SHACL-AF) is refused, not ignored.
Strings are paths of files, never URLs; pass RDF text as bytes.
"""

from __future__ import annotations

from typing import Any

import rdflib

from kg.errors import Unsupported
from kg.validate import Source
from kg.validate import validate as run
from kg.validate.report import Report

__all__ = ["validate"]

_MEDIA = {
    "turtle": "text/turtle", "ttl": "text/turtle", "nt": "application/n-triples", "ntriples": "application/n-triples",
    "nquads": "application/n-quads", "trig": "application/trig", "json-ld": "application/ld+json",
    "xml": "application/rdf+xml", "n3": "text/n3",
}  # fmt: skip
_REFUSED = ("advanced", "js", "meta_shacl", "do_owl_imports", "use_shapes", "check_dash_result", "check_sht_result")
_HARMLESS = {
    "inplace", "abort_on_first", "debug", "max_validation_depth", "data_graph_format", "shacl_graph_format",
    "iterate_rules", "sparql_mode", "ont_graph_format",
}  # fmt: skip


def validate(
    data_graph: Any,
    *,
    shacl_graph: Any = None,
    ont_graph: Any = None,
    inference: str | None = None,
    allow_infos: bool = False,
    allow_warnings: bool = False,
    focus_nodes: Any = None,
    serialize_report_graph: bool | str = False,
    **options: Any,
) -> tuple[bool, rdflib.Graph | bytes, str]:
    """Whether the data conforms, the report graph (or its bytes), and the report as text, as pySHACL returns them.

    `allow_infos` and `allow_warnings` let results of those severities pass. Raises `Unsupported` for an option of
    pySHACL's that is not computed here, and what `kg.validate.validate` raises.
    """
    if inference not in (None, "none"):
        raise Unsupported(f"inference={inference!r} is not computed here", hint="Materialise it before validating.")
    for name, value in options.items():
        if name in _REFUSED and value:
            raise Unsupported(f"{name}={value!r} is not computed here", hint="Call pySHACL itself for that.")
        if name not in _HARMLESS and name not in _REFUSED:
            raise Unsupported(f"no such option of pySHACL's is known: {name}")
    data = _graph(data_graph, options.get("data_graph_format"))
    if ont_graph is not None:
        merged = rdflib.Graph()
        for part in (data, _graph(ont_graph, None)):
            merged += part if isinstance(part, rdflib.Graph) else _parsed(part)
        data = merged
    shapes = None if shacl_graph is None else _graph(shacl_graph, options.get("shacl_graph_format"))
    report = run(data, shapes, focus=None if focus_nodes is None else [str(node) for node in focus_nodes])
    least = "Warning" if allow_infos else "Info"
    conforms = report.at_least("Violation" if allow_warnings else least) == 0
    graph = report.graph()
    for node in list(graph.subjects(rdflib.RDF.type, rdflib.SH.ValidationReport)):
        graph.set((node, rdflib.SH.conforms, rdflib.Literal(conforms)))
    if serialize_report_graph:
        form = serialize_report_graph if isinstance(serialize_report_graph, str) else "turtle"
        return conforms, graph.serialize(format=form, encoding="utf-8"), _text(report, conforms)
    return conforms, graph, _text(report, conforms)


def _text(report: Report, conforms: bool) -> str:
    body = report.serialize("text")
    return f"Validation Report\nConforms: {conforms}\nResults ({len(report.results)}):\n{body}"


def _graph(given: Any, form: str | None) -> Any:
    if isinstance(given, bytes):
        return Source(given, _MEDIA.get(form or "turtle", form or "turtle"))
    return given


def _parsed(given: Any) -> rdflib.Graph:
    if isinstance(given, Source):
        return rdflib.Graph().parse(data=given.content, format=given.rdf_format().media_type)
    return rdflib.Graph().parse(given)
