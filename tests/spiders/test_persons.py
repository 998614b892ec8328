"""Whose page an address is: tables of addresses. All names are invented."""

from __future__ import annotations

import pytest

from spiders.persons import visited_account


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("https://www.tiktok.com/@Invented.Name", "tiktok.com/@invented.name"),
        ("https://m.tiktok.com/@invented.name/video/12?lang=en", "tiktok.com/@invented.name"),
        ("https://www.tiktok.com/tag/weather", None),
        ("https://instagram.com/invented_name/", "instagram.com/invented_name"),
        ("https://www.instagram.com/stories/invented_name/1/", "instagram.com/invented_name"),
        ("https://www.instagram.com/explore/tags/port/", None),
        ("https://www.instagram.com/p/AbC/", None),
        ("https://vk.com/id100", "vk.com/id100"),
        ("https://m.vk.com/wall100_5", "vk.com/id100"),
        ("https://vk.com/wall-100_5", None),
        ("https://vk.com/public100", None),
        ("https://vk.ru/invented_name", "vk.com/invented_name"),
        ("https://www.facebook.com/profile.php?id=100", "facebook.com/100"),
        ("https://www.facebook.com/people/Invented-Name/100/", "facebook.com/100"),
        ("https://mbasic.facebook.com/invented.name", "facebook.com/invented.name"),
        ("https://www.facebook.com/groups/invented", None),
        ("https://twitter.com/Invented_Name/status/1", "x.com/invented_name"),
        ("https://x.com/search?q=port", None),
        ("https://bsky.app/profile/name.example.org", "bsky.app/name.example.org"),
        ("https://bsky.app/profile/name.example.org/post/3k", "bsky.app/name.example.org"),
        (
            "https://api.example.org/xrpc/app.bsky.feed.getAuthorFeed?actor=Name.example.org",
            "bsky.app/name.example.org",
        ),
        ("https://api.example.org/xrpc/app.bsky.feed.searchPosts?q=port", None),
        ("https://social.example.org/@Name", "social.example.org/@name"),
        ("https://social.example.org/@name.rss", "social.example.org/@name"),
        ("https://social.example.org/@name@other.example.org", "other.example.org/@name"),
        ("https://social.example.org/@name/112233", "social.example.org/@name"),
        ("https://social.example.org/tags/port", None),
        ("https://www.reddit.com/user/Invented/.rss", "reddit.com/user/invented"),
        ("https://old.reddit.com/u/Invented", "reddit.com/user/invented"),
        ("https://www.reddit.com/r/invented/.rss", None),
        ("https://t.me/s/invented_channel", None),
        ("https://www.youtube.com/@invented", None),
        ("https://forum.example.org/users/name", None),
        ("https://[broken", None),
    ],
)
def test_the_address_tells(url: str, account: str | None) -> None:
    assert visited_account(url) == account


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("https://social.example.org/users/Name.rss", "social.example.org/@name"),
        ("https://social.example.org/api/v1/accounts/5/statuses", "social.example.org/accounts/5"),
        ("https://social.example.org/api/v1/timelines/tag/port", None),
    ],
)
def test_mastodon_is_known_by_its_parser(url: str, account: str | None) -> None:
    assert visited_account(url, platform="mastodon") == account


def test_what_a_person_said_goes_first() -> None:
    page = "https://www.Board.example.org/Members/7/?tab=posts"
    assert visited_account(page) is None
    assert visited_account(page, person=True) == "board.example.org/members/7?tab=posts"
    assert visited_account("https://vk.com/invented_shop", person=False) is None
    assert visited_account("https://vk.ru/id5", person=True) == "vk.com/id5"
