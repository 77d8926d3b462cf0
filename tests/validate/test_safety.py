"""Strangers' shapes and data: what is refused, what is stopped, and that nothing is carried over."""

from __future__ import annotations

import socket
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from kg.errors import BadRdf, BadShapes, NotFound, OutOfMemory, Timeout, TooLarge
from kg.validate import Source, read_shapes, validate
from kg.validate.sandbox import Limits, StoreSource, validate_limited

HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .\n"
DATA = b"@prefix ex: <http://example.org/> . ex:a a ex:T ; ex:p ex:b , ex:c . ex:b ex:p ex:a ."


def query(text: str) -> str:
    return HEAD + f"ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:sparql [ sh:select '''{text}''' ] ."


REFUSED = {
    "SERVICE": query("SELECT $this WHERE { SERVICE <http://127.0.0.1/> { $this ?p ?o } }"),
    "service in lower case": query("SELECT $this WHERE { $this ?p ?o . service silent <http://x/> { ?s ?p ?o } }"),
    "FROM": query("SELECT $this FROM <http://127.0.0.1/data> WHERE { $this ?p ?o }"),
    "FROM NAMED": query("SELECT $this FROM NAMED <file:///etc/passwd> WHERE { GRAPH ?g { $this ?p ?o } }"),
    "MINUS": query("SELECT $this WHERE { $this ?p ?o MINUS { $this ?p 1 } }"),
    "VALUES": query("SELECT $this WHERE { $this ?p ?o VALUES ?o { 1 } }"),
    "CONSTRUCT": query("CONSTRUCT { $this ?p ?o } WHERE { $this ?p ?o }"),
    "an update": query("DELETE WHERE { $this ?p ?o }"),
    "no $this returned": query("SELECT ?o WHERE { $this ?p ?o }"),
    "$this assigned": query("SELECT $this WHERE { BIND(1 AS $this) }"),
    "no query at all": query("nothing"),
    "nested braces": query("SELECT $this WHERE { $this ?p ?o " + "{" * 3000 + "}" * 3000 + "}"),
    "nested brackets": query("SELECT $this WHERE { $this ?p ?o FILTER" + "(" * 3000 + "1" + ")" * 3000 + "}"),
    "JavaScript": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:js [ sh:jsFunctionName 'f' ] .",
    "expression": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:expression true .",
    "SPARQL target": HEAD + "ex:S a sh:NodeShape ; sh:target [ a sh:SPARQLTarget ; sh:select 'x' ] .",
    "a parameter of the future": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:reifierShape ex:R .",
    "recursion": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:node ex:S ] .",
    "recursion through not": HEAD + "ex:S a sh:NodeShape ; sh:not ex:R . ex:R a sh:NodeShape ; sh:and ( ex:S ) .",
    "a circular list": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:in _:l . "
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . _:l rdf:first 1 ; rdf:rest _:l .",
    "a circular path": HEAD + "ex:S a sh:NodeShape ; sh:property [ sh:path _:p ] . _:p sh:inversePath _:p .",
    "two minima": HEAD + "ex:S a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:minCount 1 , 2 ] .",
    "a count on a node shape": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:minCount 1 .",
    "a property without a path": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:minCount 1 ] .",
    "a pattern nobody can read": HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:pattern '(' .",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(BadShapes):
        validate(DATA, REFUSED[name].encode())


def test_recursion_is_reported_with_its_cycle() -> None:
    with pytest.raises(BadShapes, match=r"recursive shapes: .*example.org/S -> .*example.org/S"):
        read_shapes(REFUSED["recursion"].encode())


def test_words_in_strings_comments_and_names_are_no_keywords() -> None:
    text = query("""SELECT $this ?value WHERE { # MINUS SERVICE
      $this ex:p ?value . FILTER(STR(?value) != "SERVICE" && ?value != <http://example.org/FROM>) }""")
    text += "ex:P sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://example.org/' ] ."
    text = text.replace("sh:sparql [", "sh:sparql [ sh:prefixes ex:P ;")
    assert len(validate(DATA, text.encode()).results) == 2


class Listener:
    """A port that notes whether anybody connects."""

    def __enter__(self) -> Listener:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]
        return self

    def called(self) -> bool:
        try:
            self.socket.accept()[0].close()
        except TimeoutError:
            return False
        return True

    def __exit__(self, *args: object) -> None:
        self.socket.close()


def test_nothing_is_fetched() -> None:
    with Listener() as listener:
        url = f"http://127.0.0.1:{listener.port}/x"
        shapes = (
            HEAD
            + f"""<http://example.org/o> <http://www.w3.org/2002/07/owl#imports> <{url}> .
          ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:shapesGraph <{url}> ; sh:class <{url}> .
          ex:T <http://www.w3.org/2002/07/owl#imports> <{url}> ; sh:shapesGraph <{url}> ."""
        )
        report = validate(DATA, shapes.encode())
        assert any("was not fetched" in note for note in report.notes)
        remote = Source(f'{{"@context": "{url}", "@id": "x"}}'.encode(), "application/ld+json")
        with pytest.raises(BadRdf):
            validate(remote, shapes.encode())
        with pytest.raises(NotFound):
            validate(url, shapes.encode())
        with pytest.raises(NotFound):
            validate(DATA, url)
        doctype = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "{url}">]><r>&e;</r>'
        with pytest.raises(BadRdf):
            validate(Source(doctype.encode(), "application/rdf+xml"), shapes.encode())
        assert not listener.called()


XML = """<?xml version="1.0"?><!DOCTYPE r [%s]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:ex="http://example.org/"><ex:T rdf:about="http://example.org/a"><ex:p>%s</ex:p></ex:T></rdf:RDF>"""


def test_xml_entities_may_name_things_but_not_explode() -> None:
    nested = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    with pytest.raises(BadRdf, match="made of other entities"):
        validate(Source((XML % (nested, "&i;")).encode(), "application/rdf+xml"), FINE.encode())
    long = f'<!ENTITY a "{"ha" * 50_000}">'
    with pytest.raises(BadRdf, match="grow"):
        validate(Source((XML % (long, "&a;" * 5000)).encode(), "application/rdf+xml"), FINE.encode())
    plain = XML % ('<!ENTITY ex "http://example.org/">', "&ex;b &amp; &#65;")
    assert validate(Source(plain.encode(), "application/rdf+xml"), FINE.encode()).conforms


def test_imports_are_satisfied_by_given_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text(f"<http://example.org/o> <http://www.w3.org/2002/07/owl#imports> <{two.as_uri()}> .")
    two.write_text(HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:nodeKind sh:Literal .")
    assert validate(DATA, one).notes
    report = validate(DATA, [one, two])
    assert (len(report.results), report.notes) == (1, ())


# --- in a process of its own


def data(text: bytes = DATA) -> list[Source]:
    return [Source(text, "text/turtle", "http://example.org/base", "data")]


def shapes(text: str) -> list[Source]:
    return [Source(text.encode(), "text/turtle")]


FINE = HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:maxCount 1 ] ."


def test_the_answer_comes_back_in_each_format_asked_for() -> None:
    answer = validate_limited(data(), shapes(FINE), formats=("turtle", "html"))
    assert not answer.conforms
    assert answer.report["results"][0]["focus"]["value"] == "http://example.org/a"
    assert "sh:ValidationReport" in answer.bodies["turtle"]
    assert answer.bodies["html"].startswith("<!DOCTYPE html>")
    assert validate_limited(data(), shapes(FINE), focus=["http://example.org/b"]).conforms


def test_errors_come_back_as_themselves() -> None:
    with pytest.raises(BadRdf) as caught:
        validate_limited(data(b"<a> <b> ."), shapes(FINE))
    assert (caught.value.where, caught.value.line) == ("data", 1)
    with pytest.raises(BadShapes, match="SERVICE"):
        validate_limited(data(), shapes(REFUSED["SERVICE"]))
    with pytest.raises(TooLarge):
        validate_limited(data(), shapes(FINE), limits=Limits(input=10))


def test_time_ends_at_its_limit() -> None:
    many = DATA + b" ex:a ex:n " + b" , ".join(b'"%d"' % n for n in range(400)) + b" ."
    slow = query("""SELECT $this WHERE { $this <http://example.org/n> ?a , ?b , ?c , ?d .
      FILTER(CONCAT(?a, ?b, ?c, ?d) = "none") }""")
    start = time.monotonic()
    with pytest.raises(Timeout):
        validate_limited(data(many), shapes(slow), limits=Limits(seconds=1.5))
    assert time.monotonic() - start < 10


def test_memory_ends_at_its_limit() -> None:
    many = DATA + b" ex:a ex:n " + b" , ".join(b'"%d"' % n for n in range(400)) + b" ."
    hungry = query("""SELECT $this WHERE { $this <http://example.org/n> ?a , ?b , ?c , ?d }
      ORDER BY CONCAT(?a, ?b, ?c, ?d)""")
    with pytest.raises(OutOfMemory):
        validate_limited(data(many), shapes(hungry), limits=Limits(seconds=60, memory=128 * 1024 * 1024))


def test_a_store_on_disk_is_read_where_it_is(tmp_path: Path) -> None:
    import pyoxigraph as ox

    store = ox.Store(str(tmp_path / "store"))
    store.load(b"@prefix ex: <http://example.org/> . ex:g { ex:a a ex:T ; ex:p 1 , 2 } ex:h { ex:b a ex:T }",
               format=ox.RdfFormat.TRIG)  # fmt: skip
    store.flush()
    del store
    limits = Limits(memory=2048 * 1024 * 1024)
    whole = StoreSource(tmp_path / "store")
    assert not validate_limited(whole, shapes(FINE), limits=limits).conforms
    assert validate_limited(
        StoreSource(tmp_path / "store", ("http://example.org/h",)), shapes(FINE), limits=limits
    ).conforms


def test_runs_at_once_do_not_disturb_each_other() -> None:
    parsed = read_shapes(FINE.encode())
    answers: list[int] = []

    def work() -> None:
        for _ in range(20):
            answers.append(len(validate(DATA, parsed).results))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 80
