"""The four seams behind which more than one real implementation stands.

Each Protocol's docstring is its contract; `tests/contracts/` holds every adapter to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import TYPE_CHECKING, Protocol

from crawler.types import (
    AnalysedPost,
    Capture,
    Hit,
    OutboxMail,
    Page,
    Query,
    SearchResult,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Archive(Protocol):
    """Keeps every page as it was fetched, and proves that it did not change."""

    def store(self, page: Page, *, source: str) -> Capture:
        """Write the page (request and response) and return where it lies.

        The same bytes twice store one payload and two captures.

        Raises:
            ArchiveError: it could not be written (full disk, no permission).
        """

    def load(self, capture: Capture) -> Page:
        """The page byte for byte as it was stored.

        Raises:
            ArchiveError: it is gone, cut off, or its digest does not match.
        """

    def close(self) -> None:
        """Flush and close. Closing twice is fine."""


class Index(Protocol):
    """Finds adverts. Rebuilt from the store at any time.

    Adding the same revision twice is one; a newer revision of a post replaces the older.
    Every method raises IndexUnavailable when the backend does not answer.
    """

    def add(self, posts: Iterable[AnalysedPost]) -> None:
        """Index the posts, replacing earlier revisions of them. Visible at return."""

    def delete(self, post_ids: Iterable[int]) -> None:
        """Forget the posts. Ids that are not there are passed over."""

    def clear(self) -> None:
        """Forget everything, the position of the last sync too."""

    def rebuilding(self) -> AbstractContextManager[Index]:
        """An empty index to fill anew, which is this index when the block has ended.

        Where the backend can, searches find the old posts until then, and a block that
        fails leaves them; else the index is emptied at the start.
        """

    def synced(self) -> int:
        """The change of the store's log up to which it was filled; 0 when it is new."""

    def mark_synced(self, change: int) -> None:
        """Remember that everything up to this change is in it."""

    def search(
        self,
        query: Query,
        *,
        limit: int = 20,
        after: str | None = None,
        facets: Sequence[str] = (),
        sort: str = "relevance",
    ) -> SearchResult:
        """The best hits, an exact count, and the facets over all hits.

        Args:
            query: from `index.query.parse_query`; an empty query finds everything.
            limit: 0 to 1,000 hits.
            after: the cursor of an earlier result, stable under writes.
            facets: names of fields to count.
            sort: 'relevance', 'newest', 'oldest', or by the price in one currency:
                'cheapest_gbp' (the lowest of a post), 'dearest_eur' (the highest); posts
                without a price in it come last.

        Raises:
            InvalidQuery: the query, the cursor, a facet or the sort is not known.
        """

    def matches(self, query: Query, post_ids: Sequence[int]) -> frozenset[int]:
        """Which of the posts the query finds. For alert rules: exact, no ranking.

        Raises:
            InvalidQuery: as `search`.
        """

    def histogram(self, query: Query, every: str) -> tuple[tuple[date, int], ...]:
        """How many posts of each 'day', 'week' or 'month' (UTC) the query finds.

        By when they were posted, else first seen; each by its first day, in order, without
        those that have none. The counts are exact and sum up to the query's.

        Raises:
            InvalidQuery: as `search`, or it is another width.
        """

    def iter_hits(self, query: Query) -> Iterator[Hit]:
        """Every hit, newest first, with no cap. For exports."""

    def count(self) -> int:
        """How many posts are indexed."""

    def close(self) -> None:
        """Release what is held. Closing twice is fine."""


class Mailer(Protocol):
    """Hands one message over. The store, not the mailer, keeps it from going twice."""

    def send(self, mail: OutboxMail) -> str:
        """Deliver, and return where it went in words ('data/outbox/….eml').

        Raises:
            MailError: it was not taken; the message stays in the outbox.
        """


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is likeness of meaning."""

    #: names the model and its version; stored with what was computed from it
    name: str
    #: numbers in a vector
    dimensions: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit-length vector a text: an array of shape (texts, dimensions)."""
