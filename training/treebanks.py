"""Readers of the treebanks: each gives spaCy Docs with gold annotation and, for entities, what was annotated at all.

Entity conventions are reconciled to that of Universal NER: names only, without articles, titles, possessive endings
and what follows a comma. `Doc.user_data["scheme"]` names the entity labels that the corpus annotates;
a token whose status is doubtful is left missing (`Doc.set_ents(missing=...)`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

WORDS = {
    key: frozenset(words)
    for key, words in yaml.safe_load((Path(__file__).parent / "names.yaml").read_text("utf-8")).items()
}
PLACES = ("GPE", "LOC", "FAC")
NAMES = ("PERSON", "ORG", *PLACES)


@dataclass
class Sentence:
    """One sentence of a CoNLL-U file: rows of ten columns, the surface spaces, and whether a paragraph starts here."""

    rows: list[list[str]]
    spaces: list[bool]
    paragraph: bool = False
    id: str = ""


@dataclass
class Piece:
    """A document as it is being put together."""

    name: str
    sentences: list[Sentence] = field(default_factory=list)


def read_conllu(path: Path) -> Iterator[Piece]:
    """The documents of a CoNLL-U file. Multiword tokens become their words, written as they stand in the text."""
    piece = Piece("")
    comments: list[str] = []
    rows: list[list[str]] = []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        if line.startswith("#"):
            if line.startswith("# newdoc") and piece.sentences:
                yield piece
                piece = Piece("")
            comments.append(line)
        elif line.strip():
            rows.append(line.split("\t"))
        elif rows:
            piece.sentences.append(_sentence(rows, comments))
            rows, comments = [], []
    if piece.sentences:
        yield piece


def _sentence(rows: list[list[str]], comments: list[str]) -> Sentence:
    words: list[list[str]] = []
    spaces: list[bool] = []
    pending: list[str] = []  # surface pieces for the words of a multiword token
    tail = True
    last = ""
    for source in rows:
        row = list(source)
        if "." in row[0]:
            continue
        space = "SpaceAfter=No" not in row[9]
        if "-" in row[0]:
            first, last = row[0].split("-")
            pending = split_surface(
                row[1], [r[1] for r in rows if r[0].isdigit() and int(first) <= int(r[0]) <= int(last)]
            )
            tail = space
            continue
        if pending:
            row[1] = pending.pop(0)
            spaces.append(tail and row[0] == last)
        else:
            spaces.append(space)
        words.append(row)
    ids = [c.split("=", 1)[1].strip() for c in comments if c.startswith("# sent_id")]
    paragraph = any(c.startswith(("# newpar", "# newdoc")) and not c.startswith("# newpar_block") for c in comments)
    return Sentence(words, spaces, paragraph, ids[0] if ids else "")


def split_surface(surface: str, words: list[str]) -> list[str]:
    """`surface` cut into one non-empty piece a word, by the words' own lengths, whatever is left going to the last."""
    if len(surface) < len(words):
        return words
    pieces: list[str] = []
    rest = surface
    for at, word in enumerate(words[:-1]):
        room = len(rest) - (len(words) - at - 1)
        cut = max(1, min(len(word), room))
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return [*pieces, rest]


def to_doc(vocab: Vocab, sentences: list[Sentence], *, breaks: bool = False) -> Doc:
    """A Doc of `sentences` with everything but entities; `breaks` writes paragraphs as blank lines."""
    words: list[str] = []
    spaces: list[bool] = []
    heads: list[int] = []
    rows: list[list[str]] = []
    starts: list[bool] = []
    for sentence in sentences:
        if breaks and sentence.paragraph and words:
            spaces[-1] = False
            words.append("\n\n")
            spaces.append(False)
            heads.append(len(words) - 1)
            rows.append(["", "\n\n", "", "SPACE", "_SP", "", "", "dep", "", ""])
            starts.append(False)
        offset = len(words)
        gap = {}  # CoNLL-U id -> index here
        for at, row in enumerate(sentence.rows):
            gap[row[0]] = offset + at
        for at, row in enumerate(sentence.rows):
            words.append(row[1])
            spaces.append(sentence.spaces[at])
            heads.append(gap.get(row[6], offset + at))
            rows.append(row)
            starts.append(at == 0)
        spaces[-1] = spaces[-1] or True
    for at, row in enumerate(rows):  # a blank line hangs on the word before it
        if row[1] == "\n\n":
            heads[at] = max(at - 1, 0)
    return Doc(
        vocab,
        words=words,
        spaces=spaces,
        heads=heads,
        deps=["ROOT" if row[7] == "root" else row[7] for row in rows],
        sent_starts=starts,
        tags=[row[4] for row in rows],
        pos=[row[3] for row in rows],
        morphs=["" if row[5] in ("_", "") else row[5] for row in rows],
        lemmas=[row[2] if row[2] != "_" or row[1] == "_" else row[1] for row in rows],
    )


def place_kind(words: Iterable[str]) -> str:
    """FAC, LOC or GPE for the name of a place."""
    lowered = [word.lower() for word in words]
    if any(word in WORDS["government"] for word in lowered):
        return "GPE"
    ends = {lowered[0], lowered[-1]}
    if ends & WORDS["facility"]:
        return "FAC"
    return "LOC" if ends & WORDS["nature"] or all(word in WORDS["region"] for word in lowered) else "GPE"


def gum_spans(rows: list[list[str]]) -> list[tuple[int, int, str]]:
    """The entity spans of one GUM sentence that close in it: (first, last, type), indices into `rows`."""
    open_: list[tuple[int, str, str]] = []
    spans: list[tuple[int, int, str]] = []
    for at, row in enumerate(rows):
        found = re.search(r"(?:^|\|)Entity=([^|]*)", row[9])
        for bracket in re.findall(r"\([^()]*\)?|[^()]+\)", found.group(1) if found else ""):
            fields = bracket.strip("()").split("-")
            if bracket.startswith("(") and bracket.endswith(")"):
                spans.append((at, at, fields[1]))
            elif bracket.startswith("("):
                open_.append((at, fields[0], fields[1]))
            else:
                for index in range(len(open_) - 1, -1, -1):
                    if open_[index][1] == fields[0]:
                        first, _, kind = open_.pop(index)
                        spans.append((first, at, kind))
                        break
    return spans


GUM_LABELS = {"person": "PERSON", "organization": "ORG", "place": "PLACE", "event": "EVENT", "time": "DATE"}
STOPS = frozenset({",", "(", "[", "—", ";", ":", "–", '"', "“", "”"})
OUTSIDE = frozenset(
    ["in", "at", "from", "with", "by", "near", "during", "to", "under", "against", "between"]
)  # what follows these is not the name


def trim_name(rows: list[list[str]], first: int, last: int, *, person: bool) -> tuple[int, int] | None:
    """The name inside an entity span whose head is a proper noun; None when the span is no name.

    Drops articles, determiners, titles (`nmod:desc`), the possessive ending, clauses, appositions, what follows a comma
    or bracket, and lower-case words at either end.
    """
    inside = {rows[at][0]: at for at in range(first, last + 1)}
    heads = [at for at in range(first, last + 1) if rows[at][6] not in inside]
    if not heads or rows[heads[0]][3] != "PROPN":
        return None
    head = heads[0]
    end = head
    for at in range(head + 1, last + 1):
        row = rows[at]
        parent = inside.get(row[6], -1)
        if row[7].startswith(("acl", "appos", "parataxis", "advcl", "orphan", "list", "dep")) or row[1] in STOPS:
            break
        if row[1].lower() in OUTSIDE or (row[4] == "POS" and at == last):
            break
        if person and (row[3] in {"ADP", "CCONJ"} or row[4] == "POS" or (row[7] == "conj" and parent == head)):
            break
        if row[3] == "PROPN" or row[3] == "NUM" or (row[1][:1].isupper() and row[3] in {"NOUN", "ADJ", "X"}):
            end = at
        elif row[1].lower() not in WORDS["inner"] and row[7] != "punct":
            break
    start = head
    for at in range(head - 1, first - 1, -1):
        row = rows[at]
        capital = row[1][:1].isupper()
        if (person and row[7] == "nmod:desc") or row[3] in {"DET", "PRON", "ADP"} or row[1] in STOPS:
            break
        if (
            row[3] == "PROPN"
            or (capital and row[3] in {"NOUN", "ADJ", "X", "VERB"} and (at > 0 or not person))
            or (row[3] == "NUM" and not person)
        ):
            start = at
        elif (
            row[3] != "PUNCT"
            and row[1].lower() not in WORDS["inner"]
            and not (row[3] in {"NOUN", "ADJ"} and at > first and rows[at - 1][1] == "-")
        ):
            break
    while (
        start < end
        and (rows[start][3] in {"PUNCT", "NUM"} or (person and rows[start][7] == "nmod:desc"))
        and start != head
    ):
        start += 1
    while person and start < end and rows[start][1].lower() in WORDS["role"]:
        start += 1
    return start, end


def is_role(rows: list[list[str]], start: int, end: int) -> bool:
    """Whether a person's "name" is only the capitalised word for a post, or a people ("Americans")."""
    words = [rows[at][1].lower() for at in range(start, end + 1)]
    return all(word in WORDS["role"] or word in WORDS["inner"] for word in words) or rows[end][4] == "NNPS"


def _dates(rows: list[list[str]], first: int, last: int) -> tuple[int, int] | None:
    while first < last and rows[first][3] in {"DET", "ADP", "PUNCT"}:
        first += 1
    calendar = any(rows[at][3] in {"PROPN", "NUM"} for at in range(first, last + 1))
    return (first, last) if calendar and last - first < 7 else None


def gum_entities(doc: Doc, sentences: list[Sentence]) -> None:
    """Sets the named entities of a GUM document on `doc`, which `to_doc` made of the same sentences without breaks."""
    spans: list[Span] = []
    doubtful: list[Span] = []
    offset = 0
    for sentence in sentences:
        rows = sentence.rows
        for first, last, kind in gum_spans(rows):
            label = GUM_LABELS.get(kind)
            if label is None:
                continue
            if label == "DATE":
                bounds = _dates(rows, first, last)
            else:
                bounds = trim_name(rows, first, last, person=label == "PERSON")
            if bounds is None:
                continue
            start, end = bounds[0] + offset, bounds[1] + offset + 1
            if label == "PERSON" and is_role(rows, *bounds):
                doubtful.append(doc[start:end])
                continue
            if label == "PLACE":
                label = place_kind(rows[at][1] for at in range(bounds[0], bounds[1] + 1))
            spans.append(Span(doc, start, end, label))
        numbers(doc, rows, offset, spans)
        offset += len(rows)
    set_entities(doc, spans, doubtful)
    doc.user_data["scheme"] = [*NAMES, "EVENT", "DATE", "CARDINAL", "PERCENT"]


def numbers(doc: Doc, rows: list[list[str]], offset: int, spans: list[Span]) -> None:
    """Adds CARDINAL and PERCENT spans for runs of number words that are not part of another span."""
    taken = {at for span in spans for at in range(span.start, span.end)}
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and rows[end][3] == "NUM" and rows[end][4] == "CD" and offset + end not in taken:
            end += 1
        if end > at:
            percent = end < len(rows) and rows[end][1].lower() in {"%", "percent", "per"}
            extra = 2 if percent and rows[end][1].lower() == "per" else int(percent)
            if not (percent and extra == 2 and rows[min(end + 1, len(rows) - 1)][1].lower() != "cent"):
                spans.append(
                    Span(doc, offset + at, offset + min(end + extra, len(rows)), "PERCENT" if percent else "CARDINAL")
                )
        at = max(end, at + 1)


def set_entities(doc: Doc, spans: list[Span], doubtful: list[Span]) -> None:
    """Sets the longest spans that do not overlap; tokens of `doubtful` ones outside of them become missing."""
    chosen: list[Span] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        tokens = set(range(span.start, span.end))
        if not tokens & taken:
            chosen.append(span)
            taken |= tokens
    missing = [doc[at : at + 1] for span in doubtful for at in range(span.start, span.end) if at not in taken]
    unique = {span.start: span for span in missing}
    doc.set_ents(
        sorted(chosen, key=lambda s: s.start), missing=[unique[key] for key in sorted(unique)], default="outside"
    )


def read_iob(path: Path) -> dict[str, list[str]]:
    """Tags of each sentence of a Universal NER file, by sentence id."""
    tags: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text("utf-8").split("\n"):
        if line.startswith("# sent_id"):
            name = line.split("=", 1)[1].strip()
            tags[name] = []
        elif line and not line.startswith("#"):
            tags[name].append(line.split("\t")[2])
    return tags


def uner_entities(doc: Doc, sentences: list[Sentence], tags: dict[str, list[str]]) -> None:
    """Sets Universal NER's entities on an EWT document; sentences that it does not have stay missing."""
    labels = {"PER": "PERSON", "ORG": "ORG", "LOC": "PLACE"}
    spans: list[Span] = []
    doubtful: list[Span] = []
    offset = 0
    for sentence in sentences:
        row_tags = tags.get(sentence.id, [])
        if len(row_tags) != len(sentence.rows):
            doubtful.append(doc[offset : offset + len(sentence.rows)])
            row_tags = []
        spans += [
            _labelled(doc, offset + a, offset + b, labels[kind]) for a, b, kind in iob_spans(row_tags) if kind in labels
        ]
        offset += len(sentence.rows)
    set_entities(doc, spans, doubtful)
    doc.user_data["scheme"] = list(NAMES)
    doc.user_data["places"] = "merged"


def iob_spans(tags: list[str]) -> list[tuple[int, int, str]]:
    """Spans of a list of IOB or IOB2 tags: (first, end exclusive, label)."""
    spans: list[tuple[int, int, str]] = []
    for at, tag in enumerate(tags):
        kind = tag[2:]
        if tag == "O" or not kind:
            continue
        if tag.startswith("I-") and spans and spans[-1][1] == at and spans[-1][2] == kind:
            spans[-1] = (spans[-1][0], at + 1, kind)
        else:
            spans.append((at, at + 1, kind))
    return spans


def _labelled(doc: Doc, start: int, end: int, label: str) -> Span:
    if label == "PLACE":
        label = place_kind(token.text for token in doc[start:end])
    return Span(doc, start, end, label)


def detokenise(words: list[str]) -> list[bool]:
    """For each word of tokenised text, whether a space followed it as far as punctuation tells."""
    spaces: list[bool] = []
    inside = False
    for word, after in zip(words, [*words[1:], ""], strict=True):
        space = after not in {",", ".", ";", ":", "?", "!", ")", "]", "%", "'s", "'", "n't", "''"} and word not in {
            "(",
            "[",
            "$",
            "``",
        }
        if word == '"':
            inside = not inside
            space = space and not inside
        if after == '"' and inside:
            space = False
        spaces.append(space)
    return spaces


def read_wikigold(vocab: Vocab, path: Path, *, at_once: int = 6) -> Iterator[Doc]:
    """Wikigold in Docs of `at_once` sentences. Events hide in its MISC, so those tokens are missing."""
    blocks = [b for b in re.split(r"\n\s*\n", path.read_text("utf-8")) if b.strip() and "-DOCSTART-" not in b]
    for index in range(0, len(blocks), at_once):
        rows = [line.rsplit(" ", 1) for block in blocks[index : index + at_once] for line in block.strip().split("\n")]
        words = [row[0] for row in rows]
        doc = Doc(vocab, words=words, spaces=detokenise(words))
        kept: list[Span] = []
        doubtful: list[Span] = []
        for start, end, kind in iob_spans([row[1] for row in rows]):
            first = start + 1 if words[start].lower() == "the" and end - start > 1 else start
            if kind == "MISC":
                doubtful.append(doc[start:end])
            else:
                kept.append(_labelled(doc, first, end, {"PER": "PERSON", "ORG": "ORG", "LOC": "PLACE"}[kind]))
        set_entities(doc, kept, doubtful)
        doc.user_data["scheme"] = list(NAMES)
        doc.user_data["places"] = "merged"
        yield doc


def read_re3d(vocab: Vocab, folder: Path, tokenise: object) -> Iterator[Doc]:
    """The documents of one RE3D source, named entities only. `tokenise` makes a Doc of a text."""
    entities = [json.loads(line) for line in (folder / "entities.json").read_text("utf-8").split("\n") if line.strip()]
    trusted = {item["value"] for item in entities if item.get("confidence", 1) >= 0.5}
    kinds = Counter((item["value"], item["type"]) for item in entities)
    for line in (folder / "documents.json").read_text("utf-8").split("\n"):
        if not line.strip():
            continue
        document = json.loads(line)
        doc: Doc = tokenise(document["text"])  # type: ignore[operator]
        spans: list[Span] = []
        doubtful: list[Span] = []
        for item in entities:
            if item["documentId"] == document["_id"]:
                _re3d_entity(doc, item, trusted, kinds, (spans, doubtful))
        set_entities(doc, spans, doubtful)
        doc.user_data["scheme"] = [*NAMES, "DATE"]
        doc.user_data["places"] = "merged"
        yield doc


def _re3d_entity(
    doc: Doc,
    item: dict[str, object],
    trusted: set[object],
    kinds: Counter[tuple[object, object]],
    found: tuple[list[Span], list[Span]],
) -> None:
    """Adds the span of `item` to the certain or to the doubtful ones of `found`, or to neither."""
    spans, doubtful = found
    label = {"Organisation": "ORG", "Location": "PLACE", "Person": "PERSON", "Temporal": "DATE"}.get(str(item["type"]))
    span = doc.char_span(int(str(item["begin"])), int(str(item["end"])), alignment_mode="contract") if label else None
    if span is None or label is None:
        return
    start, end = span.start, span.end
    if label == "PERSON":
        roles = [t.i for t in span if t.lower_ in WORDS["role"]]
        start = roles[-1] + 1 if roles else start
        if start < end and doc[start].lower_ in {"of", "for"}:
            doubtful.append(span)
            return
    while start < end and doc[start].lower_ in {"the", "a", "an"}:
        start += 1
    while end > start and (doc[end - 1].text in {"'s", "’s", "'", "’"} or doc[end - 1].is_punct):
        end -= 1
    if start == end:
        return
    if label == "DATE":
        spans.append(Span(doc, start, end, label))
        return
    content = [t for t in doc[start:end] if t.lower_ not in WORDS["inner"] and not t.is_punct]
    capital = [t for t in content if t.text[:1].isupper()]
    if not capital or all(
        t.lower_ in WORDS["role"] or t.lower_ in {"we", "i", "they", "he", "she", "it", "members"} for t in content
    ):
        if capital:
            doubtful.append(doc[start:end])
        return
    if (
        len(capital) < len(content)
        or item["value"] not in trusted
        or content[0].lower_ in {"members", "member", "people", "forces"}
    ):
        doubtful.append(doc[start:end])
        return
    value = item["value"]
    if kinds[value, "Nationality"]:
        return  # Universal NER leaves peoples and their adjectives out
    if label == "ORG" and kinds[value, "Location"] > kinds[value, "Organisation"] / 4:
        label = "PLACE"  # a country that acts is still named as a place
    commas = [t.i for t in doc[start:end] if t.text == ","] if label == "PLACE" else []
    for first, last in zip([start, *(at + 1 for at in commas)], [*commas, end], strict=True):
        if first < last:
            spans.append(_labelled(doc, first, last, label))
