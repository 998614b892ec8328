"""What the store holds, counted for a person."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass

from crawler.store import Store
from crawler.types import Outcome, Price, Route


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all posts at their current revision."""

    posts: int
    offers: int
    languages: Counter[str]  #: of all posts
    offers_by_area: Counter[str]
    offers_by_language: Counter[str]
    routes: Counter[str]  #: of offers: 'FR → GB'
    #: of offers: currency -> (how many, lowest, median, highest)
    prices: dict[str, tuple[int, float, float, float]]
    advertisers: int  #: with at least one offer
    advertisers_of_several: int  #: with two or more
    largest: tuple[str, str, int]  #: id, name and posts of the largest
    outcomes: dict[str, Outcome]  #: of each source's last run
    mails_sent: int


def summarise(store: Store) -> Summary:
    """Count once over everything.

    Raises:
        StoreError: the store cannot be read.
    """
    languages: Counter[str] = Counter()
    by_area: Counter[str] = Counter()
    by_language: Counter[str] = Counter()
    routes: Counter[str] = Counter()
    amounts: dict[str, list[float]] = {}
    posts = 0
    for item in store.iter_analysed():
        posts += 1
        languages[item.advert.language] += 1
        if not item.advert.judgement.is_offer:
            continue
        by_area[str(item.advert.judgement.area)] += 1
        by_language[item.advert.language] += 1
        for mention in item.advert.mentions:
            match mention.value:
                case Route(origin=origin, destination=destination):
                    start = origin.country if origin else "?"
                    routes[f"{start} → {destination.country if destination else '?'}"] += 1
                case Price(amount=amount, currency=str() as currency):
                    amounts.setdefault(currency, []).append(float(amount))
                case _:
                    pass
    advertisers = store.list_advertisers()
    largest = advertisers[0] if advertisers else None
    counts = store.counts()
    return Summary(
        posts=posts,
        offers=by_area.total(),
        languages=languages,
        offers_by_area=by_area,
        offers_by_language=by_language,
        routes=routes,
        prices={
            currency: (len(found), min(found), statistics.median(found), max(found))
            for currency, found in sorted(amounts.items(), key=lambda item: -len(item[1]))
        },
        advertisers=len(advertisers),
        advertisers_of_several=sum(len(advertiser.posts) > 1 for advertiser in advertisers),
        largest=(largest.id, largest.name, len(largest.posts)) if largest else ("", "", 0),
        outcomes={
            name: run.outcome
            for name, run in sorted(store.last_runs().items())
            if run.outcome is not None
        },
        mails_sent=counts.mails_sent,
    )
