"""The SPARQL 1.1 Protocol, the Graph Store Protocol and the service description, apart from any web framework.

`Endpoint.answer` takes a `Request` and gives a `Reply`; `kg.web.front` puts it before the pages in the production
server,
`register` puts it into a Flask application.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kg.errors import BadInput, Forbidden, KgError, NotAcceptable, TooBusy, TooLarge, Unavailable, Unsupported
from kg.settings import Settings
from kg.sparql import Answer, DatasetSpec, Engine, ReleaseInfo, negotiate
from kg.web.compress import encode, encoding_for
from kg.web.description import describe
from kg.web.fields import Fields, dataset_of, joined, number, one, read, whole
from kg.web.headers import CSP, EXPOSED
from kg.web.problems import MEDIA_TYPE, RETRY_SECONDS, problem

SPARQL, GRAPHS = "/sparql", "/rdf-graph-store"
ESCAPED, OTHERS = 3, 64 * 1024  # bytes of a form for each of a query in it at most, and for all else
READ = ("GET", "HEAD", "OPTIONS")
_FORM, _QUERY, _UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
_KNOWN = {
    "query", "update", "default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri", "format",
    "output", "timeout", "max-rows", "release",
}  # fmt: skip
_OF_DESCRIPTIONS = {"format", "output", "release"}  # parameters without which there may be a query, but is none
_FRESH = "public, max-age=60"  # seconds; after that a client asks again whether a new release is out, and gets a 304
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """`query` is the raw query string, `headers` have names in lower case, `root` is the address of the whole site as
    the client knows it, without a slash at the end."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    root: str
    fields: Fields | None = None  # the parameters, where they have been read already


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


class Unauthorized(KgError):
    """A write without the curators' token."""

    status = 401


class MethodNotAllowed(KgError):
    """The address does not answer that method; `hint` lists those that it does."""

    status = 405


class Asks(Protocol):
    """The part of an engine that the protocol reads by, as coroutines."""

    async def arun(
        self,
        query: str,
        *,
        accept: str | None = None,
        format: str | None = None,
        dataset: DatasetSpec = ...,
        timeout: float | None = None,
        max_rows: int | None = None,
    ) -> Answer: ...

    async def agraph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer: ...

    def info(self) -> ReleaseInfo: ...


class Writes(Protocol):
    """The curators' side; see `kg.web.curate`."""

    async def update(self, text: str, dataset: DatasetSpec) -> None: ...

    async def graph(self, kind: str, name: str | None, *, body: bytes, media_type: str, base: str) -> str: ...

    def authorised(self, header: str) -> bool: ...


@dataclass
class Endpoint:
    """`older` gives what answers for another release, by its id; without it there is only the current one.

    `writes` is there in curator mode only.
    """

    engine: Asks
    settings: Settings
    older: Callable[[str], Awaitable[Asks]] | None = None
    writes: Writes | None = None
    features: dict[str, Any] = field(default_factory=dict)

    async def answer(self, request: Request) -> Reply:
        """The reply, errors included: nothing is raised but what nobody foresaw."""
        try:
            if request.path.rstrip("/") == GRAPHS:
                reply = await self._graph_store(request)
            else:
                reply = await self._sparql(request)
            if all(key != "x-release" for key, _ in reply.headers):
                reply.headers.append(("x-release", self.release()))
        except KgError as err:
            reply = self.trouble(err, request)
        return reply

    def release(self, info: ReleaseInfo | None = None) -> str:
        """What `X-Release` says: the id and date of what is served, or of `info`."""
        info = info or self.engine.info()
        return f"{info.id}; date={info.date}" if info.date else info.id

    async def _sparql(self, request: Request) -> Reply:
        if request.method == "OPTIONS":
            return self._options("GET, HEAD, POST, OPTIONS")
        if request.method not in ("GET", "HEAD", "POST"):
            raise MethodNotAllowed("queries are asked by GET or POST", hint="GET, HEAD, POST, OPTIONS")
        fields = request.fields if request.fields is not None else self.fields(request)
        if request.method != "POST" and not fields.keys() - _OF_DESCRIPTIONS:
            return self._describe(request, fields)
        query, update = one(fields, "query"), one(fields, "update")
        if query is not None and update is not None:
            raise BadInput("a request has a query or an update, not both")
        if update is not None:
            return await self._update(request, update, fields)
        if query is None:
            raise BadInput("the parameter 'query' is missing")
        engine = await self._engine_for(fields)
        answer = await engine.arun(
            query,
            accept=request.headers.get("accept"),
            format=one(fields, "format") or one(fields, "output"),
            dataset=dataset_of(fields, "default-graph-uri", "named-graph-uri"),
            timeout=number(fields, "timeout"),
            max_rows=whole(fields, "max-rows"),
        )
        return self._found(answer, request, engine.info())

    def fields(self, request: Request) -> Fields:
        """The parameters of a request to `/sparql`. Raises `BadInput`, `TooLarge`, `Unsupported`."""
        found = read(request.query)
        return joined(found, _posted(request, self.settings)) if request.method == "POST" else found

    async def _engine_for(self, fields: Fields) -> Asks:
        """The engine of the release that the parameters name. Raises `NotFound`."""
        release = one(fields, "release")
        if not release or release == self.engine.info().id:
            return self.engine
        if self.older is None:
            raise BadInput("there are no older releases here")
        return await self.older(release)

    def _found(self, answer: Answer, request: Request, info: ReleaseInfo) -> Reply:
        info = answer.info or info
        encoding = encoding_for(request.headers.get("accept-encoding"), len(answer.body))
        etag = answer.etag if not encoding else f'{answer.etag[:-1]}-{encoding}"'
        headers = [
            ("content-type", _typed(answer.media_type)),
            ("etag", etag),
            ("vary", "Accept, Accept-Encoding"),
            ("cache-control", "no-cache" if self.writes or not info.date else _FRESH),
            ("x-release", self.release(info)),
            *COMMON,
            *answer.headers.items(),
        ]
        if answer.truncated:
            headers.append(("x-result-truncated", "true"))
        if request.method in ("GET", "HEAD") and _matches(request.headers.get("if-none-match"), answer.etag):
            return Reply(304, headers)
        body = answer.body
        if encoding:
            body = encode(body, encoding, answer.etag)
            headers.append(("content-encoding", encoding))
        headers.append(("content-length", str(len(body))))
        return Reply(200, headers, b"" if request.method == "HEAD" else body)

    def _describe(self, request: Request, fields: Fields) -> Reply:
        form = one(fields, "format") or one(fields, "output")
        if not form and _wants_page(request.headers.get("accept")):
            return Reply(
                303, [("location", f"{request.root}/query"), ("vary", "Accept"), ("content-length", "0"), *COMMON]
            )
        answer = describe(
            request.root + SPARQL, self.engine.info(), self.settings, accept=request.headers.get("accept"), format=form,
            writes=self.writes is not None, **self.features,
        )  # fmt: skip
        return self._found(answer, request, self.engine.info())

    async def _update(self, request: Request, update: str, fields: Fields) -> Reply:
        if request.method != "POST":
            raise MethodNotAllowed("updates are sent by POST", hint="POST")
        writes = self._may_write(request)
        await writes.update(update, dataset_of(fields, "using-graph-uri", "using-named-graph-uri"))
        return Reply(204, [("cache-control", "no-store"), *COMMON])

    def _may_write(self, request: Request) -> Writes:
        if self.writes is None:
            raise Forbidden(
                "a released graph is never changed here", hint="Curators write to a working store of their own."
            )
        if not self.writes.authorised(request.headers.get("authorization", "")):
            raise Unauthorized("writing needs the curators' token", hint="Send Authorization: Bearer with the token.")
        return self.writes

    async def _graph_store(self, request: Request) -> Reply:
        method = request.method
        allowed = READ if self.writes is None else (*READ, "PUT", "POST", "DELETE")
        if method == "OPTIONS":
            return self._options(", ".join(allowed))
        if method not in ("GET", "HEAD", "PUT", "POST", "DELETE"):
            raise MethodNotAllowed("graphs do not answer that method", hint=", ".join(allowed))
        if method not in READ and self.writes is None:
            raise MethodNotAllowed("a released graph is never changed here", hint=", ".join(READ))
        fields = read(request.query)
        name, default = one(fields, "graph"), "default" in fields
        if (name is None) == (not default):
            raise BadInput("name one graph: ?graph= with its IRI, or ?default")
        if method in READ:
            form = one(fields, "format")
            engine = await self._engine_for(fields)
            answer = await engine.agraph(name, accept=request.headers.get("accept"), format=form)
            return self._found(answer, request, engine.info())
        writes = self._may_write(request)
        media_type = _media_type(request) if method != "DELETE" else ""
        base = name or f"{request.root}{GRAPHS}?default"
        outcome = await writes.graph(method.lower(), name, body=request.body, media_type=media_type, base=base)
        return Reply(201 if outcome == "created" else 204, [("cache-control", "no-store"), *COMMON])

    def _options(self, allowed: str) -> Reply:
        headers = [
            ("allow", allowed),
            ("access-control-allow-methods", allowed),
            ("access-control-allow-headers", "Accept, Authorization, Content-Type, If-None-Match"),
            ("access-control-max-age", "86400"),
        ]
        return Reply(204, [*headers, *COMMON])

    def trouble(self, err: KgError, request: Request) -> Reply:
        """An error as RFC 9457 problem details."""
        body = problem(err)
        headers = [("vary", "Accept"), ("cache-control", "no-store"), *COMMON]
        with contextlib.suppress(KgError):  # nothing is served: then that is the trouble
            headers.append(("x-release", self.release()))
        if isinstance(err, MethodNotAllowed):
            headers.append(("allow", err.hint or ""))
        if isinstance(err, (TooBusy, Unavailable)):
            headers.append(("retry-after", str(RETRY_SECONDS)))
        if isinstance(err, Unauthorized):
            headers.append(("www-authenticate", 'Bearer realm="curators"'))
        if err.status >= 500:
            _log.warning("%s %s: %s", request.method, request.path, err)
        if body["status"] in (401, 405):
            body["detail"] = err.detail
        data = json.dumps({"type": f"{request.root}/about/errors#{body['error']}", **body}).encode()
        headers += [("content-type", MEDIA_TYPE), ("content-length", str(len(data)))]
        return Reply(err.status, headers, b"" if request.method == "HEAD" else data)


COMMON = [
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", EXPOSED + ", X-Result-Truncated"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", CSP),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "cross-origin"),
]


def _typed(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _wants_page(accept: str | None) -> bool:
    if not accept or "html" not in accept:
        return False
    try:
        return negotiate(accept, ["text/turtle", "application/rdf+xml", "text/html"]) == "text/html"
    except NotAcceptable:
        return False


def _matches(header: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names the answer, in whatever encoding it was sent."""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or any(tag == etag or tag.startswith(f"{etag[:-1]}-") for tag in tags)


def _posted(request: Request, settings: Settings) -> Fields:
    kind = _media_type(request)
    if kind == _FORM:
        if len(request.body) > ESCAPED * settings.max_query + OTHERS:
            raise TooLarge("the form is larger than one with the longest query can be")
        return read(_decoded(request.body))
    if kind not in (_QUERY, _UPDATE):
        raise Unsupported(
            "the body of a POST must be a form, a query or an update", hint=f"Send {_FORM}, {_QUERY} or {_UPDATE}."
        )
    if len(request.body) > settings.max_query and kind == _QUERY:
        raise TooLarge(f"the query is longer than {settings.max_query} bytes")
    return {"query" if kind == _QUERY else "update": [_decoded(request.body)]}


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as err:
        raise BadInput("the body is not UTF-8") from err


def _media_type(request: Request) -> str:
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Unsupported("the body must be sent without a content coding")
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    for parameter in parameters.split(";"):
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset" and not _is_utf8(value.strip().strip('"')):
            raise Unsupported("the body must be UTF-8")
    return kind.strip().lower()


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in ("utf-8", "ascii")
    except LookupError:
        return False


class Blocking:
    """An engine's blocking methods as coroutines that never wait."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def arun(self, query: str, **options: Any) -> Answer:
        return self._engine.run(query, **options)

    async def agraph(self, name: str | None, **options: Any) -> Answer:
        return self._engine.graph(name, **options)

    def info(self) -> ReleaseInfo:
        return self._engine.info()
