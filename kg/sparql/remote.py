"""Another SPARQL 1.1 store behind the same protocol, guard, limits and cache."""

from __future__ import annotations

import asyncio
import hashlib
import time
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pyoxigraph as ox

from kg.errors import BadInput, BadQuery, Forbidden, KgError, NotFound, Timeout, TooBusy, TooLarge, Unavailable
from kg.settings import Settings
from kg.sparql.api import ANY, Answer, DatasetSpec, Hit, ReleaseInfo
from kg.sparql.clauses import limited
from kg.sparql.diagnose import misspelt
from kg.sparql.engine import SEARCH, PoolEngine
from kg.sparql.execute import Job, rows
from kg.sparql.formats import GRAPHS, Format, choose
from kg.sparql.fulltext import LABELS
from kg.sparql.plan import etag_of
from kg.sparql.pool import Generation
from kg.sparql.source import Source
from kg.sparql.tokens import tokens

FRESH = 60.0  # seconds that an answer is taken for still true: the store may change without telling
AT_ONCE = 4  # requests to the store for each worker that there would be here
_TABLE, _GRAPH = (
    "application/sparql-results+json",
    "application/n-triples, text/turtle;q=0.8, application/rdf+xml;q=0.5",
)
_PARTIAL = ("x-sql-state", "x-exec-truncated")  # headers by which stores admit that a 200 is not the whole answer


class RemoteEngine(PoolEngine):
    """See `Engine`. Every answer is parsed before it is handed on: a broken or cut one is never taken for whole.

    Searches look through all labels, since no index of the store is known here; the prepared property is refused.
    """

    def __init__(self, url: str, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(Source("remote", (url,)), settings)
        self._url, self._transport = url, transport
        digest = hashlib.sha256(url.encode()).hexdigest()[:12]
        self._info = ReleaseInfo(f"remote-{digest}", "", 0)
        self._running = 0
        self._most = self.usual * AT_ONCE
        self._slots = asyncio.Semaphore(self._most)

    async def aopen(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._client = httpx.AsyncClient(
            transport=self._transport, timeout=httpx.Timeout(None, connect=10.0), follow_redirects=False
        )
        idle = SimpleNamespace(workers=set(), busy=0, waiting=0, lane=None, info=self._info, meta={}, gone=None)
        self.generation = cast(Any, idle)
        self._stamp = self._now()

    def _now(self) -> str:
        return f"{self._info.id}|{int(time.monotonic() / FRESH)}"

    async def arun(
        self,
        query: str,
        *,
        accept: str | None = None,
        format: str | None = None,
        dataset: DatasetSpec = ANY,
        timeout: float | None = None,
        max_rows: int | None = None,
    ) -> Answer:
        if (now := self._now()) != self._stamp:
            self._stamp = now
            self._plans.clear()
            self.cache.clear()
        return await super().arun(
            query, accept=accept, format=format, dataset=dataset, timeout=timeout, max_rows=max_rows
        )

    def _state(self) -> Generation | None:
        return None

    async def _compute(self, job: Job, key: bytes, seconds: float, planned: Generation | None) -> Answer:
        if job.searches:
            raise BadQuery("the full-text property is not known to the store behind this endpoint")
        stamp, text, cut = self._stamp, job.text, False
        if job.max_rows is not None and job.form == "select":
            found = tokens(text, most=len(text))
            body = await self._ask(job, limited(text, found, job.max_rows + 1), seconds)
            cut = rows(body, job.format.name) > job.max_rows
            text = limited(text, found, job.max_rows)
        if job.max_rows is None or cut or job.form != "select":
            body = await self._ask(job, text, seconds)
        answer = Answer(body, job.format.media_type, job.form, etag_of(hashlib.sha256(body).digest()[:16]), cut)
        if stamp == self._stamp:
            self.cache.put(key, answer)
        return answer

    async def _ask(self, job: Job, text: str, seconds: float) -> bytes:  # type: ignore[override]
        if self._running >= self._most + self.settings.queue:
            self.counts.refused += 1
            raise TooBusy("too many queries are waiting", hint="Ask again in a moment.")
        self._running += 1
        try:
            async with asyncio.timeout(seconds), self._slots:
                status, media_type, body = await self._post(job, text)
        except TimeoutError as err:
            self.counts.kill("timeout")
            raise Timeout(f"the query was given up after its {seconds:g} seconds") from err
        except httpx.HTTPError as err:
            raise Unavailable("the store behind this endpoint does not answer") from err
        finally:
            self._running -= 1
        if status != 200:
            raise self._refusal(status, job)
        made = await asyncio.to_thread(_converted, body, media_type, job)
        if made is None:
            raise Unavailable("the answer of the store behind this endpoint cannot be read")
        return made

    async def _post(self, job: Job, text: str) -> tuple[int, str, bytes]:
        form: dict[str, Any] = {"query": text}
        if job.default is not None or job.named is not None:
            form |= {"default-graph-uri": list(job.default or ()), "named-graph-uri": list(job.named or ())}
        headers = {"accept": _GRAPH if job.form == "graph" else _TABLE}
        async with self._client.stream("POST", self._url, data=form, headers=headers) as answer:
            if any(answer.headers.get(name, "").startswith(("S1TAT", "true")) for name in _PARTIAL):
                raise Timeout("the store behind this endpoint had only a part of the answer in time")
            parts, size = [], 0
            async for part in answer.aiter_bytes():
                size += len(part)
                if size > self.settings.max_bytes:
                    raise TooLarge(f"the answer is larger than {self.settings.max_bytes} bytes")
                parts.append(part)
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return answer.status_code, media_type, b"".join(parts)

    def _refusal(self, status: int, job: Job) -> KgError:
        if status == 400:
            told = misspelt(job.text, self.settings.base)
            return told if told.line else BadQuery("the store behind this endpoint refuses the query")
        if status in (408, 504):
            return Timeout("the store behind this endpoint stopped the query at its own time limit")
        if status in (401, 403):
            return Forbidden("the store behind this endpoint refuses the query")
        return Unavailable(f"the store behind this endpoint answered with {status}")

    async def agraph(self, name: str | None, *, accept: str | None = None, format: str | None = None) -> Answer:
        chosen = choose(GRAPHS, accept=accept, format=format)
        if name is not None and any(char in '<>"{}|^`\\' or char <= " " for char in name):
            raise BadInput("a graph's name must be an absolute IRI")
        inside = "{ ?s ?p ?o }" if name is None else f"{{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        answer = await self.arun(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {inside}", format=chosen.name)
        if name is not None:
            there = await self.arun(f"ASK {inside}", format="json")
            if b"true" not in there.body:
                raise NotFound("there is no such graph here")
        return answer

    async def asearch(self, text: str, *, limit: int = 20, offset: int = 0, type: str | None = None) -> list[Hit]:
        words = [word.lower().replace("\\", "\\\\").replace('"', '\\"') for word in text.split()][:16]
        if not words:
            return []
        wanted = ", ".join(f"<{label.value}>" for label in LABELS[:3])
        tests = " && ".join(f'CONTAINS(LCASE(STR(?l)), "{word}")' for word in words)
        kind = f"?e a <{type}> . " if type and not any(c in '<>"{}|^`\\ ' for c in type) else ""
        most = (limit + offset) * len(LABELS[:3])  # an entity may be found by each of its labels
        query = f"SELECT DISTINCT ?e ?l WHERE {{ {kind}?e ?p ?l FILTER(?p IN ({wanted}) && {tests}) }} LIMIT {most:d}"
        answer = await self.arun(query, format="json", timeout=SEARCH)
        results = ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON)
        assert isinstance(results, ox.QuerySolutions)
        names: dict[str, str] = {}
        for row in results:
            e, name = row["e"], row["l"]
            if isinstance(e, ox.NamedNode) and isinstance(name, ox.Literal):
                names[e.value] = min(names.get(e.value, name.value), name.value, key=len)
        ranked = sorted(names.items(), key=lambda item: (len(item[1]), item[0]))
        return [Hit(iri, name, (), 1.0) for iri, name in ranked[offset : offset + limit]]

    async def aready(self) -> float:
        began = time.monotonic()
        await self.arun(f"ASK {{}} # {int(began)}", format="json", timeout=5.0)
        return time.monotonic() - began

    async def aclose(self) -> None:
        self._closed = True
        await self._client.aclose()
        self._folder.cleanup()

    def info(self) -> ReleaseInfo:
        return self._info


def _converted(body: bytes, media_type: str, job: Job) -> bytes | None:
    """A store's answer in the format that was asked for, None when it cannot be read: only reading all of it shows that
    it is whole. Runs in a thread, and lets no object of pyoxigraph out of it, which an exception's traceback would."""
    try:
        if job.form != "graph":
            results = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            if job.form == "ask" and isinstance(results, ox.QuerySolutions):
                results = _truth(results)
            return results.serialize(format=cast(ox.QueryResultsFormat, job.format.oxigraph)) or b""
        theirs = ox.RdfFormat.from_media_type(media_type)
        if theirs is None:
            return None
        found = {ox.Triple(q.subject, q.predicate, q.object) for q in ox.parse(body, format=theirs)}
        triples = sorted(found, key=str)[: job.max_rows]
        return ox.serialize(triples, format=_rdf(job.format)) or b""
    except (SyntaxError, ValueError, OSError):
        return None


def _truth(results: ox.QuerySolutions) -> ox.QueryBoolean:
    """The answer to an ASK that came as a table of one number, as Virtuoso 7 sends it."""
    values = [str(row[0].value) for row in results if isinstance(row[0], ox.Literal)]
    asked = ox.Store().query("ASK {}" if values in (["1"], ["true"]) else "ASK { FILTER(false) }")
    return cast(ox.QueryBoolean, asked)


def _rdf(format: Format) -> ox.RdfFormat:
    return cast(ox.RdfFormat, format.oxigraph)


def remote_engine(url: str, settings: Settings | None = None) -> RemoteEngine:
    """An engine over the SPARQL endpoint at a URL, ready to answer from any thread. Close it when done."""
    engine = RemoteEngine(url, settings or Settings())
    engine.on_own_thread()
    return engine
