"""What has been spoken of so far, sentence by sentence: the memory that references are resolved against."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from kg.annotate.names_candidate import broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_tokens import Words

_BESIDE = 6  # words between a quotation mark and the name of who speaks
_MEMORY = 3  # sentences; what was last spoken of longer ago is not meant by a pronoun


@dataclass(frozen=True, slots=True)
class Spoken:
    """One mention: where it ends, in which sentence, and whether it is the subject there."""

    at: int
    sentence: int
    cluster: Cluster
    subject: bool
    plural: bool
    quoted: bool  # inside quotation marks


def speakers(words: Words, names: Mapping[int, tuple[int, Cluster]]) -> dict[int, Cluster]:
    """Who is named right beside each quotation: opening mark -> the person within a few words of either mark."""
    found: dict[int, Cluster] = {}
    opened: int | None = None
    for at, token in enumerate(words.tokens):
        if words.breaks[at]:
            opened = None
        if token.text not in ("“", "”", '"'):
            continue
        if opened is None and token.text != "”":
            opened = at
        elif opened is not None:
            near = [
                i
                for i in (*range(at + 1, at + 1 + _BESIDE), *range(opened - 1, opened - 1 - _BESIDE, -1))
                if i in names
            ]
            people = [names[i][1] for i in near if broad(names[i][1].type) == "Person"]
            if people:
                found[opened] = people[0]
            opened = None
    return found


@dataclass(slots=True)
class Discourse:
    """The mentions of the last sentences, newest last."""

    words: Words
    sentence: int = 0
    speakers: dict[int, Cluster] = field(default_factory=dict)  # opening quotation mark -> who says what it opens
    speaker: Cluster | None = None  # of the words now looked at
    quoted: bool = False  # whether the word now looked at is inside quotation marks
    paragraph: int = 0  # the sentence that the line began with
    recent: deque[Spoken] = field(default_factory=deque)

    def step(self, at: int) -> None:
        """Go on to the word at `at`: a new sentence begins after an end mark or a break."""
        mark = self.words.tokens[at].text
        if mark in ("“", "”", '"'):
            self.quoted = mark == "“" or (mark == '"' and not self.quoted)
            self.speaker = self.speakers.get(at) if self.quoted else None
        if at and self.words.breaks[at]:
            self.quoted = mark in ("“", '"')
            self.speaker = self.speakers.get(at) if self.quoted else None
        if at and (self.words.breaks[at] or self.words.tokens[at - 1].text in (".", "!", "?")):
            self.sentence += 1
            if self.words.breaks[at]:
                self.paragraph = self.sentence
            while self.recent and self.recent[0].sentence < self.sentence - _MEMORY:
                self.recent.popleft()

    def say(self, start: int, end: int, cluster: Cluster) -> None:
        """Note a mention of `cluster` by the words `start` to `end`."""
        tokens = self.words.tokens[start:end]
        parsed = any(t.dep_ for t in tokens)
        subject = any(t.dep_.startswith("nsubj") for t in tokens) if parsed else not self.said(0)
        last = self.words.folds[end - 1]
        plural = last in ("they", "them", "their") or (last.endswith("s") and not last.endswith(("ss", "us", "'s")))
        self.recent.append(Spoken(end, self.sentence, cluster, subject, plural, self.quoted))

    def said(self, back: int) -> list[Spoken]:
        """The mentions of the sentence `back` sentences ago (0: this one), in order."""
        return [s for s in self.recent if s.sentence == self.sentence - back]

    def only(self, fits: Callable[[Cluster], bool], *, within: int) -> Cluster | None:
        """The one cluster that fits among those spoken of in the last `within` sentences and this one, if one only."""
        found = {
            id(s.cluster): s.cluster for s in self.recent if s.sentence >= self.sentence - within and fits(s.cluster)
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def latest(self, fits: Callable[[Cluster], bool]) -> Cluster | None:
        """The cluster that fits and was spoken of last in this paragraph; none if two fit in that same sentence."""
        for back in range(min(_MEMORY, self.sentence - self.paragraph) + 1):
            found = {id(s.cluster): s.cluster for s in self.said(back) if fits(s.cluster)}
            if found:
                return next(iter(found.values())) if len(found) == 1 else None
        return None

    def sentences(self) -> Iterator[list[Spoken]]:
        """The mentions of this sentence, then of the ones before, nearest first."""
        for back in range(_MEMORY):
            yield self.said(back)
