"""Pronouns: by number, gender and kind, then by nearness and the role of subject; two that fit are none."""

from __future__ import annotations

from kg.annotate.coreference_discourse import Discourse, Spoken
from kg.annotate.names_candidate import broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_lexicon import Pronoun

_EMPTY = frozenset(
    [
        "is",
        "was",
        "'s",
        "seems",
        "seemed",
        "appears",
        "appeared",
        "would",
        "will",
        "has",
        "takes",
        "took",
        "remains",
        "became",
    ]
)


def meant(discourse: Discourse, at: int, pronoun: Pronoun) -> Cluster | None:
    """The entity that the pronoun at `at` stands for, or none."""
    if discourse.words.folds[at].endswith("self"):
        return _just_named(discourse, at)
    if pronoun.kind == "person":
        return _person(discourse, pronoun, quoted=discourse.quoted)
    if pronoun.kind == "thing":
        return _thing(discourse, at)
    return _plural(discourse) if discourse.words.folds[at] == "they" else None


def _just_named(discourse: Discourse, at: int) -> Cluster | None:
    """ "Brandt herself": the name right before."""
    last = discourse.recent[-1] if discourse.recent else None
    return last.cluster if last is not None and last.at == at else None


def _person(discourse: Discourse, pronoun: Pronoun, *, quoted: bool) -> Cluster | None:
    """The only person that fits in this sentence so far, else in the one before, else in the one before that.

    Inside quotation marks the sentence's subject outside them, who speaks, is not meant.
    """
    found = _fitting_person(discourse, pronoun, quoted=quoted)
    return found if found is not None and found.spots else None  # a person without a name has no spots


def _fitting_person(discourse: Discourse, pronoun: Pronoun, *, quoted: bool) -> Cluster | None:
    for said in discourse.sentences():
        fitting = [s for s in said if broad(s.cluster.type) == "Person" and s.cluster.gender in ("", pronoun.gender)]
        fitting = [s for s in fitting if s.cluster is not discourse.speaker]
        if quoted and said and said[0].sentence == discourse.sentence:
            fitting = [s for s in fitting if s.quoted or not s.subject]
        found = _one(fitting)
        if found is None and fitting:
            sure = [s for s in fitting if s.cluster.gender == pronoun.gender]
            found = _one(sure) if sure else None
            found = found or _one([s for s in sure or fitting if s.subject])
        if fitting:
            if found is not None and not found.gender:
                found.gender = pronoun.gender
            return found
    return None


def _one(spoken: list[Spoken]) -> Cluster | None:
    found = {id(s.cluster): s.cluster for s in spoken}
    return next(iter(found.values())) if len(found) == 1 else None


def _is_thing(spoken: Spoken) -> bool:
    return broad(spoken.cluster.type) in ("Organisation", "Leak", "LeakedDocument", "Article") or (
        spoken.cluster.type == "Country"
    )


def _thing(discourse: Discourse, at: int) -> Cluster | None:
    """The only thing that is a subject in this sentence so far, else in the one before; "it is" is mostly empty."""
    words = discourse.words
    if words.folds[at] != "its" and not _acts(discourse, at):
        return None
    for back in (0, 1):
        said = [s for s in discourse.said(back) if _is_thing(s)]
        subjects = [s for s in said if s.subject]
        if subjects or said:
            return _one(subjects) if subjects else (_one(said) if words.folds[at] == "its" and back == 0 else None)
    return None


def _acts(discourse: Discourse, at: int) -> bool:
    """Whether "it" is the subject of a verb that says something."""
    words = discourse.words
    if at + 1 >= len(words) or words.folds[at + 1] in _EMPTY or words.folds[at] != "it":
        return False
    token = words.tokens[at]
    if token.dep_:
        return token.dep_ == "nsubj"
    return words.starts[at] or (at > 0 and words.folds[at - 1] in ("that", "because", "and", ",", "reported", "said"))


def _plural(discourse: Discourse) -> Cluster | None:
    """ "They" is a leak whose files were the subject just before, and nobody else was spoken of there."""
    for back in (0, 1):
        subjects = [s for s in discourse.said(back) if s.subject]
        if subjects:
            leaks = [s for s in subjects if s.cluster.type == "Leak" and s.plural]
            return _one(subjects) if leaks else None
    return None
