"""Prints tables and hits so that a person can read them in any terminal.

Text in another direction is put last in its line and inside an isolate, so that it cannot
reorder the columns beside it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

from crawler.cli.opening import print_line, print_note
from crawler.hostile import isolated, visible
from crawler.types import Contact, Hit, Price, Route, SearchResult

#: Columns of a terminal that does not say how wide it is.
_WIDTH = 120


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table; the last column takes what is left of the line."""
    widths = [
        max(cell_len(str(row[column])) for row in (headings, *rows))
        for column in range(len(headings))
    ]
    for row in (headings, *rows):
        cells = [
            set_cell_size(visible(str(cell)), width)
            for cell, width in zip(row[:-1], widths[:-1], strict=True)
        ]
        print_line("  ".join([*cells, visible(str(row[-1]))]).rstrip())


def print_hits(result: SearchResult) -> None:
    """A hit is two lines: what it is in English, and its own words."""
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    for hit in result.hits:
        post, advert = hit.analysed.post, hit.analysed.advert
        posted = post.posted_at or post.seen_at
        day = posted.strftime("%Y-%m-%d") if posted else "          "
        kind = "offer" if advert.judgement.is_offer else "     "
        head = f"{post.id:>6}  {day}  {kind} {advert.judgement.probability:4.0%}  "
        language = set_cell_size(advert.language, 7)
        advertiser = f"  [{hit.analysed.advertiser}]" if hit.analysed.advertiser else ""
        print_line(f"{head}{language}  {visible(advert.summary)}{advertiser}")
        text = " ".join(post.text.split())
        room = width - 10
        if cell_len(text) > room:
            text = set_cell_size(text, room - 1).rstrip() + "…"
        print_line(" " * 8 + isolated(text))
    shown = len(result.hits)
    print_note(f"{result.count} found" + (f", {shown} shown" if shown < result.count else ""))


def hit_to_json(hit: Hit) -> str:
    """A hit as one line of JSON."""
    post, advert = hit.analysed.post, hit.analysed.advert
    found = [mention.value for mention in advert.mentions]
    data: dict[str, Any] = {
        "id": post.id,
        "revision": post.revision,
        "score": round(hit.score, 4),
        "source": post.source,
        "platform": post.platform,
        "url": post.url,
        "author": post.author,
        "author_handle": post.author_handle,
        "posted_at": post.posted_at.isoformat() if post.posted_at else None,
        "seen_at": post.seen_at.isoformat() if post.seen_at else None,
        "language": advert.language,
        "offer": advert.judgement.is_offer,
        "probability": round(advert.judgement.probability, 4),
        "area": advert.judgement.area,
        "kinds": list(advert.judgement.sub_kinds),
        "modes": list(advert.modes),
        "direction": advert.direction,
        "summary": advert.summary,
        "prices": [
            {"amount": float(value.amount), "currency": value.currency, "per": value.per}
            for value in found
            if isinstance(value, Price)
        ],
        "routes": [
            {
                "from": value.origin.country if value.origin else None,
                "via": [place.country for place in value.via],
                "to": value.destination.country if value.destination else None,
            }
            for value in found
            if isinstance(value, Route)
        ],
        "contacts": [
            {"type": value.type, "value": value.value}
            for value in found
            if isinstance(value, Contact)
        ],
        "advertiser": hit.analysed.advertiser,
        "text": post.text,
        "marks": [list(mark) for mark in hit.marks],
    }
    return json.dumps(data, ensure_ascii=False)
