"""The words of a document as names need them: no white space, folded, with letter case and where lines end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spacy.tokens import Doc, Token

from kg.annotate.names_fold import fold
from kg.annotate.names_lexicon import lexicon

_LINE_MIN = (
    15  # characters; a line shorter than this, or with no word in lower case, ends by itself: it was not wrapped
)
_HEADING_SHARE = 0.7  # of a line's content words are capitalised: a heading in title case
_HEADING_WORDS = 25  # words; longer lines are prose
END_MARKS = frozenset(".!?:;")


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of a document that are not white space, with parallel lists about them.

    All indexes of names and mentions are into these lists, not into the `Doc`.
    """

    tokens: tuple[Token, ...]
    folds: tuple[str, ...]
    caps: tuple[bool, ...]  # begins with a capital letter (or a digit inside a name: see `is_cap`)
    breaks: tuple[bool, ...]  # no name runs from the word before into this one
    starts: tuple[bool, ...]  # first word of a sentence or line, where a capital means nothing
    headings: tuple[bool, ...]  # in a line in title case or capitals, where capitals mean nothing
    index: tuple[int, ...]  # token index in the `Doc` -> the word there, or the next one

    def __len__(self) -> int:
        return len(self.tokens)

    def text(self, start: int, end: int) -> str:
        """The words from `start` to `end` (exclusive) as written, white space made single."""
        return "".join(
            t.text + (" " if t.whitespace_ or self._wrapped(t) else "") for t in self.tokens[start:end]
        ).strip()

    def folded(self, start: int, end: int) -> tuple[str, ...]:
        """The folded words from `start` to `end` (exclusive)."""
        return self.folds[start:end]

    @staticmethod
    def _wrapped(token: Token) -> bool:
        return token.i + 1 < len(token.doc) and bool(token.doc[token.i + 1].is_space)


def words_of(doc: Doc) -> Words:
    """The words of `doc`."""
    tokens: list[Token] = []
    breaks: list[bool] = []
    starts: list[bool] = []
    broken, line_start = True, 0
    line_of: list[int] = []
    index: list[int] = []
    line, prose = 0, False
    for token in doc:
        index.append(len(tokens))
        if token.is_space:
            newlines = token.text.count("\n")
            if newlines:
                wrapped = newlines == 1 and token.idx - line_start >= _LINE_MIN and prose
                ended = bool(tokens) and tokens[-1].text[-1] in END_MARKS
                broken = broken or not wrapped or ended
                line += 1
                line_start, prose = token.idx + len(token.text), False
            continue
        prose = prose or token.is_lower
        tokens.append(token)
        breaks.append(broken)
        line_of.append(line)
        starts.append(broken or _opens(tokens, breaks))
        broken = False
    folds = tuple(fold(t.text) for t in tokens)
    caps = tuple(is_cap(t.text) for t in tokens)
    return Words(
        tuple(tokens),
        folds,
        caps,
        tuple(breaks),
        tuple(starts),
        _headings(folds, caps, [t.text.isupper() for t in tokens], line_of),
        tuple(index),
    )


def is_cap(text: str) -> bool:
    """Whether a word begins with a capital, or is a brand such as "iPhone" or a name such as "d'Ancona"."""
    if text[0].isupper():
        return True
    return len(text) > 2 and text[0].isalpha() and any(c.isupper() for c in text[1:3]) and not text[0].isupper()


def _opens(tokens: list[Token], breaks: list[bool]) -> bool:
    """Whether the last of `tokens` begins a sentence: the word before, quotation marks aside, ended one."""
    at = len(tokens) - 2
    while at >= 0 and tokens[at].is_punct and tokens[at].text[0] in "\"'“”‘’([":
        if breaks[at]:
            return True
        at -= 1
    return at < 0 or tokens[at].text in END_MARKS or tokens[at].text in ("|", "•", "*", "…", "...")


def _headings(
    folds: tuple[str, ...], caps: tuple[bool, ...], upper: list[bool], line_of: list[int]
) -> tuple[bool, ...]:
    small = lexicon().words["small"]
    flags = [False] * len(folds)
    start = 0
    for end in range(1, len(folds) + 1):
        if end < len(folds) and line_of[end] == line_of[start]:
            continue
        content = [i for i in range(start, end) if re.match(r"[^\W\d_]", folds[i]) and folds[i] not in small]
        shouted = len(content) > 1 and all(upper[i] for i in content)
        share = sum(caps[i] for i in content) / len(content) if content else 0.0
        titled = len(content) > 3 and share >= _HEADING_SHARE and folds[end - 1] not in ".!?"
        if (shouted or titled) and end - start <= _HEADING_WORDS:
            flags[start:end] = [True] * (end - start)
        start = end
    return tuple(flags)
