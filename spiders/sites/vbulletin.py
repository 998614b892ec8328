"""vBulletin 3, 4 and 5: threads and forums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.types import Page, Parsed
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

MARKUP = ForumMarkup(
    engine="vBulletin",
    sure_signs=(
        b'content="vBulletin',
        b"vbulletin_global.js",
        b"vb_meta_bburl",
        b"vbulletin_menu.js",
        b"js-post__content-text",
        b"vbulletin.com",
    ),
    signs=(
        b"vBulletin",
        b"vbulletin",
        b"post_message_",
        b"showthread.php",
        b"forumdisplay.php",
        b"postbit",
        b"vbmenu_",
        b"threadtitle",
        b"b-post__",
        b"bigusername",
        b"bbcode_quote",
        b"postcontainer",
    ),
    posts=(
        "li.b-post[data-node-id]",
        ".b-post[data-node-id]",
        "li[id^='post_'].postcontainer",
        "li[id^='post_']:has([id^='post_message_'])",
        "div[id^='edit']:has([id^='post_message_'])",
        "table[id^='post']:has([id^='post_message_'])",
        "div[id^='post_']:has(.postcontent)",
    ),
    bodies=(
        "[id^='post_message_'] > blockquote.postcontent",
        "[id^='post_message_']",
        ".js-post__content-text",
        ".b-post__content [itemprop='text']",
        "[itemprop='text']",
        "blockquote.postcontent",
        ".postcontent",
        ".vb_postbit",
    ),
    ids=(
        ("@data-node-id", r"^(\d+)$"),
        ("[id^='post_message_']@id", r"^post_message_(\d+)$"),
        ("@id", r"^(?:post|edit)_?(\d+)$"),
        ("a@name", r"^post(\d+)$"),
        ("a@id", r"^postcount(\d+)$"),
    ),
    authors=(
        ".bigusername",
        ".username_container .username",
        ".username_container",
        ".userinfo .username",
        ".author [itemprop='name']",
        ".b-userinfo .author",
        ".author a",
        ".author",
        "[id^='postmenu_'] a",
        "[id^='postmenu_']",
        "a.username",
        ".username",
        "a[href*='member.php']",
    ),
    times=(
        "time[itemprop='dateCreated']",
        ".b-post__timestamp time",
        ".b-post__timestamp",
        ".postdate .date",
        ".postdate",
        ".posthead .date",
        ".thead",
        ".posttime",
        ".post_date",
        ".date",
        ".tcell",
        "td.tcat",
        ".smallfont",
    ),
    edited=(".postedit", ".lastedited", ".b-post__edit-info", ".editedby"),
    attachments=(
        ".attachments",
        ".postattachments",
        "fieldset.fieldset",
        ".b-post-attachments",
        "[id^='post_attachments']",
    ),
    permalinks=("a.postcounter", "a.b-post__count", "a[id^='postcount']", "a[href*='#post']"),
    body=BodyMarkup(
        quotes=(
            ".bbcode_quote",
            "div:has(> .smallfont + table)",
            "div.quote",
            ".bbcode_container:has(> .bbcode_quote)",
            "blockquote:not(.postcontent)",
        ),
        quote_titles=(
            ".bbcode_postedby",
            ".bbcode_quote_container",
            ".smallfont",
            "td.alt2 > div:has(> strong):not([style])",
            ".bbcode_description",
        ),
        quote_ids=(
            (".bbcode_postedby a@href", r"#post(\d+)"),
            (".bbcode_postedby a@href", r"[?&;]p=(\d+)"),
            ("td.alt2 > div a@href", r"#post(\d+)"),
            ("td.alt2 > div a@href", r"[?&;]p=(\d+)"),
        ),
        dropped=(
            ".signature",
            ".postedit",
            ".lastedited",
            ".bbcode_container > .bbcode_description",
            ".b-post__edit-info",
            ".cms_table_controls",
            "div:has(> pre.alt2) > .smallfont",
        ),
    ),
    zone=(
        "#footer_time",
        ".footer_time",
        "#footer-copyright",
        ".smallfont[align='center']",
        ".footer",
    ),
    next=(
        "a.js-pagenav-next-button",
        "a.right-arrow[href]",
        ".prev_next a[rel='next']",
        ".pagination .selected + span a",
        ".pagenav td.alt2 + td.alt1 a",
    ),
    thread_page=(
        "#postlist",
        "ol#posts",
        "#posts",
        ".conversation-content",
        "form[action*='newreply.php']",
    ),
    threads=(
        "a[id^='thread_title_']",
        "a.topic-title",
        ".threadtitle a.title",
        "h2.forumtitle a",
        ".forumtitle a",
        "a.forum-title",
        "td.alt1Active a[href*='forumdisplay']",
        "td[id^='f'] a[href*='forumdisplay']",
    ),
    board_page=("#threads", ".threadlist", "#threadslist", "#forums", ".forum-list-container"),
    messages=(
        ".standard_error",
        ".blockbody.errorblock",
        ".panel .panelsurround",
        ".page-error",
        "td.panelsurround",
    ),
)


def recognises(page: Page) -> int:
    """How many signs of vBulletin the page has."""
    return count_signs(page, MARKUP)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a thread, or the threads of a forum."""
    return read_forum_page(page, source, MARKUP)
