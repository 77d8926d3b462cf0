"""Resolve: the names of a whole corpus become entities with stable IRIs.

An entity known to the authority keeps the authority's id. Any other is known by its type and folded name. Spellings
that differ a little are merged only where a post or an employer they share speaks for it; else they are reported
as unsure for a person to decide in `data/same_as.csv`, whose verdicts go before everything here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.authority import Entry
from kg.records import Annotated, Entity, LocalEntity, Merge, Resolved, ResolvedDocument
from kg.resolve.names import digest, fold, pairs, similarity, slug
from kg.resolve.verdicts import Decision, load_decisions

KINDS = {
    "Person": "person", "ProtectedPerson": "person", "Place": "place", "Country": "place", "Region": "place",
    "County": "place", "City": "place", "DetentionFacility": "place", "Leak": "leak", "LeakedDocument": "document",
    "Speech": "document", "Article": "work", "ScholarlyArticle": "work", "SourceArticle": "work", "Event": "event",
    "Visit": "event",
}  # fmt: skip
"""The IRI segment of each class; every other class is a kind of organisation."""
BROAD = {"Organisation", "Place", "LeakedDocument", "Article", "Event"}
"""Classes that say least: a more special one that another document gives goes before them."""
MERGE_MIN = 0.9  # one changed letter in a name of two words of five letters or more; below it, other names begin
DOUBT_MIN = 0.8  # worth showing to a person

__all__ = ["Decision", "load_decisions", "resolve"]


def kind_of(class_name: str) -> str:
    """The IRI segment for a class of the ontology, by its local name."""
    return KINDS.get(class_name, "organisation")


@dataclass(slots=True)
class Group:
    """The local entities taken for one thing so far."""

    key: tuple[str, str]  # kind, and authority id or folded name (with the document, where that tells namesakes apart)
    members: list[tuple[int, LocalEntity]] = field(default_factory=list)  # document number, entity
    known: str | None = None  # authority id
    apart: str = ""  # what tells it from a namesake

    @property
    def kind(self) -> str:
        return self.key[0]


def resolve(
    annotated: Iterable[Annotated],
    *,
    authority: Mapping[str, Entry],
    same_as: Path | Sequence[Decision] | None = None,
) -> Resolved:
    """Entities of the whole corpus, the documents with their references settled, and why names were merged.

    `same_as` is the decisions file or its rows. The result does not depend on the order of the documents.
    Raises `BadData` for a decisions file that cannot be used.
    """
    documents = sorted(annotated, key=lambda a: a.document.id)
    decisions = load_decisions(same_as) if isinstance(same_as, Path) else tuple(same_as or ())
    by_name = {
        (kind_of(e.type), fold(n)): e.id for e in reversed(list(authority.values())) for n in e.names if len(n) > 3
    }
    groups, merges = _group(documents, decisions, by_name)
    paths = _paths(groups)
    joined, fuzzy = _join(documents, groups, paths, decisions)
    entities, where = _entities(groups, paths, joined, authority)
    resolved = tuple(ResolvedDocument(a, {e.id: where[i, e.id] for e in a.entities}) for i, a in enumerate(documents))
    return Resolved(entities, resolved, (*merges, *fuzzy))


def _reference(document: Annotated, name: str) -> str:
    return f"{document.document.id}#{name}"


def _group(
    documents: Sequence[Annotated], decisions: Sequence[Decision], by_name: Mapping[tuple[str, str], str]
) -> tuple[dict[tuple[str, str], Group], list[Merge]]:
    """Put together what has one authority id or one name, except where a decision or a bare surname forbids it."""
    apart = {d.right for d in decisions if d.verdict == "different"}
    groups: dict[tuple[str, str], Group] = {}
    merges: list[Merge] = []
    for number, document in enumerate(documents):
        for entity in document.entities:
            kind = kind_of(entity.type)
            name = fold(entity.name) or entity.name
            reference = _reference(document, entity.name)
            known = entity.authority
            if known is None and reference not in apart and kind != "document":
                known = by_name.get((kind, name))
                if known:
                    merges.append(Merge(reference, known, 1.0, "the authority has this name"))
            separate = ""
            if known is None:
                words = len(name.split())
                # A surname alone, or "the 2018 speech", names somebody else in every document.
                alone = (kind == "person" and words == 1) or (kind in ("document", "work") and words < 3)
                separate = reference if reference in apart or alone else ""
            key = (kind, known or (f"{name}\x1f{separate}" if separate else name))
            groups.setdefault(key, Group(key, known=known, apart=separate)).members.append((number, entity))
    return groups, merges


def _paths(groups: Mapping[tuple[str, str], Group]) -> dict[tuple[str, str], str]:
    """The IRI path of each group. Where two would share one, all but the plain name carry a hash of what they are."""
    taken: dict[str, list[Group]] = defaultdict(list)
    for group in groups.values():
        path = f"id/{group.known}" if group.known else f"id/{group.kind}/{slug(_label(group))}"
        taken[path].append(group)
    result: dict[tuple[str, str], str] = {}
    for path, sharing in taken.items():
        for group in sharing:
            plain = group.known or (
                not group.apart
                and (len(sharing) == 1 or fold(_label(group)).replace(" ", "-") == path.rsplit("/", 1)[-1])
            )
            result[group.key] = path if plain else f"{path}-{digest(group.kind, *group.key)}"
    return result


def _label(group: Group) -> str:
    """The commonest fullest name; the longest and then the first in the alphabet of equally common ones."""
    counts = Counter([entity.name for _, entity in group.members])
    return min(counts, key=lambda n: (-counts[n], -len(n), n))


def _signals(documents: Sequence[Annotated], paths: Mapping[tuple[int, str], str]) -> dict[str, set[str]]:
    """For each path, the posts and employers that documents give it: what two spellings of one person would share."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, document in enumerate(documents):
        for position in document.positions:
            if (number, position.person) in paths:
                found[paths[number, position.person]].add(f"title {fold(position.title)}")
        for statement in document.statements:
            if statement.predicate == "affiliatedWith" and isinstance(statement.object, str):
                ends = (number, statement.subject), (number, statement.object)
                if ends[0] in paths and ends[1] in paths:
                    found[paths[ends[0]]].add(paths[ends[1]])
    return found


def _join(
    documents: Sequence[Annotated],
    groups: Mapping[tuple[str, str], Group],
    paths: Mapping[tuple[str, str], str],
    decisions: Sequence[Decision],
) -> tuple[dict[str, str], list[Merge]]:
    """Path -> the path it is merged into, by decision or by spelling. Never along a chain of likenesses:
    a name joins the commoner of two, and what has joined another takes in no third."""
    where = {(n, e.id): paths[g.key] for g in groups.values() for n, e in g.members}
    named = {_reference(documents[n], e.name): paths[g.key] for g in groups.values() for n, e in g.members}
    at = {d: named.get(d) or (d if d.startswith("id/") else f"id/{d}") for x in decisions for d in (x.left, x.right)}
    joined: dict[str, str] = {}
    merges: list[Merge] = []
    for decision in decisions:
        if decision.verdict == "same":
            left, right = _end(joined, at[decision.left]), _end(joined, at[decision.right])
            if left != right:
                joined[right] = left
                merges.append(Merge(decision.left, decision.right, 1.0, f"decided by {decision.who or 'a person'}"))
    decided = {frozenset((at[d.left], at[d.right])) for d in decisions}
    signals = _signals(documents, where)
    for kind in ("person", "organisation"):
        alike = {g.key[1]: g for g in groups.values() if g.kind == kind and not g.known and not g.apart}
        for merge in _alike(alike, paths, signals):
            if frozenset((merge.left, merge.right)) in decided or {merge.left, merge.right} & joined.keys():
                continue
            if merge.verdict == "same":
                if merge.right in joined.values():
                    continue
                joined[merge.right] = merge.left
            merges.append(merge)
    return joined, merges


def _alike(
    names: Mapping[str, Group], paths: Mapping[tuple[str, str], str], signals: Mapping[str, set[str]]
) -> Iterator[Merge]:
    """Likely misspellings among folded names: the commoner spelling is `left`."""
    for a, b in pairs(names):
        score = similarity(a, b)
        if score >= DOUBT_MIN:
            left, right = sorted((names[a], names[b]), key=lambda g: (-len(g.members), g.key[1]))
            ends = paths[left.key], paths[right.key]
            if score >= MERGE_MIN and signals.get(ends[0], set()) & signals.get(ends[1], set()):
                yield Merge(*ends, round(score, 3), "spelled alike and of the same post or employer")
            else:
                yield Merge(*ends, round(score, 3), "spelled alike", "unsure")


def _end(joined: Mapping[str, str], path: str) -> str:
    while path in joined:
        path = joined[path]
    return path


def _entities(
    groups: Mapping[tuple[str, str], Group],
    paths: Mapping[tuple[str, str], str],
    joined: Mapping[str, str],
    authority: Mapping[str, Entry],
) -> tuple[tuple[Entity, ...], dict[tuple[int, str], str]]:
    together: dict[str, list[Group]] = defaultdict(list)
    for group in groups.values():
        together[_end(joined, paths[group.key])].append(group)
    former: dict[str, list[str]] = defaultdict(list)
    for merged_path in joined:
        former[_end(joined, merged_path)].append(merged_path)
    where: dict[tuple[int, str], str] = {}
    entities: list[Entity] = []
    for path, merged in sorted(together.items(), key=lambda item: item[0]):
        members = [member for group in merged for member in group.members]
        where.update({(number, local.id): path for number, local in members})
        main = next((g for g in merged if paths[g.key] == path), merged[0])
        entry = authority.get(path.removeprefix("id/"))
        names = Counter(name for _, local in members for name in local.names)
        label = entry.label if entry else _label(main)
        curated = (*entry.aliases, *entry.acronyms) if entry else ()
        entities.append(
            Entity(
                path=path,
                type=entry.type if entry else _type(local.type for _, local in members),
                label=label,
                aliases=tuple(sorted({*names, *curated} - {label})),
                labels=dict(entry.labels) if entry else {},
                authority=entry.id if entry else None,
                wikidata=entry.wikidata if entry else None,
                former_paths=tuple(sorted(former[path])),
            )
        )
    return tuple(entities), where


def _type(types: Iterable[str]) -> str:
    """The class most documents give, special ones before broad ones."""
    counts = Counter(types)
    return min(counts, key=lambda t: (t in BROAD, -counts[t], t))
