"""schema.org JSON-LD for the pages. Types come from the ontology's own alignments; nothing is added to the graph."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from kg.web.graph import DCTERMS, LG, OWL, RDF_TYPE, RDFS, SCHEMA, SKOS, Description, every, first, text
from kg.web.links import best
from kg.web.model import Entity, Thing
from kg.web.terms import Terms


def schema_type(kind: str, terms: Terms) -> str:
    """The nearest schema.org class above an ontology class, as its local name; `Thing` when there is none."""
    level = [kind]
    seen: set[str] = set()
    while level:
        above = [text(o) for item in level for o in terms.objects(item, RDFS + "subClassOf")]
        found = sorted(item for item in above if item.startswith(SCHEMA))
        if found:
            return found[0][len(SCHEMA) :]
        seen |= set(level)
        level = [item for item in above if item not in seen]
    return "Thing"


def embedded(value: Mapping[str, Any] | Sequence[Any]) -> Markup:
    """JSON that may stand inside a script element: no `<` can end it early. Empty members of an object are left out."""
    if isinstance(value, Mapping):
        value = {k: v for k, v in value.items() if v not in ("", [], None)}
    raw = json.dumps(value, ensure_ascii=False, sort_keys=True)
    escaped = raw.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(escaped.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))  # noqa: S704  (escaped above)


def entity_jsonld(entity: Entity, said: Description, terms: Terms, host: str) -> Markup | None:
    """The entity as a schema.org thing; none for a protected person, of whom pages say no more than a role."""
    if entity.thing.protected:
        return None
    kind = terms.narrowest(every(said, RDF_TYPE))
    return embedded(
        {
            "@context": "https://schema.org",
            "@type": schema_type(kind, terms),
            "@id": entity.thing.iri,
            "name": entity.thing.label,
            "alternateName": list(entity.aliases),
            "sameAs": every(said, OWL + "sameAs"),
            "url": host + entity.thing.href,
            "subjectOf": [{"@type": "Article", "@id": a.iri, "name": a.label} for a in entity.articles[:20]],
        }
    )


def article_jsonld(article: Thing, said: Description, names: Mapping[str, Thing], host: str) -> Markup:
    """The article as a schema.org Article."""

    def agents(predicate: str, kind: str) -> list[dict[str, str]]:
        found = (names.get(item) for item in every(said, LG + predicate))
        return [{"@type": kind, "@id": a.iri, "name": a.label} for a in found if a and not a.protected]

    return embedded(
        {
            "@context": "https://schema.org",
            "@type": "Article",
            "@id": article.iri,
            "headline": best(said, DCTERMS + "title") or best(said, SKOS + "prefLabel"),
            "author": agents("author", "Person"),
            "publisher": agents("publishedBy", "Organization"),
            "datePublished": first(said, LG + "date"),
            "inLanguage": first(said, DCTERMS + "language"),
            "isBasedOn": first(said, LG + "digestOf"),
            "sameAs": first(said, SCHEMA + "url"),
            "url": host + article.href,
        }
    )
