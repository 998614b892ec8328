"""The page of the candidates: places that offers name, for a person to decide about."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.app import App
from crawler.app.candidates import open_candidates
from crawler.types import Candidate

#: Rows of the page, and links in one of them; the command line shows all.
_MOST = 200
_MOST_POSTS = 5
_KINDS = {
    "channel": "Telegram channel, group or account",
    "invite": "Invitation into a closed group",
    "account": "Account of a person",
    "site": "Site",
}


@dataclass(frozen=True, slots=True)
class CandidateShown:
    """One place as a row."""

    key: str
    kind: str
    url: str
    offers: int
    posts: tuple[int, ...]  #: the first few
    advertisers: tuple[str, ...]
    first_seen: str
    last_seen: str


@dataclass(frozen=True, slots=True)
class CandidatesView:
    """What the page shows: those that most offers name first."""

    candidates: tuple[CandidateShown, ...]
    count: int  #: of all that wait


def view_candidates(application: App) -> CandidatesView:
    """The candidates that wait for a decision, and a note in the audit log of the look."""
    found = open_candidates(application)
    application.log_look("candidates")
    return CandidatesView(tuple(_shown(one) for one in found[:_MOST]), len(found))


def _shown(one: Candidate) -> CandidateShown:
    return CandidateShown(
        key=one.key,
        kind=_KINDS[one.kind],
        url=one.url,
        offers=len(one.posts),
        posts=one.posts[:_MOST_POSTS],
        advertisers=one.advertisers[:_MOST_POSTS],
        first_seen=one.first_seen.strftime("%Y-%m-%d") if one.first_seen else "–",
        last_seen=one.last_seen.strftime("%Y-%m-%d") if one.last_seen else "–",
    )
