"""The one family of errors. Every message says what was wrong, where, and what to do about it.

`status` is the HTTP status a server answers with when the error reaches a client; it lives on the class
and is read through the instance, so that a subclass needs no more than one line. The command line turns any
`KgError` into exit code 2 ("could not run"); exit code 1 is kept for "ran, and found violations".
"""

from __future__ import annotations

from typing import ClassVar


class KgError(Exception):
    """Base of everything leakgraph raises on purpose.

    `detail` is one sentence for a person. `where` names the place as far as it is known (a file, or
    `file:line:column`, lines and columns counted from 1); `hint` says what to do next.
    """

    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str,
        *,
        where: str | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.where = where
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.where, self.line, self.column) if part is not None)
        text = f"{place}: {self.detail}" if place else self.detail
        return f"{text}\n  {self.hint}" if self.hint else text


class BadInput(KgError):
    """Something a person or client gave is malformed: a file, a setting, a row of data."""

    status = 400


class BadData(BadInput):
    """A data file of the project or operator (authority, policy, rules, suppressions) cannot be used."""


class BadCorpus(BadInput):
    """A corpus as a whole cannot be read; a single bad document is a `Rejected`, never an error."""


class BadRdf(BadInput):
    """RDF that does not parse; `line` and `column` say where when the parser does."""


class BadShapes(BadInput):
    """A shapes graph that is ill-formed or asks for what cannot be computed."""


class BadQuery(BadInput):
    """A SPARQL query that does not parse; `line` and `column` count from 1."""


class Forbidden(KgError):
    """Understood and refused on purpose: SERVICE, LOAD, updates on a release, a missing token."""

    status = 403


class NotFound(KgError):
    """No such entity, release, file or graph."""

    status = 404


class Gone(KgError):
    """Withdrawn: it was here and is not served any more."""

    status = 410


class NotAcceptable(KgError):
    """None of the formats on offer suits the client."""

    status = 406


class TooLarge(KgError):
    """An input or a result is over its size limit (bytes, rows or triples)."""

    status = 413


class Unsupported(KgError):
    """A media type, format or feature that is not known here."""

    status = 415


class TooBusy(KgError):
    """The bounded queue is full; try again after a moment."""

    status = 429


class Unavailable(KgError):
    """Cannot be served now: no release, a worker that died."""

    status = 503


class Timeout(Unavailable):
    """The work was stopped at its time limit."""


class OutOfMemory(KgError):
    """The work was stopped at its memory limit."""

    status = 507


class BadPipeline(KgError):
    """A spaCy pipeline cannot be loaded or lacks a component that the extractor needs."""


class BadRelease(Unavailable):
    """A release folder is damaged, incomplete or of an unknown layout."""


class NotConforming(KgError):
    """The graph violates its shapes, so no release was made."""

    status = 422
