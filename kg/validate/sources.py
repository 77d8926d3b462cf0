"""Where data and shapes come from: files, folders, bytes, rdflib graphs, Oxigraph stores. Nothing else is opened."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox

from kg.errors import BadInput, BadRdf, BadShapes, NotFound
from kg.store import FORMATS, open_bytes, rdf_format, refuse_bombs
from kg.validate.exact import encode, lines_change
from kg.validate.graph import ShapesGraph
from kg.validate.names import IMPORTS, ONTOLOGY, TYPE, Term
from kg.validate.view import GraphName, View

LINES = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
BLOCK = 8 * 1024 * 1024  # bytes looked at at a time


@dataclass(frozen=True, slots=True)
class Source:
    """RDF in memory, with its format (a media type or `RdfFormat`) and the base IRI of its relative IRIs."""

    content: bytes
    format: ox.RdfFormat | str = ox.RdfFormat.TURTLE
    base: str | None = None
    name: str = "input"

    def rdf_format(self) -> ox.RdfFormat:
        """The format. Raises `BadInput` for a media type that is not RDF."""
        if isinstance(self.format, ox.RdfFormat):
            return self.format
        found = ox.RdfFormat.from_media_type(self.format.partition(";")[0].strip())
        if found is None:
            raise BadInput(f"{self.format} is no RDF media type", where=self.name)
        return found


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """Files as given, folders as the RDF files below them in order. Raises `NotFound`, also for an empty folder."""
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and _known(p))
            if not inside:
                raise NotFound("no RDF file in this folder", where=str(path))
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise NotFound("no such file", where=str(path))
    return found


def _known(path: Path) -> bool:
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".bz2", ".xz"):
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in FORMATS


def label(number: int) -> str:
    """What the names of blank nodes of the source with that number start with, so that no two files share one."""
    return f"f{number}-" if number else ""


def parse(
    content: IO[bytes] | bytes, form: ox.RdfFormat, *, where: str, base: str | None = None, prefix: str = ""
) -> Iterator[ox.Quad]:
    """The quads of a document, blank nodes named in order of appearance with `prefix` in front.

    Raises `BadRdf` with line and column.
    """
    names: dict[ox.BlankNode, ox.BlankNode] = {}
    keep = form in LINES

    def named(term: Any) -> Any:
        if isinstance(term, ox.BlankNode):
            if term not in names:
                names[term] = ox.BlankNode(f"{prefix}{term.value if keep else f'b{len(names)}'}")
            return names[term]
        return term

    try:
        if form == ox.RdfFormat.RDF_XML:
            content = content if isinstance(content, bytes) else content.read()
            refuse_bombs(content, where)
        for quad in ox.parse(input=content, format=form, base_iri=base, rename_blank_nodes=False):
            yield ox.Quad(named(quad.subject), quad.predicate, named(quad.object), named(quad.graph_name))
    except SyntaxError as err:
        raise BadRdf(str(err.msg), where=where, line=err.lineno, column=err.offset) from err
    except (OSError, EOFError, ValueError) as err:
        raise BadRdf(f"cannot be read: {err}", where=where) from err


def _exact(quads: Iterable[ox.Quad], stand_ins: list[ox.Literal]) -> Iterator[ox.Quad]:
    """The quads as they are to be stored; the first stand-in is put into the list, which tells that there are any."""
    for quad in quads:
        term = quad.object
        if isinstance(term, ox.Literal):
            changed = encode(term)
            if changed is not term:
                if not stand_ins:
                    stand_ins.append(changed)
                yield ox.Quad(quad.subject, quad.predicate, changed, quad.graph_name)
                continue
        elif not isinstance(term, ox.NamedNode | ox.BlankNode):
            raise BadRdf("triple terms (RDF 1.2) cannot be validated by SHACL 1.0")
        yield quad


def load(sources: Iterable[Path | Source], stand_ins: list[ox.Literal]) -> ox.Store:
    """A store of everything in the sources, its literals exact (see `kg.validate.exact`)."""
    store = ox.Store()
    for number, source in enumerate(sources):
        if isinstance(source, Source):
            form, base, where = source.rdf_format(), source.base, source.name
            plain = form in LINES and _plain(io.BytesIO(source.content))
        else:
            form, base, where = rdf_format(source), source.resolve().as_uri(), str(source)
            plain = False
            if form in LINES:
                with open_bytes(source) as content:
                    plain = _plain(content)
        with open_bytes(source) if isinstance(source, Path) else io.BytesIO(source.content) as content:
            if plain:
                _bulk(store, content, form, where)
            else:
                store.bulk_extend(_exact(parse(content, form, where=where, base=base, prefix=label(number)), stand_ins))
    return store


def _bulk(store: ox.Store, content: IO[bytes], form: ox.RdfFormat, where: str) -> None:
    try:
        store.bulk_load(input=content, format=form)
    except SyntaxError as err:
        raise BadRdf(str(err.msg), where=where, line=err.lineno, column=err.offset) from err
    except (OSError, EOFError, ValueError) as err:
        raise BadRdf(f"cannot be read: {err}", where=where) from err


def _plain(content: IO[bytes]) -> bool:
    """Whether N-Triples or N-Quads may be loaded as they are: no blank node to be kept, no literal to be changed."""
    rest = b""
    try:
        while block := content.read(BLOCK):
            text = rest + block
            end = text.rfind(b"\n") + 1
            if b"_:" in text or lines_change(text[:end]):
                return False
            rest = text[end:]
    except (OSError, EOFError) as err:
        raise BadRdf(f"cannot be read: {err}") from err
    return not lines_change(rest)


def data_view(data: Any, *, graphs: Iterable[GraphName] | None = None) -> View:
    """The data graph. `data` is an rdflib graph, a pyoxigraph store or dataset, a `Source`, a file or folder, or a list
    of those three; bytes are Turtle. Of several graphs the merge is taken, or that of `graphs`.
    """
    if isinstance(data, ox.Store):
        return View(data, graphs=graphs)
    if isinstance(data, View):
        return data
    store = ox.Store()
    stand_ins: list[ox.Literal] = []
    if isinstance(data, ox.Dataset):
        store.bulk_extend(_exact(data, stand_ins))
    elif (quads := _rdflib_quads(data)) is not None:
        store.bulk_extend(_exact(quads, stand_ins))
    else:
        store = load(_listed(data), stand_ins)
    return View(store, graphs=graphs, exact=True, stand_ins=bool(stand_ins))


def _listed(data: Any) -> list[Path | Source]:
    items = [data] if isinstance(data, str | Path | bytes | Source) else list(data)
    found: list[Path | Source] = []
    for item in items:
        if isinstance(item, Source):
            found.append(item)
        elif isinstance(item, bytes):
            found.append(Source(item))
        elif isinstance(item, str | Path):
            found += expand([item])
        else:
            raise BadInput(f"{type(item).__name__} is neither RDF nor the path of a file")
    return found


def _rdflib_quads(data: Any) -> Iterator[ox.Quad] | None:
    if not hasattr(data, "triples") or not hasattr(data, "namespace_manager"):
        return None
    from kg.validate.rdf import from_rdflib  # noqa: PLC0415

    return (
        ox.Quad(s, p, o, ox.DefaultGraph() if name is None else _graph_name(name))
        for (s, p, o), name in from_rdflib(data)
    )


def _graph_name(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.NamedNode(name) if ":" in name else ox.BlankNode(name)


def shapes_graph(shapes: Any) -> tuple[ShapesGraph, tuple[str, ...]]:
    """The shapes graph of whatever `data_view` takes, and notes on imports that nothing given provides."""
    if isinstance(shapes, ShapesGraph):
        return shapes, ()
    if isinstance(shapes, ox.Store | ox.Dataset):
        quads: Iterable[ox.Quad] = iter(shapes)
        given: set[str] = set()
    elif (from_rdflib := _rdflib_quads(shapes)) is not None:
        quads, given = from_rdflib, set()
    else:
        listed = _listed(shapes)
        given = {base for base in map(_base, listed) if base}
        quads = chain.from_iterable(_parsed(source, f"s{number}-") for number, source in enumerate(listed))
    triples = []
    for quad in quads:
        if isinstance(quad.object, ox.Triple) or isinstance(quad.subject, ox.Triple):
            raise BadShapes("triple terms (RDF 1.2) have no place in SHACL 1.0")
        triples.append((quad.subject, quad.predicate, quad.object))
    graph = ShapesGraph(triples)
    return graph, _imports(graph, given)


def _base(source: Path | Source) -> str | None:
    return source.base if isinstance(source, Source) else source.resolve().as_uri()


def _parsed(source: Path | Source, prefix: str) -> Iterator[ox.Quad]:
    if isinstance(source, Source):
        yield from parse(source.content, source.rdf_format(), where=source.name, base=source.base, prefix=prefix)
        return
    with open_bytes(source) as content:
        yield from parse(content, rdf_format(source), where=str(source), base=_base(source), prefix=prefix)


def _imports(graph: ShapesGraph, given: set[str]) -> tuple[str, ...]:
    """What is imported and not among the given files, which is never fetched."""
    here: set[Term] = {s for s in graph.subjects() if ONTOLOGY in graph.objects(s, TYPE)}
    wanted = {o: None for s in graph.subjects() for o in graph.objects(s, IMPORTS)}
    return tuple(
        f"owl:imports {o.value} is not among the given files and was not fetched"
        for o in wanted
        if o not in here and o.value not in given and not graph.predicates(o)
    )
