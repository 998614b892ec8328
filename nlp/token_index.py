"""Tells at once which word lists may have anything that begins with a token.

A post is searched for the words of a dozen lists (modes, documents, money …), and most of
its tokens are in none of them. So a token is looked up once for all lists, and a list that
has nothing for it is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable

_REMEMBERED = 50_000  #: tokens whose lists are kept; bounds a long run


class TokenIndex:
    """First tokens of the entries of all lists; each list has a bit of its own.

    Lists may be added while others are used in another thread: what was remembered before
    the addition is not believed after it.
    """

    def __init__(self) -> None:
        self._next = 1
        self._whole: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}
        self._endings: dict[str, int] = {}
        self._parts: dict[str, int] = {}
        self._sizes: tuple[range, range] = (range(0), range(0))
        self._known: dict[str, int] = {}

    def add(
        self,
        *,
        whole: Iterable[str],
        beginnings: Iterable[str],
        endings: Iterable[str],
        parts: Iterable[str],
    ) -> int:
        """The bit of a new list.

        Args:
            whole: tokens that begin an entry.
            beginnings: what such a token may begin with.
            endings: what it may end in.
            parts: what it may hold anywhere.
        """
        bit, self._next = self._next, self._next << 1
        for table, texts in (
            (self._whole, whole),
            (self._beginnings, beginnings),
            (self._endings, endings),
            (self._parts, parts),
        ):
            for text in texts:
                table[text] = table.get(text, 0) | bit
        self._sizes = (_sizes(self._beginnings), _sizes(self._endings))
        self._known = {}
        return bit

    def lists(self, token: str) -> int:
        """The bits of the lists in which an entry may begin with a token."""
        known = self._known
        bits = known.get(token)
        if bits is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            bits = known[token] = self._look_up(token)
        return bits

    def _look_up(self, token: str) -> int:
        bits = self._whole.get(token, 0)
        heads, tails = self._sizes
        for size in heads[: len(token)]:
            bits |= self._beginnings.get(token[:size], 0)
        for size in tails[: len(token)]:
            bits |= self._endings.get(token[-size:], 0)
        for part, own in self._parts.items():
            if part in token:
                bits |= own
        return bits


def _sizes(texts: Iterable[str]) -> range:
    """From one code point to the length of the longest."""
    return range(1, max(map(len, texts), default=0) + 1)


#: The lists of the whole process.
ALL_LISTS = TokenIndex()
