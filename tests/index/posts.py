"""Analysed posts for the tests of the index and of the clustering. All invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from crawler.types import (
    Advert,
    AnalysedPost,
    Contact,
    ContactType,
    Direction,
    Judgement,
    Mention,
    Mode,
    Place,
    Post,
    Price,
    Reason,
    Route,
    Value,
)
from nlp.embedder import HashingEmbedder

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def mention(text: str, words: str, value: Value) -> Mention:
    at = text.index(words)
    label = type(value).__name__.lower()
    return Mention(label, at, at + len(words), words, value)  # type: ignore[arg-type]


def price(text: str, words: str, amount: int, currency: str | None) -> Mention:
    return mention(text, words, Price(Decimal(amount), currency))


def contact(text: str, words: str, kind: ContactType, value: str) -> Mention:
    return mention(text, words, Contact(kind, value))


def route(text: str, origin: tuple[str, str, str], end: tuple[str, str, str]) -> Mention:
    """A route from and to (words in the text, English name, country)."""
    places = [text.index(words) for words, _, _ in (origin, end)]
    spans = tuple(
        (at, at + len(words)) for at, (words, _, _) in zip(places, (origin, end), strict=True)
    )
    value = Route(Place(origin[1], origin[2]), (), Place(end[1], end[2]), spans)
    return Mention("route", spans[0][0], spans[1][1], text[spans[0][0] : spans[1][1]], value)


def analysed(
    post_id: int,
    text: str,
    mentions: Sequence[Mention] = (),
    *,
    revision: int = 1,
    language: str = "en",
    offer: bool = True,
    modes: tuple[Mode, ...] = (),
    direction: Direction | None = None,
    author: str | None = None,
    handle: str | None = None,
    platform: str = "telegram",
    source: str = "invented-channel",
    advertiser: str | None = None,
    days: float | None = None,
) -> AnalysedPost:
    return AnalysedPost(
        Post(
            id=post_id,
            revision=revision,
            source=source,
            platform=platform,
            site_id=str(post_id),
            text=text,
            author=author,
            author_handle=handle,
            posted_at=START + timedelta(days=post_id if days is None else days),
            seen_at=START + timedelta(days=100),
        ),
        Advert(
            post_id=post_id,
            revision=revision,
            nlp_version="test",
            language=language,
            mentions=tuple(mentions),
            judgement=Judgement(
                offer,
                0.9 if offer else 0.1,
                "entry_exit" if offer else None,
                modes if offer else (),
                (Reason(text[:4], "test", 1.0),),
            ),
            modes=modes,
            direction=direction,
        ),
        advertiser,
    )


def with_meaning(plain: AnalysedPost) -> AnalysedPost:
    """The same with an embedding by its letters, when it is an offer with words."""
    if not plain.advert.judgement.is_offer or not plain.post.text:
        return plain
    vector = HashingEmbedder().embed([plain.post.text])[0].astype("<f4").tobytes()
    return replace(plain, advert=replace(plain.advert, embedding=vector))
