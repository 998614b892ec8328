"""The invented posts of the local site, from `demo/content/*.yml`, one file a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from crawler.strict_yaml import load_yaml, validate

FOLDER = Path(__file__).parent / "content"

Kind = Literal["telegram", "closed", "rss", "atom", "json", "board", "live", "article"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InventedPost(_Part):
    """One invented post. `at` is UTC."""

    at: datetime
    text: str
    author: str = ""
    handle: str = ""
    views: int = 0
    edited: bool = False
    forwarded_from: str = ""


class InventedPlace(_Part):
    """A channel, feed, board or page of the local site, with its posts, oldest first."""

    kind: Kind
    title: str
    languages: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    posts: tuple[InventedPost, ...] = Field(default=())


@dataclass(frozen=True, slots=True)
class Content:
    """Every place by its name."""

    places: dict[str, InventedPlace]

    @property
    def posts(self) -> int:
        """How many posts there are in all."""
        return sum(len(place.posts) for place in self.places.values())


@lru_cache(maxsize=1)
def load_content() -> Content:
    """All places.

    Raises:
        ConfigError: a file has faults; all of them, with their lines.
    """
    return Content(
        {
            path.stem: validate(load_yaml(path), InventedPlace)
            for path in sorted(FOLDER.glob("*.yml"))
        }
    )
