"""One run of one Python validator, for validate.py: `validate_one.py KIND DATA SHAPES...`; the last line is JSON."""

# ruff: noqa: PLC0415 - only the validator that is measured is imported
from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def ours(data: str, shapes: list[str]) -> Callable[[], int]:
    from kg.validate import data_view, validate

    view = data_view(data)
    return lambda: len(validate(view, shapes).results)


def selects(data: str, shapes: list[str]) -> Callable[[], int]:
    """What somebody writes by hand: one SELECT for each constraint of each shape, no merging."""
    import pyoxigraph as ox

    from kg.validate import read_shapes
    from kg.validate.components import SparqlCheck
    from kg.validate.focus import target_pattern
    from kg.validate.sparql_text import free_text
    from kg.validate.values import LOCAL, surely_well
    from kg.validate.view import View

    store = ox.Store()
    store.bulk_load(path=data)

    def run() -> int:
        view, parsed, queries = View(store), read_shapes(shapes), []
        for shape in parsed.targeted:
            target = target_pattern(view, shape.targets[0])
            for outer in shape.constraints:
                if isinstance(outer.value, SparqlCheck):
                    before, brace, after = free_text(outer.value.query, {}, None).partition("{")
                    queries.append(f"{before}{brace} {target} . {after}")
                    continue
                inner = parsed.shape(outer.shapes[0])
                assert inner.path is not None
                value = f"{target} . ?this {inner.path.sparql()} ?value"
                for c in inner.constraints:
                    if c.name == "MinCount":
                        missing = f"FILTER NOT EXISTS {{ ?this {inner.path.sparql()} ?value }}"
                        queries.append(f"SELECT ?this {{ {target} {missing} }}")
                    elif c.name == "MaxCount":
                        having = f"GROUP BY ?this HAVING(COUNT(DISTINCT ?value) > {c.value})"
                        queries.append(f"SELECT ?this {{ {value} }} {having}")
                    else:
                        assert c.name in LOCAL
                        test = f"!COALESCE({surely_well(c, view)}, false)"
                        queries.append(f"SELECT ?this ?value {{ {value} FILTER({test}) }}")
        print(len(queries), "queries")
        return sum(1 for query in queries for _ in store.query(query))

    return run


def pyshacl(data: str, shapes: list[str]) -> Callable[[], int]:
    import rdflib
    from pyshacl import validate

    graph, shacl = rdflib.Graph().parse(data), rdflib.Graph()
    for path in shapes:
        shacl.parse(path)

    def run() -> int:
        _, report, _ = validate(graph, shacl_graph=shacl, inplace=True)
        return len(set(report.subjects(rdflib.RDF.type, rdflib.SH.ValidationResult)))

    return run


def rudof(data: str, shapes: list[str]) -> Callable[[], int]:
    from pyrudof import RDFFormat, ReaderMode, Rudof, RudofConfig, ShaclFormat, ShaclValidationMode

    engine = Rudof(RudofConfig())
    engine.read_data(Path(data), format=RDFFormat.NTriples, reader_mode=ReaderMode.Lax)
    engine.read_shacl(Path(shapes[0]), format=ShaclFormat.Turtle, reader_mode=ReaderMode.Lax)

    def run() -> int:
        return len(engine.validate_shacl(ShaclValidationMode.Native))

    return run


def main() -> None:
    kind, data, *shapes = sys.argv[1:]
    prepare = {"ours": ours, "selects": selects, "pyshacl": pyshacl, "rudof": rudof}[kind.removesuffix("-core")]
    start, cpu = time.perf_counter(), time.process_time()
    run = prepare(str(Path(data)), shapes)
    loaded, cpu_loaded = time.perf_counter(), time.process_time()
    results = run()
    done, cpu_done = time.perf_counter(), time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = {"load": loaded - start, "validate": done - loaded}
    spent = {"cpu_load": cpu_loaded - cpu, "cpu_validate": cpu_done - cpu_loaded}
    print(json.dumps({**times, **spent, "mb": peak, "results": results}))


if __name__ == "__main__":
    main()
