"""Says in words what was read from a post."""

from __future__ import annotations

from typing import assert_never

from crawler.types import (
    CodeWord,
    Contact,
    Document,
    Mention,
    ModeWord,
    Place,
    Price,
    Route,
    Service,
    Term,
)


def describe(mention: Mention) -> str:
    """What a mention means, in a few English words."""
    match mention.value:
        case Contact(type=kind, value=value, obfuscation=hidden, alternatives=others):
            words = f"{kind} {value}"
            if hidden:
                words += f" (written with {', '.join(hidden)})"
            if others:
                words += f" (or {', '.join(others)})"
            return words
        case Price(amount=amount, currency=currency, per=per, role=role):
            words = f"{amount:,f} {currency or 'currency not said'}"
            if per:
                words += f" a {per}"
            return words if role == "price" else f"{words}, {role.replace('_', ' ')}"
        case Place():
            return _place(mention.value)
        case Route(origin=origin, via=via, destination=destination):
            stops = [origin, *via, destination]
            return " → ".join(_place(stop) if stop else "?" for stop in stops)
        case Document(kind=kind):
            return kind.replace("_", " ")
        case Service(kind=service):
            return service.replace("_", " ")
        case Term(kind=term):
            return term.replace("_", " ")
        case ModeWord(mode=mode):
            return f"by {mode}"
        case CodeWord(gloss=gloss):
            return gloss
    assert_never(mention.value)


def _place(place: Place) -> str:
    return place.name if place.name == place.country else f"{place.name} ({place.country})"
