"""Protect on hand-made records: protected people opaque everywhere, public people all there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest

from kg.authority import Entry
from kg.protect import Policy, protect, redact
from kg.records import Claim, Field, Figure, Guarded, Position, Resolved, Span, Statement, Value

Make = Callable[..., Resolved]
MARK = "[withheld]"


@pytest.fixture
def guard(policy: Policy, curated: dict[str, Entry], make: Make) -> Callable[..., Guarded]:
    """Protects hand-made texts under the shipped policy and the small authority."""
    return lambda *texts, **more: protect(make(*texts), policy=policy, authority=curated, **more)


def shown(guarded: Guarded) -> str:
    """Everything that may leave the restricted folder."""
    return repr(asdict(guarded.resolved)) + repr(guarded.withdrawn)


def text_of(guarded: Guarded, number: int = 0) -> str:
    return guarded.resolved.documents[number].annotated.document.text


DETAINEE = {"e1": ("Person", ["Qurban Tilek"])}


def test_a_detainee_becomes_an_opaque_entity_with_a_role(guard: Callable[..., Guarded]) -> None:
    guarded = guard({"text": "Qurban Tilek was detained in 2017. Ada Quill wrote about it.", "entities": DETAINEE})
    assert [(e.path, e.type, e.label, e.aliases, e.role) for e in guarded.resolved.entities] == [
        ("id/protected/a-1", "ProtectedPerson", "", (), "detainee")
    ]
    assert text_of(guarded) == f"{MARK} was detained in 2017. Ada Quill wrote about it."
    (document,) = guarded.resolved.documents
    assert document.paths == {"e1": "id/protected/a-1"}
    assert document.annotated.entities[0].names == ()
    (mention,) = document.annotated.mentions
    assert mention.span == Span(0, len(MARK))
    assert guarded.withheld[0].names == ("Qurban Tilek",)


@pytest.mark.parametrize(
    ("sentence", "role"),
    [
        ("A photo of Qurban Tilek shows him in handcuffs.", "detainee"),
        ("Qurban Tilek, who was held in a camp, is ill.", "detainee"),
        ("Police detained Qurban Tilek in May.", "detainee"),
        ("The detainee Qurban Tilek has not been seen since.", "detainee"),
        ("Qurban Tilek’s spreadsheet entry is short.", "detainee"),
        ("Qurban Tilek was later sentenced to ten years.", "prisoner"),
        ("The jailed poet Qurban Tilek is ill.", "prisoner"),
        ("Among them is 16-year-old Qurban Tilek.", "minor"),
        ("The schoolboy Qurban Tilek was among them.", "minor"),
        ("Qurban Tilek, 15, was among them.", "minor"),
        ("Qurban Tilek is only 15 and cannot read.", "minor"),
        ("Her brother Qurban Tilek called from abroad.", "relative"),
        ("Qurban Tilek, the wife of a farmer, called from abroad.", "relative"),
        ("A camp survivor, Qurban Tilek, spoke in court.", "witness"),
        ("Qurban Tilek, a baker in the town, likes football.", "unspecified"),
        ("Among them is Qurban Tilek, a baker who was jailed for nine years for a song.", "prisoner"),
        ("Qurban Tilek likes football. The inmates hear of it. The other detainees laugh.", "unspecified"),
    ],
)
def test_the_words_around_a_name_give_the_role(guard: Callable[..., Guarded], sentence: str, role: str) -> None:
    guarded = guard({"text": sentence, "entities": DETAINEE})
    assert [e.role for e in guarded.resolved.entities] == [role]
    assert "Tilek" not in shown(guarded)


@pytest.mark.parametrize(
    "sentence",
    [
        "Foreign Minister Qurban Tilek said that the prisoners were well.",
        "Qurban Tilek, a spokesman for the ministry, denied that anybody was detained.",
        "Qurban Tilek, a professor at the Coastal University, has seen the photographs of detainees.",
        "A photo of President Qurban Tilek hangs in every cell.",
        "Qurban Tilek from the Daily Lantern described the photographs of inmates.",
        "The photographs of detainees terrified Qurban Tilek. The nurse and deputy director of a fund fears more.",
        "The former governor Qurban Tilek was sentenced to ten years.",
        "Qurban Tilek, former head of education, got a death sentence.",
    ],
)
def test_people_who_act_in_public_are_shown_beside_detainees(guard: Callable[..., Guarded], sentence: str) -> None:
    entities = {**DETAINEE, "e2": ("MediaOutlet", ["Daily Lantern"])}
    guarded = guard({"text": sentence, "entities": entities, "known": {"e2": "organisation/daily-lantern"}})
    assert text_of(guarded) == sentence
    assert "id/person/qurban-tilek" in {e.path for e in guarded.resolved.entities}


def test_a_jailed_journalist_is_public_only_by_the_authority(
    policy: Policy, curated: dict[str, Entry], make: Make
) -> None:
    text = "The journalist Qurban Tilek was sentenced to ten years."
    unknown = protect(make({"text": text, "entities": DETAINEE}), policy=policy, authority=curated)
    assert "Tilek" not in shown(unknown)
    entry = Entry("person/qurban-tilek", "Person", "Qurban Tilek", "curator")
    corpus = make({"text": text, "entities": DETAINEE, "known": {"e1": "person/qurban-tilek"}})
    known = protect(corpus, policy=policy, authority={**curated, entry.id: entry})
    assert text_of(known) == text


def test_authors_are_public(guard: Callable[..., Guarded]) -> None:
    text = "By Qurban Tilek\n\nMy brother was detained."
    guarded = guard({"text": text, "entities": DETAINEE, "authors": ["Qurban Tilek"]})
    assert text_of(guarded).startswith("By Qurban Tilek")


@pytest.mark.parametrize("position", ["student", "inmate", "farmer", "driver"])
def test_a_position_that_is_not_public_does_not_make_a_person_public(
    guard: Callable[..., Guarded], position: str
) -> None:
    text = "Qurban Tilek worked hard."
    row = Position("e1", position, (Span(0, len(text)),), "r")
    guarded = guard({"text": text, "entities": DETAINEE, "positions": [row]})
    assert [e.role for e in guarded.resolved.entities] == ["unspecified"]
    assert guarded.resolved.documents[0].annotated.positions == ()


VARIANTS = [
    "Qurban Tilek’s brother",
    "QURBAN TILEK",
    "Tilek",
    "Qurban",
    "the Tileks",
    "Tilek, Qurban",
    "TILEK Qurban",
    "Q. Tilek",
    "Tilek, Q.",
    "Qurban\nTilek",
    "Qurban Ti-\nlek",
    "Qur-\nban Tilek",
    "Qurban Ti-lek",
    "Qurban-Tilek",
    "qurban_tilek",
    "#FreeQurbanTilek",
    "#freequrbantilek",
    "Qurbán Tîlek",
    "Qurba\u0301n Tilek",
    "Kurban Tilek",
    "Qurban Tylek",
    "Qurbaan Tillek",
    "Ｑｕｒｂａｎ Ｔｉｌｅｋ",
    "𝐐𝐮𝐫𝐛𝐚𝐧 𝐓𝐢𝐥𝐞𝐤",
    "Qurbаn Tіlеk",  # Cyrillic look-alikes
    "Курбан Тилек",
    "Q u r b a n   T i l e k",
    "T I L E K",
    "Qurban Tilek (قۇربان تىلەك)",
    "Qurban Tilek (Chinese: 库尔班; Uyghur: قۇربان)",
    "库尔班 (Qurban Tilek)",
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_form_of_a_name_is_withheld_in_every_article(guard: Callable[..., Guarded], variant: str) -> None:
    first = {"text": "Qurban Tilek was detained.", "entities": DETAINEE}
    other = {"text": f"Ada Quill told the Daily Lantern that {variant} is well.", "id": "b.txt", "slug": "b"}
    text = text_of(guard(first, other), 1)
    assert text.startswith("Ada Quill told the Daily Lantern that "), text
    rest = text.removeprefix("Ada Quill told the Daily Lantern that ").removesuffix(" is well.")
    for known in ("the ", "#", "Free", "free", "’s brother", "Chinese", "Uyghur", "s", MARK, " ", "(", ")", ":", ";"):
        rest = rest.replace(known, "")
    assert rest == "", text


def test_a_form_in_another_script_is_learned_beside_the_name(guard: Callable[..., Guarded]) -> None:
    first = {"text": "Qurban Tilek (库尔班) was detained.", "entities": DETAINEE}
    other = {"text": "A note says 库尔班 and nothing else.", "id": "b.txt", "slug": "b"}
    assert text_of(guard(first, other), 1) == f"A note says {MARK} and nothing else."


UNSEEN = [
    "A photo of Qurban Tilek, age 41 in 2018, who was sentenced for a journey.",
    "The detainees include Qurban Tilek and Meryem Osman.",
    "Officers photographed Qurban Tilek with a board in his hands.",
    "Minors such as 17-year-old Qurban Tilek were held there.",
    "One of the inmates, Qurban Tilek, wept.",
    "His father, Qurban Tilek, was taken away.",
    "[…] Qurban Tilek’s file lists a journey.",
]


@pytest.mark.parametrize("sentence", UNSEEN)
def test_a_name_that_nothing_recognised_is_withheld_beside_custody(
    guard: Callable[..., Guarded], sentence: str
) -> None:
    guarded = guard({"text": f"{sentence}\n\nAda Quill says that Tilek is not alone in Sandoria."})
    everything = shown(guarded)
    for part in ("Qurban", "Tilek", "Meryem", "Osman"):
        assert part not in everything
    assert "Ada Quill says that" in everything


def test_a_name_taken_for_an_organisation_is_protected(guard: Callable[..., Guarded]) -> None:
    text = "Qurban Tilek was detained. Harbour Watch has the file."
    entities = {"e1": ("Organisation", ["Qurban Tilek"]), "e2": ("Organisation", ["Harbour Watch"])}
    guarded = guard({"text": text, "entities": entities, "known": {"e2": "organisation/harbour-watch"}})
    assert [e.path for e in guarded.resolved.entities] == ["id/organisation/harbour-watch", "id/protected/a-1"]
    assert "Tilek" not in shown(guarded)


def test_public_names_survive_in_sentences_about_custody(guard: Callable[..., Guarded]) -> None:
    text = (
        "Ada Quill of Harbour Watch (HW) said that Sandorian police detained Qurban Tilek in Westport. "
        "The Ministry of Justice told the Daily Lantern that nobody was sentenced. "
        "Photographs of inmates, Otto Brandt said on Tuesday, are false. "
        "The Harbour Papers hold mugshots from Sandoria, says Jane Roe, an analyst at the Coastal Institute."
    )
    assert text_of(guard({"text": text})) == text.replace("Qurban Tilek", MARK)


def test_a_given_name_shared_with_a_public_person_is_withheld_where_the_protected_one_is(
    guard: Callable[..., Guarded],
) -> None:
    text = "Ada Tilek was detained. Ada wept. Ada Quill said so."
    guarded = guard({"text": text, "entities": {"e1": ("Person", ["Ada Tilek"])}})
    assert text_of(guarded) == f"{MARK} was detained. {MARK} wept. Ada Quill said so."
    assert text_of(guard({"text": "Ada wrote to Quill."})) == "Ada wrote to Quill."


def test_identifying_details_go_with_the_name(guard: Callable[..., Guarded]) -> None:
    text = (
        "Qurban Tilek, 41, born on 3.4.1977 in Alder Village, ID number 652901197704031234, was detained. "
        "The records cover 41 villages."
    )
    expected = text_of(guard({"text": text, "entities": DETAINEE}))
    for detail in ("41,", "1977", "Alder", "6529"):
        assert detail not in expected
    aged = text_of(guard({"text": "Inmate 2281, Qurban Tilek, is 63 and ill.", "entities": DETAINEE}))
    assert aged == f"{MARK}, {MARK}, {MARK} and ill."
    assert expected.endswith("was detained. The records cover 41 villages.")


def test_titles_paths_slugs_addresses_and_labels_are_redacted(guard: Callable[..., Guarded]) -> None:
    text = "Qurban Tilek was detained. The Letters of Qurban Tilek are lost."
    guarded = guard(
        {
            "text": text,
            "entities": {**DETAINEE, "e2": ("Article", ["The Letters of Qurban Tilek"])},
            "id": "people/qurban-tilek_detained.txt",
            "slug": "qurban-tilek-detained",
            "title": Field("What happened to Qurban Tilek", "people/qurban-tilek_detained.txt"),
            "url": Field("https://news.example/tilek-detained", "people/qurban-tilek_detained.txt"),
        }
    )
    (document,) = guarded.resolved.documents
    article = document.annotated.document
    assert article.id == f"people/{MARK}_detained.txt"
    assert article.slug == "withheld-detained"
    assert article.title == Field(f"What happened to {MARK}", article.id)
    assert article.url is None
    assert {e.path for e in guarded.resolved.entities} == {
        "id/protected/withheld-detained-1",
        "id/work/withheld-detained-withheld-1",
    }
    everything = shown(guarded).casefold()
    assert "tilek" not in everything
    assert "qurban" not in everything


def test_a_title_in_a_language_that_the_policy_cannot_read_is_withheld(guard: Callable[..., Guarded]) -> None:
    title = Field("Qurban Tilek verhaftet", "a.txt")
    guarded = guard({"text": "Er wurde verhaftet.", "title": title, "language": "de"})
    assert guarded.resolved.documents[0].annotated.document.title is None


def test_facts_about_protected_people_are_dropped_and_others_kept(guard: Callable[..., Guarded]) -> None:
    text = "Ada Quill said that Qurban Tilek, 41, was detained. The Harbour Papers of 2018 hold 41 files."
    whole = (Span(0, text.index(".") + 1),)
    rest = (Span(text.index("The H"), len(text)),)
    guarded = guard(
        {
            "text": text,
            "entities": {
                "e1": ("Person", ["Ada Quill"]),
                "e2": ("Person", ["Qurban Tilek"]),
                "e3": ("Leak", ["Harbour Papers"]),
            },
            "known": {"e1": "person/ada-quill", "e3": "leak/harbour-papers"},
            "statements": [
                Statement("e2", "affiliatedWith", "e1", whole, "r"),
                Statement("e3", "implicates", "e1", rest, "r", attributed_to="e2"),
                Statement("e3", "date", Value("2018", "gYear"), rest, "r"),
            ],
            "claims": [
                Claim("e1", "asserts", ("e2", "e3"), whole, "r", quotation=Span(20, 40)),
                Claim("e2", "asserts", ("e3",), whole, "r"),
            ],
            "figures": [
                Figure("e3", Decimal(41), "exactly", "year", whole, "r"),
                Figure("e3", Decimal(41), "exactly", "file", rest, "r"),
                Figure("e2", Decimal(1), "exactly", "file", rest, "r"),
            ],
        }
    )
    annotated = guarded.resolved.documents[0].annotated
    assert [(s.predicate, s.attributed_to) for s in annotated.statements] == [("implicates", None), ("date", None)]
    assert [(c.claimant, c.about) for c in annotated.claims] == [("e1", ("e3",))]
    assert [f.measure for f in annotated.figures] == ["file"]
    evidence = annotated.figures[0].evidence[0]
    assert annotated.document.text[evidence.start : evidence.end] == "The Harbour Papers of 2018 hold 41 files."


def test_numbers_follow_the_first_mention_and_one_person_keeps_one_number(guard: Callable[..., Guarded]) -> None:
    people = {"e1": ("Person", ["Meryem Osman"]), "e2": ("Person", ["Qurban Tilek"])}
    first = {"text": "Qurban Tilek and Meryem Osman were detained.", "entities": people}
    second = {"text": "Meryem Osman and Aynur Sadiq were detained.", "id": "b.txt", "slug": "b",
              "entities": {"e1": ("Person", ["Meryem Osman"]), "e2": ("Person", ["Aynur Sadiq"])}}  # fmt: skip
    guarded = guard(first, second)
    assert [d.paths for d in guarded.resolved.documents] == [
        {"e1": "id/protected/a-2", "e2": "id/protected/a-1"},
        {"e1": "id/protected/a-2", "e2": "id/protected/b-1"},
    ]


def test_strings_from_outside_are_redacted_by_what_the_corpus_withholds(guard: Callable[..., Guarded]) -> None:
    guarded = guard({"text": "Qurban Tilek was detained. Ada Quill wrote.", "entities": DETAINEE})
    assert redact("people/qurban-tilek.pdf", guarded) == f"people/{MARK}.pdf"
    assert redact("its text is the same as that of TILEK.txt", guarded) == f"its text is the same as that of {MARK}.txt"
    assert redact("ada-quill.pdf", guarded) == "ada-quill.pdf"


def test_protecting_twice_changes_nothing(guard: Callable[..., Guarded], policy: Policy, curated: Any) -> None:
    once = guard({"text": "Qurban Tilek, 41, was detained. Ada Quill wrote.", "entities": DETAINEE})
    twice = protect(once.resolved, policy=policy, authority=curated)
    assert [d.annotated.document.text for d in twice.resolved.documents] == [
        d.annotated.document.text for d in once.resolved.documents
    ]
