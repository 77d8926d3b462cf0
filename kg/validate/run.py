"""One run of `kg validate`: from names of data and shapes to reports on disk and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from kg.errors import OutOfMemory, Timeout, Unavailable, Unsupported
from kg.store import open_release, rdf_format
from kg.validate import baseline, text, validate
from kg.validate.endpoint import fetch, is_endpoint
from kg.validate.lines import find_places
from kg.validate.report import Report
from kg.validate.shapes import Shape, Shapes, parse_shapes
from kg.validate.sources import Source, data_view, expand, shapes_graph

SOON = 0.2  # seconds between two updates of the progress line


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the command line asks for; the fields are its options."""

    data: tuple[str, ...]
    shapes: tuple[str, ...]
    form: str
    output: Path | None
    reports: tuple[tuple[str, Path], ...]
    severity: str
    baseline: Path | None
    write_baseline: Path | None
    focus: tuple[str, ...]
    graphs: tuple[str, ...]
    most: int | None
    input_format: str
    stats: bool
    lines: bool


def run(job: Job, show: Callable[[str], None] | None = None) -> int:
    """Validate and write the reports. Gives the exit code 0 or 1; raises `KgError` for what exits with 2.

    `show` hears one line now and then of what is being done.
    """
    say = show or (lambda line: None)
    given: list[Path | Source] = []
    release: ox.Store | None = None
    remote = [name for name in job.data if is_endpoint(name)]
    for name in job.data:
        if name == "-":
            given.append(Source(sys.stdin.buffer.read(), _format(job.input_format), None, "standard input"))
        elif (Path(name) / "manifest.json").is_file() or (Path(name) / "current" / "manifest.json").is_file():
            release = open_release(Path(name)).store()
        elif name not in remote:
            given += expand([name])
    if release is not None and (given or remote):
        raise Unsupported("a release is validated by itself, not together with other data")
    say("Reading the shapes")
    shapes = _shapes(list(job.shapes) or [*given])
    for address in remote:
        say(f"Asking {address}")
        given.append(fetch(address, shapes))
    say("Reading the data")
    graphs: list[ox.NamedNode | ox.DefaultGraph] | None = [ox.NamedNode(name) for name in job.graphs] or None
    if release is not None and graphs is None:
        graphs = [ox.DefaultGraph()]  # a release's default graph is the merge of the others already
    view = data_view(release if release is not None else given, graphs=graphs)
    last = [0.0]

    def progress(number: int, count: int, shape: Shape) -> None:
        if time.monotonic() - last[0] > SOON:
            last[0] = time.monotonic()
            say(f"Shape {number + 1} of {count}: {text.short(shape.id)}")

    report = validate(view, shapes, focus=job.focus or None, max_results=job.most, progress=progress)
    if job.write_baseline is not None:
        baseline.write(report, job.write_baseline)
    if job.baseline is not None:
        report = baseline.apply(report, job.baseline)
    if job.lines and report.results:
        say("Looking for the lines")
        places = find_places(report.results, given)
        # As they come in the files; those without a line after them, as they were.
        ordered = sorted(report.results, key=lambda r: (p.file, p.line) if (p := places.get(r)) else ("\uffff", 0))
        report = replace(report, places=places, results=tuple(ordered))
    say("")
    _write(job, report)
    return 1 if report.at_least(job.severity) else 0


def _shapes(names: list[str] | list[Path | Source]) -> Shapes:
    graph, notes = shapes_graph([expand([n])[0] if isinstance(n, str) and Path(n).is_file() else n for n in names])
    shapes = parse_shapes(graph, notes=notes)
    if not shapes.targeted:
        # Usually the wrong file; an empty report would read as a pass.
        note = "no shape has a target, so nothing was checked"
        shapes.notes += (note,)
    return shapes


def _format(name: str) -> ox.RdfFormat:
    found = ox.RdfFormat.from_media_type(name) if "/" in name else ox.RdfFormat.from_extension(name.lstrip("."))
    return found or rdf_format(Path(f"input.{name}"))


def _write(job: Job, report: Report) -> None:
    for form, path in job.reports:
        report.write(path, form)
    if job.output is not None:
        report.write(job.output, job.form)
        print(text.summary(report), file=sys.stderr)
    else:
        sys.stdout.write(report.serialize(job.form))
        sys.stdout.flush()
    if job.stats:
        sys.stderr.write(text.stats(report))


def limited(work: Callable[[], int], *, seconds: float | None, mib: int | None) -> int:
    """Do the work in a child process and give its exit code; kill it at its limits.

    Raises `Timeout`, `OutOfMemory`, and `Unavailable` for a child that died otherwise.
    """
    import resource  # noqa: PLC0415 - not on Windows, where only this does not work

    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 2
        try:
            if mib is not None:
                used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
                most = used + mib * 1024 * 1024
                resource.setrlimit(resource.RLIMIT_AS, (most, most))
            code = work()
        except MemoryError:
            code = 77
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if end is not None and time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise Timeout(f"validation took longer than {seconds:g} s and was stopped")
        time.sleep(0.02)
    code = os.waitstatus_to_exitcode(status)
    if code in (77, -signal.SIGABRT, -signal.SIGKILL) and mib is not None:
        # A failed allocation in the engine aborts the process and never raises.
        raise OutOfMemory(f"validation needed more than {mib} MiB and was stopped")
    if code < 0:
        raise Unavailable(f"validation died of signal {-code}")
    return code
