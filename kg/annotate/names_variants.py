"""Whether two names are one in two spellings. Thresholds carry their reasons; all refuse when in doubt."""

from __future__ import annotations

from rapidfuzz import fuzz

from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import lexicon

GIVEN_MIN = 80  # of 100; one letter in six changed ("Adrien" for "Adrian", 83); "John" and "Joan" (75) stay two
SURNAME_MIN = 85  # a slip in a surname ("Bachalet", 88); short surnames differ by one letter and are two people
PART_MIN = 5  # letters that a part needs before one of them may be a slip
ORGANISATION_MIN = 92  # "Organisation" and "Organization", a lost letter; never a changed word


def same_name(left: str, right: str) -> bool:
    """Whether two full names of persons are one name in two spellings: one part the same, the other nearly so.

    Given names that are known to be of different sexes are never one. Names of one word never match here.
    """
    a, b = fold(left).split(), fold(right).split()
    if len(a) < 2 or len(b) < 2:
        return False
    if a == b or a == b[::-1]:
        return True
    if a[-1] == b[-1]:
        return _same_given(a[:-1], b[:-1])
    if a[:-1] == b[:-1]:
        return _near(a[-1], b[-1], SURNAME_MIN)
    return "".join(a) == "".join(b)


def _same_given(a: list[str], b: list[str]) -> bool:
    """Given names with the surname the same: a slip, or a middle name or initial more."""
    if a[0] == b[0]:
        return len(a) == 1 or len(b) == 1 or a[1][0] == b[1][0]
    given = lexicon().given
    if given.get(a[0]) and given.get(b[0]) and given[a[0]] != given[b[0]]:
        return False
    if a[0].startswith(b[0]) or b[0].startswith(a[0]) or (a[0][:-1] == b[0][:-1]):
        return False  # "Daniel" and "Danielle", "Mario" and "Maria": an ending more or other is a name of its own
    return len(a) == len(b) and a[1:] == b[1:] and _near(a[0], b[0], GIVEN_MIN)


def _near(a: str, b: str, least: int) -> bool:
    return min(len(a), len(b)) >= PART_MIN and fuzz.ratio(a, b) >= least


def same_organisation(left: str, right: str) -> bool:
    """Whether two names of organisations differ by spelling only: word for word nearly the same."""
    a, b = fold(left).split(), fold(right).split()
    if len(a) != len(b):
        return False
    return all(x == y or (_near(x, y, 85) and x[0] == y[0]) for x, y in zip(a, b, strict=True)) and (
        fuzz.ratio(" ".join(a), " ".join(b)) >= ORGANISATION_MIN
    )
