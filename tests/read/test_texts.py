"""What is left of a page: the article, its sentences whole, and metadata with spans that are exact."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.read import read
from kg.read.byline import find_date, find_headline, read_text
from kg.read.language import detect
from kg.read.rules import languages, rules
from kg.read.tidy import blocks, characters, heal, unwrap
from kg.records import Document, Field, Original, Span
from kg.settings import Settings

LONG = "The harbour office kept a list of more than forty ships, and nobody in the town was told of it until Tuesday."
MORE = "On Wednesday the mayor said that the list was genuine, and that he had known of it for at least two years."


def only(tmp_path: Path, text: str, name: str = "a.txt") -> Document:
    (tmp_path / name).write_text(text, "utf-8")
    item = next(item for item in read(tmp_path, settings=Settings()) if item.id == name)
    assert isinstance(item, Document), item
    return item


def paragraphs(document: Document) -> list[str]:
    return document.text.split("\n\n")


def test_a_sentence_cut_by_blank_lines_is_made_whole(tmp_path: Path) -> None:
    text = f"{LONG}\n\nThe ships had come from Westport,\n\nEastport and other towns\n\nalong the coast. {MORE}"
    whole = f"The ships had come from Westport, Eastport and other towns along the coast. {MORE}"
    assert paragraphs(only(tmp_path, text)) == [LONG, whole]


def test_lines_wrapped_at_a_margin_are_joined_and_hyphens_mended(tmp_path: Path) -> None:
    text = (
        "The harbour office kept a list of more than forty ships, and no-\n"
        "body in the town was told of it until a long-awaited report came\n"
        "out on Tuesday. The report is well-known by now, and its long-\n"
        "awaited second part is to follow in the autumn of this very year.\n"
    )
    (line,) = paragraphs(only(tmp_path, text))
    assert "and nobody in the town" in line
    assert "its long-awaited second part" in line
    assert "\n" not in line


def test_lines_that_are_paragraphs_are_not_joined(tmp_path: Path) -> None:
    assert paragraphs(only(tmp_path, f"{LONG}\n{MORE}\n{LONG} Again.")) == [LONG, MORE, f"{LONG} Again."]


def test_headings_and_captions_stay_paragraphs_of_their_own(tmp_path: Path) -> None:
    caption = "A ship in port [Courtesy of the office]"
    text = f"Ships and lists\n\n{LONG}\n\nWhat the mayor said\n{MORE}\n\n{caption}\n\n{LONG} Yes."
    assert paragraphs(only(tmp_path, text))[2:5] == [
        "What the mayor said",
        MORE,
        caption,
    ]


def test_invisible_and_control_characters_go_and_forms_are_normal(tmp_path: Path) -> None:
    text = f"\ufeffCafe\u0301\u200b \u202eand\u202c\u00a0\u2003har\u00adbour\x07 are here.\r\nNext\u2028{LONG}\x85"
    document = only(tmp_path, text)
    assert document.text.startswith("Café and harbour are here.")
    assert not set(document.text) & set("\ufeff\u200b\u202e\u202c\u00a0\u00ad\x07\r\u2028\x85")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marked_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("Der Bürgermeister sprach. Café und Übung.".encode(encoding))
    (item,) = read(tmp_path, settings=Settings())
    assert isinstance(item, Document)
    assert item.text == "Der Bürgermeister sprach. Café und Übung."


FURNITURE = f"""Skip to content
Home
World
Sport
Sign in

Ships were kept on a list

By Jane Roe

{LONG}

Advertisement

RELATED:
Who needs a list of ships? Other ports ask

Share this article
Facebook
Twitter

{MORE}

Subscribe to our newsletter for the best stories in your inbox.

Together we are strong.

Your donation will help us to continue our work. We need your support.

3 Comments
Newest
Sam
The list is a lie, and the paper knows it well, as everybody in the town does.
"""


def test_page_furniture_is_removed(tmp_path: Path) -> None:
    assert paragraphs(only(tmp_path, FURNITURE)) == ["Ships were kept on a list", "By Jane Roe", LONG, MORE]


def test_a_heading_like_a_footer_does_not_cut_an_article_short(tmp_path: Path) -> None:
    text = f"Ships\n\n{LONG}\n\nComments\n\n{MORE}\n\n{LONG} So it was.\n\n{MORE} So it was."
    assert len(paragraphs(only(tmp_path, text))) == 6


def test_a_caption_given_twice_is_kept_once(tmp_path: Path) -> None:
    one = "A ship in the port of Westport, taken in 2018. Photo courtesy of the harbour office."
    two = "A ship in the port of Westport, taken in 2018 [Courtesy of the harbour office]"
    assert paragraphs(only(tmp_path, f"Ships\n\n{one}\n{two}\n\n{LONG}"))[1:] == [two, LONG]
    once = "Ships in the port of Westport. Credit: Harbour office."
    assert paragraphs(only(tmp_path, f"Ships\n\n{once}{once} Used.\n\n{LONG}"))[1] == f"{once} Used."


def test_a_picture_credit_at_the_end_stays(tmp_path: Path) -> None:
    assert paragraphs(only(tmp_path, f"{LONG}\n\n{MORE}\n\nPhoto: Jane Roe/Agency"))[-1] == "Photo: Jane Roe/Agency"


def test_short_lines_at_the_end_go_but_who_published_it_stays(tmp_path: Path) -> None:
    document = only(tmp_path, f"{LONG}\n\n{MORE}\n\nSource: Coast News\n\nOpen popup\n\nLife on board")
    assert paragraphs(document) == [LONG, MORE, "Source: Coast News"]
    assert document.publisher is not None
    assert document.publisher.value == "Coast News"


@pytest.mark.parametrize(
    ("line", "authors", "date"),
    [
        ("By Jane Roe", ["Jane Roe"], None),
        ("By: JANE ROE", ["JANE ROE"], None),
        ("By Jane Roe and John D’Arcy-Smith", ["Jane Roe", "John D’Arcy-Smith"], None),
        ("Written by Jane Roe, Ali bin Omar and J. R. Doe", ["Jane Roe", "Ali bin Omar", "J. R. Doe"], None),
        ("By Jane Roe | May 25, 2022", ["Jane Roe"], "2022-05-25"),
        ("By Jane Roe - 3 June 2021", ["Jane Roe"], "2021-06-03"),
        ("By Jane Roe, Coast News", ["Jane Roe"], None),
        ("By Jane Roe, Cyber Desk", ["Jane Roe"], None),
        ("Jane Roe in Westport (now) and John Doe (earlier)\nFri 14 Apr 2023", ["Jane Roe", "John Doe"], "2023-04-14"),
        ("Jane Roe\nTransport correspondent", ["Jane Roe"], None),
        ("Jane Roe\nTransport correspondent\nMon 11 Jul 2022 06.00 BST", ["Jane Roe"], "2022-07-11"),
        ("By Jane Roe\nAfrica correspondent, Coast News\nPublished\n20 July 2021", ["Jane Roe"], "2021-07-20"),
        ("Posted by Jane Roe on 4 October 2021", ["Jane Roe"], "2021-10-04"),
        ("Issue 88 · 3 March 2024", [], "2024-03-03"),
        ("Updated 31 March 2023, 14:20 CET", [], "2023-03-31"),
        ("Published 5/25/2022", [], "2022-05-25"),
        ("Published 5/6/2022", [], None),
        ("Published 2021-06-03", [], "2021-06-03"),
        ("Last updated: 3rd Sept. 2021, 10:32 GMT", [], "2021-09-03"),
        ("June 2021", [], "2021-06"),
    ],
)  # fmt: skip
def test_bylines_and_date_lines_are_read(tmp_path: Path, line: str, authors: list[str], date: str | None) -> None:
    document = only(tmp_path, f"Ships were on a list\n\n{line}\n\n{LONG}")
    assert [field.value for field in document.authors] == authors
    assert (document.date.value if document.date else None) == date
    for field in document.authors:
        assert isinstance(field.origin, Span)
        assert document.text[field.origin.start : field.origin.end] == field.value


def test_full_names_above_a_date_are_a_byline(tmp_path: Path) -> None:
    text = f"Ships were on a list\n\nJane Roe and John Doe\nCoast News, Friday 3 June 2021\n\n{LONG}"
    document = only(tmp_path, text)
    assert [field.value for field in document.authors] == ["Jane Roe", "John Doe"]
    assert document.date is not None
    assert document.date.value == "2021-06-03"


@pytest.mark.parametrize(
    ("text", "publisher"),
    [
        (f"WESTPORT, April 5 (Harbour Wire) - {LONG}", "Harbour Wire"),
        (f"(Harbour Wire) - {LONG}", "Harbour Wire"),
        (f"WESTPORT (AFP) — {LONG}", "AFP"),
        (f"By Jane Roe\nAfrica correspondent, Coast News\n\n{LONG}", "Coast News"),
        (f"By Jane Roe, Coast News\n\n{LONG}", "Coast News"),
        (f"The office (Harbour Watch) - {LONG}", None),
        (f"By Jane Roe, Cyber Desk\n\n{LONG}", None),
    ],
)
def test_publishers_are_read_from_datelines_and_role_lines(tmp_path: Path, text: str, publisher: str | None) -> None:
    document = only(tmp_path, f"Ships were on a list\n\n{text}\n\n{MORE}")
    assert (document.publisher.value if document.publisher else None) == publisher
    if document.publisher:
        assert isinstance(document.publisher.origin, Span)
        assert document.text[document.publisher.origin.start : document.publisher.origin.end] == publisher


def test_a_dateline_stands_apart_from_the_first_sentence(tmp_path: Path) -> None:
    document = only(tmp_path, f"Ships were on a list\n\n(Westport, 25 October 2010) – {LONG}\n\n{MORE}")
    assert paragraphs(document) == ["Ships were on a list", "(Westport, 25 October 2010) –", LONG, MORE]
    assert document.date is not None
    assert document.date.value == "2010-10-25"


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("(Reporting by Jane Roe in Westport and John Doe in Eastport; Editing by Ann Poe)", ["Jane Roe", "John Doe"]),
        ("— Jane Roe", ["Jane Roe"]),
    ],
)
def test_authors_are_read_from_the_end(tmp_path: Path, line: str, authors: list[str]) -> None:
    document = only(tmp_path, f"Ships were on a list\n\n{LONG}\n\n{MORE}\n\n{line}")
    assert [field.value for field in document.authors] == authors


def test_labels_above_a_headline_are_no_headline(tmp_path: Path) -> None:
    for label in ("LIVE – updated at 17:40 EDT", "PRESS RELEASE", "Analysis"):
        document = only(tmp_path, f"{label}\n\nShips were on a list\n\n{LONG}\n\n{MORE}")
        assert document.title is not None
        assert document.title.value == "Ships were on a list"


@pytest.mark.parametrize(
    "line", ["By the river the ships lay.", "By Tuesday nobody knew", "On May 25, 2022, the ships left."]
)
def test_other_lines_are_no_bylines(tmp_path: Path, line: str) -> None:
    document = only(tmp_path, f"Ships were on a list\n\n{line}\n\n{LONG}")
    assert document.authors == ()
    assert document.date is None


@pytest.mark.parametrize("line", ["31 June 2021", "2021-13-01", "May 99, 2022", "25 of Maybe 2022"])
def test_what_is_no_date_is_not_taken_for_one(line: str) -> None:
    found = find_date(line)
    assert found is None or found[0] == "2021-06"


MARKDOWN = """---
title: Ships on a list
publisher: leakgraph
date: 2022-06-01
language: en
original:
  title: "The ships"
  publisher: Coast News
  authors: [Jane Roe, John Doe]
  date: 2022-05-25
  url: https://coast.example/ships
---

# Ships on a list

The **harbour** office kept a [list](https://x.example "title") of *forty*
ships, and `nobody` was told.[^1]

> On Wednesday the mayor said &ldquo;no&rdquo;.

- one ship was sold
- another was lost

![A ship](ship.jpg)

| a | b |
|---|---|

```
code
```

[^1]: A note.
<!-- a remark -->
"""


def test_markdown_becomes_plain_text_and_front_matter_metadata(tmp_path: Path) -> None:
    document = only(tmp_path, MARKDOWN, "digest.md")
    assert paragraphs(document)[:5] == [
        "Ships on a list",
        "The harbour office kept a list of forty ships, and nobody was told.",
        "On Wednesday the mayor said “no”.",
        "one ship was sold",
        "another was lost",
    ]
    assert document.title == Field("Ships on a list", "digest.md")
    assert document.date == Field("2022-06-01", "digest.md")
    assert document.publisher == Field("leakgraph", "digest.md")
    assert document.original == Original(
        "The ships", "Coast News", ("Jane Roe", "John Doe"), "2022-05-25", "https://coast.example/ships"
    )


PAGE = f"""<!DOCTYPE html><html lang="en-GB"><head><title>Ships on a list | Coast News</title>
<meta property="og:title" content="Ships on a list"><meta property="og:site_name" content="Coast News">
<meta name="author" content="Jane Roe"><meta property="article:published_time" content="2022-05-24T22:00:00+01:00">
<link rel="canonical" href="https://coast.example/ships"><script>alert("no")</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li></ul></nav>
<article><h1>Ships on a list</h1><p>{LONG}</p><h2>The mayor</h2><p>{MORE}</p></article>
<aside><p>Related: other ships</p></aside><footer><p>Copyright Coast News</p></footer></body></html>"""


def test_html_gives_the_article_and_the_heads_metadata(tmp_path: Path) -> None:
    document = only(tmp_path, PAGE, "page.html")
    assert paragraphs(document) == ["Ships on a list", LONG, "The mayor", MORE]
    assert document.title == Field("Ships on a list", "page.html")
    assert document.authors == (Field("Jane Roe", "page.html"),)
    assert document.date == Field("2022-05-24", "page.html")
    assert document.publisher == Field("Coast News", "page.html")
    assert document.url == Field("https://coast.example/ships", "page.html")
    assert document.language == "en-GB"


def test_html_in_a_declared_encoding_is_read(tmp_path: Path) -> None:
    page = PAGE.replace("<head>", '<head><meta charset="iso-8859-1">').replace("mayor said", "mayor of Zürich said")
    (tmp_path / "page.html").write_bytes(page.encode("latin-1"))
    (item,) = read(tmp_path, settings=Settings())
    assert isinstance(item, Document)
    assert "mayor of Zürich said" in item.text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (LONG, "en"),
        ("Der Bürgermeister sagte, dass die Liste echt ist und dass er sie seit Jahren kennt.", "de"),
        ("Le maire a dit que la liste est vraie et qu’il la connaît depuis des années.", "fr"),
        ("El alcalde dijo que la lista es verdadera y que la conoce desde hace años.", "es"),
        ("Мэр сказал, что список настоящий и что он знает о нём уже много лет.", "ru"),
        ("市长说这份名单是真的。他已经知道很多年了。", "zh"),
        ("市長はこの名簿が本物だと言いました。", "ja"),
        ("시장은 그 명단이 진짜라고 말했다.", "ko"),
        ("قال العمدة إن القائمة حقيقية وإنه يعرفها منذ سنوات على الأقل.", "ar"),
        ("xqz vbn mnb lkj hgf dsa.", "und"),
        ("12345.", "und"),
    ],
)
def test_languages_are_told_apart(text: str, language: str) -> None:
    assert detect(text, languages()) == language


def test_a_language_that_the_metadata_gets_wrong_is_noted(tmp_path: Path) -> None:
    text = "Der Bürgermeister sagte, dass die Liste echt ist. Er kennt sie seit vielen Jahren."
    assert only(tmp_path, text).language == "de"
    document = only(tmp_path, f"---\nlanguage: en\n---\n\n{text} Ja.", "b.md")
    assert document.language == "en"
    assert document.notes == ("said to be in en, looks like de",)


words = st.sampled_from(
    ["Ship", "ships", "the", "By", "Jane", "Roe", "and", "|", "May 25, 2022", "said.", "Source:", "é", "狼"]
)
lines = st.lists(words, max_size=12).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, min_size=1, max_size=8).map("\n".join) | st.text(max_size=200))
def test_spans_are_exact_whatever_the_text(text: str) -> None:
    groups = heal(unwrap(blocks(characters(text))))
    kept = [line for group in groups for line in group]
    joined = "\n\n".join(kept)
    said = read_text(joined, kept, find_headline(kept, rules()), rules())
    for field in (said.title, said.publisher, *said.authors):
        if field:
            assert isinstance(field.origin, Span)
            assert joined[field.origin.start : field.origin.end] == field.value
    if said.date:
        assert isinstance(said.date.origin, Span)
        assert said.date.value[:4] in joined[said.date.origin.start : said.date.origin.end]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_tidying_is_idempotent(text: str) -> None:
    once = characters(text)
    assert characters(once) == once


@pytest.mark.shared
def test_the_source_articles_are_read_without_their_furniture(shared: Path) -> None:
    documents = {d.id[:3]: d for d in read(shared / "articles", settings=Settings()) if isinstance(d, Document)}
    assert sorted(documents) == ["000", "001", "002", "003", "004"]
    for document in documents.values():
        text = document.text.casefold()
        for furniture in ("top of page", "bottom of page", "google ads", "open popup", "1 comment", "notify of",
                          "subscribe to", "readers like you", "need your support", "related:"):  # fmt: skip
            assert furniture not in text, (document.id, furniture)
        assert document.language == "en"
        assert document.title is not None
        assert document.text.startswith(document.title.value)
        assert all(line[-1] not in "," for line in document.text.split("\n\n"))
    assert [field.value for field in documents["000"].authors] == ["Ahmed Fathi"]
    assert documents["002"].date is not None
    assert documents["002"].date.value == "2022-05-25"
    assert documents["001"].publisher is not None
    assert documents["001"].publisher.value == "Al Jazeera"
    assert sum(len(document.authors) for document in documents.values()) == 4
