"""Facts that lie in a name itself: a leak named after a place, a speech named by its year, a journal's paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from kg.annotate.arguments import Reader, is_a
from kg.annotate.dates import dates_in
from kg.records import LocalEntity, Statement

_CONFIDENCE = Decimal("0.7")
_GUESS = Decimal("0.6")


def named_facts(reader: Reader, article_date: str | None) -> Iterator[Statement]:
    """`concerns`, `date`, `publishedBy` and `partOf` as far as names and descriptions say them."""
    view = reader.view
    entities = list(view.entities.values())
    first: dict[str, int] = {}
    for token, name in sorted(view.at.items()):
        first.setdefault(name, token)
    for entity in entities:
        if entity.id not in first:
            continue
        evidence = (reader.evidence((first[entity.id],)),)
        if entity.type == "Leak":
            for place in entities:
                if is_a(place.type, ("Place",)) and any(_holds(entity.name, n) for n in place.names):
                    yield Statement(entity.id, "concerns", place.id, evidence, "leak-named-after-place",
                                    confidence=_CONFIDENCE)  # fmt: skip
        elif is_a(entity.type, ("Article",)):
            for outlet in entities:
                if is_a(outlet.type, ("Organisation",)) and any(entity.name.startswith(f"{n} ") for n in outlet.names):
                    yield Statement(entity.id, "publishedBy", outlet.id, evidence, "paper-named-after-journal",
                                    confidence=_CONFIDENCE)  # fmt: skip
    yield from _described(reader, article_date)
    yield from _titled(reader)
    yield from _bylines(reader)
    yield from _inside(reader)


_SIDES = frozenset({
    "north", "south", "east", "west", "centre", "center", "northeast", "northwest", "southeast", "southwest",
    "province", "region", "city", "county", "suburb", "suburbs", "outskirts", "middle", "state", "district",
})  # fmt: skip


def _inside(reader: Reader) -> Iterator[Statement]:
    """ "Greyhill Camp, in the north of Veldonia": a place right behind another with nothing but "in" between."""
    view, lower = reader.view, reader.links.lower
    for mention in view.mentions:
        place = view.entities[mention.entity]
        if mention.form != "name" or not is_a(place.type, ("Place",)) or place.type == "Country":
            continue
        span = view.doc.char_span(mention.span.start, mention.span.end, alignment_mode="expand")
        if span is None or lower[span.start - 1 : span.start] == [
            "of"
        ]:  # "the embassy of X in Y": the embassy is there
            continue
        i = span.end + (lower[span.end : span.end + 1] == [","])
        if lower[i : i + 1] != ["in"]:
            continue
        i += 1
        while (
            i < len(lower)
            and (lower[i] in ("the", "of") or lower[i] in _SIDES or lower[i].endswith("ern"))
            and i not in view.at
        ):
            i += 1
        other = view.at.get(i)
        if other is not None and other != mention.entity and is_a(view.entities[other].type, ("Place",)):
            evidence = (reader.evidence((span.start, i)),)
            yield Statement(mention.entity, "locatedIn", other, evidence, "place-inside-place", confidence=_CONFIDENCE)


def _bylines(reader: Reader) -> Iterator[Statement]:
    """ "Anna Reed, Elm University, and Tom Ash, Oak College": where the authors of papers work."""
    view, lower = reader.view, reader.links.lower
    for mention in view.mentions:
        if mention.form != "name" or view.entities[mention.entity].type != "Person":
            continue
        span = view.doc.char_span(mention.span.start, mention.span.end, alignment_mode="expand")
        if span is None or span.end + 1 >= len(lower) or lower[span.end] != ",":
            continue
        place = span.end + 1
        school = view.at.get(place)
        if school is None or view.entities[school].type != "AcademicInstitution":
            continue
        end = place
        while view.at.get(end) == school:
            end += 1
        if end >= len(lower) or lower[end] in (",", ";", ")", "and") or view.doc[end].is_space:
            evidence = (reader.evidence((span.start, end - 1)),)
            yield Statement(mention.entity, "affiliatedWith", school, evidence, "byline", confidence=_CONFIDENCE)


def _titled(reader: Reader) -> Iterator[Statement]:
    """ "the Courier's photo essay, “Faces”", "a paper by Reed, “Silence”": whose work a quoted title is."""
    view, links = reader.view, reader.links
    for mention in view.mentions:
        span = view.doc.char_span(mention.span.start, mention.span.end, alignment_mode="expand")
        if span is None or view.entities[mention.entity].type not in ("Article", "ScholarlyArticle"):
            continue
        i = span.start - 1
        while i > 0 and links.lower[i] in ("“", '"', "``", ",", ":", "‘"):
            i -= 1
        if i == span.start - 1 or i < 0 or links.sentence[i] != links.sentence[span.start]:
            continue
        owners = links.under(i, "possessor", "compound") if i not in view.at else [i]
        if i in view.at and "by" not in links.lower[max(i - 4, 0) : i]:
            continue
        for owner in owners:
            found = reader.mention(owner)
            if found is None or found == mention.entity:
                continue
            type_ = view.entities[found].type
            for predicate, wanted in (("author", "Person"), ("publishedBy", "Organisation")):
                if is_a(type_, (wanted,)):
                    evidence = (reader.evidence((i, span.start)),)
                    yield Statement(mention.entity, predicate, found, evidence, "titled-work", confidence=_CONFIDENCE)


def _described(reader: Reader, article_date: str | None) -> Iterator[Statement]:
    """ "a secret 2016 speech": its date, and in an article on a single leak what it is part of."""
    view = reader.view
    leak = _main_leak(reader)
    for mention in view.mentions:
        entity = view.entities[mention.entity]
        if not is_a(entity.type, ("LeakedDocument",)):
            continue
        span = view.doc.char_span(mention.span.start, mention.span.end, alignment_mode="expand")
        if span is None:
            continue
        before = view.doc[max(span.start - 3, span.sent.start) : span.end]
        evidence = (reader.evidence((span.start,)),)
        for where, value, _ in dates_in(before, article_date):
            if reader.links.head[where.root.i] in range(span.start, span.end) or where.root.i >= span.start:
                yield Statement(entity.id, "date", value, evidence, "document-dated", confidence=_CONFIDENCE)
        sent = view.doc[span.start].sent
        others = {e for e in reader.inside(range(sent.start, sent.end), _leak) if e != leak}
        if leak is not None and not others and any(t.lower_ in reader.lexicon.secret for t in before):
            yield Statement(entity.id, "partOf", leak, evidence, "secret-document", confidence=_GUESS)


def _leak(entity: LocalEntity) -> bool:
    return entity.type == "Leak"


def _main_leak(reader: Reader) -> str | None:
    """The leak that the document is about: its only one, or one it speaks of three times as often as of any other."""
    counts: dict[str, int] = {}
    for mention in reader.view.mentions:
        if reader.view.entities[mention.entity].type == "Leak":
            counts[mention.entity] = counts.get(mention.entity, 0) + 1
    ranked = sorted(counts, key=lambda e: -counts[e])
    if not ranked or (len(ranked) > 1 and counts[ranked[0]] < 3 * counts[ranked[1]]):
        return None
    return ranked[0]


def _holds(name: str, part: str) -> bool:
    return len(part) > 2 and re.search(rf"\b{re.escape(part)}\b", name) is not None and name != part
