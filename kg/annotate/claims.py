"""Claims: what an article says that somebody said, with stance, subject and quotation."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from kg.annotate.arguments import MAX_EVIDENCE, Reader, Wanted
from kg.annotate.claims_speech import Speech, find_speeches
from kg.annotate.quotes import Quote, find_quotes, paragraphs
from kg.annotate.reporting import Reporting
from kg.records import Claim, LocalEntity, Span, Stance

# Shares that were right over 37 annotated texts, rounded: of stances that a word gives (0.91), of mere assertions
# (0.71), and of claims whose subject had to be inferred (0.64).
_SETTLED, _ASSERTED, _INFERRED = Decimal("0.9"), Decimal("0.7"), Decimal("0.6")
_NEAR = 6  # tokens between a quotation and the verb that reports it


def read_speeches(reader: Reader, words: Reporting) -> list[Speech]:
    """Every act of speech of the document with the quotations that belong to it."""
    paragraph = paragraphs(reader.links)
    quotes = find_quotes(reader.links, paragraph)
    speeches = find_speeches(reader, words)
    _give_out(reader, speeches, quotes, paragraph)
    quoted = [s for s in speeches if s.content or s.quotes]
    return [_stanced(reader, s, words) for s in quoted]


def _give_out(reader: Reader, speeches: list[Speech], quotes: list[Quote], paragraph: list[int]) -> None:
    """Each quotation goes to the act of speech it is part of, next to, or in whose paragraph it stands."""
    inside = {i for q in quotes if q.utterance for i in range(q.start, q.end)}
    outer = [s for s in speeches if s.token not in inside]
    at = [s.token for s in outer]
    left: list[Quote] = []
    for quote in quotes:
        tokens = range(quote.start, quote.end)
        near = outer[bisect_left(at, quote.start - _AROUND) : bisect_left(at, quote.end + _AROUND)]
        owners = [s for s in near if quote.utterance and _touches(reader, s, quote)]
        if not owners:
            owners = [s for s in near if s.content and any(t in s.content for t in tokens)]
        if not owners and quote.utterance:
            owners = [s for s in near if _beside(reader, s, quote)]
        if owners:
            owner = min(owners, key=lambda s: min(abs(s.token - quote.start), abs(s.token - quote.end)))
            _give(owner, quote, others=near)
        elif quote.utterance:
            left.append(quote)
    for quote in left:  # a quotation with no verb of its own goes on with the last speaker of its paragraph
        near = outer[bisect_left(at, quote.start - 2 * _AROUND) : bisect_left(at, quote.end + 2 * _AROUND)]
        fellows = [s for s in near if paragraph[s.token] == quote.paragraph and s.quotes]
        before = [s for s in fellows if s.token < quote.start]
        after = [s for s in fellows if s.token > quote.end]
        owner_ = before[-1] if before else after[0] if after else None
        if owner_ is not None:
            owner_.quotes.append(quote)
            owner_.content.update(range(quote.start, quote.end))


_AROUND = 120  # tokens around a quotation in which its verb is looked for


def _give(owner: Speech, quote: Quote, *, others: Iterable[Speech]) -> None:
    tokens = range(quote.start, quote.end)
    for other in others:
        if other is not owner and quote.utterance and other.token not in tokens:
            other.content.difference_update(tokens)
    owner.quotes.append(quote)
    owner.content.update(tokens)
    if quote.utterance and quote.end <= owner.token:  # what stands between is the speaker
        owner.content.difference_update(range(quote.end, owner.token))


def _touches(reader: Reader, speech: Speech, quote: Quote) -> bool:
    """ "…," said Reed; "…," Reed said; Reed said: "…": the verb is next to the quotation but for its speaker."""
    links, verb = reader.links, speech.token
    if not links.is_verb(verb) and links.tag[verb][:2] != "VB":
        return False
    if verb - quote.end > 12 or quote.start - verb > 12 or quote.start <= verb < quote.end:
        return False
    if verb > quote.end:
        between = [t for t in range(quote.end + 1, verb) if t not in speech.own and links.tag[t][:1].isalpha()]
        return not between
    between = [t for t in range(verb + 1, quote.start) if links.tag[t][:1].isalpha()]
    return verb < quote.start and not between


def _beside(reader: Reader, speech: Speech, quote: Quote) -> bool:
    """Does the verb stand right before or after the quotation, with nothing but the speaker between?"""
    if speech.rule.startswith(("noun-", "according")):
        return False
    sentence = reader.links.sentence
    if sentence[quote.start] - sentence[speech.token] > 1 or sentence[speech.token] - sentence[quote.end - 1] > 1:
        return False
    words = [t for t in range(quote.end + 1, speech.token) if t not in speech.own and reader.links.tag[t][:1].isalpha()]
    if quote.end <= speech.token:
        return len(words) <= _NEAR
    words = [
        t for t in range(speech.token + 1, quote.start) if t not in speech.own and reader.links.tag[t][:1].isalpha()
    ]
    return len(words) <= 2 * _NEAR


def _stanced(reader: Reader, speech: Speech, words: Reporting) -> Speech:
    """The act of speech with the stance that its content gives it where its verb gives none."""
    if speech.settled:
        return speech
    stance = _first_person(reader, speech, words) or _by_words(reader, speech, words) or _by_must(reader, speech)
    if stance is not None:
        speech.stance = stance
    return speech


def _by_words(reader: Reader, speech: Speech, words: Reporting) -> Stance | None:
    """ "called it a lie", "voiced horror": a word that judges, where it is quoted or what the verb is about."""
    links = reader.links
    quoted = {t for q in speech.quotes for t in range(q.start, q.end)}
    judging = links.lemma[speech.token] in words.judging
    found = set()
    for token in speech.content:
        stance = words.words.get(links.lower[token])
        said_of = links.under(token, "copula", "passive-auxiliary", "passive-subject")
        if stance and (judging or token in quoted or (stance == "denies" and said_of)):
            found.add(stance)
        elif links.lemma[token] in words.guilt and _is_negated(reader, token):
            found.add("denies")
    return "condemns" if "condemns" in found else "denies" if "denies" in found else None


def _is_negated(reader: Reader, token: int) -> bool:
    """ "no wrongdoing", "had done nothing wrong", "never broke any law"."""
    links = reader.links
    near = {token, links.head[token], links.head[links.head[token]]}
    for place in near:
        if links.lower[place] in _NEGATIVE or any(links.lower[c] in _NEGATIVE for c in links.children[place]):
            return True
    return False


_NEGATIVE = frozenset({"no", "not", "n't", "n’t", "never", "nothing", "neither", "nor"})


def _by_must(reader: Reader, speech: Speech) -> Stance | None:
    """ "“She must go,” he said": in somebody's own words an obligation of others is a demand."""
    links = reader.links
    quoted = (t for q in speech.quotes if q.utterance for t in range(q.start, q.end))
    for token in quoted:
        if links.lower[token] == "must" and links.lemma[links.head[token]] not in ("be", "have"):
            subject = links.under(links.head[token], "subject")
            if subject and links.lower[subject[0]] not in ("i", "it", "this", "that"):
                return "demands"
    return None


def _first_person(reader: Reader, speech: Speech, words: Reporting) -> Stance | None:
    """ "We call on ...": what the speaker does by saying it."""
    for token in sorted(speech.content):
        frame = reader.frames.of.get(token)
        if frame is None or frame.kind != "verbal" or frame.certainty.negated:
            continue
        if any(reader.links.lower[a] in words.first_person for a in frame.agents):
            stance = words.verbs.get(frame.lemma) or words.verbs.get(reader.links.lemma[token])
            for marker, other in words.prepositions.get(reader.links.lemma[token], {}).items():
                stance = other if marker in frame.obliques else stance
            if stance not in (None, "asserts"):
                return stance
    return None


def find_claims(reader: Reader, speeches: Iterable[Speech]) -> list[Claim]:
    """The claims of the acts of speech whose speaker is known; the same said again adds its evidence to the first."""
    found: dict[tuple[str, Stance, frozenset[str]], Claim] = {}
    first: dict[tuple[str, Stance], tuple[str, Stance, frozenset[str]]] = {}
    concerned = _counts(reader)
    for speech in speeches:
        for claimant in (speech.claimant, *speech.others):
            if claimant is None:
                continue
            about, named = _about(reader, speech, claimant, concerned)
            claim = Claim(
                claimant=claimant,
                stance=speech.stance,
                about=about,
                evidence=_evidence(reader, speech),
                rule=speech.rule,
                quotation=_quotation(reader, speech),
                confidence=(_ASSERTED if speech.stance == "asserts" else _SETTLED) if named else _INFERRED,
            )
            key = (claim.claimant, claim.stance, frozenset(about))
            if not named:  # what it is about is only inferred: the same speaker in the same spirit says no new thing
                key = first.get(key[:2], key)
            first.setdefault(key[:2], key)
            before = found.get(key)
            if before is None:
                found[key] = claim
            else:
                evidence = tuple(sorted({*before.evidence, *claim.evidence}))
                found[key] = replace(before, evidence=evidence, quotation=before.quotation or claim.quotation)
    return list(found.values())


def _about(reader: Reader, speech: Speech, claimant: str, concerned: Mapping[str, int]) -> tuple[tuple[str, ...], bool]:
    """What is spoken of, and whether the words themselves name it."""

    def other(entity: LocalEntity) -> bool:
        return entity.id != claimant

    found = reader.inside(sorted(speech.content - speech.own), other)
    return (tuple(found), True) if found else (_topic(reader, speech, other, concerned), False)


def _topic(reader: Reader, speech: Speech, other: Wanted, concerned: Mapping[str, int]) -> tuple[str, ...]:
    """What is talked of where the words themselves name nothing: the leak spoken of last, and the place in question."""
    leak = reader.focus(speech.token, other)
    if leak is not None and reader.mentions_of(leak) < _MAIN:
        return _before(reader, speech, other)  # the article is about something else
    # "The photos are fake": there the leak itself is meant, not what goes on where it comes from.
    place = None if any(_means_leak(reader, t) for t in speech.content) else _concerned(reader, concerned, other)
    return tuple(e for e in (place, leak) if e is not None)


_MAIN = 2  # mentions that make a leak a topic


def _before(reader: Reader, speech: Speech, other: Wanted) -> tuple[str, ...]:
    """Who and what the sentence before spoke of."""
    first = reader.links.doc[speech.token].sent.start
    if first == 0:
        return ()
    sent = reader.links.doc[first - 1].sent
    return tuple(reader.inside(range(sent.start, sent.end), other))


def _means_leak(reader: Reader, token: int) -> bool:
    links = reader.links
    known = any(links.lower[c] in ("the", "these", "this", "those", "leaked") for c in links.children[token])
    return known and links.lemma[token] in reader.lexicon.leaked


def _counts(reader: Reader) -> dict[str, int]:
    """How often each place below a country is mentioned."""
    entities = reader.view.entities
    return Counter(m.entity for m in reader.view.mentions if entities[m.entity].type in _PLACES)


_PLACES = ("Region", "County", "City", "Place", "DetentionFacility")


def _concerned(reader: Reader, counts: Mapping[str, int], other: Wanted) -> str | None:
    """The place below a country that the document speaks of most, if it does so often: where it all happens."""
    rows = [entity for entity in counts if other(reader.view.entities[entity])]
    best = max(rows, key=lambda entity: counts[entity], default=None)
    return best if best is not None and counts[best] >= _OFTEN else None


_OFTEN = 3  # mentions


def _evidence(reader: Reader, speech: Speech) -> tuple[Span, ...]:
    tokens = {speech.token}
    near = [t for t in speech.own if reader.links.sentence[t] == reader.links.sentence[speech.token]]
    tokens.update(near)
    spans = [reader.evidence(tokens)]
    for quote in speech.quotes:
        span = _span(reader, quote)
        if quote.utterance and not any(s.start <= span.start and span.end <= s.end for s in spans):
            spans.append(span)
    return tuple(sorted(set(spans)))


def _quotation(reader: Reader, speech: Speech) -> Span | None:
    longest = max(speech.quotes, key=lambda q: q.end - q.start, default=None)
    return None if longest is None else _span(reader, longest)


def _span(reader: Reader, quote: Quote) -> Span:
    """The quotation without its marks, cut at a word to what a text quote selector may hold."""
    doc = reader.view.doc
    start, last = doc[quote.start].idx, quote.end - 1
    while doc[last].idx + len(doc[last]) - start > MAX_EVIDENCE and last > quote.start:
        last -= 1
    while last > quote.start and doc[last].is_space:
        last -= 1
    return Span(start, min(doc[last].idx + len(doc[last]), start + MAX_EVIDENCE))


def attributions(speeches: Iterable[Speech]) -> Mapping[int, tuple[bool, str | None]]:
    """For each token that is part of what somebody says: True and who says it (the innermost act of speech wins)."""
    found: dict[int, tuple[bool, str | None]] = {}
    for speech in sorted(speeches, key=lambda s: -len(s.content)):
        for token in speech.content:
            found[token] = (True, speech.claimant)
    return found
