"""What annotate costs over the bare spaCy pipeline, and how its memory grows with a document.

python benchmarks/annotate.py ARTICLES [--pipeline NAME] [--rounds 3]     words/s of both in one run
python benchmarks/annotate.py --words 100000                              one made document: time, words/s, memory
"""

from __future__ import annotations

import argparse
import resource as system
import time
from collections.abc import Callable
from pathlib import Path

from kg.annotate import annotate_with
from kg.annotate.pipeline import load_pipeline, scheme
from kg.authority import load_authority
from kg.read import read
from kg.records import Document, Rejected
from kg.settings import Settings, resource

SENTENCE = "The Evening Echo said on Monday that Anna Reed, a clerk at Harrow Bank, had copied the Marlow Files. "


def made(words: int) -> Document:
    """A document of about so many words in paragraphs of ten sentences."""
    count = max(words // len(SENTENCE.split()), 1)
    text = "".join(SENTENCE + ("\n\n" if n % 10 == 9 else "") for n in range(count))
    return Document("made.txt", "made", text, "", "text/plain", "en")


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("articles", type=Path, nargs="?")
    args.add_argument("--pipeline")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--words", type=int)
    opt = args.parse_args()
    if opt.words:
        documents = [made(opt.words)]
    elif opt.articles:
        documents = [d for d in read(opt.articles, settings=Settings()) if not isinstance(d, Rejected)]
    else:
        args.error("give a folder of articles or --words")
    nlp = load_pipeline(opt.pipeline)
    authority = load_authority(resource("data/authority"))
    words = sum(len(d.text.split()) for d in documents)
    for _ in range(1 if opt.words else opt.rounds):
        bare = 0.0 if opt.words else seconds(lambda: list(nlp.pipe(d.text for d in documents)))
        full = seconds(lambda: list(annotate_with(documents, nlp=nlp, scheme=scheme(nlp), authority=authority)))
        peak = system.getrusage(system.RUSAGE_SELF).ru_maxrss // 1024
        ratio = f", bare pipeline {words / bare:.0f} words/s: {bare / full:.2f} of it" if bare else ""
        print(f"{words} words: annotate {words / full:.0f} words/s in {full:.1f} s of processor time{ratio}; {peak} MB")


if __name__ == "__main__":
    main()
