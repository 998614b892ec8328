"""Every error that Foreland raises on purpose.

    CrawlerError
    ├── ConfigError(path, line, field)      a file a person wrote is wrong
    │   ├── SourceError
    │   └── RuleError
    ├── PageError(url)                      one page could not be used
    │   ├── LayoutChanged                   fetched, but not the markup we know
    │   ├── Damaged                         cut short, or not what it says it is
    │   ├── Blocked                         the site refused us
    │   └── LoginRequired
    ├── ArchiveError(digest)
    ├── StoreError                          full disk, locked or damaged database
    ├── SearchError
    │   ├── IndexUnavailable
    │   └── InvalidQuery (ValueError)
    ├── MailError
    └── ResourceMissing                     a browser, a model or a data file is not there

Each renders the thing it concerns first, so that a log line names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class CrawlerError(Exception):
    """The root of every error a person can act on."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of one file: where it is, which field, what is wrong, what to do."""

    path: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return (
            f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"
        )


class ConfigError(CrawlerError):
    """A file a person wrote has faults. All of them are in `problems`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def one(cls, path: Path | str, message: str, *, line: int = 0, field: str = "") -> ConfigError:
        """An error with a single problem."""
        return cls([Problem(str(path), line, field, message)])


class SourceError(ConfigError):
    """A source file has faults."""


class RuleError(ConfigError):
    """A rule file has faults."""


class PageError(CrawlerError):
    """One page could not be used; the run goes on with the others."""

    def __init__(self, url: str, message: str) -> None:
        self.url = url
        super().__init__(f"{url}: {message}")


class LayoutChanged(PageError):
    """The page was fetched, but it is not the markup the parser knows."""


class Damaged(PageError):
    """What was received cannot be read to its end: cut short, or ill-formed."""


class Blocked(PageError):
    """The site refused to show the page: a ban, a CAPTCHA, a rate limit."""


class LoginRequired(PageError):
    """The page is shown to members only. It is never entered."""


class ArchiveError(CrawlerError):
    """A capture could not be written, or is not what it was when it was written."""

    def __init__(self, digest: str, message: str) -> None:
        self.digest = digest
        super().__init__(f"{digest}: {message}")


class StoreError(CrawlerError):
    """The database could not be read or written."""


class SearchError(CrawlerError):
    """A search could not be answered."""


class IndexUnavailable(SearchError):
    """The index does not answer; the change log waits until it does."""


class InvalidQuery(SearchError, ValueError):
    """The query cannot be understood. `column` counts from 1."""

    def __init__(self, query: str, message: str, *, column: int | None = None) -> None:
        self.query = query
        self.column = column
        place = f" (column {column})" if column else ""
        shown = query if len(query) <= 200 else query[:200] + "…"
        super().__init__(f"{shown}: {message}{place}")


class MailError(CrawlerError):
    """A message was not taken by the mailer; it stays in the outbox."""


class ResourceMissing(CrawlerError):
    """Something that has to be installed is not there: a browser, a model, a data file."""
