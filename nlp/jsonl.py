"""Reads posts as JSON lines and writes what was found in them, one line for every line.

The format is fixed in the README ('foreland analyse --jsonl'): an object with `id` and
`text`, and optionally `platform`, `author_handle`, `display_name`, `posted_at` and `url`.
A line that cannot be read gives `{"id": …, "error": …}` and the others go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from crawler.types import Advert, Contact, Document, Mention, Place, Post, Price, Route
from nlp.pipeline import READ_AT_MOST, Analyser

_OPTIONAL = ("platform", "author_handle", "display_name", "url", "posted_at")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of input: the post it holds, or what is wrong with it."""

    id: str | int | None
    post: Post | None = None
    error: str = ""


def analyse_lines(
    lines: Iterable[str], analyser: Analyser, *, batch_size: int = 32
) -> Iterator[str]:
    """One JSON line for every line, in order, without line ends.

    Args:
        lines: JSON objects, one a line; empty lines are answered with an error too.
        analyser: reads the posts.
        batch_size: lines read before the first is answered; 1 answers each at once.
    """
    source = iter(lines)
    while chunk := list(islice(source, batch_size)):
        read = [_read_line(line) for line in chunk]
        adverts = iter(analyser.analyse([one.post for one in read if one.post is not None]))
        for one in read:
            if one.post is None:
                yield _dump({"id": one.id, "error": one.error})
            else:
                yield _dump(to_json(one.id, one.post, next(adverts)))


def _dump(answer: dict[str, Any]) -> str:
    # Lone surrogates cannot be written as UTF-8, so they stay escaped.
    try:
        line = json.dumps(answer, ensure_ascii=False)
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(answer)
    return line


def _read_line(line: str) -> _Line:
    line_id: str | int | None = None
    try:
        data = json.loads(line)
    except RecursionError:
        return _Line(None, error="is not JSON that can be read: nested too deeply")
    except ValueError as error:
        return _Line(None, error=f"is not JSON: {error}")
    if not isinstance(data, dict):
        return _Line(None, error="is not a JSON object")
    given = data.get("id")
    if isinstance(given, str | int) and not isinstance(given, bool):
        line_id = given
    if "id" not in data:
        return _Line(None, error="has no 'id'")
    if line_id is None:
        return _Line(None, error="'id' must be a string or a whole number")
    text = data.get("text")
    if not isinstance(text, str):
        missing = "has no 'text'" if text is None else "'text' must be a string"
        return _Line(line_id, error=missing)
    for name in _OPTIONAL:
        if data.get(name) is not None and not isinstance(data[name], str):
            return _Line(line_id, error=f"'{name}' must be a string")
    posted_at = None
    if data.get("posted_at"):
        try:
            posted_at = datetime.fromisoformat(data["posted_at"])
        except ValueError:
            return _Line(line_id, error="'posted_at' must be a time like 2026-11-22T18:30:00Z")
        posted_at = posted_at.replace(tzinfo=posted_at.tzinfo or UTC).astimezone(UTC)
    handle = data.get("author_handle")
    post = Post(
        id=0,
        revision=1,
        source="jsonl",
        platform=data.get("platform") or "",
        site_id=str(line_id),
        text=text,
        url=data.get("url"),
        author=data.get("display_name"),
        author_handle=handle.lower().removeprefix("@") if handle else None,
        posted_at=posted_at,
    )
    return _Line(line_id, post)


def to_json(line_id: str | int | None, post: Post, advert: Advert) -> dict[str, Any]:
    """The answer for one post, as the README fixes it."""
    judgement = advert.judgement
    answer: dict[str, Any] = {
        "id": line_id,
        "language": advert.language,
        "is_advert": judgement.is_offer,
        "probability": round(judgement.probability, 4),
        "threat_area": judgement.area,
        "sub_kinds": list(judgement.sub_kinds),
        "modes": list(advert.modes),
        "direction": advert.direction,
        "prices": [],
        "routes": [],
        "contacts": [],
        "documents": [],
        "reasons": [
            {
                "text": reason.text,
                "why": reason.why,
                "weight": round(reason.weight, 3),
                "start": reason.start,
                "end": reason.end,
            }
            for reason in judgement.reasons
        ],
        "summary": advert.summary,
    }
    for mention in advert.mentions:
        match mention.value:
            case Price() as price:
                answer["prices"].append(
                    {
                        "amount": _number(price.amount),
                        "currency": price.currency,
                        "per": price.per,
                        "role": price.role,
                        **_where(mention),
                    }
                )
            case Route() as route:
                answer["routes"].append(
                    {
                        "origin": _place(route.origin),
                        "via": [_place(place) for place in route.via],
                        "destination": _place(route.destination),
                        "spans": [list(span) for span in route.spans],
                    }
                )
            case Contact() as contact:
                answer["contacts"].append(
                    {"type": contact.type, "value": contact.value, **_where(mention)}
                )
            case Document() as document:
                answer["documents"].append({"kind": document.kind, **_where(mention)})
            case _:
                pass  # places, terms, modes and code words are said in the summary
    if len(post.text) > READ_AT_MOST:
        answer["read_to"] = READ_AT_MOST  # what follows was not read
    return answer


def _where(mention: Mention) -> dict[str, int | str]:
    return {"start": mention.start, "end": mention.end, "text": mention.text}


def _place(place: Place | None) -> dict[str, str] | None:
    return None if place is None else {"name": place.name, "country": place.country}


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)
