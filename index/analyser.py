"""Cuts a text into the words that are searched for: one analyser for every backend.

Words are folded (`crawler.folding`), so that a search finds them whatever the keyboard.
Both backends are given these tokens, never the text, so that both find the same posts.

Chinese and Japanese have no spaces: a run of Han and kana gives overlapping pairs and,
at its end, its last character alone, so that `英` (as a prefix) finds it everywhere and
`英国` (as a pair) finds the word. Emoji and flags are words of their own.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from itertools import chain, pairwise
from typing import NamedTuple

from crawler.folding import FOLDING_VERSION, FOLDS, INVISIBLE, folded

#: Raised when the tokens change; an index built with another one is rebuilt.
ANALYSER_VERSION = f"1.{FOLDING_VERSION}"
#: Longer words are cut: nobody types them, and Elasticsearch refuses them in the end.
MAX_TOKEN = 100

_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
_VOICING = "\u3099\u309a"
_CJK_RUN = re.compile(f"[{_CJK}{_VOICING}]+")
_HAS_CJK = re.compile(f"[{_CJK}]")


def _mark_class() -> str:
    """Marks and invisible characters that belong to the word they stand in."""
    limit = min(sys.maxunicode, 0x1FFFF)  # no mark lies above, but for those in INVISIBLE
    points = [p for p in range(0x300, limit) if unicodedata.category(chr(p)).startswith("M")]
    points = sorted({*points, *map(ord, INVISIBLE)})
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


_MARKS = _mark_class()
_INVISIBLE = "".join(INVISIBLE)
# A word; a flag; another emoji. The underscore joins the parts of a handle, and so parts
# them here: each part is found, and the whole as a phrase.
_WORD = re.compile(
    f"[^\\W_]+(?:[{_MARKS}]+[^\\W_]*)*"
    "|[\U0001f1e6-\U0001f1ff]{2}"
    "|[\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff]"
)
_FOLDED_WORD = re.compile(f"[^\\W_]+(?:[{_MARKS}]+[^\\W_]*)*")


class Token(NamedTuple):
    """One word as it is indexed, and where it stands: `text[start:end]`."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[str]:
    """The folded words of the text in their order: what is indexed."""
    # No word holds white space. What stands between is met again and again, and taking it
    # from the cache whole is twice as fast as finding its words first.
    return list(chain.from_iterable(map(_CACHE.__getitem__, text.split())))


def analyse(text: str) -> list[Token]:
    """The same words as `tokens`, with their offsets in the text as it was given."""
    found: list[Token] = []
    for match in _WORD.finditer(text):
        start, raw = match.start(), match.group()
        found.extend(Token(word, start + a, start + b) for word, a, b in _pieces(raw))
    return found


class Sought(NamedTuple):
    """The tokens of a query's words.

    `partial`: the last is a lone Han or kana character, found where a token begins with it.
    """

    tokens: tuple[str, ...]
    partial: bool = False


def sought(text: str) -> Sought:
    """What a query's words have to be compared with, in order; no token: nothing to find."""
    pieces = analyse(text)
    if not pieces:
        return Sought(())
    last = pieces[-1]
    if not _HAS_CJK.match(last.text) or len(last.text) > 1:
        return Sought(tuple(piece.text for piece in pieces))
    # A run's last character stands alone so that posts are found by one character. In a
    # query it would ask that the run end there too.
    if len(pieces) > 1 and pieces[-2].end == last.end:
        return Sought(tuple(piece.text for piece in pieces[:-1]))
    return Sought(tuple(piece.text for piece in pieces), partial=True)


def words_between_spaces(raw: str) -> tuple[str, ...]:
    """As `tokens`, of a text without white space, and not remembered."""
    if raw.isalnum() and (raw.isascii() or not _HAS_CJK.search(raw)):
        plain = folded(raw[: MAX_TOKEN * 2])  # as most are: one word and nothing beside it
        if plain.isalnum():
            return (plain[:MAX_TOKEN],)
    return tuple([piece[0] for word in _WORD.findall(raw) for piece in _pieces(word)])


class _Cache(dict[str, tuple[str, ...]]):
    """What stood between spaces lately, and its tokens.

    A plain dict is three times as fast as lru_cache.
    """

    def __missing__(self, raw: str) -> tuple[str, ...]:
        found = words_between_spaces(raw)
        if len(raw) <= 64:
            if len(self) >= 200_000:
                self.clear()
            self[raw] = found
        return found


_CACHE = _Cache()


def _pieces(raw: str) -> list[tuple[str, int, int]]:
    """The tokens of one word or emoji, with offsets inside it."""
    if not _HAS_CJK.search(raw):
        return _plain_pieces(raw, 0)
    pieces: list[tuple[str, int, int]] = []
    at = 0
    for run in _CJK_RUN.finditer(raw):
        pieces += _plain_pieces(raw[at : run.start()], at)
        pieces += _paired(run.group(), run.start())
        at = run.end()
    return pieces + _plain_pieces(raw[at:], at)


def _plain_pieces(raw: str, offset: int) -> list[tuple[str, int, int]]:
    length = len(raw.rstrip(_INVISIBLE))
    if not length:
        return []
    if not raw[0].isalnum():  # an emoji, or what is left of one
        return [(folded(raw), offset, offset + length)]
    plain = folded(raw[: MAX_TOKEN * 2])
    # One character may fold into several words ('ﷺ'); all of them stand where it stands.
    parts = [plain] if plain.isalnum() else _FOLDED_WORD.findall(plain)
    return [(part[:MAX_TOKEN], offset, offset + length) for part in parts]


def _paired(run: str, offset: int) -> list[tuple[str, int, int]]:
    """The pairs of a run of Han and kana, and its last character."""
    plain_run = run.translate(FOLDS)
    if len(plain_run) == len(run) and not any(mark in plain_run for mark in _VOICING):
        last_at = offset + len(run) - 1
        pairs = zip(plain_run, plain_run[1:], range(offset, last_at), strict=False)
        single = (plain_run[-1], last_at, last_at + 1)
        return [*[(left + right, at, at + 2) for left, right, at in pairs], single]
    characters: list[tuple[str, int, int]] = []
    for at, character in enumerate(run):
        plain = FOLDS[ord(character)]
        if plain in _VOICING and characters:  # a voicing mark typed apart from its kana
            before, start, _ = characters[-1]
            characters[-1] = (unicodedata.normalize("NFC", before + plain), start, at + 1)
        else:
            characters.append((plain, at, at + 1))
    pieces = [
        (left + right, offset + start, offset + end)
        for (left, start, _), (right, _, end) in pairwise(characters)
    ]
    last, start, end = characters[-1]
    return [*pieces, (last, offset + start, offset + end)]
