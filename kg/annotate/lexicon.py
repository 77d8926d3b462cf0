"""The words that frames, rules and claims read by, from `data/rules/lexicon.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kg.errors import BadData
from kg.settings import resource


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Closed lists of lemmas; what each is for stands in the file."""

    hedges: frozenset[str]
    negations: frozenset[str]
    hedging: frozenset[str]
    denying: frozenset[str]
    happening: frozenset[str]
    conditions: frozenset[str]
    without: frozenset[str]
    maybe: frozenset[str]
    unreal: frozenset[str]
    partitives: frozenset[str]
    genuineness: frozenset[str]
    voices: frozenset[str]
    includes: frozenset[str]
    leaked: frozenset[str]
    secret: frozenset[str]
    naming: frozenset[str]
    unmistakable: frozenset[str]


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon that came with leakgraph. Raises `BadData` when a list is missing or no list of words."""
    file = resource("data/rules") / "lexicon.yaml"
    content = read_yaml(file)
    if not isinstance(content, dict):
        raise BadData("must map the name of each list to its words", where=str(file))
    modals = content.pop("modals", {})
    lists = {**content, **(modals if isinstance(modals, dict) else {})}
    wanted = set(Lexicon.__dataclass_fields__)
    if wanted != set(lists):
        raise BadData(f"lists missing or unknown: {sorted(wanted ^ set(lists))}", where=str(file))
    return Lexicon(**{name: words(value, file, name) for name, value in lists.items()})


def words(value: Any, file: Path, name: str) -> frozenset[str]:
    """A list of words from a data file. Raises `BadData` for anything else."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise BadData(f"{name!r} must be a list of words", where=str(file))
    return frozenset(value)


def read_yaml(file: Path) -> Any:
    """A YAML file's content, every scalar a string. Raises `BadData` with line and column when it does not parse."""
    try:
        # BaseLoader makes every scalar a string; the usual one would take "on", "no" and "false" for truth values.
        return yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark
        raise BadData(
            f"not valid YAML: {err.problem}",
            where=str(file),
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from err
