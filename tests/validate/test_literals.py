"""Literals: kept as written whatever the store does to them, well-formed or not, and compared as SPARQL compares."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.validate import Source, validate
from kg.validate.exact import CHANGED, changes, decode, encode, lines_change, stored
from kg.validate.lexical import at_most, less, matches, well_formed
from kg.validate.names import XSD


def lit(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


LEXICAL = st.one_of(
    st.from_regex(r"\A[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?\Z"),
    st.from_regex(r"\A-?[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,4})?)?(Z|[+-][0-9]{2}:00)?\Z"),
    st.sampled_from(
        ["true", "false", "1", "0", "INF", "-INF", "NaN", "P1Y2M", "PT60S", "", " 1", "abc", "--01", "12:00:00"]
    ),
)


@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
@given(text=LEXICAL, datatype=st.sampled_from(sorted(CHANGED)))
def test_what_the_store_would_change_is_put_under_a_stand_in(text: str, datatype: str) -> None:
    literal = lit(text, datatype)
    assert decode(stored(encode(literal))) == literal
    if not changes(text, datatype):
        assert encode(literal) == literal == stored(literal)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(text=LEXICAL, datatype=st.sampled_from(sorted(CHANGED)))
def test_the_look_at_lines_misses_no_such_literal(text: str, datatype: str) -> None:
    line = f'<urn:s> <urn:p> "plain \\"x\\"" .\n<urn:s> <urn:p> "{text}"^^<{XSD}{datatype}> .\n'
    assert lines_change(line.encode()) == changes(text, datatype)


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("integer", ["0", "-5", "+7", "007"], ["", "1.0", "a", " 1", "1 ", "٣"]),
        ("decimal", ["1", "1.", ".5", "-0.0"], ["1e5", ".", "INF"]),
        ("double", ["1", "1e5", "-INF", "+INF", "NaN"], ["inf", "1e", "nan"]),
        ("boolean", ["true", "0"], ["True", "yes"]),
        ("byte", ["127", "-128"], ["128", "-129", "c", "1.0"]),
        ("unsignedByte", ["255"], ["256", "-1"]),
        ("nonNegativeInteger", ["0", "9" * 50], ["-1"]),
        ("positiveInteger", ["1"], ["0"]),
        ("date", ["2020-02-29", "2020-01-01Z", "-0044-03-15", "2020-01-01+14:00"],
         ["2021-02-29", "2020-13-01", "2020-1-1", "20-01-01", "2020-01-01+15:00", "1900-02-29"]),
        ("dateTime", ["2020-01-01T24:00:00", "2020-01-01T00:00:00.123Z"], ["2020-01-01", "2020-01-01T25:00:00"]),
        ("time", ["23:59:59.5"], ["24:00:01", "12:00"]),
        ("gYear", ["2020", "-0001", "12020"], ["20", "012020"]),
        ("gMonthDay", ["--12-31"], ["--13-01", "12-31"]),
        ("duration", ["P1Y", "-PT0.5S", "P1DT1H"], ["P", "PT", "1Y", "P1S"]),
        ("hexBinary", ["", "0aFF"], ["0", "0g"]),
        ("base64Binary", ["", "TQ==", "TWE=", "TWFu"], ["T", "TQ=", "T===", "TR=="]),
        ("language", ["en-GB"], ["en_GB", "toolonglanguage"]),
    ],
)  # fmt: skip
def test_well_formed(datatype: str, good: list[str], bad: list[str]) -> None:
    assert {text: well_formed(lit(text, datatype)) for text in good} == dict.fromkeys(good, True)
    assert {text: well_formed(lit(text, datatype)) for text in bad} == dict.fromkeys(bad, False)


def test_order_is_that_of_sparql() -> None:
    assert less(lit("9", "integer"), lit("10.5", "decimal"))
    assert less(lit("1", "byte"), lit("1.5E0", "double"))
    assert at_most(lit("1.0", "decimal"), lit("1", "integer"))
    assert less(lit("9" * 30, "integer"), lit("9" * 31, "integer"))
    assert less(lit("2020-01-01", "date"), lit("2020-01-02", "date"))
    assert not at_most(lit("2020-01-01T00:00:00", "dateTime"), lit("2020-01-01T01:00:00Z", "dateTime"))
    assert less(lit("2020-01-01T00:00:00", "dateTime"), lit("2020-01-03T01:00:00Z", "dateTime"))
    assert not at_most(lit("1", "integer"), ox.Literal("2"))
    assert not at_most(lit("abc", "integer"), lit("2", "integer"))
    assert less(ox.Literal("a"), ox.Literal("b"))
    assert not at_most(lit("NaN", "double"), lit("NaN", "double"))


def test_patterns_are_those_of_the_engine_and_python_helps_out() -> None:
    assert matches("Äpfel", r"^\p{Lu}", "")
    assert matches("abc", "B", "i")
    assert matches("aa", r"^(.)\1$", "")  # a back-reference
    assert matches("foobar", "foo(?=bar)", "")  # look-ahead
    assert not matches("a.c", "abc", "")
    assert matches("a.c", "a.c", "q")
    assert not matches("abc", "a.c", "q")


SHAPES = f"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> . @prefix xsd: <{XSD}> .
ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; %s ] ."""


@pytest.mark.parametrize(
    ("constraint", "value", "passes"),
    [
        ("sh:datatype xsd:byte", '"5"^^xsd:byte', True),
        ("sh:datatype xsd:integer", '"5"^^xsd:byte', False),
        ("sh:datatype xsd:byte", "5", False),
        ("sh:hasValue 5", "05", False),
        ("sh:hasValue 05", "05", True),
        ("sh:in ( 1.0 )", "1.0", True),
        ("sh:in ( 1.0 )", "1.00", False),
        ('sh:pattern "^0"', "007", True),
        ("sh:maxLength 1", "007", False),
        ("sh:minInclusive 6", "007", True),
        ("sh:maxInclusive 6", '"007"^^xsd:short', False),
        ("sh:datatype xsd:boolean", '"1"^^xsd:boolean', True),
        ("sh:in ( true )", '"1"^^xsd:boolean', False),
        ("sh:minExclusive 1", '"1"^^xsd:byte', False),
        ("sh:equals ex:q", "1.50", False),
    ],
)
@pytest.mark.parametrize("many", [1, 200], ids=["walked", "queried"])
def test_constraints_see_literals_as_written(constraint: str, value: str, passes: bool, many: int) -> None:
    head = f"@prefix ex: <http://example.org/> . @prefix xsd: <{XSD}> .\n"
    text = head + "".join(f"ex:n{i} ex:p {value} ; ex:q 1.5 .\n" for i in range(many))
    report = validate(Source(text.encode()), (SHAPES % constraint).encode())
    assert bool(report.results) is not passes
    if not passes and constraint.startswith(("sh:datatype", "sh:in", "sh:max")):
        assert len(report.results) == many
        written = next(iter(ox.parse(input=text.encode(), format=ox.RdfFormat.TURTLE))).object
        assert {r.value for r in report.results} == {written}


def test_queries_compare_values_and_results_name_them_as_written() -> None:
    head = f"@prefix ex: <http://example.org/> . @prefix xsd: <{XSD}> .\n"
    query = (
        "sh:sparql [ sh:select 'SELECT $this ?value WHERE { $this <http://example.org/p> ?value FILTER(?value > 4) }' ]"
    )
    data = head + 'ex:a ex:p "05"^^xsd:byte , 3 .'
    report = validate(Source(data.encode()), (SHAPES % query).encode())
    assert [r.value for r in report.results] == [lit("05", "byte")]
