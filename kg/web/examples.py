"""The example queries that came with leakgraph, read from `data/queries/*.rq`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kg.errors import BadInput
from kg.settings import resource


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its file name without ending, the question it answers, the rest of its comment, the whole text.

    `featured` ones (`# featured` among the comment's lines) are shown on the start page.
    """

    name: str
    question: str
    notes: str
    text: str
    featured: bool = False


@cache
def examples() -> tuple[Example, ...]:
    """Every example query, by file name. The comment at a file's head is the question, then notes."""
    try:
        folder = resource("data/queries")
    except BadInput:
        return ()
    return tuple(_read(file.stem, file.read_text("utf-8")) for file in sorted(folder.glob("*.rq")))


def _read(name: str, text: str) -> Example:
    head = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        head.append(line.lstrip("#").strip())
    featured = any(line.lower() == "featured" for line in head)
    lines = [line for line in head if line and line.lower() != "featured"]
    question = lines[0] if lines else re.sub(r"^\d+-", "", name).replace("-", " ")
    return Example(name, question, " ".join(lines[1:]), text, featured)
