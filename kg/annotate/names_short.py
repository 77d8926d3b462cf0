"""Surnames and given names alone, given to the people of the document whose full names have them."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field

from kg.annotate.names_candidate import broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_tokens import Words

_NEAR = 60  # words; two persons share a surname: the one spoken of so near before is meant, if only one was
_CLEARLY = 2  # times as often


def short_persons(clusters: list[Cluster], words: Words, covered: set[int]) -> list[Cluster]:
    """Surnames and given names alone: to the person whose full name has them, if one only, or one only near before."""
    lex = lexicon()
    by_part: dict[str, list[Cluster]] = defaultdict(list)
    singles: dict[str, Cluster] = {}
    for cluster in clusters:
        if broad(cluster.type) != "Person":
            continue
        parts = _name_parts(cluster)
        for part in parts:
            by_part[part].append(cluster)
        if not parts:
            singles[fold(cluster.name)] = cluster
    owner = {i: c for c in clusters for s, e, _ in c.spots for i in range(s, e)}
    lower = {f for f, cap in zip(words.folds, words.caps, strict=True) if not cap}
    heard: dict[str, _Heard] = defaultdict(_Heard)
    lost: set[int] = set()  # words taken from the entity that had them
    parts_of = {id(c): _name_parts(c) for c in clusters if broad(c.type) == "Person"}
    for at, word in enumerate(words.folds):
        held = owner.get(at)
        if held is not None and broad(held.type) == "Person" and at in covered:
            for part in parts_of[id(held)]:
                heard[part].note(at, held)
            continue
        if word not in by_part or at in covered or not words.caps[at]:
            continue
        if (
            not _alone(words, at, lex)
            or word in lex.stop
            or (words.starts[at] and word in lower and words.tokens[at].pos_ not in ("PROPN", ""))
        ):
            continue
        if held is not None and held.entry and held.source == "authority" and word not in parts_of.get(id(held), ()):
            continue
        who = _meant(by_part[word], at, heard[word])
        if held is not None and held is not who:
            lost.add(at)
        if who is not None:
            if held is not who:
                who.add(words, at, at + 1)
            heard[word].note(at, who)
    for cluster in clusters:
        cluster.spots = [
            spot
            for spot in cluster.spots
            if spot[1] - spot[0] > 1 or spot[0] not in lost or owner[spot[0]] is not cluster
        ]
    for word, cluster in singles.items():
        if word in by_part and cluster.spots and len(by_part[word]) > 1:
            cluster.spots = []
    return [c for c in clusters if c.spots]


def _alone(words: Words, at: int, lex: Lexicon) -> bool:
    """Whether a name stands by itself: "Olga Jarek" is not Milan Jarek because of her surname."""
    if at + 1 < len(words) and words.caps[at + 1] and not words.breaks[at + 1]:
        following = words.folds[at + 1]
        if following not in lex.stop and following not in lex.roles and following not in lex.heads:
            return False
    if at == 0 or words.breaks[at] or not words.caps[at - 1]:
        return True
    before = words.folds[at - 1].rstrip(".")
    return before in lex.stop or before in lex.roles or before in lex.honorifics or before in lex.portfolios


def _name_parts(cluster: Cluster) -> set[str]:
    """The single words that may stand for a person's full name."""
    lex = lexicon()
    found: set[str] = set()
    for form in cluster.forms:
        parts = [
            p
            for p in fold(form).replace("-", " ").split()
            if p not in lex.particles and p.rstrip(".") not in lex.suffixes
        ]
        if len(parts) > 1:
            found |= {p for p in (parts[0], parts[-1]) if len(p) > 1}
            whole = fold(form).split()
            found |= {p for p in (whole[0], whole[-1]) if len(p) > 1}
    return found


@dataclass(slots=True)
class _Heard:
    """Who of one name has been spoken of so far: when last, and who most often."""

    recent: deque[tuple[int, Cluster]] = field(default_factory=deque)
    often: Counter[int] = field(default_factory=Counter)
    first: Cluster | None = None  # spoken of most often
    second: int = 0  # how often the one spoken of most after that

    def note(self, at: int, who: Cluster) -> None:
        self.recent.append((at, who))
        self.often[id(who)] += 1
        count = self.often[id(who)]
        if self.first is None or self.first is who:
            self.first = who
        elif count > self.often[id(self.first)]:
            self.first, self.second = who, self.often[id(self.first)]
        else:
            self.second = max(self.second, count)

    def main(self) -> Cluster | None:
        """The one spoken of clearly more often than any other."""
        clear = self.first is not None and self.often[id(self.first)] >= _CLEARLY * self.second
        return self.first if clear else None


def _meant(clusters: list[Cluster], at: int, heard: _Heard) -> Cluster | None:
    """The person that a single name means, or nobody.

    The only one of that name in the document, else the only one introduced so far, else the only one heard of near
    before, else the one heard of clearly more often than any other: papers call the family by their given names.
    """
    if len(clusters) == 1:
        return clusters[0]
    while heard.recent and at - heard.recent[0][0] > _NEAR:
        heard.recent.popleft()
    near = {id(c): c for _, c in heard.recent}
    return next(iter(near.values())) if len(near) == 1 else heard.main()
