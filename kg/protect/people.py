"""Who is public and who is protected: the policy's order applied to every person of the corpus, with the reason."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.protect.fold import Folding
from kg.protect.policy import Policy
from kg.records import DOC, Annotated, Entity, Mention, Resolved, ResolvedDocument, Role, Span

PERSONS = frozenset(("Person", "ProtectedPerson"))
LOOK = 160  # characters before and after a name that may say who it is
PROTECTING = frozenset(("suppressed", "described", "private", "beside"))
_KNOWN = frozenset(("authority", "author", "office", "profession"))
_ROLES: tuple[Role, ...] = ("minor", "prisoner", "detainee", "relative", "witness")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person is shown, with which role not, and which rule of the policy decided."""

    public: bool
    role: Role
    rule: str


@dataclass(slots=True)
class Evidence:
    """What the corpus says of one person, rule by rule."""

    rules: set[str] = field(default_factory=set)
    described: set[Role] = field(default_factory=set)
    weakly: set[Role] = field(default_factory=set)  # described so, but only if nothing public is known of them
    cued: set[Role] = field(default_factory=set)

    @property
    def role(self) -> Role:
        """The role that says most: what stands next to the name, else what the sentence speaks of."""
        for roles in (self.described, self.weakly, self.cued):
            for role in _ROLES:
                if role in roles:
                    return role
        return "unspecified"


class Sentences:
    """The sentences of a text, to be asked for the one that holds an offset."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts = [span.start for span in spans]

    def following(self, sentence: Span | None, text: str) -> str:
        """The beginning of the next sentence, if it stands in the same paragraph."""
        if sentence is None:
            return ""
        number = bisect_right(self._starts, sentence.start)
        if number >= len(self._spans) or "\n\n" in text[sentence.end : self._spans[number].start]:
            return ""
        return text[self._spans[number].start : self._spans[number].end][:LOOK]

    def at(self, offset: int) -> Span | None:
        """The sentence that holds an offset."""
        number = bisect_right(self._starts, offset) - 1
        return self._spans[number] if number >= 0 and offset < self._spans[number].end else None


def around(text: str, span: Span, sentence: Span | None) -> tuple[str, str]:
    """The words before and after a span, inside its sentence (or paragraph), at most `LOOK` characters each."""
    if sentence is None:
        low = text.rfind("\n\n", 0, span.start) + 2
        high = text.find("\n\n", span.end)
        sentence = Span(low if low > 1 else 0, high if high >= 0 else len(text))
    return text[max(sentence.start, span.start - LOOK) : span.start], text[
        span.end : min(sentence.end, span.end + LOOK)
    ]


def described(policy: Policy, before: str, after: str) -> set[Role]:
    """The protected roles that the words next to a name give."""
    return {role for role, patterns in policy.described.items() if patterns.match(before, after)}


def cued(policy: Policy, sentence: str) -> set[Role]:
    """The protected roles that a sentence speaks of."""
    return {role for role, patterns in policy.cues.items() if any(p.search(sentence) for p in patterns)}


def speaks_of_custody(document: ResolvedDocument, policy: Policy) -> bool:
    """Whether an article is about people in custody, or may be: one in another language cannot be asked."""
    annotated = document.annotated
    text = annotated.document.text
    if not annotated.document.language.casefold().startswith("en"):
        return True
    count = sum(policy.in_custody(text[s.start : s.end]) for s in annotated.sentences)
    return count >= policy.custody_sentences


def weak_roles(policy: Policy, sentence: str, *, custody: bool) -> frozenset[Role]:
    """The roles that give way to a profession: of those accused of crimes of business, of the kin of others."""
    weak: set[Role] = set() if custody else {"relative"}
    if policy.crimes.search(sentence):
        weak |= {"prisoner", "detainee"}
    return frozenset(weak)


def judge(resolved: Resolved, policy: Policy, suppressed: frozenset[str]) -> dict[str, Verdict]:
    """The verdict on every person of the corpus, by entity path."""
    evidence: defaultdict[str, Evidence] = defaultdict(Evidence)
    people = {entity.path: entity for entity in resolved.entities if entity.type in PERSONS}
    fold = Folding(policy.lookalikes)
    for path, entity in people.items():
        if path in suppressed or not suppressed.isdisjoint(entity.former_paths):
            evidence[path].rules.add("suppressed")
        if entity.authority:
            evidence[path].rules.add("authority")
    kinds = {entity.path: entity.type for entity in resolved.entities}
    authors = {fold.key(name) for d in resolved.documents for name in _authors(d.annotated)}
    for path, entity in people.items():
        if any(fold.key(name) in authors for name in (entity.label, *entity.aliases)):
            evidence[path].rules.add("author")
    for document in resolved.documents:
        for path, rule in _facts(document, kinds, policy):
            evidence[path].rules.add(rule)
        _words(document, people, kinds, policy, evidence)
    return {path: _verdict(evidence[path], policy) for path in people}


def _verdict(found: Evidence, policy: Policy) -> Verdict:
    if found.described or (found.weakly and found.rules.isdisjoint(_KNOWN)):
        found.rules.add("described")
    for rule in policy.order:
        if rule in found.rules:
            return Verdict(rule not in PROTECTING, found.role, rule)
    return Verdict(policy.otherwise_public, found.role, "otherwise")


def _authors(annotated: Annotated) -> Iterator[str]:
    document = annotated.document
    yield from (author.value for author in document.authors)
    if document.original:
        yield from document.original.authors


def _facts(document: ResolvedDocument, kinds: Mapping[str, str], policy: Policy) -> Iterator[tuple[str, str]]:
    """What the document's facts say: (entity path, rule)."""
    annotated, paths = document.annotated, document.paths
    for position in annotated.positions:
        path = paths.get(position.person)
        if path is None:
            continue
        if policy.office_words.search(position.title):
            yield path, "office"
        elif policy.profession_words.search(position.title):
            yield path, "profession"
        elif policy.private_words.search(position.title):
            yield path, "private"
    for statement in annotated.statements:
        ends = {"subject": statement.subject, "object": statement.object}
        if statement.predicate == "author" and statement.subject == DOC and isinstance(statement.object, str):
            yield paths.get(statement.object, ""), "author"
        if statement.predicate == "affiliatedWith" and isinstance(statement.object, str):
            employer = kinds.get(paths.get(statement.object, ""))
            if employer in policy.public_organisations:
                yield paths.get(statement.subject, ""), "profession"
        for predicate, end in policy.public_facts:
            name = ends.get(end)
            if statement.predicate == predicate and isinstance(name, str) and name in paths:
                yield paths[name], "profession"


def _words(
    document: ResolvedDocument,
    people: Mapping[str, Entity],
    kinds: Mapping[str, str],
    policy: Policy,
    evidence: Mapping[str, Evidence],
) -> None:
    """What the words around each mention say."""
    annotated, text = document.annotated, document.annotated.document.text
    ordered = sorted(annotated.mentions, key=lambda m: m.span)
    sentences = Sentences(annotated.sentences)
    custody = speaks_of_custody(document, policy)
    for number, mention in enumerate(ordered):
        path = document.paths.get(mention.entity, "")
        if path not in people:
            continue
        sentence = sentences.at(mention.span.start)
        found = evidence[path]
        words = text[sentence.start : sentence.end] if sentence else ""
        roles = cued(policy, words)
        found.cued |= roles
        if custody or "minor" in roles or policy.in_custody(words):
            found.rules.add("beside")
        if mention.form == "pronoun":
            continue
        before, after = around(text, mention.span, sentence)
        says = described(policy, before, after)
        weak = weak_roles(policy, words, custody=custody)
        found.described |= says - weak
        found.weakly |= says & weak
        if policy.private.match(before, after):
            found.rules.add("private")
        if mention.form == "name":
            last = not any(
                document.paths.get(m.entity) in people and sentence and m.span.start < sentence.end
                for m in ordered[number + 1 : number + 8]
            )
            found.rules |= public_words(policy, before, after, sentences.following(sentence, text) if last else "")
            if _linked(ordered, number, document, kinds, policy):
                found.rules.add("profession")


def public_words(policy: Policy, before: str, after: str, following: str = "") -> set[str]:
    """The public rules ("office", "profession") that the words next to a name meet, or the sentence after it."""
    rules = {"office": policy.office, "profession": policy.profession}
    return {rule for rule, patterns in rules.items() if patterns.match(before, after, following)}


def _linked(
    ordered: Sequence[Mention],
    number: int,
    document: ResolvedDocument,
    kinds: Mapping[str, str],
    policy: Policy,
) -> bool:
    """Whether only "from", "of the" or a possessive stands between the name and a public organisation's."""
    text, mention = document.annotated.document.text, ordered[number]

    def public(other: Mention) -> bool:
        return kinds.get(document.paths.get(other.entity, "")) in policy.public_organisations

    for other in ordered[number + 1 : number + 3]:
        between = text[mention.span.end : other.span.start]
        if public(other) and any(p.search(between) for p in policy.name_first):
            return True
    for other in ordered[max(0, number - 2) : number]:
        between = text[other.span.end : mention.span.start]
        if public(other) and any(p.search(between) for p in policy.organisation_first):
            return True
    return False


def role_of(roles: set[Role]) -> Role:
    """The role that says most of several."""
    return next((role for role in _ROLES if role in roles), "unspecified")
