"""The word lists of `data/lexicon`, read once: what a name looks like and what may stand for one.

Every word is folded (`names_tokens.fold`): lower case, no accents, straight apostrophes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from kg.annotate.names_fold import fold
from kg.errors import BadData
from kg.settings import resource

Phrases = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Pronoun:
    """What a pronoun may stand for: `kind` is person, thing or plural; `gender` male, female or none."""

    kind: str
    gender: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The word lists, ready for lookup. Class names are local names of the ontology."""

    heads: Mapping[str, str]  # head noun (one to three words) -> class, or "Title", "Event", "LegalText"
    first: Mapping[str, str]  # first word of a name -> class
    honorifics: Mapping[str, str]  # -> gender, or ""
    roles: Mapping[str, str]  # -> gender, or ""
    same_role: Mapping[str, int]  # role -> its group
    modifiers: frozenset[str]
    portfolios: frozenset[str]
    age_words: frozenset[str]
    custody_verbs: frozenset[str]
    speech_verbs: frozenset[str]
    particles: frozenset[str]
    suffixes: frozenset[str]
    leak_heads: frozenset[str]
    leak_weak_heads: frozenset[str]
    leak_endings: tuple[str, ...]
    leak_naming: Phrases
    leak_core: Phrases
    leak_indefinite: Phrases
    leak_content: frozenset[str]
    leak_other: frozenset[str]
    leak_signs: frozenset[str]
    told: frozenset[str]
    reported: frozenset[str]
    outlet_nouns: frozenset[str]
    nominals: Mapping[str, tuple[str, ...]]  # common noun -> classes
    pronouns: Mapping[str, Pronoun]
    determiners: frozenset[str]
    stop: frozenset[str]
    stop_endings: frozenset[str]
    peoples: frozenset[str]
    metonyms: Mapping[str, str]  # capital -> country
    given: Mapping[str, str]  # given name -> gender
    documents: Mapping[str, frozenset[str]]
    government: Mapping[str, Phrases]
    places: tuple[tuple[str, str, str], ...]  # (name, adjective or "", class) of well-known places
    words: Mapping[str, frozenset[str]]  # the lists of function_words.yaml


@cache
def lexicon() -> Lexicon:
    """The lexicon that came with leakgraph. Raises `BadData` naming the file when one is damaged."""
    return read_lexicon(resource("data/lexicon"))


def read_lexicon(folder: Path) -> Lexicon:
    """The lexicon in the YAML files of `folder`."""
    heads, titles, leaks = (_table(folder, name) for name in ("heads", "titles", "leaks"))
    outlets, nominals, stop = (_table(folder, name) for name in ("outlets", "nominals", "stop"))
    metonyms, documents, given = (_table(folder, name) for name in ("metonyms", "documents", "given_names"))
    government, small = _table(folder, "government"), _table(folder, "function_words")
    try:
        return Lexicon(
            heads={spaced(k): v for k, v in _inverted({k: v for k, v in heads.items() if k != "First"}).items()},
            first={fold(word): kind for word, _, kind in (item.partition("=") for item in heads["First"])},
            honorifics=_gendered(titles["honorifics"]),
            roles=_gendered(titles["roles"]),
            same_role={word: i for i, group in enumerate(titles["same_role"]) for word in map(fold, group)},
            modifiers=_words(titles["modifiers"]),
            portfolios=_words([*titles["portfolios"], *titles["modifiers"]]),
            age_words=_words(titles["age_words"]),
            custody_verbs=_words(titles["custody_verbs"]),
            speech_verbs=_words(titles["speech_verbs"]),
            particles=_words(titles["particles"]),
            suffixes=_words(titles["suffixes"]),
            leak_heads=_words(leaks["heads"]),
            leak_weak_heads=_words(leaks["weak_heads"]),
            leak_endings=tuple(sorted(_words(leaks["endings"]))),
            leak_naming=_phrases([*leaks["naming"], *leaks["naming_as"]]),
            leak_core=_phrases(leaks["core"]),
            leak_indefinite=_phrases(leaks["indefinite"]),
            leak_content=_words(leaks["content"]),
            leak_other=_words(leaks["other"]),
            leak_signs=_words(leaks["signs"]),
            told=_words(outlets["told"]),
            reported=_words(outlets["reported"]),
            outlet_nouns=_words(outlets["nouns"]),
            nominals=_classes({k: v for k, v in nominals.items() if k not in ("pronouns", "determiners")}),
            pronouns={
                fold(word): Pronoun(kind=row["kind"], gender=row.get("gender", ""))
                for word, row in nominals["pronouns"].items()
            },
            determiners=_words(nominals["determiners"]),
            stop=_words(stop["words"]),
            stop_endings=_words(stop["endings"]),
            peoples=_words(stop["peoples"]),
            metonyms=MappingProxyType({fold(k): v for k, v in metonyms.items()}),
            given=_gendered(given),
            documents=MappingProxyType({key: _words(words) for key, words in documents.items()}),
            places=tuple(
                (name, adjective, kind)
                for kind, items in _table(folder, "places").items()
                for name, _, adjective in (item.partition("=") for item in items)
            ),
            words=MappingProxyType({key: _words(words) for key, words in small.items()}),
            government=MappingProxyType({key: _phrases(words) for key, words in government.items()}),
        )
    except KeyError as err:
        raise BadData(f"the lexicon lacks the list {err.args[0]!r}", where=str(folder)) from err


def _table(folder: Path, name: str) -> dict[str, Any]:
    path = folder / f"{name}.yaml"
    try:
        # BaseLoader makes nothing but strings, lists and mappings: "no" and "on" stay words.
        table = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    except OSError as err:
        raise BadData("cannot be read", where=str(path)) from err
    except yaml.MarkedYAMLError as err:
        raise BadData(f"not valid YAML: {err.problem}", where=str(path)) from err
    if not isinstance(table, dict):
        raise BadData("must be a mapping of lists", where=str(path))
    return table


def _words(items: list[str]) -> frozenset[str]:
    return frozenset(map(fold, items))


def _phrases(items: list[str]) -> Phrases:
    return frozenset(tuple(spaced(fold(item)).split()) for item in items)


def spaced(text: str) -> str:
    """Folded words as the tokeniser cuts them: "prosecutor 's office"."""
    return text.replace("'s ", " 's ").replace("s' ", "s ' ")


def _pairs(table: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for key, items in table.items():
        for item in items:
            yield fold(item), key


def _inverted(table: Mapping[str, list[str]]) -> Mapping[str, str]:
    """Item -> key; where an item stands under two keys, the first counts."""
    found: dict[str, str] = {}
    for item, key in _pairs(table):
        found.setdefault(item, key)
    return MappingProxyType(found)


def _gendered(table: Mapping[str, list[str]]) -> Mapping[str, str]:
    return MappingProxyType({item: "" if key == "any" else key for item, key in _pairs(table)})


def _classes(table: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item, key in _pairs(table):
        found[item] = (*found.get(item, ()), key)
    return MappingProxyType(found)
