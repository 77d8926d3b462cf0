"""Acts of speech: who says something by which words, and which tokens are what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.annotate.arguments import Reader, is_a
from kg.annotate.frames import Frame
from kg.annotate.frames_links import Links
from kg.annotate.quotes import Quote
from kg.annotate.reporting import Reporting
from kg.records import LocalEntity, Stance

_SKIPPED = frozenset({"subject", "passive-subject", "marker", "auxiliary", "coordinator", "punctuation", "negation"})


@dataclass(slots=True)
class Speech:
    """An act of speech. `content` holds the tokens of what is said, quotations included."""

    token: int  # the verb, noun or preposition that reports it
    claimant: str | None  # None: somebody who is no entity
    stance: Stance
    content: set[int]
    rule: str
    settled: bool = False  # the stance comes from the word itself and not from what is said
    quotes: list[Quote] = field(default_factory=list)
    own: frozenset[int] = frozenset()  # tokens of the speaker's own noun phrase
    others: tuple[str, ...] = ()  # who else says it: "France and Germany condemned"


def agent(entity: LocalEntity) -> bool:
    """Can this entity say something? A place of no known kind that does is a country."""
    return entity.type == "Place" or is_a(entity.type, ("Agent",))


def find_speeches(reader: Reader, words: Reporting) -> list[Speech]:
    """The acts of speech that verbs, nouns and "according to" report, in text order; quotations not yet given out."""
    found: list[Speech] = []
    for frame in reader.frames.of.values():
        speech = _verb(reader, frame, words) if frame.kind == "verbal" else _noun(reader, frame, words)
        if speech is not None:
            found.append(speech)
    sources = list(_according(reader))
    for speech in found:  # "According to Reed, Ash ordered ...": the source is no part of the order
        for source in sources:
            speech.content -= source.own
    found += sources
    return sorted(found, key=lambda s: s.token)


def _verb(reader: Reader, frame: Frame, words: Reporting) -> Speech | None:
    links = reader.links
    lemma = frame.lemma if frame.lemma in words.verbs else links.lemma[frame.token]
    stance, marked = words.verbs.get(lemma), _prepositional(frame, lemma, words)
    certainty = frame.certainty
    if (
        (stance is None and marked is None)
        or certainty.negated
        or (certainty.unreal and not _progressive(reader, frame))
    ):
        return None
    if links.tag[frame.token] == "VBG" and links.marker[frame.token] in _GERUND:
        return None  # "in defending its policies": an aim, no act of speech
    asked = lemma in words.infinitive and any(links.tag[o] == "VB" for o in frame.opens)
    if lemma in words.wanting and not (asked and (frame.patients or frame.indirect) and _says_so(links, frame)):
        return None
    if asked:
        stance, settled = "demands", True
        taken = True
    elif marked is not None:
        stance, settled, taken = marked, marked != "asserts", True
    else:
        assert stance is not None
        settled = stance != "asserts"
        taken = lemma not in words.clausal or lemma in words.objects
        taken = taken and bool(frame.patients or frame.opens or frame.obliques)
    speakers, own = _after_quote(reader, frame.token)
    if not speakers:
        nearest = _nearest(reader, frame)
        speakers = reader.speakers(nearest, agent)
        if not frame.agents:
            speakers, frame = _inverted(reader, frame)
        own = {t for a in frame.agents for t in links.subtree(a)}
    if not speakers and not any(links.tag[a] in ("PRP", "NN", "NNS") for a in frame.agents):
        speakers, beside = _beside_quote(reader, frame.token)
        if not speakers and not frame.agents:
            speakers, beside = _left_neighbour(reader, frame.token)
        own |= beside
    if not speakers and frame.agents:
        speakers = _outer(reader, frame, words)
    content = _content(reader, frame, words, own)
    clause = bool(frame.complements) or _parenthetical(reader, frame)
    if not clause and not taken:
        content = set()
    claimant, others = (speakers[0], tuple(speakers[1:])) if speakers else (None, ())
    return Speech(frame.token, claimant, stance, content, f"says-{lemma}", settled, [], frozenset(own), others)


def _prepositional(frame: Frame, lemma: str, words: Reporting) -> Stance | None:
    table = words.prepositions.get(lemma.partition(" ")[0], {})
    return next((stance for marker, stance in table.items() if marker in frame.obliques), None)


def _progressive(reader: Reader, frame: Frame) -> bool:
    """ "continue to call on", "have repeatedly asked": said all the same."""
    links = reader.links
    return any(links.lemma[g] in reader.lexicon.happening for g in frame.certainty.governors[:1]) and (
        links.role[frame.token] == "open"
    )


def _inverted(reader: Reader, frame: Frame) -> tuple[list[str], Frame]:
    """ "…," said Anna Reed: the speaker may have been parsed as the object."""
    for token in frame.patients:
        if token > frame.token and token - frame.token < 12:
            speakers = reader.voices(token, agent)
            if speakers:
                return speakers, Frame(frame.token, frame.lemma, "verbal", agents=(token,), obliques=frame.obliques,
                                       complements=frame.complements, opens=frame.opens,
                                       certainty=frame.certainty)  # fmt: skip
    return [], frame


def _outer(reader: Reader, frame: Frame, words: Reporting) -> list[str]:
    """ "Reed said that hackers had broken in, and denied ...": a row that the parser joined inside what is said."""
    links = reader.links
    first = links.head[frame.token]
    over = reader.frames.of.get(links.head[first])
    if links.role[frame.token] != "conjunct" or links.role[first] not in ("complement", "relative") or over is None:
        return []
    if over.lemma not in words.verbs or links.under(frame.token, "subject", "passive-subject"):
        return []
    return reader.speakers(over.agents, agent)


def _says_so(links: Links, frame: Frame) -> bool:
    """Is a wish told in the present and on its own? "He said that he had wanted it" demands nothing of anybody."""
    return links.tag[frame.token] in ("VBZ", "VBP") and not frame.certainty.governors


def _nearest(reader: Reader, frame: Frame) -> tuple[int, ...]:
    """The subject next to the verb with its row; a second one that the parser sees is somebody else's."""
    links = reader.links
    own = links.under(frame.token, "subject")
    before = [s for s in own if s < frame.token]
    if len(own) < 2 or not before:
        return frame.agents
    return tuple(a for a in frame.agents if a == before[-1] or links.head[a] == before[-1]) or frame.agents


def _after_quote(reader: Reader, verb: int) -> tuple[list[str], set[int]]:
    """ "…," said Anna Reed, an editor: the name that follows the verb right behind a quotation."""
    links, at = reader.links, reader.view.at
    if verb == 0 or links.lower[verb - 1] not in _CLOSING or verb + 1 not in at:
        return [], set()
    entity = at[verb + 1]
    end = verb + 1
    while at.get(end) == entity:
        end += 1
    if not agent(reader.view.entities[entity]):
        return [], set()
    own = set(range(verb + 1, end))
    for token in range(verb + 1, end):  # with what the name is said to be: "Anna Reed, an editor at the Courier"
        own.update(t for c in links.under(token, "apposition") for t in links.subtree(c))
    return [entity], own


def _beside_quote(reader: Reader, verb: int) -> tuple[list[str], set[int]]:
    """ "…," Reed added; "…," added Reed: the name next to the verb, where a quotation has just ended."""
    links, at = reader.links, reader.view.at
    first = verb
    while first > 0 and (at.get(first - 1) is not None or links.tag[first - 1] == "RB") and verb - first < 8:
        first -= 1
    if first > 0 and links.lower[first - 1] in _CLOSING and first < verb:
        named = range(first, verb)
    elif links.lower[verb - 1 : verb] and links.lower[verb - 1] in _CLOSING:
        end = verb + 1
        while end < len(links.lower) and links.tag[end][:2] in ("NN", "JJ", "DT"):
            end += 1
        named = range(verb + 1, end)
    else:
        return [], set()
    found = [e for e in (at[t] for t in named if t in at) if agent(reader.view.entities[e])]
    persons = [e for e in found if is_a(reader.view.entities[e].type, ("Person",))]
    return (persons or found)[:1], set(named)


def _left_neighbour(reader: Reader, verb: int) -> tuple[list[str], set[int]]:
    """ "Reed's spokesman, Tom Ash, demanded": the name right before the verb, where the parser found no subject."""
    links, at = reader.links, reader.view.at
    i = verb - 1
    if links.under(verb, "passive-auxiliary", "passive-subject", "copula"):
        return [], set()
    while i > 0 and (links.tag[i] == "RB" or links.lemma[i] == "have" or links.lower[i] == ","):
        i -= 1
    entity = at.get(i)
    if entity is None or verb - i > 4 or links.tag[verb] not in ("VBD", "VBZ", "VBP", "VBN"):
        return [], set()
    start = i
    while start > 0 and at.get(start - 1) == entity:
        start -= 1
    if (links.tag[start - 1 : start] and links.tag[start - 1] in ("IN", "TO")) or not agent(
        reader.view.entities[entity]
    ):
        return [], set()
    return [entity], set(range(start, i + 1))


_CLOSING = frozenset({"”", '"', "''", "’"})


def _parenthetical(reader: Reader, frame: Frame) -> bool:
    """ "The files, Reed says, are genuine": the verb hangs on what is said, and has no content of its own."""
    return reader.links.role[frame.token] == "parataxis" and not (frame.complements or frame.patients or frame.opens)


def _content(reader: Reader, frame: Frame, words: Reporting, own: set[int]) -> set[int]:
    """What is said: everything below the verb but the speaker, the person told, and clauses of circumstance."""
    links = reader.links
    found: set[int] = set()
    clausal = bool(frame.complements) or _parenthetical(reader, frame)
    for child in links.children[frame.token]:
        role, marker = links.role[child], links.marker[child]
        if role in _SKIPPED or child in own or (role == "indirect" and not frame.opens):
            continue
        told = role == "oblique" and marker in words.recipients and (clausal or marker != "at")
        if told and not _asks(frame, marker, words):
            continue
        if role == "object" and frame.complements and links.lemma[frame.token] in _TOLD:
            continue
        if role == "conjunct" and links.is_verb(child):
            continue
        if role == "parataxis" and child > frame.token and links.under(child, "subject"):
            continue  # another clause: "denied it; her spokesman called it ..."
        found.update(_said(links, child))
    if _parenthetical(reader, frame):
        mine = set(links.subtree(frame.token))
        found.update(t for t in links.subtree(links.head[frame.token]) if t not in mine)
    return found - own


_CIRCUMSTANCE = frozenset({"as", "while", "when", "after", "before", "because", "with", "since"})


def _said(links: Links, token: int) -> list[int]:
    """The subtree without its clauses of circumstance, which tell of the speaking and not of what is said."""
    found, queue = [], [token]
    while queue:
        here = queue.pop()
        aside = links.role[here] in ("adverbial", "relative") and (
            links.marker[here] in _CIRCUMSTANCE or any(links.lower[c] == "when" for c in links.children[here])
        )
        if not aside:
            found.append(here)
            queue += links.children[here]
    return found


_GERUND = frozenset({"in", "for", "of", "without", "from", "to", "instead of", "about"})
_TOLD = frozenset({"tell", "inform", "assure", "warn", "remind"})


def _asks(frame: Frame, marker: str, words: Reporting) -> bool:
    return marker in words.prepositions.get(frame.lemma.partition(" ")[0], {})


def _noun(reader: Reader, frame: Frame, words: Reporting) -> Speech | None:
    """ "the minister's denial of the story", "calls by the agency for an inquiry"."""
    stance = words.nouns.get(frame.lemma)
    if stance is None or frame.certainty.negated:
        return None
    tokens = (*frame.possessors, *frame.obliques.get("by", ()), *frame.obliques.get("from", ()))
    speakers = reader.speakers(tokens, agent)
    if not speakers:
        return None
    own = {t for a in tokens for t in reader.links.subtree(a)}
    content = set(reader.links.subtree(frame.token)) - own
    return Speech(frame.token, speakers[0], stance, content, f"noun-{frame.lemma}", True, [], frozenset(own))


def _according(reader: Reader) -> Iterator[Speech]:
    """ "According to the agency, ..." in either parse of "according": a preposition or a verb."""
    links = reader.links
    for i, word in enumerate(links.lower[:-1]):
        if word != "according" or links.lower[i + 1] != "to":
            continue
        noun = links.head[i] if links.role[i] == "case" else None
        if noun is None:
            below = [c for c in links.children[i] if c > i and links.role[c] in ("oblique", "object")]
            noun = below[0] if below else None
        if noun is None:
            continue
        speakers = reader.voices(noun, agent)
        own = frozenset((i, i + 1, *links.subtree(noun)))
        sent = links.doc[i].sent
        if i == sent.start or links.lower[i - 1] == ",":  # of the whole sentence, whatever the parser hangs it on
            content = {t for t in range(sent.start, sent.end) if t not in own}
        else:
            top = links.head[noun] if links.role[i] == "case" else links.head[i]
            content = {t for t in links.subtree(top) if t not in own}
        yield Speech(i, speakers[0] if speakers else None, "asserts", content, "according-to", True, [], own)
