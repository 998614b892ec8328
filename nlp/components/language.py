"""Tells the language of the post."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import notes_of, post_of
from nlp.identify import load_identifier


@Language.factory("language", assigns=["doc._.reading"], requires=["doc._.normalised"])
class LanguageComponent:
    """Sets `doc._.reading`, with the source's languages as hints."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._identifier = load_identifier()

    def __call__(self, doc: Doc) -> Doc:
        """The document with its language."""
        post = post_of(doc)
        notes_of(doc).reading = self._identifier.identify(post.text, post.languages)
        return doc
