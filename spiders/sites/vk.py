"""VK: the wall of a community or a person, single posts with their replies.

Three layouts are known: that of 2012, whose posts are tables, that of 2016 and later
(`.wall_post_text`, `.post_date`, later `.PostHeader…`), and that of the mobile pages.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from lxml.etree import _Element

from crawler.errors import LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_page import page_times
from spiders.html5 import parse_html5
from spiders.html_text import html_text
from spiders.json_page import as_parsed, strings
from spiders.post_body import Body, BodyMarkup, find_media, read_body
from spiders.posted_time import PostedTimes, read_machine_time, zone_named
from spiders.selection import absolute_address, find_all, find_each, find_first, find_value
from spiders.walls import find_wall

if TYPE_CHECKING:
    from spiders.source import Source

#: Posts and replies; a reply lies inside its post.
_ENTRIES = (
    "[id^='post-'], [id^='post'].post, .reply[data-post-id], .reply[id]",
    ".wall_item",
    "[data-post-id]",
    ".Post[data-id]",
)
_ID = re.compile(r"(?:^|post|reply|wall|[^\d-])(-?\d+_\d+)(?:$|[^\d_])")
_BODIES = (
    ".wall_reply_text",
    ".wall_post_text",
    ".reply_text .wall_reply_text",
    "[class*='vkitPostText__root']",
    "[class*='PostText'] [data-testid='post_text']",
    "[data-testid='showmoretext']",
    ".pi_text",
    ".ReplyItem__body",
    ".reply_text",
)
_AUTHORS = (
    ".PostHeaderTitle__authorName",
    ".PostHeaderTitle__authorLink",
    "[class*='vkitPostHeader'] [class*='Title'] a",
    "h5.post_author a.author",
    ".post_author a",
    ".reply_author a.author",
    ".reply_author a",
    "a.author",
    ".pi_author",
    ".ReplyItem__name",
    "[data-testid='post_author_name']",
)
_TIMES = (
    ".PostHeaderSubtitle__item time",
    "time.PostHeaderSubtitle__item",
    "a.PostHeaderSubtitle__link",
    ".PostHeaderSubtitle__item .rel_date",
    ".post_date .rel_date",
    ".post_link .rel_date",
    ".reply_date .rel_date",
    ".rel_date",
    "[data-testid='post_date_block_preview']",
    "time",
    ".wi_date",
    ".item_date",
    ".ReplyItem__date",
    ".reply_date",
    ".post_date",
)
_QUOTES = (
    ".copy_quote",
    ".published_by_quote",
    ".pic_body .wall_text_name_explain_promoted_post",
    "[class*='CopyQuote']",
    ".pi_body .pi_quote",
)
_QUOTE_AUTHORS = (".copy_author", ".published_by", "[class*='CopyQuote'] a", ".pi_author")
_BODY = BodyMarkup(
    quotes=(),
    dropped=(
        ".wall_post_more",
        ".PostTextMore",
        ".pi_text_more",
        ".wall_reply_more",
        "button",
        ".post_media",
        ".media_desc",
        ".page_post_sized_thumbs",
        ".copy_quote",
        ".author",
    ),
)
_MEDIA = (
    ".page_post_sized_thumbs",
    ".post_media",
    ".wall_post_media",
    ".PrimaryAttachment",
    ".SecondaryAttachment",
    ".MediaGrid",
    "[class*='vkitMediaGrid']",
    ".medias_thumbs",
    ".thumbs_map_wrap",
    ".reply_media",
)
_ADDRESS_OF_POST = re.compile(r"/wall-?\d+_\d+")
_CARDS = (".page_media_link_title", ".media_desc a.lnk", ".media_link__title")
_BACKGROUND = re.compile(r"background-image:\s*url\(['\"]?([^'\")]+)")
_NEXT = ("a.pg_link_next", "a.show_more", ".pg_lnk_sel + a", "a.pg_lnk.pg_lnk_next")
_ON_WALL = ("#page_wall_posts", ".wall_module", "#wall_posts", ".wall_posts", ".page_wall_posts")
_CLOSED = (
    ".message_page_body",
    ".service_msg",
    ".group_closed_access_alert",
    ".profile_closed_wall_dummy",
)
_POLL = (".page_media_poll_title, .page_poll_text", ".MediaPoll__question, .PollOption__text")
_CONTENT = ("#content", "#page_body", "#wrap3")
_MEMBERS = re.compile(r"авториз|войдите|зарегистр|log in|sign in|sign up", re.IGNORECASE)
_LOGIN = ("#login_form_wrap", "form#quick_login_form", "form[action*='login.vk.com']")
#: What a visitor's page is in, unless it says another zone.
_ZONE = "Europe/Moscow"


def recognises(page: Page) -> int:
    """How many signs of VK the page has."""
    host = urlsplit(page.url).hostname or ""
    there = 4 if re.search(r"(?:^|\.)(?:vk\.com|vk\.ru|vkontakte\.ru)$", host) else 0
    body = page.body
    signs = (
        b"wall_post_text",
        b"page_wall_posts",
        b"rel_date",
        b"wall_text",
        b"PostHeaderTitle__",
        b"PostHeaderSubtitle__",
        b"wall_reply_text",
        b"/away.php?to=",
        b"vkitPost",
        b"vk.com/",
        b"userapi.com",
    )
    found = sum(sign in body for sign in signs)
    return there + (found if there or found >= 3 else 0)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts and replies of a wall; what a repost repeats is kept apart as quoted.

    Times in words are read in Moscow's time, unless the source names a time zone.

    Raises:
        LayoutChanged: none of the layouts that are known.
        LoginRequired: the wall is not shown to visitors.
    """
    root = parse_html5(page)
    posts = _Wall(root, page.url, _times(root, page, source)).read()
    following = [
        address
        for anchor in find_all(root, _NEXT)[:1]
        if (address := absolute_address(anchor.get("href"), page.url))
    ]
    if posts:
        if not any(post.author or post.posted_text for post in posts):
            sought = ", ".join((*_AUTHORS[:3], *_TIMES[:3]))
            raise LayoutChanged(page.url, f"posts without author and time: looked for {sought} …")
        return as_parsed(posts, following, empty="")
    return _without_posts(root, page)


def _times(root: _Element, page: Page, source: Source | None) -> PostedTimes:
    if source is not None and source.time_zone:
        return page_times(root, page, source)
    # Russian words are read on pages in other languages too.
    said = root.get("lang") or root.get("xml:lang") or "ru"
    hints = [*(source.languages if source is not None else ()), said, "ru"]
    zone = zone_named(_ZONE)
    assert zone is not None  # noqa: S101 - a zone of the time zone database
    return PostedTimes(now=page.fetched_at, languages=hints, zone=zone)


def _without_posts(root: _Element, page: Page) -> Parsed:
    box = find_first(root, _CLOSED)
    words = " ".join(html_text(box).split())[:200] if box is not None else ""
    content = find_first(root, _CONTENT)
    said = html_text(content) if content is not None else ""
    alone = content is None or not said or _MEMBERS.search(said) is not None
    if alone and find_first(root, _LOGIN) is not None and find_first(root, _ON_WALL) is None:
        raise LoginRequired(page.url, words or "the wall is shown to members of VK only")
    if words:
        return Parsed(outcome=Outcome.GONE, detail=f"VK says: {words}")
    if find_first(root, _ON_WALL) is not None:
        return Parsed(outcome=Outcome.EMPTY, detail="there is no post on the wall")
    wall = find_wall(root)
    if wall is not None and (alone or wall[0] is Outcome.BLOCKED):
        return Parsed(outcome=wall[0], detail=wall[1])
    raise LayoutChanged(page.url, f"not a wall of VK: looked for {'; '.join(_ENTRIES)}")


class _Wall:
    """Reads the entries of one page."""

    def __init__(self, root: _Element, base: str, times: PostedTimes) -> None:
        self._base = base
        self._times = times
        self._numbers = _numbered(root)
        self._quotes = frozenset(find_each(root, _QUOTES))
        self._owners = self._owned(root)
        self._root = root
        #: what a selector finds on the page, by the entry that it belongs to
        self._found: dict[str, dict[_Element, list[_Element]]] = {}
        self._outermost: dict[_Element, list[_Element]] = {}  #: reposts, by their entry
        for quote in find_each(root, _QUOTES):
            if self._quotes.isdisjoint(quote.iterancestors()):
                entry = next((one for one in quote.iterancestors() if one in self._numbers), None)
                if entry is not None:
                    self._outermost.setdefault(entry, []).append(quote)

    def read(self) -> list[ParsedPost]:
        """The posts and replies, in the order of the page."""
        return [self._post(entry) for entry in self._numbers if self._is_whole(entry)]

    def _is_whole(self, entry: _Element) -> bool:
        """Whether it is a post, not a button or a box that carries its number."""
        return bool(self._own(entry, _TIMES)) and bool(
            self._own(entry, _BODIES) or self._own(entry, _AUTHORS) or self._own(entry, _MEDIA)
        )

    def _owned(self, root: _Element) -> dict[_Element, _Element | None]:
        """The entry each element belongs to; none inside reposts and outside of entries.

        Told once for the page: hostile ones nest thousands of posts.
        """
        owners: dict[_Element, _Element | None] = {}
        for element in root.iter():  # in the order of the page: outer ones first
            outer = element.getparent()
            if outer is None or element in self._numbers or element in self._quotes:
                owners[element] = None
            elif outer in self._numbers:
                owners[element] = outer
            else:
                owners[element] = owners[outer]
        return owners

    def _of(self, entry: _Element, selector: str) -> list[_Element]:
        """What a selector finds in an entry, outside of replies and reposts."""
        found = self._found.get(selector)
        if found is None:
            found = self._found[selector] = {}
            for element in find_all(self._root, (selector,)):
                owner = self._owners[element]
                if owner is not None:
                    found.setdefault(owner, []).append(element)
        return found.get(entry, [])

    def _own(self, entry: _Element, selectors: Iterable[str]) -> list[_Element]:
        """What the first selector that finds anything finds."""
        return next((found for one in selectors if (found := self._of(entry, one))), [])

    def _each(self, entry: _Element, selectors: Iterable[str]) -> list[_Element]:
        """What any of the selectors finds, each element once."""
        return list(dict.fromkeys(found for one in selectors for found in self._of(entry, one)))

    def _post(self, entry: _Element) -> ParsedPost:
        number = self._numbers[entry]
        owner, _, own_number = number.partition("_")
        parent = self._parent(entry)
        authors = self._own(entry, _AUTHORS)
        printed, moment = self._time(entry)
        body = next((_read_text(one, self._base) for one in self._own(entry, _BODIES)), Body(""))
        poll = [_line(one) for one in self._each(entry, _POLL)]
        quotes = self._outermost.get(entry, [])
        origin = next((find_value(quote, _QUOTE_AUTHORS) for quote in quotes), None)
        # The layout of 2012 shows a repost as the post itself, below the name of its author.
        origin = origin or next((_line(one) for one in self._own(entry, (".published_by",))), None)
        shown = self._each(entry, _MEDIA)
        cards = self._each(entry, _CARDS)
        card_links = (absolute_address(card.get("href"), self._base) for card in cards)
        club = f"club{owner[1:]}" if owner.startswith("-") and parent is None else None
        address = f"{parent}?reply={own_number}" if parent else number
        return ParsedPost(
            site_id=number,
            text="\n\n".join(part for part in (body.text, "\n".join(poll)) if part),
            url=f"https://vk.com/wall{address}",
            author=next((words for one in authors if (words := _line(one))), None),
            author_handle=_handle(authors) or club,
            posted_at=moment,
            posted_text=printed,
            forwarded_from=" ".join(origin.split()) if origin else None,
            reply_to=parent,
            quoted=tuple(text for quote in quotes if (text := _quote_text(quote, self._base))),
            media=strings(
                [*find_media(shown, self._base), *_backgrounds(shown, self._base), *body.media]
            ),
            links=strings(_shown_address(link) for link in [*body.links, *card_links] if link),
        )

    def _parent(self, entry: _Element) -> str | None:
        """The number of the post that a reply answers."""
        for outer in entry.iterancestors():
            if outer in self._numbers:
                return self._numbers[outer]
            if match := re.fullmatch(r"replies(-?\d+_\d+)", outer.get("id") or ""):
                return match[1]
        return None

    def _time(self, entry: _Element) -> tuple[str | None, datetime | None]:
        first: str | None = None
        for element in [one for selector in _TIMES for one in self._own(entry, (selector,))]:
            inner = find_first(element, ("[time]", "[abs_time]", "time[datetime]"))
            holder = inner if inner is not None else element
            printed = holder.get("abs_time") or _line(holder)
            first = first or printed or None
            for value in (holder.get("time"), holder.get("datetime"), holder.get("data-date")):
                moment = read_machine_time(value)
                if moment is not None:
                    return printed, moment
            moment = self._times.read(printed) or self._times.read(_line(holder))
            if moment is not None:
                return printed, moment
        return first, None


def _numbered(root: _Element) -> dict[_Element, str]:
    """Posts and replies with their numbers, each number once, in the order of the page."""
    found: dict[str, _Element] = {}
    order = {element: place for place, element in enumerate(root.iter())}
    for element in sorted(find_each(root, _ENTRIES), key=lambda element: order[element]):
        values = [element.get(name) or "" for name in ("data-post-id", "id", "data-id")]
        match = next((match for value in values if (match := _ID.search(value))), None)
        if match is None:
            named = find_value(element, ("a[name^='wall']@name", "a[name^='post']@name"))
            match = _ID.search(named or "")
        if match is not None:
            found.setdefault(match[1], element)
    return {element: number for number, element in found.items()}


def _handle(authors: Iterable[_Element]) -> str | None:
    for one in authors:
        link = one if one.tag == "a" else next(one.iterancestors("a"), None)
        link = link if link is not None else next(one.iter("a"), None)
        path = urlsplit(link.get("href") or "").path if link is not None else ""
        if path.strip("/") and not _ADDRESS_OF_POST.match(path):
            return path.strip("/").split("/")[0].lower()
    return None


def _read_text(element: _Element, base: str) -> Body:
    """The words of an entry; of a long one all of them, and its beginning once."""
    body = copy.deepcopy(element)
    body.tail = None
    for button in find_each(body, (".wall_post_more", ".PostTextMore")):
        short, whole = button.getprevious(), button.getnext()
        if short is not None and whole is not None:
            beginning, words = html_text(short), html_text(whole)
            if beginning and words.startswith(beginning):
                short.clear()
    return read_body(body, base, _BODY)


def _quote_text(quote: _Element, base: str) -> str:
    body = find_first(quote, (".wall_post_text", ".copy_post_text", *_BODIES))
    return _read_text(body, base).text if body is not None else ""


def _line(element: _Element) -> str:
    return " ".join(html_text(element).split())


def _backgrounds(shown: Iterable[_Element], base: str) -> list[str | None]:
    """Pictures that the layout of 2016 shows as backgrounds."""
    found = []
    for one in shown:
        for element in one.iter():
            if isinstance(element.tag, str) and (style := element.get("style")):
                match = _BACKGROUND.search(style)
                found.append(absolute_address(match[1], base) if match else None)
    return found


def _shown_address(link: str) -> str:
    """The address that VK's own one hides."""
    parts = urlsplit(link)
    target = parse_qs(parts.query).get("to") if "away.php" in parts.path else None
    return target[0] if target else link
