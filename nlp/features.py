"""What of a post's reading speaks for or against an offer, as numbers with their words.

The numbers mean the same in every language, because the words behind them come from the
language files: so what is learnt in one language holds in the others.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import emoji
import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from crawler.types import (
    CodeWord,
    Contact,
    Document,
    Mention,
    ModeWord,
    Place,
    Price,
    Route,
    Service,
    Term,
)
from nlp.annotations import mentions_of, normalised_of, post_of
from nlp.cues import cues_of

FEATURES: tuple[str, ...] = (
    "offer words",
    "words of texts that are not offers",
    "asks to write privately",
    "telephone or messenger",
    "e-mail or link",
    "price",
    "price a person",
    "price a document",
    "several prices",
    "payment on arrival",
    "escrow",
    "guarantee",
    "deposit",
    "discount",
    "code word",
    "route",
    "route into the UK",
    "route out of the UK",
    "place",
    "sea",
    "land",
    "air",
    "passport",
    "visa",
    "identity_card",
    "driving_licence",
    "residence_permit",
    "certificate",
    "sham_marriage",
    "illegal_working",
    "false_sponsorship",
    "false_claim",
    "documents of several kinds",
    "question mark",
    "quotation",
    "emoji",
    "hashtag",
    "length",
    "several lines",
)
_POSITIONS = {name: position for position, name in enumerate(FEATURES)}
_TERMS = {
    "pay_on_arrival": "payment on arrival",
    "escrow": "escrow",
    "guarantee": "guarantee",
    "deposit": "deposit",
    "discount": "discount",
}
_LINKS = ("email", "url", "crypto")
_JOINERS = "\u200d\ufe0f"  #: in emoji, and in words of Indic scripts
_QUOTATION = re.compile(r'"[^"\n]{12,}"')


@dataclass(frozen=True, slots=True)
class Evidence:
    """One stretch of the post that a feature was counted from. `start` is None for none."""

    feature: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """The numbers in the order of `FEATURES`, and the words they came from."""

    values: NDArray[np.float32]
    evidence: tuple[Evidence, ...]


def features_of(doc: Doc) -> Features:
    """The features of a document that all components before the judgement have read."""
    text = post_of(doc).text
    evidence = [*_from_mentions(mentions_of(doc)), *_from_words(doc), *_from_shape(doc)]
    counts = Counter([item.feature for item in evidence])
    kinds = {item.text for item in evidence if item.feature in _DOCUMENT_FEATURES}
    values = np.zeros(len(FEATURES), dtype=np.float32)
    for name, count in counts.items():
        values[_POSITIONS[name]] = math.log1p(count)
    values[_POSITIONS["several prices"]] = max(0, counts["price"] - 1) > 0
    values[_POSITIONS["documents of several kinds"]] = len(kinds) > 1
    values[_POSITIONS["length"]] = math.log1p(len(text)) / 10
    return Features(values, tuple(evidence))


_DOCUMENT_FEATURES = frozenset(
    ("passport", "visa", "identity_card", "driving_licence", "residence_permit", "certificate")
)


def _from_mentions(mentions: Sequence[Mention]) -> Iterator[Evidence]:
    for mention in mentions:
        for feature in _features_of_value(mention):
            yield Evidence(feature, mention.text, mention.start, mention.end)


def _features_of_value(mention: Mention) -> Iterator[str]:
    match mention.value:
        case Contact(type="author"):
            yield "asks to write privately"
        case Contact(type=kind):
            yield "e-mail or link" if kind in _LINKS else "telephone or messenger"
        case Price(per=per, role=role):
            yield "price"
            if per in ("person", "family", "child"):
                yield "price a person"
            if per == "document":
                yield "price a document"
            if role == "on_arrival":
                yield "payment on arrival"
        case Route(origin=origin, destination=destination):
            yield "route"
            if destination and destination.country == "GB":
                yield "route into the UK"
            if origin and origin.country == "GB":
                yield "route out of the UK"
        case Place():
            yield "place"
        case Document(kind=document):
            yield document
        case Service(kind=service):
            if service in _POSITIONS:
                yield service
        case Term(kind=term):
            yield _TERMS[term]
        case ModeWord(mode=mode):
            yield mode
        case CodeWord():
            yield "code word"


def _from_words(doc: Doc) -> Iterator[Evidence]:
    normalised, text = normalised_of(doc), post_of(doc).text
    for found in cues_of(doc):
        start, end = normalised.span(found.start, found.end)
        name = "offer words" if found.payload == "offer" else "words of texts that are not offers"
        yield Evidence(name, text[start:end], start, end)


def _from_shape(doc: Doc) -> Iterator[Evidence]:
    text = post_of(doc).text
    folded = normalised_of(doc).text
    if "?" in folded:
        yield Evidence("question mark", "?")
    if _QUOTATION.search(folded):
        yield Evidence("quotation", "")
    if "#" in text:
        yield Evidence("hashtag", "#")
    if text.strip().count("\n") > 1:
        yield Evidence("several lines", "")
    for _ in range(min(8, count_emoji(text[:2000]))):
        yield Evidence("emoji", "")


def count_emoji(text: str) -> int:
    """The emoji of a text; `emoji.emoji_count` alone takes a microsecond for every letter."""
    pictures, parts = _emoji_characters()
    if pictures.isdisjoint(text):
        return 0
    kept = "".join([letter if letter in parts else " " for letter in text])
    return emoji.emoji_count(" ".join(kept.split()))


@lru_cache(maxsize=1)
def _emoji_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Code points of which every emoji has one, and all that emoji are made of."""
    parts = frozenset().union(*emoji.EMOJI_DATA)
    pictures = frozenset(part for part in parts if not part.isascii()) - frozenset(_JOINERS)
    return pictures, parts
