"""Documents that a text describes instead of naming: leaked speeches and memos, papers, titled articles."""

from __future__ import annotations

from dataclasses import dataclass

from kg.annotate.names_candidate import broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import Lexicon, lexicon
from kg.annotate.names_tokens import Words
from kg.annotate.numbers_lexicon import number_words

_BACK = 7  # words of a description before its noun
_SPEAKER = 9  # words after the noun in which "by NAME" stands
_TITLE = (2, 20)  # words of an article's title in quotation marks
_OPEN, _CLOSE = frozenset('“"‘'), frozenset('”"’')


@dataclass(frozen=True, slots=True)
class _Described:
    """A noun phrase: words `start` to `end`, its noun at the end, and whether the text introduces it ("a", a year)."""

    start: int
    end: int
    marked: bool


def described_documents(words: Words, clusters: list[Cluster]) -> list[Cluster]:
    """New entities for the documents that the text describes, each with a descriptive name that stays the same.

    A speech or other item counts where it is called internal, secret, leaked and the like, or where a leak is said
    to hold it: "2017 internal speech by Tarek Wolan". A paper counts by its journal or its author's possessive, any
    piece of writing by its title in quotation marks.
    """
    owner = {i: c for c in clusters for s, e, form in c.spots if form == "name" for i in range(s, e)}
    lex = lexicon()
    speeches = _Made()
    papers = _Made()
    titled: list[Cluster] = []
    nouns = lex.documents["speech"] | lex.documents["items"] | lex.documents["scholarly"] | lex.documents["article"]
    for at, word in enumerate(words.folds):
        if word not in nouns or at in owner:
            continue
        title = _title(words, at, lex)
        if title is not None:
            titled.append(title)
        elif word in lex.documents["speech"] or word in lex.documents["items"]:
            _leaked(words, at, owner, speeches, lex)
        if title is None and (word in lex.documents["scholarly"] or word == "article"):
            _paper(words, at, owner, papers, lex)
    return [*speeches.clusters(), *papers.clusters(), *titled]


class _Made:
    """Described documents so far, by what tells them apart."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, ...], Cluster] = {}

    def put(self, key: tuple[str, ...], type_: str, forms: tuple[str, ...], spot: tuple[int, int]) -> Cluster:
        cluster = self.found.setdefault(key, Cluster(type_, source="head"))
        for form in forms:
            cluster.forms[form] = cluster.forms.get(form, 0) + 1
        cluster.spots.append((*spot, "nominal"))
        return cluster

    def clusters(self) -> list[Cluster]:
        return list(self.found.values())


def _leaked(words: Words, at: int, owner: dict[int, Cluster], made: _Made, lex: Lexicon) -> None:
    phrase = _phrase(words, at, lex, owner)
    speech = words.folds[at] in lex.documents["speech"]
    if phrase is None or not (phrase.marked or (speech and _held(words, phrase.start, owner, lex))):
        return
    short = words.text(phrase.start, phrase.end)
    who = _speaker(words, phrase, owner) if speech else None
    if speech:
        year = next((f for f in words.folds[phrase.start : at] if f.isdigit() and len(f) == 4), "")
        kind = " ".join(f for f in words.folds[phrase.start : at + 1] if not f.isdigit())
        key = (year, kind, fold(who.name) if who else str(at))
        made.put(key, "Speech", (f"{short} by {who.name}", short) if who else (short,), (phrase.start, phrase.end))
    else:
        made.put((fold(short),), "LeakedDocument", (short,), (phrase.start, phrase.end))


def _phrase(words: Words, at: int, lex: Lexicon, owner: dict[int, Cluster]) -> _Described | None:
    """The description that ends in the noun at `at`: years, marks and a few other adjectives before it."""
    months = number_words().months
    start, marked = at, False
    while start > max(0, at - _BACK) and not words.breaks[start]:
        word = words.folds[start - 1]
        if word in lex.documents["marks"]:
            marked = True
        elif not (word.isdigit() or word in months or word in lex.documents["inside"] or _date_comma(words, start - 1)):
            break
        start -= 1
    while start < at and not words.folds[start][0].isalnum():
        start += 1
    before = words.folds[start - 1] if start else ""
    if before == "of" or (before in ("a", "the", "an") and start > 1 and words.folds[start - 2] == "of"):
        marked = marked or any(f in lex.documents["speech_of"] for f in words.folds[max(0, start - 4) : start])
    if start == at and not marked:
        return None
    introduced = (
        before in ("a", "an", "one", "the", "this")
        or words.folds[start].isdigit()
        or before in ("'s", "'", "his", "her")
    )
    return _Described(start, at + 1, marked) if introduced else None


def _date_comma(words: Words, at: int) -> bool:
    return words.folds[at] == "," and at > 0 and words.folds[at - 1].isdigit() and words.folds[at + 1].isdigit()


def _held(words: Words, start: int, owner: dict[int, Cluster], lex: Lexicon) -> bool:
    """Whether a leak, or its files, are said to hold it before it in the sentence."""
    holds = False
    for i in range(start - 1, max(-1, start - 25), -1):
        held = owner.get(i)
        word = words.folds[i]
        if holds and (
            (held is not None and held.type == "Leak") or word in lex.leak_content or (word,) in lex.leak_core
        ):
            return True
        holds = holds or word in ("include", "includes", "included", "contain", "contains", "contained", "including")
        if words.starts[i]:
            return False
    return False


def _speaker(words: Words, phrase: _Described, owner: dict[int, Cluster]) -> Cluster | None:
    """ "by NAME", "given by a minister, NAME", "NAME's speech", "In a speech, NAME said"."""
    before = phrase.start - 1
    if before > 0 and words.folds[before] in ("'s", "'"):
        held = owner.get(before - 1)
        return held if held is not None and broad(held.type) == "Person" else None
    opening = before >= 1 and words.folds[before - 1] == "in" and words.starts[before - 1]
    by = False
    for i in range(phrase.end, min(phrase.end + _SPEAKER, len(words))):
        if words.breaks[i] or words.folds[i] == ".":
            return None
        by = by or words.folds[i] in ("by", "from") or (opening and words.folds[i] == ",")
        held = owner.get(i)
        if by and held is not None and broad(held.type) == "Person":
            return held
        if by and words.folds[i] in ("said", "was", "were", "and", "that"):
            return None
    return None


def _paper(words: Words, at: int, owner: dict[int, Cluster], made: _Made, lex: Lexicon) -> None:
    """ "Journal of X paper", "Zenz's paper", "a peer-reviewed study by NAME"."""
    held = owner.get(at - 1)
    if held is not None and broad(held.type) == "Organisation" and not words.breaks[at]:
        if _is_journal(held, lex):
            begin = next(s for s, e, _ in held.spots if s < at <= e)
            made.put(("journal",), "ScholarlyArticle", (words.text(begin, at + 1),), (at, at + 1))
        return
    start = at
    while start and words.folds[start - 1] in lex.documents["scholarly_marks"] | {"new", "-", "peer", "reviewed"}:
        start -= 1
    scholarly = words.folds[at] in lex.documents["scholarly"] or any(
        f in ("peer-reviewed", "reviewed", "journal", "academic") for f in words.folds[start:at]
    )
    if start > 1 and words.folds[start - 1] in ("'s", "'") and scholarly:
        author = owner.get(start - 2)
        if author is not None and broad(author.type) == "Person":
            begin = next(s for s, e, _ in author.spots if s < start - 1 <= e)
            key = ("journal",) if ("journal",) in made.found else (fold(author.name),)
            made.put(key, "ScholarlyArticle", (words.text(begin, at + 1),), (at, at + 1))
    elif scholarly and words.folds[start - 1 : start] in (("a",), ("an",)) and words.folds[at + 1 : at + 2] == ("by",):
        author = next((owner[i] for i in range(at + 2, min(at + 8, len(words))) if i in owner), None)
        if author is not None and broad(author.type) == "Person":
            text = f"{words.text(start, at + 1)} by {author.name}"
            made.put((fold(author.name),), "ScholarlyArticle", (text,), (start, at + 1))


def _is_journal(cluster: Cluster, lex: Lexicon) -> bool:
    return any(word in lex.documents["journal"] for form in cluster.forms for word in fold(form).split())


def _title(words: Words, at: int, lex: Lexicon) -> Cluster | None:
    """ "essay, “Title of It”", "a report titled “…”": the words in the quotation marks name it."""
    if words.folds[at] not in lex.documents["article"] | lex.documents["scholarly"]:
        return None
    opening = at + 1
    if opening < len(words) and words.folds[opening] == ",":
        opening += 1
    if opening < len(words) and words.folds[opening] in lex.documents["titled"]:
        opening += 1
    if opening == at + 1 or opening >= len(words) or words.tokens[opening].text not in _OPEN or words.breaks[opening]:
        return None
    for end in range(opening + 1, min(opening + _TITLE[1] + 2, len(words))):
        if (words.tokens[end].text in _CLOSE and words.tokens[end].text != "’") or (words.breaks[end]):
            size = end - opening - 1 - (words.folds[end - 1] in (",", "."))
            if size < _TITLE[0] or not _titled(
                words, opening + 1, opening + 1 + size, spoken=words.folds[opening - 1] == ","
            ):
                return None
            cluster = Cluster("ScholarlyArticle" if words.folds[at] in lex.documents["scholarly"] else "Article")
            cluster.add(words, opening + 1, opening + 1 + size)
            cluster.forms = {words.text(opening + 1, opening + 1 + size): 1}
            return cluster
    return None


def _titled(words: Words, start: int, end: int, *, spoken: bool) -> bool:
    """Whether quoted words are a title and not speech: no closing verb, a capital first."""
    if not words.caps[start] or words.folds[start] in ("i", "we", "it", "they", "he", "she"):
        return False
    verbs = {"said", "says", "wrote", "told"}
    after = set(words.folds[end : end + 5])
    return not (spoken and after & verbs)
