"""phpBB 2 and 3: topics and forums, in prosilver, subsilver2, subSilver and their relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.types import Page, Parsed
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

MARKUP = ForumMarkup(
    engine="phpBB",
    sure_signs=(b"phpbb.com", b"phpBB Group", b"phpBB Limited", b"styles/prosilver"),
    signs=(
        b"phpBB",
        b"phpbb",
        b"viewtopic.php",
        b"viewforum.php",
        b"memberlist.php",
        b"ucp.php?mode=",
        b"topictitle",
        b"postprofile",
        b"postbody",
        b"postauthor",
        b"forumbg",
    ),
    posts=("div.post[id^='p']", "article.post[id^='p']", "li.post[id^='p']", "[id^='p'].post"),
    bodies=(
        ".postbody .content",
        "[id^='post_content'] .content",
        "div.content",
        "td > div.postbody:first-of-type",
        "td:has(> span.postbody)",
        "div.postbody",
        "span.postbody",
    ),
    ids=(
        ("@id", r"^p(?:ost)?_?(\d+)$"),
        ("@data-post-id", r"^(\d+)$"),
        ("a@name", r"^p?(\d+)$"),
        ("a@href", r"[?&;]p=(\d+)"),
    ),
    authors=(
        ".author .username",
        ".author .username-coloured",
        ".postprofile .username",
        ".postprofile .username-coloured",
        ".author strong",
        ".postprofile dt strong",
        ".postauthor",
        ".postprofile dt a",
        "span.name b",
        ".name",
        ".username",
        ".username-coloured",
        "a[href*='mode=viewprofile']",
    ),
    times=(
        ".author time",
        "time",
        "p.author",
        ".author",
        ".post-date",
        ".postdate",
        ".responsive-hide",
        "td.gensmall > div[style*='right']",
        "td.gensmall[align='right']",
        "td.gensmall",
        "span.postdetails",
        ".gensmall",
    ),
    edited=(".notice",),
    attachments=(".attachbox", ".attach-image"),
    permalinks=(
        ".author a[href*='#p']",
        "h3 a[href*='#p']",
        "a[href*='viewtopic.php?p=']",
    ),
    body=BodyMarkup(
        quotes=("blockquote", "div.quotecontent", "table:has(td.quote)"),
        quote_titles=("cite", "span.genmed", "dl.codebox > dt"),
        quote_heads=(".quotetitle",),
        quote_ids=(
            ("cite a@data-post-id", r"^(\d+)$"),
            ("cite a@href", r"[?&;#]p=?(\d+)"),
            (".quotetitle a@href", r"[?&;#]p=?(\d+)"),
        ),
        dropped=(
            ".signature",
            ".notice",
            ".attachbox",
            ".codebox > p",
            ".codetitle",
            "span.gensmall",
            "dl.codebox > dt",
        ),
    ),
    zone=(
        ".footer-row",
        "#nav-footer",
        "#page-footer .navbar",
        ".linklist .rightside",
        "#footer .navbar",
        "#page-footer",
        "p.datetime",
        "td.gensmall[align='right']",
        ".gensmall",
    ),
    next=(
        ".pagination .next a",
        ".pagination a.next",
        ".pagination strong + .page-sep + a",
        ".pagination li.active + li a",
        ".gensmall strong + a[href*='start=']",
        ".nav b + a[href*='start=']",
        ".gensmall b + a[href*='start=']",
    ),
    thread_page=(
        "body.section-viewtopic",
        "body#phpbb.section-viewtopic",
        ".topic-title + .posting",
    ),
    threads=("a.topictitle", "a.forumtitle", "a.forumlink"),
    board_page=("body.section-viewforum", "body.section-index", ".topiclist", ".forumbg"),
    messages=(
        "#message .content",
        "#message",
        ".panel#login",
        "form#login",
        "table.forumline .gen",
    ),
)


def recognises(page: Page) -> int:
    """How many signs of phpBB the page has."""
    return count_signs(page, MARKUP)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a topic, or the topics of a forum."""
    return read_forum_page(page, source, MARKUP)
