"""Characters and lines put in order: one normal form, no invisible characters, sentences whole, a paragraph a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_BREAKS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_HYPHENS = "-\u2010"
_ENDS = re.compile(r"[.!?:;…。！？؟۔]['\"”’»)\]]*$|['\"”»\]]$")
_ITEM = re.compile(r"(?:[-*•‣◦–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_WORD_BREAK = re.compile(r"[^\W\d_][-\u2010]$")
_WIDE = 120  # no typewriter, mail or e-text wraps beyond; longer lines are paragraphs
_NARROW = 40
_CUT_MIN = 30  # a shorter line without a full stop is a heading or a menu, not half a sentence


def characters(text: str) -> str:
    """`text` in NFC with `\\n` for every line end, single plain spaces, and no control, format or lone surrogate."""
    text = _BREAKS.sub("\n", text)
    unwanted = (c for c in set(text) - {"\n", "\t"} if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co"))
    text = unicodedata.normalize("NFC", text.translate(dict.fromkeys(map(ord, unwanted))))
    lines = (line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    return "\n".join(lines).strip("\n")


def blocks(text: str) -> list[list[str]]:
    """The lines of a tidy text, grouped as blank lines group them."""
    return [chunk.split("\n") for chunk in re.split(r"\n\n+", text) if chunk]


def unwrap(groups: Sequence[Sequence[str]], *, wrapped: bool | None = None) -> list[list[str]]:
    """The same groups with wrapped lines joined.

    Where the text as a whole is wrapped at a margin, a group is one paragraph (list items apart); otherwise lines are
    joined only in mid-sentence. `wrapped` says which when the format decides it (in Markdown lines always run on).
    """
    flow = _is_wrapped(groups) if wrapped is None else wrapped
    words = _hyphenated(groups)
    done: list[list[str]] = []
    for group in groups:
        lines: list[str] = []
        for line in group:
            joins = lines and not _ITEM.match(line) and (flow or _runs_on(lines[-1], line))
            if joins:
                lines[-1] = _join(lines[-1], line, words)
            else:
                lines.append(line)
        done.append(lines)
    return done


def heal(groups: Sequence[Sequence[str]]) -> list[list[str]]:
    """The same groups, with a sentence that a blank line cuts in two made whole."""
    words = _hyphenated(groups)
    done: list[list[str]] = []
    for group in groups:
        if done and group and _runs_on(done[-1][-1], group[0]):
            done[-1][-1] = _join(done[-1][-1], group[0], words)
            done[-1].extend(group[1:])
        else:
            done.append(list(group))
    return done


def _is_wrapped(groups: Sequence[Sequence[str]]) -> bool:
    inner = [len(line) for group in groups for line in group[:-1]]
    if len(inner) < 3:
        return False
    width = sorted(inner)[int(len(inner) * 0.9)]
    full = sum(width * 0.75 <= size <= width * 1.1 for size in inner)
    return _NARROW <= width <= _WIDE and full >= 0.7 * len(inner)


def _runs_on(line: str, following: str) -> bool:
    """Whether `following` goes on in the middle of the sentence that `line` broke off."""
    if _ITEM.match(following):
        return False
    if line.endswith(",") and len(line) >= _CUT_MIN:
        return True
    if not following[:1].islower():
        return False
    if _WORD_BREAK.search(line) and len(line) >= _NARROW:
        return True
    return len(line) >= _CUT_MIN and not _ENDS.search(line)


def _hyphenated(groups: Sequence[Sequence[str]]) -> frozenset[str]:
    text = " ".join(line for group in groups for line in group)
    return frozenset(word.casefold() for word in re.findall(r"\b\w++[-\u2010]\w++", text))


def _join(line: str, following: str, hyphenated: frozenset[str]) -> str:
    if not _WORD_BREAK.search(line) or not following[:1].islower():
        return f"{line} {following}"
    start = re.search(r"\w+[-\u2010]$", line[-60:])
    rest = re.match(r"\w+", following)
    whole = (start.group() if start else "") + (rest.group() if rest else "")
    if whole.casefold() in hyphenated:
        return line + following  # the text writes this word with a hyphen elsewhere, too
    return line.rstrip(_HYPHENS) + following
