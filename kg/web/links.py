"""From IRIs to addresses on this server, and to links with a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from kg.vocab import PREFIXES
from kg.web.graph import (
    DCTERMS,
    LG,
    RDF_TYPE,
    RDFS,
    SKOS,
    Asks,
    Description,
    Term,
    first,
    local_name,
    text,
    values_of,
)
from kg.web.model import Thing
from kg.web.terms import ONTOLOGY, SHAPES, Terms

_SAFE = "/:@!$&'()*+,;=~-._%"
_NAMING = (RDF_TYPE, SKOS + "prefLabel", RDFS + "label", LG + "role", DCTERMS + "title", DCTERMS + "identifier")


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses below `root` (the path that the application is mounted at, without a slash at its end).

    `base` is what the graph's own IRIs start with. `everywhere` gives every other IRI a page here too, as suits
    people's own RDF files, whose IRIs may lead nowhere.
    """

    base: str
    root: str
    everywhere: bool = False
    release: str = ""  # an older release that was asked for, kept in every link to the graph's own resources

    def href(self, target: str) -> str:
        """The address to open for an IRI: a path here where this server answers for it, else the IRI itself."""
        for namespace, page in ((ONTOLOGY, "/ontology"), (SHAPES, "/shapes")):
            if target == namespace or target.startswith(namespace + "#"):
                return self.root + page + quote(target[len(namespace) :], safe="#" + _SAFE)
        if self.is_ours(target):
            return self._kept(self.root + "/" + quote(target[len(self.base) :], safe="#" + _SAFE))
        if self.everywhere:
            return f"{self.root}/resource?{urlencode({'iri': target})}"
        return target if target.startswith(("http://", "https://")) else ""

    def page(self, target: str) -> str:
        """The HTML document about an instance IRI, without the redirect that its own address answers with."""
        if self.is_ours(target):
            return self._kept(f"{self.root}/page/{quote(target[len(self.base) :], safe=_SAFE)}")
        return self.href(target)

    def data(self, target: str, ending: str) -> str:
        """The RDF document about an instance IRI in the format that `ending` names."""
        return self._kept(f"{self.root}/data/{quote(target[len(self.base) :], safe=_SAFE)}.{ending}")

    def is_ours(self, target: str) -> bool:
        """Whether an IRI stands below the base and is not a term of the ontology or the shapes."""
        terms = target.startswith((ONTOLOGY, SHAPES))
        return target.startswith(self.base) and target != self.base and not terms

    def _kept(self, address: str) -> str:
        return f"{address}?{urlencode({'release': self.release})}" if self.release else address


def thing(target: str, said: Description, links: Links, terms: Terms) -> Thing:
    """The link to a resource, named from what is said of it."""
    if target.startswith(LG) or not said:
        name = terms.label(target) if target.startswith(LG) else readable(target, links)
        return Thing(target, links.href(target), name, local=links.href(target).startswith("/"))
    kind = local_name(terms.narrowest(text(item) for item in said.get(RDF_TYPE, ())))
    role = first(said, LG + "role")
    if role or kind == "ProtectedPerson":
        # Nothing but the opaque number and the role may tell protected persons apart.
        number = target.rpartition("-")[2]
        label = f"{local_name(role) or 'person'} {number} (name withheld)"
        return Thing(target, links.href(target), label, kind, local_name(role) or "unspecified")
    label = best(said, SKOS + "prefLabel") or best(said, RDFS + "label") or first(said, DCTERMS + "title")
    label = label or first(said, DCTERMS + "identifier") or readable(target, links)
    return Thing(target, links.href(target), label, kind, local=links.href(target).startswith("/"))


def things(graph: Asks, targets: Iterable[str], links: Links, terms: Terms) -> dict[str, Thing]:
    """Links with names for many IRIs at once."""
    said: dict[str, dict[str, list[Term]]] = {}
    wanted = list(dict.fromkeys(targets))
    for subject, predicate, value in values_of(graph, (item for item in wanted if not item.startswith(LG)), _NAMING):
        said.setdefault(subject, {}).setdefault(predicate, []).append(value)
    return {item: thing(item, said.get(item, {}), links, terms) for item in wanted}


def best(said: Description, predicate: str) -> str:
    """The English value, else the one without a language, else the first by text."""

    def rank(term: Term) -> tuple[int, str]:
        language = getattr(term, "language", None) or ""
        return (0 if language.startswith("en") else 1 if not language else 2, text(term))

    return text(min(said.get(predicate, ()), key=rank, default=None))


def readable(target: str, links: Links) -> str:
    """An IRI shortened for people: with a prefix of the project's, or its path below the base, else as it is."""
    for prefix, namespace in PREFIXES.items():
        if target.startswith(namespace) and len(target) > len(namespace):
            return f"{prefix}:{target[len(namespace) :]}"
    return target[len(links.base) :] if links.is_ours(target) else target
