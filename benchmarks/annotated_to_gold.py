"""Annotate articles and write what was found in the format of the gold annotations, to be scored without a release.

python benchmarks/annotated_to_gold.py ARTICLES OUT [--pipeline NAME] [--only TEXT]
python GOLD/score.py GOLD --against OUT --errors
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from kg.annotate import annotate
from kg.authority import load_authority
from kg.read import read
from kg.records import Annotated, Rejected, Value
from kg.settings import Settings, resource


def to_gold(found: Annotated) -> dict[str, Any]:
    """An annotated document as a gold file has it; entities that nothing mentions are left out."""
    used = {m.entity for m in found.mentions} | {s.object for s in found.statements}
    return {
        "doc": found.document.id.rsplit("/", 1)[-1],
        "entities": [
            {"id": e.id, "type": e.type, "names": list(e.names)}
            for e in found.entities
            if e.id in used and e.type != "Event"
        ],
        "relations": [
            {
                "s": s.subject,
                "p": s.predicate,
                "o": s.object.lexical if isinstance(s.object, Value) else s.object,
                "modality": s.modality,
                "rule": s.rule,
            }
            for s in _unique(found)
        ],
        "positions": [
            {"person": p.person, "title": p.title, "org": p.organisation, "place": p.place, "status": p.status}
            for p in found.positions
        ],
        "figures": [
            {
                "of": f.of,
                "value": float(f.value),
                "comparator": f.comparator,
                "measure": f.measure,
                **({"max": float(f.max_value)} if f.max_value is not None else {}),
            }
            for f in found.figures
        ],
        "claims": [
            {"claimant": c.claimant, "stance": c.stance, "about": list(c.about), "rule": c.rule} for c in found.claims
        ],
        "visits": [{"visitor": v.visitor, "destination": v.destination} for v in found.visits],
    }


def _unique(found: Annotated) -> list[Any]:
    rank = {"reported": 0, "alleged": 1, "denied": 2}
    rows: dict[Any, Any] = {}
    for s in sorted(found.statements, key=lambda s: rank[s.modality]):
        rows.setdefault((s.subject, s.predicate, s.object), s)
    return list(rows.values())


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("articles", type=Path)
    args.add_argument("out", type=Path)
    args.add_argument("--pipeline")
    args.add_argument("--only", default="")
    opt = args.parse_args()
    opt.out.mkdir(parents=True, exist_ok=True)
    rows = read(opt.articles, settings=Settings())
    documents = [d for d in rows if not isinstance(d, Rejected) and opt.only in d.id]
    start = time.perf_counter()
    words = sum(len(d.text.split()) for d in documents)
    for found in annotate(documents, pipeline=opt.pipeline, authority=load_authority(resource("data/authority"))):
        gold = to_gold(found)
        (opt.out / f"{gold['doc']}.json").write_text(json.dumps(gold, indent=1, ensure_ascii=False), "utf-8")
        for note in found.notes:
            print(f"{gold['doc']}: {note}")
    print(f"{words} words in {time.perf_counter() - start:.1f} s, loading included")


if __name__ == "__main__":
    main()
