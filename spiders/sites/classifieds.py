"""Sites of small ads: an ad or a list of ads, and sitemaps that lead to them.

What the source's selectors find comes first; without selectors, what the page says for
machines (JSON-LD, microdata, OpenGraph) with the words of the ad beside it.
"""

from __future__ import annotations

import html
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from lxml.etree import _Element

from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_page import page_times
from spiders.handles import find_handle
from spiders.html5 import parse_html5
from spiders.html_text import html_fragment_text, html_text
from spiders.json_page import as_parsed, strings
from spiders.linked_data import linked_things, types_of, values_of, words_of
from spiders.posted_time import PostedTimes, read_machine_time
from spiders.selection import absolute_address, base_address, find_all, find_first, find_value
from spiders.sitemap import is_sitemap, read_sitemap
from spiders.sites import webpage
from spiders.walls import find_wall

if TYPE_CHECKING:
    from spiders.source import Source

#: Types of schema.org that ads are described as; the first of a page's that is found decides.
_ADS = frozenset(
    re.findall(
        r"\S+",
        "Product IndividualProduct ProductModel SomeProducts Vehicle Car Motorcycle BusOrCoach "
        "MotorizedBicycle Offer OfferForPurchase OfferForLease Demand JobPosting ClassifiedAd "
        "RealEstateListing Apartment House SingleFamilyResidence Residence Accommodation Room "
        "FlatOrSuite LodgingBusiness Service Trip TouristTrip BoatTrip BusTrip Flight Event Course",
    )
)
#: Things beside an ad that may hold its words when the ad itself is only a price.
_ABOUT = frozenset({"Place", "WebPage", "ItemPage", "Residence", "Apartment", "House"})
_SELLERS = ("seller", "offeredBy", "hiringOrganization", "provider", "author", "agent", "vendor")
_DATES = (
    "datePosted",
    "datePublished",
    "dateCreated",
    "uploadDate",
    "availabilityStarts",
    "validFrom",
    "releaseDate",
)
_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")
_PLACES = ("jobLocation", "availableAtOrFrom", "areaServed", "address", "location", "itemOffered")
#: Where sites print what they do not say for machines, by the names that many give it.
_SELLER_NAMES = (
    "[itemprop='seller'] [itemprop='name']",
    "[data-testid='user-profile-user-name']",
    "[data-testid*='seller-name']",
    "[data-qa='seller-name']",
    "[class*='seller-name']",
    "[class*='seller__name']",
    "[class*='sellerName']",
    "[class*='SellerName']",
    "[class*='advertiser-name']",
    "[class*='user-name']",
    "[class*='userName']",
    ".ad-author",
    "a[rel='author']",
)
_PRINTED_TIMES = (
    "[itemprop='datePosted']",
    "[itemprop='datePublished']",
    "[data-testid='ad-posted-at']",
    "[class*='posted'] time",
    "time[datetime]",
    "[class*='date-posted']",
    "[class*='posted-date']",
    "[class*='publication-date']",
    "[class*='publishDate']",
)
_DATE_IN_SCRIPT = re.compile(
    r'\\?"(?:datePosted|datePublished|dateCreated|createdTime|created_?[aA]t|firstPublished'
    r'(?:At)?|publishedAt|first_publication_date)\\?"\s*:\s*\\?"'
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)\\?\""
)
_NEXT = (
    "link[rel~='next']",
    "a[rel~='next']",
    "[data-testid='pagination-forward']",
    ".pagination .next a",
    "li.next a",
    "a.next",
    ".pagination-next a",
)
_HEAD = 40  #: characters by which the words of an ad are recognised on its page
_CUT = ("...", "…")
#: Elements that may begin an ad's words, and how far above them the whole is looked for.
_MOST_CANDIDATES, _HIGHEST = 20, 5


def recognises(page: Page) -> int:
    """How many signs of an ad or a sitemap the page has."""
    body = page.body
    if is_sitemap(page):
        return 6
    if body.lstrip()[:1] in {b"{", b"["}:
        return 0
    kinds = ("Product", "Offer", "JobPosting", "RealEstateListing", "Vehicle", "Car", "Apartment")
    names = [rf'"@type"\s*:\s*\[?\s*"{kind}"|schema\.org/{kind}["\'\s]' for kind in kinds]
    return 2 if re.search("|".join(names).encode(), body) else 0


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The ads of a page; of a sitemap, the addresses as links, newest first.

    The sitemaps that an index lists are its next pages.
    """
    if is_sitemap(page):
        return read_sitemap(page)
    if source is not None and source.selectors is not None:
        return webpage.parse(page, source)
    root = parse_html5(page)
    base = base_address(root, page.url)
    times = page_times(root, page, source)
    anchors = (absolute_address(anchor.get("href"), base) for anchor in root.iter("a"))
    links = [link for link in anchors if link]
    following = [
        address
        for anchor in find_all(root, _NEXT)[:1]
        if (address := absolute_address(anchor.get("href"), base)) and address != page.url
    ]
    things = linked_things(root)
    ads = [thing for thing in things if types_of(thing) & _ADS]
    listed = [ad for ad in ads if words_of(ad, "url", "@id") and words_of(ad, "name", "title")]
    addresses = {absolute_address(words_of(ad, "url", "@id"), base) for ad in listed}
    if len(addresses) > 1 and page.url not in addresses:
        posts = [_of_list(ad, base, times) for ad in listed]
        return as_parsed(posts, following, links, empty="")
    post = _single(root, page, base, times, things, ads)
    if post is not None:
        return as_parsed([post], following, links, empty="")
    wall = find_wall(root)
    if wall is not None:
        return Parsed(outcome=wall[0], detail=wall[1])
    if links:
        return Parsed(next_pages=tuple(following), links=tuple(dict.fromkeys(links)))
    detail = "neither an ad (JSON-LD, microdata, og:title), nor links, nor a sitemap"
    return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)


def _of_list(ad: dict[str, Any], base: str, times: PostedTimes) -> ParsedPost:
    url = absolute_address(words_of(ad, "url", "@id"), base) or base
    author, printed = _seller(ad), _date(ad)
    return ParsedPost(
        site_id=_identity(ad) or url,
        text=_text(words_of(ad, "name", "title"), _description(ad), [ad]),
        url=url,
        author=author,
        author_handle=find_handle(author),
        posted_at=read_machine_time(printed) or times.read(printed),
        posted_text=printed,
        media=_pictures([ad], base),
    )


def _single(
    root: _Element,
    page: Page,
    base: str,
    times: PostedTimes,
    things: list[dict[str, Any]],
    ads: list[dict[str, Any]],
) -> ParsedPost | None:
    """The ad that the page is about."""
    graph = _open_graph(root)
    # Other ads of the page ('similar offers') are described after its own, or not at all.
    here = {page.url, absolute_address(graph.get("og:url"), base)}
    named = [ad for ad in ads if absolute_address(words_of(ad, "url"), base) in here]
    main = (named or ads)[:1]
    about = [*main, *(offer for ad in main for offer in values_of(ad, "offers", "itemOffered"))]
    about += [ad for ad in ads[1:] if types_of(ad) & {"Offer", "AggregateOffer"}][:1]
    about += [thing for thing in things if types_of(thing) & _ABOUT and thing not in main]
    described = [thing for thing in about if isinstance(thing, dict)]
    if not main and not graph.get("og:title"):
        return None
    name = next((name for one in described if (name := words_of(one, "name", "title"))), "")
    heading = find_first(root, ("h1",))
    shown = " ".join(html_text(heading).split()) if heading is not None else ""
    title = name or shown or graph.get("og:title", "")
    words = max((_description(one) for one in described), key=len, default="")
    summary = graph.get("og:description", "") or graph.get("description", "")
    words = _whole_words(root, words, summary) or words or summary
    if not title and not words:
        return None
    author = next((seller for one in described if (seller := _seller(one))), None)
    author = author or find_value(root, _SELLER_NAMES)
    author = " ".join(author.split()) if author else None
    printed, moment = _posted(root, page, described, times)
    own = next((absolute_address(words_of(one, "url"), base) for one in main), None)
    canonical = find_value(root, ("link[rel='canonical']@href", "meta[property='og:url']@content"))
    url = absolute_address(canonical, base) or own or page.url
    pictures = _pictures(described, base)
    images = (element.get("content") for element in find_all(root, ("meta[property='og:image']",)))
    return ParsedPost(
        site_id=next((found for one in main if (found := _identity(one))), None)
        or urldefrag(url).url,
        text=_text(title, words, described),
        url=url,
        author=author,
        author_handle=find_handle(author),
        posted_at=moment,
        posted_text=printed,
        media=strings([*pictures, *(absolute_address(image, base) for image in images)]),
    )


def _whole_words(root: _Element, words: str, summary: str) -> str:
    """The ad's own words from the page, where what is said for machines is cut.

    They are recognised by their beginning: the smallest element that holds it.
    """
    known = words if len(words) >= len(summary) else summary
    head = _bare(known.rstrip("".join(_CUT)))[:_HEAD]
    if len(head) < _HEAD // 2:
        return ""
    best = _element_text(root, head, len(_bare(known)))
    # Numbers that the page shows only after a click are often said for machines whole.
    whole = [
        one
        for one in (best, words, summary)
        if _bare(one).startswith(head) and not one.endswith(_CUT)
    ]
    return max(whole, key=lambda one: (_digits(one), len(one)), default=words)


def _element_text(root: _Element, head: str, least: int) -> str:
    """The text of the smallest element that begins with `head` and is not shorter."""
    candidates = 0
    for element in root.iter():
        start = _bare((element.text or "")[:200]) if isinstance(element.tag, str) else ""
        if len(start) < 3 or not (start.startswith(head) or head.startswith(start)):
            continue
        candidates += 1
        if candidates > _MOST_CANDIDATES:
            break
        for node in islice(chain((element,), element.iterancestors()), _HIGHEST):
            text = html_text(node)
            # What goes on far beyond is not the ad alone.
            bare = _bare(text[: 30 * max(least, 200)])
            if bare.startswith(head) and least <= len(bare) <= 20 * max(least, 200):
                return text
    return ""


def _digits(text: str) -> int:
    return sum(character.isdecimal() for character in text)


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _text(title: str, words: str, described: list[dict[str, Any]]) -> str:
    """Title, words, and the price and place that are said for machines only."""
    parts = [title] if title and not words.startswith(title) else []
    parts.append(words)
    said = " ".join(parts)
    facts = []
    for one in described:
        if (price := _price(one)) and _bare(price.split()[0]) not in _bare(said):
            facts.append(price)
        place = _place(one)
        if place and place not in said:
            facts.append(place)
    parts.append("\n".join(dict.fromkeys(facts)))
    return "\n\n".join(part for part in parts if part)


def _price(thing: dict[str, Any]) -> str:
    for one in [*values_of(thing, "offers"), thing]:
        spec: Any = next(iter(values_of(one, "priceSpecification", "baseSalary", "value")), {})
        holder: Any
        for holder in (one, spec, next(iter(values_of(spec, "value")), {})):
            if not isinstance(holder, dict):
                continue
            amount = words_of(holder, "price", "lowPrice", "minPrice", "value", "minValue")
            most = words_of(holder, "highPrice", "maxPrice", "maxValue")
            currency = words_of(holder, "priceCurrency", "currency")
            currency = currency or words_of(one, "priceCurrency", "currency")
            currency = currency or words_of(spec, "currency", "priceCurrency")
            if amount and any(character.isdecimal() for character in amount):
                span = f"{amount}-{most}" if most and most != amount else amount
                return f"{span} {currency}".strip()
    return ""


def _place(thing: dict[str, Any]) -> str:
    for place in values_of(thing, *_PLACES):
        address = next(iter(values_of(place, "address")), place)
        if isinstance(address, str):
            return " ".join(address.split())
        names = (
            "streetAddress",
            "postalCode",
            "addressLocality",
            "addressRegion",
            "addressCountry",
        )
        parts = [words_of(address, name) for name in names]
        if found := ", ".join(dict.fromkeys(part for part in parts if part)):
            return found
    return ""


def _description(thing: dict[str, Any]) -> str:
    value = next(iter(values_of(thing, "description", "articleBody", "text")), "")
    if not isinstance(value, str):
        return ""
    value = html.unescape(value) if "&lt;" in value else value
    return html_fragment_text(value)[0] if "<" in value or "&" in value else value.strip()


def _seller(thing: dict[str, Any]) -> str | None:
    for one in [thing, *values_of(thing, "offers")]:
        if name := words_of(one, *_SELLERS):
            return name
    return None


def _date(thing: dict[str, Any]) -> str | None:
    for one in [thing, *values_of(thing, "offers")]:
        for name in _DATES:
            if printed := words_of(one, name):
                return printed
    return None


def _posted(
    root: _Element, page: Page, described: list[dict[str, Any]], times: PostedTimes
) -> tuple[str | None, Any]:
    printed = [date for one in described if (date := _date(one))]
    for name in ("article:published_time", "og:published_time", "product:published_time"):
        printed += [find_value(root, (f"meta[property='{name}']@content",)) or ""]
    for selector in _PRINTED_TIMES:
        for element in find_all(root, (selector,))[:1]:
            printed += [element.get("datetime") or element.get("content") or "", html_text(element)]
    if match := _DATE_IN_SCRIPT.search(page.body.decode("utf-8", "replace")):
        printed.append(match[1])
    for text in printed:
        moment = (read_machine_time(text) or times.read(text)) if text else None
        if moment is not None:
            return text, moment
    return next((text for text in printed if text), None), None


def _identity(thing: dict[str, Any]) -> str | None:
    for name in ("sku", "productID", "mpn", "identifier"):
        value = next(iter(values_of(thing, name)), None)
        if isinstance(value, dict):
            value = next(iter(values_of(value, "value", "name")), None)
        if isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
    return None


def _pictures(described: list[dict[str, Any]], base: str) -> tuple[str, ...]:
    found: list[str | None] = []
    for one in described:
        for image in values_of(one, "image", "photo", "images"):
            said = words_of(image, "contentUrl", "url", "@id") or image
            found.append(absolute_address(said if isinstance(said, str) else None, base))
    return strings(found)


def _open_graph(root: _Element) -> dict[str, str]:
    said: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("property") or element.get("name") or "").lower()
        value = (element.get("content") or "").strip()
        if name and value:
            said.setdefault(name, value)
    return said
