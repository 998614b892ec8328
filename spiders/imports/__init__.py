"""Readers of files that people bring: exports, captures and tables of other tools.

Each module reads one format: pure functions from bytes to what is in them. A line that
cannot be read becomes a `BadLine`, and the rest is read all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.types import Page, ParsedPost


@dataclass(frozen=True, slots=True)
class FoundPost:
    """One post of a file."""

    platform: str
    post: ParsedPost
    place: str = ""  #: of what the post's id is unique in, where a file holds several


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page of a file, for its platform's parser."""

    page: Page


@dataclass(frozen=True, slots=True)
class BadLine:
    """Something in the file that could not be read. `line` counts from 1; 0: no line."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


Found = FoundPost | FoundPage | BadLine


class NotThisFormat(ValueError):
    """The file as a whole is not what its reader reads; the message says why."""
