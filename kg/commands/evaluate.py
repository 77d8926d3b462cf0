"""`kg evaluate`: a release judged by gold annotations."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from kg.evaluate import Evaluation, Score, evaluate, load_gold, reliability
from kg.store import load_files, open_release


@click.command("evaluate")
@click.argument("gold", type=click.Path(path_type=Path))
@click.option("--release", "where", type=click.Path(path_type=Path), default="out", show_default=True,
              help="A folder of releases, a release, or an N-Quads or TriG dump.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--errors", is_flag=True, help="List what is wrong or missing, with its sentence.")
def command(gold: Path, *, where: Path, form: str, errors: bool) -> None:
    """Score a release against the annotations (*.json) in the folder GOLD.

    Precision, recall and F1 for each kind of fact and each property, with 95 % intervals from a bootstrap over the
    documents, and how reliable the confidences are. `--format csv` writes the errors as a table.
    """
    annotations = load_gold(gold)
    store = load_files([where]) if where.is_file() else open_release(where).store()
    result = evaluate(annotations, store)
    if form == "json":
        click.echo(json.dumps(_json(result, errors), ensure_ascii=False, indent=1))
    elif form == "csv":
        rows = csv.writer(sys.stdout)
        rows.writerow(("document", "kind", "property", "verdict", "item", "confidence", "sentence"))
        for o in result.errors():
            rows.writerow((o.document, o.kind, o.property, o.verdict, o.shown, o.confidence, o.sentence))
    else:
        _print(result, errors)


def _row(score: Score) -> dict[str, float | int | None]:
    figures = {
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "low": score.low,
        "high": score.high,
    }
    return {"gold": score.gold, **{k: None if v is None else round(v, 4) for k, v in figures.items()}}


def _json(result: Evaluation, errors: bool) -> dict[str, object]:
    whole: dict[str, object] = {
        "kinds": {kind: _row(score) for kind, score in result.kinds.items()},
        "properties": {" ".join(key): _row(score) for key, score in result.properties.items()},
        "reliability": reliability(result.outcomes),
        "missing_documents": list(result.missing_documents),
    }
    if errors:
        names = ("document", "kind", "property", "verdict", "shown", "confidence", "sentence")
        whole["errors"] = [{name: getattr(o, name) for name in names} for o in result.errors()]
    return whole


def _print(result: Evaluation, errors: bool) -> None:
    console = Console(highlight=False)
    table = Table(title="Scores (95 % interval of F1 over documents)", title_justify="left")
    for column in ("", "gold", "precision", "recall", "F1", "interval"):
        table.add_column(column, justify="left" if not column else "right")
    for name, score in [*result.kinds.items(), *((f"  {k} {p}", s) for (k, p), s in result.properties.items())]:
        interval = "" if score.low is None or score.high is None else f"{score.low:.2f} to {score.high:.2f}"
        figures = (f"{x:.3f}" for x in (score.precision, score.recall, score.f1))
        table.add_row(name, str(score.gold), *figures, interval)
    console.print(table)
    trust = Table(title="Reliability of confidences", title_justify="left")
    for column in ("confidence", "facts", "mean confidence", "right"):
        trust.add_column(column, justify="right")
    for low, high, number, mean, right in reliability(result.outcomes):
        trust.add_row(f"{low:.1f} to {high:.1f}", str(number), f"{mean:.2f}", f"{right:.2f}")
    console.print(trust)
    for document in result.missing_documents:
        console.print(f"{document}: not in the graph", markup=False)
    for o in result.errors() if errors else ():
        console.print(f"{o.document}\t{o.kind}\t{o.verdict}\t{o.shown}", markup=False, soft_wrap=True)
        if o.sentence:
            console.print(f"    {o.sentence}", markup=False, soft_wrap=True)
