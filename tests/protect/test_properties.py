"""What holds for every text: spans in range, no name left, everything else unchanged."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.authority import Entry
from kg.protect import Policy, protect
from kg.protect.redact import redaction
from kg.records import Claim, Resolved, Span

GIVEN = ["Qurban", "Meryem", "Dilshat", "Zulpiqar", "Patime"]
FAMILY = ["Tilek", "Osmanova", "Hoshur", "Hamdul", "Rozieva"]
PLAIN = [
    "The Harbour Papers were shown to the Daily Lantern.",
    "Ada Quill of Harbour Watch said so.",
    "Otto Brandt denied it on Monday.",
    "“Nothing happened,” Brandt said.",
    "More than 2,800 pictures are in Sandoria.",
]
SAID = [
    "{} was detained in 2017.",
    "A photo of {}, age 41, is there.",
    "Her brother, {}, was jailed.",
    "The list has 16-year-old {} on it.",
    "Guards photographed {} and took the number away.",
]
DISGUISES: list[Callable[[str], str]] = [
    str,
    str.upper,
    lambda name: f"{name}’s son",
    lambda name: name.replace(" ", "\n"),
    lambda name: name[:3] + "-\n" + name[3:],
    lambda name: "".join(c + "\u0301" if c in "aeiou" else c for c in name),
    lambda name: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name),
    lambda name: " ".join(reversed(name.split())),
    lambda name: "#" + name.replace(" ", ""),
    lambda name: name.replace("a", "а").replace("e", "е"),  # Cyrillic
]


def letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("а", "a").replace("е", "e"))
    return "".join(c for c in plain.casefold() if c.isalnum())


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[str], str, list[str]]:
    """An article that says a name plainly, others with disguises of it, and the plain sentences that are to stay."""
    name = f"{draw(st.sampled_from(GIVEN))} {draw(st.sampled_from(FAMILY))}"
    said = draw(st.sampled_from(SAID)).format(name)
    texts = [" ".join([*draw(st.lists(st.sampled_from(PLAIN), max_size=3)), said])]
    public = []
    for _ in range(draw(st.integers(1, 2))):
        before, after = (draw(st.lists(st.sampled_from(PLAIN), max_size=2)) for _ in range(2))
        disguised = draw(st.sampled_from(DISGUISES))(name)
        public += [*before, *after]
        texts.append(" ".join([*before, f"One page shows {disguised} there.", *after]))
    return texts, name, public


@settings(max_examples=150, deadline=None)
@given(drawn=corpora(), cuts=st.data())
def test_no_name_is_left_and_no_span_is_lost(
    policy: Policy,
    curated: dict[str, Entry],
    resolved: Callable[..., Resolved],
    drawn: tuple[list[str], str, list[str]],
    cuts: st.DataObject,
) -> None:
    texts, name, public = drawn
    rows = []
    for number, text in enumerate(texts):
        start = cuts.draw(st.integers(0, len(text) - 1))
        spans = (Span(start, cuts.draw(st.integers(start + 1, len(text)))),)
        rows.append(
            {"text": text, "id": f"{number}.txt", "slug": f"s{number}", "entities": {"e1": ("Person", ["Otto Brandt"])},
             "known": {"e1": "person/minister-brandt"}, "claims": [Claim("e1", "denies", (), spans, "r")]}
        )  # fmt: skip
    guarded = protect(resolved(*rows), policy=policy, authority=curated)
    for document, old in zip(guarded.resolved.documents, texts, strict=True):
        text = document.annotated.document.text
        for part in name.split():
            assert letters(part) not in letters(text), text
        for sentence in public:
            assert text.count(sentence) == old.count(sentence)
        for span in (*document.annotated.sentences, *document.annotated.claims[0].evidence):
            assert 0 <= span.start < span.end <= len(text)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), text=st.text(alphabet="ab é字.", min_size=1, max_size=60))
def test_a_redaction_keeps_what_it_does_not_cut(data: st.DataObject, text: str) -> None:
    ends = st.integers(0, len(text))
    cuts = [tuple(sorted((data.draw(ends), data.draw(ends)))) for _ in range(data.draw(st.integers(0, 4)))]
    done = redaction(text, [(a, b) for a, b in cuts if a < b], "[withheld]")
    start = data.draw(st.integers(0, len(text) - 1))
    old = Span(start, data.draw(st.integers(start + 1, len(text))))
    new = done.span(old)
    assert 0 <= new.start < new.end <= len(done.text)
    if not done.hidden(old):
        assert done.text[new.start : new.end] == text[old.start : old.end]
    else:
        assert "[withheld]" in done.text[new.start : new.end]
    assert len(done.text) == len(text) + sum(len("[withheld]") - (b - a) for a, b in done.cuts)
