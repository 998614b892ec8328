"""Telegram Desktop's JSON export (result.json): one chat, or all the chats of an account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from crawler.types import ParsedPost
from spiders.imports import BadLine, Found, FoundPost, NotThisFormat
from spiders.imports.values import addresses, dig, handle_of, moment_of, text_of

PLATFORM = "telegram"


def reads(body: bytes) -> bool:
    """Whether the file looks like an export: an object with messages or chats."""
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"{") and (
        (b'"messages"' in head and b'"type"' in head) or b'"chats"' in head
    )


def read(body: bytes) -> Iterator[Found]:
    """Every message that says something, chat by chat.

    Raises:
        NotThisFormat: the file is not whole, or no export.
    """
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotThisFormat(f"is not whole JSON in UTF-8: {error}") from error
    chats = dig(data, "chats", "list")
    chats = chats if isinstance(chats, list) else [data]
    if not any(isinstance(dig(chat, "messages"), list) for chat in chats):
        raise NotThisFormat("holds no messages of Telegram Desktop's export")
    for chat in chats:
        # An export does not say a channel's public name: its number is what is sure.
        place = text_of(dig(chat, "id")) or text_of(dig(chat, "name")) or "chat"
        for number, message in enumerate(dig(chat, "messages") or (), start=1):
            found = _message(chat, place, number, message)
            if found is not None:
                yield found


def _message(chat: Any, place: str, number: int, message: Any) -> Found | None:
    site_id = text_of(dig(message, "id"))
    if site_id is None:
        return BadLine(0, f"message {number} of {dig(chat, 'name') or place} has no id")
    if dig(message, "type") != "message":
        return None  # 'joined', 'pinned': said by the program, not by a person
    text, links = _text(dig(message, "text"))
    media = [text_of(dig(message, key)) for key in ("photo", "file", "thumbnail")]
    if not text and not any(media):
        return None
    sender = text_of(dig(message, "from_id")) or ""
    reply = text_of(dig(message, "reply_to_message_id"))
    when = text_of(dig(message, "date"))
    # 'date' is in the zone of the computer that made the export.
    moment = moment_of(dig(message, "date_unixtime"))
    return FoundPost(
        PLATFORM,
        ParsedPost(
            site_id=f"{place}/{site_id}",
            text=text,
            author=text_of(dig(message, "from")) or text_of(dig(chat, "name")),
            author_handle=handle_of(sender),
            posted_at=moment,
            posted_text=when,
            edited=dig(message, "edited") is not None,
            forwarded_from=text_of(dig(message, "forwarded_from")),
            reply_to=f"{place}/{reply}" if reply else None,
            media=tuple(dict.fromkeys(one for one in media if one and not one.startswith("("))),
            links=links,
        ),
    )


def _text(value: Any) -> tuple[str, tuple[str, ...]]:
    """A message's text, which is a string or a list of strings and entities; its links."""
    parts = value if isinstance(value, list) else [value]
    texts: list[str] = []
    links: list[Any] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        said = dig(part, "text")
        texts.append(said if isinstance(said, str) else "")
        if dig(part, "type") in {"link", "text_link"}:
            links.append(dig(part, "href") or said)
    return "".join(texts).strip(), addresses(links)
