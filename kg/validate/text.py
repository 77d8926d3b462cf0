"""The report for a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.validate.names import SH, Term, local
from kg.validate.results import Result

if TYPE_CHECKING:
    from kg.validate.report import Report

WIDE_VALUE = 120  # characters of a value that are shown


def short(term: Term | None) -> str:
    """A term to read: an IRI bare, a literal quoted and cut at a width, with its datatype's local name."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return term.value
    if isinstance(term, ox.BlankNode):
        return str(term)
    text = term.value if len(term.value) <= WIDE_VALUE else term.value[: WIDE_VALUE - 1] + "…"
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if term.language:
        return f"{quoted}@{term.language}"
    return quoted if term.datatype.value.endswith("#string") else f"{quoted}^^{local(term.datatype.value)}"


def path_text(result: Result) -> str:
    """The path with predicates bare where it is one, else as SPARQL."""
    if result.path is None:
        return ""
    return result.path.predicate.value if result.path.predicate else result.path.sparql()


def component(result: Result) -> str:
    """The component's local name without its ending."""
    return local(result.component.value).removesuffix("ConstraintComponent")


def severity(result: Result) -> str:
    """The severity's local name, or its IRI where it is not SHACL's own."""
    value = result.severity.value
    return value.removeprefix(SH) if value.startswith(SH) else value


def summary(report: Report) -> str:
    """One line: what was found, in how many shapes and how long."""
    found = ", ".join(_many(count, name) for name, count in report.counts.items()) or "no results"
    known = f"; {report.known} known from the baseline" if report.known else ""
    more = "; stopped at the limit, there are more" if report.truncated else ""
    word = "Conforms" if report.conforms else "Does not conform"
    return f"{word}: {found}{known}{more} ({_many(report.shapes, 'shape')}, {report.seconds:.1f} s)"


def _many(count: int, name: str) -> str:
    plain = {"Violation": "violation", "Warning": "warning"}.get(name, name)
    return f"{count} {plain}" if count == 1 or name == "Info" else f"{count} {plain}s"


def text(report: Report) -> str:
    """Each result with place, message, focus node, path and value, and a summary at the end."""
    blocks = [_block(report, result) for result in report.results]
    notes = [f"Note: {note}" for note in report.notes]
    last = [summary(report)]
    if report.results:
        last.append(
            "See --format turtle for the standard report, --stats for time a shape, --baseline to accept these."
        )
    return "\n".join([*blocks, *notes, *last]) + "\n"


def _block(report: Report, result: Result) -> str:
    place = report.places.get(result)
    where = f"{place.file}:{place.line}: " if place else ""
    rows = [f"{where}{severity(result)}: {result.message}", f"    focus  {short(result.focus)}"]
    if result.path is not None:
        rows.append(f"    path   {path_text(result)}")
    if result.value is not None and result.value != result.focus:
        rows.append(f"    value  {short(result.value)}")
    rows.append(f"    shape  {report.shape_name(result.shape)} ({component(result)})")
    for detail in result.details:
        inner = f" at {path_text(detail)}" if detail.path is not None else ""
        rows.append(f"      because {detail.message}{inner}, value {short(detail.value)}")
    return "\n".join(rows) + "\n"


def stats(report: Report) -> str:
    """Time a shape, the slowest first."""
    rows = sorted(report.timings, key=lambda t: -t.seconds)
    lines = [
        f"{t.seconds:8.3f} s  {t.focus:>9} focus  {t.results:>7} results  {report.shape_name(t.shape)}" for t in rows
    ]
    return "\n".join([*lines, f"{report.seconds:8.3f} s  in all"]) + "\n"
