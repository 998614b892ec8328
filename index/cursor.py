"""Where a page of hits ended, as a word that is given out and taken back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from crawler.errors import InvalidQuery
from crawler.types import Query


class Cursor:
    """Where a page ended: the sort, its last hit's key and id, the newest post counted."""

    def __init__(self, sort: str, key: float, post_id: int, added: int) -> None:
        self.sort = sort
        self.key = key
        self.post_id = post_id
        self.added = added

    def write(self, query: Query) -> str:
        """The cursor as a word without spaces."""
        fields = [self.sort, self.key, self.post_id, self.added, _digest(query)]
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, query: Query, sort: str) -> Cursor:
        """The cursor of a word.

        Raises:
            InvalidQuery: it is broken, or belongs to another query or order.
        """
        try:
            padded = text.encode() + b"=" * (-len(text) % 4)
            fields = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            was_sort, key, post_id, added, digest = fields
            cursor = cls(was_sort, key + 0.0 if was_sort == "relevance" else key, post_id, added)
            known = isinstance(post_id, int) and isinstance(added, int) and key == key
            integral = abs(post_id) < 2**63 and abs(added) < 2**63 and abs(key) < 2**63
        except (ValueError, TypeError, binascii.Error, RecursionError) as e:
            raise InvalidQuery(query.text, "the cursor is broken; begin at the first page") from e
        if not (known and integral):
            raise InvalidQuery(query.text, "the cursor is broken; begin at the first page")
        if digest != _digest(query) or was_sort != sort:
            raise InvalidQuery(
                query.text,
                "the cursor belongs to another query or order; begin at the first page",
            )
        return cursor


def _digest(query: Query) -> str:
    return hashlib.sha256(query.text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
