"""WordPress: articles with their comments, as pages or as its JSON interface."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml.etree import _Element

from crawler.errors import LayoutChanged
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_markup import ForumMarkup
from spiders.forum_page import page_times
from spiders.forum_posts import read_posts
from spiders.html5 import parse_html5
from spiders.json_page import as_parsed, is_json, peek_json
from spiders.main_text import read_main_text
from spiders.posted_time import PostedTimes
from spiders.selection import (
    absolute_address,
    base_address,
    find_all,
    find_each,
    find_first,
    find_value,
)
from spiders.walls import find_wall
from spiders.wordpress_interface import BODY, has_entries, read_interface

if TYPE_CHECKING:
    from spiders.source import Source

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
    body=BODY,
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
    permalinks=(
        ".entry-title a",
        ".wp-block-post-title a",
        "h2 a[rel='bookmark']",
        ".posted-on a[rel='bookmark']",
        ".wp-block-post-date a",
        "a.wp-block-read-more",
        "a.more-link",
    ),
    body=BODY,
)
_TITLES = (
    ".entry-title",
    ".wp-block-post-title",
    ".post-title",
    "h1[itemprop='headline']",
    "header h1:not(.wp-block-site-title):not(.site-title)",  # the name of the blog is no title
    "h2 a[rel='bookmark']",
)
_OLDER_COMMENTS = (
    ".comment-navigation .nav-previous a",
    ".comment-navigation a.prev",
    ".comments-pagination a.prev",
    "#comment-nav-below .nav-previous a",
    "#comment-nav-above .nav-previous a",
    ".wp-block-comments-pagination-previous",
    # what WordPress itself shows where a theme has no comments of its own
    ".navigation .alignleft a[href*='comment-page-']",
    ".navigation .alignleft a[href*='cpage=']",
)
#: Where the first page of comments is shown first, as a site may choose.
_NEWER_COMMENTS = (
    ".comment-navigation .nav-next a",
    ".comment-navigation a.next",
    ".comments-pagination a.next",
    "#comment-nav-below .nav-next a",
    "#comment-nav-above .nav-next a",
    ".wp-block-comments-pagination-next",
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
#: Where the one article of a page may lie when its theme makes no element of it.
_ROOMS = ("main", "#content", "#main", ".wp-site-blocks", "body")
#: What such a room holds besides it.
_OTHERS = (
    "#comments",
    "#respond",
    ".comments-area",
    ".wp-block-comments",
    ".wp-block-post-comments",
    ".wp-block-query",
    ".wp-block-post-navigation-link",
    "nav",
    "aside",
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
_LEAST_TEXT = 200  #: characters; less is what stands around an article


def recognises(page: Page) -> int:
    """How many signs of WordPress the page has."""
    if is_json(page):
        found = has_entries(peek_json(page))
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
        return read_interface(page)
    root = parse_html5(page)
    base = base_address(root, page.url)
    times = page_times(root, page, source)
    articles = _with_titles(root, read_posts(root, page, base, _ARTICLES, times))
    comments = _comments(root, read_posts(root, page, base, _COMMENTS, times))
    number = _number_of_page(root)
    if number:  # beside its own article a page may show others in short
        articles = [article for article in articles if article.site_id == f"post-{number}"]
    is_single = find_first(root, _SINGLE) is not None
    if not articles and is_single:
        articles = _only_article(root, page, base, number, times)
    elif number is None and not is_single:
        articles = [replace(one, listed=True) for one in articles]
    if len(articles) == 1:
        comments = [replace(one, reply_to=one.reply_to or articles[0].site_id) for one in comments]
    single = len(articles) <= 1
    nexts = _address(root, _OLDER_COMMENTS if single else _OLDER_ARTICLES, page, base)
    newer = _address(root, _NEWER_COMMENTS, page, base) if single else ()
    titles = find_all(root, (".entry-title a", ".wp-block-post-title a", "a[rel='bookmark']"))
    links = [address for one in titles if (address := absolute_address(one.get("href"), base))]
    links += [one.url for one in articles if one.listed and one.url and "#" not in one.url]
    if articles or comments:
        own = [link for link in links if link != page.url]
        parsed = as_parsed([*articles, *comments], (*nexts, *newer), own, empty="")
        return replace(parsed, newer_pages=newer)
    return _without_posts(root, page, times, nexts, links)


def _address(root: _Element, selectors: tuple[str, ...], page: Page, base: str) -> tuple[str, ...]:
    anchor = find_first(root, selectors)
    address = absolute_address(anchor.get("href"), base) if anchor is not None else None
    return (address,) if address and address != page.url else ()


def _only_article(
    root: _Element, page: Page, base: str, number: str | None, times: PostedTimes
) -> list[ParsedPost]:
    """The article of a page whose theme does not say where it begins; [] when there is none."""
    copied = deepcopy(root)
    body = find_first(copied, _ARTICLES.bodies)
    rooms = set(body.iterancestors()) if body is not None else set()
    room = next((one for one in find_each(copied, _ROOMS) if one in rooms), None)
    if number and body is not None and room is not None:
        kept = {*rooms, *body.iter()}
        for other in find_each(room, _OTHERS):
            parent = other.getparent()
            if other not in kept and parent is not None:
                parent.remove(other)
        room.set("id", f"post-{number}")  # as other themes have it
        room.set("class", "hentry")
        return _with_titles(copied, read_posts(copied, page, base, _ARTICLES, times))
    main = read_main_text(root, page, times)
    if main is None:
        return []
    return [replace(main, site_id=f"post-{number}" if number else main.site_id)]


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
