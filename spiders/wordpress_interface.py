"""The JSON interface of WordPress, `/wp-json/wp/v2/`: articles and comments."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.html_text import html_fragment_text
from spiders.json_page import (
    as_parsed,
    at,
    dicts_at,
    query_value,
    read_fragment,
    read_json,
    strings,
    text_at,
    time_at,
    with_query,
)
from spiders.post_body import BodyMarkup

#: What themes and plugins put into a text that is not its writer's; on pages as well.
BODY = BodyMarkup(
    dropped=(
        ".sharedaddy",
        ".jp-relatedposts",
        ".wp-block-buttons",
        ".addtoany_share_save_container",
        ".post-navigation",
        ".author-box",
        ".comment-awaiting-moderation",
        ".more-link",
        ".entry-meta",
        ".reply",
        ".says",
    )
)
_SOUGHT = "articles or comments with id, date_gmt and content.rendered"
_NUMBER = re.compile(r"(\d+)$")
_PER_PAGE = 10  #: how many the interface gives when it is not told


def has_entries(data: Any) -> bool:
    """Whether there are articles or comments in it."""
    return any(_is_entry(one) for one in _entries(data))


def read_interface(page: Page) -> Parsed:
    """The articles or comments of an answer, and the address of the next ones.

    Raises:
        LayoutChanged: not WordPress's data.
        LoginRequired: the interface is for members.
    """
    data = read_json(page, _SOUGHT)
    if text_at(data, "code") and text_at(data, "message"):
        status = text_at(data, "data", "status")
        said = f"the site says: {text_at(data, 'message')[:200]}"
        if status in {"401", "403"}:
            raise LoginRequired(page.url, said)
        if "invalid_page_number" in text_at(data, "code"):
            return Parsed(outcome=Outcome.EMPTY, detail=said)
        return Parsed(outcome=Outcome.GONE if status == "404" else Outcome.BLOCKED, detail=said)
    entries = _entries(data)
    found = [one for one in entries if _is_entry(one)]
    if (entries and not found) or not isinstance(data, list | dict):
        raise LayoutChanged(page.url, f"not the data of WordPress: looked for {_SOUGHT}")
    posts = [_entry(one, page.url) for one in found]
    return as_parsed(posts, _next_page(page, found), empty="there is no article and no comment")


def _entries(data: Any) -> list[dict[str, Any]]:
    return [data] if isinstance(data, dict) else dicts_at(data)


def _is_entry(one: dict[str, Any]) -> bool:
    return isinstance(at(one, "content", "rendered"), str) and bool(text_at(one, "id"))


def _entry(one: dict[str, Any], base: str) -> ParsedPost:
    is_comment = "post" in one and "author_name" in one
    body = read_fragment(text_at(one, "content", "rendered"), base, BODY)
    title, _ = html_fragment_text(text_at(one, "title", "rendered"))
    writer = at(one, "_embedded", "author", 0)
    name, _ = html_fragment_text(text_at(one, "author_name") or text_at(writer, "name"))
    handle = text_at(writer, "slug") or name
    printed, moment = time_at(one, "date_gmt" if text_at(one, "date_gmt") else "date")
    parent = text_at(one, "parent")
    answered = f"comment-{parent}" if parent not in {"", "0"} else f"post-{text_at(one, 'post')}"
    image = text_at(one, "_embedded", "wp:featuredmedia", 0, "source_url")
    return ParsedPost(
        site_id=f"{'comment' if is_comment else 'post'}-{text_at(one, 'id')}",
        text="\n\n".join(part for part in (title, body.text) if part),
        url=text_at(one, "link") or None,
        author=name or None,
        author_handle=handle.lower() or None,
        posted_at=moment,
        posted_text=printed,
        reply_to=answered if is_comment else None,
        quoted=body.quoted,
        media=strings([image, *body.media]),
        links=strings(body.links),
    )


def _next_page(page: Page, found: list[dict[str, Any]]) -> tuple[str, ...]:
    headers = {name.lower(): value for name, value in page.headers}
    number = query_value(page.url, "page")
    current = int(number) if number.isdecimal() else 1
    total = headers.get("x-wp-totalpages", "")
    size = query_value(page.url, "per_page")
    # Past the last page the interface answers with an error: it is not asked on a guess.
    full = len(found) >= (int(size) if size.isdecimal() else _PER_PAGE)
    more = current < int(total) if total.isdecimal() else full
    listed = _NUMBER.search(urlsplit(page.url).path) is None
    return (with_query(page.url, page=str(current + 1)),) if more and listed and found else ()
