"""From a request to a job: guard, format, dataset and limits; and the names by which equal requests are known."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict

import pyoxigraph as ox

from kg.errors import BadInput
from kg.settings import Settings
from kg.sparql.api import DatasetSpec, ReleaseInfo
from kg.sparql.execute import Job
from kg.sparql.formats import GRAPHS, TABLES, choose
from kg.sparql.guard import check_query
from kg.sparql.tokens import normal

LONGEST_NORMAL = 16 * 1024
"""Characters; longer queries are cached by their text as it came, since nobody writes them twice by hand."""

KNOWN = 4096  # questions whose plans are remembered
LONGEST_KNOWN = 16 * 1024  # characters of such a question
_CHANGING = ("now", "rand", "uuid", "bnode", "service")
_CHANGING_WORD = re.compile(r"(?i)\b(?:now|rand|(?:str)?uuid|bnode|service)\b")

Asked = tuple[str, str | None, str | None, DatasetSpec, int | None]
"""A query with its `Accept`, format, dataset and `max_rows`, as `Engine.run` takes them."""


def changing(text: str) -> bool:
    """Whether a query has words with which its answer may differ each time, so that it is not cached."""
    lower = text.lower()  # looking for plain texts first: most queries have none of them
    return any(word in lower for word in _CHANGING) and _CHANGING_WORD.search(normal(text)) is not None


class Plans:
    """Jobs and keys of the questions that were asked last, so that a question asked again is not checked again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._plans: OrderedDict[Asked, tuple[Job, bytes]] = OrderedDict()

    def find(self, asked: Asked, stamp: str) -> tuple[Job, bytes]:
        """The job and its key; an empty key where answers may differ each time. Raises as `job_for`."""
        found = self._plans.get(asked)
        if found is not None:
            return found
        query, accept, format, dataset, max_rows = asked
        job = job_for(query, accept=accept, format=format, dataset=dataset, max_rows=max_rows, settings=self._settings)
        key = b"" if changing(query) else key_of(job, stamp)
        if len(query) <= LONGEST_KNOWN:
            self._plans[asked] = (job, key)
            if len(self._plans) > KNOWN:
                self._plans.popitem(last=False)
        return job, key

    def clear(self) -> None:
        self._plans.clear()


def stamp_of(info: ReleaseInfo, in_memory: object) -> str:
    """What an answer depends on besides the question: the release and what computes it."""
    return f"{info.id}|{ox.__version__}|{bool(in_memory)}"


def job_for(
    query: str,
    *,
    accept: str | None,
    format: str | None,
    dataset: DatasetSpec,
    max_rows: int | None,
    settings: Settings,
) -> Job:
    """The job that a request asks for. Raises as `Engine.run` for whatever shows before the query runs."""
    if max_rows is not None and max_rows < 0:
        raise BadInput("the number of rows asked for must not be negative")
    checked = check_query(query, max_bytes=settings.max_query, base=settings.base, allowed=settings.service_allow)
    chosen = choose(GRAPHS if checked.form == "graph" else TABLES, accept=accept, format=format)
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    if dataset:
        default, named = dataset.default, dataset.named
    elif len(checked.default) > 1:
        default, named = checked.default, checked.named
    return Job(
        text=checked.text,
        form=checked.form,
        format=chosen,
        base=settings.base,
        searches=checked.searches,
        default=default,
        named=named,
        max_rows=max_rows,
        most_rows=settings.max_rows,
        most_bytes=settings.max_bytes,
    )


def key_of(job: Job, release: str) -> bytes:
    """A digest equal for equal questions to one release: spacing and comments do not count, the format does."""
    text = normal(job.text) if len(job.text) <= LONGEST_NORMAL else job.text
    parts = (release, text, job.format.name, repr(job.default), repr(job.named), repr(job.max_rows), job.base)
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def etag_of(key: bytes) -> str:
    """The strong validator of the answer with that key: the release never changes, and engines answer alike."""
    return f'"{key.hex()}"'


def deadline(timeout: float | None, settings: Settings) -> float:
    """Seconds that a query may take: what was asked for, within the operator's maximum. Raises `BadInput`."""
    if timeout is None:
        return settings.timeout
    if not timeout > 0:
        raise BadInput("the timeout must be a positive number of seconds")
    return min(timeout, settings.max_timeout)
