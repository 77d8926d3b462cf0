"""The report as one HTML page, without scripts and without anything from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.validate.names import Term
from kg.validate.results import Result
from kg.validate.text import component, path_text, severity, short, summary

if TYPE_CHECKING:
    from kg.validate.report import Report

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;
border-bottom:1px solid #ccc;overflow-wrap:anywhere}.Violation{color:#a40000}.Warning{color:#7a4b00}.Info{color:#00497a}
caption{text-align:left;font-weight:bold;padding:.5rem 0}ul{margin:.2rem 0;padding-left:1.2rem}
@media (prefers-color-scheme:dark){body{color:#eee;background:#181818}.Violation{color:#ff8a80}.Warning{color:#ffd180}
.Info{color:#80d8ff}th,td{border-color:#555}a{color:#8ab4f8}}
"""


def page(report: Report) -> str:
    """The page: a summary, then a table of the results with their details."""
    notes = "".join(f"<p>Note: {escape(note)}</p>" for note in report.notes)
    title = "Conforms" if report.conforms else "Does not conform"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>SHACL report: {title}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>SHACL report</h1><p><strong>{escape(summary(report))}</strong></p>{notes}{_table(report)}"
        "</main></body></html>\n"
    )


def _table(report: Report) -> str:
    if not report.results:
        return ""
    rows = "".join(_row(report, result) for result in report.results)
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Severity", "Message", "Focus node", "Path", "Value"))
    return f"<table><caption>Results</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(report: Report, result: Result) -> str:
    place = report.places.get(result)
    where = f"<br><small>{escape(place.file)}:{place.line}</small>" if place else ""
    details = "".join(f"<li>{escape(d.message)} ({escape(short(d.value))})</li>" for d in result.details)
    more = f"<ul>{details}</ul>" if details else ""
    name = severity(result)
    return (
        f'<tr><td class="{escape(name, quote=True)}">{escape(name)}</td>'
        f"<td>{escape(result.message)}{more}<br><small>{escape(component(result))}</small></td>"
        f"<td>{_link(result.focus)}{where}</td><td>{escape(path_text(result))}</td><td>{_link(result.value)}</td></tr>"
    )


def _link(term: Term | None) -> str:
    """A term; an http(s) IRI as a link, never any other scheme."""
    text = escape(short(term))
    if isinstance(term, ox.NamedNode) and term.value.startswith(("http://", "https://")):
        return f'<a href="{escape(term.value, quote=True)}" rel="nofollow">{text}</a>'
    return text
