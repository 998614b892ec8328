"""The pages of the local site, in the markup of the platforms they stand for."""

from __future__ import annotations

import json
from email.utils import format_datetime
from html import escape
from xml.sax.saxutils import escape as escape_xml

from demo.content import InventedPlace, InventedPost

PAGE_SIZE = 16

#: Posts of a channel are numbered from here, as if older ones had been deleted.
FIRST_ID = 101


def _html(title: str, body: str, head: str = "") -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title>{head}</head>\n<body>{body}</body></html>\n"
    )


def _lines(text: str) -> str:
    return escape(text.strip()).replace("\n", "<br/>")


def channel_page(name: str, place: InventedPlace, before: int | None) -> str:
    """A channel preview: the newest messages, or those before a number.

    The link to older messages is left out of every second page, as it sometimes is on
    the real ones; a collector has to page on by the numbers.
    """
    numbered = [
        (number, post)
        for number, post in enumerate(place.posts, start=FIRST_ID)
        if before is None or number < before
    ][-PAGE_SIZE:]
    messages = "".join(_message(name, place, number, post) for number, post in numbered)
    link = ""
    if numbered and numbered[0][0] > FIRST_ID and before is None:
        link = f'<link rel="prev" href="/s/{name}?before={numbered[0][0]}">'
    body = (
        '<main class="tgme_main"><div class="tgme_channel_info"><div '
        f'class="tgme_channel_info_header_title">{escape(place.title)}</div></div>'
        f'<section class="tgme_channel_history js-message_history">{messages}</section></main>'
    )
    return _html(place.title, body, link)


def _message(name: str, place: InventedPlace, number: int, post: InventedPost) -> str:
    forwarded = (
        '<div class="tgme_widget_message_forwarded_from">Forwarded from '
        '<a class="tgme_widget_message_forwarded_from_name">'
        f"{escape(post.forwarded_from)}</a></div>"
        if post.forwarded_from
        else ""
    )
    # A channel that shows its authors' profiles puts them where its own name stands;
    # one that only signs its messages puts the name beside the time.
    owner = post.author if post.handle and post.author else place.title
    author = (
        f'<span class="tgme_widget_message_from_author">{escape(post.author)}</span>'
        if post.author and not post.handle
        else ""
    )
    edited = "edited " if post.edited else ""
    views = f"{post.views / 1000:.1f}K" if post.views >= 1000 else str(post.views or 57)
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message js-widget_message" data-post="{name}/{number}">'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author">'
        f'<a class="tgme_widget_message_owner_name" href="https://t.me/{post.handle or name}">'
        f'<span dir="auto">{escape(owner)}</span></a></div>{forwarded}'
        '<div class="tgme_widget_message_text js-message_text" dir="auto">'
        f"{_lines(post.text)}</div>"
        '<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info">'
        f'<span class="tgme_widget_message_views">{views}</span>'
        f'<span class="tgme_widget_message_meta">{author}{edited}'
        f'<a class="tgme_widget_message_date" href="https://t.me/{name}/{number}">'
        f'<time datetime="{post.at.isoformat()}" class="time">{post.at:%H:%M}</time></a></span>'
        "</div></div></div></div></div>"
    )


def closed_channel(name: str, place: InventedPlace) -> str:
    """The landing page of a channel whose preview is switched off."""
    body = (
        '<div class="tgme_page_wrap"><div class="tgme_page"><div class="tgme_page_title">'
        f'<span dir="auto">{escape(place.title)}</span></div><div class="tgme_page_extra">'
        "214 subscribers</div></div></div>"
    )
    return _html(f"Telegram: Contact @{name}", body)


def rss_feed(name: str, place: InventedPlace, base: str) -> str:
    """An RSS 2.0 feed."""
    items = "".join(
        f'<item><guid isPermaLink="false">{name}-{number}</guid>'
        f"<title>{escape_xml(post.text.strip().splitlines()[0][:80])}</title>"
        f"<link>{base}/{name}/{number}</link><author>{escape_xml(post.author)}</author>"
        f"<pubDate>{format_datetime(post.at)}</pubDate>"
        f"<description>{escape_xml(_lines(post.text))}</description></item>"
        for number, post in enumerate(place.posts, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape_xml(place.title)}</title><link>{base}/{name}</link>"
        f"<description>{escape_xml(place.title)}</description>{items}</channel></rss>\n"
    )


def atom_feed(name: str, place: InventedPlace, base: str) -> str:
    """An Atom feed."""
    entries = "".join(
        f"<entry><id>tag:example.org,2026:{name}-{number}</id>"
        f"<title>{escape_xml(post.text.strip().splitlines()[0][:80])}</title>"
        f'<link href="{base}/{name}/{number}"/><updated>{post.at.isoformat()}</updated>'
        f"<published>{post.at.isoformat()}</published>"
        f"<author><name>{escape_xml(post.author or place.title)}</name></author>"
        f'<content type="html">{escape_xml(_lines(post.text))}</content></entry>'
        for number, post in enumerate(place.posts, start=1)
    )
    newest = max((post.at for post in place.posts), default=None)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape_xml(place.title)}</title><id>tag:example.org,2026:{name}</id>"
        f"<updated>{newest.isoformat() if newest else ''}</updated>{entries}</feed>\n"
    )


def json_feed(name: str, place: InventedPlace, base: str) -> str:
    """A JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": place.title,
        "items": [
            {
                "id": f"{name}-{number}",
                "url": f"{base}/{name}/{number}",
                "content_text": post.text.strip(),
                "date_published": post.at.isoformat(),
                "authors": [{"name": post.author}] if post.author else [],
            }
            for number, post in enumerate(place.posts, start=1)
        ],
    }
    return json.dumps(feed, ensure_ascii=False)


def board_page(name: str, place: InventedPlace, page: int) -> str:
    """A page of a notice board, newest first, with a link to the next."""
    numbered = list(enumerate(place.posts, start=1))[::-1]
    start = (page - 1) * PAGE_SIZE
    posts = "".join(_notice(number, post) for number, post in numbered[start : start + PAGE_SIZE])
    following = (
        f'<a class="next" href="/board/{name}?page={page + 1}">next</a>'
        if start + PAGE_SIZE < len(numbered)
        else ""
    )
    return _html(place.title, f"<h1>{escape(place.title)}</h1>{posts}{following}")


def _notice(number: int, post: InventedPost) -> str:
    return (
        f'<article class="post" id="n{number}"><header><span class="author">{escape(post.author)}'
        f'</span> <time datetime="{post.at.isoformat()}">{post.at:%d %B %Y, %H:%M}</time></header>'
        f'<div class="body" dir="auto">{_lines(post.text)}</div></article>'
    )


def live_page(name: str, place: InventedPlace) -> str:
    """A page that is empty until its script has fetched the posts."""
    script = """
fetch(location.pathname + ".json").then((answer) => answer.json()).then((posts) => {
  const list = document.getElementById("posts");
  for (const post of posts) {
    const article = document.createElement("article");
    article.className = "post";
    article.id = post.id;
    for (const [name, text] of [["author", post.author], ["body", post.text]]) {
      const part = document.createElement("div");
      part.className = name;
      part.style.whiteSpace = "pre-line";
      part.dir = "auto";
      part.textContent = text;
      article.append(part);
    }
    const time = document.createElement("time");
    time.dateTime = post.at;
    time.textContent = post.at;
    article.append(time);
    list.append(article);
  }
});
"""
    return _html(
        place.title,
        f'<h1>{escape(place.title)}</h1><div id="posts"></div><script>{script}</script>',
    )


def live_posts(place: InventedPlace) -> str:
    """What the script of a live page fetches."""
    return json.dumps(
        [
            {
                "id": f"n{number}",
                "author": post.author,
                "text": post.text.strip(),
                "at": post.at.isoformat(),
            }
            for number, post in enumerate(place.posts, start=1)
        ],
        ensure_ascii=False,
    )


def article_page(place: InventedPlace) -> str:
    """A single article, as a news site shows it."""
    post = place.posts[0]
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in post.text.strip().split("\n") if line)
    body = (
        '<nav><a href="/">Home</a> <a href="/about">About</a></nav><main><article>'
        f"<h1>{escape(place.title)}</h1><p class='byline'>By {escape(post.author)}, "
        f'<time datetime="{post.at.isoformat()}">{post.at:%d %B %Y}</time></p>{paragraphs}'
        "</article></main><footer>An invented newspaper on a local test site.</footer>"
    )
    head = f'<meta property="article:published_time" content="{post.at.isoformat()}">'
    return _html(place.title, body, head)


def front_page(places: dict[str, InventedPlace]) -> str:
    """What there is on the site."""
    links = "".join(
        f'<li><a href="{address_of(name, place)}">{escape(place.title)}</a> ({place.kind}, '
        f"{len(place.posts)} posts)</li>"
        for name, place in places.items()
    )
    return _html("A local site of invented posts", f"<h1>Invented posts</h1><ul>{links}</ul>")


def address_of(name: str, place: InventedPlace) -> str:
    """The path under which a place is found."""
    match place.kind:
        case "telegram" | "closed":
            return f"/s/{name}"
        case "rss" | "atom" | "json":
            return f"/feeds/{name}.{place.kind}"
        case "board" | "live" | "article":
            return f"/{place.kind}/{name}"
