"""Tells at once which word lists may have anything that begins with a token.

A post is searched for the words of a dozen lists (modes, documents, money …), and most of
its tokens are in none of them. So the tokens are looked up once for all lists, and a list
looks only at those that it has something for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

_KEY = 3  #: letters that beginnings and endings are found by
_REMEMBERED = 50_000  #: tokens whose lists are kept; bounds a long run


#: Indices of tokens with the bits of their lists, and the bits of all of them.
_Listed = tuple[list[tuple[int, int]], int]


class _Tables:
    """First tokens of entries, each with the bits of its lists."""

    def __init__(self) -> None:
        self.whole: dict[str, int] = {}
        self.beginnings: dict[str, int] = {}
        self.endings: dict[str, int] = {}
        self.parts: dict[str, int] = {}


class _Lists(dict[str, int]):
    """Token -> the bits of the lists in which an entry may begin with it."""

    def __init__(self, tables: _Tables) -> None:
        super().__init__()
        self._tables = tables
        self._beginnings = _grouped(tables.beginnings, slice(None, _KEY))
        self._endings = _grouped(tables.endings, slice(-_KEY, None))

    def __missing__(self, token: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        bits = self._tables.whole.get(token, 0)
        for size in range(1, min(len(token), _KEY) + 1):
            for beginning, own in self._beginnings.get(token[:size], ()):
                if token.startswith(beginning):
                    bits |= own
            for ending, own in self._endings.get(token[-size:], ()):
                if token.endswith(ending):
                    bits |= own
        for part, own in self._tables.parts.items():
            if part in token:
                bits |= own
        self[token] = bits
        return bits


class TokenIndex:
    """The lists by the tokens that their entries begin with; each list has a bit of its own.

    A list may be added while others are used in another thread: what was looked up before
    the addition is not believed after it.
    """

    def __init__(self) -> None:
        self._bit = 1
        self._tables = _Tables()
        self._lists = _Lists(self._tables)
        self._last: tuple[Sequence[str], _Lists, _Listed] = ((), self._lists, ([], 0))

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
        bit, self._bit = self._bit, self._bit << 1
        tables = self._tables
        for table, texts in (
            (tables.whole, whole),
            (tables.beginnings, beginnings),
            (tables.endings, endings),
            (tables.parts, parts),
        ):
            for text in texts:
                table[text] = table.get(text, 0) | bit
        self._lists = _Lists(tables)
        return bit

    @property
    def lists(self) -> Mapping[str, int]:
        """Any token -> the bits of the lists in which an entry may begin with it."""
        return self._lists

    def listed(self, words: Sequence[str]) -> _Listed:
        """The indices of the tokens that begin anything in any list, with the lists' bits.

        Beside them, the bits of all lists that any of them is in.
        """
        last, lists = self._last, self._lists
        if last[0] is words and last[1] is lists:
            return last[2]
        together = list(map(lists.__getitem__, words))
        found = [(index, bits) for index, bits in enumerate(together) if bits]
        listed = (found, reduce(or_, together, 0))
        self._last = (words, lists, listed)
        return listed


def _grouped(texts: Mapping[str, int], key: slice) -> dict[str, list[tuple[str, int]]]:
    """The texts, with their bits, by their first or last letters."""
    groups: dict[str, list[tuple[str, int]]] = {}
    for text, bits in texts.items():
        groups.setdefault(text[key], []).append((text, bits))
    return groups


#: The lists of the whole process.
ALL_LISTS = TokenIndex()
