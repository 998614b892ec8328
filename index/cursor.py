"""Where a page of hits ended, as a word that is given out and taken back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
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
        return seal(query, sort, [self.key, self.added, *self.last_hits])

    @classmethod
    def read(cls, text: str, query: Query, sort: str) -> Cursor:
        """The cursor of a word.

        Raises:
            InvalidQuery: it is broken, or belongs to another query or order.
        """
        fields = unseal(text, query, sort)
        numbers = numbers_of(fields)
        hits = [n for n in numbers[1:] if isinstance(n, int)]
        if len(fields) < 3 or len(numbers) < len(fields) or len(hits) < len(numbers) - 1:
            raise broken(query)
        return cls(numbers[0], hits[1:], hits[0])


def seal(query: Query, sort: str, fields: Sequence[object]) -> str:
    """A word that holds the fields (JSON values) and the query that they belong to."""
    written = json.dumps([_digest(query, sort), *fields]).encode()
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def unseal(text: str, query: Query, sort: str) -> list[object]:
    """The fields of such a word.

    Raises:
        InvalidQuery: it is broken, or belongs to another query or order.
    """
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        written = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as e:
        raise broken(query) from e
    if not isinstance(written, list) or not written or not isinstance(written[0], str):
        raise broken(query)
    if written[0] != _digest(query, sort):
        raise InvalidQuery(
            query.text, "the cursor belongs to another query or order; begin at the first page"
        )
    return written[1:]


def numbers_of(fields: Sequence[object]) -> list[int | float]:
    """The fields that are numbers such as a post can have."""
    return [
        n
        for n in fields
        if (isinstance(n, int) and abs(n) < 2**63) or (isinstance(n, float) and math.isfinite(n))
    ]


def broken(query: Query) -> InvalidQuery:
    """The error of a cursor that nobody gave out."""
    return InvalidQuery(query.text, "the cursor is broken; begin at the first page")


def _digest(query: Query, sort: str) -> str:
    named = f"{sort} {query.text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(named).hexdigest()[:12]
