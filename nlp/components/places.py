"""Finds the places of the post."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, normalised_of, notes_of, reading_of
from nlp.places import load_place_finder, place_mentions


@Language.factory(
    "places",
    assigns=["doc._.mentions", "doc._.place_hits"],
    requires=["doc._.normalised", "doc._.reading"],
)
class PlacesComponent:
    """Adds a mention for every place."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = load_place_finder()

    def __call__(self, doc: Doc) -> Doc:
        """The document with its places."""
        normalised, reading = normalised_of(doc), reading_of(doc)
        hits = self._finder.find(normalised, reading.language, reading.mixture)
        notes_of(doc).place_hits = tuple(hits)
        # What a byword stands for is known only with the ways of travelling.
        named = [hit for hit in hits if not hit.is_byword]
        add_mentions(doc, place_mentions(named, normalised))
        return doc
