"""The HTML pages: what they show, what they never show, and that nothing from the graph or a client becomes markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

PAGES = [
    "/", "/examples", "/about", "/about/errors", "/ontology", "/shapes", "/report", "/dumps/", "/releases/", "/query",
    "/search", "/search?q=harbour", "/api", "/void", "/dcat", "/prefixes", "/shacl", "/page/id/person/ada-quill",
    "/page/id/leak/harbour-ledgers", "/page/id/protected/harbour-story-1", "/page/article/harbour-story",
    "/page/article/harbour-digest", "/page/article/harbour-story/statement/s2",
    "/page/article/harbour-story/evidence/10-52", "/page/article/harbour-story/evidence/10-52/quote",
    "/page/graph/entities", "/page/graph/authority/statement/c1", "/page/file/data/authority/organisations.yaml",
    "/query?query=ASK%20%7B%7D", "/nothing-here",
]  # fmt: skip
VOID_ELEMENTS = {"meta", "link", "input", "br", "hr", "img"}


class Outline(HTMLParser):
    """Elements with their attributes; and a complaint for each element that is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(client: FlaskClient, path: str) -> Outline:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.mimetype == "text/html", path
    found = Outline()
    found.feed(answer.text)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_carries_nothing_inline_or_foreign(client: FlaskClient, path: str) -> None:
    page = outline(client, path)
    assert (page.wrong, page.open) == ([], [])
    tags = [tag for tag, _ in page.found]
    assert tags.count("h1") == 1
    assert tags.count("main") == 1
    assert "style" not in tags
    for tag, attributes in page.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "script" and attributes.get("type") not in ("application/ld+json", "application/json"):
            assert "src" in attributes
        if tag in ("script", "img", "iframe", "link") and tag != "link":
            assert not str(attributes.get("src", "")).startswith(("http:", "https:", "//"))
        if tag == "link" and attributes.get("rel") in ("stylesheet", "icon"):
            assert str(attributes["href"]).startswith("/static/")


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_label_and_every_id_is_unique(client: FlaskClient, path: str) -> None:
    page = outline(client, path)
    labelled = {a.get("for") for tag, a in page.found if tag == "label"}
    for tag, attributes in page.found:
        if tag in ("input", "textarea", "select") and attributes.get("type") not in ("hidden", "submit"):
            assert attributes.get("id") in labelled, attributes
    ids = [a["id"] for _, a in page.found if "id" in a]
    assert len(ids) == len(set(ids))


def test_every_link_of_a_page_leads_somewhere(client: FlaskClient) -> None:
    seen: set[str] = set()
    todo = ["/"]
    while todo:
        path = todo.pop()
        for tag, attributes in outline(client, path).found:
            href = (attributes.get("href") or "").partition("#")[0]
            if tag not in ("a", "link") or not href.startswith("/") or href in seen or href.startswith("/sparql"):
                continue
            seen.add(href)
            answer = client.get(href, headers={"Accept": "text/html, */*;q=0.5"}, follow_redirects=True, buffered=True)
            assert answer.status_code == 200, (path, href)
            if answer.mimetype == "text/html" and not href.startswith(("/query?", "/search?")):
                todo.append(href)
    assert len(seen) > 60


def test_the_start_page_has_counts_and_ways_on(client: FlaskClient) -> None:
    text = outline(client, "/").text
    assert re.search(r"articles\s*2", text)
    assert re.search(r"people kept nameless\s*1", text)
    assert "Harbour Ledgers" in text


def test_an_article_shows_each_fact_with_its_words_and_how_it_is_told(client: FlaskClient) -> None:
    html = client.get("/page/article/harbour-story").text
    facts = re.findall(r'<li class="fact (\w*)" id="([\w-]+)">(.*?)</li>', html, re.S)
    told = {anchor: how for how, anchor, _ in facts}
    assert told["harbour-story-statement-s1"] == "reported"
    assert told["harbour-story-statement-s2"] == "alleged"
    assert told["harbour-story-statement-s3"] == "denied"
    assert told["harbour-story-visit-v1"] == "alleged", "a visit is as sure as the statements that carry it"
    assert told["harbour-story-position-p1"] == "reported"
    assert told["harbour-story-claim-c1"] == "denies"
    assert "harbour-story-statement-s4" not in told, "the statement of a position is told by the position"
    obtained = next(body for _, anchor, body in facts if anchor == "harbour-story-statement-s1")
    assert (
        "<span>…In spring, </span><mark>Ada Quill got hold of the Harbour Ledgers.</mark><span> Nobody …</span>"
        in obtained
    )
    alleged = next(body for _, anchor, body in facts if anchor == "harbour-story-statement-s2")
    assert 'said by <a href="/id/person/ada-quill">Ada Quill</a>' in alleged


def test_figures_and_claims_read_as_sentences(client: FlaskClient) -> None:
    text = " ".join(outline(client, "/page/article/harbour-story").text.split())
    assert "Harbour Ledgers – more than 5,200 × page" in text
    assert (
        "Port Authority of Norwick denies something about Harbour Ledgers in the words “not one of these pages is ours”"
        in text
    )
    assert "Ada Quill held the post of “reader in ledgers” at The Lantern" in text
    assert "Tomas Verne visits Norwick in 2020-11" in text


def test_a_digests_quotes_are_shown_as_the_digests(client: FlaskClient) -> None:
    text = outline(client, "/page/article/harbour-digest").text
    assert "This is a digest of Harbour, the long read in leakgraph's own words" in text


def test_an_entity_lists_what_is_said_of_it_and_where_it_is_mentioned(client: FlaskClient) -> None:
    text = " ".join(outline(client, "/page/id/leak/harbour-ledgers").text.split())
    assert "Also called the <ledgers> & more" in text
    assert "Hafenbücher (de)" in text
    assert "https://www.example.org/entity/harbour-ledgers" in text
    assert re.search("Mentioned in ?Digest: harbour ?The ledgers of the harbour", text)


def test_facts_that_read_the_same_stand_together_with_all_their_words(client: FlaskClient) -> None:
    html = client.get("/page/id/leak/harbour-ledgers").text
    (group,) = [g for g in re.findall(r'<li class="fact.*?</ul></li>', html, re.S) if "obtained by" in g]
    assert re.findall(r'class="badge \w+">([^<]*)<', group)[:2] == ["reported", "denied"]
    assert group.count("<mark>") == 2
    assert '<a href="/article/harbour-digest">' in group


def test_curated_facts_name_their_file(client: FlaskClient) -> None:
    text = " ".join(outline(client, "/page/id/place/norwick").text.split())
    assert "Port Authority of Norwick located in Norwick" in text
    assert "Taken from file/data/authority/organisations.yaml" in text


def test_a_protected_person_has_a_role_and_a_number_and_nothing_else(client: FlaskClient) -> None:
    page = outline(client, "/page/id/protected/harbour-story-1")
    assert "detainee 1 (name withheld)" in page.text
    assert not [a for tag, a in page.found if tag == "script"], "no schema.org thing is made of a protected person"
    article = client.get("/page/article/harbour-story").text
    assert 'class="badge protected">detainee 1 (name withheld)</a>' in article
    hits = client.get("/search?q=detainee&format=json").json["hits"]
    assert not [hit for hit in hits if "/id/protected/" in hit["iri"]]
    assert "protected" not in client.get("/sitemap.xml").text


def test_what_the_graph_says_is_text_never_markup(client: FlaskClient) -> None:
    assert "the authority &lt;i&gt;" in client.get("/page/article/harbour-story").text
    assert "<ledgers>" not in client.get("/page/id/leak/harbour-ledgers").text


@pytest.mark.parametrize(
    "path", ["/search?q={}", "/query?query={}", "/search?type={}", "/resource?iri=https://x.example/{}"]
)
def test_what_a_client_sends_is_text_never_markup(client: FlaskClient, path: str) -> None:
    attack = "%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E%22%27"
    assert "<script>alert" not in client.get(path.format(attack), headers={"Accept": "text/html"}).text


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/page/id/person/ada-quill", "Person"), ("/page/id/organisation/the-lantern", "NewsMediaOrganization"),
        ("/page/article/harbour-story", "Article"), ("/page/id/place/norwick", "City"),
    ],
)  # fmt: skip
def test_pages_carry_schema_org_json_ld(client: FlaskClient, path: str, kind: str) -> None:
    html = client.get(path).text
    (raw,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    data = json.loads(raw)
    assert data["@id"].startswith("https://w3id.org/leakgraph/")
    assert data["@type"] == kind
    assert data["url"].startswith("http://localhost/")


def test_a_query_is_answered_in_the_page_with_links_and_downloads(client: FlaskClient) -> None:
    query = "PREFIX lg: <https://w3id.org/leakgraph/ontology#> SELECT ?leak ?kind WHERE { ?leak a lg:Leak, ?kind }"
    page = client.get("/query", query_string={"query": query})
    assert page.status_code == 200
    assert '<a href="/id/leak/harbour-ledgers">id/leak/harbour-ledgers</a>' in page.text
    assert "lg:Leak" in page.text
    assert "/sparql?query=" in page.text
    assert "&amp;format=csv" in page.text
    posted = client.post("/query", data={"query": query})
    assert '<a href="/id/leak/harbour-ledgers">' in posted.text


def test_a_query_that_does_not_parse_says_where(client: FlaskClient) -> None:
    page = client.get("/query", query_string={"query": "SELECT * WHERE {\n ?s ?p }"})
    assert page.status_code == 400
    assert "line 2" in page.text
    assert "SELECT * WHERE {" in page.text, "what was typed is still there"


def test_ask_and_construct_are_answered_in_the_page(client: FlaskClient) -> None:
    assert ">Yes<" in client.get("/query", query_string={"query": "ASK { ?s ?p ?o }"}).text
    built = client.get("/query", query_string={"query": "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } LIMIT 2"}).text
    assert "<pre" in built
    assert "format=turtle" in built


def test_long_lists_of_facts_come_in_pages(client: FlaskClient) -> None:
    assert client.get("/page/id/leak/harbour-ledgers?page=2").status_code == 200
    assert client.get("/page/id/leak/harbour-ledgers?page=0").status_code == 400
    assert client.get("/page/id/leak/harbour-ledgers?page=x").status_code == 400
