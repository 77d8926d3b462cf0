"""Facts as people read them: each statement, position, figure, claim and visit as a sentence with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from kg.web.graph import (
    LG,
    OA,
    PREFIXES,
    PROV,
    RDF,
    RDF_TYPE,
    Asks,
    Description,
    Term,
    batches,
    describe,
    every,
    first,
    iri,
    local_name,
    text,
)
from kg.web.links import Links, things
from kg.web.model import Fact, Quote, Thing
from kg.web.terms import Terms

KINDS = {LG + "Statement": "statement", LG + "Position": "position", LG + "Figure": "figure",
         LG + "Claim": "claim", LG + "Visit": "visit"}  # fmt: skip
_COMPARATORS = {"exactly": "", "about": "about ", "moreThan": "more than ", "upTo": "up to ", "between": "between "}


@dataclass(frozen=True, slots=True)
class _Around:
    """What was read for all facts at once: links by IRI, quotes by evidence, holders and modality by fact."""

    names: Mapping[str, Thing]
    quotes: Mapping[str, Quote]
    owners: Mapping[str, str]
    modality: Mapping[str, str]


class FactReader:
    """Reads facts by their IRIs out of one graph, in batches: the number of queries does not grow with the facts."""

    def __init__(self, graph: Asks, links: Links, terms: Terms) -> None:
        self._graph, self._links, self._terms = graph, links, terms

    def read(self, items: Iterable[str]) -> list[Fact]:
        """The facts behind the IRIs, in their order; what is no fact is left out."""
        wanted = list(dict.fromkeys(items))
        said = describe(self._graph, wanted)
        owners, carried = self._around(said)
        evidence = self._evidence(e for item in said.values() for e in every(item, LG + "evidence"))
        targets = {text(o) for item in said.values() for os in item.values() for o in os if isinstance(o, ox.NamedNode)}
        targets |= {article for quote, article, _ in evidence.values() if article} | set(owners.values())
        names = things(self._graph, sorted(targets), self._links, self._terms)
        around = _Around(names, {key: self._quote(key, e, names) for key, e in evidence.items()}, owners, carried)
        return [
            fact for item in wanted
            if item in said and (fact := self._fact(item, said[item], around))
        ]  # fmt: skip

    def _around(self, said: Mapping[str, Description]) -> tuple[dict[str, str], dict[str, str]]:
        """Who holds each position, and the modality of the statements that carry a position or visit."""
        owners: dict[str, str] = {}
        modality: dict[str, str] = {}
        inner = [item for item, what in said.items() if _kind(what) in ("position", "visit")]
        for part in batches(inner):
            values = " ".join(iri(item) for item in part)
            rows = self._graph.select(
                f"{PREFIXES}SELECT ?item ?who ?modality WHERE {{ "
                f"{{ VALUES ?item {{ {values} }} ?who lg:holdsPosition ?item }} UNION "
                f"{{ VALUES ?item {{ {values} }} ?s rdf:object ?item ; rdf:subject ?who ; "
                f"lg:modality ?modality }} UNION "
                f"{{ VALUES ?item {{ {values} }} ?s rdf:subject ?item ; lg:modality ?modality }} }}"
            )
            for row in rows:
                item, how = text(row["item"]), local_name(text(row.get("modality")))
                if "who" in row:
                    owners[item] = text(row["who"])
                # One plain report is enough for the fact to stand as reported (vocabulary, rule 1).
                if how and modality.get(item) != "reported":
                    modality[item] = how
        return owners, modality

    def _evidence(self, items: Iterable[str]) -> dict[str, tuple[Description, str, Description]]:
        """For each evidence: what its quote selector says, its article, what its position selector says."""
        said = describe(self._graph, items)
        selectors = describe(self._graph, (s for item in said.values() for s in every(item, OA + "hasSelector")))
        found = {}
        for item, what in said.items():
            own = [selectors.get(s, {}) for s in every(what, OA + "hasSelector")]
            quote: Description = next((s for s in own if OA + "exact" in s), {})
            position: Description = next((s for s in own if OA + "start" in s), {})
            found[item] = (quote, first(what, OA + "hasSource"), position)
        return found

    def _quote(self, key: str, parts: tuple[Description, str, Description], names: Mapping[str, Thing]) -> Quote:
        quote, article, position = parts
        start, end = first(position, OA + "start"), first(position, OA + "end")
        return Quote(
            iri=key,
            href=self._links.href(key),
            article=names.get(article, Thing(article, self._links.href(article), article)),
            exact=first(quote, OA + "exact"),
            prefix=first(quote, OA + "prefix"),
            suffix=first(quote, OA + "suffix"),
            start=int(start) if start.isdigit() else None,
            end=int(end) if end.isdigit() else None,
        )

    def _fact(self, item: str, said: Description, around: _Around) -> Fact | None:
        names, quotes = around.names, around.quotes
        kind = _kind(said)
        if kind is None:
            return None
        sentence = _Sentence(said, names, self._links, self._terms)
        parts = getattr(sentence, kind)(around.owners.get(item, ""))
        shown = tuple(quotes[e] for e in every(said, LG + "evidence") if e in quotes)
        who = first(said, LG + "attributedTo")
        article = shown[0].article if shown else self._article_of(item, names)
        return Fact(
            iri=item,
            href=self._links.href(item),
            kind=kind,  # type: ignore[arg-type]
            parts=tuple(part for part in parts if part != ""),
            modality=local_name(first(said, LG + "modality")) or around.modality.get(item, ""),
            attributed_to=names.get(who),
            stance=local_name(first(said, LG + "stance")),
            confidence=first(said, LG + "confidence"),
            quotes=shown,
            derived_from=tuple(names[o] for o in every(said, PROV + "wasDerivedFrom") if o in names),
            article=article,
            anchor="-".join(item.rsplit("/", 3)[-3:]),
        )

    def _article_of(self, item: str, names: Mapping[str, Thing]) -> Thing | None:
        """The article below whose IRI a fact's own stands."""
        path = item[len(self._links.base) :].split("/") if self._links.is_ours(item) else []
        if len(path) < 3 or path[0] != "article":
            return None
        article = self._links.base + "/".join(path[:2])
        return names.get(article) or Thing(article, self._links.href(article), path[1])


def _kind(said: Description) -> str | None:
    types = every(said, RDF_TYPE)
    return next((name for kind, name in KINDS.items() if kind in types), None)


class _Sentence:
    """The parts of a fact's sentence, links and words in reading order."""

    def __init__(self, said: Description, names: Mapping[str, Thing], links: Links, terms: Terms) -> None:
        self._said, self._names, self._links, self._terms = said, names, links, terms

    def _of(self, predicate: str) -> list[Thing | str]:
        return [self._term(item) for item in self._said.get(predicate, ())]

    def _term(self, item: Term) -> Thing | str:
        return self._names.get(text(item), text(item)) if isinstance(item, ox.NamedNode) else text(item)

    def statement(self, _: str) -> Sequence[Thing | str]:
        subject, object_ = self._of(RDF + "subject"), self._of(RDF + "object")
        predicate = first(self._said, RDF + "predicate")
        told = Thing(predicate, self._links.href(predicate), self._terms.label(predicate), "property")
        return [*subject[:1], told, *object_[:1]]

    def position(self, owner: str) -> Sequence[Thing | str]:
        held = "held the post of" if first(self._said, LG + "status").endswith("former") else "holds the post of"
        parts: list[Thing | str] = [self._names[owner]] if owner in self._names else []
        parts += [held, f"“{first(self._said, LG + 'title')}”"]
        for predicate, word in (("atOrganisation", "at"), ("inPlace", "in")):
            for target in self._of(LG + predicate)[:1]:
                parts += [word, target]
        return parts

    def figure(self, _: str) -> Sequence[Thing | str]:
        comparator = local_name(first(self._said, LG + "comparator"))
        amount = number(first(self._said, LG + "value"))
        if upper := first(self._said, LG + "maxValue"):
            amount += f" and {number(upper)}"
        words = f"{_COMPARATORS.get(comparator, '')}{amount} × {first(self._said, LG + 'measure')}"
        return [*self._of(LG + "figureOf")[:1], "–", words]

    def claim(self, _: str) -> Sequence[Thing | str]:
        parts = [*self._of(LG + "claimant")[:1], local_name(first(self._said, LG + "stance")) or "says"]
        about = self._of(LG + "about")
        for index, target in enumerate(about):
            parts += ["something about" if index == 0 else "and", target]
        if quotation := first(self._said, LG + "quotation"):
            parts.append(f"in the words “{quotation}”")
        return parts

    def visit(self, _: str) -> Sequence[Thing | str]:
        parts = [*self._of(LG + "visitor")[:1], "visits", *self._of(LG + "destination")[:1]]
        if date := first(self._said, LG + "date"):
            parts += ["in" if len(date) < 10 else "on", date]
        return parts


def number(lexical: str) -> str:
    """A decimal for people: thousands separated by commas, no empty fraction."""
    try:
        value = Decimal(lexical)
    except InvalidOperation:
        return lexical
    plain = f"{value:,f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
