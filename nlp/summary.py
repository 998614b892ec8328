"""One English line that says what a post is about, for a reader who cannot read the post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from crawler.types import (
    CodeWord,
    Contact,
    ContactType,
    Direction,
    Document,
    Judgement,
    Mention,
    Mode,
    Per,
    Place,
    Price,
    Route,
    SubKind,
    Term,
    TermKind,
)
from nlp.gazetteer.load import load_gazetteer

_MODES: dict[Mode, str] = {"sea": "boat", "land": "road", "air": "plane"}
_SUB_KINDS: dict[SubKind, str] = {
    "sea": "crossing by boat",
    "land": "crossing by road",
    "air": "crossing by plane",
    "passport": "passport",
    "visa": "visa",
    "identity_card": "identity card",
    "driving_licence": "driving licence",
    "residence_permit": "residence permit",
    "certificate": "certificate",
    "sham_marriage": "sham marriage",
    "illegal_working": "illegal working",
    "false_sponsorship": "false sponsorship",
    "false_claim": "false claim",
}
_TERMS: dict[TermKind, str] = {
    "pay_on_arrival": "pay on arrival",
    "escrow": "money held by a third party",
    "guarantee": "guarantee",
    "deposit": "deposit",
    "discount": "discount",
}
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
_CONTACTS: dict[ContactType, str] = {
    "phone": "phone",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "viber": "Viber",
    "imo": "IMO",
    "signal": "Signal",
    "snapchat": "Snapchat",
    "tiktok": "TikTok",
    "instagram": "Instagram",
    "facebook": "Facebook",
    "messenger": "Messenger",
    "wechat": "WeChat",
    "zalo": "Zalo",
    "qq": "QQ",
    "line": "LINE",
    "skype": "Skype",
    "email": "e-mail",
    "url": "link",
    "crypto": "crypto address",
    "handle": "handle",
    "author": "message to the author",
}
_HANDLES = frozenset(
    ("telegram", "snapchat", "tiktok", "instagram", "facebook", "handle", "author")
)
#: Things of one kind in a line; the advert's page shows them all.
_MOST = 3


def summarise(
    mentions: Sequence[Mention],
    modes: Sequence[Mode],
    direction: Direction | None,
    judgement: Judgement | None,
) -> str:
    """The line, parts joined by ' · '. Plain text; handles and names are as in the post.

    'Crossing by boat · Dunkirk (FR) → GB · £2,500 a person, pay on arrival · WhatsApp +44…'
    for an offer, 'Not an offer · mentions Calais (FR), £2,000' for what is none.
    """
    values = [mention.value for mention in mentions]
    routes = _some([_route_words(value) for value in values if isinstance(value, Route)])
    said = {value.kind for value in values if isinstance(value, Term)}
    amounts = [
        replace(value, role="price")
        if value.role == "on_arrival" and "pay_on_arrival" in said
        else value
        for value in values
        if isinstance(value, Price)
    ]
    prices = _some([_price_words(value) for value in amounts])
    contacts = _some([_contact_words(value) for value in values if isinstance(value, Contact)])
    if judgement is None or not judgement.is_offer:
        places = _some([_place_words(value) for value in values if isinstance(value, Place)])
        papers = _some([_SUB_KINDS[value.kind] for value in values if isinstance(value, Document)])
        named = [part for part in (routes or places, papers, prices, contacts) if part]
        start = "Not judged" if judgement is None else "Not an offer"
        return f"{start} · mentions {', '.join(named)}" if named else start
    # 'Discount' and 'deposit' are said with their amount, where there is one.
    roles = {str(value.role) for value in amounts}
    terms = _some(
        [
            _TERMS[value.kind]
            for value in values
            if isinstance(value, Term) and value.kind not in roles
        ]
    )
    money = ", ".join(part for part in (prices, terms) if part)
    head = _head(judgement, values, modes, direction)
    return " · ".join(part for part in (head, routes, money, contacts) if part)


def _head(
    judgement: Judgement,
    values: Sequence[object],
    modes: Sequence[Mode],
    direction: Direction | None,
) -> str:
    if judgement.area == "entry_exit":
        travel: list[Mode] = [mode for mode in ("sea", "land", "air") if mode in modes]
        if not travel:
            travel = [mode for mode in ("sea", "land", "air") if mode in judgement.sub_kinds]
        words = "Journey out of the UK" if direction == "out_of_uk" else "Crossing"
        return f"{words} by {' or '.join(_MODES[mode] for mode in travel)}" if travel else words
    kinds: list[SubKind] = list(judgement.sub_kinds)
    if judgement.area == "documents":
        kinds += [value.kind for value in values if isinstance(value, Document)]
    words = _some([_SUB_KINDS[kind] for kind in kinds], most=len(_SUB_KINDS))
    if not words:
        glosses = [value.gloss for value in values if isinstance(value, CodeWord)]
        words = _some(glosses) or "offer of a kind that is not told"
    return words[0].upper() + words[1:]


def _some(parts: Sequence[str], most: int = _MOST) -> str:
    """The first few different parts, and how many more there are."""
    different = list(dict.fromkeys(parts))
    shown = ", ".join(different[:most])
    rest = len(different) - most
    return f"{shown} and {rest} more" if rest > 0 else shown


def _place_words(place: Place) -> str:
    if load_gazetteer().is_country(place):
        return "Europe" if place.country == "EU" else place.country
    return f"{place.name} ({place.country})"


def _route_words(route: Route) -> str:
    places = [place for place in (route.origin, *route.via, route.destination) if place]
    words = " → ".join(_place_words(place) for place in places)
    if route.origin is None:
        return f"to {words}" if len(places) == 1 else f"by {words}"
    return f"from {words}" if route.destination is None else words


def _price_words(price: Price) -> str:
    amount = _amount_words(price.amount)
    symbol = _SYMBOLS.get(price.currency or "")
    words = f"{symbol}{amount}" if symbol else f"{amount} {price.currency or ''}".strip()
    if price.per is not None:
        words += f" {_article(price.per)} {price.per}"
    match price.role:
        case "deposit":
            return f"{words} deposit"
        case "on_arrival":
            return f"{words} on arrival"
        case "discount":
            return f"{words} discount"
        case "price":
            return words


def _article(per: Per) -> str:
    return "an" if per[0] in "aeiou" else "a"


def _amount_words(amount: Decimal) -> str:
    if amount == amount.to_integral_value():
        return f"{int(amount):,}"
    return f"{amount:,.2f}"


def _contact_words(contact: Contact) -> str:
    value = f"@{contact.value}" if contact.type in _HANDLES else contact.value
    return f"{_CONTACTS[contact.type]} {value}"
