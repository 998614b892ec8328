"""Finds the prices of the post."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import add_mentions, mentions_of, normalised_of, post_of, reading_of
from nlp.prices import load_price_finder


@Language.factory(
    "prices", assigns=["doc._.mentions"], requires=["doc._.normalised", "doc._.reading"]
)
class PricesComponent:
    """Adds a mention for every price. What is a contact already cannot be one."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = load_price_finder()

    def __call__(self, doc: Doc) -> Doc:
        """The document with its prices."""
        found = self._finder.find(
            normalised_of(doc), reading_of(doc), post_of(doc), mentions_of(doc, "contact")
        )
        add_mentions(doc, found)
        return doc
