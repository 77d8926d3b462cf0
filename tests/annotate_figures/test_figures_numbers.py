"""Numbers, what they count, and dates, over a blank pipeline."""

from __future__ import annotations

from decimal import Decimal

import pytest
import spacy

from kg.annotate.dates import dates_in
from kg.annotate.figures import find_figures
from kg.annotate.view import View
from kg.records import Document

NLP = spacy.blank("en")
NLP.add_pipe("sentencizer")


def figures(text: str) -> list[tuple[str, Decimal, Decimal | None, str]]:
    view = View(Document("a.txt", "a", text, "", "text/plain", "en"), NLP(text), {}, (), {})
    return [(f.comparator, f.value, f.max_value, f.measure) for f in find_figures(view)]


@pytest.mark.parametrize(
    ("text", "comparator", "value", "top", "measure"),
    [
        ("It holds over 5,000 photographs of men.", "moreThan", 5000, None, "photograph"),
        ("It holds 11.5 million documents.", "exactly", 11_500_000, None, "document"),
        ("It holds 11.5m files.", "exactly", 11_500_000, None, "file"),
        ("Nearly five thousand people fled.", "about", 5000, None, "person"),
        ("Up to one million Tarns were held.", "upTo", 1_000_000, None, "Tarn"),
        ("As many as 300 children vanished.", "upTo", 300, None, "child"),
        ("Between one and two million people left.", "between", 1_000_000, 2_000_000, "person"),
        ("Some 1-2 million people left.", "between", 1_000_000, 2_000_000, "person"),
        ("Some 1–2 million people left.", "between", 1_000_000, 2_000_000, "person"),
        ("One to two million people left.", "between", 1_000_000, 2_000_000, "person"),
        ("More than a dozen outlets read it.", "moreThan", 12, None, "outlet"),
        ("Two hundred and fifty thousand pages burned.", "exactly", 250_000, None, "page"),
        ("Twenty-five outlets read it.", "exactly", 25, None, "outlet"),
        ("Half a million emails were taken.", "exactly", 500_000, None, "email"),
        ("At least 2,800 of the people were held.", "moreThan", 2800, None, "person"),
        ("The leak shows that fifteen of the men were children.", "exactly", 15, None, "child"),
        ("Over 12 percent of adults were held.", "moreThan", 12, None, "percent of adults"),
        ("It says 12% of the town's adults were held.", "exactly", 12, None, "percent of adults"),
        ("It says “over two million” farmers left.", "moreThan", 2_000_000, None, "farmer"),
        ("It has 5,000 or more pages.", "moreThan", 5000, None, "page"),
        ("It has 300+ pages.", "moreThan", 300, None, "page"),
    ],
)
def test_a_quantity_is_read(text: str, comparator: str, value: int, top: int | None, measure: str) -> None:
    assert figures(text) == [(comparator, Decimal(value), None if top is None else Decimal(top), measure)]


@pytest.mark.parametrize(
    "text",
    [
        "In 2018 the 2018 speech was given on 15 June 2018.",
        "A 17-year-old boy and an 18 year-old student, age 32, aged 40.",
        "Thousands of photographs and dozens of men were seen.",
        "He came in second, on page 300, at 10:30, in the 21st week.",
        "One of them left for ten years and two reasons.",
        "Flight 370 and a Boeing 737 vanished; call 555-0199.",
    ],
)
def test_years_ages_dates_and_labels_are_no_figures(text: str) -> None:
    assert figures(text) == []


def test_what_an_elliptic_number_counts_is_the_thing_before() -> None:
    assert figures("They took 5,000 photos, including 2,884 of held men.") == [
        ("exactly", Decimal(5000), None, "photo"),
        ("exactly", Decimal(2884), None, "photo"),
    ]


@pytest.mark.parametrize(
    ("text", "article", "expected"),
    [
        ("It was on 15 June 2018.", None, "2018-06-15"),
        ("It was on June 15, 2018, and in May 2019.", None, "2018-06-15 2019-05"),
        ("A 2017 speech.", None, "2017"),
        ("He spoke on Tuesday.", "2022-05-26", "2022-05-24*"),
        ("He spoke on Tuesday.", None, ""),
        ("He spoke on Tuesday.", "2022-05", ""),
        ("It came yesterday, not last week.", "2022-05-26", "2022-05-25* 2022-05*"),
        ("It was leaked last year.", "2022", "2021*"),
        ("It was leaked in November.", "2022-05-26", "2021-11*"),
        ("She will visit in November.", "2022-05-26", "2022-11*"),
        ("Three years ago it began.", "2022-05-26", "2019*"),
        ("He fled on 3 May 2020. The day before, he had written.", None, "2020-05-03 2020-05-02*"),
        ("The day before the files came out she left.", "2022-05-26", ""),
        ("They may leave, then march on.", "2022-05-26", ""),
        ("It was on 31 February 2018.", None, ""),
    ],
)
def test_dates_are_as_precise_as_the_words(text: str, article: str | None, expected: str) -> None:
    found = dates_in(NLP(text)[:], article)
    assert " ".join(v.lexical + "*" * relative for _, v, relative in found) == expected
    for _, value, _ in found:
        assert value.datatype == {4: "gYear", 7: "gYearMonth", 10: "date"}[len(value.lexical)]
