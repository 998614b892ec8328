"""Finds the words that are used in offers, and those of texts that are none.

They come from the language files' lists `offer` and `not_offer`, and are looked for once a
document: journeys and the judgement both ask.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from spacy.tokens import Doc

from nlp.annotations import normalised_of, notes_of, reading_of
from nlp.language_data import load_languages
from nlp.lexicon import Entry, Found, Lexicon

Cue = Literal["offer", "not_offer"]


@lru_cache(maxsize=1)
def _load_cues() -> Lexicon[Cue]:
    entries: list[Entry[Cue]] = []
    for code, language in load_languages().items():
        entries += [Entry(code, words, "offer") for words in language.offer]
        entries += [Entry(code, words, "not_offer") for words in language.not_offer]
    return Lexicon(entries)


def cues_of(doc: Doc) -> tuple[Found[Cue], ...]:
    """The cues in the order of the text; offsets are of the normalised text."""
    notes = notes_of(doc)
    if notes.cues is None:
        reading = reading_of(doc)
        notes.cues = tuple(_load_cues().find(normalised_of(doc), reading.language, reading.mixture))
    return notes.cues


def is_report(doc: Doc) -> bool:
    """Whether words of news, warnings and the like outweigh those of offers."""
    return _balance(doc) < 0


def is_offered(doc: Doc) -> bool:
    """Whether words of offers outweigh those of news, warnings and the like."""
    return _balance(doc) > 0


def _balance(doc: Doc) -> int:
    return sum(1 if found.payload == "offer" else -1 for found in cues_of(doc))
