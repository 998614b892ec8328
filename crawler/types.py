"""The values that pass between the parts of Foreland.

Every type here is frozen and holds data only. A type is named by the state of the
data it holds: a `Page` came over the wire, a `ParsedPost` is what a parser read from
it, a `Post` is what the store keeps, an `Advert` is a post that has been analysed.

All times are timezone-aware and in UTC. All offsets count code points of `Post.text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

# --- what was collected -------------------------------------------------------------


class Outcome(StrEnum):
    """How the fetch of one page, or one run of a source, ended. A person reads these."""

    OK = "ok"
    EMPTY = "empty"  #: fetched and understood, but there was no post in it
    UNCHANGED = "unchanged"  #: a run that met only what was already known
    PREVIEW_DISABLED = "preview_disabled"
    BLOCKED = "blocked"
    LOGIN_REQUIRED = "login_required"
    GONE = "gone"  #: 404 or 410
    LAYOUT_CHANGED = "layout_changed"
    ROBOTS_DISALLOWED = "robots_disallowed"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"  #: name not resolved, connection refused or broken
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    BROKEN = "broken"  #: bytes that could not be read as what they claim to be
    BROWSER_FAILED = "browser_failed"
    BELOW_EXPECTED = "below_expected"  #: a run that yielded less than `expect:` asks for
    STORE_FAILED = "store_failed"  #: full disk, locked database
    INTERRUPTED = "interrupted"
    PAUSED = "paused"  #: its turn or its opening hours ended; the next run goes on from there
    NOT_AUTHORISED = "not_authorised"  #: the review date has passed


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a site: the bytes off the wire, or the DOM a browser rendered.

    For a rendered page `status` and `headers` may be unknown (None and empty), and
    `body` is the serialised DOM, which is not what the server sent.
    """

    url: str  #: the address after redirects
    body: bytes
    fetched_at: datetime
    status: int | None = 200
    headers: tuple[tuple[str, str], ...] = ()
    rendered: bool = False
    encoding: str | None = None  #: as the transport declared it; pages lie about it
    requested_url: str | None = None  #: before redirects, when it differs
    request_headers: tuple[tuple[str, str], ...] = ()
    #: of a rendered page, where wanted: the whole page as the browser showed it, a PNG
    screenshot: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Capture:
    """Where a page lies in the archive, and the proof of what it was."""

    id: str  #: the WARC record id, a URN
    url: str
    source: str
    sha256: str  #: of the payload (the body as archived), lower-case hex
    captured_at: datetime
    collector: str  #: who ran it: user@host and the tool's version
    warc_file: str  #: relative to the archive folder
    warc_offset: int  #: bytes from the start of the file to the record
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class ParsedPost:
    """One post as a parser read it from a page. Parsers do no I/O and know no store."""

    site_id: str  #: the site's own id, unique within a source
    text: str
    url: str | None = None
    author: str | None = None  #: display name
    author_handle: str | None = None  #: lower case, without '@'
    posted_at: datetime | None = None
    posted_text: str | None = None  #: the time as printed
    edited: bool = False
    views: int | None = None
    forwarded_from: str | None = None
    reply_to: str | None = None
    quoted: tuple[str, ...] = ()
    media: tuple[str, ...] = ()  #: addresses only; never downloaded by default
    links: tuple[str, ...] = ()
    listed: bool = False  #: as a list shows it, often cut short; `url` shows all of it


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser made of a page."""

    posts: tuple[ParsedPost, ...] = ()
    next_pages: tuple[str, ...] = ()  #: absolute addresses, in the order to follow
    links: tuple[str, ...] = ()  #: other public addresses met (for discovery)
    outcome: Outcome = Outcome.OK
    detail: str = ""  #: one sentence for a person, when the outcome is not OK
    #: those of `next_pages` whose posts are newer than this page's, as in a thread: they are
    #: asked for though everything here is known
    newer_pages: tuple[str, ...] = ()
    #: where a thread goes on furthest, beyond the next page: where everything here is known it
    #: is asked for instead, and then `older_page` back to what is known
    newest_page: str | None = None
    older_page: str | None = None


class PostStatus(StrEnum):
    """What `Store.add_posts` found a parsed post to be."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Post:
    """One public post as the store keeps it, at one revision."""

    id: int
    revision: int  #: 1 for the first text seen
    source: str
    platform: str
    site_id: str
    text: str
    url: str | None = None
    author: str | None = None
    author_handle: str | None = None
    posted_at: datetime | None = None
    posted_text: str | None = None
    edited: bool = False
    views: int | None = None
    forwarded_from: str | None = None
    reply_to: str | None = None
    quoted: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    capture: str | None = None  #: `Capture.id`
    seen_at: datetime | None = None  #: when this revision was first seen
    removed_at: datetime | None = None
    languages: tuple[str, ...] = ()  #: hints from the source
    regions: tuple[str, ...] = ()  #: ISO 3166-1 alpha-2 hints from the source


# --- what was read out of it --------------------------------------------------------

ContactType = Literal[
    "phone",
    "whatsapp",
    "telegram",
    "viber",
    "imo",
    "signal",
    "snapchat",
    "tiktok",
    "instagram",
    "facebook",
    "messenger",
    "wechat",
    "zalo",
    "qq",
    "line",
    "skype",
    "vk",
    "email",
    "url",
    "crypto",
    "handle",  #: '@name' whose platform is not said
    "author",  #: "DM me": the author's own account is the contact
]
Per = Literal["person", "family", "child", "document", "week", "month", "day"]
PriceRole = Literal["price", "deposit", "on_arrival", "discount"]
Mode = Literal["sea", "land", "air"]
Direction = Literal["into_uk", "out_of_uk", "other"]
Area = Literal["entry_exit", "documents", "abuse_of_legitimate_means"]
SubKind = Literal[
    "sea",
    "land",
    "air",
    "passport",
    "visa",
    "identity_card",
    "driving_licence",
    "residence_permit",
    "certificate",
    "sham_marriage",
    "illegal_working",
    "false_sponsorship",
    "false_claim",
]
DocumentKind = Literal[
    "passport", "visa", "identity_card", "driving_licence", "residence_permit", "certificate"
]
TermKind = Literal["pay_on_arrival", "escrow", "guarantee", "deposit", "discount"]

AREAS: tuple[Area, ...] = ("entry_exit", "documents", "abuse_of_legitimate_means")
#: The sub-kinds of each area, as the national taskforce describes its threats.
SUB_KINDS: Mapping[Area, tuple[SubKind, ...]] = {
    "entry_exit": ("sea", "land", "air"),
    "documents": (
        "passport",
        "visa",
        "identity_card",
        "driving_licence",
        "residence_permit",
        "certificate",
    ),
    "abuse_of_legitimate_means": (
        "sham_marriage",
        "illegal_working",
        "false_sponsorship",
        "false_claim",
    ),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach the advertiser, in normal form.

    Telephone-like values are E.164 ('+447700900123'); handles are lower case without
    '@'; e-mail addresses and links are lower case where case carries no meaning.
    """

    type: ContactType
    value: str
    obfuscation: tuple[str, ...] = ()  #: how it was hidden: 'spelled_digits', 'keycap', …
    alternatives: tuple[str, ...] = ()  #: other E.164 readings, where the country is a guess


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money. `amount` is the full number: '£4k' is 4000."""

    amount: Decimal
    currency: str | None = None  #: ISO 4217
    per: Per | None = None
    role: PriceRole = "price"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a post names. `country` is ISO 3166-1 alpha-2, or 'EU'."""

    name: str  #: the English name
    country: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A journey, in order. `spans` are the places' offsets in the text, in that order."""

    origin: Place | None = None
    via: tuple[Place, ...] = ()
    destination: Place | None = None
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document or certificate that is spoken of."""

    kind: DocumentKind


@dataclass(frozen=True, slots=True)
class Term:
    """A condition of payment or of service."""

    kind: TermKind


@dataclass(frozen=True, slots=True)
class ModeWord:
    """A word that names a way of travelling."""

    mode: Mode


@dataclass(frozen=True, slots=True)
class Service:
    """A service named beside documents and journeys: a marriage, work, a sponsorship."""

    kind: SubKind


@dataclass(frozen=True, slots=True)
class CodeWord:
    """A word of the trade, with what it means in English."""

    gloss: str


Value = Contact | Price | Place | Route | Document | Term | ModeWord | Service | CodeWord
Label = Literal[
    "contact", "price", "place", "route", "document", "term", "mode", "service", "code_word"
]


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of the post and what it means. `post.text[start:end] == text`, always."""

    label: Label
    start: int
    end: int
    text: str
    value: Value


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a judgement came out as it did: the words, what they count as, and how much.

    `weight` is in log-odds: positive speaks for an offer, negative against. `start` and
    `end` are None where the reason is not in the words (the meaning of the whole text).
    """

    text: str
    why: str
    weight: float
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Is it an offer, of what, how surely, and why. Never without reasons."""

    is_offer: bool
    probability: float  #: calibrated, 0 to 1
    area: Area | None = None
    sub_kinds: tuple[SubKind, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Advert:
    """A post that has been analysed. Most are judged not to be offers."""

    post_id: int
    revision: int
    nlp_version: str
    language: str  #: our code ('ckb', 'ar-Latn'), or 'und'
    mentions: tuple[Mention, ...]
    judgement: Judgement
    modes: tuple[Mode, ...] = ()
    direction: Direction | None = None
    script: str = ""  #: ISO 15924 of most letters, '' where there are none
    mixture: tuple[str, ...] = ()  #: further languages met in the same text
    summary: str = ""  #: one English line: "Crossing by boat · Dunkirk (FR) → GB · …"
    embedding: bytes | None = None  #: 384 float32, little-endian; None where it is no offer


@dataclass(frozen=True, slots=True)
class AnalysedPost:
    """A post with what was read from it, and the advertiser it was assigned to."""

    post: Post
    advert: Advert
    advertiser: str | None = None


# --- who wrote it -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EdgeReason:
    """One piece of evidence for (or against) an edge, with the values of both sides."""

    feature: str  #: 'contact', 'author', 'text', …
    left: str
    right: str
    weight: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A link between two posts, or between a post and an identifier ('phone:+44…')."""

    left: str
    right: str
    score: float  #: 0 to 1
    reasons: tuple[EdgeReason, ...]
    decided_by: str = "machine"  #: or the analyst's user name
    same: bool = True
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Advertiser:
    """A cluster of posts by the same hand. The id is kept as the cluster grows."""

    id: str
    posts: tuple[int, ...]
    name: str = ""  #: the handle or contact most of its posts share


# --- searching ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """A search in Lucene syntax, checked. Made by `index.query.parse_query` only."""

    text: str
    tree: object = field(compare=False, repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Hit:
    """One post found. `marks` are offsets into `post.text` of what matched."""

    post_id: int
    score: float
    analysed: AnalysedPost
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of hits, how many there are in all, and the facets that were asked for."""

    hits: tuple[Hit, ...]
    count: int  #: always exact
    #: field -> ((value, number of posts), …), most frequent first
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    after: str | None = None  #: cursor of the next page; None at the end


# --- alerting -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule met an advert revision: unique per rule, post and revision."""

    id: int
    rule: str
    post_id: int
    revision: int
    matched_at: datetime
    mail_id: int | None = None  #: the outbox message that carries it


@dataclass(frozen=True, slots=True)
class NewMail:
    """A message composed, not yet in the outbox."""

    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    message_id: str  #: the Message-ID header, with its angle brackets


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A message to be sent, kept until a mailer has taken it."""

    id: int
    rule: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    message_id: str  #: the Message-ID header, fixed when written, so a resend is seen as one
    created_at: datetime
    attempts: int = 0
    last_error: str = ""
    sent_at: datetime | None = None


# --- runs ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one source, as the history keeps it."""

    id: int
    source: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    detail: str = ""
    pages: int = 0
    posts_seen: int = 0
    posts_new: int = 0
    posts_changed: int = 0
    failures: tuple[tuple[str, str, str], ...] = ()  #: (outcome, url, detail) of pages
    #: whether its pass saw all that it set out to see: no page failed, none was left out
    complete: bool = False
    posts_removed: int = 0  #: marked as vanished, because a complete pass did not show them
    ids_expected: int | None = None  #: where the site counts its posts: how many there can be
    ids_seen: int | None = None  #: and how many of them the pass saw


@dataclass(frozen=True, slots=True)
class Pass:
    """One going-through of a source. A run that was cut off leaves it to the next to finish."""

    source: str
    url: str  #: the source's first page; another one begins another pass
    started_at: datetime
    whole: bool  #: goes through everything, and does not stop at what is known
    since: datetime | None = None  #: goes back to this time, whatever is known
    faulty: bool = False  #: a page failed, or was left out: nothing may be judged missing


@dataclass(frozen=True, slots=True)
class FrontierPage:
    """A page that a pass has asked for, or is still to ask for."""

    url: str
    depth: int  #: how many followed links away from the first page
    done: bool


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a source from run to run, for the scheduler."""

    source: str
    failures: int = 0  #: runs in a row that got nothing
    not_before: datetime | None = None  #: it is not due before this
    whole_at: datetime | None = None  #: when its last complete whole pass began


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the change log: something about the post is new since an earlier line."""

    seq: int
    post_id: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the store holds."""

    posts: int
    revisions: int
    captures: int
    adverts: int  #: posts analysed at their current revision
    offers: int  #: those of them judged to be offers
    advertisers: int
    alerts: int
    mails_waiting: int
    mails_sent: int
    last_change: int  #: the highest `Change.seq`


# --- health -------------------------------------------------------------------------

AlarmKind = Literal[
    "yield",  #: far fewer posts than usual
    "field",  #: far fewer posts with this field than usual
    "expected",  #: less than `expect:` asks for
    "overdue",  #: no success for too long
    "failed",  #: ended so that a person has to act
]


@dataclass(frozen=True, slots=True)
class RunFigures:
    """Of one run, what its source's health is judged by."""

    run_id: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    posts_seen: int
    detail: str = ""
    #: field of a post -> number of the posts seen that had it
    with_field: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is wrong with a source. `field` is '' unless the kind is 'field'."""

    source: str
    kind: AlarmKind
    detail: str  #: one sentence for a person, with what to do
    field: str = ""
    baseline: float | None = None  #: what is usual: posts, or a share from 0 to 1
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """An alarm from when it was raised to when it cleared: told by e-mail once."""

    id: int
    alarm: Alarm
    opened_at: datetime
    cleared_at: datetime | None = None
    mail_id: int | None = None


# --- discovery ----------------------------------------------------------------------

CandidateKind = Literal[
    "channel",  #: a Telegram name: channel, group or account, which only a look would tell
    "invite",  #: a link into a closed group: never entered, kept for what it says
    "account",  #: somebody's page on a social network
    "site",  #: a forum, a board, any other site
]
CandidateStatus = Literal["new", "accepted", "dismissed"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A post names a place that might be collected from."""

    key: str  #: the same for every way to write its address: 't.me/name', a host
    kind: CandidateKind
    url: str  #: where a person would look


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place named in offers, for a person to accept as a source or to dismiss."""

    key: str
    kind: CandidateKind
    url: str
    status: CandidateStatus
    posts: tuple[int, ...]  #: ids of the offers that name it, in the order they were seen
    advertisers: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    source: str | None = None  #: the source it became
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A look at the page of a named person, however it was fetched."""

    account: str  #: 'host/name'
    source: str  #: the source's name, or the address of a single capture
    how: str  #: 'crawl', 'capture', 'try'
    at: datetime
