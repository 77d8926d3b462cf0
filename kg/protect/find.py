"""What is withheld in each document: the names of protected persons in any form, and the details beside them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.authority import Entry
from kg.protect.fold import other_runs
from kg.protect.names import Cover, Hit, Names, merged
from kg.protect.people import PERSONS, Sentences, Verdict, around, cued, described, judge, role_of
from kg.protect.policy import Policy
from kg.protect.public import Public
from kg.protect.redact import redaction
from kg.protect.sweep import Found, Sweep
from kg.records import Entity, Mention, Resolved, ResolvedDocument, Role, Span

UNNAMED = frozenset(
    ("Leak", "LeakedDocument", "Speech", "Article", "ScholarlyArticle", "SourceArticle", "Event", "Visit")
)
"""Classes whose instances have titles: a person's name may stand in one, but is none."""


@dataclass(slots=True)
class Findings:
    """The corpus judged. `names` finds protected names in any string; `public` the names that may be shown."""

    policy: Policy
    names: Names
    public: Public
    verdicts: dict[str, Verdict]
    entities: Mapping[str, Entity]
    swept: dict[int, list[Found]] = field(default_factory=dict)  # by document number
    cuts: dict[int, list[Hit]] = field(default_factory=dict)
    nobody: set[str] = field(default_factory=set)  # paths of "persons" that are ordinary words
    learned: set[str] = field(default_factory=set)  # names withheld that no entity has
    strings: dict[str, str] = field(default_factory=dict)  # a cache
    listed: dict[str, list[Hit]] = field(default_factory=dict)  # public names by article id, a cache

    def hidden(self, path: str) -> bool:
        """Whether the entity with this path is a protected person."""
        verdict = self.verdicts.get(path)
        return verdict is not None and not verdict.public

    def public_in(self, document: ResolvedDocument) -> list[Hit]:
        """Where a document's text has public names."""
        article = document.annotated.document
        if article.id not in self.listed:
            self.listed[article.id] = self.public.find(article.text)
        return self.listed[article.id]

    def learn(self, name: str, *, everywhere: bool = True) -> None:
        """Take a name for protected that no entity has."""
        self.names.add(name, everywhere=everywhere)
        self.learned.add(name)

    def string(self, text: str) -> str:
        """A string that is no part of a text (a title, a label, a note), with protected names withheld."""
        known = self.strings.get(text)
        if known is None:
            hits = self.names.find(text, self.public.find(text))
            known = self.strings[text] = redaction(text, hits, self.policy.mark).text
        return known

    def path(self, text: str) -> str:
        """A file's path, a slug or an address, where capitals tell nothing, with protected names withheld."""
        hits = self.names.find(text, self.public.find(text), caseless=True)
        return redaction(text, hits, self.policy.mark).text


def find(resolved: Resolved, *, policy: Policy, suppressed: frozenset[str], authority: Mapping[str, Entry]) -> Findings:
    """Judge everyone and find what is to be withheld in every document's text."""
    verdicts = judge(resolved, policy, suppressed)
    entities = {entity.path: entity for entity in resolved.entities}
    for path in suppressed & entities.keys():
        verdicts.setdefault(path, Verdict(public=False, role="unspecified", rule="suppressed"))
    public = Public(policy)
    for entry in authority.values():
        if f"id/{entry.id}" not in suppressed:
            public.add_all((*entry.names, *entry.demonyms), person=entry.type in PERSONS)
    for path, entity in entities.items():
        person = entity.type in PERSONS
        shown = entity.authority is not None or path in verdicts
        if shown and verdicts.get(path, Verdict(public=True, role="unspecified", rule="")).public:
            public.add_all((entity.label, *entity.aliases, *entity.labels.values()), person=person)
    for document in resolved.documents:
        public.add_all((a.value for a in document.annotated.document.authors), person=True)
    sweep = Sweep(policy, vocabulary=vocabulary(resolved), public=frozenset(public.words))
    for path, verdict in _mistaken(resolved, verdicts, entities, sweep, policy).items():
        verdicts[path] = verdict
    nobody = {p for p, v in verdicts.items() if v.rule == "in doubt" and _is_word(entities[p], policy, public)}
    for path in nobody:
        del verdicts[path]
    names = Names(policy, frozenset(public.words))
    found = Findings(policy, names, public, verdicts, entities, nobody=nobody)
    for path, verdict in sorted(verdicts.items()):
        if not verdict.public:
            entity = entities[path]
            for name in (entity.label, *entity.aliases, *entity.labels.values()):
                names.add(name)
    for path in sorted(suppressed):
        if path.startswith("id/") and not path.startswith("id/protected/"):
            names.add(path.rsplit("/", 1)[-1].replace("-", " "))
    for number, document in enumerate(resolved.documents):
        found.swept[number] = _swept(document, found, sweep)
    for path, verdict in _same_people(found).items():
        verdicts[path] = verdict
        names.add(entities[path].label)
    _learn(resolved, found)
    for number, document in enumerate(resolved.documents):
        found.cuts[number] = _cuts(document, number, found)
    return found


def _same_people(found: Findings) -> dict[str, Verdict]:
    """Entities that go by a part of a protected name, with initials or without, and are taken for something else."""
    roles: dict[str, Role] = {}
    for path, verdict in sorted(found.verdicts.items()):
        if not verdict.public and path in found.entities:
            roles |= {word.key: verdict.role for word in found.public.words_of(found.entities[path].label)}
    more: dict[str, Verdict] = {}
    for path, entity in found.entities.items():
        if entity.authority or entity.type in UNNAMED or found.hidden(path):
            continue
        judged = found.verdicts.get(path)
        if judged is not None and judged.rule in ("author", "office"):
            continue
        keys = [word.key for word in found.public.words_of(entity.label) if len(word.key) > 1]
        if keys and all(key in found.names.strong or key in found.names.lone for key in keys):
            more[path] = Verdict(public=False, role=roles.get(keys[-1], "unspecified"), rule="described")
    return more


def _is_word(entity: Entity, policy: Policy, public: Public) -> bool:
    """Whether a "person" that nothing describes is a word taken for a name: "Visit", "Northern Party"."""
    keys = [word.key for word in public.words_of(entity.label)]
    if len(keys) == 1:
        return keys[0] in policy.words or keys[0] in policy.not_names
    heads = any(key in policy.not_names for key in keys)
    return heads and all(key in policy.not_names or key in public.words for key in keys)


def vocabulary(resolved: Resolved) -> frozenset[str]:
    """The words that stand in lower case somewhere in the corpus: no names by themselves."""
    return frozenset(
        word.casefold()
        for document in resolved.documents
        for word in document.annotated.document.text.split()
        if word.isalpha() and word.islower() and word.isascii()
    )


def _mistaken(
    resolved: Resolved,
    verdicts: Mapping[str, Verdict],
    entities: Mapping[str, Entity],
    sweep: Sweep,
    policy: Policy,
) -> dict[str, Verdict]:
    """Protected persons that were taken for places or organisations: unknown names described as only a person is."""
    suspects: defaultdict[str, set[Role]] = defaultdict(set)
    for document in resolved.documents:
        annotated, text = document.annotated, document.annotated.document.text
        sentences = Sentences(annotated.sentences)
        for mention in annotated.mentions:
            path = document.paths.get(mention.entity, "")
            entity = entities.get(path)
            if mention.form != "name" or entity is None or entity.authority or path in verdicts:
                continue
            if entity.type in PERSONS or entity.type in UNNAMED:
                continue
            sentence = sentences.at(mention.span.start)
            if sentence is None:
                continue
            whole = Span(sentence.start, sentence.end)
            others = Cover((m.span.start, m.span.end) for m in annotated.mentions if m.entity != mention.entity)
            for name in sweep.sentence(text, whole, others):
                if name.span.start < mention.span.end and mention.span.start < name.span.end:
                    before, after = around(text, mention.span, sentence)
                    suspects[path] |= described(policy, before, after) or cued(policy, text[whole.start : whole.end])
    return {p: Verdict(public=False, role=role_of(roles), rule="described") for p, roles in suspects.items() if roles}


def _guards(document: ResolvedDocument, found: Findings, *, unknown: bool = False) -> list[Hit]:
    """Where the text names somebody or something public: by the lists, and by what was recognised there.

    `unknown`: places and organisations that no curator knows count, too. Any of them may be a person's name mistaken.
    """
    text = document.annotated.document.text
    spans = []
    for mention in document.annotated.mentions:
        path = document.paths.get(mention.entity, "")
        entity = found.entities.get(path)
        if mention.form != "name" or entity is None or found.hidden(path) or path in found.nobody:
            continue
        if entity.authority or entity.type in PERSONS or (unknown and entity.type not in UNNAMED - {"Leak", "Event"}):
            spans.append((mention.span.start, mention.span.end))
    hidden = [(m.span.start, m.span.end) for m in _hidden_mentions(document, found)]
    inside = Cover(hidden)
    parts = {word.key for start, end in hidden for word in found.names.shape.words(text[start:end])}
    listed = [
        hit
        for hit in found.public_in(document)
        # A given name that a protected person of this article shares with somebody public is no sign of the latter.
        if not inside.touches(hit) and found.names.shape.key(text[hit[0] : hit[1]]) not in parts
    ]
    return [*spans, *listed]


def _hidden_mentions(document: ResolvedDocument, found: Findings) -> Iterator[Mention]:
    for mention in document.annotated.mentions:
        if mention.form == "name" and found.hidden(document.paths.get(mention.entity, "")):
            yield mention


def _sentences(document: ResolvedDocument) -> Sequence[Span]:
    return document.annotated.sentences or _paragraphs(document.annotated.document.text)


def _paragraphs(text: str) -> list[Span]:
    spans, at = [], 0
    for line in text.split("\n\n"):
        if line.strip():
            spans.append(Span(at, at + len(line)))
        at += len(line) + 2
    return spans


def _swept(document: ResolvedDocument, found: Findings, sweep: Sweep) -> list[Found]:
    """Names that were not recognised, in the text and in the metadata; the whole corpus learns them."""
    annotated = document.annotated
    text = annotated.document.text
    guards = Cover(_guards(document, found, unknown=True))
    spans = _sentences(document)
    order = Sentences(spans)
    swept = [n for span in spans for n in sweep.sentence(text, span, guards, order.following(span, text))]
    for name in swept:
        found.learn(text[name.span.start : name.span.end], everywhere=name.sure)
    for line in _metadata(document):
        for name in sweep.sentence(line, Span(0, len(line)), Cover(found.public.find(line))):
            found.learn(line[name.span.start : name.span.end], everywhere=name.sure)
    file = annotated.document.id.rsplit(".", 1)[0]
    for words in sweep.path(file, Cover(found.public.find(file.title()))):
        found.learn(words)
    return swept


def _metadata(document: ResolvedDocument) -> Iterator[str]:
    """Titles beside the text that may name somebody."""
    article = document.annotated.document
    if article.title and not isinstance(article.title.origin, Span):
        yield article.title.value
    if article.original and article.original.title:
        yield article.original.title


def _learn(resolved: Resolved, found: Findings) -> None:
    """Names in other scripts that stand beside protected names become protected names themselves."""
    for document in resolved.documents:
        text = document.annotated.document.text
        runs = other_runs(text)
        if not runs:
            continue
        guards = _guards(document, found)
        hits = merged(
            text,
            [*found.names.find(text, guards), *((m.span.start, m.span.end) for m in _hidden_mentions(document, found))],
        )
        for start, end in runs:
            if any(a <= start and end <= b for a, b in hits):
                found.learn(text[start:end])
        title = document.annotated.document.title
        if title:
            for start, end in found.names.find(title.value, found.public.find(title.value)):
                for low, high in other_runs(title.value[start:end]):
                    found.learn(title.value[start + low : start + high])


def _cuts(document: ResolvedDocument, number: int, found: Findings) -> list[Hit]:
    """Every stretch of the document's text that is withheld, sorted and apart."""
    annotated, policy = document.annotated, found.policy
    text = annotated.document.text
    guards = _guards(document, found)
    mentions = [(m.span.start, m.span.end) for m in _hidden_mentions(document, found)]
    swept = [(name.span.start, name.span.end) for name in found.swept[number]]
    present = [text[start:end] for start, end in (*mentions, *swept)]
    present += [found.entities[p].label for p in document.paths.values() if found.hidden(p) and p in found.entities]
    hits = merged(text, [*mentions, *swept, *found.names.find(text, guards, present=present)])
    if hits and annotated.document.language.casefold().startswith("en"):
        # Beside a protected person no word of another script is known to be harmless unless it is a public name.
        hits += [run for run in other_runs(text) if not any(a <= run[0] and run[1] <= b for a, b in guards)]
        hits = merged(text, hits)
    return merged(text, [*hits, *_details(document, hits, found, policy)])


def _details(document: ResolvedDocument, hits: Sequence[Hit], found: Findings, policy: Policy) -> Iterator[Hit]:
    """Ages, birth dates, numbers and home villages in the sentences that name or speak of a protected person."""
    annotated = document.annotated
    text = annotated.document.text
    spoken = [m.span for m in annotated.mentions if found.hidden(document.paths.get(m.entity, ""))]
    starts = sorted({*(start for start, _ in hits), *(span.start for span in spoken)})
    if not starts:
        return
    for sentence in _sentences(document):
        number = bisect_left(starts, sentence.start)
        if number == len(starts) or starts[number] >= sentence.end:
            continue
        words = text[sentence.start : sentence.end]
        for pattern in policy.details:
            for match in pattern.finditer(words):
                yield sentence.start + match.start(), sentence.start + match.end()
    for _, end in hits:
        for pattern in policy.details_after:
            if after := pattern.match(text[end : end + 40]):
                yield end, end + after.end()
