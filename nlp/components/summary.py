"""Writes the English line that says what the post is about."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import direction_of, judgement_of, mentions_of, modes_of, notes_of
from nlp.summary import summarise


@Language.component(
    "summary", assigns=["doc._.summary"], requires=["doc._.mentions", "doc._.judgement"]
)
def add_summary(doc: Doc) -> Doc:
    """The document with its line; runs last."""
    notes_of(doc).summary = summarise(
        mentions_of(doc), modes_of(doc), direction_of(doc), judgement_of(doc)
    )
    return doc
