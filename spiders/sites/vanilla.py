"""Vanilla 2 and later: discussions and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.types import Page, Parsed
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

MARKUP = ForumMarkup(
    engine="Vanilla",
    sure_signs=(
        b"vanillaforums",
        b"VanillaThemes",
        b"applications/vanilla",
        b"/js/library/jquery.gardenmorepager",
        b"gdn.meta",
    ),
    signs=(
        b"Vanilla",
        b"vanilla",
        b"ItemComment",
        b"ItemDiscussion",
        b"DataList",
        b"MessageList",
        b"TransientKey",
        b"PagerBefore",
        b"userContent",
        b"/entry/signin",
        b"ItemContent",
        b"AuthorWrap",
    ),
    posts=(
        ".ItemDiscussion:has(.Message), .ItemComment:has(.Message)",
        "[id^='Discussion_']:has(.Message), [id^='Comment_']:has(.Message)",
        "[id^='Discussion_']:has(.userContent), [id^='Comment_']:has(.userContent)",
    ),
    bodies=(
        ".Message.userContent",
        ".Item-Body .Message",
        ".Comment .Message",
        ".Discussion .Message:not(.Excerpt)",
        ".userContent",
        ".Message:not(.Excerpt)",
    ),
    ids=(
        ("@id", r"^((?:Discussion|Comment)_\d+)$"),
        ("[id]@id", r"^((?:Discussion|Comment)_\d+)$"),
    ),
    authors=(
        ".Author .Username",
        ".AuthorWrap .Username",
        "a.Username",
        ".Author .PhotoWrap@title",
        ".Author a",
        ".Author",
        ".Username",
    ),
    times=(
        ".DateCreated time",
        ".CommentMeta time",
        ".DiscussionMeta time",
        ".Meta time",
        "time",
        ".DateCreated",
        ".MItem.DateCreated",
    ),
    edited=(".DateUpdated",),
    attachments=(".Attachments", ".AttachFileContainer", ".MediaThumbnails"),
    permalinks=(".DateCreated a", "a.Permalink"),
    body=BodyMarkup(
        quotes=("blockquote", "div.UserQuote", "div.blockquote"),
        quote_titles=(".QuoteAuthor", "cite", ".userQuote-header", ".QuoteExpand"),
        quote_ids=(
            (".QuoteAuthor a@href", r"#((?:Discussion|Comment)_\d+)"),
            ("cite a@href", r"#((?:Discussion|Comment)_\d+)"),
        ),
        dropped=(".UserSignature", ".Signature", ".DateUpdated", ".Reactions"),
    ),
    next=(".Pager a.Next", "a.Next", ".PageControls .Next"),
    thread_page=("body.Discussion", "body.Vanilla.Discussion", ".MessageList.Discussion"),
    threads=(
        ".DataList.Discussions .Title a",
        ".ItemDiscussion .Title a",
        "td.DiscussionName .Title",
        ".DiscussionName a.Title",
        ".Discussions .ItemContent .Title a",
        ".CategoryList .ItemContent .TitleWrap a",
        ".ItemCategory .Title a",
        ".CategoryName a",
        ".DataList.CategoryList .Title a",
    ),
    board_page=(".DataList.Discussions", "body.Discussions", "body.Categories", ".Empty"),
    messages=(
        "#Main .Messages",
        ".SplashInfo",
        ".Center.SplashInfo",
        "form#Form_User_SignIn",
        ".FormTitleWrapper",
    ),
)


def recognises(page: Page) -> int:
    """How many signs of Vanilla the page has."""
    return count_signs(page, MARKUP)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a discussion, or the discussions of a category."""
    return read_forum_page(page, source, MARKUP)
