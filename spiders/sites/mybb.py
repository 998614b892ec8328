"""MyBB 1.4 to 1.8: threads and forums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.types import Page, Parsed
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

MARKUP = ForumMarkup(
    engine="MyBB",
    sure_signs=(b"MyBB", b"mybb.com", b"mybboard", b"my_post_key"),
    signs=(
        b"mybb",
        b"post_body",
        b'id="pid_',
        b"author_information",
        b"postbit_",
        b"jscripts/general.js",
        b"showthread.php",
        b"forumdisplay.php",
        b"syndication.php",
        b"<!-- start: ",
        b"mycode_quote",
    ),
    posts=(
        "div.post[id^='post_']",
        "table[id^='post_']",
        "[id^='post_']:has(.post_body)",
        "#posts .post",
    ),
    bodies=(".post_body[id^='pid_']", "[id^='pid_']", ".post_body", ".post_content .scaleimages"),
    ids=(
        ("@id", r"^post_(\d+)$"),
        ("@id", r"^pid_(\d+)$"),
        ("a@name", r"^pid(\d+)$"),
        ("a@id", r"^pid(\d+)$"),
    ),
    authors=(
        ".author_information .largetext a",
        ".author_information .largetext",
        ".post_author .largetext a",
        ".post_author .largetext",
        ".largetext a",
        ".largetext",
        ".author_information strong a",
        ".author_information a[href*='user']",
        ".post_author strong a",
        ".post_author a[href*='user']",
        "a[href*='action=profile']",
        "a[href*='User-']",
        "a[href*='user-']",
    ),
    times=(
        ".post_date",
        ".post_head .smalltext",
        "td.tcat .float_left",
        "td.tcat",
        ".tcat .smalltext",
        ".post_time",
        ".smalltext",
    ),
    edited=(".post_edit", ".edited_post", "[id^='edited_by_']"),
    attachments=("fieldset:has(a[href*='attachment.php'])", ".attachments", ".post_attachments"),
    permalinks=("strong a[href*='#pid']", "a[href*='#pid']"),
    body=BodyMarkup(
        quotes=("blockquote.mycode_quote", "blockquote"),
        quote_titles=("cite",),
        quote_ids=(("cite a@href", r"#pid(\d+)"), ("cite a@href", r"[?&;]pid=(\d+)")),
        dropped=(".signature", ".edited_post", ".post_edit", ".codeblock > .title"),
    ),
    zone=("#footer .lower", ".timezone", "#footer"),
    next=("a.pagination_next", ".pagination .pagination_current + a"),
    thread_page=("#posts", "#quick_reply_form", "form[action*='newreply.php']"),
    threads=(
        "[id^='tid_'] a",
        ".subject_new a",
        ".subject_old a",
        "td strong > a[href*='forumdisplay.php']",
        "td strong > a[href*='forum-']",
        ".subforumicon + a",
    ),
    board_page=(
        "form[action*='forumdisplay.php']",
        "td.forumdisplay_regular",
        ".threadlist",
        "#inlinemoderation_options",
    ),
    messages=(
        "table.tborder:has(form[action*='member.php']) td.trow1",
        "table.tborder:only-of-type td.trow1",
    ),
)


def recognises(page: Page) -> int:
    """How many signs of MyBB the page has."""
    return count_signs(page, MARKUP)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a thread, or the threads of a forum."""
    return read_forum_page(page, source, MARKUP)
