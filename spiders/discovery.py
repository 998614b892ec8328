"""Finds the channels, groups and sites that an offer names. Pure: nothing is fetched.

A place has one key for all the ways to write its address, so that it is one candidate
however often and by whomever it is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from crawler.types import AnalysedPost, Contact, Sighting
from spiders.handles import find_handle
from spiders.persons import visited_account
from spiders.sites import FALLBACK, platforms

_TELEGRAM = frozenset({"t.me", "telegram.me", "telegram.dog"})
_TELEGRAM_NAME = re.compile(r"[A-Za-z]\w{3,31}", re.ASCII)
#: Telegram's own first parts of a path: they lead to no channel.
_TELEGRAM_OWN = re.compile(
    r"share|addstickers|addemoji|addtheme|proxy|socks|login|iv|setlanguage|bg|confirmphone|"
    r"contact|invoice|giftcode|boost|c|a|k|m|i|img"
)
#: Hosts whose links lead into groups that nobody enters unasked.
_INVITES = frozenset({"chat.whatsapp.com", "discord.gg", "signal.group", "invite.viber.com"})
#: Hosts whose links are ways to reach somebody, maps and shops: no places to collect from.
_NO_PLACES = re.compile(
    r"wa\.me|(?:api\.|web\.)?whatsapp\.com|(?:\w+\.)?viber\.com|signal\.(?:me|org)|m\.me|"
    r"line\.me|zalo\.me|imo\.im|join\.skype\.com|telegram\.org|telesco\.pe|goo\.gl|youtu\.be|"
    r"maps\.app\.goo\.gl|maps\.google\.[a-z.]+|google\.[a-z.]+|(?:play|apps)\.google\.com|"
    r"apps\.apple\.com"
)
#: Hosts that hold many places, each in the first parts of the path; other pages of theirs
#: do not say where they belong.
_MANY: dict[str, str] = {
    "youtube.com": r"/(@[^/]+|(?:channel|c|user)/[^/]+)",
    "reddit.com": r"/(r/\w+)",
    "facebook.com": r"/(groups/[^/]+)",
    "vk.com": r"/((?:club|public|event)\d+)",
    "vk.ru": r"/((?:club|public|event)\d+)",
    "whatsapp.com": r"/(channel/\w+)",
    "discord.com": r"/(invite/\w+)",
    "bit.ly": r"/(\w+)",
    "tinyurl.com": r"/([\w-]+)",
    "linktr.ee": r"/([\w.-]+)",
    "tiktok.com": r"/(tag/[^/]+)",
    "instagram.com": r"/(explore/tags/[^/]+)",
    "x.com": r"/(hashtag/[^/]+)",
    "twitter.com": r"/(hashtag/[^/]+)",
    "bsky.app": r"/(hashtag/[^/]+)",
}
_PROFILES = {
    "instagram": "https://instagram.com/{}",
    "tiktok": "https://www.tiktok.com/@{}",
    "vk": "https://vk.com/{}",
    "facebook": "https://www.facebook.com/{}",
    "telegram": "https://t.me/{}",
}
_ADDRESS = re.compile(
    r"(?:https?://|tg://resolve\?domain=|(?<![\w.-])(?:t|telegram)\.me/)[^\s<>\"'()\[\]{}|\\^`]+",
    re.IGNORECASE,
)
#: What an address looks like on the platforms that can be told by it.
_SHAPES = (
    ("telegram", re.compile(r"https?://(?:t|telegram)\.me/s/")),
    ("reddit", re.compile(r"https?://(?:\w+\.)?reddit\.com/")),
    ("vk", re.compile(r"https?://(?:\w+\.)?vk\.(?:com|ru)/")),
    ("bluesky", re.compile(r"https?://bsky\.app/|/xrpc/app\.bsky\.")),
    (
        "mastodon",
        re.compile(r"https?://[^/]+/@[\w.-]+(?:@[\w.-]+)?/?$|/api/v\d/(?:accounts|timel)"),
    ),
    ("phpbb", re.compile(r"/view(?:topic|forum)\.php")),
    ("vbulletin", re.compile(r"/show(?:thread|post)\.php|/forumdisplay\.php\?f")),
    ("mybb", re.compile(r"/(?:thread|forum)-\d+.*\.html|/showthread\.php\?tid=")),
    ("smf", re.compile(r"/index\.php\?(?:topic|board)=")),
    ("xenforo", re.compile(r"/(?:threads|forums)/[^/]*\.\d+")),
    ("feed", re.compile(r"(?:\.(?:rss|atom|xml)|/feed/?|/rss/?|feed\.json)(?:$|\?)")),
)


def find_place(url: str) -> Sighting | None:
    """The place an address belongs to; None when it is no place to collect from.

    >>> find_place("HTTPS://t.me/Invented_Port/15?single").key
    't.me/invented_port'
    >>> find_place("www.board.example.org/viewtopic.php?t=5").key
    'board.example.org'
    >>> find_place("https://wa.me/447700900123") is None
    True
    """
    url = url.strip().rstrip(".,;:!?…»”'\"")
    if url.lower().startswith("tg://"):
        domain = parse_qs(urlsplit(url).query).get("domain", [""])[0]
        url = f"https://t.me/{domain}"
    if "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or "." not in host:
        return None
    path = unquote(parts.path)
    if host in _TELEGRAM:
        return _telegram(path)
    if host.endswith(".t.me"):
        return _telegram(f"/{host.removesuffix('.t.me')}")
    if host in _INVITES:
        code = path.strip("/").split("/")[0]
        return Sighting(f"{host}/{code}", "invite", f"https://{host}/{code}") if code else None
    account = visited_account(url)
    if account is not None:
        return Sighting(account, "account", f"https://{account}")
    bare = re.sub(r"^(?:m|old|mobile|mbasic|web)\.", "", host)
    if bare in _MANY:
        return _one_of_many(bare, path)
    if _NO_PLACES.fullmatch(host):
        return None
    return Sighting(host if port is None else f"{host}:{port}", "site", url)


def _telegram(path: str) -> Sighting | None:
    names = [part for part in path.split("/") if part]
    if names[:1] == ["s"]:
        names = names[1:]
    if not names:
        return None
    first = names[0]
    if first.startswith("+") or (first in {"joinchat", "addlist"} and len(names) > 1):
        code = first if first.startswith("+") else f"{first}/{names[1]}"
        # A telephone number after the plus is a person, not a group.
        if re.fullmatch(r"\+\d+", code):
            return None
        return Sighting(f"t.me/{code}", "invite", f"https://t.me/{code}")
    name = first.removeprefix("@").lower()
    if not _TELEGRAM_NAME.fullmatch(name) or _TELEGRAM_OWN.fullmatch(name):
        return None
    return Sighting(f"t.me/{name}", "channel", f"https://t.me/s/{name}")


def _one_of_many(host: str, path: str) -> Sighting | None:
    match = re.match(_MANY[host], path, re.IGNORECASE)
    if match is None:
        return None
    # Short links and YouTube's ids are told apart by case.
    kept = match[1] if host in {"bit.ly", "tinyurl.com", "youtube.com", "whatsapp.com"} else None
    key = f"{host}/{kept or match[1].lower()}"
    return Sighting(key, "invite" if host == "discord.com" else "site", f"https://{key}")


def find_sightings(analysed: AnalysedPost, collected: frozenset[str]) -> tuple[Sighting, ...]:
    """The places an offer names, each once; none for a post that is not judged an offer.

    Args:
        analysed: the post and what was read from it.
        collected: the keys of places that are sources already.
    """
    if not analysed.advert.judgement.is_offer:
        return ()
    post = analysed.post
    own = find_place(post.url) if post.url else None
    passed_over = collected | ({own.key} if own else set())
    found: dict[str, Sighting] = {}
    for url in _addresses(analysed):
        place = find_place(url)
        if place is not None and place.key not in passed_over:
            found.setdefault(place.key, place)
    return tuple(found.values())


def _addresses(analysed: AnalysedPost) -> Iterator[str]:
    post = analysed.post
    yield from post.links
    forwarded = post.forwarded_from or ""
    if post.platform == "telegram" and (handle := find_handle(forwarded)):
        yield _PROFILES["telegram"].format(handle)
    for text in (post.text, forwarded):
        yield from _ADDRESS.findall(text)
    for mention in analysed.advert.mentions:
        if not isinstance(mention.value, Contact):
            continue
        contact = mention.value
        if contact.type == "url":
            yield contact.value
        # A bare '@name' in a post of Telegram is a name of Telegram.
        kind = contact.type
        if kind == "handle" and post.platform == "telegram":
            kind = "telegram"
        if kind in _PROFILES and not contact.value.startswith("+"):
            yield _PROFILES[kind].format(contact.value)


def guess_platform(url: str) -> str:
    """The parser that an address looks made for, of those there are; else the fallback."""
    known = platforms()
    for platform, shape in _SHAPES:
        if platform in known and shape.search(url):
            return platform
    return FALLBACK
