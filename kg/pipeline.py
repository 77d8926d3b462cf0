"""The pipeline: a folder of articles becomes a release. It joins the stages and does nothing of its own."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg import __version__, vocab
from kg.annotate import annotate
from kg.annotate.pipeline import pipeline_name
from kg.authority import load_authority
from kg.errors import BadCorpus
from kg.map_rdf import inferred, map_rdf
from kg.protect import load_policy, load_suppressions, protect, redactor, write_restricted
from kg.read import read
from kg.records import Document, Guarded, Rejected
from kg.release import Making, canonical, parse, purged, release, release_id, releases, remade
from kg.resolve import resolve
from kg.review import write_doubts
from kg.settings import Settings, resource
from kg.store import Release
from kg.validate import Report, read_shapes, validate

Progress = Callable[[str, int, int | None], None]
"""Called with a stage, how much of it is done, and how much there is (None: not known). Never with a name."""


@dataclass(frozen=True, slots=True)
class Data:
    """The files that decide what is found and how it is shown. `own` folders go before what comes with leakgraph."""

    own: Path | None = None

    def path(self, name: str) -> Path:
        """The operator's file or folder of that name where there is one, else ours."""
        if self.own and (self.own / name).exists():
            return self.own / name
        return resource(f"data/{name}")

    def authority(self) -> tuple[Path, ...]:
        """Ours, and the operator's on top."""
        ours = resource("data/authority")
        return (ours, self.own / "authority") if self.own and (self.own / "authority").is_dir() else (ours,)

    def digest(self) -> dict[str, str]:
        """SHA-256 over each of the files that shape a graph; part of a release's id."""
        names = ("policy.yaml", "suppress.csv", "same_as.csv", "rules", "lexicon", "furniture.yaml", "languages.yaml")
        found = {name: _hash(self.path(name)) for name in names}
        found["authority"] = hashlib.sha256("".join(map(_hash, self.authority())).encode()).hexdigest()
        found["shapes"], found["ontology"] = _hash(resource("shapes")), _hash(resource("ontology"))
        return found


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build did."""

    release: Release | None  # None where the graph violates its shapes and was not kept
    documents: int
    rejected: tuple[Rejected, ...]
    notes: tuple[tuple[str, str], ...]  # document id and what to know about it
    entities: Mapping[str, int]  # by class
    facts: Mapping[str, int]  # by kind
    protected: int
    report: Report
    counts: Mapping[str, Any] = field(default_factory=dict)
    at_fault: Mapping[str, int] = field(default_factory=dict)  # article IRI -> violations by its own subjects


def build(
    corpus: Path,
    *,
    out: Path,
    settings: Settings,
    pipeline: str | None = None,
    data: Data | None = None,
    keep_going: bool = False,
    progress: Progress = lambda *_: None,
) -> Summary:
    """Build a release of the articles in `corpus` under `out`, and make it the current one.

    `pipeline` is a spaCy package or path (None: the one that comes with leakgraph). With violations the release is
    made only if `keep_going`, marked as not conforming; else the summary has none. Raises `BadCorpus` when there is
    nothing to read, `BadData` for a data file that cannot be used, `BadPipeline`, and `BadInput` when `out` cannot be
    written.
    """
    data = data or Data()
    authority = load_authority(*data.authority())
    policy, suppressions = load_policy(data.path("policy.yaml")), load_suppressions(data.path("suppress.csv"))
    documents, rejected = _read(corpus, settings, progress)
    annotated = list(_counted(annotate(documents, pipeline=pipeline, authority=authority), len(documents), progress))
    progress("resolve", 0, None)
    resolved = resolve(annotated, authority=authority, same_as=data.path("same_as.csv"))
    progress("protect", 0, None)
    guarded = protect(resolved, policy=policy, suppressions=suppressions, authority=authority)
    progress("map", 0, None)
    lines = canonical(
        map_rdf(guarded, base=settings.base, authority=authority, ontology=resource("ontology/leakgraph.ttl"))
    )
    progress("validate", 0, None)
    report, at_fault = _check(lines, progress)
    hide = redactor(guarded, policy=policy)
    safe = tuple(Rejected(hide(r.id), hide(r.why), r.advice) for r in rejected)
    making = Making(
        base=settings.base,
        date=_newest(guarded),
        license=settings.license,
        versions=_versions(pipeline),
        settings={"base": settings.base, "pipeline": pipeline or "", "data": data.digest()},
        corpus={
            "sha256": _corpus_hash(documents),
            "documents": len(documents),
            "rejected": [{"id": r.id, "why": r.why, "advice": r.advice} for r in safe],
        },
        reports=_files(report),
        violations=report.at_least("Violation"),
        redirects={old: e.path for e in guarded.resolved.entities if not e.role for old in e.former_paths},
        withdrawn=guarded.withdrawn,
    )
    made = None
    if keep_going or not report.at_least("Violation"):
        progress("release", 0, None)
        restricted = out / "restricted" / release_id(lines, making)
        write_restricted(restricted, guarded)
        write_doubts(restricted, resolved.merges)
        made = release(lines, making, out=out)
        _purge_older(out, made, [settings.base + path for path in guarded.withdrawn])
    progress("done", 1, 1)
    return replace(_summary(made, guarded, safe, report), at_fault=at_fault)


def _read(corpus: Path, settings: Settings, progress: Progress) -> tuple[list[Document], list[Rejected]]:
    documents: list[Document] = []
    rejected: list[Rejected] = []
    for item in read(corpus, settings=settings):
        (rejected if isinstance(item, Rejected) else documents).append(item)  # type: ignore[arg-type]
        progress("read", len(documents) + len(rejected), None)
    if not documents:
        why = f"none of its {len(rejected)} files could be used" if rejected else "it holds no article"
        raise BadCorpus(
            f"nothing to build: {why}",
            where=str(corpus),
            hint="\n  ".join(f"{r.id}: {r.why}. {r.advice}" for r in rejected)
            or "Articles are .txt, .md and .html files; sub-folders are searched.",
        )
    return documents, rejected


def _check(lines: Sequence[str], progress: Progress = lambda *_: None) -> tuple[Report, dict[str, int]]:
    """The merged graph against the shapes, as it will be served, and the violations of each article's graph.

    An article is checked by its own subjects first, which takes milliseconds and says which article is at fault.
    """
    store, shapes = ox.Store(), read_shapes(resource("shapes"))
    store.bulk_extend(parse(lines))
    articles = sorted((g for g in store.named_graphs() if "/article/" in str(g)), key=str)
    found: dict[str, int] = {}
    for done, graph in enumerate(articles):
        progress("validate", done, len(articles))
        if number := validate(store, shapes, focus_graph=str(graph).strip("<>")).at_least("Violation"):
            found[str(graph).strip("<>")] = number
    return validate(store, shapes), found


def _files(report: Report) -> dict[str, bytes]:
    forms = {"report.ttl": "turtle", "report.json": "json", "report.txt": "text"}
    report = replace(report, seconds=0.0, timings=())  # how long it took is no part of a release
    return {name: report.serialize(form).encode() for name, form in forms.items()}


def _counted(annotated: Iterable[Any], total: int, progress: Progress) -> Iterator[Any]:
    progress("annotate", 0, total)
    for done, item in enumerate(annotated, 1):
        yield item
        progress("annotate", done, total)


def _newest(guarded: Guarded) -> str:
    """The newest date of the sources; a digest is as old as what it digests."""
    documents = [d.annotated.document for d in guarded.resolved.documents]
    dates = [d.date.value for d in documents if d.date] + [
        d.original.date for d in documents if d.original and d.original.date
    ]
    return max(dates, default="undated")


def _corpus_hash(documents: Iterable[Document]) -> str:
    rows = sorted(f"{d.sha256} {d.id}" for d in documents)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _versions(pipeline: str | None) -> dict[str, str]:
    return {
        "leakgraph": __version__,
        "ontology": vocab.VERSION,
        "shapes": _hash(resource("shapes"))[:12],
        "pipeline": pipeline_name(pipeline),
        **{name: version(name) for name in ("spacy", "pyoxigraph", "rdflib", "pyshacl")},
    }


def _hash(path: Path) -> str:
    """SHA-256 over a file, or over the names and contents of a folder's files."""
    whole = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file() and not file.name.startswith("."):
            whole.update(file.relative_to(path).as_posix().encode() + b"\0")
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _summary(made: Release | None, guarded: Guarded, rejected: tuple[Rejected, ...], report: Report) -> Summary:
    documents = [d.annotated for d in guarded.resolved.documents]
    facts: Counter[str] = Counter()
    for document in documents:
        for statement in document.statements:
            facts[f"statements, {statement.modality}"] += 1
        for kind in ("positions", "figures", "claims", "visits"):
            facts[kind] += len(getattr(document, kind))
    return Summary(
        release=made,
        documents=len(documents),
        rejected=rejected,
        notes=tuple((d.document.id, note) for d in documents for note in (*d.document.notes, *d.notes)),
        entities=Counter(e.type for e in guarded.resolved.entities if not e.role),
        facts=facts,
        protected=sum(1 for e in guarded.resolved.entities if e.role),
        report=report,
        counts=made.manifest["counts"] if made else {},
    )


def _purge_older(out: Path, current: Release, withdrawn: Sequence[str]) -> None:
    """Take what is withdrawn out of the older releases still kept: each is made again without it, under a new id."""
    for old in releases(out) if withdrawn else ():
        if old.path == current.path:
            continue
        lines = gzip.decompress((old.path / "graph.nq.gz").read_bytes()).decode().splitlines()
        left = purged(parse(lines), withdrawn)
        if left is None:
            continue
        follows, terms = (ox.NamedNode(f"{old.base}graph/{name}") for name in ("inferred", "ontology"))
        stated = [quad for quad in left if quad.graph_name not in (follows, terms)]
        known = [quad for quad in left if quad.graph_name == terms]
        lines = canonical([*stated, *known, *inferred(stated, known, follows)])
        report, _ = _check(lines)
        settings = {**old.manifest["settings"], "purged": old.id}
        making = remade(
            old.manifest,
            settings=settings,
            reports=_files(report),
            violations=report.at_least("Violation"),
            withdrawn=[iri.removeprefix(old.base) for iri in withdrawn],
        )
        new = release(lines, making, out=out, current=False)
        restricted = out / "restricted"
        if (restricted / old.id).is_dir() and not (restricted / new.id).exists():
            (restricted / old.id).rename(restricted / new.id)
        shutil.rmtree(old.path)
