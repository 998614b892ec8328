"""WordPress: articles with their comments, as pages or as its JSON interface."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml.etree import _Element

from crawler.errors import LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_markup import ForumMarkup
from spiders.forum_page import page_times
from spiders.forum_posts import read_posts
from spiders.html5 import parse_html5
from spiders.html_text import html_fragment_text
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
from spiders.main_text import read_main_text
from spiders.post_body import BodyMarkup
from spiders.posted_time import PostedTimes
from spiders.selection import absolute_address, base_address, find_all, find_first, find_value
from spiders.walls import find_wall

if TYPE_CHECKING:
    from spiders.source import Source

_BODY = BodyMarkup(
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
#: Comments of the default themes 2010 to 2025, and of most that were made after them.
_COMMENTS = ForumMarkup(
    engine="WordPress",
    signs=(),
    posts=(
        ".comment-body[id^='div-comment-']",
        "[id^='comment-'].comment:not(li)",
        "li[id^='comment-'], li[id^='li-comment-']",
        "[id^='comment-']:not([id^='comment-form']):not(input):not(textarea):not(p)",
    ),
    bodies=(
        ".comment-content",
        ".wp-block-comment-content",
        ".comment-text",
        ".comment_text",
        ".comment-entry",
        ".commententry",
        "[itemprop='text']",
        ".comment-body",
        ".comment__content",
    ),
    ids=(
        ("@id", r"comment-(\d+)$"),
        ("[id^='div-comment-']@id", r"comment-(\d+)$"),
        ("[id^='comment-']@id", r"^comment-(\d+)$"),
        ("a[href*='#comment-']@href", r"#comment-(\d+)$"),
    ),
    authors=(
        ".comment-author .fn",
        ".vcard .fn",
        ".fn",
        ".wp-block-comment-author-name",
        "[itemprop='author'] [itemprop='name']",
        ".comment-author-name",
        ".comment-author cite",
        ".comment-author",
        "cite",
        ".author",
    ),
    times=(
        ".comment-metadata time",
        ".comment-meta time",
        ".wp-block-comment-date time",
        "time",
        ".comment-metadata a[href*='#comment-']",
        ".comment-meta a[href*='#comment-']",
        ".commentmetadata a",
        ".comment-date",
        ".comment-time",
        ".comment-meta",
    ),
    permalinks=("a[href*='#comment-']",),
    body=_BODY,
)
_ARTICLES = ForumMarkup(
    engine="WordPress",
    signs=(),
    posts=(
        "article[id^='post-']",
        "[id^='post-'].hentry",
        "[id^='post-'].post",
        "[id^='post-'].type-page",
        "main .wp-block-post[class*='post-']",
        "[class*='type-post'][class*='post-']",
    ),
    bodies=(
        ".entry-content",
        ".wp-block-post-content",
        ".post-content",
        ".post-entry",
        ".entry-summary",
        ".wp-block-post-excerpt",
        ".post-excerpt",
        ".entry",
        ".storycontent",
    ),
    ids=(("@id", r"^post-(\d+)$"), ("@class", r"(?:^|\s)post-(\d+)(?:\s|$)")),
    authors=(
        ".author.vcard .fn",
        ".vcard.author",
        ".byline .author",
        ".entry-author-name",
        ".wp-block-post-author-name",
        ".wp-block-post-author__name",
        "[itemprop='author'] [itemprop='name']",
        "[rel='author']",
        ".author a",
        ".author",
    ),
    times=(
        "time.entry-date.published",
        "time.entry-date",
        "time.published",
        ".wp-block-post-date time",
        "[itemprop='datePublished']",
        ".posted-on time",
        ".entry-meta time",
        "time",
        ".entry-date",
        ".post-date",
        ".posted-on",
        ".entry-meta .date",
    ),
    permalinks=(".entry-title a", "h2 a[rel='bookmark']", ".posted-on a[rel='bookmark']"),
    body=_BODY,
)
_TITLES = (
    ".entry-title",
    ".wp-block-post-title",
    ".post-title",
    "h1[itemprop='headline']",
    "header h1",
    "h2 a[rel='bookmark']",
)
_OLDER_COMMENTS = (
    ".comment-navigation .nav-previous a",
    ".comment-navigation a.prev",
    ".comments-pagination a.prev",
    "#comment-nav-below .nav-previous a",
    "#comment-nav-above .nav-previous a",
    ".wp-block-comments-pagination-previous",
)
_OLDER_ARTICLES = (
    ".posts-navigation .nav-previous a",
    ".pagination a.next",
    ".nav-links a.next",
    ".navigation.paging-navigation .nav-previous a",
    "#nav-below .nav-previous a",
    "a.wp-block-query-pagination-next",
    ".nav-previous a",
    "link[rel='next']",
)
_SINGLE = ("body.single", "body.page", "body.single-post")
_SURE = (b"/wp-content/", b"/wp-includes/", b'content="WordPress', b"/wp-json/", b"wp-block-")
_MORE = (
    b'id="comment-',
    b"comment-body",
    b'id="respond"',
    b"hentry",
    b"type-post",
    b"wp-post-image",
)
_SOUGHT = "articles or comments with id, date_gmt and content.rendered"
_LEAST_TEXT = 200  #: characters; less is what stands around an article
_NUMBER = re.compile(r"(\d+)$")
_PER_PAGE = 10  #: how many the interface gives when it is not told


def recognises(page: Page) -> int:
    """How many signs of WordPress the page has."""
    if is_json(page):
        found = any(_is_entry(one) for one in _entries(peek_json(page)))
        return 10 if found else (5 if "/wp-json/" in page.url else 0)
    start = page.body[:1000].lower()
    if any(sign in start for sign in (b"<rss", b"<feed", b"<urlset", b"<sitemapindex")):
        return 0  # its feeds and sitemaps have their own parsers
    sure = sum(sign in page.body for sign in _SURE)
    return sure + sum(sign in page.body for sign in _MORE) if sure > 1 else 0


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The articles of a page and the comments below them; other articles are its links.

    Raises:
        LayoutChanged: not WordPress's data.
        LoginRequired: the interface is for members.
    """
    if is_json(page):
        return _read(page, read_json(page, _SOUGHT))
    root = parse_html5(page)
    base = base_address(root, page.url)
    times = page_times(root, page, source)
    articles = _with_titles(root, read_posts(root, page, base, _ARTICLES, times))
    comments = _comments(root, read_posts(root, page, base, _COMMENTS, times))
    number = _number_of_page(root)
    if number:  # beside its own article a page may show others in short
        articles = [article for article in articles if article.site_id == f"post-{number}"]
    if not articles and find_first(root, _SINGLE) is not None:
        main = read_main_text(root, page, times)
        if main is not None:
            articles = [replace(main, site_id=f"post-{number}" if number else main.site_id)]
    if len(articles) == 1:
        comments = [replace(one, reply_to=one.reply_to or articles[0].site_id) for one in comments]
    single = len(articles) <= 1
    older = find_first(root, _OLDER_COMMENTS if single else _OLDER_ARTICLES)
    following = absolute_address(older.get("href"), base) if older is not None else None
    titles = find_all(root, (".entry-title a", ".wp-block-post-title a", "a[rel='bookmark']"))
    links = [address for one in titles if (address := absolute_address(one.get("href"), base))]
    nexts = (following,) if following and following != page.url else ()
    if number is None and find_first(root, _SINGLE) is None:
        articles = [replace(one, listed=True) for one in articles]
    if articles or comments:
        own = [link for link in links if link != page.url]
        return as_parsed([*articles, *comments], nexts, own, empty="")
    return _without_posts(root, page, times, nexts, links)


def _without_posts(
    root: _Element, page: Page, times: PostedTimes, nexts: tuple[str, ...], links: list[str]
) -> Parsed:
    if links:
        return Parsed(next_pages=nexts, links=tuple(dict.fromkeys(links)))
    wall = find_wall(root)
    if wall is not None:
        return Parsed(outcome=wall[0], detail=wall[1])
    if find_first(root, (".no-results", ".not-found", "body.error404")) is not None:
        return Parsed(outcome=Outcome.EMPTY, detail="the blog has no article here")
    main = read_main_text(root, page, times)  # a theme that puts its text where it likes
    if main is not None and len(main.text) >= _LEAST_TEXT:
        return as_parsed([main], nexts, (), empty="")
    sought = ", ".join((*_ARTICLES.posts[:3], *_COMMENTS.posts[:2], *_ARTICLES.bodies[:3]))
    raise LayoutChanged(page.url, f"no article and no comment: looked for {sought} …")


def _with_titles(root: _Element, posts: tuple[ParsedPost, ...]) -> list[ParsedPost]:
    titled = []
    containers = _containers(root)
    for post in posts:
        container = containers.get(f"post-{post.site_id}")
        title = find_value(container, _TITLES) if container is not None else None
        title = title or (find_value(root, _TITLES) if len(posts) == 1 else None)
        text = post.text
        if title and not text.startswith(title):
            text = f"{' '.join(title.split())}\n\n{text}".strip()
        titled.append(replace(post, site_id=f"post-{post.site_id}", text=text))
    return titled


def _containers(root: _Element) -> dict[str, _Element]:
    """Elements by their id, and articles by the class that is their id as well."""
    found: dict[str, _Element] = {}
    for element in root.iter():
        named = [element.get("id") or "", *(element.get("class") or "").split()]
        for name in named:
            if name.startswith(("post-", "comment-", "li-comment-", "div-comment-")):
                found.setdefault(name, element)
    return found


def _comments(root: _Element, posts: tuple[ParsedPost, ...]) -> list[ParsedPost]:
    """Comments with what they answer: the comment in whose list of answers they stand."""
    found = []
    containers = _containers(root)
    for post in posts:
        names = ("li-comment", "comment", "div-comment")
        held = (containers.get(f"{name}-{post.site_id}") for name in names)
        element = next((one for one in held if one is not None), None)
        parent = None
        for outer in element.iterancestors() if element is not None else ():
            match = re.fullmatch(r"(?:li-|div-)?comment-(\d+)", outer.get("id") or "")
            if match and match[1] != post.site_id:
                parent = f"comment-{match[1]}"
                break
        found.append(replace(post, site_id=f"comment-{post.site_id}", reply_to=parent))
    return found


def _number_of_page(root: _Element) -> str | None:
    for selector, pattern in (
        ("link[rel='shortlink']@href", r"[?&]p(?:age_id)?=(\d+)"),
        ("body@class", r"\b(?:postid|page-id)-(\d+)\b"),
        ("#comment_post_ID@value", r"^(\d+)$"),
    ):
        match = re.search(pattern, find_value(root, (selector,)) or "")
        if match:
            return match[1]
    return None


def _read(page: Page, data: Any) -> Parsed:
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
    body = read_fragment(text_at(one, "content", "rendered"), base, _BODY)
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
