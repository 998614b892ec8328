"""Finds the contacts of the post."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, normalised_of, notes_of, post_of, reading_of
from nlp.contacts import load_contact_finder


@Language.factory(
    "contacts",
    assigns=["doc._.mentions"],
    requires=["doc._.normalised", "doc._.reading", "doc._.place_hits"],
)
class ContactsComponent:
    """Adds a mention for every contact."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = load_contact_finder()

    def __call__(self, doc: Doc) -> Doc:
        """The document with its contacts."""
        countries = tuple(
            dict.fromkeys(
                hit.place.country for hit in notes_of(doc).place_hits if hit.place.country
            )
        )
        found = self._finder.find(normalised_of(doc), reading_of(doc), post_of(doc), countries)
        add_mentions(doc, found)
        return doc
