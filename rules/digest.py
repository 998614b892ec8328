"""Writes the message of a rule: every new match once, as text and as HTML.

The words of a post are hostile: they are escaped, never a link, and bidi controls in
them are made visible so that they cannot rearrange what stands around them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from crawler.hostile import visible
from crawler.types import AnalysedPost, NewMail
from rules.schema import Rule

#: Code points of a post that a message shows; the desk has the whole.
_EXCERPT = 400


@dataclass(frozen=True, slots=True)
class _Match:
    number: int
    summary: str
    excerpt: str
    language: str
    source: str
    posted: str
    probability: str
    advertiser: str
    address: str
    post_url: str


def compose_digest(
    rule: Rule,
    found: Sequence[AnalysedPost],
    now: datetime,
    *,
    desk_url: str,
    sender: str,
) -> NewMail:
    """The message that tells of the matches, newest first.

    The Message-ID is made from the rule and the revisions, so the same matches give the
    same message, whenever it is written.
    """
    newest_first = sorted(
        found, key=lambda item: item.post.posted_at or item.post.seen_at or now, reverse=True
    )
    matches = [_match(number, item, desk_url) for number, item in enumerate(newest_first, start=1)]
    keys = sorted((item.post.id, item.post.revision) for item in found)
    digest = hashlib.sha256(repr((rule.name, keys)).encode()).hexdigest()[:32]
    count = f"{len(matches)} new match" + ("" if len(matches) == 1 else "es")
    values = {"rule": rule, "matches": matches, "now": now, "count": count, "desk_url": desk_url}
    return NewMail(
        recipients=rule.recipients,
        subject=f"[Foreland] {rule.title}: {count}",
        text=load_template("digest.txt").render(values),
        html=load_template("digest.html").render(values),
        message_id=f"<{digest}@{sender.rpartition('@')[2] or 'localhost'}>",
    )


def _match(number: int, item: AnalysedPost, desk_url: str) -> _Match:
    post, advert = item.post, item.advert
    text = " ".join(post.text.split())
    posted = post.posted_at or post.seen_at
    return _Match(
        number=number,
        summary=visible(advert.summary),
        excerpt=visible(text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"),
        language=advert.language,
        source=post.source,
        posted=posted.strftime("%Y-%m-%d %H:%M UTC") if posted else "not known",
        probability=f"{advert.judgement.probability:.0%}",
        advertiser=item.advertiser or "",
        address=f"{desk_url}/advert/{post.id}",
        post_url=visible(post.url or ""),
    )


@lru_cache(maxsize=4)
def load_template(name: str) -> Template:
    """A template of a message. What is put into HTML is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
