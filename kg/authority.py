"""The authority: the public figures, organisations, outlets, places and leaks that a curator has entered.

The files are `data/authority/*.yaml`, each a list of entries; see `docs/data.md` for every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kg.errors import BadData

_ID = re.compile(r"[a-z]+/[a-z0-9]+(?:-[a-z0-9]+)*")
_QID = re.compile(r"Q[1-9][0-9]*")
_LISTS = ("aliases", "acronyms", "demonyms", "affiliatedWith", "locatedIn")
_KEYS = {"id", "type", "label", "labels", "wikidata", "source", "note", *_LISTS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One curated entity. `id` is its IRI below `{base}id/`: `person/adrian-zenz`."""

    id: str
    type: str  # local name of a class of the ontology
    label: str  # preferred English name
    source: str  # "curator" or the name of a file that says so
    aliases: tuple[str, ...] = ()  # other names and spellings, matched in any letter case
    acronyms: tuple[str, ...] = ()  # matched in capitals only
    demonyms: tuple[str, ...] = ()  # adjectives of a place ("German"), never names of it
    labels: Mapping[str, str] = field(default_factory=dict)  # language tag -> preferred name
    wikidata: str | None = None
    affiliated_with: tuple[str, ...] = ()  # ids
    located_in: tuple[str, ...] = ()  # ids
    note: str = ""
    file: str = ""  # name of the file that holds the entry

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the preferred one first, each once."""
        return tuple(dict.fromkeys((self.label, *self.aliases, *self.acronyms, *self.labels.values())))


def load_authority(*folders: Path) -> dict[str, Entry]:
    """All entries of the YAML files in the folders, by id, in file and line order.

    An entry of a later folder takes the place of one with the same id in an earlier folder, so that a newsroom can
    add to and correct what comes with leakgraph. Raises `BadData` naming file and entry for an unknown key, a malformed
    or doubled id, or a reference to no entry.
    """
    entries: dict[str, Entry] = {}
    for folder in folders:
        files = sorted(folder.glob("*.yaml"))
        if not files:
            raise BadData("no authority files (*.yaml) here", where=str(folder))
        here: dict[str, Path] = {}
        for file in files:
            for entry in _entries(file):
                if entry.id in here:
                    raise BadData(f"id {entry.id!r} is used twice, here and in {here[entry.id].name}", where=str(file))
                here[entry.id] = file
                entries[entry.id] = entry
    _check_references(entries.values(), entries, folders[-1])
    return entries


def _entries(file: Path) -> list[Entry]:
    try:
        rows = yaml.safe_load(file.read_text("utf-8")) or []
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark
        raise BadData(
            f"not valid YAML: {err.problem}",
            where=str(file),
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from err
    if not isinstance(rows, list):
        raise BadData("must be a list of entries", where=str(file))
    return [_entry(row, file) for row in rows]


def _entry(row: Any, file: Path) -> Entry:
    if not isinstance(row, dict):
        raise BadData(f"an entry must be a mapping, not {row!r}", where=str(file))
    name = str(row.get("id", "?"))
    unknown = set(row) - _KEYS
    if unknown:
        raise BadData(f"entry {name!r} has the unknown key {sorted(unknown)[0]!r}", where=str(file))
    for key in ("id", "type", "label", "source"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise BadData(f"entry {name!r} needs a {key!r}", where=str(file))
    if not _ID.fullmatch(name):
        raise BadData(f"id {name!r} must look like 'person/adrian-zenz'", where=str(file))
    if row.get("wikidata") is not None and not _QID.fullmatch(str(row["wikidata"])):
        raise BadData(f"entry {name!r}: {row['wikidata']!r} is no Wikidata item", where=str(file))
    for key in _LISTS:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise BadData(f"entry {name!r}: {key!r} must be a list of strings", where=str(file))
    labels = row.get("labels", {})
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        raise BadData(f"entry {name!r}: 'labels' must map language tags to names", where=str(file))
    return Entry(
        id=name,
        type=row["type"],
        label=row["label"],
        source=row["source"],
        aliases=tuple(row.get("aliases", ())),
        acronyms=tuple(row.get("acronyms", ())),
        demonyms=tuple(row.get("demonyms", ())),
        labels=dict(labels),
        wikidata=row.get("wikidata"),
        affiliated_with=tuple(row.get("affiliatedWith", ())),
        located_in=tuple(row.get("locatedIn", ())),
        note=row.get("note", ""),
        file=file.name,
    )


def _check_references(rows: Iterable[Entry], entries: Mapping[str, Entry], folder: Path) -> None:
    for entry in rows:
        for target in (*entry.affiliated_with, *entry.located_in):
            if target not in entries:
                raise BadData(f"entry {entry.id!r} refers to {target!r}, which is no entry", where=str(folder))
