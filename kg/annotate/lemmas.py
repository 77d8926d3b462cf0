"""Base forms by spelling, for where a statistical lemmatizer invents one."""

from __future__ import annotations

from collections.abc import Container, Iterator


def mend(lower: str, lemma: str, tag: str, known: Container[str]) -> str:
    """The pipeline's lemma, unless only a regular base form of the word is in the vocabulary that rules know."""
    if lemma in known or tag[:2] not in ("VB", "NN", "JJ"):
        return lemma
    return next((form for form in base_forms(lower) if form in known), lemma)


def base_forms(word: str) -> Iterator[str]:
    """What a word may be an inflected form of, by regular English spelling, the likeliest first."""
    yield word
    for ending, replacements in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            yield from (stem + tail for tail in replacements)
            if ending in ("ed", "ing") and len(stem) > 2 and stem[-1] == stem[-2]:
                yield stem[:-1]
    if word in _IRREGULAR:
        yield _IRREGULAR[word]


_ENDINGS = (
    ("ies", ("y",)), ("ied", ("y",)), ("ed", ("", "e")), ("ing", ("", "e")), ("es", ("", "e")), ("s", ("",)),
)  # fmt: skip
_IRREGULAR = {
    "said": "say", "told": "tell", "wrote": "write", "written": "write", "gave": "give", "given": "give", "got": "get",
    "sent": "send",
    "stole": "steal", "stolen": "steal", "took": "take", "taken": "take", "came": "come", "held": "hold",
    "made": "make", "led": "lead", "ran": "run", "found": "find", "went": "go", "flew": "fly", "spoke": "speak",
    "saw": "see",
    "broke": "break", "showed": "show", "shown": "show", "knew": "know", "known": "know", "began": "begin",
    "begun": "begin", "thought": "think", "became": "become", "chose": "choose", "chosen": "choose", "paid": "pay",
    "sought": "seek", "kept": "keep", "taught": "teach", "hid": "hide", "spilt": "spill", "shed": "shed",
}  # fmt: skip
