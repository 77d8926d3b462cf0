"""Evaluate: how much of what people annotated was found, and how much of what was found is right."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg.evaluate.compare import Outcome, compare
from kg.evaluate.facts import KINDS, Said
from kg.evaluate.found import load_found
from kg.evaluate.gold import load_gold

__all__ = ["Evaluation", "Outcome", "Score", "evaluate", "load_found", "load_gold", "reliability"]

RESAMPLES = 1000  # bootstrap resamples: the second digit of a 95 % interval no longer moves


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 with the counts behind them, and a 95 % interval of F1 (bootstrap over documents).

    `low` and `high` are None for fewer than two documents: one cannot tell how far another would differ.
    """

    right: int
    wrong: int
    missing: int
    low: float | None = None
    high: float | None = None

    @property
    def gold(self) -> int:
        return self.right + self.missing

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.missing
        return 2 * self.right / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores by kind (`all facts` is everything but entities) and by property, and every judged item."""

    kinds: Mapping[str, Score]
    properties: Mapping[tuple[str, str], Score]
    outcomes: tuple[Outcome, ...]
    missing_documents: tuple[str, ...]

    def errors(self) -> list[Outcome]:
        """What is wrong or missing, in the order of the documents."""
        return [o for o in self.outcomes if o.verdict != "right"]


def evaluate(gold: Iterable[Said], store: ox.Store, *, seed: int = 0) -> Evaluation:
    """Judge a release's article graphs by gold annotations. A document that is not in the graph counts as missed."""
    found = {said.document: said for said in load_found(store)}
    outcomes: list[Outcome] = []
    absent: list[str] = []
    for expected in gold:
        if expected.document not in found:
            absent.append(expected.document)
        outcomes += compare(expected, found.get(expected.document, Said(expected.document, (), ())))
    kinds = {kind: _score([o for o in outcomes if o.kind == kind], seed) for kind in KINDS}
    kinds["all facts"] = _score([o for o in outcomes if o.kind != "entities"], seed)
    grouped: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.property:
            grouped[outcome.kind, outcome.property].append(outcome)
    properties = {key: _score(rows, seed) for key, rows in sorted(grouped.items())}
    return Evaluation(kinds, properties, tuple(outcomes), tuple(absent))


def _score(outcomes: Sequence[Outcome], seed: int) -> Score:
    by_document: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for outcome in outcomes:
        by_document[outcome.document][("right", "wrong", "missing").index(outcome.verdict)] += 1
    rows = list(by_document.values())
    total = Score(*(sum(row[i] for row in rows) for i in range(3)))
    if len(rows) < 2:
        return total
    draw = random.Random(seed)  # noqa: S311 - resampling, not secrecy
    samples = sorted(
        Score(*(sum(row[i] for row in sample) for i in range(3))).f1
        for sample in (draw.choices(rows, k=len(rows)) for _ in range(RESAMPLES))
    )
    return Score(total.right, total.wrong, total.missing, samples[RESAMPLES // 40], samples[-RESAMPLES // 40])


def reliability(outcomes: Iterable[Outcome], *, bins: int = 5) -> list[tuple[float, float, int, float, float]]:
    """Reliability table (DeGroot & Fienberg 1983): for each bin of confidence its bounds, how many facts fall into it,
    their mean confidence and the share of them that is right. Bins without facts are left out."""
    rows: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for o in outcomes:
        if o.confidence is not None and o.verdict != "missing":
            rows[min(int(o.confidence * bins), bins - 1)].append((o.confidence, o.verdict == "right"))
    return [
        (i / bins, (i + 1) / bins, len(r), sum(c for c, _ in r) / len(r), sum(right for _, right in r) / len(r))
        for i, r in sorted(rows.items())
    ]
