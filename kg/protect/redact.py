"""A text with some stretches withheld, and where everything else has gone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.records import Span


@dataclass(frozen=True, slots=True)
class Redaction:
    """`text` with each of `cuts` (sorted, apart) replaced by `mark`; offsets of the old text map into the new one.

    A span keeps its words exactly, except that a cut inside it is the mark now; a span that begins or ends inside a cut
    takes in the whole mark. No span becomes empty that was not.
    """

    old: str
    cuts: tuple[tuple[int, int], ...]
    mark: str
    text: str = field(init=False)
    _starts: tuple[int, ...] = field(init=False)
    _shifts: tuple[int, ...] = field(init=False)  # new minus old offset after each cut

    def __post_init__(self) -> None:
        pieces, at, shift = [], 0, 0
        shifts = []
        for start, end in self.cuts:
            pieces += [self.old[at:start], self.mark]
            shift += len(self.mark) - (end - start)
            shifts.append(shift)
            at = end
        pieces.append(self.old[at:])
        object.__setattr__(self, "text", "".join(pieces))
        object.__setattr__(self, "_starts", tuple(start for start, _ in self.cuts))
        object.__setattr__(self, "_shifts", tuple(shifts))

    def span(self, old: Span) -> Span:
        """Where a span of the old text is in the new one."""
        return Span(self._offset(old.start, end=False), self._offset(old.end, end=True))

    def _offset(self, at: int, *, end: bool) -> int:
        # A start on a cut's first character, and an end after its last, are outside of it.
        number = bisect_right(self._starts, at - 1 if end else at) - 1
        if number < 0:
            return at
        start, stop = self.cuts[number]
        before = self._shifts[number - 1] if number else 0
        if at >= stop:
            return at + self._shifts[number]
        return start + before + (len(self.mark) if end else 0)

    def hidden(self, span: Span) -> bool:
        """Whether any of the span's words are withheld."""
        return any(start < span.end and span.start < end for start, end in self.cuts)


def redaction(text: str, cuts: Iterable[tuple[int, int]], mark: str) -> Redaction:
    """A `Redaction` of `text` by cuts in any order; those that touch become one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(cuts):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return Redaction(text, tuple(joined), mark)
