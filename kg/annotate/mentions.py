"""Who and what a document speaks of, and where: names, definite nouns and pronouns joined to entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spacy.language import Language
from spacy.tokens import Doc

from kg.annotate.coreference import refer
from kg.annotate.documents import described_documents
from kg.annotate.leaks import leak_names, outlet_names
from kg.annotate.mentions_choose import choose
from kg.annotate.mentions_metonyms import governments
from kg.annotate.names_candidate import Candidate, broad
from kg.annotate.names_cluster import Cluster
from kg.annotate.names_cues import cued_names
from kg.annotate.names_echo import echo
from kg.annotate.names_fold import fold
from kg.annotate.names_join import entity_order, join
from kg.annotate.names_lexicon import lexicon
from kg.annotate.names_match import Prepared, known_names, prepare_authority
from kg.annotate.names_ner import recognised
from kg.annotate.names_person import persons_in_context, relatives
from kg.annotate.names_runs import (
    capital_runs,
    company_endings,
    described_places,
    head_class,
    headed_names,
    state_bodies,
)
from kg.annotate.names_tokens import Words, words_of
from kg.annotate.view import View
from kg.authority import Entry
from kg.records import Document, LocalEntity, Mention, Span

_NO_ENTITY = frozenset({"Title", "LegalText"})  # found so that no name is taken out of them


def prepare(authority: Mapping[str, Entry], nlp: Language) -> Prepared:
    """The authority made ready for `find_mentions`: once for a corpus, with the pipeline's own tokeniser."""
    return prepare_authority(authority, nlp)


def find_mentions(doc: Doc, article: Document, authority: Prepared) -> View:
    """The entities of a document and every place where it speaks of one.

    `doc` is the parse of `article.text`; a pipeline without parser or recogniser is enough, and finds less. Entities
    are numbered by first mention. Names are as the text writes them, titles and possessives off, the fullest first.
    """
    words = words_of(doc)
    chosen = choose(_candidates(doc, words, authority), words)
    chosen += _countries_inside(chosen, words, authority)
    chosen = [c for c in chosen if c.type not in _NO_ENTITY and not _is_group(c, words, authority)]
    clusters = join(chosen, words, authority)
    echo(clusters, words)
    clusters = governments(clusters, words, authority)
    clusters += described_documents(words, clusters)
    clusters = entity_order(clusters)
    refer(clusters, words)
    return _view(doc, article, words, [c for c in clusters if c.forms])


def _candidates(doc: Doc, words: Words, authority: Prepared) -> list[Candidate]:
    runs = capital_runs(words)
    known = list(known_names(words, authority))
    found = [*known, *leak_names(words), *recognised(doc, words, runs), *headed_names(words, runs)]
    found += company_endings(words, runs)
    found += state_bodies(words, _countries(words, known, authority))
    found += persons_in_context(words, runs)
    found += outlet_names(words, runs, found)
    found += cued_names(
        words, runs, {c.start: c for c in sorted(found, key=lambda c: (c.source == "authority", c.length))}
    )
    found += relatives(words, runs, found)
    places = {c.start: c for c in sorted(found, key=lambda c: c.length) if broad(c.type) == "Place"}
    found += described_places(words, places)
    return [c for c in found if not _in_heading(c, words, found)]


def _in_heading(candidate: Candidate, words: Words, found: Iterable[Candidate]) -> bool:
    """Whether only capitals in a heading speak for it, where every word has one."""
    return (
        candidate.source in ("ner", "context", "head")
        and words.headings[candidate.start]
        and not 1 < candidate.length < 5
    )


def _countries(words: Words, known: Iterable[Candidate], authority: Prepared) -> dict[int, tuple[int, str]]:
    """Where a country is named or its adjective stands: first word -> (end, authority id)."""
    found = {c.start: (c.end, c.entries[0] if c.entries else "") for c in known if c.type == "Country"}
    adjectives = authority.demonyms
    for at, word in enumerate(words.folds):
        if not words.caps[at]:
            continue
        two = f"{word} {words.folds[at + 1]}" if at + 1 < len(words) else ""
        if two in adjectives:
            found[at] = (at + 2, adjectives[two])
        elif word in adjectives:
            found.setdefault(at, (at + 1, adjectives[word]))
    return found


def _countries_inside(chosen: Iterable[Candidate], words: Words, authority: Prepared) -> list[Candidate]:
    """The countries that name their own state bodies: "China's foreign ministry" speaks of China too."""
    bodies = {c.start: c for c in chosen if c.source == "government"}
    known = (c for c in known_names(words, authority) if c.start in bodies) if bodies else ()
    return [c for c in known if c.type == "Country" and c.end < bodies[c.start].end]


def _is_group(candidate: Candidate, words: Words, authority: Prepared) -> bool:
    """Whether it is no name but a people or an adjective of one ("Chinese", "Uyghurs")."""
    lex = lexicon()
    if candidate.type == "Company" or broad(candidate.type) == "Place":
        after = words.folds[candidate.end : candidate.end + 2]
        if candidate.type == "Company" and after[:1] and after[0] in lex.words["medium_uses"]:
            return True
        if len(after) == 2 and after[0] == "-" and after[1] in lex.words["alike"]:
            return True
    noun = head_class(words, candidate.start, candidate.end)
    plain = noun is not None and not words.caps[candidate.end - 1]  # "Uyghur county" names no county
    if candidate.entries or candidate.place or (noun is not None and not plain):
        return False
    for word in words.folds[candidate.start : candidate.end - (noun[1] if noun and plain else 0)]:
        single = word.removesuffix("s")
        if (
            word not in authority.demonyms
            and single not in authority.demonyms
            and single not in lex.peoples
            and word not in lex.modifiers
        ):
            return False
    return True


def _view(doc: Doc, article: Document, words: Words, clusters: list[Cluster]) -> View:
    entities: dict[str, LocalEntity] = {}
    mentions: list[Mention] = []
    at: dict[int, tuple[int, str]] = {}
    heads: dict[int, str] = {}
    parsed = doc.has_annotation("DEP")
    for number, cluster in enumerate(clusters, 1):
        name = f"e{number}"
        forms = _forms(cluster)
        entities[name] = LocalEntity(name, cluster.type, forms[0], forms, cluster.entry)
        for start, end, form in cluster.spots:
            first, last = words.tokens[start], words.tokens[end - 1]
            span = Span(first.idx, last.idx + len(last.text))
            mentions.append(
                Mention(span, name, "name" if form == "name" else "pronoun" if form == "pronoun" else "nominal")
            )
            for i in range(first.i, last.i + 1):
                if i not in at or at[i][0] < end - start:
                    at[i] = (end - start, name)
            heads[doc[first.i : last.i + 1].root.i if parsed else last.i] = name
    mentions.sort(key=lambda m: (m.span, m.entity))
    return View(article, doc, entities, tuple(mentions), {i: n for i, (_, n) in at.items()}, heads)


def _forms(cluster: Cluster) -> tuple[str, ...]:
    """Every distinct form, the fullest first; forms that differ in letter case only count once."""
    best = cluster.name
    found: dict[str, str] = {fold(best): best}
    for text in sorted(cluster.forms, key=lambda t: (-len(t.split()), t.isupper(), -cluster.forms[t], t)):
        found.setdefault(fold(text), text)
    return tuple(found.values())
