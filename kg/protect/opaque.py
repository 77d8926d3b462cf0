"""New identities: opaque IRIs for protected persons, neutral ones for things whose own IRI would show a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg.protect.find import Findings
from kg.protect.names import Cover
from kg.protect.people import Verdict
from kg.records import Annotated, Entity, LocalEntity, Mention, ResolvedDocument, Role, Withheld


@dataclass(slots=True)
class Opaque:
    """What everything is called from here on. Old entity path -> new one; documents by their place in the corpus."""

    found: Findings
    renamed: dict[str, str] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)  # opaque path -> role
    added: dict[int, list[tuple[str, str, list[Mention]]]] = field(
        default_factory=dict
    )  # place -> local id, path, mentions
    withheld: tuple[Withheld, ...] = ()

    def hidden(self, document: ResolvedDocument, place: int) -> frozenset[str]:
        """The local ids of the document's protected persons, with those that only this stage found."""
        local = {key for key, path in document.paths.items() if self.found.hidden(path)}
        return frozenset(local | {key for key, _, _ in self.added.get(place, ())})

    def paths(self, document: ResolvedDocument, place: int) -> Mapping[str, str]:
        """Local id -> new path."""
        paths = {key: self.renamed.get(path, path) for key, path in document.paths.items()}
        return {**paths, **{key: path for key, path, _ in self.added.get(place, ())}}

    def extended(self, document: ResolvedDocument, place: int) -> ResolvedDocument:
        """The document with the protected persons that only this stage found."""
        added = self.added.get(place)
        if not added:
            return document
        old = document.annotated
        mentions = sorted((*old.mentions, *(m for _, _, ms in added for m in ms)), key=lambda m: m.span)
        there = {entity.id for entity in old.entities}
        fresh = (LocalEntity(key, "ProtectedPerson", "", ()) for key, _, _ in added if key not in there)
        entities = (*old.entities, *fresh)
        return replace(document, annotated=replace(old, entities=entities, mentions=tuple(mentions)))

    def entity(self, old: Entity) -> Entity:
        """An entity that is no protected person, as it may be shown."""
        found = self.found
        return replace(
            old,
            path=self.renamed.get(old.path, old.path),
            label=found.string(old.label),
            aliases=tuple(name for name in old.aliases if found.string(name) == name),
            labels={tag: name for tag, name in old.labels.items() if found.string(name) == name},
            former_paths=tuple(p for p in old.former_paths if found.path(p) == p),
        )


def opaque(
    documents: Sequence[ResolvedDocument], numbers: Sequence[int], slugs: Sequence[str], found: Findings
) -> Opaque:
    """Count protected persons through the corpus: `id/protected/<article slug>-<n>`, n by order of first mention.

    `numbers` are the documents' places in `found`. A person keeps the IRI of the first article.
    """
    result = Opaque(found)
    names: dict[str, set[str]] = defaultdict(set)  # opaque path -> names
    where: dict[str, tuple[str, str]] = {}  # opaque path -> document, reason
    fuller: dict[str, set[str]] = defaultdict(set)  # entity path -> longer forms than were recognised
    known = _known(found)
    for place, document in enumerate(documents):
        annotated = document.annotated
        text = annotated.document.text
        first = {path: len(text) for path in document.paths.values() if found.hidden(path)}
        covered = Cover((m.span.start, m.span.end) for m in annotated.mentions if document.paths.get(m.entity) in first)
        for mention in annotated.mentions:
            path = document.paths.get(mention.entity, "")
            if path in first:
                first[path] = min(first[path], mention.span.start)
        fresh: dict[str, list[Mention]] = defaultdict(list)
        for name in found.swept.get(numbers[place], ()):
            hit = (name.span.start, name.span.end)
            if covered.touches(hit):
                for mention in annotated.mentions:
                    path = document.paths.get(mention.entity, "")
                    if path in first and Cover([hit]).touches((mention.span.start, mention.span.end)):
                        fuller[path].add(text[hit[0] : hit[1]])
            if not name.sure or covered.touches(hit):
                continue
            key = found.names.shape.key(text[name.span.start : name.span.end])
            old = known.setdefault(key, f"\x1f{key}")
            fresh[old].append(Mention(name.span, "", "name"))
            first[old] = min(first.get(old, len(text)), name.span.start)
            found.verdicts.setdefault(old, Verdict(public=False, role=name.role, rule="described"))
        count = 0
        for _, old in sorted((at, path) for path, at in first.items() if path not in result.renamed):
            twin = known.get(_whole_name(old, found))
            if twin in result.renamed:
                result.renamed[old] = result.renamed[twin]
                continue
            count += 1
            path = f"id/protected/{slugs[place]}-{count}"
            result.renamed[old] = path
            result.roles[path] = found.verdicts[old].role
            where[path] = annotated.document.id, found.verdicts[old].rule
        result.added[place] = _added(annotated, document, fresh, result)
        for old, mentions in fresh.items():
            names[result.renamed[old]] |= {text[m.span.start : m.span.end] for m in mentions}
    for old, forms in fuller.items():
        names[result.renamed[old]] |= forms
    _rename_shown(documents, slugs, found, result)
    result.withheld = _withheld(found, result, names, where)
    return result


def _known(found: Findings) -> dict[str, str]:
    """Folded name -> entity path, for the protected persons that were recognised."""
    return {
        found.names.shape.key(name): path
        for path, entity in found.entities.items()
        if found.hidden(path)
        for name in (entity.label, *entity.aliases)
    }


def _whole_name(path: str, found: Findings) -> str:
    """The folded name of two words or more by which one person is known in several articles; else nothing."""
    entity = found.entities.get(path)
    words = [word.key for word in found.names.shape.words(entity.label)] if entity else []
    return "".join(words) if len(words) > 1 else ""


def _added(
    annotated: Annotated, document: ResolvedDocument, fresh: Mapping[str, list[Mention]], result: Opaque
) -> list[tuple[str, str, list[Mention]]]:
    taken = {entity.id for entity in annotated.entities}
    local = {path: key for key, path in document.paths.items()}
    rows = []
    for old, mentions in fresh.items():
        key = local.get(old)
        number = 1
        while key is None:
            key = None if f"p{number}" in taken else f"p{number}"
            number += 1
        taken.add(key)
        rows.append((key, result.renamed[old], [replace(m, entity=key) for m in mentions]))
    return rows


def _rename_shown(documents: Sequence[ResolvedDocument], slugs: Sequence[str], found: Findings, result: Opaque) -> None:
    """Give entities other than persons a neutral IRI where label or IRI would show a protected name."""
    for place, document in enumerate(documents):
        count = 0
        for path in dict.fromkeys(document.paths.values()):
            entity = found.entities.get(path)
            if entity is None or path in result.renamed or entity.authority:
                continue
            if found.path(path) != path or found.string(entity.label) != entity.label:
                count += 1
                kind = path.split("/")[1]
                result.renamed[path] = f"id/{kind}/{slugs[place]}-withheld-{count}"


def _withheld(
    found: Findings, result: Opaque, names: Mapping[str, set[str]], where: Mapping[str, tuple[str, str]]
) -> tuple[Withheld, ...]:
    rows = []
    for old, path in result.renamed.items():
        if not path.startswith("id/protected/"):
            continue
        entity = found.entities.get(old)
        known = {entity.label, *entity.aliases, *entity.labels.values()} if entity else set()
        document, reason = where[path]
        rows.append(Withheld(path, result.roles[path], tuple(sorted(known | names.get(path, set()))), document, reason))
    mine = {name for row in rows for name in row.names}
    others = tuple(sorted(found.learned - mine))
    if others:
        # Written down for the operator, and so that strings from outside can be redacted by them.
        rows.append(Withheld("", "unspecified", others, "", "withheld by default: no person was recognised"))
    return tuple(sorted(rows, key=lambda row: row.path))
