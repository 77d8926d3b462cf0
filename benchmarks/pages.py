"""How long the web pages take on a made graph: `python benchmarks/pages.py [ARTICLES]` (8,000 make about 1 M triples).

Prints for each page the median and the worst of several requests through the WSGI application with an engine in the
same process, without HTTP and without the engine's response cache; and the time of the 304 that an unchanged page is
answered with.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg.settings import Settings
from kg.sparql import Source, local_engine
from kg.vocab import LG, PREFIXES
from kg.web import create_app

BASE = "https://w3id.org/leakgraph/"
RDF, OA, SKOS = PREFIXES["rdf"], PREFIXES["oa"], PREFIXES["skos"]
PEOPLE, LEAKS, PER_ARTICLE, ROUNDS = 5000, 40, 10, 15


def node(value: str) -> ox.NamedNode:
    return ox.NamedNode(value if "://" in value else BASE + value)


def quads(articles: int) -> Iterator[ox.Quad]:
    """Statements "leak implicates person" with their evidence; few people and leaks are named far more than most."""
    chance = random.Random(7)
    entities = node("graph/entities")

    def say(s: str, p: str, o: str | ox.Literal, graph: ox.NamedNode) -> ox.Quad:
        return ox.Quad(node(s), node(p), node(o) if isinstance(o, str) else o, graph)

    for kind, number, name in (("person", PEOPLE, "Person"), ("leak", LEAKS, "Leak")):
        for n in range(number):
            yield say(f"id/{kind}/{kind}-{n}", RDF + "type", LG + name, entities)
            yield say(f"id/{kind}/{kind}-{n}", SKOS + "prefLabel", ox.Literal(f"{name} {n}", language="en"), entities)
    for a in range(articles):
        article = f"article/a-{a}"
        graph = node(article)
        yield say(article, RDF + "type", LG + "SourceArticle", graph)
        yield say(article, PREFIXES["dcterms"] + "title", ox.Literal(f"Article {a}", language="en"), graph)
        for n in range(PER_ARTICLE):
            person = f"id/person/person-{min(int(chance.paretovariate(0.6)) - 1, PEOPLE - 1)}"
            leak = f"id/leak/leak-{min(int(chance.paretovariate(0.8)) - 1, LEAKS - 1)}"
            statement, evidence = f"{article}/statement/s{n}", f"{article}/evidence/{n}00-{n}50"
            yield say(article, LG + "mentions", person, graph)
            yield say(article, LG + "mentions", leak, graph)
            yield say(leak, LG + "implicates", person, graph)
            yield say(statement, RDF + "type", LG + "Statement", graph)
            yield say(statement, RDF + "subject", leak, graph)
            yield say(statement, RDF + "predicate", LG + "implicates", graph)
            yield say(statement, RDF + "object", person, graph)
            yield say(statement, LG + "modality", LG + chance.choice(["reported", "alleged", "denied"]), graph)
            yield say(statement, LG + "evidence", evidence, graph)
            yield say(evidence, RDF + "type", LG + "Evidence", graph)
            yield say(evidence, OA + "hasSource", article, graph)
            yield say(evidence, OA + "hasSelector", evidence + "/quote", graph)
            yield say(evidence + "/quote", OA + "exact", ox.Literal(f"These are words number {n}."), graph)


def release(out: Path, articles: int) -> int:
    """A folder that opens as a release, without dumps; the number of triples in the merge."""
    folder = out / "made"
    folder.mkdir(parents=True)
    store = ox.Store(str(folder / "store"))
    made = list(quads(articles))
    store.bulk_extend(made)
    merged = {quad.triple for quad in made}
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in merged)
    store.flush()
    counts = {"quads": len(made), "triples": len(merged), "articles": articles}
    manifest = {
        "layout": 1,
        "id": "made",
        "date": "2020-01-01",
        "base": BASE,
        "files": {},
        "counts": counts,
        "graphs": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (out / "current").symlink_to("made")
    return len(merged)


def main() -> None:
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        print(f"{release(out, articles):,} triples")
        client = create_app(
            Settings(), local_engine(Source("release", (str(out),), in_memory=False)), releases=out
        ).test_client()
        client.get("/search?q=person")  # builds the index of names
        for path in (
            "/", "/page/id/person/person-0", "/page/id/person/person-900", "/page/id/leak/leak-0", "/page/article/a-77",
            "/page/article/a-77/evidence/100-150", "/data/article/a-77.ttl", "/data/id/person/person-900.ttl",
            "/api/entities/person/person-900", "/search?q=person+90", "/id/person/person-0", "/sitemap.xml",
        ):  # fmt: skip
            times = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                answer = client.get(path)
                times.append((time.perf_counter() - start) * 1000)
                if times[-1] > 5000:
                    break
            tag = answer.headers.get("ETag", "")
            start = time.perf_counter()
            again = client.get(path, headers={"If-None-Match": tag}).status_code
            same = (time.perf_counter() - start) * 1000
            print(f"{statistics.median(times):8.1f} ms  worst {max(times):8.1f} ms  {answer.status_code}  "
                  f"{len(answer.data):>9,} bytes  then {again} in {same:5.1f} ms  {path}")  # fmt: skip


if __name__ == "__main__":
    main()
