"""Folds the text, once, for all components after it."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import notes_of, post_of
from nlp.normalise import normalise


@Language.component("normalisation", assigns=["doc._.normalised"])
def add_normalised(doc: Doc) -> Doc:
    """The document with its folded text."""
    notes_of(doc).normalised = normalise(post_of(doc).text)
    return doc
