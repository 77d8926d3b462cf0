"""Names that are known beforehand: the authority's entries, matched in one pass over the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from spacy.language import Language

from kg.annotate.names_candidate import Candidate, broad
from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import lexicon
from kg.annotate.names_tokens import Words
from kg.authority import Entry

_PLACE = "="  # before the class of a place of the lexicon, where an authority id would stand
_CAPITALS_ONLY = 4  # letters; a name in capitals this short ("US", "WHO", "PEN") is matched in capitals only


@dataclass(slots=True)
class Trie:
    """Word sequences with values; `scan` finds the longest at every position in time linear in the text."""

    children: dict[str, Trie] = field(default_factory=dict)
    values: list[tuple[str, bool]] = field(default_factory=list)  # (value, exact form needed)
    forms: dict[str, set[str]] = field(default_factory=dict)  # value -> forms allowed where exact

    def add(self, words: Sequence[str], value: str, *, exact: str | None = None) -> None:
        """Put `value` under `words`; with `exact`, only text written exactly so counts."""
        node = self
        for word in words:
            node = node.children.setdefault(word, Trie())
        if exact is not None:
            node.forms.setdefault(value, set()).add(exact)
        if (value, exact is not None) not in node.values:
            node.values.append((value, exact is not None))

    def scan(self, words: Words) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """(start, end, values) of the longest match at each word where one begins."""
        folds, breaks, top = words.folds, words.breaks, self.children
        for start, first in enumerate(folds):
            node = top.get(first)
            if node is None:
                continue
            best: tuple[int, tuple[str, ...]] | None = None
            at = start + 1
            while True:
                if node.values and (found := node.allowed(words, start, at)):
                    best = (at, found)
                if at >= len(folds) or breaks[at]:
                    break
                following = node.children.get(folds[at])
                if following is None:
                    break
                node, at = following, at + 1
            if best:
                yield start, best[0], best[1]

    def allowed(self, words: Words, start: int, end: int) -> tuple[str, ...]:
        if not any(words.caps[start:end]):
            return ()
        text = words.text(start, end)
        return tuple(dict.fromkeys(v for v, exact in self.values if not exact or text in self.forms[v]))


@dataclass(frozen=True, slots=True)
class Prepared:
    """The authority, ready for matching. Make it once with `mentions.prepare`."""

    entries: Mapping[str, Entry]
    trie: Trie
    demonyms: Mapping[str, str]  # folded adjective -> id of the place, or "" for one of the lexicon's
    by_name: Mapping[str, tuple[str, ...]]  # folded name -> ids
    surnames: Mapping[str, tuple[str, ...]]  # folded last (and first) word of a person's names -> ids


def prepare_authority(authority: Mapping[str, Entry], nlp: Language) -> Prepared:
    """The authority's names, cut into words by the tokeniser of `nlp`."""
    trie = Trie()
    by_name: dict[str, list[str]] = {}
    surnames: dict[str, list[str]] = {}
    demonyms: dict[str, str] = {}
    for entry in authority.values():
        for name in entry.names:
            tokens = [t.text for t in nlp.make_doc(name) if not t.is_space]
            if not tokens:
                continue
            exact = name in entry.acronyms or (name.isupper() and len(name) <= _CAPITALS_ONLY)
            trie.add([fold(t) for t in tokens], entry.id, exact=" ".join(name.split()) if exact else None)
            known = by_name.setdefault(fold(name), [])
            if entry.id not in known:
                known.append(entry.id)
            if broad(entry.type) == "Person" and len(tokens) > 1:
                for part in {fold(tokens[0]), fold(tokens[-1])}:
                    same = surnames.setdefault(part, [])
                    if entry.id not in same:
                        same.append(entry.id)
        for adjective in entry.demonyms:
            demonyms.setdefault(fold(adjective), entry.id)
    for name, adjective, kind in lexicon().places:
        if adjective:
            demonyms.setdefault(fold(adjective), "")
        if fold(name) not in by_name:
            trie.add([fold(t.text) for t in nlp.make_doc(name)], f"{_PLACE}{kind}")
    return Prepared(
        entries=MappingProxyType(dict(authority)),
        trie=trie,
        demonyms=MappingProxyType(demonyms),
        by_name=MappingProxyType({k: tuple(v) for k, v in by_name.items()}),
        surnames=MappingProxyType({k: tuple(v) for k, v in surnames.items()}),
    )


def known_names(words: Words, prepared: Prepared) -> Iterator[Candidate]:
    """Where the authority's names stand. A name has at least one capital; a stop word opening a sentence is none."""
    stop = lexicon().stop
    for start, end, ids in prepared.trie.scan(words):
        if end - start == 1 and words.folds[start] in stop and not words.tokens[start].text.isupper():
            continue
        if ids[0].startswith(_PLACE):
            if words.caps[start] and words.caps[end - 1]:
                yield Candidate(start, end, ids[0].removeprefix(_PLACE), "authority")
            continue
        entries = [prepared.entries[i] for i in ids if not i.startswith(_PLACE)]
        if end - start == 1 and not words.caps[start]:
            continue
        if any(broad(e.type) == "Person" for e in entries) and not (words.caps[start] and words.caps[end - 1]):
            entries = [e for e in entries if broad(e.type) != "Person"]
            if not entries:
                continue
        yield Candidate(start, end, entries[0].type, "authority", tuple(e.id for e in entries))
