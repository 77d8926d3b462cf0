"""Definite nouns and pronouns: which entity of the document each stands for, or none where in doubt.

One pass from left to right. The order of the rules is written down in docs/mentions.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from kg.annotate.coreference_discourse import Discourse, speakers
from kg.annotate.coreference_nouns import NounPhrase, noun_phrase
from kg.annotate.coreference_pronouns import meant
from kg.annotate.coreference_roles import describe
from kg.annotate.names_candidate import broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import lexicon
from kg.annotate.names_tokens import Words

_GENERAL = frozenset({"Organisation", "GovernmentBody", "Article", "ScholarlyArticle"})


def refer(clusters: list[Cluster], words: Words) -> None:
    """Add to `clusters` the places where a definite noun ("the academic") or a pronoun stands for one of them."""
    describe(clusters, words)
    known = _Known(clusters)
    names: dict[int, tuple[int, Cluster]] = {}
    for cluster in clusters:
        for start, end, _ in cluster.spots:
            if start not in names or names[start][0] < end:
                names[start] = (end, cluster)
    discourse = Discourse(words, speakers=speakers(words, names))
    pronouns = lexicon().pronouns
    covered = at = 0
    while at < len(words):
        discourse.step(at)
        if at in names:
            covered = max(covered, names[at][0])
            discourse.say(at, *names[at])
        elif at >= covered:
            pronoun = pronouns.get(words.folds[at])
            if pronoun is not None:
                found = meant(discourse, at, pronoun)
                if found is not None:
                    found.spots.append((at, at + 1, "pronoun"))
                    discourse.say(at, at + 1, found)
            elif somebody(words, at, names):
                # A person without a name: nobody to refer to, but in the way of references to others.
                discourse.say(at, at + 1, Cluster("Person", gender=lexicon().roles[words.folds[at]]))
            elif (phrase := noun_phrase(words, at)) is not None and not _names_inside(phrase, names):
                found = known.noun(phrase, discourse)
                if found is not None:
                    found.spots.append((phrase.start, phrase.end, "nominal"))
                    discourse.say(phrase.start, phrase.end, found)
                    covered = phrase.end
        at += 1


def somebody(words: Words, at: int, names: dict[int, tuple[int, Cluster]]) -> bool:
    """Whether the word at `at` speaks of one unnamed person: "the guard", not "the guard Tarek" or "Tarek, a guard"."""
    if words.folds[at] not in lexicon().roles or words.caps[at] or words.tokens[at].pos_ not in ("NOUN", ""):
        return False
    if at + 1 in names or (at + 1 < len(words) and words.tokens[at + 1].pos_ in ("NOUN", "PROPN")):
        return False
    for i in range(at - 1, max(-1, at - 6), -1):
        word = words.folds[i]
        if word in (",", "is", "was", "as", "became", "'s", "his", "her", "their", "its") or words.breaks[i + 1]:
            return False
        if word in ("the", "a", "an", "one", "another", "this", "that"):
            return i == 0 or words.folds[i - 1] not in (",", "is", "was", "as", "became", "(")
    return False


def _names_inside(phrase: NounPhrase, names: dict[int, tuple[int, Cluster]]) -> bool:
    """Whether a name stands in the phrase or right after it: "the academic Adrian" is a title, not a reference."""
    return any(i in names for i in range(phrase.start, phrase.end + 1))


class _Known:
    """The document's entities by what a common noun may call them."""

    def __init__(self, clusters: Iterable[Cluster]) -> None:
        self.by_type: dict[str, list[Cluster]] = defaultdict(list)
        self.by_word: dict[str, list[Cluster]] = defaultdict(list)
        self.by_role: dict[str | int, list[Cluster]] = defaultdict(list)
        groups = lexicon().same_role
        mentions: Counter[int] = Counter()
        for cluster in clusters:
            self.by_type[cluster.type].append(cluster)
            mentions[id(cluster)] = len(cluster.spots)
            for word in set(fold(cluster.name).split()):
                self.by_word[word].append(cluster)
            for role in {key for r in cluster.roles for key in (r, groups.get(r, r))}:
                self.by_role[role].append(cluster)
        leaks = self.by_type["Leak"]
        ranked = sorted(leaks, key=lambda c: -mentions[id(c)])
        clear = len(ranked) > 1 and mentions[id(ranked[0])] >= 2 * mentions[id(ranked[1])]
        self.main_leak = ranked[0] if len(ranked) == 1 or clear else None
        self.one_leak = len(leaks) == 1

    def noun(self, phrase: NounPhrase, discourse: Discourse) -> Cluster | None:
        """The entity that a definite noun stands for; none where no rule finds exactly one."""
        if phrase.leak:
            return self._leak(phrase, discourse)
        if not phrase.definite:
            return None
        lex = lexicon()
        if phrase.head in lex.roles:
            return self._person(phrase, discourse)
        classes = lex.nominals.get(phrase.head)
        return self._thing(phrase, classes, discourse) if classes else None

    def _leak(self, phrase: NounPhrase, discourse: Discourse) -> Cluster | None:
        if not self.by_type["Leak"]:
            return None
        if not phrase.definite:
            return self.main_leak if self.one_leak else None
        if self.one_leak:
            return self.main_leak
        return discourse.latest(lambda c: c.type == "Leak") or self.main_leak

    def _person(self, phrase: NounPhrase, discourse: Discourse) -> Cluster | None:
        """By the very word first, then by a word that says the same; the only one, or the only one near."""
        for key in (phrase.two, phrase.head, lexicon().same_role.get(phrase.head)):
            found = [c for c in self.by_role.get(key, []) if broad(c.type) == "Person"] if key is not None else []
            if not found:
                continue
            if len(found) == 1:
                return found[0] if _spoken(found[0], phrase.start) else None
            return discourse.only(lambda c: c in found, within=2)  # noqa: B023  called at once
        return None

    def _thing(self, phrase: NounPhrase, classes: tuple[str, ...], discourse: Discourse) -> Cluster | None:
        """By the noun in the name ("the ministry"), then by class; the only one before, or the only one near."""
        named = [c for c in self.by_word.get(phrase.head, []) if _may_be(c, classes) and _spoken(c, phrase.start)]
        if named:
            return named[0] if len(named) == 1 else discourse.only(lambda c: c in named, within=1)
        typed = [c for t in classes if t not in ("Organisation", "GovernmentBody") for c in self.by_type[t]]
        typed = [c for c in typed if _spoken(c, phrase.start)]
        if len(typed) == 1 and phrase.head not in (
            "group",
            "platform",
            "giant",
            "network",
            "network",
            "state",
            "paper",
        ):
            return typed[0]
        return discourse.only(lambda c: c in typed, within=2) if typed else None


def _may_be(cluster: Cluster, classes: tuple[str, ...]) -> bool:
    wide = {broad(c) for c in classes}
    return cluster.type in classes or (broad(cluster.type) in wide and bool(_GENERAL & {cluster.type, *classes}))


def _spoken(cluster: Cluster, before: int) -> bool:
    """Whether the entity was named before; a reference that runs ahead of its name is left alone."""
    return any(start < before for start, _, _ in cluster.spots)
