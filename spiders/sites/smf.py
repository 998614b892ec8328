"""Simple Machines Forum 1.1, 2.0 and 2.1: topics and boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.types import Page, Parsed
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

MARKUP = ForumMarkup(
    engine="SMF",
    sure_signs=(
        b"smf_theme_url",
        b"smf_scripturl",
        b"simplemachines.org",
        b"smf_default_theme_url",
    ),
    signs=(
        b"Simple Machines",
        b"SMF",
        b"smf_",
        b"index.php?topic=",
        b"index.php?board=",
        b"post_wrapper",
        b"keyinfo",
        b"navPages",
        b"windowbg",
        b"bbc_standard_quote",
        b"quoteheader",
        b'id="msg_',
    ),
    posts=(
        "div.windowbg:has(> .post_wrapper)",
        "div:has(> .post_wrapper)",
        "div.post_wrapper",
        "[id^='msg']:has([id^='msg_'].inner)",
    ),
    bodies=(
        ".inner[id^='msg_']",
        "div.post[id^='msg_']",
        ".post .inner",
        "[data-msgid].inner",
        "div.post",
        ".list_posts",
    ),
    ids=(
        ("@id", r"^msg_?(\d+)$"),
        ("@data-msgid", r"^(\d+)$"),
        ("[id^='subject_']@id", r"^subject_(\d+)$"),
        ("a@id", r"^msg(\d+)$"),
        ("a@name", r"^msg(\d+)$"),
        ("a@href", r"#msg(\d+)$"),
    ),
    authors=(
        ".poster h4 a[href*='profile']",
        ".poster h4",
        ".poster_name",
        ".poster a[href*='profile']",
        "td[rowspan='2'] > b",
        "b > a[href*='profile']",
        "a[href*='action=profile']",
        ".poster",
    ),
    times=(
        ".postinfo time",
        ".postinfo a[href*='#msg']",
        ".postinfo a.smalltext",
        ".keyinfo time",
        ".keyinfo .smalltext",
        ".keyinfo .postdate",
        ".smalltext",
        ".keyinfo",
    ),
    edited=(".modified:not(:empty)", ".lastedit"),
    attachments=(".attachments", "[id$='_footer'].attachments"),
    permalinks=("[id^='subject_'] a[href*='#msg']", "a[href*='#msg']"),
    body=BodyMarkup(
        quotes=(
            "blockquote.bbc_standard_quote",
            "blockquote.bbc_alternate_quote",
            "blockquote",
            "div.quote",
        ),
        quote_titles=("cite",),
        quote_heads=(".quoteheader",),
        quote_ids=(
            ("cite a@href", r"msg=?(\d+)"),
            (".quoteheader a@href", r"msg=?(\d+)"),
        ),
        dropped=(".signature", ".quotefooter", ".codeheader", ".modified", ".attachments"),
    ),
    next=(
        ".pagelinks .current_page + a",
        ".pagelinks strong + a.navPages",
        "strong + a.navPages",
        "b + a.navPages",
        ".pagelinks .next_page a",
        "a.nav_page.next",
    ),
    thread_page=("#forumposts", "form#quickModForm", "#quickreply_options"),
    threads=(
        "span[id^='msg_'] > a[href*='topic']",
        "[id^='msg_'] a[href*='topic']",
        ".message_index_title a[href*='topic']",
        "td.subject a[href*='topic']",
        "a.subject[href*='board']",
        "a.subject",
        "b > a[name^='b'][href*='board']",
    ),
    board_page=("#messageindex", "#boardindex_table", "#topic_container", "#board_index"),
    messages=("#fatal_error .padding", "#fatal_error", "#login_form", "form#frmLogin", ".errorbox"),
)


def recognises(page: Page) -> int:
    """How many signs of SMF the page has."""
    return count_signs(page, MARKUP)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a topic, or the topics of a board."""
    return read_forum_page(page, source, MARKUP)
