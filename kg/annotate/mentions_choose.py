"""Which candidates stand where several cover the same words. The rule is written down in docs/mentions.md."""

from __future__ import annotations

from collections.abc import Iterable

from kg.annotate.names_candidate import TRUST, Candidate, broad
from kg.annotate.names_tokens import Words

_FIRM = TRUST["ner"]  # from here on a longer name beats a shorter one inside it


def choose(candidates: Iterable[Candidate], words: Words) -> list[Candidate]:
    """Candidates that do not overlap, in the order of the text."""
    kept: list[Candidate] = []
    taken: dict[int, Candidate] = {}
    for candidate in sorted(set(_fitted(candidates, words)), key=_rank):
        if not any(i in taken for i in range(candidate.start, candidate.end)):
            kept.append(candidate)
            taken.update(dict.fromkeys(range(candidate.start, candidate.end), candidate))
    return sorted(kept, key=lambda c: c.start)


def _rank(candidate: Candidate) -> tuple[int, int, int, int, str]:
    trust = TRUST[candidate.source]
    return (0 if trust >= _FIRM else 1, -candidate.length, -trust, candidate.start, candidate.type)


def _fitted(candidates: Iterable[Candidate], words: Words) -> list[Candidate]:
    """Candidates cut back where a more trusted one overlaps them without lying inside, joined names split."""
    pool = sorted(candidates, key=lambda c: (c.start, -c.end))
    sure: dict[int, Candidate] = {}
    for candidate in pool:
        if candidate.source in ("leak", "authority", "government", "titled"):
            for i in range(candidate.start, candidate.end):
                best = sure.get(i)
                if best is None or (candidate.length, TRUST[candidate.source]) > (best.length, TRUST[best.source]):
                    sure[i] = candidate
    fitted: list[Candidate] = []
    for candidate in pool:
        if candidate.source in ("leak", "authority", "government"):
            fitted.append(candidate)
        else:
            fitted.extend(_cut(candidate, sure, words))
    return fitted


def _cut(candidate: Candidate, sure: dict[int, Candidate], words: Words) -> Iterable[Candidate]:
    start, end = candidate.start, candidate.end
    first, last = sure.get(start), sure.get(end - 1)
    if first is not None and first.start < start and first.end < end and TRUST[first.source] > TRUST[candidate.source]:
        start = first.end
    if last is not None and last.end > end and last.start > start and TRUST[last.source] > TRUST[candidate.source]:
        end = last.start
    if _joined(candidate, sure, words) or start >= end:
        return ()
    if candidate.source not in ("titled", "head") and _swallows(candidate, sure):
        return ()
    return (candidate.cut(start, end),) if any(words.caps[start:end]) else ()


def _joined(candidate: Candidate, sure: dict[int, Candidate], words: Words) -> bool:
    """Whether it runs over an "and" with a name of the authority's on one whole side of it."""
    for i in range(candidate.start + 1, candidate.end - 1):
        if words.folds[i] not in ("and", "&"):
            continue
        for left, right in ((candidate.start, i), (i + 1, candidate.end)):
            side = sure.get(left)
            if side is not None and (side.start, side.end) == (left, right) and side.source == "authority":
                return True
    return False


def _swallows(candidate: Candidate, sure: dict[int, Candidate]) -> bool:
    """Whether the recogniser ran two names together: a person's known name inside what it calls another thing."""
    for at in (candidate.start, candidate.end - 1):
        inner = sure.get(at)
        if inner is None or inner.length >= candidate.length or not candidate.holds(inner):
            continue
        if broad(inner.type) == "Person" and inner.length > 1 and broad(candidate.type) != "Person":
            return True
        if inner.source == "leak" and broad(candidate.type) != "Leak":
            return True
        if broad(candidate.type) == "Person" and inner.length > 1 and broad(inner.type) == "Organisation":
            return True
    return False
