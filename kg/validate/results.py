"""What validation finds."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from kg.validate.names import Term
from kg.validate.paths import Path


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result (section 3.6.2 of SHACL). Terms are pyoxigraph's.

    `shape` is the source shape, `source` the `sh:sparql` node behind it, `details` the results of a nested shape that
    explain this one. `messages` are the shape's own, or one sentence of ours in English.
    """

    focus: Term
    path: Path | None
    value: Term | None
    component: ox.NamedNode
    shape: Term
    severity: ox.NamedNode
    messages: tuple[ox.Literal, ...]
    source: Term | None = None
    details: tuple[Result, ...] = ()

    @property
    def path_text(self) -> str:
        """The path as SPARQL; empty without one."""
        return "" if self.path is None else self.path.sparql()

    @property
    def message(self) -> str:
        """The first message in English or without a language, else the first."""
        plain = [m for m in self.messages if not m.language or m.language.startswith("en")]
        chosen = (*plain, *self.messages)
        return chosen[0].value if chosen else ""
