"""Mentions, reasons and evidence as JSON text, and back: exactly, one branch a type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, assert_never

from crawler.errors import StoreError
from crawler.types import (
    CodeWord,
    Contact,
    Document,
    EdgeReason,
    Mention,
    ModeWord,
    Place,
    Price,
    Reason,
    Route,
    Service,
    Term,
    Value,
)

#: One field of JSON data; only this module reads it.
Json = Any


def encode_mentions(mentions: Sequence[Mention]) -> str:
    """The mentions as a JSON list."""
    return _dumps(
        [
            {
                "label": mention.label,
                "start": mention.start,
                "end": mention.end,
                "text": mention.text,
                "value": encode_value(mention.value),
            }
            for mention in mentions
        ]
    )


def decode_mentions(text: str) -> tuple[Mention, ...]:
    """What `encode_mentions` was given.

    Raises:
        StoreError: the text is not what `encode_mentions` writes.
    """
    try:
        return tuple(
            Mention(
                label=item["label"],
                start=item["start"],
                end=item["end"],
                text=item["text"],
                value=decode_value(item["value"]),
            )
            for item in json.loads(text)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"mentions cannot be read back: {error!r}") from error


def encode_value(value: Value) -> dict[str, Json]:
    """A value as JSON data, with its type under `is`."""
    match value:
        case Contact():
            return {
                "is": "contact",
                "type": value.type,
                "value": value.value,
                "obfuscation": list(value.obfuscation),
                "alternatives": list(value.alternatives),
            }
        case Price():
            return {
                "is": "price",
                # A float would lose digits; the string of a Decimal is exact.
                "amount": str(value.amount),
                "currency": value.currency,
                "per": value.per,
                "role": value.role,
            }
        case Place():
            return {"is": "place", **_encode_place(value)}
        case Route():
            return {
                "is": "route",
                "origin": _encode_place(value.origin) if value.origin else None,
                "via": [_encode_place(place) for place in value.via],
                "destination": _encode_place(value.destination) if value.destination else None,
                "spans": [list(span) for span in value.spans],
            }
        case Document():
            return {"is": "document", "kind": value.kind}
        case Term():
            return {"is": "term", "kind": value.kind}
        case ModeWord():
            return {"is": "mode", "mode": value.mode}
        case Service():
            return {"is": "service", "kind": value.kind}
        case CodeWord():
            return {"is": "code_word", "gloss": value.gloss}
        case _:
            assert_never(value)


def decode_value(data: dict[str, Json]) -> Value:
    """What `encode_value` was given.

    Raises:
        ValueError: the type is not known.
        KeyError: a field is missing.
    """
    match data["is"]:
        case "contact":
            return Contact(
                type=data["type"],
                value=data["value"],
                obfuscation=tuple(data["obfuscation"]),
                alternatives=tuple(data["alternatives"]),
            )
        case "price":
            return Price(
                amount=Decimal(data["amount"]),
                currency=data["currency"],
                per=data["per"],
                role=data["role"],
            )
        case "place":
            return _decode_place(data)
        case "route":
            return Route(
                origin=_decode_place(data["origin"]) if data["origin"] else None,
                via=tuple(_decode_place(place) for place in data["via"]),
                destination=_decode_place(data["destination"]) if data["destination"] else None,
                spans=tuple((start, end) for start, end in data["spans"]),
            )
        case "document":
            return Document(kind=data["kind"])
        case "term":
            return Term(kind=data["kind"])
        case "mode":
            return ModeWord(mode=data["mode"])
        case "service":
            return Service(kind=data["kind"])
        case "code_word":
            return CodeWord(gloss=data["gloss"])
        case other:
            raise ValueError(f"no value is called {other!r}")


def _encode_place(place: Place) -> dict[str, Json]:
    return {
        "name": place.name,
        "country": place.country,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _decode_place(data: dict[str, Json]) -> Place:
    return Place(
        name=data["name"],
        country=data["country"],
        latitude=data["latitude"],
        longitude=data["longitude"],
    )


def encode_reasons(reasons: Sequence[Reason]) -> str:
    """The reasons of a judgement as a JSON list of lists."""
    return _dumps(
        [[reason.text, reason.why, reason.weight, reason.start, reason.end] for reason in reasons]
    )


def decode_reasons(text: str) -> tuple[Reason, ...]:
    """What `encode_reasons` was given.

    Raises:
        StoreError: the text is not what `encode_reasons` writes.
    """
    try:
        return tuple(Reason(*item) for item in json.loads(text))
    except (TypeError, ValueError) as error:
        raise StoreError(f"reasons cannot be read back: {error!r}") from error


def encode_evidence(reasons: Sequence[EdgeReason]) -> str:
    """The reasons of an edge as a JSON list of lists."""
    return _dumps(
        [[reason.feature, reason.left, reason.right, reason.weight] for reason in reasons]
    )


def decode_evidence(text: str) -> tuple[EdgeReason, ...]:
    """What `encode_evidence` was given.

    Raises:
        StoreError: the text is not what `encode_evidence` writes.
    """
    try:
        return tuple(EdgeReason(*item) for item in json.loads(text))
    except (TypeError, ValueError) as error:
        raise StoreError(f"evidence cannot be read back: {error!r}") from error


def encode_failures(failures: Sequence[tuple[str, str, str]]) -> str:
    """The failed pages of a run, (outcome, url, detail) each, as a JSON list of lists."""
    return _dumps([list(failure) for failure in failures])


def decode_failures(text: str) -> tuple[tuple[str, str, str], ...]:
    """What `encode_failures` was given.

    Raises:
        StoreError: the text is not what `encode_failures` writes.
    """
    try:
        return tuple((outcome, url, detail) for outcome, url, detail in json.loads(text))
    except (TypeError, ValueError) as error:
        raise StoreError(f"failures cannot be read back: {error!r}") from error


def _dumps(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
