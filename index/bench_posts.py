"""Generated posts in twenty languages and eleven scripts, the same at every call.

Words of a skewed vocabulary with a language, a mode, a route and a price, as analysed
posts have them; every tenth is an offer and has an embedding.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from crawler.types import (
    Advert,
    AnalysedPost,
    Contact,
    Judgement,
    Mention,
    Mode,
    Place,
    Post,
    Price,
    Reason,
    Route,
)
from index.likeness import DIMENSIONS

_ALPHABETS = (
    "abcdefghiklmnoprstuvwz",
    "ابتثجحدرسشعفقکلمنهوی",
    "абвгдежзиклмнопрст",
    "አበገደሀወዘለመነሰረሸቀ",
    "çğıöşüabdeklmnrt",
    "कखगचजटडतदनपबमरलवसह",
    "কখগচজটডতদনপবমরলসহ",
    "ਕਖਗਚਜਟਡਤਦਨਪਬਮਰਲਵਸਹ",
    "ἀαβγδεζηθικλμνοπρστ",
    "ăâđêôơưabchgiklmnt",
    "的一是不了人我在有他这中大来上国",
)
LANGUAGES = (
    "en", "fr", "tr", "ar", "fa", "ckb", "ps", "sq", "vi", "ur",
    "ru", "uk", "am", "ti", "so", "hi", "bn", "pa", "ro", "zh",
)  # fmt: skip
_MODES: tuple[Mode, ...] = ("sea", "land", "air")
_COUNTRIES = ("FR", "BE", "TR", "IT", "AL", "VN", "IQ", "GR")
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def iter_posts(
    posts: int, words: Sequence[str] | None = None, *, vectors: bool = False
) -> Iterator[AnalysedPost]:
    """Generated posts of 15 to 60 words, ids from 1; with `vectors`, all have an embedding."""
    words = words or vocabulary()
    chance = random.Random(20260101)  # noqa: S311 - a benchmark, no secret
    directions = np.random.default_rng(20260101)
    for number in range(1, posts + 1):
        text = " ".join(draw_word(chance, words) for _ in range(chance.randint(15, 60)))
        offer = chance.random() < 0.1
        mentions: tuple[Mention, ...] = ()
        if offer:
            price = Price(Decimal(chance.randrange(500, 9000, 50)), chance.choice(("GBP", "EUR")))
            route = Route(Place("Elsewhere", chance.choice(_COUNTRIES)), (), Place("Dover", "GB"))
            contact = Contact("phone", f"+447700900{chance.randrange(1000):03d}")
            mentions = (
                Mention("price", 0, 1, text[:1], price),
                Mention("route", 0, 1, text[:1], route),
                Mention("contact", 0, 1, text[:1], contact),
            )
        yield AnalysedPost(
            Post(
                id=number,
                revision=1,
                source=f"source-{number % 40}",
                platform="telegram",
                site_id=str(number),
                text=text,
                author_handle=f"invented_{chance.randrange(5000)}",
                posted_at=_BEGIN + timedelta(minutes=chance.randrange(500_000)),
                seen_at=_BEGIN,
            ),
            Advert(
                post_id=number,
                revision=1,
                nlp_version="bench",
                language=chance.choice(LANGUAGES),
                mentions=mentions,
                judgement=Judgement(offer, 0.9 if offer else 0.1, reasons=(Reason("-", "-", 0.0),)),
                modes=(chance.choice(_MODES),),
                embedding=draw_vector(directions) if offer or vectors else None,
            ),
        )


def vocabulary() -> list[str]:
    """Fifty thousand words over all the scripts."""
    chance = random.Random(1)  # noqa: S311 - a benchmark, no secret
    return [
        "".join(chance.choices(chance.choice(_ALPHABETS), k=chance.randint(3, 9)))
        for _ in range(50_000)
    ]


def draw_word(chance: random.Random, words: Sequence[str]) -> str:
    """A word of the vocabulary; the first ones far more often, as in any language."""
    return words[int(len(words) ** chance.random()) - 1]


def draw_vector(directions: np.random.Generator) -> bytes:
    """An embedding in any direction."""
    vector = directions.standard_normal(DIMENSIONS).astype("<f4")
    unit = (vector / np.linalg.norm(vector)).astype("<f4")
    return bytes(unit.tobytes())
