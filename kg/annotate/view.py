"""What the parts of annotate share about one document: the parsed text and who is where in it.

Internal to `annotate`: a spaCy `Doc` never leaves this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spacy.tokens import Doc, Token

from kg.records import Document as Article
from kg.records import LocalEntity, Mention, Span


@dataclass(frozen=True, slots=True)
class View:
    """A document with its parse, its entities and where they are mentioned.

    `at` maps a token index to the id of the entity whose mention covers it (the longest mention wins);
    `doc` is the parse of `article.text`, so that `token.idx` is an offset into the text.
    """

    article: Article
    doc: Doc
    entities: Mapping[str, LocalEntity]
    mentions: tuple[Mention, ...]
    at: Mapping[int, str]
    heads: Mapping[int, str] = field(default_factory=dict)  # head token of each mention -> entity id

    def entity(self, token: Token) -> LocalEntity | None:
        """The entity that this token's mention stands for."""
        found = self.at.get(token.i)
        return self.entities[found] if found else None

    def sentence(self, token: Token) -> Span:
        """The code points of the sentence that the token is in, trailing space removed."""
        sent = token.sent
        return Span(sent.start_char, sent.start_char + len(sent.text.rstrip()))
