"""Posts, adverts and rules with as little said as a test needs."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.types import Advert, Judgement, ParsedPost, Post, Reason
from rules.schema import Rule

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def make_rule(name: str = "boats", query: str = "boat") -> Rule:
    return Rule(
        name=name,
        title="Boats to the UK",
        query=query,
        recipients=("duty@example.org",),
        reason="a test",
    )


def make_parsed(site_id: str, text: str) -> ParsedPost:
    return ParsedPost(site_id=site_id, text=text, author="Invented", posted_at=NOW)


def make_advert(post: Post) -> Advert:
    return Advert(
        post_id=post.id,
        revision=post.revision,
        nlp_version="test",
        language="en",
        mentions=(),
        judgement=Judgement(True, 0.9, "entry_exit", ("sea",), (Reason("boat", "sea", 1.0, 0, 4),)),
        summary="Crossing by boat",
    )
