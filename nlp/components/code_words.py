"""Finds the words of the trade."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, normalised_of, reading_of
from nlp.topics import load_topic_finder


@Language.factory(
    "code_words", assigns=["doc._.mentions"], requires=["doc._.normalised", "doc._.reading"]
)
class CodeWordsComponent:
    """Adds a mention for every code word."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = load_topic_finder("code_word")

    def __call__(self, doc: Doc) -> Doc:
        """The document with its code words."""
        reading = reading_of(doc)
        add_mentions(doc, self._finder.find(normalised_of(doc), reading.language, reading.mixture))
        return doc
