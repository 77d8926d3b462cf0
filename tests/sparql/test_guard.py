from __future__ import annotations

import socket
from contextlib import suppress
from itertools import pairwise
from random import Random

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import BadQuery, Forbidden, TooLarge
from kg.sparql.guard import MAX_DEPTH, check_query, check_update
from kg.sparql.tokens import first_keyword, normal, string_value, tokens, unambiguous

SIZE = 100_000


@pytest.mark.parametrize(
    "query",
    [
        "ASK { SERVICE <http://h/> { ?s ?p ?o } }",
        "ASK { service silent<http://h/>{} }",
        "ASK{OPTIONAL{}SeRvIcE#a comment\n<http://h/>{}}",
        "ASK { ?s ?p 1SERVICE <http://h/> {} }",
        "ASK { ?s ?p 'x'SERVICE ?e {} }",
        "ASK { ?s ?p <x>SERVICE<http://h/>{} }",
        "ASK { ?s a ?o.SERVICE<http://h/>{} }",
        'ASK { ?s ?p """a"b""" SERVICE <http://h/> {} }',
        "ASK { ?s ?p 'it\\'s' . SERVICE <http://h/> {} }",
        "PREFIX e: <http://h/> ASK { SERVICE e:x {} }",
        r"ASK { ?s ?p 'a\u0027 . SERVICE <http://h/> {} #' }",
        "SELECT * FROM <http://g/> { SERVICE ?s {} }",
        "ASK { FILTER EXISTS { SERVICE <http://h/> {} } }",
        "SELECT * { { SELECT * { SERVICE <http://h/> {} } } }",
    ],
)
def test_no_spelling_hides_a_service(query: str) -> None:
    with pytest.raises(Forbidden, match="SERVICE"):
        check_query(query, max_bytes=SIZE)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service ?load { ?service ?load 'SERVICE <http://h/>' }",
        "PREFIX service: <http://service/> ASK { service:x service:load <http://x/SERVICE> }",
        "ASK {} # SERVICE <http://h/>",
        "ASK { ?s ?p 'a' . # SERVICE <x> {}\n }",
        "ASK { ?s ?p '''SERVICE <x>''' , \"LOAD\"@en-service }",
        "PREFIX x: <http://x/> ASK { x:o.SERVICE ?p _:service }",
        r"ASK { ?s ?p 'a\\' , 'SERVICE' }",
        "ASK { ?x <http://x/?service=load> ?y FILTER(?x <1 && 'service' != ?y) }",
    ],
)
def test_the_words_are_harmless_where_they_are_no_keywords(query: str) -> None:
    assert check_query(query, max_bytes=SIZE).form in ("ask", "select")


AMBIGUOUS = [
    "SELECT * { FILTER(1<'>#'||true) SERVICE <http://h/> {} }",
    "SELECT * { FILTER(1<2&&'x>#'='x>#') SERVICE <http://h/> {} }",
    "PREFIX e: <urn:e#> SELECT * { FILTER(e:a<'x>#'||true) SERVICE <http://h/> {} }",
    "SELECT * {{} FILTER(EXISTS{}<'>#'||true) SERVICE <http://h/> {} }",
    'SELECT * { FILTER(1<a:#b> """\n||true) SERVICE <http://h/> {} #"""\n}',
]


@pytest.mark.parametrize("query", AMBIGUOUS)
def test_what_an_engine_may_read_as_less_than_is_made_an_iri_or_nothing(query: str) -> None:
    """The longest token is an IRI, behind which `SERVICE` stands in a comment or string. An engine that looks for an
    operator there reads it otherwise: so it gets a text that it can only read as we do."""
    passed = check_query(query, max_bytes=SIZE).text
    assert passed != query
    with pytest.raises(SyntaxError):
        ox.Store().query(passed)


def test_iris_that_need_no_escape_stay_and_the_others_stay_the_same_iris() -> None:
    plain = "PREFIX e: <#> SELECT * { ?s <#p> ?o FILTER(?s = <http://x/it's#y> && ?o<1 && ?o>'#') }"
    assert unambiguous(plain, most=100) == plain
    store = ox.Store()
    store.update("INSERT DATA { <urn:it's#it> <urn:p> 1 }")
    asked = check_query("SELECT ?o { ?s ?p ?o FILTER(?s = <urn:it's#it>) }", max_bytes=SIZE).text
    assert "\\u0027s\\u0023it" in asked
    assert [row["o"].value for row in store.query(asked)] == ["1"]  # type: ignore[union-attr]


PIECES = [
    "<", ">", "'", '"', "#", "\n", " ", "'''", '"""', "\\", "\\u0027", "\\'", "1", "2", "||true", "&&", "=", "?x",
    "a:b", "e:a", ":", "_:b", ".", ";", ",", "(", ")", "{", "}", "[", "]", "true", "<a>", "<'>", "<#>", "<urn:a>",
    "e:a.b", "e:\\#", "@en", "^^", "'>#'", "'x>#'", "/", "*", "!", "-", "+", "\r", "\u00b7", "<<", ">>", "1<", "?x<",
    "1.", "1e", "IN", "NOT", "EXISTS{}", "\f", "\u00a0", "\u2028", "\ufeff",
]  # fmt: skip
BEGINNINGS = [
    "SELECT * { ", "PREFIX e:<urn:e#>SELECT * { ", "SELECT (1", "SELECT * { FILTER(", "SELECT * { FILTER(1",
    "SELECT * { FILTER(?x", "SELECT * { BIND(", "SELECT * {{} FILTER(EXISTS{}",
    "PREFIX e:<urn:e#>SELECT * { FILTER(e:a", "SELECT * { ?s ?p ", "SELECT * { ?s ?p (1 ",
    "SELECT * { ?s ?p 'x'@en", "SELECT * { FILTER(1.",
]  # fmt: skip
ENDS = ["}", ")}", "||true)}", "))}", " #'}", "'}", '"}', ")} #'", '} #"""', "||true)} #'", ">'=1)}"]


def test_what_passes_calls_nobody_when_the_engine_reads_it() -> None:
    """Texts made of what tells IRIs, strings, comments and operators apart, around a SERVICE."""
    random, store, passed = Random(20), ox.Store(), 0
    store.update("INSERT DATA { <urn:a> <urn:p> 1 }")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        call = f"SERVICE SILENT <http://127.0.0.1:{listening.getsockname()[1]}/> {{ ?s ?p ?o }}"
        for _ in range(40_000):
            middle = "".join(random.choices(PIECES, k=random.randrange(7)))
            joint = random.choice(["", " ", "\n", "||true) ", ") ", ". ", "'", '" ', "||true)"])
            query = random.choice(BEGINNINGS) + middle + joint + call + random.choice(ENDS)
            try:
                text = check_query(query, max_bytes=SIZE).text
            except (BadQuery, Forbidden):
                continue
            passed += 1
            with suppress(SyntaxError, OSError, RuntimeError, ValueError):
                store.query(text, base_iri="http://b/")
            with pytest.raises(BlockingIOError):
                listening.accept()
    assert passed > 1000


def test_an_allowed_endpoint_may_be_called_and_no_other() -> None:
    allowed = {"http://h/sparql"}
    assert check_query("ASK { SERVICE <http://h/sparql> {} }", max_bytes=SIZE, allowed=allowed)
    assert check_query("PREFIX h: <http://h/> ASK { SERVICE SILENT h:sparql {} }", max_bytes=SIZE, allowed=allowed)
    for other in ("<http://h/sparql2>", "?e", "<http://H/sparql>", "h:sparql", "<//h/sparql>"):
        with pytest.raises(Forbidden):
            check_query(f"ASK {{ SERVICE {other} {{}} }}", max_bytes=SIZE, allowed=allowed)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * " + "{" * 3000,
        "ASK {" + "[" * (MAX_DEPTH + 1),
        "ASK { FILTER(" + "(" * (MAX_DEPTH + 1),
        "ASK { FILTER(" + "!" * 20_000 + "true) }",
        "ASK { FILTER(1" + "||1" * 30_000 + ") }",
        "ASK { " + "{} UNION " * 5000 + "{} }",
        "ASK { ?a " + "/".join(["<p>"] * 5000) + " ?b }",
        "SELECT * { ?s ?p " + ", ".join(["1"] * 40_000) + " } #" + "(" * 200,
        "nothing of the kind",
        "",
    ],
)
def test_what_would_crash_or_stall_the_parser_is_refused_with_a_place(query: str) -> None:
    with pytest.raises(BadQuery) as error:
        check_query(query, max_bytes=10**6)
    assert error.value.line == 1 and (error.value.column or 0) >= 1


def test_a_long_list_of_values_passes() -> None:
    assert check_query("SELECT * { VALUES ?x { " + "<http://example.org/x> " * 4000 + "} }", max_bytes=SIZE)


@pytest.mark.parametrize("call", [r"SERVIC\u0045 <http://h/>", r"?s ?p <http://x/\u003E SERVICE <http://h/>"])
def test_an_escape_outside_strings_and_iris_is_no_token_here(call: str) -> None:
    with pytest.raises(BadQuery):
        check_query(f"ASK {{ {call} {{}} }}", max_bytes=SIZE)


def test_size_and_updates() -> None:
    with pytest.raises(TooLarge):
        check_query("ASK {} #" + "x" * SIZE, max_bytes=SIZE)
    for update in ("INSERT DATA { <a> <b> 1 }", "PREFIX x: <y> # c\n delete where {}", "DROP ALL", "LOAD <file:///x>"):
        with pytest.raises(Forbidden):
            check_query(update, max_bytes=SIZE)
    with pytest.raises(Forbidden, match="LOAD"):
        check_update("INSERT DATA { <a:a> <b:b> 1 } ; LOAD SILENT <http://h/> INTO GRAPH <g:g>", max_bytes=SIZE)
    with pytest.raises(BadQuery):
        check_update("ASK {}", max_bytes=SIZE)


@pytest.mark.parametrize("text", ["'" * 90_001, "a." * 45_000 + "!", "<a" * 45_000, '"""' * 30_000, "\\u0020" * 15_000])
def test_tokens_are_cut_in_linear_time(text: str) -> None:
    with pytest.raises((BadQuery, Forbidden)):  # the test is that it ends: quadratic behaviour would take minutes
        check_query("ASK { SERVICE " + text, max_bytes=SIZE)


def test_normal_form_keeps_what_matters() -> None:
    a = "SELECT *  # comment\n\t{ ?s <http://x/#y> 'a  # b' , '''c\n''' }"
    assert normal(a) == "SELECT * { ?s <http://x/#y> 'a  # b' , '''c\n''' }"
    for wrong in ('"', "'", "\\"):  # what does not parse must not be taken for what does
        assert normal(f"ASK {{ ?s ?p ?o {wrong} }}") != normal("ASK { ?s ?p ?o }")
    assert normal("ASK{?s ?p 1 # x\n}") == normal("ASK{?s  ?p 1 }")
    assert normal("ASK { ?s ?p 'a b' }") != normal("ASK { ?s ?p 'a  b' }")


@given(st.text(alphabet="ab1 \n{}()<>\"'\\#?$:.@^_-uU0/*+|=,;\u00e9SERVICE", max_size=60))
def test_tokens_cover_the_text_or_tell_a_place(text: str) -> None:
    try:
        found = tokens(text, most=1000)
    except BadQuery as err:
        assert err.line and err.column
        return
    assert all(text[t.start : t.end] == t.text for t in found)
    between = "".join(text[a.end : b.start] for a, b in pairwise(found))
    assert all(line.strip() == "" or "#" in line for line in between.split("\n"))
    first_keyword(text)
    assert normal(normal(text)) == normal(text)


def test_string_values() -> None:
    assert string_value(r'"a\tb\"\u00e9"') == 'a\tb"é'
    assert string_value("'''it's'''") == "it's"
