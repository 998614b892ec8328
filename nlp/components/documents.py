"""Finds the documents that are spoken of."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, normalised_of, reading_of
from nlp.topics import load_topic_finder


@Language.factory(
    "documents", assigns=["doc._.mentions"], requires=["doc._.normalised", "doc._.reading"]
)
class DocumentsComponent:
    """Adds a mention for every document."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = load_topic_finder("document")

    def __call__(self, doc: Doc) -> Doc:
        """The document with its documents."""
        reading = reading_of(doc)
        add_mentions(doc, self._finder.find(normalised_of(doc), reading.language, reading.mixture))
        return doc
