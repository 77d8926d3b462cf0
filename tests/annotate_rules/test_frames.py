"""The same frames come out of both dependency schemes. Each sentence is parsed by hand in both."""

# ruff: noqa: E501  (tables of sentences)

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.annotate.frames import Frame, Frames, find_links
from kg.errors import BadPipeline

Framed = Callable[[str, str], Frames]

# name -> (Universal Dependencies, CLEAR)
PARSES: dict[str, tuple[str, str]] = {
    "active": (
        """
        Reed reed NNP 2 nsubj
        obtained obtain VBD 0 root
        the the DT 4 det
        files file NNS 2 obj
        """,
        """
        Reed reed NNP 2 nsubj
        obtained obtain VBD 0 ROOT
        the the DT 4 det
        files file NNS 2 dobj
        """,
    ),
    "passive": (
        """
        Files file NNS 3 nsubj:pass
        were be VBD 3 aux:pass
        obtained obtain VBN 0 root
        by by IN 5 case
        Reed reed NNP 3 obl:agent
        and and CC 7 cc
        Ash ash NNP 5 conj
        """,
        """
        Files file NNS 3 nsubjpass
        were be VBD 3 auxpass
        obtained obtain VBN 0 ROOT
        by by IN 3 agent
        Reed reed NNP 4 pobj
        and and CC 5 cc
        Ash ash NNP 5 conj
        """,
    ),
    "reduced": (
        """
        Files file NNS 6 nsubj
        obtained obtain VBN 1 acl
        by by IN 4 case
        Reed reed NNP 2 obl:agent
        recently recently RB 2 advmod
        shocked shock VBD 0 root
        readers reader NNS 6 obj
        """,
        """
        Files file NNS 6 nsubj
        obtained obtain VBN 1 acl
        by by IN 2 agent
        Reed reed NNP 3 pobj
        recently recently RB 2 advmod
        shocked shock VBD 0 ROOT
        readers reader NNS 6 dobj
        """,
    ),
    "relative": (
        """
        Reed reed NNP 6 nsubj
        who who WP 3 nsubj
        obtained obtain VBD 1 acl:relcl
        the the DT 5 det
        files file NNS 3 obj
        left leave VBD 0 root
        """,
        """
        Reed reed NNP 6 nsubj
        who who WP 3 nsubj
        obtained obtain VBD 1 relcl
        the the DT 5 det
        files file NNS 3 dobj
        left leave VBD 0 ROOT
        """,
    ),
    "control": (
        """
        Reed reed NNP 2 nsubj
        wanted want VBD 0 root
        to to TO 4 mark
        obtain obtain VB 2 xcomp
        files file NNS 4 obj
        """,
        """
        Reed reed NNP 2 nsubj
        wanted want VBD 0 ROOT
        to to TO 4 aux
        obtain obtain VB 2 xcomp
        files file NNS 4 dobj
        """,
    ),
    "negated": (
        """
        Reed reed NNP 4 nsubj
        did do VBD 4 aux
        not not RB 4 advmod
        obtain obtain VB 0 root
        files file NNS 4 obj
        """,
        """
        Reed reed NNP 4 nsubj
        did do VBD 4 aux
        not not RB 4 neg
        obtain obtain VB 0 ROOT
        files file NNS 4 dobj
        """,
    ),
    "row": (
        """
        Reed reed NNP 2 nsubj
        obtained obtain VBD 0 root
        and and CC 4 cc
        published publish VBD 2 conj
        files file NNS 4 obj
        """,
        """
        Reed reed NNP 2 nsubj
        obtained obtain VBD 0 ROOT
        and and CC 2 cc
        published publish VBD 2 conj
        files file NNS 4 dobj
        """,
    ),
    "conditional": (
        """
        If if IN 3 mark
        Reed reed NNP 3 nsubj
        obtained obtain VBD 6 advcl
        files file NNS 3 obj
        she she PRP 6 nsubj
        lied lie VBD 0 root
        """,
        """
        If if IN 3 mark
        Reed reed NNP 3 nsubj
        obtained obtain VBD 6 advcl
        files file NNS 3 dobj
        she she PRP 6 nsubj
        lied lie VBD 0 ROOT
        """,
    ),
}


def words(frames: Frames, tokens: tuple[int, ...]) -> list[str]:
    return [frames.links.doc[t].text.lower() for t in tokens]


def frame(frames: Frames, lemma: str) -> Frame:
    return next(f for f in frames.of.values() if f.lemma == lemma)


@pytest.mark.parametrize("scheme", ["ud", "clear"])
@pytest.mark.parametrize(
    "name", ["active", "passive", "reduced", "relative", "control", "negated", "row", "conditional"]
)
def test_agent_and_patient_whatever_the_construction(framed: Framed, name: str, scheme: str) -> None:
    frames = framed(scheme, PARSES[name][scheme == "clear"])
    found = frame(frames, "obtain")
    assert words(frames, found.agents)[0] == "reed"
    assert words(frames, found.patients) == ["files"]


@pytest.mark.parametrize("scheme", ["ud", "clear"])
def test_a_row_of_agents_is_all_of_them(framed: Framed, scheme: str) -> None:
    frames = framed(scheme, PARSES["passive"][scheme == "clear"])
    assert words(frames, frame(frames, "obtain").agents) == ["reed", "ash"]


@pytest.mark.parametrize("scheme", ["ud", "clear"])
@pytest.mark.parametrize(("name", "negated", "unreal"), [("active", False, False), ("negated", True, False),
                                                         ("control", False, True), ("conditional", False, True)])  # fmt: skip
def test_certainty(framed: Framed, name: str, negated: bool, unreal: bool, scheme: str) -> None:
    certainty = frame(framed(scheme, PARSES[name][scheme == "clear"]), "obtain").certainty
    assert (certainty.negated, certainty.unreal) == (negated, unreal)


UD_COPULA = """
    Reed reed NNP 4 nsubj
    is be VBZ 4 cop
    an an DT 4 det
    editor editor NN 0 root
    at at IN 7 case
    the the DT 7 det
    Echo echo NNP 4 nmod
    """
CLEAR_COPULA = """
    Reed reed NNP 2 nsubj
    is be VBZ 0 ROOT
    an an DT 4 det
    editor editor NN 2 attr
    at at IN 4 prep
    the the DT 7 det
    Echo echo NNP 5 pobj
    """


@pytest.mark.parametrize(("scheme", "rows"), [("ud", UD_COPULA), ("clear", CLEAR_COPULA)])
def test_what_is_equated_is_the_head(framed: Framed, scheme: str, rows: str) -> None:
    frames = framed(scheme, rows)
    found = frame(frames, "editor")
    assert found.kind == "nominal"
    assert words(frames, found.agents) == ["reed"]
    assert words(frames, found.obliques["at"]) == ["echo"]


UD_NOMINAL = """
    Publication publication NN 7 nsubj
    of of IN 3 case
    files file NNS 1 nmod
    by by IN 5 case
    Reed reed NNP 3 nmod
    surprised surprise VBD 7 aux
    readers reader NNS 0 root
    """
CLEAR_NOMINAL = """
    Publication publication NN 6 nsubj
    of of IN 1 prep
    files file NNS 2 pobj
    by by IN 3 prep
    Reed reed NNP 4 pobj
    surprised surprise VBD 0 ROOT
    readers reader NNS 6 dobj
    """


@pytest.mark.parametrize(("scheme", "rows"), [("ud", UD_NOMINAL), ("clear", CLEAR_NOMINAL)])
def test_a_noun_has_its_agent_though_it_hangs_on_the_object(framed: Framed, scheme: str, rows: str) -> None:
    frames = framed(scheme, rows)
    found = frame(frames, "publication")
    assert words(frames, found.obliques["of"]) == ["files"]
    assert words(frames, found.obliques["by"]) == ["reed"]


def test_a_word_that_is_never_a_noun_is_a_verb(framed: Framed) -> None:
    frames = framed("ud", "Veldonia veldonia NNP 2 compound\ndenies denie NNS 0 root\nit it PRP 2 obj")
    found = frame(frames, "denie")
    assert (words(frames, found.agents), words(frames, found.patients)) == (["veldonia"], ["it"])


def test_an_unknown_scheme_is_refused(framed: Framed) -> None:
    with pytest.raises(BadPipeline, match="stanford"):
        find_links(framed("ud", PARSES["active"][0]).links.doc, "stanford")
