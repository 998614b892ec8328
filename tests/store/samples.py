"""Small values of every kind that the store keeps. All people and numbers are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from crawler.store import Store
from crawler.types import (
    Advert,
    Capture,
    Contact,
    Judgement,
    Mention,
    NewMail,
    ParsedPost,
    Price,
    Reason,
)

NOW = datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOURCE = "harbour-news"


def make_capture(number: int = 1, *, source: str = SOURCE) -> Capture:
    return Capture(
        id=f"urn:uuid:00000000-0000-0000-0000-{number:012d}",
        url=f"https://board.example.org/{number}",
        source=source,
        sha256=f"{number:064x}",
        captured_at=NOW,
        collector="officer@desk Foreland/0.1.0",
        warc_file=f"{source}/{source}-1.warc.gz",
        warc_offset=number,
    )


def make_found(number: int = 1, text: str | None = None, views: int | None = 5) -> ParsedPost:
    return ParsedPost(
        site_id=f"board/{number}",
        text=f"Post {number} about the weather in the port" if text is None else text,
        url=f"https://board.example.org/post/{number}",
        author="Invented Person",
        author_handle="invented_person",
        posted_at=NOW - MINUTE,
        posted_text="a minute ago",
        edited=True,
        views=views,
        forwarded_from="another board",
        reply_to="board/0",
        quoted=("what was said",),
        media=("https://media.example.org/1.jpg",),
        links=("https://link.example.org/a", "https://link.example.org/b"),
    )


def add(store: Store, *found: ParsedPost, source: str = SOURCE, at: datetime = NOW) -> list[str]:
    """Add the posts, and give their statuses as strings."""
    statuses = store.add_posts(
        source,
        "telegram",
        found,
        capture=None,
        seen_at=at,
        languages=("ckb", "en"),
        regions=("GB",),
    )
    return [status.value for status in statuses]


def make_advert(
    post_id: int, revision: int = 1, *, version: str = "7", is_offer: bool = True
) -> Advert:
    return Advert(
        post_id=post_id,
        revision=revision,
        nlp_version=version,
        language="ckb",
        mentions=(
            Mention("price", 0, 4, "Post", Price(Decimal("2500.50"), "GBP", "person")),
            Mention("contact", 5, 6, "1", Contact("phone", "+447700900123", ("keycap",))),
        ),
        judgement=Judgement(
            is_offer=is_offer,
            probability=0.1 + 0.2,
            area="entry_exit",
            sub_kinds=("sea", "land"),
            reasons=(Reason("Post", "a word of offers", 1.5, 0, 4), Reason("", "meaning", -0.25)),
        ),
        modes=("sea",),
        direction="into_uk",
        script="Arab",
        mixture=("en",),
        summary="Crossing by boat → GB",
        embedding=b"\x00\x01\xff" * 4,
    )


def add_analysed(store: Store, count: int) -> list[int]:
    """Add posts with an advert each, and give their ids."""
    add(store, *(make_found(number) for number in range(1, count + 1)))
    ids = [post.id for post in store.iter_posts()]
    store.put_adverts([make_advert(post_id) for post_id in ids])
    return ids


def make_mail(number: int = 1) -> NewMail:
    return NewMail(
        recipients=("duty@example.org", "second@example.org"),
        subject="2 new matches · قایق",
        text="text",
        html="<p>text</p>",
        message_id=f"<{number}@example.org>",
    )
