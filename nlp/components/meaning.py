"""Gives an offer the vector by which it is compared with others."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import direction_of, judgement_of, mentions_of, modes_of, notes_of
from nlp.encoder import load_encoder
from nlp.meaning import contactless_summary, load_meaning


@Language.component(
    "meaning",
    assigns=["doc._.embedding"],
    requires=["doc._.meaning", "doc._.mentions", "doc._.judgement"],
)
def add_meaning(doc: Doc) -> Doc:
    """The document with its embedding, where it is an offer."""
    notes, judgement = notes_of(doc), judgement_of(doc)
    if notes.meaning is not None and judgement is not None:
        line = contactless_summary(mentions_of(doc), modes_of(doc), direction_of(doc), judgement)
        vector = load_meaning().of(notes.meaning, load_encoder().embed(line))
        notes.embedding = vector.astype("<f4").tobytes()
    return doc
