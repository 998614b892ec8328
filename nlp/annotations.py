"""What the components of the pipeline leave on a document for one another.

All of it lies in spaCy's extension attributes (`doc._.post`, `doc._.mentions`, …); these
functions are their typed doors.
"""

from __future__ import annotations

from collections.abc import Iterable

from spacy.tokens import Doc

from crawler.types import Direction, Judgement, Label, Mention, Mode, Post, Value
from nlp.identify import Reading
from nlp.normalise import Normalised

_DEFAULTS: dict[str, object] = {
    "post": None,
    "normalised": None,
    "reading": Reading("und"),
    "mentions": (),
    "modes": (),
    "direction": None,
    "judgement": None,
    "embedding": None,
    "summary": "",
}
for _name, _default in _DEFAULTS.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=_default)


def post_of(doc: Doc) -> Post:
    """The post the document was made from."""
    post = doc._.post
    assert isinstance(post, Post), "documents are made by nlp.pipeline.make_doc"  # noqa: S101
    return post


def normalised_of(doc: Doc) -> Normalised:
    """The folded text with its offset map."""
    normalised = doc._.normalised
    assert isinstance(normalised, Normalised), "the normalisation component runs first"  # noqa: S101
    return normalised


def reading_of(doc: Doc) -> Reading:
    """The language, script and mixture."""
    reading: Reading = doc._.reading
    return reading


def mentions_of(doc: Doc, *labels: Label) -> tuple[Mention, ...]:
    """The mentions found so far, in the order of the text; of these labels, if any given."""
    mentions: tuple[Mention, ...] = doc._.mentions
    if labels:
        return tuple(mention for mention in mentions if mention.label in labels)
    return mentions


def add_mentions(doc: Doc, mentions: Iterable[Mention]) -> None:
    """Add what a component found. `doc.spans[label]` holds the tokens under each mention."""
    added = tuple(mentions)
    if not added:
        return
    together = sorted((*mentions_of(doc), *added), key=lambda one: (one.start, one.end))
    doc._.mentions = tuple(together)
    for label in {mention.label for mention in added}:
        doc.spans[label] = [
            span
            for mention in together
            if mention.label == label
            and (span := doc.char_span(mention.start, mention.end, label, alignment_mode="expand"))
        ]


def make_mention(
    label: Label, text: str, normalised: Normalised, start: int, end: int, value: Value
) -> Mention:
    """A mention from indices of the folded text; its words are cut from the original."""
    first, last = normalised.span(start, end)
    return Mention(label, first, last, text[first:last], value)


def modes_of(doc: Doc) -> tuple[Mode, ...]:
    """The ways of travelling, without doubles."""
    modes: tuple[Mode, ...] = doc._.modes
    return modes


def direction_of(doc: Doc) -> Direction | None:
    """Into the UK, out of it, or neither; None where the text does not say."""
    direction: Direction | None = doc._.direction
    return direction


def judgement_of(doc: Doc) -> Judgement | None:
    """The judgement, None where no component has made one."""
    judgement: Judgement | None = doc._.judgement
    return judgement
