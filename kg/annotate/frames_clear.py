"""The CLEAR labels of the stock English pipelines (`en_core_web_*`) read into `Links`.

Three things differ from Universal Dependencies and are turned round here: a preposition is the head of its noun,
"be" is the head of what it equates, and the agent of a passive hangs on "by".
"""

from __future__ import annotations

from collections.abc import Container

from spacy.tokens import Doc

from kg.annotate.frames_links import Links, Role, finish, new_links

_ROLES: dict[str, Role] = {
    "ROOT": "root", "nsubj": "subject", "csubj": "complement", "nsubjpass": "passive-subject",
    "csubjpass": "complement", "dobj": "object", "obj": "object", "dative": "indirect", "npadvmod": "oblique",
    "nmod": "compound", "compound": "compound", "nn": "compound", "prt": "particle", "amod": "modifier",
    "nummod": "number", "quantmod": "adverb", "det": "determiner", "predet": "determiner", "poss": "possessor",
    "appos": "apposition", "conj": "conjunct", "ccomp": "complement", "xcomp": "open", "advcl": "adverbial",
    "acl": "reduced", "relcl": "relative", "parataxis": "parataxis", "aux": "auxiliary", "auxpass": "passive-auxiliary",
    "advmod": "adverb", "neg": "negation", "mark": "marker", "case": "case", "cc": "coordinator",
    "preconj": "coordinator", "punct": "punctuation", "attr": "open", "acomp": "open", "oprd": "open",
}  # fmt: skip


def links(doc: Doc, known: Container[str] = ()) -> Links:
    """The parse of a document whose labels are CLEAR's."""
    result = new_links(doc, known)
    for token in doc:
        result.head[token.i] = token.head.i
        result.role[token.i] = _ROLES.get(token.dep_, "other")
        if token.dep_ == "mark":
            result.marker[token.head.i] = result.lower[token.i]
    _prepositions(doc, result)
    _copulas(doc, result)
    return finish(result)


def _prepositions(doc: Doc, result: Links) -> None:
    """Hang each preposition's noun on what the preposition hung on; the preposition becomes its case."""
    for token in doc:
        if token.dep_ not in ("prep", "agent", "dative") or not any(_object(child.dep_) for child in token.children):
            continue
        words, top = [result.lower[token.i]], token
        while top.head.dep_ in ("prep", "agent") and top.head.i != top.i:  # "out of the office"
            top = top.head
            words.insert(0, result.lower[top.i])
        for child in token.children:
            if _object(child.dep_):
                result.head[child.i] = top.head.i
                result.role[child.i] = "adverbial" if child.dep_ == "pcomp" else "oblique"
                result.marker[child.i] = " ".join(words)
                result.head[token.i], result.role[token.i] = child.i, "case"
                break


def _object(label: str) -> bool:
    return label in ("pobj", "pcomp")


def _copulas(doc: Doc, result: Links) -> None:
    """Make what "be" equates with its subject the head of the clause."""
    below: dict[int, list[int]] = {}
    for i, head in enumerate(result.head):
        if head != i:
            below.setdefault(head, []).append(i)
    for verb in doc:
        if verb.lemma_ != "be" or verb.dep_ in ("aux", "auxpass"):
            continue
        equated = next((child.i for child in verb.children if child.dep_ in ("attr", "acomp")), None)
        if equated is None:
            continue
        old_head = result.head[verb.i]
        result.head[equated] = equated if old_head == verb.i else old_head
        result.role[equated] = result.role[verb.i]
        result.marker[equated] = result.marker[verb.i] or result.marker[equated]
        for child in below.get(verb.i, ()):
            if child != equated:
                result.head[child] = equated
                below.setdefault(equated, []).append(child)
        if old_head != verb.i:
            below[old_head] = [equated if child == verb.i else child for child in below.get(old_head, ())]
        below[verb.i] = []
        result.head[verb.i], result.role[verb.i] = equated, "copula"
