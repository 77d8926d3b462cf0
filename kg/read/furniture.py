"""Page furniture off: what `data/furniture.yaml` knows, and what the structure of a page gives away.

The text is a list of groups of lines, as blank lines group them; a line is a paragraph by now.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

from kg.read.rules import Rules

Groups = list[list[str]]

_SENTENCE = re.compile(r"[.!?…。！？؟۔]['\"”’»)\]]*(?:\s|$)")
_TWICE = re.compile(r"(.{24,300}?)\s*\1")
_LABEL = 200  # characters of a line that may head a box
_CAPTION = 700  # characters of a line that may be a caption, or two
_LONG = 900  # characters of a paragraph from which on it is the article's own, whatever it asks for
_PROSE_WORDS = 12  # a shorter paragraph is no proof that the article goes on
_TAIL_SHARE = 0.34  # more prose than this share after a "tail" line: the line was a heading in the article
_ALIKE = 70.0  # the two versions of a caption differ in the credit and in slips


def words(line: str) -> int:
    """The number of words in a line."""
    return len(line.split())


def is_prose(line: str) -> bool:
    """Whether a line is running text: long enough, and with a sentence's end."""
    return len(line) >= 2 * _PROSE_WORDS and words(line) >= _PROSE_WORDS and bool(_SENTENCE.search(line))


def is_sentence(line: str) -> bool:
    """Whether a sentence ends at the line's end."""
    return bool(re.search(r"[.!?…]['\"”’)\]]*$", line))


def strip(groups: Sequence[Sequence[str]], rules: Rules, *, page: bool = True) -> Groups:
    """The groups without furniture. What is left is the article with headline, byline, headings and captions.

    `page` False: the text was written as a file, not taken from a page, so loose lines at its ends are its own.
    """
    kept = _links(groups, rules)
    kept = [[line for line in group if len(line) > _LONG or not rules.lines.fullmatch(line)] for group in kept]
    kept = _tail(_full(kept), rules)
    kept = _appeals(_full(kept), rules)
    kept = [[_once(rules.inline.sub("", line)).strip() for line in group] for group in kept]
    kept = _repeated(_full(kept), rules)
    return _loose_end(_full(_menu(kept)), rules) if page else _full(kept)


def _once(line: str) -> str:
    """A caption that stands twice in its own line, once."""
    found = _TWICE.match(line) if len(line) <= _CAPTION else None
    return line[: found.end(1)] + line[found.end() :] if found else line


def _full(groups: Sequence[Sequence[str]]) -> Groups:
    return [[line for line in group if line] for group in groups if any(group)]


def _links(groups: Sequence[Sequence[str]], rules: Rules) -> Groups:
    """Labels of links ("RELATED:") away, with the links below them."""
    done: Groups = []
    for group in groups:
        kept: list[str] = []
        for line in group:
            label = rules.links.match(line) if len(line) <= _LONG else None
            if label and label.end() == len(line):
                break
            if not (label and line[label.end() - 1] == ":" and not is_prose(line)):
                kept.append(line)
        done.append(kept)
    return done


def _tail(groups: Groups, rules: Rules) -> Groups:
    """Cut where comments, boxes and footers begin, unless too much prose follows for that."""
    total = sum(words(line) for group in groups for line in group if is_prose(line)) or 1
    for number, group in enumerate(groups):
        for place, line in enumerate(group):
            if len(line) > _LABEL or not rules.tails.fullmatch(line):
                continue
            after = [*group[place:], *(other for later in groups[number + 1 :] for other in later)]
            prose = sum(words(other) for other in after if is_prose(other))
            if prose <= total * _TAIL_SHARE and prose < total:
                return [*groups[:number], group[:place]]
    return groups


def _appeals(groups: Groups, rules: Rules) -> Groups:
    """Paragraphs that speak for the site away, with the slogan right above them at the article's end."""
    own = [[line for line in group if len(line) > _LONG or not rules.paragraphs.search(line)] for group in groups]
    last = max((number for number, group in enumerate(own) for line in group if is_prose(line)), default=-1)
    done: Groups = []
    for number, group in enumerate(groups):
        kept = own[number]
        if len(kept) < len(group) and number > last:
            while done and all(words(line) < _PROSE_WORDS for line in done[-1]) and len(done) > last + 1:
                done.pop()
        done.append(kept)
    return done


def _repeated(groups: Groups, rules: Rules) -> Groups:
    """Captions given twice once only, and a short line that comes three times not at all."""
    often = Counter(line.casefold() for group in groups for line in group if words(line) < _PROSE_WORDS)
    done: Groups = []
    before = ""
    for group in groups:
        kept: list[str] = []
        for line in group:
            if often[line.casefold()] >= 3:
                continue
            if before and _same_caption(before, line, rules):
                # The later version replaces the earlier: pages give the alternative text first, the caption after.
                if kept:
                    kept.pop()
                else:
                    done[-1].pop()
            kept.append(line)
            before = line
        done.append(kept)
    return done


def _same_caption(before: str, line: str, rules: Rules) -> bool:
    if before.casefold() == line.casefold():
        return True
    caption = rules.captions.search(before) or rules.captions.search(line)
    return bool(caption) and ratio(before.casefold(), line.casefold()) >= _ALIKE


def _menu(groups: Groups) -> Groups:
    """A run of at least three labels at the very top is a menu."""
    top: list[tuple[int, int]] = []
    for number, group in enumerate(groups):
        for place, line in enumerate(group):
            if words(line) <= 3 and not _SENTENCE.search(line):
                top.append((number, place))
                continue
            if len(top) < 3:
                return groups
            return [group[place:], *groups[number + 1 :]]
    return groups


def _loose_end(groups: Groups, rules: Rules) -> Groups:
    """Short lines without a sentence at the very end lead nowhere, unless they say who published or wrote it."""
    while groups and groups[-1]:
        line = groups[-1][-1]
        says = any(rule.fullmatch(line) for rule in (*rules.publishers, *rules.bylines, *rules.contributors))
        says = says or (":" in line and bool(rules.captions.search(line)))  # who took a picture
        if words(line) > 8 or _SENTENCE.search(line) or says or sum(map(len, groups)) == 1:
            break
        groups[-1].pop()
        groups = _full(groups)
    return groups
