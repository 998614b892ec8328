"""Where a page of hits ended, as a word that is given out and taken back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from crawler.errors import InvalidQuery
from crawler.types import Query

#: So many of the last hits a cursor names: the last that is still there is the border.
_BORDER = 5


class Cursor:
    """Where a page ended: the last hit's key, the last hits, the newest post counted."""

    def __init__(self, key: float, last_hits: Sequence[int], added: int) -> None:
        self.key = key
        self.last_hits = tuple(last_hits[-_BORDER:])
        self.added = added

    def write(self, query: Query, sort: str) -> str:
        """The cursor as a word without spaces."""
        fields = [_digest(query, sort), self.key, self.added, *self.last_hits]
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, query: Query, sort: str) -> Cursor:
        """The cursor of a word.

        Raises:
            InvalidQuery: it is broken, or belongs to another query or order.
        """
        try:
            padded = text.encode() + b"=" * (-len(text) % 4)
            digest, key, added, *last = json.loads(
                base64.b64decode(padded, altchars=b"-_", validate=True)
            )
        except (ValueError, TypeError, binascii.Error, RecursionError) as e:
            raise InvalidQuery(query.text, "the cursor is broken; begin at the first page") from e
        numbers = isinstance(key, int | float) and all(isinstance(n, int) for n in (added, *last))
        if not (numbers and last and all(abs(n) < 2**63 for n in (key, added, *last))):
            raise InvalidQuery(query.text, "the cursor is broken; begin at the first page")
        if digest != _digest(query, sort):
            raise InvalidQuery(
                query.text,
                "the cursor belongs to another query or order; begin at the first page",
            )
        return cls(key, last, added)


def _digest(query: Query, sort: str) -> str:
    named = f"{sort} {query.text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(named).hexdigest()[:12]
