"""Tells the page of a named person's account from its address.

To look at such a page again and again may be directed surveillance, so every look at it is
counted, by the account and not by the way it is written. Where an address could be a
person's or a group's (a screen name of VK, a page of Facebook), it counts as a person's: a
source says `person: false` when somebody has looked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

_NAME = r"[\w.-]{1,64}"
#: First parts of a path that are the network's own, not an account's.
_OWN = re.compile(
    r"about|accounts|ads|api|business|developers|directory|events|explore|feed|games|gaming|"
    r"groups|hashtag|help|home|i|images|intent|jobs|legal|live|login|marketplace|messages|"
    r"music|pages|photos|policies|privacy|public|reg|search|settings|share|sharer|sharer\.php|"
    r"signup|support|tag|tags|terms|tos|video|videos|watch"
)
_MASTODON_ACCOUNT = re.compile(rf"/@({_NAME}?)(?:@([\w.-]+))?(?:\.rss|\.json)?(?:/|$)")
_MASTODON_MORE = re.compile(
    rf"/(?:users/({_NAME}?)|api/v\d/accounts/(\d+))(?:\.rss|\.json)?(?:/|$)"
)
#: Hosts where '/@name' is a channel.
_CHANNELS = frozenset({"youtube.com", "t.me", "telegram.me"})


def visited_account(url: str, *, platform: str = "", person: bool | None = None) -> str | None:
    """The named person's account whose page this is, as 'host/name'; None if it is none.

    Args:
        url: of the page.
        platform: the parser's name, where that is known.
        person: what somebody said of the page; None: nobody did.

    >>> visited_account("https://www.tiktok.com/@Invented.Name/video/1?lang=en")
    'tiktok.com/@invented.name'
    >>> visited_account("https://vk.com/club1"), visited_account("https://board.example.org/a")
    (None, None)
    """
    if person is False:
        return None
    try:
        parts = urlsplit(url)
        host = _bare(parts.hostname or "")
    except ValueError:
        return None
    account = _account(parts, host, platform)
    if account is not None or not person:
        return account
    path = unquote(parts.path).rstrip("/").lower()
    return host + path + (f"?{parts.query}" if parts.query else "")


def _bare(host: str) -> str:
    return re.sub(r"^(?:www|m|mobile|mbasic|old|web)\.", "", host.lower())


def _account(parts: SplitResult, host: str, platform: str) -> str | None:
    find = _FINDERS.get(host)
    if find is not None:
        return find(parts)
    if "/xrpc/app.bsky." in parts.path:
        return _bluesky(parts)
    if host in _CHANNELS:
        return None
    match = _MASTODON_ACCOUNT.match(unquote(parts.path))
    if match:
        return f"{_bare(match[2] or host)}/@{match[1].lower()}"
    more = _MASTODON_MORE.match(parts.path) if platform == "mastodon" else None
    if more:
        return f"{host}/@{more[1].lower()}" if more[1] else f"{host}/accounts/{more[2]}"
    return None


def _first(parts: SplitResult) -> list[str]:
    return [part.lower() for part in unquote(parts.path).split("/") if part]


def _named(host: str) -> Callable[[SplitResult], str | None]:
    """Of a network whose accounts stand first in the path."""

    def find(parts: SplitResult) -> str | None:
        names = _first(parts)
        if names and names[0] == "stories":
            names = names[1:]
        if not names or _OWN.fullmatch(names[0]) or not re.fullmatch(f"@?{_NAME}", names[0]):
            return None
        return f"{host}/{names[0]}"

    return find


def _after(host: str, *words: str) -> Callable[[SplitResult], str | None]:
    """Of a network whose accounts stand after a word of the path."""

    def find(parts: SplitResult) -> str | None:
        names = _first(parts)
        return f"{host}/{words[0]}/{names[1]}" if len(names) > 1 and names[0] in words else None

    return find


def _tiktok(parts: SplitResult) -> str | None:
    names = _first(parts)
    return f"tiktok.com/{names[0]}" if names and names[0].startswith("@") else None


def _instagram(parts: SplitResult) -> str | None:
    names = _first(parts)
    if names and names[0] in {"p", "reel", "reels", "tv"}:
        return None  # one post: whose it is, the address does not say
    return _named("instagram.com")(parts)


def _facebook(parts: SplitResult) -> str | None:
    names = _first(parts)
    if names and names[0] in {"profile.php", "story.php", "permalink.php"}:
        found = parse_qs(parts.query).get("id")
        return f"facebook.com/{found[0]}" if found else None
    if names and names[0] == "people":
        return f"facebook.com/{names[2]}" if len(names) > 2 else None
    return _named("facebook.com")(parts)


def _vk(parts: SplitResult) -> str | None:
    names = _first(parts)
    if not names:
        return None
    wall = re.match(r"wall(-?\d+)", names[0])
    if wall:
        return None if wall[1].startswith("-") else f"vk.com/id{wall[1]}"
    if re.fullmatch(r"(?:club|public|event)\d+", names[0]):
        return None
    return _named("vk.com")(parts)


def _bluesky(parts: SplitResult) -> str | None:
    names = _first(parts)
    if len(names) > 1 and names[0] == "profile":
        return f"bsky.app/{names[1]}"
    actor = parse_qs(parts.query).get("actor")
    return f"bsky.app/{actor[0].lower()}" if actor and "/xrpc/" in parts.path else None


_X = _named("x.com")
_VK_HOSTS = dict.fromkeys(("vk.com", "vk.ru", "vkontakte.ru"), _vk)
_FINDERS: dict[str, Callable[[SplitResult], str | None]] = {
    "tiktok.com": _tiktok,
    "instagram.com": _instagram,
    "facebook.com": _facebook,
    "fb.com": _facebook,
    "x.com": _X,
    "twitter.com": _X,
    "threads.net": _named("threads.net"),
    "threads.com": _named("threads.net"),
    "bsky.app": _bluesky,
    "reddit.com": _after("reddit.com", "user", "u"),
    "snapchat.com": _after("snapchat.com", "add", "p"),
    "ok.ru": _after("ok.ru", "profile"),
    **_VK_HOSTS,
}
