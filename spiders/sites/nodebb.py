"""NodeBB: topics, categories and recent posts, as JSON or as its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from crawler.errors import LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.json_page import (
    as_parsed,
    at,
    dicts_at,
    is_json,
    peek_json,
    read_fragment,
    read_json,
    strings,
    text_at,
    time_at,
    with_query,
)
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

_BODY = BodyMarkup(
    quote_heads=("p:has(a[href*='/post/'])",),
    quote_titles=("cite",),
    quote_ids=(("a[href*='/post/']@href", r"/post/(\d+)"),),
    dropped=("[component='post/signature']", ".post-signature"),
)
#: The themes Persona (NodeBB 1 and 2) and Harmony (3 and 4).
MARKUP = ForumMarkup(
    engine="NodeBB",
    sure_signs=(b'component="post/content"', b"nodebb.min.js", b"NodeBB", b'component="topic"'),
    signs=(
        b"nodebb",
        b'component="post"',
        b'component="post/',
        b'component="category',
        b'component="pagination',
        b'component="navbar',
        b"relative_path",
        b"data-pid=",
    ),
    posts=("[component='post'][data-pid]", "li[data-pid]", "[data-pid][data-index]"),
    bodies=("[component='post/content']", ".content[itemprop='text']", ".content"),
    ids=(("@data-pid", r"^(\d+)$"), ("[data-pid]@data-pid", r"^(\d+)$")),
    authors=(
        "a[data-username]",
        "[itemprop='author'] meta[itemprop='name']@content",
        "[component='post/header'] a[data-uid]",
        "a[data-uid]",
        "@data-username",
        ".username",
    ),
    times=(
        "meta[itemprop='datePublished']",
        "a.permalink .timeago",
        ".post-header .timeago",
        ".timeago",
        "time",
        "[data-pid][data-timestamp]",
    ),
    edited=("[component='post/edit-indicator']:not(.hidden)",),
    attachments=("[component='post/attachments']",),
    permalinks=("a.permalink", "a.post-index", "a[href*='/post/']"),
    body=_BODY,
    next=("[component='pagination'] .next:not(.disabled) a", ".pagination .next:not(.disabled) a"),
    thread_page=("[component='topic']",),
    threads=(
        "[component='topic/header'] a[href*='/topic/']",
        "[component='category/topic'] .title a[href*='/topic/']",
        "[component='category/topic'] a[href*='/topic/']",
        "[component='category-topic'] .title a[href*='/topic/']",
    ),
    board_page=("[component='category']", "[component='category/topic/no-topics']"),
    messages=("[component='category/topic/no-topics']", ".alert-danger", ".login-block"),
)
_SOUGHT = "posts with pid, content and user, or topics with tid"


def recognises(page: Page) -> int:
    """How many signs of NodeBB the page has."""
    if not is_json(page):
        return count_signs(page, MARKUP)
    data = peek_json(page)
    if isinstance(at(data, "response"), dict):
        data = at(data, "response")
    if next(_items(data), None) is not None or any(text_at(t, "tid") for t in _topics(data)):
        return 10
    named = isinstance(data, dict) and ("loggedInUser" in data or "relative_path" in data)
    return 5 if named else 0


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a page, and the topics and categories it lists as links to their JSON.

    Raises:
        LayoutChanged: not NodeBB's data.
        LoginRequired: the forum, or this part of it, is for members.
    """
    if not is_json(page):
        return read_forum_page(page, source, MARKUP)
    data = read_json(page, _SOUGHT)
    status = text_at(data, "status", "code")
    if status and status != "ok":
        return _refused(page, status, text_at(data, "status", "message"))
    if isinstance(at(data, "response"), dict):  # the interface for programs wraps its answers
        data = at(data, "response")
    items = list(_items(data))
    listed = dicts_at(data, "posts")
    lists = ("posts", "topics", "categories", "children")
    if (listed and not items) or not any(isinstance(at(data, name), list) for name in lists):
        if text_at(data, "error") or at(data, "loggedIn") is False:
            return _refused(page, "forbidden", text_at(data, "error"))
        raise LayoutChanged(page.url, f"not the data of NodeBB: looked for {_SOUGHT}")
    posts = [_post(item, page.url) for item in items]
    links = [*_topic_links(page, data), *_category_links(page, data)]
    parsed = as_parsed(posts, _next_page(page, data), links, empty="there is no post and no topic")
    # The posts of a topic stand oldest first; recent posts newest first.
    return replace(parsed, newer_pages=parsed.next_pages) if text_at(data, "tid") else parsed


def _items(data: Any) -> Iterator[dict[str, Any]]:
    """The posts that are shown: deleted ones are not."""
    found = dicts_at(data, "posts")
    for item in found or ([data] if isinstance(data, dict) else []):
        if (
            text_at(item, "pid")
            and isinstance(at(item, "content"), str)
            and not at(item, "deleted")
        ):
            yield item


def _topics(data: Any) -> list[dict[str, Any]]:
    return dicts_at(data, "topics")


def _post(item: dict[str, Any], base: str) -> ParsedPost:
    body = read_fragment(text_at(item, "content"), base, _BODY)
    user = at(item, "user")
    username = text_at(user, "username") or text_at(item, "username")
    name = " ".join((text_at(user, "displayname") or text_at(user, "fullname") or username).split())
    printed, moment = time_at(item, "timestampISO")
    if moment is None:
        printed, moment = time_at(item, "timestamp")
    pid = text_at(item, "pid")
    number = text_at(item, "toPid") or next(iter(body.quoted_ids), "")
    attached = [text_at(one, "url") for one in dicts_at(item, "attachments")]
    # Posts of other servers have their address for a number.
    address = pid if pid.startswith("http") else urljoin(base, f"{_root(base)}/post/{pid}")
    return ParsedPost(
        site_id=pid,
        text=body.text,
        url=address,
        author=name or None,
        author_handle=username.lower() or None,
        posted_at=moment,
        posted_text=printed,
        edited=bool(at(item, "edited")),
        reply_to=number if number and number != "0" else None,
        quoted=body.quoted,
        media=strings([*body.media, *(urljoin(base, one) for one in attached if one)]),
        links=strings(body.links),
    )


def _root(url: str) -> str:
    # A forum may live below a path: https://example.org/forum/api/topic/12
    return urlsplit(url).path.partition("/api/")[0] if "/api/" in urlsplit(url).path else ""


def _topic_links(page: Page, data: Any) -> list[str]:
    slugs = (text_at(topic, "slug") or text_at(topic, "tid") for topic in _topics(data))
    return [urljoin(page.url, f"{_root(page.url)}/api/topic/{slug}") for slug in slugs if slug]


def _category_links(page: Page, data: Any) -> list[str]:
    found = [*dicts_at(data, "categories"), *dicts_at(data, "children")]
    slugs = (text_at(one, "slug") or text_at(one, "cid") for one in found)
    return [urljoin(page.url, f"{_root(page.url)}/api/category/{slug}") for slug in slugs if slug]


def _next_page(page: Page, data: Any) -> tuple[str, ...]:
    following = at(data, "pagination", "next")
    number = text_at(following, "page")
    if at(following, "active") is not True or not number.isdecimal():
        return ()
    current = text_at(data, "pagination", "currentPage") or "1"
    return (with_query(page.url, page=number),) if int(number) > int(current or 1) else ()


def _refused(page: Page, code: str, said: str) -> Parsed:
    words = f"the forum says: {said or code}"[:200]
    if code in {"not-authorised", "not-authorized", "not-logged-in", "forbidden"}:
        raise LoginRequired(page.url, words)
    return Parsed(outcome=Outcome.GONE if code == "not-found" else Outcome.BLOCKED, detail=words)
