"""Invented news sentences with marked names: `python training/synthesise.py AUTHORITY OUT.spacy`.

Frames and word lists are in synthetic.yaml; persons, organisations, outlets and places come from there and from the
labels of the authority files, so that names of today are seen in every position.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterable
from pathlib import Path

import spacy
import yaml
from spacy.tokens import Doc, DocBin

SLOT = re.compile(r"\{(\w+)\}")
LABELS = {
    "P": "PERSON",
    "S": "PERSON",
    "O": "ORG",
    "M": "ORG",
    "acronym": "ORG",
    "G": "GPE",
    "L": "LOC",
    "F": "FAC",
    "E": "EVENT",
    "D": "DATE",
    "N": "CARDINAL",
    "C": "PERCENT",
}
LISTS = {
    "t": "titles",
    "r": "roles",
    "a": "adjectives",
    "k": "leaks",
    "ministry": "ministries",
    "L": "regions",
    "F": "facilities",
    "E": "events",
    "D": "dates",
    "N": "numbers",
    "C": "percentages",
}
GROUPS = {"Person": "P", "Country": "G", "City": "G", "Region": "G", "County": "G", "MediaOutlet": "M"}
ORGANISATIONS = (
    "Organisation",
    "GovernmentBody",
    "PoliticalParty",
    "IntergovernmentalOrganisation",
    "CivilSocietyOrganisation",
    "AcademicInstitution",
    "Company",
)


class Writer:
    """Fills frames at random; every choice comes from `rng`."""

    def __init__(self, words: dict[str, list[str]], known: dict[str, list[str]], rng: random.Random) -> None:
        self.words, self.known, self.rng = words, known, rng

    def sentence(self) -> tuple[str, list[tuple[int, int, str]]]:
        """A text and its entities as character spans."""
        frame = self.rng.choice(self.words["sentences"])
        if frame.startswith("{G} PRESIDENT"):
            text, spans = self.filled(frame)
            return text.upper(), spans if len(text.upper()) == len(text) else []
        return self.filled(frame)

    def filled(self, frame: str) -> tuple[str, list[tuple[int, int, str]]]:
        text, spans, at = "", [], 0
        for slot in SLOT.finditer(frame):
            text += frame[at : slot.start()]
            value = self.value(slot.group(1))
            label = LABELS.get(slot.group(1))
            if label:
                article = 4 if value.lower().startswith("the ") else 0
                if slot.group(1) in "OM" and article and text.rstrip().lower().endswith(" the"):
                    value, article = value[4:], 0
                spans.append((len(text) + article, len(text) + len(value), label))
            text += value
            at = slot.end()
        return text + frame[at:], spans

    def value(self, slot: str) -> str:
        rng = self.rng
        if slot == "P":
            if rng.random() < 0.25 and self.known["P"]:
                return rng.choice(self.known["P"])
            middle = f" {rng.choice('ABCDEFGHJKLMNPRSTW')}." if rng.random() < 0.1 else ""
            return f"{rng.choice(self.words['given'])}{middle} {rng.choice(self.words['family'])}"
        if slot == "S":
            return rng.choice(self.words["family"])
        if slot == "acronym":
            return "".join(rng.choice("ABCDEFGHIKLMNOPRSTUVW") for _ in range(rng.randint(3, 5)))
        if slot in "OMG" and (slot == "G" or rng.random() < 0.6) and self.known[slot]:
            return rng.choice(self.known[slot])
        pattern = rng.choice(self.words[{"O": "organisations", "M": "outlets"}.get(slot) or LISTS[slot]])
        return SLOT.sub(lambda inner: self.value(inner.group(1)), pattern)


def known_names(folder: Path) -> dict[str, list[str]]:
    """English names of the authority's entries by slot."""
    found: dict[str, list[str]] = {"P": [], "O": [], "M": [], "G": []}
    for file in sorted(folder.glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text("utf-8")) or []:
            slot = "O" if entry["type"] in ORGANISATIONS else GROUPS.get(entry["type"])
            if slot:
                found[slot] += [
                    entry["label"],
                    *entry.get("aliases", []),
                    *(entry.get("acronyms", []) if slot != "P" else []),
                ]
    return found


def documents(nlp: spacy.Language, writer: Writer, count: int) -> Iterable[Doc]:
    """`count` Docs of one to four sentences."""
    while count:
        parts = [writer.sentence() for _ in range(writer.rng.randint(1, 4))]
        text, spans = "", []
        for sentence, marks in parts:
            text += " " if text else ""
            spans += [(start + len(text), end + len(text), label) for start, end, label in marks]
            text += sentence
        doc = nlp.make_doc(text)
        ents = [doc.char_span(*span[:2], label=span[2]) for span in spans]
        if all(ents):
            doc.set_ents(ents, default="outside")
            doc.user_data["scheme"] = sorted(set(LABELS.values()))
            count -= 1
            yield doc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("authority", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=900)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    words = yaml.safe_load((Path(__file__).parent / "synthetic.yaml").read_text("utf-8"))
    writer = Writer(words, known_names(given.authority), random.Random(given.seed))
    DocBin(docs=documents(spacy.blank("en"), writer, given.count), store_user_data=True).to_disk(given.out)


if __name__ == "__main__":
    main()
