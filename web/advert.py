"""What the page of one advert, and that of one advertiser, shows."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.app import App
from crawler.types import (
    Advert,
    AnalysedPost,
    Capture,
    Edge,
    Judgement,
    Mention,
    Post,
    Reason,
    Route,
)
from web.marking import Mark, Piece, cut
from web.words import describe

#: Adverts of an advertiser that its page lists.
_LISTED = 200


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A mention in words."""

    label: str
    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class AdvertView:
    """Everything of the page."""

    post: Post
    advert: Advert
    judgement: Judgement
    reasons: tuple[Reason, ...]  #: the weightiest first
    lang_attribute: str
    pieces: list[Piece]
    rows: tuple[MentionRow, ...]
    capture: Capture | None
    revisions: tuple[Post, ...]
    is_current: bool
    advertiser: str
    others: tuple[AnalysedPost, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class AdvertiserView:
    """Everything of the page of an advertiser."""

    id: str
    name: str
    count: int
    adverts: tuple[AnalysedPost, ...]
    edges: tuple[Edge, ...]


def view_advert(application: App, post_id: str, revision: int | None) -> AdvertView | None:
    """The page of an advert, or None where there is none. The look is logged."""
    # SQLite's integers end at 2**63; a longer number is no id of anything.
    if not post_id.isascii() or not post_id.isdecimal() or len(post_id) > 18:
        return None
    number = int(post_id)
    store = application.store
    post = store.get_post(number, revision)
    current = store.get_post(number)
    if post is None or current is None:
        return None
    advert = store.get_advert(number, post.revision)
    if advert is None:
        return None
    application.log_look(f"advert:{number}/{post.revision}")
    advertiser = store.advertiser_of([number]).get(number, "")
    found = store.get_advertiser(advertiser) if advertiser else None
    others = [other for other in (found.posts if found else ()) if other != number]
    return AdvertView(
        post=post,
        advert=advert,
        judgement=advert.judgement,
        reasons=tuple(sorted(advert.judgement.reasons, key=lambda reason: -abs(reason.weight))),
        lang_attribute="" if advert.language == "und" else advert.language,
        pieces=cut(post.text, marks_of(advert)),
        rows=tuple(
            MentionRow(mention.label, mention.text, describe(mention))
            for mention in advert.mentions
        ),
        capture=store.get_capture(post.capture) if post.capture else None,
        revisions=tuple(store.revisions(number)),
        is_current=post.revision == current.revision,
        advertiser=advertiser,
        others=tuple(store.get_analysed(others[:_LISTED])),
        edges=tuple(store.edges_of([f"post:{number}"])),
    )


def marks_of(advert: Advert) -> list[Mark]:
    """Every mention where it stands, and the words that weighed in the judgement."""
    marks: list[Mark] = []
    for mention in advert.mentions:
        marks += _marks_of_mention(mention)
    for reason in advert.judgement.reasons:
        if reason.start is not None and reason.end is not None:
            label = "for" if reason.weight > 0 else "against"
            title = f"{reason.why} ({reason.weight:+.2f})"
            marks.append(Mark(reason.start, reason.end, label, title))
    return marks


def _marks_of_mention(mention: Mention) -> list[Mark]:
    title = f"{mention.label.replace('_', ' ')}: {describe(mention)}"
    match mention.value:
        case Route(spans=spans) if spans:
            # Only its places: what stands between them is not part of the route.
            return [Mark(start, end, "route", title) for start, end in spans]
        case _:
            return [Mark(mention.start, mention.end, mention.label, title)]


def view_advertiser(application: App, advertiser_id: str) -> AdvertiserView | None:
    """The page of an advertiser, or None where there is none. The look is logged."""
    found = application.store.get_advertiser(advertiser_id)
    if found is None:
        return None
    application.log_look(f"advertiser:{advertiser_id}")
    nodes = [f"post:{post_id}" for post_id in found.posts[:_LISTED]]
    return AdvertiserView(
        id=found.id,
        name=found.name,
        count=len(found.posts),
        adverts=tuple(application.store.get_analysed(found.posts[:_LISTED])),
        edges=tuple(application.store.edges_of(nodes)),
    )
