"""Why a worker died, and how often: the error for the client, the counts for operators."""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass, field

from kg.errors import KgError, OutOfMemory, Timeout, Unavailable

_log = logging.getLogger(__name__)


@dataclass
class Counts:
    """What happened so far, for metrics; shared by all generations of an engine."""

    kills: dict[str, int] = field(default_factory=dict)
    forks: int = 0
    refused: int = 0
    deaths: int = 0

    def kill(self, why: str) -> None:
        self.kills[why] = self.kills.get(why, 0) + 1


def cause(number: int, words: str, killed_for: str, seconds: float) -> tuple[str, KgError]:
    """The reason for metrics and the error for the client, from the signal that ended a worker, its last words, why
    we killed it (if we did) and the time limit of its query."""
    if number == signal.SIGALRM or killed_for == "timeout":
        return "timeout", Timeout(f"the query was stopped after its {seconds:g} seconds")
    if number == signal.SIGABRT and ("memory allocation" in words or "bad_alloc" in words):
        return "memory", OutOfMemory("the query was stopped because it needs more memory than it may have")
    if not killed_for:
        _log.warning("a query process died of signal %d; its last words: %s", number, words.strip() or "none")
    return killed_for or "crash", Unavailable("the process that ran the query died of it or was killed")
