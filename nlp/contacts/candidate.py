"""A contact that was read but not yet typed by the words around it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.types import ContactType


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact at indices of the folded text; `type` is None until its words are read."""

    start: int
    end: int
    value: str
    type: ContactType | None = None
    obfuscation: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
