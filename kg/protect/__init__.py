"""Protect: persons known only as detainees, prisoners, minors, relatives or witnesses become opaque, everywhere.

A pure function from records to records. Whom it protects is decided by `data/policy.yaml`, what is withdrawn by
`data/suppress.csv`; `docs/protection.md` says how, and what it cannot do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from kg.authority import Entry
from kg.protect.find import Findings, find, vocabulary
from kg.protect.names import Cover, Names
from kg.protect.opaque import opaque
from kg.protect.policy import Policy, load_policy
from kg.protect.public import Public
from kg.protect.redact import redaction
from kg.protect.restricted import write_restricted
from kg.protect.rewrite import Rewriter, withheld_only
from kg.protect.suppress import Suppression, load_suppressions
from kg.protect.sweep import Sweep
from kg.records import Entity, Guarded, Merge, Resolved, ResolvedDocument
from kg.settings import resource

__all__ = [
    "Policy",
    "Suppression",
    "load_policy",
    "load_suppressions",
    "protect",
    "redact",
    "redactor",
    "write_restricted",
]


def protect(
    resolved: Resolved,
    *,
    policy: Policy,
    suppressions: Sequence[Suppression] = (),
    authority: Mapping[str, Entry] | None = None,
) -> Guarded:
    """The corpus with protected persons opaque and suppressions applied; every span points into the redacted texts.

    `authority` gives the public names that the corpus itself did not resolve. What cannot be told apart is withheld.
    """
    gone = _paths(resolved, frozenset(s.path for s in suppressions if s.kind == "entity"))
    articles = {s.path.removeprefix("article/") for s in suppressions if s.kind == "article"}
    # Judged over the whole corpus: who is protected in a withdrawn article stays protected in the others.
    found = find(resolved, policy=policy, suppressed=gone, authority=authority or {})
    every = _identifiers(resolved.documents, found)
    places = [
        place
        for place, document in enumerate(resolved.documents)
        if articles.isdisjoint((document.annotated.document.slug, every[place][1]))
    ]
    kept = [resolved.documents[place] for place in places]
    hidden = opaque(kept, places, [every[place][1] for place in places], found)
    documents = []
    for number, (place, document) in enumerate(zip(places, kept, strict=True)):
        cuts = redaction(document.annotated.document.text, found.cuts[place], policy.mark)
        own = hidden.hidden(document, number)
        lost = {key for key, path in document.paths.items() if path in gone | found.nobody}
        rewriter = Rewriter(
            redaction=cuts,
            string=found.string,
            files=found.path,
            hidden=own,
            gone=frozenset(lost | (withheld_only(document.annotated, cuts) - own)),
            paths=hidden.paths(document, number),
            id=every[place][0],
            slug=every[place][1],
        )
        documents.append(rewriter.document(hidden.extended(document, number)))
    still = {path for document in documents for path in document.paths.values()}
    once = {path for document in resolved.documents for path in document.paths.values()}
    left_out = gone | found.nobody
    shown_by_name = (e for e in resolved.entities if e.path not in left_out and not found.hidden(e.path))
    entities = [hidden.entity(e) for e in shown_by_name]
    entities += [Entity(path, "ProtectedPerson", "", role=role) for path, role in hidden.roles.items()]
    # Who was mentioned only in a withdrawn article goes with it; what no article mentions is the curators'.
    shown = {e.path: e for e in entities if e.path in still or (e.path not in once and e.type != "ProtectedPerson")}
    return Guarded(
        Resolved(
            entities=tuple(shown[path] for path in sorted(shown)),
            documents=tuple(documents),
            merges=_merges(resolved.merges, gone, found),
        ),
        hidden.withheld,
        tuple(sorted({s.path for s in suppressions})),
    )


def redactor(guarded: Guarded, *, policy: Policy) -> Callable[[str], str]:
    """What withholds, in a string from outside the records (a file's path, a message), every name that `guarded` does.

    Use it for whatever is shown of a file that was rejected, and for logs. `policy` is the one that `protect` had.
    """
    public = Public(policy)
    for entity in guarded.resolved.entities:
        public.add_all((entity.label, *entity.aliases), person=entity.type == "Person")
    names = Names(policy, frozenset(public.words))
    for row in guarded.withheld:
        for name in row.names:
            # Of whom nothing is said, a single word may be anything: "Alder" of a file "alder-report.pdf".
            if row.reason in ("described", "suppressed", "private") or len(name.split()) > 1:
                names.add(name, everywhere=row.reason in ("described", "suppressed", "private"))
    sweep = Sweep(policy, vocabulary=vocabulary(guarded.resolved), public=frozenset(public.words))

    def hide(text: str) -> str:
        guards = public.find(text)
        # A file that was not read may be named after somebody whom nothing else names.
        fresh = Names(policy, frozenset(public.words))
        for name in sweep.path(text, Cover(public.find(text.title()))):
            fresh.add(name)
        hits = [*names.find(text, guards, caseless=True), *fresh.find(text, guards, caseless=True)]
        return redaction(text, hits, policy.mark).text

    return hide


def redact(text: str, guarded: Guarded, *, policy: Policy | None = None) -> str:
    """`redactor` for a single string. Without `policy`, by the one that comes with leakgraph."""
    return redactor(guarded, policy=policy or _policy())(text)


@lru_cache(maxsize=1)
def _policy() -> Policy:
    return load_policy(resource("data/policy.yaml"))


def _paths(resolved: Resolved, suppressed: frozenset[str]) -> frozenset[str]:
    """The suppressed paths, and those that entities have now which were merged from them."""
    now = {e.path for e in resolved.entities if e.path in suppressed or not suppressed.isdisjoint(e.former_paths)}
    return suppressed | now


def _identifiers(documents: Sequence[ResolvedDocument], found: Findings) -> list[tuple[str, str]]:
    """Path inside the corpus and slug of each article, names withheld, slugs still unique."""
    taken: set[str] = set()
    rows = []
    for document in documents:
        article = document.annotated.document
        stem = found.path(article.slug)
        slug = article.slug if stem == article.slug else re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-")
        number, base = 2, slug
        while slug in taken:
            slug = f"{base}-{number}"
            number += 1
        taken.add(slug)
        rows.append((found.path(article.id), slug))
    return rows


def _merges(merges: Iterable[Merge], gone: frozenset[str], found: Findings) -> tuple[Merge, ...]:
    """The merges that tell nothing of anybody protected or withdrawn."""

    def plain(end: str) -> bool:
        return end not in gone and not found.hidden(end) and found.path(end) == end

    return tuple(replace(m, reason=found.string(m.reason)) for m in merges if plain(m.left) and plain(m.right))
