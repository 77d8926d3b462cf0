"""A parse in words that no dependency scheme owns: who hangs on whom, in which role, marked by which preposition.

Content words are heads, as in Universal Dependencies: in "she is an editor" the noun is the head and "is" its copula,
in "sent to the paper" the noun hangs on the verb and "to" is its marker. Internal to `annotate`.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal as OneOf

from spacy.tokens import Doc

from kg.annotate.lemmas import mend

Role = OneOf[
    "root", "subject", "passive-subject", "object", "indirect", "oblique", "possessor", "compound", "modifier",
    "number", "determiner", "apposition", "conjunct", "complement", "open", "adverbial", "reduced", "relative",
    "parataxis", "auxiliary", "passive-auxiliary", "copula", "adverb", "negation", "particle", "marker", "case",
    "coordinator", "punctuation", "other",
]  # fmt: skip
CLAUSES = frozenset({"complement", "open", "adverbial", "reduced", "relative", "parataxis"})
"""The roles of a clause that is part of another one."""


@dataclass(slots=True)
class Links:
    """One role and head a token (`head[i] == i` at a root); `marker` is the lower-cased preposition or subordinator."""

    doc: Doc
    head: list[int]
    role: list[Role]
    marker: list[str]
    children: list[list[int]]
    lower: list[str]
    lemma: list[str]
    tag: list[str]  # Penn Treebank tags; made from the coarse ones where a pipeline has no others
    sentence: list[int]  # the number of the sentence that each token is in
    questions: frozenset[int]  # the numbers of the sentences that ask

    def under(self, token: int, *roles: Role) -> list[int]:
        """The dependents of a token in one of these roles, in text order."""
        return [child for child in self.children[token] if self.role[child] in roles]

    def subtree(self, token: int, *, stop: frozenset[Role] = frozenset()) -> list[int]:
        """The token and everything below it, in text order, but no branch that hangs on in a role of `stop`."""
        found, queue = [token], [token]
        while queue:
            for child in self.children[queue.pop()]:
                if self.role[child] not in stop:
                    found.append(child)
                    queue.append(child)
        return sorted(found)

    def is_verb(self, token: int) -> bool:
        """A main verb or one that could be; auxiliaries are not."""
        return self.tag[token].startswith("VB") and self.role[token] not in ("auxiliary", "passive-auxiliary", "copula")

    def is_noun(self, token: int) -> bool:
        """A common or proper noun."""
        return self.tag[token].startswith("NN")


_TAGS = {"NOUN": "NN", "PROPN": "NNP", "VERB": "VB", "AUX": "VB", "ADJ": "JJ", "ADV": "RB", "NUM": "CD", "PRON": "PRP",
         "DET": "DT", "ADP": "IN", "SCONJ": "IN", "CCONJ": "CC", "PART": "TO", "PUNCT": ".", "INTJ": "UH"}  # fmt: skip


def new_links(doc: Doc, known: Container[str] = ()) -> Links:
    """Links with every token's words filled in and no edge yet. `known` are the lemmas that the rules speak of."""
    size = len(doc)
    lower = [token.lower_ for token in doc]
    sentence, questions = [0] * size, set()
    for number, sent in enumerate(doc.sents if doc.has_annotation("SENT_START") else (doc[:],)):
        for i in range(sent.start, sent.end):
            sentence[i] = number
        if "?" in lower[max(sent.end - 3, sent.start) : sent.end]:
            questions.add(number)
    tag = [token.tag_ or _TAGS.get(token.pos_, "") for token in doc]
    lemma = [token.lemma_.lower() or lower[token.i] for token in doc]
    return Links(
        doc=doc,
        head=list(range(size)),
        role=["root"] * size,
        marker=[""] * size,
        children=[[] for _ in range(size)],
        lower=lower,
        lemma=[mend(word, base, kind, known) for word, base, kind in zip(lower, lemma, tag, strict=True)],
        tag=tag,
        sentence=sentence,
        questions=frozenset(questions),
    )


def finish(links: Links) -> Links:
    """Attach every conjunct to the first of its row and list the children; call once when heads and roles are set."""
    head, role = links.head, links.role
    for token in range(len(head)):
        if role[token] != "conjunct":
            continue
        first, steps = head[token], 0
        while (
            head[first] != first
            and steps < len(head)
            and (role[first] == "conjunct" or (role[first] == "compound" and head[first] < first))
        ):  # out of the row, and out of a name
            first, steps = head[first], steps + 1
        head[token] = first
    for token, parent in enumerate(head):  # "by the news site X", with "by" hung on the site
        if role[token] == "compound" and parent > token and links.marker[token] and not links.marker[parent]:
            links.marker[parent] = links.marker[token]
    list_children(links)
    _participles(links)
    _agents_of_participles(links)
    _by_to_objects(links)
    list_children(links)
    return links


def _participles(links: Links) -> None:
    """ "The bank, hacked in May, closed": a participle loosely hung on a noun describes it."""
    for token, role in enumerate(links.role):
        parent = links.head[token]
        if role == "other" and links.tag[token] == "VBN" and links.is_noun(parent) and parent < token:
            links.role[token] = "reduced"


def _agents_of_participles(links: Links) -> None:
    """ "A report published by X lists": a noun with "by" is no subject but the agent of the participle before it."""
    for token, role in enumerate(links.role):
        if role not in ("subject", "passive-subject") or links.marker[token] != "by":
            continue
        for verb in range(token - 1, max(token - 8, -1), -1):
            if links.tag[verb] in ("VBN", "VBD") and links.sentence[verb] == links.sentence[token]:
                links.head[token], links.role[token] = verb, "oblique"
                break
    list_children(links)


def list_children(links: Links) -> None:
    """Write down the dependents of every token anew, after heads have changed."""
    links.children = [[] for _ in links.head]
    for token, parent in enumerate(links.head):
        if parent != token:
            links.children[parent].append(token)


def _by_to_objects(links: Links) -> None:
    """ "quoted an article by X": in an active clause a "by" right after the object belongs to the object."""
    for token, role in enumerate(links.role):
        if role != "oblique" or links.marker[token] != "by":
            continue
        verb = links.head[token]
        if not links.is_verb(verb) or links.under(verb, "passive-auxiliary", "passive-subject"):
            continue
        objects = [o for o in links.under(verb, "object") if o < token]
        case = min((c for c in links.children[token] if links.role[c] == "case"), default=token)
        if objects and max(t for t in links.subtree(objects[-1]) if t < token) == case - 1:
            links.head[token] = objects[-1]
