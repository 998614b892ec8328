"""Writes every hit of a search to a file: CSV or JSON Lines, without a cap."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import IO

from crawler.types import AnalysedPost, Contact, Hit, Price, Route

FORMATS = ("csv", "json")
COLUMNS = (
    "id", "revision", "source", "platform", "posted", "seen", "language", "offer", "probability",
    "area", "kinds", "modes", "summary", "prices", "routes", "contacts", "advertiser", "author",
    "handle", "url", "capture", "text",
)  # fmt: skip
#: A spreadsheet takes a cell that begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def export(hits: Iterable[Hit], out: IO[str], kind: str) -> int:
    """Write the hits; returns how many.

    A cell of a CSV file that a spreadsheet would run begins with an apostrophe instead;
    JSON holds every value as it is.

    Args:
        hits: from `Index.iter_hits`.
        out: open for text, with newline="" for CSV.
        kind: one of FORMATS.

    Raises:
        OSError: the file cannot be written to.
    """
    done = 0
    if kind == "json":
        for hit in hits:
            done += 1
            out.write(json.dumps(row(hit.analysed), ensure_ascii=False) + "\n")
        return done
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for hit in hits:
        done += 1
        writer.writerow([_cell(value) for value in row(hit.analysed).values()])
    return done


def row(item: AnalysedPost) -> dict[str, object]:
    """One post by the names of COLUMNS."""
    post, advert = item.post, item.advert
    values = [mention.value for mention in advert.mentions]
    prices = [
        f"{value.amount} {value.currency or '?'}" for value in values if isinstance(value, Price)
    ]
    contacts = [f"{value.type}:{value.value}" for value in values if isinstance(value, Contact)]
    found: tuple[object, ...] = (
        post.id,
        post.revision,
        post.source,
        post.platform,
        post.posted_at.isoformat() if post.posted_at else None,
        post.seen_at.isoformat() if post.seen_at else None,
        advert.language,
        advert.judgement.is_offer,
        round(advert.judgement.probability, 4),
        advert.judgement.area,
        list(advert.judgement.sub_kinds),
        list(advert.modes),
        advert.summary,
        prices,
        [" > ".join(_places(value)) for value in values if isinstance(value, Route)],
        contacts,
        item.advertiser,
        post.author,
        post.author_handle,
        post.url,
        post.capture,
        post.text,
    )
    return dict(zip(COLUMNS, found, strict=True))


def _places(route: Route) -> Iterator[str]:
    for place in (route.origin, *route.via, route.destination):
        yield f"{place.name} ({place.country})" if place else "?"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = "; ".join(value)
    text = str(value).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    # Spaces in front are no shelter: a spreadsheet trims them.
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
