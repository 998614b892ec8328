"""Invision Community (IP.Board) 2, 3, 4 and 5: topics and forums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.types import Page, Parsed
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

MARKUP = ForumMarkup(
    engine="Invision Community",
    sure_signs=(
        b"ipsSettings",
        b"ips.setSetting",
        b"ipb_var_",
        b"elComment_",
        b"ipb.vars",
        b"invisioncommunity",
    ),
    signs=(
        b"ipsComment",
        b"ipsType_",
        b"ipsDataItem",
        b"ipsEntry",
        b"cPost",
        b"commentContent",
        b"ipsBlockquote",
        b"ipsQuote",
        b"Invision",
        b"ipboard",
        b"post_block",
        b"post_id_",
        b"showtopic=",
        b"postcolor",
        b"ipbtable",
    ),
    posts=(
        "article[id^='elComment_']",
        "[id^='elComment_']",
        "article.cPost",
        ".post_block[id^='post_id_']",
        "[id^='post_id_']",
    ),
    bodies=(
        "[data-role='commentContent']",
        ".cPost_contentWrap .ipsType_richText",
        ".cPost_contentWrap",
        ".ipsEntry__post .ipsRichText",
        ".ipsEntry__content .ipsRichText",
        ".entry-content",
        ".post.entry-content",
        "[itemprop='commentText']",
        "article .ipsType_richText",
        ".postcolor",
        ".post_body .post",
    ),
    ids=(
        ("@id", r"^elComment_(\d+)$"),
        ("@data-commentid", r"^(\d+)$"),
        ("@id", r"^post_id_(\d+)$"),
        ("@id", r"^post-(?:main-)?(\d+)$"),
        ("[data-commentid]@data-commentid", r"^(\d+)$"),
        ("a@id", r"^(?:comment-|findComment-|entry)(\d+)$"),
        ("a@name", r"^entry(\d+)$"),
    ),
    authors=(
        ".cAuthorPane_author",
        ".cAuthorName",
        ".ipsEntry__username",
        ".ipsEntry__header .ipsUsername",
        ".ipsComment_author h3",
        ".cAuthorPane a[href*='profile']",
        ".ipsComment_author a[href*='profile']",
        ".ipsUsername",
        ".author [itemprop='name']",
        ".author .name",
        ".author",
        ".normalname",
        ".unreg",
        "[itemprop='creator'] [itemprop='name']",
        ".post_username",
        "a[href*='/profile/']",
        "a[href*='showuser=']",
        ".cAuthorPane > span",
        ".cAuthorPane h3",
    ),
    times=(
        ".ipsComment_meta time",
        ".ipsEntry__date time",
        ".ipsEntry__header time",
        ".cPost_contentWrap time",
        "a[href*='findComment'] time",
        "[itemprop='commentTime']",
        "abbr.published",
        ".published",
        ".posted_info",
        ".post_date",
        "time",
        "td.row2 .postdetails",
        ".postdetails",
        ".row2 .desc",
    ),
    edited=("[data-excludequote]", "p.edit", "span.edit"),
    attachments=(".attach", "[id^='attach_wrap']", ".ipsComment_attachments"),
    permalinks=(
        ".ipsComment_meta a[href*='comment']",
        ".ipsEntry__date a",
        "a[rel='bookmark']",
        "a[href*='findpost']",
        "a[href*='#entry']",
    ),
    body=BodyMarkup(
        quotes=("blockquote.ipsQuote", "blockquote", "div.blockquote", "div.quotemain"),
        quote_titles=(".ipsQuote_citation", ".citation", "cite", ".quotetop"),
        quote_heads=("p.citation", ".quotetop"),
        quote_ids=(
            ("@data-ipsquote-contentcommentid", r"^(\d+)$"),
            ("@data-cid", r"^(\d+)$"),
            (".citation a@href", r"(?:pid=|p__|#entry)(\d+)"),
            (".quotetop a@href", r"(?:pid=|p__|#entry)(\d+)"),
        ),
        dropped=(
            "[data-role='memberSignature']",
            ".signature",
            "[data-excludequote]",
            "p.edit",
            "span.edit",
            ".codetop",
            ".ipsLikeBar",
        ),
    ),
    zone=(".ipsfooter", "#footer_utilities", "#gfooter", ".copyright", "p#time"),
    next=(
        "li.ipsPagination_next:not(.ipsPagination_inactive) a",
        ".pagination .next a",
        ".ipsPagination__next a",
        ".pagecurrent + .pagelink a",
    ),
    thread_page=(
        "#elPostFeed",
        "[data-pageController='topic']",
        "body[data-pagecontroller='topic']",
        ".topic_controls",
    ),
    threads=(
        ".ipsDataItem_title a[href*='topic']",
        "[data-rowid] .ipsDataItem_title a",
        ".ipsData__title a",
        "a.topic_title",
        "a[id^='tid-link-']",
        "a[href*='showtopic=']",
        ".cForumRow .ipsDataItem_title a",
        ".cForumGrid__title a",
        "td.col_c_forum h4 a",
        "b > a[href*='showforum=']",
    ),
    board_page=(
        "[data-tableid]",
        ".ipsDataList",
        "#forum_table",
        "body[data-pagecontroller='forum']",
    ),
    messages=(
        "#elError",
        ".ipsMessage_error",
        "#content > .message.error",
        ".errorwrap",
        "#elSignIn",
    ),
)


def recognises(page: Page) -> int:
    """How many signs of Invision Community the page has."""
    return count_signs(page, MARKUP)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a topic, or the topics of a forum."""
    return read_forum_page(page, source, MARKUP)
