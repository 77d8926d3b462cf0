"""Who is the subject of a verb that has none of its own: shared, controlled, relative and reduced clauses."""

from __future__ import annotations

from kg.annotate.frames_links import Links

_RELATIVE = frozenset({"who", "whom", "which", "that"})
_SUBJECT_CONTROL = frozenset({"promise", "vow", "threaten", "pledge"})
_FAR = 8  # clauses that a subject may be handed down through; deeper chains are parser noise


def subjects(links: Links, token: int, depth: int = 0) -> list[int]:
    """The tokens that are the (surface) subject of a verb or predicative noun, inherited where it has none."""
    own = links.under(token, "subject", "passive-subject")
    if own or depth > _FAR:
        return own
    role, head = links.role[token], links.head[token]
    if role == "conjunct":
        return subjects(links, head, depth + 1)
    if role == "parataxis" and token > head and links.lower[token - 1] == "," and links.is_verb(head):
        return subjects(links, head, depth + 1)  # "provides images, reveals orders"
    if role == "open":
        controllers = links.under(head, "object", "indirect")
        if controllers and links.lemma[head] not in _SUBJECT_CONTROL:
            return controllers[:1]
        return subjects(links, head, depth + 1)
    if role == "adverbial" and links.marker[token] == "as" and links.tag[token] == "VBG":
        described = links.under(head, "object", "indirect")  # "describes him as directing"
        if described:
            return described[:1]
    if role == "adverbial" and not links.is_noun(head):
        return subjects(links, head, depth + 1)
    if role == "adverbial" and links.under(head, "subject", "passive-subject"):
        return subjects(links, head, depth + 1)
    if role == "reduced" and links.tag[token] in ("VBG", "VBN", "VBD"):
        over = links.head[head]
        named = links.tag[token] == "VBG" and links.tag[head] == "NNP" and links.is_verb(over)
        if named and links.role[head] in ("oblique", "object", "indirect"):
            # A name takes no restrictive participle: in "wrote to Reed asking for" it is the writer who asks.
            return subjects(links, over, depth + 1) or [head]
        return [head]
    if role == "relative":
        return [head]
    return []


def objects(links: Links, token: int) -> list[int]:
    """The direct objects of a verb; in "the files he obtained" the noun that the clause describes."""
    own = links.under(token, "object")
    if own or links.role[token] != "relative" or is_passive(links, token):
        return own
    has_subject = [s for s in links.under(token, "subject") if links.lower[s] not in ("who", "which", "that")]
    taken = any(links.lower[t] in _RELATIVE for t in links.subtree(token) if links.role[t] in ("oblique", "subject"))
    return [links.head[token]] if has_subject and not taken else []


def is_passive(links: Links, token: int, depth: int = 0) -> bool:
    """Is the verb passive: by its auxiliary, as a reduced relative, or as a participle in a passive row?"""
    if links.under(token, "passive-auxiliary", "passive-subject"):
        return True
    if links.tag[token] not in ("VBN", "VBD") or depth > _FAR:
        return False
    if token and links.lower[token - 1] == "," and not links.under(token, "object", "auxiliary"):
        # "The files, leaked in 2019, fill a room", read as "the files leaked": a comma parts no subject from its verb.
        parted = any(_ends_at(links, s, token - 2) for s in links.under(token, "subject"))
        if parted:
            return True
    role = links.role[token]
    auxiliaries = [links.lemma[a] for a in links.under(token, "auxiliary")]
    if "be" in auxiliaries and links.tag[token] == "VBN":
        return True
    if "have" in auxiliaries or links.under(token, "subject"):
        return False
    if role == "reduced":
        return not _of_a_name(links, token)
    if role in ("adverbial", "open", "root", "parataxis"):
        return links.tag[token] == "VBN" and not links.under(token, "object")
    if role == "conjunct":
        return is_passive(links, links.head[token], depth + 1) and not links.under(token, "object")
    return False


def antecedent(links: Links, token: int) -> int | None:
    """What a relative pronoun stands for: the noun that its clause describes."""
    if links.lower[token] not in _RELATIVE:
        return None
    before = token - 1
    while before >= 0 and links.tag[before] in (",", "IN", "-LRB-", "HYPH", "''", "``"):
        before -= 1
    nearest = before if before >= 0 and links.is_noun(before) else None
    here, steps = token, 0
    while links.head[here] != here and steps < 2 * _FAR:
        if links.role[here] == "relative":
            noun = links.head[here]
            # A clause describes what it stands behind; a noun that does not reach up to it is not described.
            return noun if nearest is None or _above(links, nearest, noun) else nearest
        here, steps = links.head[here], steps + 1
    # "that" is also a conjunction and a demonstrative; without its clause it refers to nothing.
    return None if links.lower[token] == "that" else nearest


def _above(links: Links, token: int, noun: int) -> bool:
    """Does the token belong to the noun's phrase?"""
    for _ in range(2 * _FAR):
        if token == noun:
            return True
        if links.head[token] == token:
            return False
        token = links.head[token]
    return False


def _of_a_name(links: Links, token: int) -> bool:
    """ "Reed “called for an inquiry”": right behind a name, without agent, a participle is the verb of a clause."""
    head = links.head[token]
    by = any(links.marker[c] == "by" for c in links.under(token, "oblique"))
    return links.tag[head] == "NNP" and links.lower[token - 1] != "," and not by and links.role[head] == "root"


def _ends_at(links: Links, noun: int, last: int) -> bool:
    """Is `last` the end of the noun's own words (the rest of its name, but no apposition or phrase)?"""
    end = noun
    while (
        end + 1 < len(links.head) and links.role[end + 1] == "compound" and links.head[end + 1] in range(noun, end + 1)
    ):
        end += 1
    return end == last
