"""Discourse: topics, lists of topics, latest posts and searches, as JSON or as its pages."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from crawler.errors import LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.html5 import parse_html5
from spiders.json_page import (
    as_parsed,
    at,
    dicts_at,
    is_json,
    peek_json,
    query_value,
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
    quotes=("aside.quote", "blockquote"),
    quote_titles=(".title", ".quote-title__text-content"),
    quote_ids=(("@data-post", r"^(\d+)$"),),
    dropped=(
        ".post-notice",
        ".lightbox .meta",
        ".cooked-selection-barrier",
        ".source .onebox-avatar-inline",
        "p.elided",
        ".post-links",
    ),
)
#: The pages for readers without JavaScript, since version 1.9, and what browsers render.
MARKUP = ForumMarkup(
    engine="Discourse",
    sure_signs=(
        b'content="Discourse ',
        b"discourse-assets",
        b'id="data-discourse-setup"',
        b"id='data-discourse-setup'",
        b"data-discourse-",
    ),
    signs=(
        b"discourse",
        b"Discourse",
        b"crawler-post",
        b"topic-body",
        b"data-preloaded",
        b"DiscussionForumPosting",
        b"topic-list-item",
        b"post-stream",
    ),
    posts=(
        "div.crawler-post",
        "article[data-post-id]",
        "[itemtype$='schema.org/DiscussionForumPosting']:has([itemprop='articleBody'])",
        "[itemprop='comment']",
        ".topic-body",
        "article[id^='post_']",
    ),
    bodies=(
        ".cooked",
        ".post[itemprop='text']",
        ".post[itemprop='articleBody']",
        "[itemprop='text']",
        "[itemprop='articleBody']",
        "div.post",
    ),
    ids=(
        ("@data-post-id", r"^(\d+)$"),
        ("article@data-post-id", r"^(\d+)$"),
        ("@id", r"^post_(\d+)$"),
        (".crawler-post-infos [itemprop='position']", r"(\d+)"),
        ("meta[itemprop='position']@content", r"(\d+)"),
        ("[id^='post_']@id", r"^post_(\d+)$"),
        ("a[href*='/t/']@href", r"/t/(?:[^/]+/)?\d+/(\d+)$"),
    ),
    authors=(
        ".creator [itemprop='name']",
        ".creator [itemprop='author']",
        ".names .username a",
        ".names [data-user-card]@data-user-card",
        ".names a",
        "[data-user-card]@data-user-card",
        ".creator b",
        ".creator a",
    ),
    times=(
        "time.post-time",
        ".crawler-post-infos time",
        ".post-date .relative-date",
        ".post-info .relative-date",
        ".creator time",
        "time[itemprop='datePublished']",
        "time",
        ".relative-date",
    ),
    permalinks=(".post-date", ".crawler-post-infos a"),
    body=_BODY,
    next=("[rel='next']", ".crawler-nav a[rel='next']", "[role='navigation'] a[rel='next']"),
    thread_page=("body.crawler .crawler-post", "#topic", ".post-stream", "#topic-title"),
    threads=(
        ".topic-list-item .link-top-line a",
        ".topic-list-item a.title",
        ".topic-list a.title",
        "a.raw-topic-link",
        "[itemprop='itemListElement'] a[itemprop='item'][href*='/t/']",
        "[itemprop='itemListElement'] a[href*='/t/']",
        ".topic-list a[href*='/t/']",
    ),
    board_page=(".topic-list", ".topic-list-container"),
    messages=("body.login-page #main-outlet", ".page-not-found", "#main-outlet .error-page"),
)
_ROOTS = ("post_stream", "topic_list", "latest_posts", "grouped_search_result", "category_list")
_SOUGHT = "post_stream, topic_list, latest_posts, posts or a post with cooked and username"
_CHUNK = 20  #: posts that Discourse sends at once


def recognises(page: Page) -> int:
    """How many signs of Discourse the page has."""
    if not is_json(page):
        return count_signs(page, MARKUP)
    data = peek_json(page)
    found = next(_post_items(data), None)
    known = isinstance(data, dict) and any(name in data for name in _ROOTS)
    return 10 if found is not None or known else 0


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a page, and the topics it lists as links to their JSON.

    The first page of a topic leads to all its other posts, which are asked for by id.

    Raises:
        LayoutChanged: not Discourse's data.
        LoginRequired: the forum is for members.
    """
    if is_json(page):
        return _read(page, read_json(page, _SOUGHT))
    root = parse_html5(page)
    for element in root.iter("div"):
        if preloaded := element.get("data-preloaded"):
            parsed = _preloaded(page, preloaded)
            if parsed is not None:
                return parsed
    parsed = read_forum_page(page, source, MARKUP)
    topic = re.search(r"/t/(?:[^/?]+/)?(\d+)", urlsplit(page.url).path)
    if topic is None:
        return parsed
    # Pages without the posts' own ids number them within the topic.
    numbered = b"data-post-id" not in page.body
    posts = tuple(
        replace(post, site_id=f"{topic.group(1)}/{post.site_id}") if numbered else post
        for post in parsed.posts
    )
    return replace(parsed, posts=posts)


def _preloaded(page: Page, preloaded: str) -> Parsed | None:
    """The data that a page brings for its own JavaScript; each part is JSON in a string."""
    try:
        parts = json.loads(html.unescape(preloaded) if "&quot;" in preloaded else preloaded)
    except ValueError:
        return None
    for name, part in parts.items() if isinstance(parts, dict) else ():
        if not isinstance(part, str) or not name.startswith(("topic_", "search")):
            continue
        try:
            data = json.loads(part)
        except ValueError:
            continue
        if isinstance(data, dict) and any(key in data for key in (*_ROOTS, "posts")):
            return _read(page, data)
    return None


def _read(page: Page, data: Any) -> Parsed:
    errors = at(data, "errors")
    if isinstance(errors, list):
        said = "; ".join(str(error) for error in errors)[:200]
        kind = text_at(data, "error_type")
        if kind in {"not_logged_in", "invalid_access"}:
            raise LoginRequired(page.url, f"the forum says: {said}")
        outcome = Outcome.GONE if kind == "not_found" else Outcome.BLOCKED
        return Parsed(outcome=outcome, detail=f"the forum says: {said}")
    items = list(_post_items(data))
    known = isinstance(data, dict) and (any(name in data for name in _ROOTS) or "posts" in data)
    if not items and not known:
        raise LayoutChanged(page.url, f"not the data of Discourse: looked for {_SOUGHT}")
    listed = [*dicts_at(data, "post_stream", "posts"), *dicts_at(data, "latest_posts")]
    if listed and not items:
        detail = f"{len(listed)} posts, none with a text and a name: looked for {_SOUGHT}"
        raise LayoutChanged(page.url, detail)
    numbers = {
        (text_at(item, "topic_id"), text_at(item, "post_number")): text_at(item, "id")
        for item in items
    }
    topics = _topic_links(page, data)
    posts = [_post(item, page.url, numbers) for item in items]
    following = [*_rest_of_topic(page, data), *_next_page(page, data, items)]
    parsed = as_parsed(posts, following, topics, empty="there is no post and no topic")
    # The posts of a topic stand oldest first; lists and searches newest first.
    thread = at(data, "post_stream") is not None
    return replace(parsed, newer_pages=parsed.next_pages) if thread else parsed


def _post_items(data: Any) -> Iterator[dict[str, Any]]:
    names = ("post_stream", "posts"), ("latest_posts",), ("posts",), ()
    found = [item for path in names for item in dicts_at(data, *path)]
    for item in found or ([data] if isinstance(data, dict) else []):
        words = any(isinstance(item.get(name), str) for name in ("cooked", "blurb", "raw"))
        if words and text_at(item, "username") and text_at(item, "id"):
            yield item


def _post(item: dict[str, Any], base: str, numbers: dict[tuple[str, str], str]) -> ParsedPost:
    topic, number = text_at(item, "topic_id"), text_at(item, "post_number")
    # A search shows a piece of the text only.
    markup = text_at(item, "cooked") or text_at(item, "blurb") or text_at(item, "raw")
    body = read_fragment(markup, base, _BODY)
    username = text_at(item, "username")
    name = text_at(item, "name") or text_at(item, "display_username") or username
    printed, moment = time_at(item, "created_at")
    address = text_at(item, "post_url") or (f"/t/{topic}/{number}" if topic and number else "")
    answered = text_at(item, "reply_to_post_number") or next(iter(body.quoted_ids), "")
    return ParsedPost(
        site_id=text_at(item, "id"),
        text=body.text,
        url=urljoin(base, address) if address else None,
        author=" ".join(name.split()) or None,
        author_handle=username.lower() or None,
        posted_at=moment,
        posted_text=printed,
        edited=(at(item, "version") or 1) != 1,
        views=at(item, "reads") if isinstance(at(item, "reads"), int) else None,
        reply_to=numbers.get((topic, answered), f"{topic}/{answered}") if answered else None,
        quoted=body.quoted,
        media=strings(body.media),
        links=strings(link for link in body.links if link not in body.media),
    )


def _rest_of_topic(page: Page, data: Any) -> Iterator[str]:
    stream = at(data, "post_stream", "stream")
    topic = text_at(data, "id")
    if not isinstance(stream, list) or not topic:
        return
    here = {text_at(item, "id") for item in dicts_at(data, "post_stream", "posts")}
    others = [str(number) for number in stream if str(number) not in here]
    for start in range(0, len(others), _CHUNK):
        query = "&".join(f"post_ids[]={one}" for one in others[start : start + _CHUNK])
        yield urljoin(page.url, f"{_root(page.url)}/t/{topic}/posts.json?{query}")


def _root(url: str) -> str:
    # A forum may live below a path: https://example.org/forum/t/12.json
    return urlsplit(url).path.partition("/t/")[0] if "/t/" in urlsplit(url).path else ""


def _topic_links(page: Page, data: Any) -> list[str]:
    topics = [*dicts_at(data, "topic_list", "topics"), *dicts_at(data, "topics")]
    prefix = urlsplit(page.url).path.rpartition("/")[0]
    for part in ("/c/", "/tag/", "/tags/", "/top", "/latest"):
        prefix = prefix.partition(part)[0] if part in f"{prefix}/" else prefix
    return [
        urljoin(page.url, f"{prefix}/t/{text_at(topic, 'id')}.json")
        for topic in topics
        if text_at(topic, "id")
    ]


def _next_page(page: Page, data: Any, items: list[dict[str, Any]]) -> Iterator[str]:
    more = text_at(data, "topic_list", "more_topics_url")
    if more:
        # It is the address of the page for people.
        path, mark, query = more.partition("?")
        path = path if path.endswith(".json") else f"{path}.json"
        yield urljoin(page.url, f"{path}{mark}{query}")
    numbers = [number for item in items if (number := text_at(item, "id")).isdecimal()]
    if dicts_at(data, "latest_posts") and numbers:
        yield with_query(page.url, before=min(numbers, key=int))
    if at(data, "grouped_search_result", "more_full_page_results") is True:
        number = query_value(page.url, "page")
        yield with_query(
            page.url, page=str(int(number or 1) + 1 if (number or "1").isdecimal() else 2)
        )
