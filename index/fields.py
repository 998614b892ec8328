"""What of an analysed post is indexed, and under which names: the same for every backend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from crawler.folding import folded
from crawler.types import AREAS, SUB_KINDS, AnalysedPost, Contact, Document, Place, Price, Route
from index.analyser import tokens, words_between_spaces
from index.latin import sounds

#: The fields an analyst may name in a query, each with what it holds.
QUERY_FIELDS: dict[str, str] = {
    "lang": "language code of the post: en, ckb, ar-Latn",
    "platform": "kind of site: telegram, forum, feed",
    "source": "name of the source",
    "author": "handle or display name of the author",
    "from": "where a route begins: country code or name of a place",
    "to": "where a route ends: country code or name of a place",
    "via": "what a route passes: country code or name of a place",
    "mode": "sea, land or air",
    "area": "entry_exit, documents or abuse_of_legitimate_means",
    "kind": "sub-kind of the area: sea, passport, sham_marriage, …",
    "price": "amount of one price: a number or a range",
    "currency": "currency of the same price: GBP, EUR, …",
    "contact": "telephone number in any spelling, handle, e-mail address, link",
    "posted": "when it was posted: a date, or a range of dates, in UTC",
    "seen": "when it was first seen: a date, or a range of dates, in UTC",
    "offer": "true or false: judged to be an offer",
    "probability": "of being an offer, 0 to 1: a number or a range",
    "advertiser": "id of the advertiser",
    "place": "a place the post names, in any language: country code or name",
    "near": 'a place and a distance: near:"Dunkirk~50km"',
    "price_gbp": "the amount converted, as price_eur, price_usd, …: a number or a range",
    "translit": "on or off: whether Latin words find other scripts too (on)",
    "like": "a sentence whose meaning the post shares, or the number of a post",
    "id": "number of the post",
}
#: Fields whose values can be counted over all hits.
FACETS: tuple[str, ...] = (
    "lang",
    "platform",
    "source",
    "author",
    "from",
    "to",
    "via",
    "mode",
    "area",
    "kind",
    "currency",
    "contact",
    "offer",
    "advertiser",
)
#: The term fields that belong to one price, and to one route.
PRICE_FIELDS = frozenset({"price", "currency"})
ROUTE_FIELDS = frozenset({"from", "to", "via", "from_name", "to_name", "via_name"})

#: Term fields whose values are words, found as a phrase or a part of it.
WORD_FIELDS = frozenset({"author_name", "from_name", "to_name", "via_name", "place"})
#: Term fields whose values are found whole.
WHOLE_FIELDS = frozenset({*FACETS, "contact_tail", "has", "latin"})
#: The term field of where the named places lie: "51.0344,2.3768", degrees north and east.
SPOT = "spot"
#: More than this many of one post are left out: no advert has them, a hostile page may.
MAX_ROUTES = 64
MAX_PRICES = 1000

MODES: tuple[str, ...] = ("sea", "land", "air")
KINDS: tuple[str, ...] = tuple(
    sorted(
        {kind for area in AREAS for kind in SUB_KINDS[area]}
        # documents that are spoken of, though not what is sold
        | {"passport", "visa", "identity_card", "driving_licence", "residence_permit"}
    )
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WEB = re.compile(r"^(?:https?://)?(?:www\.|m\.)?", re.IGNORECASE)
#: Sites whose address is the name of an account: the account is what is kept.
_ACCOUNT_HOSTS = re.compile(
    r"^(?:t\.me|telegram\.(?:me|dog)|wa\.me|instagram\.com|facebook\.com|fb\.com|m\.me"
    r"|tiktok\.com|snapchat\.com/add|x\.com|twitter\.com)/(?:s/)?@?",
    re.IGNORECASE,
)
#: Lengths at which the end of a telephone number is indexed, for numbers written in the
#: national way (without the country's code and the leading zero).
TAIL_LENGTHS = range(7, 12)

RouteEnd = Literal["from", "via", "to"]


class Term(NamedTuple):
    """One value of a term field: consecutive tokens, found as a phrase."""

    field: str
    tokens: tuple[str, ...]


class Fields(NamedTuple):
    """What is indexed of one post."""

    id: int
    revision: int
    text: str  #: its words, with spaces between them
    #: The term field `latin`, with spaces between: most values of a post, so kept apart.
    latin: str
    terms: tuple[Term, ...]
    prices: tuple[tuple[float, str | None], ...]  #: amount, ISO 4217 or None
    routes: tuple[tuple[Term, ...], ...]
    posted: int | None  #: microseconds since 1970, UTC
    seen: int | None
    probability: float
    facets: tuple[tuple[str, str], ...]  #: (field, value), no pair twice
    embedding: bytes | None  #: as in `Advert`


def microseconds(moment: datetime) -> int:
    """The moment as microseconds since 1970, UTC: what is compared in ranges."""
    return (moment - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=50_000)
def keyword(value: str) -> str:
    """A value that is compared as a whole: folded, without outer and doubled spaces."""
    return " ".join(folded(value).split())


@lru_cache(maxsize=50_000)
def _whole(field: str, value: str) -> Term:
    """A value that is found whole. Remembered: most posts have the same few."""
    return Term(field, (keyword(value),))


def contact_terms(contact: Contact) -> Iterator[Term]:
    """What a contact is found by: its normal form, the other readings, the number's end."""
    for value in dict.fromkeys((contact.value, *contact.alternatives)):
        if value.startswith("+") and value[1:].isdigit():
            digits = value[1:]
            yield Term("contact", (digits,))
            for length in TAIL_LENGTHS:
                if length < len(digits):
                    yield Term("contact_tail", (digits[-length:],))
        else:
            yield Term("contact", (account(value),))


def account(value: str) -> str:
    """The handle or address in a contact as a person writes it: `https://t.me/X` is `x`."""
    plain = _WEB.sub("", value.strip())
    handle = _ACCOUNT_HOSTS.sub("", plain)
    if handle != plain:
        handle = re.split(r"[/?#]", handle, maxsplit=1)[0]
    return keyword(handle.rstrip("/").removeprefix("@")) or keyword(value)


class _Words(dict[str, tuple[str, str]]):
    """What stood between spaces lately: its words, and their sounds, with spaces between."""

    def __missing__(self, raw: str) -> tuple[str, str]:
        words = words_between_spaces(raw)
        text = " ".join(words)
        # Most are written as they are indexed; only one of the two is held then.
        found = raw if text == raw else text, " ".join(filter(None, map(sounds, words)))
        if len(raw) <= 64:
            if len(self) >= 200_000:
                self.clear()
            self[raw] = found
        return found


_WORDS = _Words()


def _words(text: str) -> tuple[str, str]:
    """The words of the text and their sounds, none twice, both with spaces between."""
    pairs = [*map(_WORDS.__getitem__, text.split())]
    if not pairs:
        return "", ""
    words, heard = zip(*pairs, strict=True)
    # Between two spaces there may be several words, or none.
    different = set(heard)
    different.discard("")
    latin = " ".join(different)
    if latin.count(" ") >= len(different):  # sounds of several words in one, with a space
        latin = " ".join(set(latin.split()))
    return " ".join(words if all(words) else filter(None, words)), latin


class _Shared(NamedTuple):
    """What many posts share."""

    facets: tuple[tuple[str, str], ...]
    terms: tuple[Term, ...]


@lru_cache(maxsize=20_000)
def _common(
    language: str,
    platform: str,
    source: str,
    is_offer: bool,
    area: str | None,
    modes: tuple[str, ...],
    kinds: tuple[str, ...],
) -> _Shared:
    """The facets and terms of these, which are found as they are. Remembered."""
    facets = [
        ("lang", language),
        ("platform", platform),
        ("source", source),
        ("offer", "true" if is_offer else "false"),
        *(("mode", mode) for mode in modes),
        *(("kind", kind) for kind in kinds),
    ]
    if area:
        facets.append(("area", area))
    return _Shared(tuple(dict.fromkeys(facets)), _present(_whole(*facet) for facet in facets))


@lru_cache(maxsize=50_000)
def _written_by(handle: str | None, name: str | None) -> _Shared:
    """The facets and terms of an author. Remembered: most posts are by the same few."""
    author = handle or name
    terms = [_whole("author", handle)] if handle else []
    if name:
        terms += _named("author_name", [name])
    return _Shared((("author", author),) if author else (), _present(terms))


def _present(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms, none twice and none empty, and which fields there are."""
    given = tuple(terms)
    fields = dict.fromkeys([term[0] for term in given])
    fields.pop(SPOT, None)
    found = [*given, *map(_has, fields)]
    return tuple(dict.fromkeys([term for term in found if all(term[1])]))


def _has(field: str) -> Term:
    return _whole("has", field)


class _Stated(NamedTuple):
    """What was read from the post itself."""

    facets: Iterable[tuple[str, str]] = ()
    terms: Iterable[Term] = ()
    prices: tuple[tuple[float, str | None], ...] = ()
    routes: tuple[tuple[Term, ...], ...] = ()


_NOTHING_STATED = _Stated()


def make_fields(analysed: AnalysedPost) -> Fields:
    """What is indexed of the post."""
    post, advert = analysed.post, analysed.advert
    judgement = advert.judgement
    common = _common(
        advert.language,
        post.platform,
        post.source,
        judgement.is_offer,
        judgement.area,
        advert.modes,
        judgement.sub_kinds,
    )
    author = _written_by(post.author_handle, post.author)
    facets = (*common.facets, *author.facets)
    terms = (*common.terms, *author.terms)
    if post.posted_at:
        terms += (_has("posted"),)
    stated = _NOTHING_STATED
    if advert.mentions or advert.direction or analysed.advertiser:
        stated = _state(analysed)
        facets = tuple(dict.fromkeys((*facets, *stated.facets)))
        terms = tuple(dict.fromkeys((*terms, *stated.terms)))
    text, latin = _words(post.text)
    return Fields(
        id=post.id,
        revision=post.revision,
        text=text,
        latin=latin,
        terms=terms,
        prices=stated.prices,
        routes=stated.routes,
        posted=microseconds(post.posted_at) if post.posted_at else None,
        seen=microseconds(post.seen_at) if post.seen_at else None,
        probability=judgement.probability,
        facets=facets,
        embedding=advert.embedding,
    )


def _state(analysed: AnalysedPost) -> _Stated:
    """What the mentions of the post, its direction and its advertiser give."""
    advert = analysed.advert
    values = [mention.value for mention in advert.mentions]
    contacts = [value for value in values if isinstance(value, Contact)]
    prices = [value for value in values if isinstance(value, Price)]
    routes = [value for value in values if isinstance(value, Route)]
    places = [value for value in values if isinstance(value, Place)]
    places += [place for route in routes for _, place, _ in route_ends(route)]

    facets: list[tuple[str, str]] = [
        ("kind", value.kind) for value in values if isinstance(value, Document)
    ]
    facets += [("currency", price.currency) for price in prices if price.currency]
    if analysed.advertiser:
        facets.append(("advertiser", analysed.advertiser))
    terms = [_whole(field, value) for field, value in facets]
    facets += [("contact", contact.value) for contact in contacts if contact.type != "author"]
    for contact in contacts:
        terms += contact_terms(contact)

    legs = [tuple(_route_terms(route, analysed.post.text)) for route in routes]
    if not any(route.origin or route.destination for route in routes):
        # "Into the UK" without a named end is a journey all the same.
        if advert.direction == "into_uk":
            legs.append((Term("to", ("gb",)),))
        elif advert.direction == "out_of_uk":
            legs.append((Term("from", ("gb",)),))
    for leg in legs:
        terms += leg
        ends = [term for term in leg if term.field in ("from", "via", "to")]
        facets += [(term.field, term.tokens[0].upper()) for term in ends]

    if places:
        terms += _place_terms(places)
    has = (_has("price"),) if prices else ()
    return _Stated(
        facets,
        (*_present(terms), *has),
        tuple([(float(price.amount), price.currency) for price in prices[:MAX_PRICES]]),
        tuple(legs[:MAX_ROUTES]),
    )


def route_ends(route: Route) -> Iterator[tuple[RouteEnd, Place, tuple[int, int] | None]]:
    """The places of a route in order, with what they are and where they stand."""
    ends: list[tuple[RouteEnd, Place]] = [("via", place) for place in route.via]
    if route.origin:
        ends.insert(0, ("from", route.origin))
    if route.destination:
        ends.append(("to", route.destination))
    # `spans` runs along the places; a route that was completed from the mode or from a
    # flag may have fewer.
    for at, (end, place) in enumerate(ends):
        yield end, place, route.spans[at] if len(route.spans) == len(ends) else None


def _route_terms(route: Route, text: str) -> Iterator[Term]:
    for end, place, span in route_ends(route):
        yield Term(end, (keyword(place.country),))
        yield from _named(f"{end}_name", [place.name, text[slice(*span)] if span else ""])


def _place_terms(places: Iterable[Place]) -> Iterator[Term]:
    for place in dict.fromkeys(places):
        yield Term("place", (keyword(place.country),))
        yield from _named("place", [place.name])
        if place.latitude is not None and place.longitude is not None:
            yield Term(SPOT, (f"{place.latitude:.4f},{place.longitude:.4f}",))


def _named(field: str, names: Iterable[str]) -> list[Term]:
    found = (tuple(tokens(name)) for name in names)
    return [Term(field, words) for words in dict.fromkeys(found) if words]
