"""Reported quantities: what is counted, how exactly, and what the count describes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kg.annotate.figures_measure import measured
from kg.annotate.figures_subject import described, main_leak
from kg.annotate.names_tokens import Words, words_of
from kg.annotate.numbers import Number, numbers_in
from kg.annotate.view import View
from kg.records import Figure, Span

_EVIDENCE_MAX = 400  # code points of a quotation
_SMALL = Decimal(5)  # an exact count below this is mostly a way of speaking ("two sides", "three of them")
_CONFIDENCE = {"words": Decimal("0.85"), "ellipsis": Decimal("0.6")}


def find_figures(view: View) -> tuple[Figure, ...]:
    """Every reported quantity of the document in the order of the text, the very same said twice given once.

    Years, dates, ages, times, ordinals and identifiers are no figures, nor are vague plurals ("thousands").
    Evidence is the sentence, cut to a window of at most 400 code points around the number.
    """
    words = words_of(view.doc)
    found: dict[tuple[object, ...], Figure] = {}
    last, main = "", main_leak(view)
    for number in numbers_in(words):
        what = measured(words, number, last)
        if what is None or _small(number) or (_money(number) and not _about_leak(view, words, number)):
            continue
        measure, noun, sure = what
        last = measure if sure else last
        figure = Figure(
            of=described(view, words, number, noun, measure, main=main),
            value=number.value,
            comparator=number.comparator,
            measure=measure,
            evidence=(evidence(view, words, number, noun),),
            rule="figure" if sure else "figure-ellipsis",
            max_value=number.max_value,
            confidence=_CONFIDENCE["words" if sure else "ellipsis"],
        )
        found.setdefault((figure.of, figure.value, figure.max_value, figure.comparator, figure.measure), figure)
    return tuple(found.values())


def _small(number: Number) -> bool:
    return not number.unit and number.value < _SMALL and number.max_value is None and number.comparator == "exactly"


def _money(number: Number) -> bool:
    return number.unit not in ("", "percent")


def _about_leak(view: View, words: Words, number: Number) -> bool:
    """Whether the number's sentence speaks of a leak or a leaked document; other sums are no business of ours."""
    return any(
        view.entities[e].type in ("Leak", "LeakedDocument", "Speech") for e in _entities_near(view, words, number)
    )


def _entities_near(view: View, words: Words, number: Number) -> Iterator[str]:
    for token in words.tokens[number.core].sent:
        if token.i in view.at:
            yield view.at[token.i]


def evidence(view: View, words: Words, number: Number, noun: int) -> Span:
    """The sentence of the number, or a window of it that holds number and noun."""
    sentence = view.sentence(words.tokens[number.core])
    if sentence.end - sentence.start <= _EVIDENCE_MAX:
        return sentence
    first, last = words.tokens[number.start], words.tokens[max(noun, number.end - 1)]
    spare = max(0, _EVIDENCE_MAX - (last.idx + len(last.text) - first.idx)) // 2
    start, end = max(sentence.start, first.idx - spare), min(sentence.end, last.idx + len(last.text) + spare)
    text = view.article.text
    if start > sentence.start:
        start = next((i + 1 for i in range(start, first.idx) if text[i].isspace()), first.idx)
    if end < sentence.end:
        stop = last.idx + len(last.text)
        end = next((i for i in range(end - 1, stop, -1) if text[i].isspace()), stop)
    return Span(start, min(end, start + _EVIDENCE_MAX))
