"""The example queries that came with leakgraph, read from `data/queries/*.rq`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kg.errors import BadInput
from kg.settings import resource

_FIELD = re.compile(r"#\s*(title|question):\s*(.*)")


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its file name without ending, its title, the question it answers, and the query without these."""

    name: str
    title: str
    question: str
    query: str
    text: str  # the file as it is


@cache
def examples() -> tuple[Example, ...]:
    """Every example query, by file name; comments `# title:` and `# question:` at a file's head say what it is."""
    try:
        folder = resource("data/queries")
    except BadInput:
        return ()
    return tuple(_read(file.stem, file.read_text("utf-8")) for file in sorted(folder.glob("*.rq")))


def _read(name: str, text: str) -> Example:
    said: dict[str, str] = {}
    lines = text.splitlines()
    while lines and (found := _FIELD.match(lines[0])):
        said[found[1]] = found[2].strip()
        del lines[0]
    title = said.get("title") or re.sub(r"^\d+-", "", name).replace("-", " ")
    return Example(name, title, said.get("question", ""), "\n".join(lines).strip() + "\n", text)
