"""XenForo 1 and 2: threads and forums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.types import Page, Parsed
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

MARKUP = ForumMarkup(
    engine="XenForo",
    sure_signs=(
        b'id="XenForo"',
        b'id="XF"',
        b"data-xf-init",
        b"xenforo.com",
        b"js/xenforo/",
        b"js/xf/",
    ),
    signs=(
        b"XenForo",
        b"xenforo",
        b"bbWrapper",
        b"structItem",
        b"js-post",
        b"messageList",
        b"messageUserInfo",
        b"discussionListItem",
        b"SelectQuoteContainer",
        b"data-author=",
    ),
    posts=(
        "[data-content^='post-']",
        "article.message--post",
        "li.message[id^='post-']",
        "[id^='post-'].message",
        ".message[id^='js-post-']",
    ),
    bodies=(
        ".message-userContent .bbWrapper",
        ".message-body .bbWrapper",
        "blockquote.messageText",
        ".messageText",
        ".message-body",
        ".message-content .bbWrapper",
        ".bbWrapper",
    ),
    ids=(
        ("@data-content", r"^post-(\d+)$"),
        ("@id", r"^(?:js-)?post-(\d+)$"),
        ("span@id", r"^post-(\d+)$"),
        ("a@name", r"^post-(\d+)$"),
    ),
    authors=(
        "@data-author",
        ".message-name .username",
        ".message-name",
        ".messageUserBlock .username",
        ".messageUserInfo .username",
        ".userText .username",
        "a.username",
        ".username",
    ),
    times=(
        ".message-attribution-main time",
        ".message-attribution time",
        ".message-date time",
        "time[itemprop='datePublished']",
        ".messageMeta .DateTime",
        ".datePermalink .DateTime",
        ".privateControls .DateTime",
        ".messageDetails .DateTime",
        ".message-cell--main time",
        "time.u-dt",
        ".DateTime",
        "time",
    ),
    edited=(".message-lastEdit", ".editDate"),
    attachments=(".message-attachments", ".attachedFiles"),
    permalinks=(
        ".message-attribution-main a[href*='post-']",
        ".message-attribution a[href*='post-']",
        "a.datePermalink",
        "a.hashPermalink",
        "a.postNumber",
    ),
    body=BodyMarkup(
        quotes=(".bbCodeBlock--quote", ".bbCodeQuote", "blockquote.quoteContainer"),
        quote_titles=(
            ".bbCodeBlock-title",
            ".bbCodeBlock-expandLink",
            ".attribution",
            ".quoteExpand",
        ),
        quote_ids=(
            ("@data-source", r"post: ?(\d+)"),
            (".bbCodeBlock-title a@href", r"(?:id=|post-)(\d+)"),
            (".attribution a@href", r"id=(\d+)"),
            (".attribution a@href", r"post-(\d+)"),
        ),
        dropped=(
            ".message-signature",
            ".signature",
            ".messageTextEndMarker",
            ".js-selectToQuoteEnd",
            ".message-lastEdit",
            ".editDate",
            ".bbCodeBlock--code > .bbCodeBlock-title",
            ".bbCodeCode > .type",
            ".bbCodePHP > .type",
        ),
    ),
    next=("a.pageNav-jump--next", ".PageNav a.text:last-child", ".pageNav-page--current + li a"),
    thread_page=(
        "html[data-template='thread_view']",
        "html[data-template^='thread_view_type']",
        "#messageList",
        ".messageList",
        ".block-body.js-replyNewMessageContainer",
    ),
    threads=(
        ".structItem-title a[data-tp-primary]",
        ".structItem-title a[href*='threads/']",
        ".discussionListItem h3.title a.PreviewTooltip",
        ".discussionListItem .title a[href*='threads/']",
        ".node-title a",
        ".nodeTitle a",
        ".subNodeLink",
        ".nodeText .subForumList a",
    ),
    board_page=(
        "html[data-template='forum_view']",
        ".structItemContainer",
        ".discussionList",
        ".block[data-type='thread']",
    ),
    messages=(
        "html[data-template='error'] .p-body-pageContent",
        "html[data-template='login'] .p-body-pageContent",
        ".blockMessage--error",
        ".errorOverlay",
        "#content.error",
        "#content.login",
        "#content.error_with_login",
        ".p-body-pageContent > .blockMessage",
    ),
)


def recognises(page: Page) -> int:
    """How many signs of XenForo the page has."""
    return count_signs(page, MARKUP)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a thread, or the threads of a forum."""
    return read_forum_page(page, source, MARKUP)
