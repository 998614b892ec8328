"""Finds the words of all languages' lists in a text, and keeps those that may be meant.

People mix languages: a Kurdish advert says 'WhatsApp', a Punjabi one 'visa'. So a text is
searched for the words of every language at once, and a word counts when it is

1. of the text's own language (or one that is mixed into it),
2. English,
3. of any other language, if it is too long to be something else by chance (six letters in
   Latin script, five in Cyrillic, four in Arabic, two elsewhere) and those of the other
   languages that have it agree on its meaning.

Of overlapping words the longest is kept, then the one that ranks first above. Words are
matched whole, on folded text, token by token (see `nlp.tokeniser`); a trailing `*` lets any
ending follow the token, a leading `*` any beginning come before it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from nlp.normalise import Normalised, normalise

Payload = TypeVar("Payload")

_REMEMBERED = 5_000  #: tokens a language whose candidates are kept; bounds a long run
_MIXTURES = 100  #: mixtures of languages they are kept for
_LEAST_LETTERS = (("a", "\u0370", 6), ("\u0370", "\u0590", 5), ("\u0590", "\u0800", 4))


class Entry(NamedTuple, Generic[Payload]):
    """One entry of a word list."""

    language: str
    words: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Found(Generic[Payload]):
    """An entry met in a text. `start` and `end` are indices of the folded text."""

    start: int
    end: int
    payload: Payload
    language: str
    first: int  #: index of its first token
    last: int  #: index of its last token


class _Pattern(NamedTuple, Generic[Payload]):
    tokens: tuple[str, ...]
    open_start: bool  #: the first token may have any beginning
    open_end: bool  #: the last token may have any ending
    language: str
    payload: Payload
    travels: bool  #: long enough to be believed in a text of another language
    spelling: str  #: its letters and marks, where marks matter; else ''


class Lexicon(Generic[Payload]):
    """The entries of every language, ready to be found. Finding changes no answer of it."""

    def __init__(
        self,
        entries: Iterable[Entry[Payload]],
        *,
        proclitics: Mapping[str, Iterable[str]] | None = None,
        marks_matter: Collection[str] = (),
    ) -> None:
        """Build the matcher.

        Args:
            entries: language, words, and what they mean. Entries of blanks are passed over.
            proclitics: language -> what is written together before any of its words
                ('و', 'ال' in Arabic); such a beginning is not part of what is found.
            marks_matter: languages whose entries must agree with the diacritics of the text,
                if it is written with any: Vietnamese 'bảng' is money, 'bằng' is not.
        """
        self._marks_matter = frozenset(marks_matter)
        self._met: dict[tuple[str, ...], dict[str, tuple[tuple[int, _Pattern[Payload]], ...]]] = {}
        self._whole: dict[str, list[_Pattern[Payload]]] = {}
        self._beginnings: dict[str, list[_Pattern[Payload]]] = {}
        self._endings: dict[str, list[_Pattern[Payload]]] = {}
        self._anywhere: list[_Pattern[Payload]] = []
        self._proclitics = {
            language: tuple(sorted({normalise(word).text for word in words}, key=len, reverse=True))
            for language, words in (proclitics or {}).items()
        }
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry[Payload]) -> None:
        words = entry.words.strip()
        open_start, open_end = words.startswith("*"), words.endswith("*")
        folded = normalise(words.strip("*").strip())
        tokens = folded.tokens.words
        if not tokens:
            return
        letters = "".join(tokens)
        spelling = _spelling(words) if entry.language in self._marks_matter else ""
        pattern = _Pattern(
            tokens, open_start, open_end, entry.language, entry.payload, _travels(letters), spelling
        )
        first = tokens[0]
        if open_start and open_end and len(tokens) == 1:
            self._anywhere.append(pattern)
        elif open_start:
            self._endings.setdefault(first[-3:], []).append(pattern)
        elif open_end and len(tokens) == 1:
            self._beginnings.setdefault(first[:3], []).append(pattern)
        else:
            self._whole.setdefault(first, []).append(pattern)

    def find(
        self, normalised: Normalised, language: str, mixture: tuple[str, ...] = ()
    ) -> list[Found[Payload]]:
        """The entries in the text, in order, without overlaps.

        Args:
            normalised: the text.
            language: our code; 'und' lets every language's entries count as its own.
            mixture: further languages of the text.

        Returns:
            One `Found` for every meaning; only entries of one language over the same words
            can give more than one.
        """
        tokens = normalised.tokens
        met: list[tuple[int, int, int, _Pattern[Payload]]] = []
        proclitics = self._proclitics.get(language, ())
        own = (language, *mixture)
        if len(self._met) > _MIXTURES and own not in self._met:
            self._met.clear()
        known = self._met.setdefault(own, {})
        for index, token in enumerate(tokens.words):
            candidates = known.get(token)
            if candidates is None:
                if len(known) >= _REMEMBERED:
                    known.clear()
                candidates = known[token] = self._candidates(token, own)
            for rank, pattern in candidates:
                if len(pattern.tokens) == 1 or _fits(pattern, tokens.words, index):
                    met.append((index, 0, rank, pattern))
            for proclitic in proclitics:
                if token.startswith(proclitic) and len(token) >= len(proclitic) + 3:
                    rest = token[len(proclitic) :]
                    words = (*tokens.words[:index], rest, *tokens.words[index + 1 : index + 8])
                    for rank, pattern in self._candidates(rest, own):
                        if pattern.language == language and _fits(pattern, words, index):
                            met.append((index, len(proclitic), rank, pattern))
        if self._marks_matter and met:
            met = _agreeing(met, normalised)
        if not met:
            return []
        return _choose(met, normalised)

    def _candidates(
        self, token: str, own: tuple[str, ...]
    ) -> tuple[tuple[int, _Pattern[Payload]], ...]:
        """The patterns that may begin with a token in a text of these languages, with rank."""
        found = [*self._whole.get(token, ()), *self._anywhere]
        for size in (3, 2, 1):
            if len(token) >= size:
                found += self._beginnings.get(token[:size], ())
                found += self._endings.get(token[-size:], ())
        ranked = []
        for pattern in found:
            if pattern.language in own or own[0] == "und":
                rank = 0
            elif pattern.language == "en":
                rank = 1
            elif pattern.travels:
                rank = 2
            else:
                continue
            if _may_begin(pattern, token):
                ranked.append((rank, pattern))
        return tuple(ranked)


def _may_begin(pattern: _Pattern[Payload], token: str) -> bool:
    first = pattern.tokens[0]
    if pattern.open_start:
        ends = token.endswith(first)
        return ends or (pattern.open_end and len(pattern.tokens) == 1 and first in token)
    if pattern.open_end and len(pattern.tokens) == 1:
        return token.startswith(first)
    return token == first


def _fits(pattern: _Pattern[Payload], words: tuple[str, ...], index: int) -> bool:
    tokens = pattern.tokens
    last = len(tokens) - 1
    if index + last >= len(words):
        return False
    for offset, token in enumerate(tokens):
        word = words[index + offset]
        if word == token:
            continue
        if offset == 0 and pattern.open_start and (last or not pattern.open_end):
            if word.endswith(token):
                continue
        elif offset == 0 == last and pattern.open_start and pattern.open_end:
            if token in word:
                continue
        elif offset == last and pattern.open_end and word.startswith(token):
            continue
        return False
    return True


def _agreeing(
    met: list[tuple[int, int, int, _Pattern[Payload]]], normalised: Normalised
) -> list[tuple[int, int, int, _Pattern[Payload]]]:
    """Those whose diacritics agree with the text, if it has any at all."""
    if not any(one[3].spelling for one in met):
        return met
    text = normalised.original
    marked = sum(1 for letter in text[:400] if letter > "\x7f" and letter.isalpha()) >= 2
    starts, ends = normalised.tokens.starts, normalised.tokens.ends
    kept = []
    for one in met:
        index, _, _, pattern = one
        if pattern.spelling:
            last = index + len(pattern.tokens) - 1
            start, end = normalised.span(starts[index], ends[last])
            written = text[start:end]
            if (marked or not written.isascii()) and _spelling(written) != pattern.spelling:
                continue
        kept.append(one)
    return kept


def _spelling(words: str) -> str:
    """Letters and marks in an order that does not depend on where a tone mark is put."""
    return "".join(
        "".join(
            sorted(
                letter
                for letter in unicodedata.normalize("NFD", word)
                if letter.isalnum() or unicodedata.combining(letter)
            )
        )
        for word in words.casefold().replace("*", "").split()
    )


def _choose(
    met: list[tuple[int, int, int, _Pattern[Payload]]], normalised: Normalised
) -> list[Found[Payload]]:
    starts, ends = normalised.tokens.starts, normalised.tokens.ends
    met.sort(key=lambda one: (one[0], -len(one[3].tokens), one[2], one[1], -len(one[3].tokens[0])))
    found: list[Found[Payload]] = []
    free = 0
    position = 0
    while position < len(met):
        index, skip, rank, pattern = met[position]
        same = [pattern]
        position += 1
        while position < len(met) and met[position][0] == index:
            other = met[position]
            if (
                other[2] == rank
                and other[1] == skip
                and len(other[3].tokens) == len(pattern.tokens)
                and (rank == 2 or len(other[3].tokens[0]) == len(pattern.tokens[0]))
            ):
                same.append(other[3])
            position += 1
        if index < free:
            continue
        payloads = list(dict.fromkeys(one.payload for one in same))
        if rank == 2 and len(payloads) > 1:
            continue
        last = index + len(pattern.tokens) - 1
        free = last + 1
        for payload in payloads:
            language = next(one.language for one in same if one.payload == payload)
            found.append(Found(starts[index] + skip, ends[last], payload, language, index, last))
    return found


def _travels(letters: str) -> bool:
    first = next((letter for letter in letters if letter.isalpha()), "")
    if not first:
        return True  # symbols and emoji mean the same everywhere
    for start, end, least in _LEAST_LETTERS:
        if start <= first < end:
            return len(letters) >= least
    return len(letters) >= 2
