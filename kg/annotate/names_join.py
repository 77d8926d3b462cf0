"""Names of one document brought together: which mentions are of one entity, and what each entity is called.

The order of the rules, and when they refuse, is written down in docs/mentions.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from kg.annotate.names_candidate import TRUST, Candidate, broad
from kg.annotate.names_cluster import Cluster, tidy
from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import lexicon
from kg.annotate.names_match import Prepared
from kg.annotate.names_short import short_persons
from kg.annotate.names_tokens import Words
from kg.annotate.names_variants import same_name, same_organisation

_OFFICIAL = 3  # words; "the French National Prosecutor's Office" is also called so without its adjective
_MAY_TAKE = {
    "Organisation": ("Organisation",),
    "Leak": ("Leak",),
    "Person": ("Organisation", "Place"),
}  # of a short form's class -> classes of the long name it may belong to
_BLOCK_MAX = 40  # names compared with each other for spelling; a surname shared by more is no evidence


def join(chosen: list[Candidate], words: Words, prepared: Prepared) -> list[Cluster]:
    """The entities that the chosen names stand for, every mention by name in one of them or dropped."""
    clusters = _by_name(chosen, words, prepared)
    clusters = _acronyms(clusters, words)
    clusters = _spellings(clusters, prepared)
    clusters = short_persons(clusters, words, {i for c in chosen if c.length > 1 for i in range(c.start, c.end)})
    clusters = _short_organisations(clusters)
    for cluster in clusters:
        if cluster.entry:
            cluster.type = prepared.entries[cluster.entry].type
    return [c for c in clusters if c.spots]


def _by_name(chosen: list[Candidate], words: Words, prepared: Prepared) -> list[Cluster]:
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    keys = [fold(tidy(words.text(c.start, c.end))) for c in chosen]
    for candidate, key in zip(chosen, keys, strict=True):
        if not candidate.entries and candidate.type:
            votes[key][candidate.type] += TRUST[candidate.source] ** 2
    found: dict[tuple[str, str], Cluster] = {}
    for candidate, key in zip(chosen, keys, strict=True):
        entry = _entry(candidate, key, words, prepared, found)
        if entry:
            where = ("entry", entry)
            kind = prepared.entries[entry].type
        else:
            kind = votes[key].most_common(1)[0][0] if votes[key] else candidate.type
            rest = key if not candidate.place else f"{candidate.place} {_body(words, candidate)}"
            where = _bare_place(words, candidate, kind, prepared, found) or (broad(kind), rest)
        if not kind:
            continue
        cluster = found.setdefault(where, Cluster(kind, entry=entry, place=candidate.place, source=candidate.source))
        cluster.add(words, candidate.start, candidate.end)
        if (
            broad(kind) == "Organisation"
            and candidate.length > _OFFICIAL
            and words.folds[candidate.start] in prepared.demonyms
        ):
            cluster.forms.setdefault(words.text(candidate.start + 1, candidate.end), 0)
    return list(found.values())


def _bare_place(
    words: Words, candidate: Candidate, kind: str, prepared: Prepared, found: Mapping[tuple[str, str], Cluster]
) -> tuple[str, str] | None:
    """ "Tarkhan region" is Tarkhan where that is known; "Dorrin county" is not the town of Dorrin."""
    last = candidate.end - 1
    if broad(kind) != "Place" or candidate.length < 2 or words.caps[last] or words.folds[last] == "county":
        return None
    if words.folds[last : last + 1] not in lexicon().government["place_nouns"]:
        return None
    name = fold(words.text(candidate.start, last))
    ids = [i for i in prepared.by_name.get(name, ()) if broad(prepared.entries[i].type) == "Place"]
    where = ("entry", ids[0]) if len(ids) == 1 else ("Place", name)
    return where if where in found else None


def _body(words: Words, candidate: Candidate) -> str:
    """What a state body is called without its country."""
    folds = words.folds[candidate.start : candidate.end]
    cut = next((i + 1 for i, word in enumerate(folds) if word in ("'s", "'")), 1)
    return " ".join(word for word in folds[cut:] if word != "central")


def _entry(
    candidate: Candidate, key: str, words: Words, prepared: Prepared, found: Mapping[tuple[str, str], Cluster]
) -> str | None:
    if candidate.entries:
        seen = [e for e in candidate.entries if ("entry", e) in found]
        return (seen or list(candidate.entries))[0]
    ids = prepared.by_name.get(key, ())
    if candidate.place and not ids:
        country, body = prepared.entries[candidate.place], _body(words, candidate)
        for said in (*country.demonyms, f"{country.label}'s", *country.names):
            ids = prepared.by_name.get(f"{fold(said)} {body}", ())
            if ids:
                break
    same = [i for i in ids if broad(prepared.entries[i].type) == broad(candidate.type)]
    return same[0] if len(same) == 1 else None


def _acronyms(clusters: list[Cluster], words: Words) -> list[Cluster]:
    """ "Harbour Relief Foundation (HRF)": the bracket after a name says what its letters mean, here and elsewhere.

    Letters that no bracket explains go to the only organisation or place whose initials they are.
    """
    said: dict[str, Cluster] = {}
    initials: dict[str, list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        if broad(cluster.type) not in ("Organisation", "Place", "Leak", "Event"):
            continue
        for _, end, _ in cluster.spots:
            short = words.tokens[end + 1].text if words.folds[end : end + 1] == ("(",) and end + 2 < len(words) else ""
            if _is_acronym(short) and words.folds[end + 2] == ")" and _abbreviates(short, cluster.name):
                said.setdefault(short, cluster)
        if len(cluster.name.split()) > 1:
            for letters in _initials(cluster.name):
                initials[letters].append(cluster)
    owner = {i: c for c in clusters for s, e, _ in c.spots for i in range(s, e)}
    for at, token in enumerate(words.tokens):
        short = token.text
        if not _is_acronym(short):
            continue
        held, full = owner.get(at), said.get(short)
        if held is not None and full is not None and held is not full and held.entry and not full.entry:
            full.absorb(held)  # the text itself says that the letters and the long name are one
            owner = {i: c for c in clusters for s, e, _ in c.spots for i in range(s, e)}
            continue
        if held is not None and (held.entry or fold(held.name) != fold(short)) and held is not full:
            continue
        same = initials.get(short.replace(".", ""), [])
        full = said.get(short) or (same[0] if held is not None and len(same) == 1 else None)
        if full is not None and full is not held:
            full.add(words, at, at + 1)
            if held is not None:
                held.spots = [spot for spot in held.spots if not spot[0] <= at < spot[1]]
    return [c for c in clusters if c.spots]


def _is_acronym(text: str) -> bool:
    return 2 <= len(text) <= 8 and text.isupper() and text[0].isalpha() and text.replace(".", "").isalnum()


def _initials(name: str) -> set[str]:
    parts = name.replace("-", " ").split()
    big = "".join(p[0] for p in parts if p[0].isupper())
    return {big, "".join(p[0].upper() for p in parts)} if len(big) > 1 else set()


def _abbreviates(short: str, name: str) -> bool:
    """Whether the letters come in the name in order, beginning with its first."""
    at, folded = 0, fold(name)
    for letter in filter(str.isalpha, fold(short)):
        at = folded.find(letter, at) + 1
        if not at:
            return False
    return folded[:1] == fold(short)[:1] or fold(short)[:1] in {w[0] for w in folded.split()}


def _spellings(clusters: list[Cluster], prepared: Prepared) -> list[Cluster]:
    """Names that differ by a slip of spelling, compared only with those that share a part."""
    blocks: dict[tuple[str, str], list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        parts = fold(cluster.name).split()
        if len(parts) < 2:
            continue
        if broad(cluster.type) == "Person":
            keys = {parts[0], parts[-1]}
            if not cluster.entry:
                _known_person(cluster, parts, prepared)
        elif broad(cluster.type) == "Organisation":
            keys = {parts[0]}
        else:
            continue
        for key in keys:
            blocks[(broad(cluster.type), key)].append(cluster)
    for (kind, _), block in blocks.items():
        if len(block) > _BLOCK_MAX:
            continue
        alike = same_name if kind == "Person" else same_organisation
        for i, left in enumerate(block):
            for right in block[i + 1 :]:
                if not left.spots or not right.spots or (left.entry and right.entry and left.entry != right.entry):
                    continue
                if (left.entry and left.entry == right.entry) or alike(left.name, right.name):
                    left.absorb(right)
    return [c for c in clusters if c.spots]


def _known_person(cluster: Cluster, parts: list[str], prepared: Prepared) -> None:
    ids = {i for key in (parts[0], parts[-1]) for i in prepared.surnames.get(key, ())}
    if len(ids) > _BLOCK_MAX:
        return
    near = sorted(i for i in ids if any(same_name(cluster.name, name) for name in prepared.entries[i].names))
    if len(near) == 1:
        cluster.entry = near[0]


def _short_organisations(clusters: list[Cluster]) -> list[Cluster]:
    """ "Foreign Ministry" after "Chinese Foreign Ministry", "Rose-Hulman" after the institute's full name.

    A lone word that the recogniser took for a person goes to the only organisation or place that has it first or last.
    """
    by_first: dict[str, list[Cluster]] = defaultdict(list)
    by_last: dict[tuple[str, ...], list[Cluster]] = defaultdict(list)
    by_word: dict[str, list[Cluster]] = defaultdict(list)  # first and last words of organisations and places
    for cluster in clusters:
        parts = tuple(fold(cluster.name).split())
        if broad(cluster.type) in ("Organisation", "Place") and len(parts) > 1:
            for part in {parts[0], parts[-1]}:
                by_word[part].append(cluster)
        if broad(cluster.type) in ("Organisation", "Leak") and len(parts) > 1:
            by_first[parts[0]].append(cluster)
            for size in range(2, len(parts)):
                by_last[parts[-size:]].append(cluster)
    for cluster in clusters:
        parts = tuple(fold(cluster.name).split())
        if cluster.entry or cluster.source == "titled" or not parts:
            continue
        if broad(cluster.type) not in ("Organisation", "Leak") and not (len(parts) == 1 and cluster.type == "Person"):
            continue
        longer = by_last.get(parts, []) if len(parts) > 1 else []
        if not longer and cluster.type != "Leak":
            longer = [c for c in by_first.get(parts[0], []) if tuple(fold(c.name).split())[: len(parts)] == parts]
        if len(parts) == 1:
            longer = [*longer, *by_word.get(parts[0], [])]
        takers = _MAY_TAKE[broad(cluster.type)]
        options = {id(c): c for c in longer if c.spots and len(c.name) > len(cluster.name) and broad(c.type) in takers}
        if len(options) != 1:
            continue
        full = next(iter(options.values()))
        if (fold(full.name).split()[0],) in lexicon().government["directions"]:
            cluster.type = "Place"  # "Tarkhan" is not "western Tarkhan", but no person either
        else:
            full.absorb(cluster)
    return [c for c in clusters if c.spots]


def entity_order(clusters: Iterable[Cluster]) -> list[Cluster]:
    """Clusters by their first mention."""
    return sorted((c for c in clusters if c.spots), key=lambda c: (min(c.spots), c.type))
