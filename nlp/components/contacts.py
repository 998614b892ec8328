"""Finds the contacts of the post."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, normalised_of, post_of, reading_of
from nlp.contacts import load_contact_finder


@Language.factory(
    "contacts", assigns=["doc._.mentions"], requires=["doc._.normalised", "doc._.reading"]
)
class ContactsComponent:
    """Adds a mention for every contact."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = load_contact_finder()

    def __call__(self, doc: Doc) -> Doc:
        """The document with its contacts."""
        add_mentions(doc, self._finder.find(normalised_of(doc), reading_of(doc), post_of(doc)))
        return doc
