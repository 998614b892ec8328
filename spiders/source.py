"""A source: one public place to collect from, why that is lawful, and how to do it.

Sources are YAML files, one each, which people write by hand. So every fault of every file
is reported at once, with its line and what to do.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cronsim import CronSim, CronSimError
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from crawler.errors import ConfigError, Problem
from crawler.health import FIELDS
from crawler.opening_hours import parse_hours
from crawler.strict_yaml import Document, load_yaml, validate
from spiders.posted_time import zone_named
from spiders.sites import platforms

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?")
#: CLDR regions that are no countries of ISO 3166-1; XK (Kosovo) is its user-assigned code.
_NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _as_date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a date: write it as 2027-01-31") from None


def _as_float(value: Any) -> Any:
    return float(value) if type(value) is int else value


Words = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Day = Annotated[date, BeforeValidator(_as_date)]
Number = Annotated[float, BeforeValidator(_as_float)]
Share = Annotated[Number, Field(ge=0, le=1)]


@cache
def _countries() -> frozenset[str]:
    from babel import Locale

    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes - _NOT_COUNTRIES if re.fullmatch("[A-Z]{2}", code))


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Follow(_Section):
    """Which links of a page to follow, besides its next page, which is always followed."""

    #: regular expressions; a link is followed when one of them is found in its address
    patterns: Words = ()
    #: how many such links away from the first page
    depth: Annotated[int, Field(ge=1, le=10)] = 1

    @field_validator("patterns")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return patterns


class Pace(_Section):
    """How politely to collect. What is not given comes from the configuration."""

    delay: Annotated[Number, Field(ge=0, le=3600)] | None = None  #: seconds between pages
    max_pages: Annotated[int, Field(ge=1)] | None = None  #: in one run
    #: days after which a run goes through everything again, known or not
    full_every: Annotated[Number, Field(gt=0, le=3650)] | None = None


class Expect(_Section):
    """What a healthy run yields at least; less is the outcome `below_expected`."""

    posts: Annotated[int, Field(ge=0)] = 0  #: seen in a run, known ones included
    #: field -> share of the posts that must have it, 0 to 1
    fields: Mapping[str, Share] = {}

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: Mapping[str, float]) -> Mapping[str, float]:
        for name in fields:
            if name not in FIELDS:
                known = ", ".join(FIELDS)
                raise ValueError(f"{name!r} is not a field of a post (known: {known})")
        return fields


class Browser(_Section):
    """What the browser does with each page, with `render: js`."""

    #: times to scroll to the end of a page that goes on, as long as something new comes
    scroll: Annotated[int, Field(ge=0, le=200)] = 0
    #: CSS selectors of buttons to press ('show more'), as long as it brings something
    click: Words = ()
    consent: bool = True  #: press the button of a consent wall: the one that refuses first
    screenshot: bool = False  #: of the whole page, kept beside its capture
    #: other hosts that a page may load parts of itself from, each with those below it
    allow_hosts: Words = ()

    @field_validator("click")
    @classmethod
    def _click(cls, selectors: tuple[str, ...]) -> tuple[str, ...]:
        for selector in selectors:
            _check_selector(selector)
        return selectors

    @field_validator("allow_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"[a-z0-9.-]+", host):
                raise ValueError(f"{host!r} is not a host: write it as static.example.org")
        return hosts


def _check_selector(value: str) -> None:
    # Loaded only where a source has selectors: most do not, and it costs an import.
    from cssselect import SelectorError
    from parsel.csstranslator import HTMLTranslator

    try:
        HTMLTranslator().css_to_xpath(value)
    except SelectorError as error:
        raise ValueError(f"{value!r} is not a CSS selector: {error}") from None


class Selectors(_Section):
    """CSS selectors for pages no parser knows. `::attr(name)` takes an attribute."""

    post: str  #: every post of a page
    text: str | None = None  #: within the post; without it, the whole post
    author: str | None = None
    time: str | None = None  #: a `<time datetime>`, or a text in ISO 8601 or RFC 2822
    id: str | None = None
    url: str | None = None
    next: str | None = None  #: of the page: the link to the next one

    @field_validator("*")
    @classmethod
    def _selector(cls, value: str | None) -> str | None:
        if value is not None:
            _check_selector(value)
        return value


class Source(_Section):
    """One public place to collect from."""

    name: str  #: the stem of its file, unless given
    platform: str  #: the name of a module in `spiders/sites`
    url: str  #: the first page
    purpose: Annotated[str, Field(min_length=3)]  #: what it is collected for
    authority: Annotated[str, Field(min_length=1)]  #: the reference of who allowed it
    review_date: Day  #: the last day on which it may be collected without a new review
    #: the law that the collection stands on
    legal_basis: Annotated[str, Field(min_length=3)] | None = None
    #: who reviews the authority
    reviewer: Annotated[str, Field(min_length=2)] | None = None
    #: whether it is the page of a named person; None: told from the address
    person: bool | None = None
    #: the reference of an authority for directed surveillance of that person
    surveillance_authority: Annotated[str, Field(min_length=1)] | None = None
    enabled: bool = True
    follow: Follow = Follow()
    pace: Pace = Pace()
    schedule: str | None = None  #: cron, five fields; None: only when asked
    hours: str | None = None  #: of each day, "22:00-06:00" in the configured time zone
    render: Literal["none", "js"] = "none"
    wait_for: str | None = None  #: with `render: js`, the CSS selector to wait for
    browser: Browser = Browser()
    expect: Expect = Expect()
    regions: Words = ()  #: ISO 3166-1 alpha-2, hints for national telephone numbers
    languages: Words = ()  #: hints for the language chain, and for times in words
    #: IANA name of the zone its printed times are in; None: what the page says, else UTC
    time_zone: str | None = None
    selectors: Selectors | None = None

    @property
    def host(self) -> str:
        """The host it is on, lower case, without the port."""
        return urlsplit(self.url).hostname or ""

    @property
    def pace_host(self) -> str:
        """The name under which all sources on its server share their pace."""
        return self.host.removeprefix("www.")

    def is_open(self, moment: datetime, zone: str) -> bool:
        """Whether a moment lies within its hours, by the clock of a zone."""
        return self.hours is None or parse_hours(self.hours).is_open(moment, zone)

    def authorised_on(self, day: date) -> bool:
        """Whether its review date has not passed."""
        return day <= self.review_date

    @property
    def justification(self) -> str:
        """Purpose and authorities, for the audit log."""
        more = (self.legal_basis, self.surveillance_authority)
        references = "; ".join([self.authority, *(one for one in more if one)])
        return f"{self.purpose} ({references})"

    def lacking_authority(self) -> tuple[str, ...]:
        """Those of the fields on its authority that may be left out, and are."""
        fields = {"legal_basis": self.legal_basis, "reviewer": self.reviewer}
        return tuple(name for name, value in fields.items() if value is None)

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} must be lower-case letters, digits, '-' and '_' (64)")
        return name

    @field_validator("platform")
    @classmethod
    def _platform(cls, platform: str) -> str:
        if platform not in platforms():
            known = ", ".join(platforms())
            raise ValueError(f"there is no parser for {platform!r} (known: {known})")
        return platform

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            host = parts.hostname
            _ = parts.port
        except ValueError as error:
            raise ValueError(f"{url!r} is not an address: {error}") from None
        if parts.scheme not in {"http", "https"}:
            raise ValueError(f"{url!r} must begin with http:// or https://")
        if not host or any(character.isspace() for character in url):
            raise ValueError(f"{url!r} is not an address")
        if parts.username or parts.password:
            raise ValueError("must not carry a user or password: public pages only")
        if host in {"t.me", "telegram.me"} and not parts.path.startswith("/s/"):
            channel = parts.path.strip("/").split("/")[0] or "channel"
            raise ValueError(f"the public preview of a channel is https://t.me/s/{channel}")
        return url

    @field_validator("schedule")
    @classmethod
    def _schedule(cls, schedule: str | None) -> str | None:
        if schedule is None:
            return None
        if len(schedule.split()) != 5:
            raise ValueError(f"{schedule!r} must have five fields: minute hour day month weekday")
        try:
            next(CronSim(schedule, datetime.now(UTC)), None) or _never(schedule)
        except CronSimError as error:
            if "day-of-month" in str(error):
                _never(schedule, f" or is malformed ({error})")
            raise ValueError(f"{schedule!r} is not a cron line: {error}") from None
        return schedule

    @field_validator("time_zone")
    @classmethod
    def _time_zone(cls, name: str | None) -> str | None:
        if name is not None and zone_named(name) is None:
            raise ValueError(f"{name!r} is not a time zone: write it as Europe/London")
        return name

    @field_validator("hours")
    @classmethod
    def _hours(cls, hours: str | None) -> str | None:
        if hours is not None:
            parse_hours(hours)
        return hours

    @field_validator("regions")
    @classmethod
    def _regions(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        for region in regions:
            if region not in _countries():
                hint = " (the United Kingdom is GB)" if region.upper() == "UK" else ""
                raise ValueError(f"{region!r} is not a country of ISO 3166-1{hint}")
        return regions

    @field_validator("languages")
    @classmethod
    def _languages(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for language in languages:
            if not _LANGUAGE.fullmatch(language):
                raise ValueError(f"{language!r} is not a language code such as ckb or ar-Latn")
        return languages

    # What two fields must agree on is checked at the later of them, so that it is
    # reported together with the faults of single fields.

    @field_validator("wait_for")
    @classmethod
    def _wait_for(cls, wait_for: str | None, info: ValidationInfo) -> str | None:
        if wait_for is not None and info.data.get("render", "js") != "js":
            raise ValueError("needs render: js")
        return wait_for

    @field_validator("browser")
    @classmethod
    def _browser(cls, browser: Browser, info: ValidationInfo) -> Browser:
        if browser != Browser() and info.data.get("render", "js") != "js":
            raise ValueError("needs render: js")
        return browser

    @field_validator("selectors")
    @classmethod
    def _selectors(cls, selectors: Selectors | None, info: ValidationInfo) -> Selectors | None:
        platform = info.data.get("platform", "webpage")
        if selectors is not None and platform not in {"webpage", "classifieds"}:
            raise ValueError(f"are not read by the platform {platform}")
        return selectors


def _never(schedule: str, why: str = "") -> bool:
    raise ValueError(f"{schedule!r} never fires{why}: correct the day or the month")


def is_name(name: str) -> bool:
    """Whether it can be the name of a source."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class SourceSet:
    """The sources of a folder that can be used, and every fault of the files."""

    sources: tuple[Source, ...]  #: sorted by name; those past their review date included
    problems: tuple[Problem, ...] = ()

    def find(self, name: str) -> Source | None:
        """The source of a name; None when there is none, or its file has faults."""
        return next((source for source in self.sources if source.name == name), None)


def load_sources(folder: Path, *, today: date) -> SourceSet:
    """Read every `*.yml` and `*.yaml` of a folder and of the folders in it.

    A file with faults is left out and the others stay usable. A source past its review date
    is loaded, and a problem says so: its runs end `not_authorised`.
    """
    if not folder.is_dir():
        return SourceSet((), (Problem(str(folder), 0, "", "is not there: make this folder"),))
    return _load(_files(folder), today)


def find_source(folder: Path, name: str, *, today: date) -> Source | None:
    """One source of a folder, as `load_sources` has it; None where it has none.

    Of the files only those are read as YAML that have the name: in a folder of 500 it takes
    a tenth of the time, and every crawl begins with it.
    """
    word = name.encode()
    files = [path for path in _files(folder) if path.stem == name or word in _bytes(path)]
    return _load(files, today).find(name)


def _files(folder: Path) -> list[Path]:
    return sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")])


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _load(paths: Sequence[Path], today: date) -> SourceSet:
    problems: list[Problem] = []
    named: dict[str, str] = {}
    sources: list[Source] = []
    for path in paths:
        try:
            document, source = _read_file(path)
        except ConfigError as error:
            problems += error.problems
            continue
        problems += _overdue(document, today)
        if isinstance(source, ConfigError):
            problems += source.problems
            continue
        if source.name in named:
            message = f"{source.name!r} is already the name of {named[source.name]}"
            problems.append(Problem(document.path, document.line_of(("name",)), "name", message))
            continue
        named[source.name] = document.path
        sources.append(source)
    sources.sort(key=lambda source: source.name)
    return SourceSet(tuple(sources), tuple(sorted(problems)))


#: What files say that have not changed since: `foreland run` looks at all of them each second.
_known: dict[Path, tuple[tuple[int, ...], tuple[Document, Source | ConfigError]]] = {}
#: Nanoseconds in which a file may change and have the same times as before.
_UNSETTLED = 2_000_000_000


def _read_file(path: Path) -> tuple[Document, Source | ConfigError]:
    """A file, with the source or what is wrong with it.

    Raises:
        ConfigError: it cannot be read, or is no YAML.
    """
    before = _state(path)
    known = _known.get(path)
    if known is not None and known[0] == before:
        return known[1]
    _known.pop(path, None)
    document = load_yaml(path)
    source: Source | ConfigError
    try:
        source = _read(document, path.stem)
    except ConfigError as error:
        source = error
    if before and time.time_ns() - max(before[:2]) > _UNSETTLED:
        _known[path] = (before, (document, source))
    return document, source


def _state(path: Path) -> tuple[int, ...]:
    """When a file was changed, and what else tells it from another; () if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)


def _read(document: Document, stem: str) -> Source:
    if not isinstance(document.data, dict):
        raise ConfigError.one(document.path, "must be a list of 'key: value' lines", line=1)
    named = Document(document.path, {"name": stem, **document.data}, document.lines)
    return validate(named, Source)


def _overdue(document: Document, today: date) -> list[Problem]:
    # Looked for in the document, so that it is told beside the file's other faults.
    data = document.data if isinstance(document.data, dict) else {}
    day = _as_date_or_none(data.get("review_date"))
    if day is None or day >= today:
        return []
    message = (
        f"the review date has passed: {day.isoformat()}; "
        "review the authority before collecting again"
    )
    line = document.line_of(("review_date",))
    return [Problem(document.path, line, "review_date", message)]


def _as_date_or_none(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
