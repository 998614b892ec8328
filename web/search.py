"""What the search page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from crawler.app import App
from crawler.errors import InvalidQuery
from crawler.types import Hit
from index.histogram import merge
from web.marking import Mark, Piece, excerpt
from web.when import When, choose_width, draw

#: Facets in the order of the page, and what they are called there.
FACETS = {
    "offer": "Judged an offer",
    "area": "Threat area",
    "kind": "Kind",
    "mode": "Travel by",
    "lang": "Language",
    "from": "Route from",
    "to": "Route to",
    "currency": "Currency",
    "source": "Source",
    "advertiser": "Advertiser",
}
SORTS = {
    "relevance": "Best match",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "cheapest_gbp": "Cheapest first (GBP)",
    "dearest_gbp": "Dearest first (GBP)",
    "cheapest_eur": "Cheapest first (EUR)",
    "dearest_eur": "Dearest first (EUR)",
}
_PAGE = 20
_VALUES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet, how many hits have it, and where choosing it leads."""

    name: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class HitView:
    """One hit, ready to be shown."""

    post_id: int
    summary: str
    is_offer: bool
    probability: str
    language: str
    lang_attribute: str
    source: str
    platform: str
    posted: str
    advertiser: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class SearchView:
    """Everything of the page."""

    query: str
    effective: str  #: the query with the chosen facets, as the command line takes it
    sort: str
    sorts: dict[str, str]
    chosen: tuple[str, ...]
    count: int
    hits: tuple[HitView, ...]
    facets: tuple[tuple[str, tuple[FacetValue, ...]], ...]
    next_href: str
    clear_href: str
    error: str = ""
    when: When | None = None


def view_search(
    application: App, query: str, chosen: Sequence[str], sort: str, after: str
) -> SearchView:
    """Run the search; a query that cannot be understood becomes a page that says why."""
    query = query.strip()
    chosen = tuple(dict.fromkeys(chosen))
    effective = effective_query(query, chosen)
    if sort not in SORTS:
        sort = "relevance"

    def href(facets: Sequence[str], cursor: str = "") -> str:
        pairs = [("q", query), *[("f", facet) for facet in facets]]
        if sort != "relevance":
            pairs.append(("sort", sort))
        if cursor:
            pairs.append(("after", cursor))
        return "/?" + urlencode(pairs)

    try:
        result = application.search(
            effective, limit=_PAGE, after=after or None, facets=tuple(FACETS), sort=sort
        )
    except InvalidQuery as error:
        return SearchView(
            query, effective, sort, SORTS, chosen, 0, (), (), "", href(()), error=str(error)
        )
    facets = []
    for field, title in FACETS.items():
        values = []
        for value, count in result.facets.get(field, ())[:_VALUES_SHOWN]:
            clause = facet_clause(field, value)
            is_chosen = clause in chosen
            others = [one for one in chosen if one != clause]
            target = href(others if is_chosen else [*chosen, clause])
            values.append(FacetValue(value, count, target, is_chosen))
        if values:
            facets.append((title, tuple(values)))
    timed = effective_query(effective, ("posted:*",))
    days = application.index.histogram(application.parse_query(timed), "day")
    every = choose_width(days)
    when = draw(merge(days, every), every, lambda clause: href(_with_time(chosen, clause)))
    return SearchView(
        query=query,
        effective=effective,
        sort=sort,
        sorts=SORTS,
        chosen=chosen,
        count=result.count,
        hits=tuple(view_hit(hit) for hit in result.hits),
        facets=tuple(facets),
        next_href=href(chosen, result.after) if result.after else "",
        clear_href=href(()),
        when=when,
    )


def _with_time(chosen: Sequence[str], clause: str) -> list[str]:
    """The chosen facets with another stretch of time in place of the one before."""
    return [*[one for one in chosen if not one.startswith("posted:")], clause]


def facet_clause(field: str, value: str) -> str:
    """The clause of the query language that finds a facet's value."""
    plain = value.replace("_", "").replace("-", "").isalnum() and value.isascii()
    quoted = value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{field}:{quoted}"


def effective_query(query: str, chosen: Sequence[str]) -> str:
    """The words and the chosen facets as one query."""
    if not chosen:
        return query
    words = f"({query}) AND " if query else ""
    return words + " AND ".join(chosen)


def view_hit(hit: Hit) -> HitView:
    """A hit with its marked excerpt."""
    post, advert = hit.analysed.post, hit.analysed.advert
    posted = post.posted_at or post.seen_at
    marks = [Mark(start, end, "hit") for start, end in hit.marks]
    return HitView(
        post_id=post.id,
        summary=advert.summary,
        is_offer=advert.judgement.is_offer,
        probability=f"{advert.judgement.probability:.0%}",
        language=advert.language,
        lang_attribute="" if advert.language == "und" else advert.language,
        source=post.source,
        platform=post.platform,
        posted=posted.strftime("%d %b %Y, %H:%M") if posted else "time not known",
        advertiser=hit.analysed.advertiser or "",
        pieces=excerpt(post.text, marks),
    )
