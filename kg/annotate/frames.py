"""Frames: each predicate of a document with its arguments, its voice undone, and what takes its certainty away.

What comes after this module sees frames and never a dependency label. Arguments are token indexes (heads of noun
phrases); `kg.annotate.arguments` says which entities they stand for.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

from spacy.tokens import Doc

from kg.annotate import frames_clear, frames_ud
from kg.annotate.frames_links import Links
from kg.annotate.frames_repair import clauses_hung_on_dates, lists_that_are_appositions, verbs_taken_for_nouns
from kg.annotate.frames_subjects import antecedent, is_passive, objects, subjects
from kg.annotate.lexicon import Lexicon
from kg.annotate.modality import Certainty, certainty
from kg.errors import BadPipeline

Kind = OneOf["verbal", "nominal"]
SCHEMES = {"ud": frames_ud.links, "clear": frames_clear.links}
_CORE = ("subject", "passive-subject", "object", "indirect")


@dataclass(frozen=True, slots=True)
class Frame:
    """A predicate and its arguments.

    A verb's `agents` are who does it and `patients` whom it is done to, in the active and in the passive alike. For a
    noun `agents` are what it is predicated of ("X is a leak", "X, a leak"). `obliques` maps a preposition to arguments.
    """

    token: int
    lemma: str  # a particle verb with its particle: "hand over"
    kind: Kind
    agents: tuple[int, ...] = ()
    patients: tuple[int, ...] = ()
    indirect: tuple[int, ...] = ()
    possessors: tuple[int, ...] = ()
    compounds: tuple[int, ...] = ()
    obliques: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    complements: tuple[int, ...] = ()  # heads of "that" clauses
    opens: tuple[int, ...] = ()  # heads of infinitives and predicatives
    certainty: Certainty = field(default_factory=Certainty)


@dataclass(frozen=True, slots=True)
class Frames:
    """All frames of a document, by the token of their predicate, in text order."""

    links: Links
    of: Mapping[int, Frame]


def find_links(doc: Doc, scheme: str, known: Container[str] = ()) -> Links:
    """The document's dependencies without their scheme. Raises `BadPipeline` for a scheme that is not known."""
    if scheme not in SCHEMES:
        raise BadPipeline(f"dependency scheme {scheme!r} is not known", hint="Known are: " + ", ".join(SCHEMES) + ".")
    return SCHEMES[scheme](doc, known)


def find_frames(links: Links, lexicon: Lexicon) -> Frames:
    """A frame for each verb, and for each noun or adjective that has arguments or is predicated of something."""
    verbs_taken_for_nouns(links, lexicon.unmistakable)
    clauses_hung_on_dates(links)
    lists_that_are_appositions(links)
    found: dict[int, Frame] = {}
    for token in range(len(links.head)):
        if links.is_verb(token):
            found[token] = _verbal(links, token, lexicon)
        elif (links.tag[token][:2] in ("NN", "JJ") or links.lower[token] == "one") and (
            links.children[token] or links.role[token] == "apposition"
        ):
            frame = _nominal(links, token, lexicon)
            if frame is not None:
                found[token] = frame
    _share(links, found)
    return Frames(links=links, of=found)


def _verbal(links: Links, token: int, lexicon: Lexicon) -> Frame:
    passive = is_passive(links, token)
    by = tuple(a for c in links.under(token, "oblique") if links.marker[c] == "by" for a in row(links, c))
    subject = tuple(a for s in subjects(links, token) for a in row(links, s))
    object_ = tuple(a for o in objects(links, token) for a in row(links, o))
    indirect = tuple(a for o in links.under(token, "indirect") for a in row(links, o))
    if passive:
        by = (*by, *_together(links, token))
    if passive and object_ and not indirect:  # "she was handed the files"
        agents, patients, indirect = by, object_, subject
    elif passive:
        agents, patients = by, subject
    else:
        agents, patients = subject, object_ or indirect  # an only object is what it is done to
    return Frame(
        token=token,
        lemma=" ".join([links.lemma[token], *(links.lower[p] for p in links.under(token, "particle"))]),
        kind="verbal",
        agents=agents,
        patients=patients,
        indirect=indirect,
        obliques=_obliques(links, token),
        complements=tuple(links.under(token, "complement")),
        opens=tuple(links.under(token, "open")),
        certainty=certainty(links, token, lexicon),
    )


def _together(links: Links, token: int) -> tuple[int, ...]:
    """ "verified by X together with Y": those who acted with the agent."""
    found: list[int] = []
    for i in range(token + 1, min(token + 30, len(links.lower) - 1)):
        if links.sentence[i] != links.sentence[token]:
            break
        if links.lower[i] in ("together", "along") and links.lower[i + 1] == "with":
            noun = links.head[i + 1]
            found += row(links, noun) if noun > i and links.is_noun(noun) else ()
    return tuple(found)


def _nominal(links: Links, token: int, lexicon: Lexicon) -> Frame | None:
    about = [*subjects(links, token)] if _predicative(links, token) else []
    if links.role[token] == "apposition":
        about.append(links.head[token])
    about += links.under(token, "apposition")
    obliques = _obliques(links, token)
    for child in obliques.get("of", ()):  # "the publication of the files by X", with "by" hung on the files
        for inner in links.under(child, "oblique"):
            if links.marker[inner] == "by" and "by" not in obliques:
                obliques["by"] = row(links, inner)
    possessors = tuple(p for c in links.under(token, "possessor") for p in row(links, c))
    compounds = tuple(links.under(token, "compound"))
    if not about and not links.children[token]:
        return None
    return Frame(
        token=token,
        lemma=links.lemma[token],
        kind="nominal",
        agents=tuple(a for s in about for a in row(links, s)),
        possessors=possessors,
        compounds=compounds,
        obliques=obliques,
        complements=tuple(links.under(token, "complement")),
        opens=tuple(links.under(token, "open")),
        certainty=certainty(links, token, lexicon),
    )


def _predicative(links: Links, token: int) -> bool:
    """Is something said to be this noun: by a copula, or after "become", "remain", "was named"?"""
    return bool(links.under(token, "copula", "subject")) or links.role[token] == "open"


def _obliques(links: Links, token: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for child in links.under(token, "oblique"):
        marker = links.marker[child]
        found[marker] = (*found.get(marker, ()), *row(links, child))
    for child in links.children[token]:
        if links.lower[child] == "where" and links.role[token] in ("relative", "adverbial") and child > 1:
            before = child - 2 if links.lower[child - 1] == "," else child - 1
            found["where"] = (before, links.head[token])
    return found


def row(links: Links, token: int) -> tuple[int, ...]:
    """A noun with those coordinated to it; a relative pronoun gives way to what it stands for."""
    first = antecedent(links, token)
    if first is None:
        first = token
    more = [c for c in links.under(first, "conjunct") if not links.is_verb(c) and links.lower[c] not in ("others",)]
    if first != token:
        return (first, *(c for c in more if c < token))
    if links.role[token] == "oblique" and links.marker[token]:  # "by the Courier, the Echo and others" parsed apart
        more += [
            c
            for c in links.under(links.head[token], "oblique")
            if c > token
            and not links.marker[c]
            and links.lower[min(links.subtree(c)) - 1] == ","
            and links.is_noun(c)
            and links.tag[c].startswith("NNP")
        ]
    return (token, *more)


def _share(links: Links, found: dict[int, Frame]) -> None:
    """Give verbs that stand side by side ("verified and published by X") the arguments that only one of them has."""
    for token, frame in list(found.items()):
        other = found.get(links.head[token])
        if links.role[token] != "conjunct" or other is None or frame.kind != "verbal" or other.kind != "verbal":
            continue
        if token - other.token > 3 and not _only_adverbs(links, other.token, token):
            continue
        if links.under(token, "subject", "passive-subject"):
            continue
        merged = {marker: ids for marker, ids in other.obliques.items() if marker not in frame.obliques}
        back = {marker: ids for marker, ids in frame.obliques.items() if marker not in other.obliques}
        found[token] = _with(frame, other, merged)
        found[other.token] = _with(other, frame, back)


def _with(frame: Frame, other: Frame, obliques: dict[str, tuple[int, ...]]) -> Frame:
    return Frame(
        token=frame.token, lemma=frame.lemma, kind=frame.kind, agents=frame.agents or other.agents,
        patients=frame.patients or other.patients, indirect=frame.indirect, possessors=frame.possessors,
        compounds=frame.compounds, obliques={**frame.obliques, **obliques}, complements=frame.complements,
        opens=frame.opens, certainty=frame.certainty,
    )  # fmt: skip


def _only_adverbs(links: Links, start: int, end: int) -> bool:
    return all(links.tag[i][:2] in ("RB", "CC", ",", "VB") for i in range(start + 1, end))
