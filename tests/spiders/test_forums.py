"""Forums in skins and states that no recorded page has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.types import Outcome, Page, Parsed
from spiders.sites import find_parser, platforms, recognise_platform
from spiders.sites.forum import recognise_engine

CAPTURED = datetime(2026, 11, 1, tzinfo=UTC)
ENGINES = ("phpbb", "vbulletin", "xenforo", "mybb", "smf", "ipb", "vanilla")


def page(markup: str) -> Page:
    return Page("https://forum.example.org/t", markup.encode(), CAPTURED)


def parse(platform: str, markup: str) -> Parsed:
    return find_parser(platform).parse(page(markup))


#: A skin that keeps nothing of the engine but what its scripts and anchors need.
SKINS = {
    "phpbb": '<div class="blk"><a href="./viewtopic.php?p={n}#p{n}">#</a><span class="username">'
    '{author}</span><i>{when}</i><div class="content">{text}</div></div>',
    "vbulletin": '<section><a class="username">{author}</a><em>{when}</em>'
    '<div id="post_message_{n}">{text}</div></section>',
    "xenforo": '<div class="card"><a class="username">{author}</a><span>{when}</span>'
    '<span id="post-{n}"></span><div class="bbWrapper">{text}</div></div>',
    "mybb": '<div class="card"><h6><a href="User-x">{author}</a></h6><small>{when}</small>'
    '<div class="post_body" id="pid_{n}">{text}</div></div>',
    "smf": '<div class="card"><a href="?action=profile;u=5">{author}</a><b>{when}</b>'
    '<div class="inner" id="msg_{n}">{text}</div></div>',
    "ipb": '<article id="elComment_{n}"><aside class="cAuthorPane"><a href="/profile/5-x/">{author}'
    '</a></aside><u>{when}</u><div data-role="commentContent">{text}</div></article>',
    "vanilla": '<div id="Comment_{n}"><div class="x"><a class="Username">{author}</a><q>{when}</q>'
    '<div class="Message">{text}</div></div></div>',
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", [1, 3])
def test_a_skin_of_somebody_else_is_read_by_what_all_skins_keep(engine: str, count: int) -> None:
    posts = "".join(
        SKINS[engine].format(n=n, author=f"Invented {n}", when="12 Mar 2024, 15:05", text=f"t{n}")
        for n in range(11, 11 + count)
    )
    found = parse(engine, f"<html lang=en><body><div class=all>{posts}</div></body></html>")
    assert found.outcome is Outcome.OK
    assert [(post.author, post.text) for post in found.posts] == [
        (f"Invented {n}", f"t{n}") for n in range(11, 11 + count)
    ]
    assert {post.posted_at for post in found.posts} == {datetime(2024, 3, 12, 15, 5, tzinfo=UTC)}
    assert [post.site_id.rpartition("_")[2] for post in found.posts] == [
        str(n) for n in range(11, 11 + count)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_of_something_else_says_what_was_sought(engine: str) -> None:
    found = parse(engine, "<html><body><p>a recipe</p></body></html>")
    assert found.outcome is Outcome.LAYOUT_CHANGED
    assert "looked for" in found.detail


def test_a_name_that_looks_like_a_date_is_no_time() -> None:
    skin = SKINS["phpbb"].replace("<i>{when}</i>", '<p class="author">by {author} » {when}</p>')
    markup = skin.format(n=5, author="May 12 2001", when="Tue Mar 12, 2024 3:05 pm", text="t")
    (post,) = parse("phpbb", markup).posts
    assert post.author == "May 12 2001"
    assert post.posted_at == datetime(2024, 3, 12, 15, 5, tzinfo=UTC)


def test_the_day_an_author_joined_is_not_when_a_post_was_made() -> None:
    markup = (
        '<table id="post7"><tr><td><div id="postmenu_7">Invented guest<script>vbmenu_register("x")'
        '</script></div><div class="smallfont">Join Date: 12 Mar 2009</div></td><td><b>20th Feb '
        '2021, 22:20</b><div id="post_message_7">t</div></td></tr></table>'
    )
    (post,) = parse("vbulletin", f"<html lang=en>{markup}</html>").posts
    assert post.author == "Invented guest"
    assert post.posted_at == datetime(2021, 2, 20, 22, 20, tzinfo=UTC)
    (dated,) = parse("vbulletin", f"<html lang=en>{markup}</html>".replace(", 22:20", "")).posts
    assert dated.posted_at == datetime(2009, 3, 12, tzinfo=UTC)  # all there is to go by


def test_times_beside_their_seconds_tell_the_zone_of_the_others() -> None:
    skin = (
        '<li id="post-{n}" class="message" data-author="a"><blockquote class="messageText">t'
        '</blockquote><div class="messageMeta">{when}</div></li>'
    )
    old = '<span class="DateTime" title="Oct 5, 2015 at 6:12 PM">Oct 5, 2015</span>'
    new = (
        '<abbr class="DateTime" data-time="1444069920" data-datestring="Oct 5, 2015" '
        'data-timestring="8:32 PM">x</abbr>'
    )
    posts = skin.format(n=1, when=old) + skin.format(n=2, when=new)
    found = parse("xenforo", f'<html id="XenForo" lang="en"><ol>{posts}</ol></html>').posts
    assert [post.posted_at for post in found] == [
        datetime(2015, 10, 5, 16, 12, tzinfo=UTC),
        datetime(2015, 10, 5, 18, 32, tzinfo=UTC),
    ]


def test_an_article_inside_a_broken_one_is_a_post_of_its_own() -> None:
    markup = "".join(
        f'<article data-content="post-{n}" data-author="a{n}"><div class="message-userContent">'
        f'<article class="message-body"><div class="bbWrapper"><p>text {n}<ul><li>item'
        "</article></div></article>"
        for n in (1, 2)
    )
    found = parse("xenforo", f"<html id=XF>{markup}</html>")
    assert [post.text.split("\n")[0] for post in found.posts] == ["text 1", "text 2"]


def test_the_feed_of_a_board_is_a_feed() -> None:
    feed = page(
        '<?xml version="1.0"?><rss version="2.0"><channel><title>phpBB phpbb.com</title><link>'
        "https://forum.example.org/viewtopic.php?ucp.php?mode=</link></channel></rss>"
    )
    assert recognise_platform(feed) == "feed"
    assert recognise_engine(feed) is None


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "markup",
    [
        '<div class="post" id="p1"><div class="content">' + "<blockquote>" * 3000 + "deep",
        '<div class="post" id="p1"><div class="content">' + "<blockquote>x</blockquote>" * 3000,
        '<div class="content" id="post_message_1">' * 3000 + "deep",
        '<div class="bbWrapper" id="post-1">deep</div>' * 3000,
        "<table><tr><td class=quote><span class=postbody>" * 1500 + "deep",
        "<i>" * 3000 + '<article id="elComment_1"><div data-role="commentContent">x',
    ],
    ids=["quotes in quotes", "quotes", "bodies in bodies", "bodies", "tables", "deep"],
)
@pytest.mark.parametrize("platform", [name for name in platforms() if name in (*ENGINES, "forum")])
def test_hostile_markup_is_read_in_time(platform: str, markup: str) -> None:
    assert parse(platform, markup).outcome is not None
