#!/usr/bin/env python3
"""How resolution grows with the corpus: processor seconds and peak memory over made mentions.

    python benchmarks/resolve.py [10000 100000 1000000]

Names follow a Zipf distribution over a pool of a fifth as many people, one in fifty is misspelled, twenty to an
article. No competitor stands beside it: what is measured is the growth, against n log n.
"""

from __future__ import annotations

import itertools
import math
import random
import resource
import sys
import time

from kg.records import Annotated, Document, LocalEntity, Position, Span
from kg.resolve import resolve

SYLLABLES = [consonant + vowel for consonant in "bcdfghklmnprstvwxz" for vowel in "aeiou"]
HEADS = ("mentions", "entities", "merged", "unsure", "CPU s", "peak MB", "s / (n log n)")
TITLES = ("director", "minister", "editor", "spokesman", "professor", "judge", "mayor", "treasurer")


def articles(mentions: int, *, seed: int = 7) -> list[Annotated]:
    """Made articles with `mentions` persons named in all."""
    draw = random.Random(seed)
    word = lambda k: "".join(draw.choice(SYLLABLES) for _ in range(k)).capitalize()  # noqa: E731
    firsts, lasts = [word(2) for _ in range(2000)], [word(3) for _ in range(max(200, mentions // 50))]
    pool = [f"{draw.choice(firsts)} {draw.choice(lasts)}" for _ in range(max(100, mentions // 5))]
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(pool))))
    found = []
    for number in range(mentions // 20):
        names = {draw.choices(pool, cum_weights=weights)[0] for _ in range(20)}
        entities = []
        for i, name in enumerate(sorted(names), 1):
            at = draw.randrange(len(name))
            shown = name[:at] + draw.choice("aeiou") + name[at + 1 :] if draw.random() < 0.02 else name
            entities.append(LocalEntity(f"e{i}", "Person", shown, (shown,)))
        document = Document(f"{number}.txt", str(number), "", "", "text/plain", "en")
        posts = tuple(Position(e.id, TITLES[hash_of(e.name)], (Span(0, 0),), "r") for e in entities[:3])
        found.append(Annotated(document, tuple(entities), (), (), positions=posts))
    return found


def hash_of(name: str) -> int:
    return sum(map(ord, name)) % len(TITLES)


def main() -> None:
    sizes = [int(a) for a in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    print(" ".join(f"{head:>{width}}" for width, head in zip((9, 9, 7, 7, 8, 8, 14), HEADS, strict=True)))
    for size in sizes:
        corpus = articles(size)
        start = time.process_time()
        result = resolve(corpus, authority={})
        seconds = time.process_time() - start
        verdicts = [m.verdict for m in result.merges]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{size:>9} {len(result.entities):>9} {verdicts.count('same'):>7} {verdicts.count('unsure'):>7} "
              f"{seconds:>8.2f} {peak:>8.0f} {seconds / (size * math.log(size)):>14.2e}")  # fmt: skip


if __name__ == "__main__":
    main()
