"""What is withheld in each document: the names of protected persons in any form, and the details beside them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.authority import Entry
from kg.protect.fold import other_runs
from kg.protect.mistaken import UNNAMED, is_word, mistaken_people, taken_for_things
from kg.protect.names import Cover, Hit, Names, merged
from kg.protect.people import PERSONS, Sentences, Verdict, judge
from kg.protect.policy import Policy
from kg.protect.public import Public
from kg.protect.redact import redaction
from kg.protect.sweep import Found, Sweep
from kg.records import Entity, Mention, Resolved, ResolvedDocument, Role, Span


@dataclass(slots=True)
class Findings:
    """The corpus judged. `names` finds protected names in any string; `public` the names that may be shown."""

    policy: Policy
    names: Names
    firm: Names  # of `names`, those that something said of them protects: these are looked for in file names, too
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
        self.take(name, everywhere=everywhere)
        self.learned.add(name)

    def take(self, name: str, *, everywhere: bool) -> None:
        """Withhold a name. `everywhere` False: it is in doubt, so that its parts, and one word alone, tell little."""
        self.names.add(name, everywhere=everywhere)
        if everywhere or len(self.names.shape.words(name)) > 1:
            self.firm.add(name, everywhere=everywhere)

    def string(self, text: str) -> str:
        """A string that is no part of a text (a title, a label, a note), with protected names withheld."""
        known = self.strings.get(text)
        if known is None:
            hits = self.names.find(text, self.public.find(text))
            known = self.strings[text] = redaction(text, hits, self.policy.mark).text
        return known

    def path(self, text: str) -> str:
        """A file's path, a slug or an address, where capitals tell nothing, with protected names withheld."""
        hits = self.firm.find(text, self.public.find(text), caseless=True)
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
        verdict = verdicts.get(path)
        # Whom nothing speaks of is public here, but the name is no sign of a public person elsewhere.
        if verdict.public and verdict.rule != "otherwise" if verdict else entity.authority is not None:
            public.add_all((entity.label, *entity.aliases, *entity.labels.values()), person=person)
    for document in resolved.documents:
        public.add_all((a.value for a in document.annotated.document.authors), person=True)
    sweep = Sweep(policy, vocabulary=vocabulary(resolved), public=frozenset(public.words))
    for path, verdict in taken_for_things(resolved, verdicts, entities, sweep, policy).items():
        verdicts[path] = verdict
    doubtful = {p for p, v in verdicts.items() if v.rule in ("beside", "otherwise", "private")}
    nobody = {p for p in doubtful if is_word(entities[p], policy, public)}
    nobody |= mistaken_people(resolved, verdicts, entities, policy)
    for path in nobody:
        del verdicts[path]
    shown = frozenset(public.words)
    found = Findings(policy, Names(policy, shown), Names(policy, shown), public, verdicts, entities, nobody=nobody)
    for path, verdict in sorted(verdicts.items()):
        if not verdict.public:
            entity = entities[path]
            for name in (entity.label, *entity.aliases, *entity.labels.values()):
                found.take(name, everywhere=verdict.rule != "beside")
    for path in sorted(suppressed):
        if path.startswith("id/") and not path.startswith("id/protected/"):
            found.take(path.rsplit("/", 1)[-1].replace("-", " "), everywhere=True)
    for number, document in enumerate(resolved.documents):
        found.swept[number] = _swept(document, found, sweep)
    for path, verdict in (_described_elsewhere(resolved, found) | _same_people(found)).items():
        verdicts[path] = verdict
        found.take(entities[path].label, everywhere=True)
    _learn(resolved, found)
    for number, document in enumerate(resolved.documents):
        found.cuts[number] = _cuts(document, number, found)
    return found


def _described_elsewhere(resolved: Resolved, found: Findings) -> dict[str, Verdict]:
    """People of whom nothing speaks where they were recognised, who are described elsewhere or spelled like such."""
    roles: dict[str, Role] = {}
    for number, document in enumerate(resolved.documents):
        text = document.annotated.document.text
        roles |= {found.names.shape.key(text[n.span.start : n.span.end]): n.role for n in found.swept[number] if n.sure}
    more: dict[str, Verdict] = {}
    for path, verdict in found.verdicts.items():
        if path not in found.entities or verdict.rule not in ("otherwise", "beside", "private"):
            continue
        label = found.entities[path].label
        role = roles.get(found.names.shape.key(label))
        if role is None and verdict.public and found.firm.find(label):
            role = verdict.role  # another spelling of a protected name, or one of the same family
        if role:
            more[path] = Verdict(public=False, role=role, rule="described")
    return more


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
        if keys and all(key in found.firm.strong or key in found.firm.lone for key in keys):
            more[path] = Verdict(public=False, role=roles.get(keys[-1], "unspecified"), rule="described")
    return more


def vocabulary(resolved: Resolved) -> frozenset[str]:
    """The words that stand in lower case somewhere in the corpus: no names by themselves."""
    return frozenset(
        word.casefold()
        for document in resolved.documents
        for word in document.annotated.document.text.split()
        if word.isalpha() and word.islower() and word.isascii()
    )


def _guards(document: ResolvedDocument, found: Findings, *, unknown: bool = False) -> list[Hit]:
    """Where the text names somebody or something public: by the lists, and by what was recognised there.

    `unknown`: places and organisations that no curator knows count, too. Any of them may be a person's name mistaken.
    """
    text = document.annotated.document.text
    spans = []
    for mention in document.annotated.mentions:
        path = document.paths.get(mention.entity, "")
        entity = found.entities.get(path)
        if mention.form != "name" or entity is None or found.hidden(path) or (path in found.nobody and not unknown):
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
