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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from nlp.normalise import Normalised, fold, words_of
from nlp.token_index import ALL_LISTS

Payload = TypeVar("Payload")

_REMEMBERED = 5_000  #: tokens a language whose candidates are kept; bounds a long run
_MIXTURES = 100  #: mixtures of languages they are kept for
_LEAST_BEHIND = 3  #: letters of a word that another is written onto
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


class _Candidate(NamedTuple, Generic[Payload]):
    """A pattern that may begin with a token. They sort by which of them is kept."""

    size: int  #: of the pattern in tokens, negative: the longest comes first
    rank: int  #: 0 for the text's own language, 1 for English, 2 for another
    skip: int  #: letters written before it
    letters: int  #: of its first token, negative
    order: int  #: tells apart those that are otherwise alike
    pattern: _Pattern[Payload]


class _Beginning(NamedTuple, Generic[Payload]):
    """What may begin with one token."""

    single: tuple[_Candidate[Payload], ...]  #: of one token
    longer: dict[str, list[_Candidate[Payload]]] | None  #: by their second token
    open: tuple[_Candidate[Payload], ...]  #: of two tokens, the second with any ending


class _Known(dict[str, "_Beginning[Payload] | None"]):
    """Token -> what may begin with it, worked out when it is first met."""

    def __init__(self, work_out: Callable[[str], _Beginning[Payload] | None]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, token: str) -> _Beginning[Payload] | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        beginning = self[token] = self._work_out(token)
        return beginning


class _Begins(dict[str, bool]):
    """Token -> whether it may begin an entry, itself or behind what is written onto it."""

    def __init__(self, lists: Mapping[str, int], bit: int, proclitics: tuple[str, ...]) -> None:
        super().__init__()
        self.lists = lists
        self._bit = bit
        self._proclitics = proclitics

    def __missing__(self, token: str) -> bool:
        if len(self) >= _REMEMBERED:
            self.clear()
        rests = [token]
        if token.startswith(self._proclitics):
            rests += [
                token[len(one) :]
                for one in self._proclitics
                if token.startswith(one) and len(token) >= len(one) + _LEAST_BEHIND
            ]
        begins = self[token] = any(self.lists[rest] & self._bit for rest in rests)
        return begins


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
        self._met: dict[tuple[str, ...], _Known[Payload]] = {}
        self._begins: dict[str, _Begins] = {}
        self._of_token: dict[str, tuple[_Pattern[Payload], ...]] = {}
        self._whole: dict[str, list[_Pattern[Payload]]] = {}
        self._beginnings: dict[str, list[_Pattern[Payload]]] = {}
        self._endings: dict[str, list[_Pattern[Payload]]] = {}
        self._anywhere: list[_Pattern[Payload]] = []
        self._proclitics = {
            language: tuple(sorted({fold(word) for word in words}, key=len, reverse=True))
            for language, words in (proclitics or {}).items()
        }
        for entry in entries:
            self._add(entry)
        self._bit = ALL_LISTS.add(
            whole=self._whole,
            beginnings=_first_tokens(self._beginnings),
            endings=_first_tokens(self._endings),
            parts=_first_tokens({"": self._anywhere}),
        )

    def _add(self, entry: Entry[Payload]) -> None:
        language, words, payload = entry
        words = words.strip()
        open_start = open_end = False
        bare = words
        if "*" in words:
            open_start, open_end = words.startswith("*"), words.endswith("*")
            bare = words.strip("*").strip()
        tokens = words_of(bare)
        if not tokens:
            return
        first = tokens[0]
        travels = _travels(first if len(tokens) == 1 else "".join(tokens))
        spelling = _spelling(words) if language in self._marks_matter else ""
        pattern = _Pattern(tokens, open_start, open_end, language, payload, travels, spelling)
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
        words = normalised.tokens.words
        indices = self._begun(words, language)
        if not indices:
            return []
        met: list[tuple[int, _Candidate[Payload]]] = []
        known = self._known(language, mixture)
        for index in indices:
            beginning = known[words[index]]
            if beginning is None:
                continue
            for candidate in beginning.single:
                met.append((index, candidate))  # noqa: PERF401 - mostly there is one
            if beginning.longer is not None and index + 1 < len(words):
                met += [
                    (index, candidate)
                    for candidate in (*beginning.longer.get(words[index + 1], ()), *beginning.open)
                    if _goes_on(candidate.pattern, words, index)
                ]
        if self._marks_matter and met:
            met = _agreeing(met, normalised)
        return _choose(met, normalised) if met else []

    def _begun(self, words: tuple[str, ...], language: str) -> list[int]:
        """The tokens that may begin an entry, itself or behind what is written onto it."""
        bit, proclitics = self._bit, self._proclitics.get(language)
        if not proclitics:
            listed, any_bits = ALL_LISTS.listed(words)
            return [index for index, bits in listed if bits & bit] if any_bits & bit else []
        begins = self._begins.get(language)
        if begins is None or begins.lists is not ALL_LISTS.lists:
            begins = self._begins[language] = _Begins(ALL_LISTS.lists, bit, proclitics)
        return [index for index, word in enumerate(words) if begins[word]]

    def _known(self, language: str, mixture: tuple[str, ...]) -> _Known[Payload]:
        own = (language, *mixture)
        known = self._met.get(own)
        if known is None:
            if len(self._met) > _MIXTURES:
                self._met.clear()
            known = self._met[own] = _Known(lambda token: self._beginning(token, own))
        return known

    def _beginning(self, token: str, own: tuple[str, ...]) -> _Beginning[Payload] | None:
        """What may begin with a token in a text of these languages, None if nothing does."""
        met = self._candidates(token, own, 0)
        for proclitic in self._proclitics.get(own[0], ()):
            if token.startswith(proclitic) and len(token) >= len(proclitic) + _LEAST_BEHIND:
                met += [
                    one
                    for one in self._candidates(token[len(proclitic) :], own, len(proclitic))
                    if one[2].language == own[0]
                ]
        if not met:
            return None
        if len(met) == 1 and len(met[0][2].tokens) == 1:
            skip, rank, pattern = met[0]
            only = _Candidate(-1, rank, skip, -len(pattern.tokens[0]), 0, pattern)
            return _Beginning((only,), None, ())
        single: list[_Candidate[Payload]] = []
        longer: dict[str, list[_Candidate[Payload]]] = {}
        open_: list[_Candidate[Payload]] = []
        for order, (skip, rank, pattern) in enumerate(met):
            size = len(pattern.tokens)
            candidate = _Candidate(-size, rank, skip, -len(pattern.tokens[0]), order, pattern)
            if size == 1:
                single.append(candidate)
            elif size == 2 and pattern.open_end:
                open_.append(candidate)
            else:
                longer.setdefault(pattern.tokens[1], []).append(candidate)
        return _Beginning(tuple(single), longer if longer or open_ else None, tuple(open_))

    def _candidates(
        self, token: str, own: tuple[str, ...], skip: int
    ) -> list[tuple[int, int, _Pattern[Payload]]]:
        """The patterns that may begin with a token in a text of these languages.

        Each comes with `skip`, the letters before the token, and its rank.
        """
        patterns = self._of_token.get(token)
        if patterns is None:
            if len(self._of_token) >= _REMEMBERED:
                self._of_token.clear()
            patterns = self._of_token[token] = tuple(self._patterns(token))
        ranked = []
        for pattern in patterns:
            if pattern.language in own or own[0] == "und":
                ranked.append((skip, 0, pattern))
            elif pattern.language == "en":
                ranked.append((skip, 1, pattern))
            elif pattern.travels:
                ranked.append((skip, 2, pattern))
        return ranked

    def _patterns(self, token: str) -> Iterator[_Pattern[Payload]]:
        """The patterns of all languages that may begin with a token."""
        if not ALL_LISTS.lists[token] & self._bit:
            return
        yield from self._whole.get(token, ())
        found = [*self._anywhere]
        for size in (3, 2, 1):
            if len(token) >= size:
                found += self._beginnings.get(token[:size], ())
                found += self._endings.get(token[-size:], ())
        yield from (pattern for pattern in found if _may_begin(pattern, token))


def _first_tokens(patterns: Mapping[str, Iterable[_Pattern[Payload]]]) -> set[str]:
    return {pattern.tokens[0] for some in patterns.values() for pattern in some}


def _may_begin(pattern: _Pattern[Payload], token: str) -> bool:
    first = pattern.tokens[0]
    if pattern.open_start:
        ends = token.endswith(first)
        return ends or (pattern.open_end and len(pattern.tokens) == 1 and first in token)
    if pattern.open_end and len(pattern.tokens) == 1:
        return token.startswith(first)
    return token == first


def _goes_on(pattern: _Pattern[Payload], words: tuple[str, ...], index: int) -> bool:
    """Whether the tokens after the first one are those of the pattern."""
    tokens = pattern.tokens
    size = len(tokens)
    if not pattern.open_end:
        return size == 2 or words[index + 1 : index + size] == tokens[1:]
    last = index + size - 1
    return (
        last < len(words)
        and words[last].startswith(tokens[-1])
        and words[index + 1 : last] == tokens[1:-1]
    )


def _agreeing(
    met: list[tuple[int, _Candidate[Payload]]], normalised: Normalised
) -> list[tuple[int, _Candidate[Payload]]]:
    """Those whose diacritics agree with the text, if it has any at all."""
    if not any(candidate.pattern.spelling for _, candidate in met):
        return met
    text = normalised.original
    marked = sum(1 for letter in text[:400] if letter > "\x7f" and letter.isalpha()) >= 2
    starts, ends = normalised.tokens.starts, normalised.tokens.ends
    kept = []
    for index, candidate in met:
        pattern = candidate.pattern
        if pattern.spelling:
            last = index + len(pattern.tokens) - 1
            start, end = normalised.span(starts[index], ends[last])
            written = text[start:end]
            if (marked or not written.isascii()) and _spelling(written) != pattern.spelling:
                continue
        kept.append((index, candidate))
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
    met: list[tuple[int, _Candidate[Payload]]], normalised: Normalised
) -> list[Found[Payload]]:
    starts, ends = normalised.tokens.starts, normalised.tokens.ends
    if len(met) == 1:
        ((index, only),) = met
        last, pattern = index - only.size - 1, only.pattern
        start = starts[index] + only.skip
        return [Found(start, ends[last], pattern.payload, pattern.language, index, last)]
    met.sort()
    found: list[Found[Payload]] = []
    free = 0
    position = 0
    while position < len(met):
        index, best = met[position]
        position += 1
        same = [best.pattern]
        while position < len(met) and met[position][0] == index:
            other = met[position][1]
            if (
                other.rank == best.rank
                and other.skip == best.skip
                and other.size == best.size
                and (best.rank == 2 or other.letters == best.letters)
            ):
                same.append(other.pattern)
            position += 1
        if index < free:
            continue
        payloads = list(dict.fromkeys([one.payload for one in same]))
        if best.rank == 2 and len(payloads) > 1:
            continue
        last = index - best.size - 1
        free = last + 1
        start = starts[index] + best.skip
        for payload in payloads:
            language = next(one.language for one in same if one.payload == payload)
            found.append(Found(start, ends[last], payload, language, index, last))
    return found


def _travels(letters: str) -> bool:
    first = letters[0]
    if not first.isalpha():
        first = next((letter for letter in letters if letter.isalpha()), "")
    if not first:
        return True  # symbols and emoji mean the same everywhere
    for start, end, least in _LEAST_LETTERS:
        if start <= first < end:
            return len(letters) >= least
    return len(letters) >= 2
