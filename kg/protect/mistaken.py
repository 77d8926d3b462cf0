"""What recognition took for something else: persons that are places, organisations or words, and the reverse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise

from kg.protect.fold import Folding, Word
from kg.protect.names import Cover
from kg.protect.people import PERSONS, Sentences, Verdict, around, cued, described, role_of
from kg.protect.policy import Policy
from kg.protect.public import Public
from kg.protect.sweep import Sweep, placed_by
from kg.records import Annotated, Entity, Mention, Resolved, Role, Span

UNNAMED = frozenset(
    ("Leak", "LeakedDocument", "Speech", "Article", "ScholarlyArticle", "SourceArticle", "Event", "Visit")
)
"""Classes whose instances have titles: a person's name may stand in one, but is none."""


def is_word(entity: Entity, policy: Policy, public: Public) -> bool:
    """Whether a "person" that nothing describes is a word taken for a name: "Visit", "Northern Party"."""
    keys = [word.key for word in public.words_of(entity.label)]
    if len(keys) == 1:
        return keys[0] in policy.words or keys[0] in policy.not_names
    heads = any(key in policy.not_names for key in keys)
    return heads and all(key in policy.not_names or key in public.words for key in keys)


def mistaken_people(
    resolved: Resolved, verdicts: Mapping[str, Verdict], entities: Mapping[str, Entity], policy: Policy
) -> set[str]:
    """The "persons" of whom little is known that are places or organisations: each time they are named as those are.

    Once is enough where the words say it surely ("the town of X") and none that it is a person. Of those whom the words
    next to them describe, only single words may be, and what ends in a noun like "prison".
    """
    fold = Folding(policy.lookalikes)
    seen: defaultdict[str, list[bool]] = defaultdict(list)
    surely: set[str] = set()
    people: set[str] = set()
    for path, annotated, mention, sentence in _named(resolved, entities):
        verdict = verdicts.get(path)
        if verdict is None or verdict.rule in ("suppressed", "author"):
            continue
        known = verdict.rule in ("office", "profession")
        text = annotated.document.text
        words = [word for word in fold.words(text[mention.span.start : mention.span.end]) if word.key]
        before, after = around(text, mention.span, sentence)
        headed = _headed(words, policy)
        placed = placed_by(policy, words, before, after) and (len(words) == 1 or verdict.rule != "described")
        seen[path].append((headed or placed) and not known)
        if policy.people.match(before, after):
            people.add(path)
        if policy.place_surely.search(before) and len(fold.words(entities[path].label)) == 1:
            surely.add(path)
    return {path for path, things in seen.items() if all(things) or path in surely} - people


def _headed(words: list[Word], policy: Policy) -> bool:
    """Whether a name of several words ends in a noun that is no surname: "Alder prison", or has a number in it."""
    if len(words) < 2:
        return False
    nouns = policy.heads - policy.head_surnames
    return words[-1].key in nouns or any(word.key.isdigit() for word in words)


def taken_for_things(
    resolved: Resolved,
    verdicts: Mapping[str, Verdict],
    entities: Mapping[str, Entity],
    sweep: Sweep,
    policy: Policy,
) -> dict[str, Verdict]:
    """Protected persons that were taken for places or organisations: unknown names described as only a person is.

    In a sentence about custody it is enough that a name has two words or more, none of them a word of the language,
    or that it is used as a person's; places and organisations have such sentences, too.
    """
    suspects: defaultdict[str, set[Role]] = defaultdict(set)
    things: set[str] = set()
    fold = Folding(policy.lookalikes)
    for path, annotated, mention, sentence in _named(resolved, entities):
        entity, text = entities[path], annotated.document.text
        if path in verdicts or entity.type in PERSONS or entity.type in UNNAMED or sentence is None:
            continue
        words = [word for word in fold.words(text[mention.span.start : mention.span.end]) if word.key]
        before, after = around(text, mention.span, sentence)
        if _headed(words, policy) or placed_by(policy, words, before, after):
            things.add(path)
            continue
        others = Cover((m.span.start, m.span.end) for m in annotated.mentions if m.entity != mention.entity)
        for name in sweep.sentence(text, sentence, others):
            if name.span.start < mention.span.end and mention.span.start < name.span.end:
                roles = described(policy, before, after)
                if not roles and (policy.people.match(before, after) or _full_name(words, sweep)):
                    roles = cued(policy, text[sentence.start : sentence.end])
                suspects[path] |= roles
    return {
        path: Verdict(public=False, role=role_of(roles), rule="described")
        for path, roles in suspects.items()
        if roles and path not in things
    }


def _full_name(words: list[Word], sweep: Sweep) -> bool:
    """Whether it looks like a given name and a surname: two to four capitalised words that mean nothing else."""
    capitals = [word for word in words if word.capital]
    apart = all(b.start - a.end <= 2 for a, b in pairwise(words))
    return 2 <= len(capitals) <= 4 and apart and not any(sweep.ordinary(word.key) or word.capitals for word in capitals)


def _named(resolved: Resolved, entities: Mapping[str, Entity]) -> Iterator[tuple[str, Annotated, Mention, Span | None]]:
    """Every name in the corpus of something that no curator knows: entity path, article, mention, its sentence."""
    for document in resolved.documents:
        annotated = document.annotated
        sentences = Sentences(annotated.sentences)
        for mention in annotated.mentions:
            path = document.paths.get(mention.entity, "")
            entity = entities.get(path)
            if mention.form == "name" and entity is not None and not entity.authority:
                yield path, annotated, mention, sentences.at(mention.span.start)
