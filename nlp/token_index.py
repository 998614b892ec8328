"""Tells at once which word lists may have anything that begins with a token.

A post is searched for the words of a dozen lists (modes, documents, money …), and most of
its tokens are in none of them. So the tokens are looked up once for all lists, and a list
looks only at those that it has something for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_REMEMBERED = 50_000  #: tokens whose lists are kept; bounds a long run


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
        self._heads = _sizes(tables.beginnings)
        self._tails = _sizes(tables.endings)

    def __missing__(self, token: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        tables = self._tables
        bits = tables.whole.get(token, 0)
        for size in self._heads[: len(token)]:
            bits |= tables.beginnings.get(token[:size], 0)
        for size in self._tails[: len(token)]:
            bits |= tables.endings.get(token[-size:], 0)
        for part, own in tables.parts.items():
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
        self._last: tuple[Sequence[str], _Lists, list[tuple[int, int]]] = ((), self._lists, [])

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

    def listed(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """The indices of the tokens that begin anything in any list, with the lists' bits."""
        last, lists = self._last, self._lists
        if last[0] is words and last[1] is lists:
            return last[2]
        found = [(index, bits) for index, bits in enumerate(map(lists.__getitem__, words)) if bits]
        self._last = (words, lists, found)
        return found


def _sizes(texts: Iterable[str]) -> range:
    """From one code point to the length of the longest."""
    return range(1, max(map(len, texts), default=0) + 1)


#: The lists of the whole process.
ALL_LISTS = TokenIndex()
