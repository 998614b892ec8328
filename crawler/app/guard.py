"""Whether a source may be collected now: its review, and looks at a named person's page.

Every way of fetching asks here first: `foreland crawl`, and whatever fetches one page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crawler.config import Config
from crawler.store import Store
from crawler.types import Visit
from spiders.persons import visited_account
from spiders.source import Source

#: Looks at a person's page are counted over so long.
PERIOD = timedelta(days=30)


def refuse(config: Config, source: Source, now: datetime) -> str:
    """Why the source may not be collected today, and what to do; '' when it may."""
    today = now.astimezone(ZoneInfo(config.time_zone)).date()
    if not source.authorised_on(today):
        day = source.review_date.isoformat()
        return f"the review date has passed: {day}: review the authority, set a new review_date"
    lacking = source.lacking_authority()
    if config.crawl.full_authority and lacking:
        words = " and ".join(lacking)
        return f"the source does not say its {words}: add it (crawl.full_authority asks for it)"
    return ""


def enter(config: Config, store: Store, source: Source, now: datetime, *, how: str) -> str:
    """Count a look at the page of a source, if it is a named person's.

    Args:
        config: says how many looks are allowed without an authority.
        store: where they are counted.
        source: about to be fetched.
        now: the time.
        how: 'crawl', 'capture' or 'try'.

    Returns:
        Why it may not be fetched, and what to do; '' when it may.

    Raises:
        StoreError: it could not be counted, so it may not be fetched.
    """
    account = visited_account(source.url, platform=source.platform, person=source.person)
    if account is None:
        return ""
    most = None if source.surveillance_authority else config.crawl.person_visits
    visit = Visit(account, source.name, how, now)
    earlier = store.add_visit(visit, since=now - PERIOD, most=most)
    if earlier is None:
        return ""
    times = "once" if earlier == 1 else f"{earlier} times"
    return (
        f"{account} is the page of a named person and was visited {times} in {PERIOD.days} days: "
        "more may be directed surveillance: obtain an authority and give its reference as "
        "surveillance_authority:, or say person: false if it is nobody's own page"
    )
