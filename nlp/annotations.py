"""What the components of the pipeline leave on a document for one another.

It lies in one `Notes` a document, and these functions are its typed doors. Each of its
attributes can also be reached as spaCy's `doc._.<name>`; the doors go past that, because it
costs two microseconds a time and a post is asked two hundred times.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crawler.types import Direction, Judgement, Label, Mention, Mode, Post, Value
from nlp.identify import Reading
from nlp.lean_spacy import Doc
from nlp.lexicon import Found
from nlp.normalise import Normalised
from nlp.place_hits import PlaceHit

_KEY = "foreland"
_UNREAD = Reading("und")


@dataclass(slots=True)
class Notes:
    """What is known of one document; the components fill it in one after the other."""

    post: Post | None = None
    normalised: Normalised | None = None
    reading: Reading = _UNREAD
    mentions: tuple[Mention, ...] = ()
    place_hits: tuple[PlaceHit, ...] = ()  #: for the routes
    modes: tuple[Mode, ...] = ()
    direction: Direction | None = None
    judgement: Judgement | None = None
    meaning: NDArray[np.float32] | None = None  #: of an offer: the language model's own vector
    embedding: bytes | None = None
    summary: str = ""
    cues: tuple[Found[Literal["offer", "not_offer"]], ...] | None = None  #: None: not looked for


def notes_of(doc: Doc) -> Notes:
    """The notes on a document, empty ones for a document nobody has written on."""
    notes: Notes | None = doc.user_data.get(_KEY)
    if notes is None:
        notes = doc.user_data[_KEY] = Notes()
    return notes


def _offer_as_extension(name: str) -> None:
    def get(doc: Doc) -> object:
        return getattr(notes_of(doc), name)

    def set_(doc: Doc, value: object) -> None:
        setattr(notes_of(doc), name, value)

    if not Doc.has_extension(name):
        Doc.set_extension(name, getter=get, setter=set_)


for _field in fields(Notes):
    _offer_as_extension(_field.name)


def post_of(doc: Doc) -> Post:
    """The post the document was made from."""
    post = notes_of(doc).post
    assert post is not None, "documents are made by nlp.pipeline.make_doc"  # noqa: S101
    return post


def normalised_of(doc: Doc) -> Normalised:
    """The folded text with its offset map."""
    normalised = notes_of(doc).normalised
    assert normalised is not None, "the normalisation component runs first"  # noqa: S101
    return normalised


def reading_of(doc: Doc) -> Reading:
    """The language, script and mixture."""
    return notes_of(doc).reading


def mentions_of(doc: Doc, *labels: Label) -> tuple[Mention, ...]:
    """The mentions found so far, in the order of the text; of these labels, if any given."""
    mentions = notes_of(doc).mentions
    if labels:
        return tuple([mention for mention in mentions if mention.label in labels])
    return mentions


def add_mentions(doc: Doc, mentions: Iterable[Mention]) -> None:
    """Add what a component found, in the order of the text."""
    added = list(mentions)
    if added:
        notes = notes_of(doc)
        notes.mentions = tuple(sorted([*notes.mentions, *added], key=_place))


def _place(mention: Mention) -> tuple[int, int]:
    return mention.start, mention.end


def make_mention(
    label: Label, text: str, normalised: Normalised, start: int, end: int, value: Value
) -> Mention:
    """A mention from indices of the folded text; its words are cut from the original."""
    first, last = normalised.span(start, end)
    return Mention(label, first, last, text[first:last], value)


def place_hits_of(doc: Doc) -> tuple[PlaceHit, ...]:
    """The places with the parts their markers give them, for the routes."""
    return notes_of(doc).place_hits


def modes_of(doc: Doc) -> tuple[Mode, ...]:
    """The ways of travelling, without doubles."""
    return notes_of(doc).modes


def direction_of(doc: Doc) -> Direction | None:
    """Into the UK, out of it, or neither; None where the text does not say."""
    return notes_of(doc).direction


def judgement_of(doc: Doc) -> Judgement | None:
    """The judgement, None where no component has made one."""
    return notes_of(doc).judgement
