"""Which places an offer names: tables of addresses, and posts. All names are invented."""

from __future__ import annotations

import pytest

from crawler.types import (
    Advert,
    AnalysedPost,
    Contact,
    ContactType,
    Judgement,
    Mention,
    Post,
)
from spiders.discovery import find_place, find_sightings, guess_platform
from spiders.sites import platforms


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        ("https://t.me/Invented_Port", "channel", "t.me/invented_port"),
        ("t.me/s/invented_port/15?single", "channel", "t.me/invented_port"),
        ("https://telegram.me/invented_port.", "channel", "t.me/invented_port"),
        ("https://invented_port.t.me", "channel", "t.me/invented_port"),
        ("tg://resolve?domain=Invented_Port", "channel", "t.me/invented_port"),
        ("https://t.me/+AbCdEf", "invite", "t.me/+AbCdEf"),
        ("https://t.me/joinchat/AbCdEf", "invite", "t.me/joinchat/AbCdEf"),
        ("https://chat.whatsapp.com/AbCdEf", "invite", "chat.whatsapp.com/AbCdEf"),
        ("https://discord.gg/abc", "invite", "discord.gg/abc"),
        ("https://www.tiktok.com/@invented/video/1", "account", "tiktok.com/@invented"),
        ("https://social.example.org/@invented", "account", "social.example.org/@invented"),
        ("https://vk.com/club12", "site", "vk.com/club12"),
        ("https://old.reddit.com/r/Invented/comments/1", "site", "reddit.com/r/invented"),
        ("https://m.facebook.com/groups/12/", "site", "facebook.com/groups/12"),
        ("https://www.youtube.com/channel/UCAb", "site", "youtube.com/channel/UCAb"),
        ("http://Forum.example.org/viewtopic.php?t=5", "site", "forum.example.org"),
        ("www.forum.example.org", "site", "forum.example.org"),
        ("http://127.0.0.1:8080/board", "site", "127.0.0.1:8080"),
    ],
)
def test_a_place_has_one_key_however_it_is_written(url: str, kind: str, key: str) -> None:
    place = find_place(url)
    assert place is not None
    assert (place.kind, place.key) == (kind, key)
    # Where a person would look is the same place.
    again = find_place(place.url)
    assert again is not None
    assert again.key == key


@pytest.mark.parametrize(
    "url",
    [
        "https://wa.me/447700900123",
        "https://t.me/+447700900123",
        "https://t.me/share/url?url=x",
        "https://t.me/c/123/4",
        "https://t.me/",
        "https://youtu.be/abc",
        "https://www.youtube.com/watch?v=abc",
        "https://maps.google.co.uk/x",
        "ftp://files.example.org/",
        "javascript:alert(1)",
        "https://[broken",
        "word",
        "",
    ],
)
def test_what_is_no_place(url: str) -> None:
    assert find_place(url) is None


def analysed(
    text: str = "",
    *contacts: tuple[ContactType, str],
    offer: bool = True,
    platform: str = "telegram",
    links: tuple[str, ...] = (),
    forwarded_from: str | None = None,
    url: str | None = "https://t.me/this_channel/1",
) -> AnalysedPost:
    post = Post(
        1, 1, "one", platform, "1", text, url=url, links=links, forwarded_from=forwarded_from
    )
    mentions = tuple(
        Mention("contact", 0, 0, "", Contact(type_, value)) for type_, value in contacts
    )
    return AnalysedPost(post, Advert(1, 1, "test", "en", mentions, Judgement(offer, 0.9)))


def keys(post: AnalysedPost, *collected: str) -> list[str]:
    return [one.key for one in find_sightings(post, frozenset(collected))]


def test_links_words_forwards_and_handles_are_looked_at() -> None:
    post = analysed(
        "see https://forum.example.org/t/5, or t.me/third_port",
        ("telegram", "fourth_port"),
        ("handle", "fifth_port"),
        ("whatsapp", "+447700900123"),
        ("instagram", "invented_name"),
        ("url", "https://board.example.org/"),
        links=("https://t.me/first_port", "https://t.me/first_port/2"),
        forwarded_from="@second_port",
    )
    assert keys(post) == [
        "t.me/first_port",
        "t.me/second_port",
        "forum.example.org",
        "t.me/third_port",
        "t.me/fourth_port",
        "t.me/fifth_port",
        "instagram.com/invented_name",
        "board.example.org",
    ]


def test_a_handle_whose_platform_is_not_said_is_telegrams_only_there() -> None:
    assert keys(analysed("", ("handle", "invented_port"), platform="webpage")) == []


def test_what_is_no_offer_names_nothing() -> None:
    assert keys(analysed("t.me/third_port", offer=False)) == []


def test_own_pages_and_what_is_collected_are_passed_over() -> None:
    post = analysed("t.me/this_channel t.me/collected_one t.me/new_port")
    assert keys(post, "t.me/collected_one") == ["t.me/new_port"]
    at_forum = analysed(
        "https://forum.example.org/other https://else.example.org/",
        platform="webpage",
        url="https://www.forum.example.org/t/1",
    )
    assert keys(at_forum) == ["else.example.org"]


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://t.me/s/invented_port", "telegram"),
        ("https://forum.example.org/viewtopic.php?t=5", "phpbb"),
        ("https://forum.example.org/threads/port.5/", "xenforo"),
        ("https://news.example.org/feed", "feed"),
        ("https://board.example.org/", "webpage"),
    ],
)
def test_the_parser_is_guessed_among_those_there_are(url: str, platform: str) -> None:
    assert guess_platform(url) == (platform if platform in platforms() else "webpage")
