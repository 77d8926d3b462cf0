"""Universal Dependencies (the treebanks EWT and GUM, and pipelines trained on them) read into `Links`."""

from __future__ import annotations

from collections.abc import Container

from spacy.tokens import Doc

from kg.annotate.frames_links import Links, Role, finish, new_links

_ROLES: dict[str, Role] = {
    "ROOT": "root", "root": "root", "nsubj": "subject", "csubj": "complement", "nsubj:outer": "subject",
    "nsubj:pass": "passive-subject", "obj": "object",
    "iobj": "indirect", "obl": "oblique", "nmod": "oblique", "nmod:poss": "possessor", "nmod:desc": "compound",
    "compound": "compound", "flat": "compound", "goeswith": "compound", "compound:prt": "particle", "amod": "modifier",
    "nummod": "number", "det": "determiner", "appos": "apposition", "conj": "conjunct", "ccomp": "complement",
    "xcomp": "open", "advcl": "adverbial", "advcl:relcl": "adverbial", "acl": "reduced", "acl:relcl": "relative",
    "parataxis": "parataxis", "aux": "auxiliary", "aux:pass": "passive-auxiliary", "cop": "copula", "advmod": "adverb",
    "mark": "marker", "case": "case", "cc": "coordinator", "punct": "punctuation",
}  # fmt: skip
_NEGATIVE = frozenset({"not", "n't", "n’t", "never", "neither", "nor"})


def links(doc: Doc, known: Container[str] = ()) -> Links:
    """The parse of a document whose labels are those of Universal Dependencies, version 2."""
    result = new_links(doc, known)
    head, role, marker = result.head, result.role, result.marker
    fixed: dict[int, list[int]] = {}
    for token in doc:
        i = token.i
        label = token.dep_
        found = _ROLES.get(label) or _ROLES.get(label.partition(":")[0], "other")
        if found == "adverb" and result.lower[i] in _NEGATIVE:
            found = "negation"
        if label == "fixed":
            found = "case"
        head[i], role[i] = token.head.i, found
        if label == "fixed":
            fixed.setdefault(token.head.i, []).append(i)
    inner = {i for row in fixed.values() for i in row}
    for i, found in enumerate(role):
        if found not in ("case", "marker") or i in inner:
            continue
        words = [result.lower[i], *(result.lower[child] for child in fixed.get(i, ()))]
        parent = head[i]
        if result.lower[i] not in ("'s", "’s", "'", "’") and (not marker[parent] or found == "case"):
            marker[parent] = " ".join(words)
    return finish(result)
