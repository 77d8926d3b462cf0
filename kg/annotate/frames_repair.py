"""Slips that statistical taggers and parsers make in news prose, put right by words that can only be one thing."""

from __future__ import annotations

from collections.abc import Container

from kg.annotate.frames_links import Links, list_children

_REACH = 25  # tokens to the left that are searched for the verb of the clause


def verbs_taken_for_nouns(links: Links, verbs: Container[str]) -> None:
    """ "Veldonia denies it", "the files implicate him": words of `verbs` are never nouns, whatever their tag.

    Of two words ("calls on") they are verbs right behind a name. What stood before the word as its modifier becomes its
    subject, what it seemed to modify its object.
    """
    changed = False
    for token, word in enumerate(links.lower):
        if links.tag[token][:2] not in ("NN", "JJ") or links.tag[token] == "NNP":
            continue
        phrase = token + 1 < len(links.lower) and f"{word} {links.lower[token + 1]}" in verbs
        if word not in verbs and not (phrase and token and links.doc[token - 1].text[:1].isupper()):
            continue
        changed = True
        links.tag[token] = "VBZ" if word.endswith("s") else "VBP"
        _object(links, token)
        _subject(links, token)
        _place(links, token)
        for child in links.children[token]:
            if links.role[child] == "relative" and links.marker[child] == "that":
                links.role[child] = "complement"
            elif links.role[child] == "apposition" and child > token:
                links.role[child] = "object"
        list_children(links)
    if changed:
        list_children(links)


def _object(links: Links, token: int) -> None:
    """The noun that the word seemed to be a modifier of is what it acts on."""
    noun = links.head[token]
    if noun <= token or links.role[token] not in ("compound", "modifier"):
        return
    links.head[token] = token if links.head[noun] == noun else links.head[noun]
    links.role[token] = "root" if links.head[token] == token else links.role[noun]
    for child in links.children[noun]:
        if child < token:
            links.head[child] = token
    links.head[noun], links.role[noun] = token, "object"
    list_children(links)


def _subject(links: Links, token: int) -> None:
    if links.under(token, "subject", "passive-subject"):
        return
    before = [c for c in links.children[token] if c < token and links.tag[c][:2] in ("NN", "PR", "JJ", "CD")]
    if before and links.role[before[-1]] in ("compound", "modifier", "oblique", "other", "possessor"):
        links.role[before[-1]] = "subject"


def _place(links: Links, token: int) -> None:
    """ "provides images, reveals orders": a word in a row of nouns belongs to the verb before it."""
    if links.role[token] != "conjunct" or links.is_verb(links.head[token]):
        return
    for verb in range(token - 1, max(token - _REACH, -1), -1):
        if links.sentence[verb] != links.sentence[token]:
            return
        if links.is_verb(verb) and links.tag[verb] in ("VBZ", "VBP", "VBD") and links.role[verb] != "conjunct":
            noun = next((n for n in range(token + 1, min(token + 10, len(links.head)))
                         if links.is_noun(n) and links.head[n] not in range(token, n + 10)), None)  # fmt: skip
            links.head[token] = verb
            if noun is not None and not links.under(token, "object"):
                links.head[noun], links.role[noun] = token, "object"
            return


_DAYS = frozenset({
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
    "april", "may", "june", "july", "august", "september", "october", "november", "december", "week", "month", "year",
    "yesterday", "today", "morning", "evening", "statement", "interview", "email", "twitter",
})  # fmt: skip


def clauses_hung_on_dates(links: Links) -> None:
    """ "said on Monday that ...": the clause is what was said, not a description of Monday."""
    for token, role in enumerate(links.role):
        noun = links.head[token]
        if role != "relative" or links.lower[noun] not in _DAYS or not links.is_verb(links.head[noun]):
            continue
        that = [c for c in links.children[token] if links.lower[c] == "that"]
        if not that or links.role[noun] not in ("oblique", "object"):
            continue
        links.head[token], links.role[token] = links.head[noun], "complement"
        for child in that:
            links.role[child] = "marker"
    list_children(links)


def lists_that_are_appositions(links: Links) -> None:
    """ "The files, a set of papers, name ...": a second subject or a row without "and" tells what the first noun is."""
    changed = False
    for token, role in enumerate(links.role):
        if not links.is_noun(token) and links.lower[token] != "one":
            continue
        first = min(links.subtree(token))
        if first == 0 or links.lower[first - 1] != "," or links.lower[first] not in _ARTICLES:
            continue
        head = links.head[token]
        if role == "subject":
            others = [s for s in links.under(head, "subject", "passive-subject") if s < first]
            if others and links.is_noun(others[-1]):
                links.head[token], links.role[token] = others[-1], "apposition"
                changed = True
        elif role == "conjunct" and links.is_noun(head) and _alone(links, head, token):
            links.role[token] = "apposition"
            changed = True
    if changed:
        list_children(links)


_ARTICLES = frozenset({"a", "an", "the", "one"})


def _alone(links: Links, head: int, token: int) -> bool:
    row = [head, *links.under(head, "conjunct")]
    return row[-1] == token and not any(links.under(member, "coordinator") for member in row)
