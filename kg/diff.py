"""What changed between two dumps: the quads that one has and the other has not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import BadInput
from kg.store import open_bytes


@dataclass(frozen=True, slots=True)
class Changes:
    """Lines of N-Quads, sorted, without line ends. Releases have no blank nodes, so equal lines are equal quads."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def patch(self) -> str:
        """The changes as text: every removed line after `- `, every added one after `+ `."""
        return "".join([f"- {line}\n" for line in self.removed] + [f"+ {line}\n" for line in self.added])


def changes(old: Path, new: Path) -> Changes:
    """What `new` adds to and removes from `old`: two sorted N-Quads dumps, compressed or not, read in one pass.

    Memory grows with the difference, not with the dumps. Raises `NotFound`, and `BadInput` for an unsorted dump.
    """
    added: list[str] = []
    removed: list[str] = []
    left, right = _lines(old), _lines(new)
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if a == b:
            a, b = next(left, None), next(right, None)
        elif b is None or (a is not None and a < b):
            removed.append(a.decode("utf-8"))  # type: ignore[union-attr]
            a = next(left, None)
        else:
            added.append(b.decode("utf-8"))
            b = next(right, None)
    return Changes(tuple(added), tuple(removed))


def _lines(path: Path) -> Iterator[bytes]:
    last = b""
    with open_bytes(path) as source:
        for number, raw in enumerate(source, 1):
            line = raw.rstrip(b"\r\n")
            if not line:
                continue
            if line < last:
                raise BadInput(
                    "the dump is not sorted", where=str(path), line=number, hint="Use a release's graph.nq.gz."
                )
            if line != last:
                yield line
            last = line
