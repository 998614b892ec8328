"""Tells whether a word is said only to say that it is not meant: 'no boat', 'deniz yok'.

An advert names what it spares the traveller ('no sea, lorry only', 'no passport needed') as
often as what it offers. The words that turn a meaning round are in the language files, under
`negation`; this looks for them close by, in the same clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nlp.language_data import Lang
from nlp.normalise import Normalised, words_of

#: Words such as 'by' and 'the' that may stand between the negation and what it negates.
_MOST_BETWEEN = 2


class Span(Protocol):
    """A word that was found: its language, and the indices of its first and last token."""

    @property
    def language(self) -> str:
        """The language of the list it is from."""
        ...

    @property
    def first(self) -> int:
        """Index of its first token."""
        ...

    @property
    def last(self) -> int:
        """Index of its last token."""
        ...


@dataclass(frozen=True, slots=True)
class _Words:
    before: Mapping[str, tuple[tuple[str, ...], ...]]  #: by the last token
    after: Mapping[str, tuple[tuple[str, ...], ...]]  #: by the first token
    between: frozenset[str]
    alternatives: frozenset[str]  #: 'or', 'nor'
    joiners: frozenset[str]  #: 'and' beside those


class Negations:
    """The words of every language that say that something is not meant."""

    def __init__(self, languages: Mapping[str, Lang]) -> None:
        self._words = {
            code: _Words(
                _by_token(language.negation.before, -1),
                _by_token(language.negation.after, 0),
                frozenset(_single(language.negation.between)),
                frozenset(_single(language.negation.alternatives)),
                frozenset(
                    _single((*language.negation.alternatives, *language.routes.alternatives))
                ),
            )
            for code, language in languages.items()
        }

    def negated(
        self, found: Sequence[Span], normalised: Normalised, languages: Iterable[str]
    ) -> frozenset[int]:
        """Which of these words, in the order of the text, are not meant.

        Args:
            found: the words, without overlaps.
            normalised: their text.
            languages: the text's own.

        Returns:
            Indices of `found`.
        """
        own = tuple(languages)
        before: list[int] = []
        after: list[int] = []
        for index, span in enumerate(found):
            for words in self._of(own, span):
                if self._is_before(words, span.first, normalised):
                    before.append(index)
                    break
                if self._is_after(words, span.last, normalised):
                    after.append(index)
                    break
        negated = {*before, *after}
        # 'No boat or lorry', 'deniz ve orman yok': what is joined to it is not meant either. A
        # negation that goes before may end at an 'and' ('without walking and in a car').
        for index in before:
            right = index
            while right + 1 < len(found) and self._joined(
                own, found, right, normalised, before=True
            ):
                right += 1
                negated.add(right)
        for index in after:
            left = index
            while left and self._joined(own, found, left - 1, normalised, before=False):
                left -= 1
                negated.add(left)
        return frozenset(negated)

    def _of(self, own: tuple[str, ...], span: Span) -> list[_Words]:
        codes = dict.fromkeys((*own, span.language))
        return [self._words[code] for code in codes if code in self._words]

    @staticmethod
    def _is_before(words: _Words, first: int, normalised: Normalised) -> bool:
        tokens = normalised.tokens.words
        end = first - 1
        for _ in range(_MOST_BETWEEN + 1):
            if end < 0 or _breaks(normalised, end):
                return False
            for pattern in words.before.get(tokens[end], ()):
                start = end - len(pattern) + 1
                if start >= 0 and tokens[start : end + 1] == pattern:
                    return True
            if tokens[end] not in words.between:
                return False
            end -= 1
        return False

    @staticmethod
    def _is_after(words: _Words, last: int, normalised: Normalised) -> bool:
        tokens = normalised.tokens.words
        start = last + 1
        for _ in range(_MOST_BETWEEN + 1):
            if start >= len(tokens) or _breaks(normalised, start - 1):
                return False
            for pattern in words.after.get(tokens[start], ()):
                if tokens[start : start + len(pattern)] == pattern:
                    return True
            if tokens[start] not in words.between:
                return False
            start += 1
        return False

    def _joined(
        self,
        own: tuple[str, ...],
        found: Sequence[Span],
        index: int,
        normalised: Normalised,
        *,
        before: bool,
    ) -> bool:
        """Whether a word and the next stand together, or with a single 'or' between them."""
        left, right = found[index].last, found[index + 1].first
        between = normalised.tokens.words[left + 1 : right]
        if len(between) > 1 or any(_breaks(normalised, at) for at in range(left, right)):
            return False
        return all(
            any(
                token in (words.alternatives if before else words.joiners)
                for words in self._of(own, found[index])
            )
            for token in between
        )


def _breaks(normalised: Normalised, index: int) -> bool:
    """Whether a line ends between a token and the next."""
    tokens = normalised.tokens
    return "\n" in normalised.text[tokens.ends[index] : tokens.starts[index + 1]]


def _by_token(words: Iterable[str], position: int) -> dict[str, tuple[tuple[str, ...], ...]]:
    patterns: dict[str, tuple[tuple[str, ...], ...]] = {}
    for word in words:
        tokens = words_of(word)
        if tokens:
            key = tokens[position]
            patterns[key] = (*patterns.get(key, ()), tokens)
    return patterns


def _single(words: Iterable[str]) -> set[str]:
    return {token for word in words for token in words_of(word)}
