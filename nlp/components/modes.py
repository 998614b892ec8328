"""Finds the words for ways of travelling."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, normalised_of, reading_of
from nlp.topics import load_topic_finder, modes_in


@Language.factory(
    "modes",
    assigns=["doc._.mentions", "doc._.modes"],
    requires=["doc._.normalised", "doc._.reading"],
)
class ModesComponent:
    """Adds a mention for every word, and sets `doc._.modes`."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = load_topic_finder("mode")

    def __call__(self, doc: Doc) -> Doc:
        """The document with its ways of travelling."""
        reading = reading_of(doc)
        mentions = self._finder.find(normalised_of(doc), reading.language, reading.mixture)
        add_mentions(doc, mentions)
        doc._.modes = modes_in(mentions)
        return doc
