"""Zeeschuimer's NDJSON: what a browser was sent by TikTok, Instagram, X or Facebook.

One JSON object a line, whose `data` is the platform's own object and whose
`source_platform` is the host it came from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from crawler.types import ParsedPost
from spiders.imports import BadLine, Found, FoundPost
from spiders.imports.values import addresses, dig, first, handle_of, moment_of, number_of, text_of


def reads(body: bytes) -> bool:
    """Whether the first line that is JSON is one of Zeeschuimer's."""
    for line in body[:2_000_000].splitlines()[:50]:
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            continue
        return isinstance(item, dict) and "source_platform" in item and "data" in item
    return False


def read(body: bytes) -> Iterator[Found]:
    """Every item of the file, in order."""
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            yield _read_line(number, line)


def _read_line(number: int, line: bytes) -> Found:
    try:
        item = json.loads(line.replace(b"\x00", b"").decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"is not JSON in UTF-8: {error}")
    platform = str(dig(item, "source_platform") or "").removesuffix("-comments")
    host = platform.removeprefix("www.").removesuffix(".com")
    mapped = _PLATFORMS.get(host)
    data = dig(item, "data")
    if mapped is None:
        known = ", ".join(sorted({name for name, _ in _PLATFORMS.values()}))
        return BadLine(number, f"is from {platform or 'nowhere'}: what is read is {known}")
    if not isinstance(data, dict):
        return BadLine(number, "has no data")
    name, read_item = mapped
    post = read_item(data)
    if post is None:
        return BadLine(number, f"is no post of {name} that is known")
    return FoundPost(name, post)


def _tiktok(data: dict[str, Any]) -> ParsedPost | None:
    site_id = text_of(first(data, ("id",), ("cid",)))
    author = data.get("author") if isinstance(data.get("author"), dict) else None
    user = author or data.get("user") or {}
    handle = handle_of(
        first(user, ("uniqueId",), ("unique_id",)) if user else first(data, ("author",))
    )
    said = first(data, ("desc",), ("text",), ("share_info", "desc"))
    if site_id is None or (handle is None and said is None):
        return None
    stickers = [
        " ".join(map(str, dig(sticker, "stickerText") or ()))
        for sticker in data.get("stickersOnItem") or ()
    ]
    # What is written over the video is said as much as what stands below it.
    text = "\n".join(part for part in (text_of(said) or "", *stickers) if part)
    parent = text_of(data.get("aweme_id"))
    images = [
        dig(image, "imageURL", "urlList", 0) for image in dig(data, "imagePost", "images") or ()
    ]
    return ParsedPost(
        site_id=site_id,
        text=text,
        url=f"https://www.tiktok.com/@{handle}/video/{parent or site_id}" if handle else None,
        author=text_of(first(user, ("nickname",)) or data.get("nickname")),
        author_handle=handle,
        posted_at=moment_of(first(data, ("createTime",), ("create_time",))),
        posted_text=text_of(first(data, ("createTime",), ("create_time",))),
        views=number_of(first(data, ("stats", "playCount"), ("statsV2", "playCount"))),
        reply_to=parent,
        media=addresses([dig(data, "video", "cover"), dig(data, "video", "playAddr"), *images]),
    )


def _instagram(data: dict[str, Any]) -> ParsedPost | None:
    code = text_of(first(data, ("code",), ("shortcode",)))
    site_id = text_of(first(data, ("pk",), ("id",))) or code
    user = first(data, ("user",), ("owner",)) or {}
    caption = first(
        data,
        ("caption", "text"),
        ("edge_media_to_caption", "edges", 0, "node", "text"),
        ("text",),
    )
    when = first(data, ("taken_at",), ("taken_at_timestamp",), ("created_at",))
    if site_id is None or (not user and caption is None):
        return None
    parts = [data, *(data.get("carousel_media") or ())]
    parts += [dig(edge, "node") for edge in dig(data, "edge_sidecar_to_children", "edges") or ()]
    media: list[Any] = []
    for part in parts:
        media.append(first(part, ("image_versions2", "candidates", 0, "url"), ("display_url",)))
        media.append(first(part, ("video_versions", 0, "url"), ("video_url",)))
    return ParsedPost(
        site_id=site_id.partition("_")[0],
        text=text_of(caption) or "",
        url=f"https://www.instagram.com/p/{code}/" if code else None,
        author=text_of(dig(user, "full_name")),
        author_handle=handle_of(dig(user, "username")),
        posted_at=moment_of(when),
        posted_text=text_of(when),
        views=number_of(first(data, ("play_count",), ("view_count",), ("video_view_count",))),
        media=addresses(media),
    )


def _x(data: dict[str, Any]) -> ParsedPost | None:
    tweet = data.get("tweet") if isinstance(data.get("tweet"), dict) else data
    legacy = dig(tweet, "legacy") or {}
    site_id = text_of(first(tweet, ("rest_id",), ("legacy", "id_str"), ("id_str",), ("id",)))
    user = first(tweet, ("core", "user_results", "result"), ("user",)) or {}
    handle = handle_of(
        first(user, ("core", "screen_name"), ("legacy", "screen_name"), ("screen_name",))
    )
    # A long post has its whole text apart; the other is cut.
    said = first(
        tweet, ("note_tweet", "note_tweet_results", "result", "text"), ("legacy", "full_text")
    )
    if site_id is None or said is None:
        return None
    forwarded = dig(legacy, "retweeted_status_result", "result")
    forwarded = dig(forwarded, "tweet") or forwarded
    quoted = dig(tweet, "quoted_status_result", "result")
    quoted = dig(quoted, "tweet") or quoted
    from_whom = None
    if forwarded:
        inner = _x(forwarded)
        if inner is not None:
            said, from_whom = inner.text, inner.author_handle
    pictures = first(legacy, ("extended_entities", "media"), ("entities", "media")) or ()
    media: list[Any] = [dig(picture, "media_url_https") for picture in pictures]
    media += [
        dig(variant, "url")
        for picture in pictures
        for variant in (dig(picture, "video_info", "variants") or ())[:1]
    ]
    urls = dig(legacy, "entities", "urls") or ()
    quote = text_of(dig(quoted, "legacy", "full_text"))
    return ParsedPost(
        site_id=site_id,
        text=_unshortened(text_of(said) or "", urls),
        url=f"https://x.com/{handle or 'i'}/status/{site_id}",
        author=text_of(first(user, ("core", "name"), ("legacy", "name"), ("name",))),
        author_handle=handle,
        posted_at=moment_of(dig(legacy, "created_at")),
        posted_text=text_of(dig(legacy, "created_at")),
        views=number_of(first(tweet, ("views", "count"), ("ext_views", "count"))),
        forwarded_from=from_whom,
        reply_to=text_of(dig(legacy, "in_reply_to_status_id_str")),
        quoted=(quote,) if quote else (),
        media=addresses(media),
        links=addresses(dig(link, "expanded_url") for link in urls),
    )


def _unshortened(text: str, urls: Any) -> str:
    """The text with the site's short links as the addresses that they stand for."""
    for link in urls:
        short, whole = text_of(dig(link, "url")), text_of(dig(link, "expanded_url"))
        if short and whole:
            text = text.replace(short, whole)
    return text


def _facebook(data: dict[str, Any]) -> ParsedPost | None:
    story = dig(data, "comet_sections", "content", "story") or {}
    site_id = text_of(first(story, ("post_id",))) or text_of(first(data, ("post_id",), ("id",)))
    actor = dig(story, "actors", 0) or dig(data, "feedback", "owning_profile") or {}
    said = first(
        story,
        ("message", "text"),
        ("comet_sections", "message", "story", "message", "text"),
        ("comet_sections", "message_container", "story", "message", "text"),
    )
    if site_id is None or (not actor and said is None):
        return None
    dated = [
        dig(one, "story")
        for one in dig(
            data, "comet_sections", "context_layout", "story", "comet_sections", "metadata"
        )
        or ()
    ]
    when = next((dig(one, "creation_time") for one in dated if dig(one, "creation_time")), None)
    address = text_of(dig(actor, "url"))
    pictures = [
        first(
            part,
            ("styles", "attachment", "media", "photo_image", "uri"),
            ("styles", "attachment", "media", "image", "uri"),
            ("media", "photo_image", "uri"),
            ("media", "image", "uri"),
        )
        for part in dig(story, "attachments") or ()
    ]
    url = first(story, ("wwwURL",), ("url",)) or next(
        (dig(one, "url") for one in dated if dig(one, "url")), None
    )
    return ParsedPost(
        site_id=site_id,
        text=text_of(said) or "",
        url=text_of(url),
        author=text_of(dig(actor, "name")),
        author_handle=_facebook_name(address),
        posted_at=moment_of(when),
        posted_text=text_of(when),
        media=addresses(pictures),
        links=addresses([address]),
    )


def _facebook_name(address: str | None) -> str | None:
    """The account's name in its address; its number where it has no name."""
    if not address or "/" not in address:
        return None
    last = address.split("?")[0].rstrip("/").rpartition("/")[2]
    if last == "profile.php":
        last = address.partition("id=")[2].partition("&")[0]
    return handle_of(last)


_Reader = Callable[[dict[str, Any]], ParsedPost | None]
_PLATFORMS: dict[str, tuple[str, _Reader]] = {
    "tiktok": ("tiktok", _tiktok),
    "instagram": ("instagram", _instagram),
    "twitter": ("x", _x),
    "x": ("x", _x),
    "facebook": ("facebook", _facebook),
}
