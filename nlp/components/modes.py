"""Finds the words for ways of travelling."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, mentions_of, normalised_of, notes_of, reading_of
from nlp.topics import load_topic_finder, main_mode, modes_in


@Language.factory(
    "modes",
    assigns=["doc._.mentions", "doc._.modes"],
    requires=["doc._.normalised", "doc._.reading"],
)
class ModesComponent:
    """Adds a mention for every word, and sets `doc._.modes`.

    Where no word names a way of travelling, a word that goes with one of them sets it; being
    weaker, such a word makes no mention.
    """

    def __init__(self, nlp: Language, name: str) -> None:
        self._words = load_topic_finder("mode")
        self._hints = load_topic_finder("mode_hint")

    def __call__(self, doc: Doc) -> Doc:
        """The document with its ways of travelling."""
        normalised, reading = normalised_of(doc), reading_of(doc)
        mentions = self._words.find(normalised, reading.language, reading.mixture)
        add_mentions(doc, mentions)
        notes = notes_of(doc)
        notes.modes = modes_in(mentions, len(mentions_of(doc, "price")))
        if not mentions:
            hints = self._hints.find(normalised, reading.language, reading.mixture)
            notes.modes = main_mode(hints)
        return doc
