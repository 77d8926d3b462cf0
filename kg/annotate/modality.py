"""How certain a predicate is where it stands: negated, hedged, under somebody's word, or not said to have happened."""

from __future__ import annotations

from dataclasses import dataclass

from kg.annotate.frames_links import CLAUSES, Links
from kg.annotate.lexicon import Lexicon

_FAR = 10  # governing clauses that are looked at; nobody nests deeper on purpose


@dataclass(frozen=True, slots=True)
class Certainty:
    """What stands between a predicate and a plain fact.

    `unreal` holds for conditions, questions, orders, wishes and the future: nothing is said to have happened. `planned`
    holds where that future is a plan ("is to visit", "will visit"). `governors` are the predicates
    over it, innermost first.
    """

    negated: bool = False
    hedged: bool = False
    unreal: bool = False
    planned: bool = False
    governors: tuple[int, ...] = ()


@dataclass(slots=True)
class _Finding:
    negated: bool = False
    hedged: bool = False
    unreal: bool = False
    planned: bool = False


_PLANS = frozenset({"schedule", "expect", "due", "set", "arrange"})


_NEGATING = ("adverb", "other", "determiner", "coordinator")  # "neither obtained nor published"


def certainty(links: Links, token: int, lexicon: Lexicon) -> Certainty:
    """Read the predicate's own words and then every clause that it stands under."""
    found = _Finding()
    _own(links, token, lexicon, found)
    governors: list[int] = []
    here, steps, presupposed = token, 0, False
    while links.head[here] != here and steps < _FAR:
        role, parent = links.role[here], links.head[here]
        if presupposed:
            # "Ash, who heads the bank, denied it": what merely describes somebody stands whatever is denied of him;
            # only what a speaker says stays his word.
            if role == "complement" and links.lemma[parent] in lexicon.hedging:
                found.hedged = True
        elif role == "conjunct":
            _from_row(links, here, parent, lexicon, found)
        elif role in CLAUSES:
            governors.append(parent)
            _from_clause(links, here, parent, lexicon, found)
        elif role in ("oblique", "object", "subject", "passive-subject") and not links.is_verb(here):
            # A noun's certainty is that of the verb it belongs to: "denied the publication of the files by X".
            if links.lemma[parent] in lexicon.denying and role in ("oblique", "object"):
                found.negated = True
            elif links.lemma[parent] in lexicon.hedging and role == "oblique" and links.marker[here] == "of":
                found.hedged = True
            if here == token:
                _event(links, parent, lexicon, found)
        tagged = links.tag[here] in ("VBN", "VBD", "VBZ", "VBP", "VBG")
        presupposed = presupposed or role == "relative" or (role == "reduced" and tagged)
        here, steps = parent, steps + 1
    if links.sentence[token] in links.questions:
        found.unreal = True
    return Certainty(found.negated, found.hedged, found.unreal, found.planned, tuple(governors))


def _own(links: Links, token: int, lexicon: Lexicon, found: _Finding) -> None:
    if links.marker[token] in lexicon.conditions:
        found.unreal = True
    if links.marker[token] in lexicon.without:
        found.negated = not found.negated
    for child in links.children[token]:
        role, lower, lemma = links.role[child], links.lower[child], links.lemma[child]
        if role == "negation" or (role in _NEGATING and lower in lexicon.negations):
            found.negated = True
        elif role in ("adverb", "modifier", "other") and lower in lexicon.hedges:
            found.hedged = True
        elif role == "auxiliary":
            if lower in lexicon.maybe:
                found.hedged = True
            elif lower in lexicon.unreal or (lower == "would"):
                found.unreal = True
                found.planned = (
                    found.planned or lemma in ("will", "wo", "shall", "'ll", "’ll") or lower in ("'ll", "’ll")
                )
        elif role in ("subject", "passive-subject", "object") and _none(links, child):
            found.negated = True
        elif role == "adverbial" and links.marker[child] in ("if", "unless") and _has_would(links, token):
            found.unreal = True
        elif role == "oblique" and links.marker[child] in ("by", "with", "from") and _none(links, child):
            found.negated = True


def _event(links: Links, verb: int, lexicon: Lexicon, found: _Finding) -> None:
    """What a verb takes from the event that its noun names: whether it is real and, of "happen", whether it was."""
    over = _Finding()
    _own(links, verb, lexicon, over)
    found.unreal = found.unreal or over.unreal
    found.planned = found.planned or over.planned
    if links.lemma[verb] in _HAPPEN:
        found.negated = found.negated or over.negated
        found.hedged = found.hedged or over.hedged


_HAPPEN = frozenset({"happen", "occur", "take", "exist", "begin", "be", "start", "follow"})


def _none(links: Links, token: int) -> bool:
    """Is the noun phrase an empty one: "no outlet", "none of the files", "nobody"?"""
    if links.lower[token] in ("none", "nobody", "nothing", "neither"):
        return True
    return any(links.lower[c] in ("no", "neither") for c in links.children[token])


def _has_would(links: Links, token: int) -> bool:
    return any(links.lower[c] in ("would", "'d", "’d", "could") for c in links.under(token, "auxiliary"))


def _from_row(links: Links, token: int, first: int, lexicon: Lexicon, found: _Finding) -> None:
    """A verb in a row shares the auxiliaries and negation before the first, unless it has its own or follows "but"."""
    if not links.is_verb(token) or links.under(token, "subject", "passive-subject", "auxiliary", "negation"):
        return
    if any(links.lower[c] in ("but", "yet", "then") for c in links.under(token, "coordinator")):
        return
    borrowed = _Finding()
    _own(links, first, lexicon, borrowed)
    shared = any(links.role[c] in ("negation", "auxiliary") for c in links.children[first] if c < first)
    if shared:
        found.negated = found.negated or (borrowed.negated and links.tag[token] in ("VB", "VBN", "VBG"))
        found.unreal = found.unreal or (borrowed.unreal and links.tag[token] == "VB")
        found.planned = found.planned or (borrowed.planned and links.tag[token] == "VB")
    found.hedged = found.hedged or borrowed.hedged


def _from_clause(links: Links, token: int, parent: int, lexicon: Lexicon, found: _Finding) -> None:
    """What the governing predicate does to the clause below it."""
    role, lemma = links.role[token], links.lemma[parent]
    over = _Finding()
    _own(links, parent, lexicon, over)
    infinitive = (links.tag[token] == "VB" or _after_to(links, token)) and not links.under(token, "subject")
    bound = role in ("open", "complement", "reduced") or links.marker[token] in ("of", "from", "to", "that")
    if lemma in lexicon.denying and bound:
        found.negated = True
    elif role in ("open", "complement", "reduced", "adverbial") and lemma in lexicon.hedging:
        # "is said to have obtained": parsers also take the infinitive for an adverbial clause.
        if role != "adverbial" or links.marker[token] == "of" or _after_to(links, token):
            found.hedged = True
        if over.negated and role != "open":
            found.unreal = True  # "did not say that": nothing follows
    elif role == "open" and lemma not in lexicon.happening and (infinitive or links.tag[token] == "VBG"):
        found.unreal = True
        found.planned = found.planned or lemma in _PLANS
    elif (role == "reduced" and infinitive and lemma not in lexicon.happening) or (
        role == "adverbial" and infinitive and links.marker[token] in ("to", "in order", "so as", "")
    ):
        found.unreal = True
    if role == "open":
        if infinitive and any(links.lower[c] == "yet" for c in links.children[parent]):
            found.negated = True  # "has yet to verify"
        found.negated = found.negated or over.negated
        found.hedged = found.hedged or over.hedged
        found.unreal = found.unreal or over.unreal
    elif role in ("complement", "adverbial"):
        if links.marker[parent] in lexicon.conditions and role == "complement":
            found.unreal = True
        if role == "complement" and over.negated and lemma not in lexicon.denying:
            found.unreal = True
    if role == "complement" and links.marker[token] in ("whether", "if"):
        found.unreal = True


def _after_to(links: Links, token: int) -> bool:
    """ "to be based": an infinitive whose own tag is a participle's."""
    return any(links.lower[c] == "to" for c in links.under(token, "marker", "auxiliary"))
