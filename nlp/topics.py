"""Finds the ways of travelling, documents, services, payment terms and code words of a post.

All are lists of words in the language files; what they have in common is here, what a list
means is in the types of `crawler.types`. Except for code words, what is named only to say
that it is not meant ('no boat', 'no passport needed') is left out; see `nlp.negation`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from crawler.types import (
    CodeWord,
    Document,
    Label,
    Mention,
    Mode,
    ModeWord,
    Service,
    Term,
)
from nlp.annotations import make_mention
from nlp.language_data import Lang, load_languages
from nlp.lexicon import Entry, Found, Lexicon
from nlp.negation import Negations
from nlp.normalise import Normalised

Topic = Literal["mode", "mode_hint", "document", "service", "term", "code_word"]
Meaning = ModeWord | Document | Service | Term | CodeWord

#: Pictures say the same in every language.
MODE_SIGNS: Mapping[Mode, str] = {
    "sea": "🚤⛵🚢🛥🛳⛴🛶🌊⚓",
    "land": "🚛🚚🚕🚖🚌🚍🚐🚗🚘🚙🏎🚆🚂🚶",
    "air": "✈🛫🛬🛩",
}
_DOCUMENT_SIGNS = "🛂"
#: Languages in which words differ by marks that folding takes away.
_TONAL = ("vi",)


def _modes(language: Lang) -> Iterator[tuple[str, Meaning]]:
    for mode, words in language.modes.items():
        yield from ((word, ModeWord(mode)) for word in words)


def _mode_hints(language: Lang) -> Iterator[tuple[str, Meaning]]:
    for mode, words in language.mode_hints.items():
        yield from ((word, ModeWord(mode)) for word in words)


def _documents(language: Lang) -> Iterator[tuple[str, Meaning]]:
    for kind, words in language.documents.items():
        yield from ((word, Document(kind)) for word in words)


def _services(language: Lang) -> Iterator[tuple[str, Meaning]]:
    for kind, words in language.services.items():
        yield from ((word, Service(kind)) for word in words)


def _terms(language: Lang) -> Iterator[tuple[str, Meaning]]:
    for kind, words in language.terms.items():
        yield from ((word, Term(kind)) for word in words)


def _code_words(language: Lang) -> Iterator[tuple[str, Meaning]]:
    yield from ((word, CodeWord(gloss)) for word, gloss in language.code_words.items())


_LISTS: Mapping[Topic, Callable[[Lang], Iterator[tuple[str, Meaning]]]] = {
    "mode": _modes,
    "mode_hint": _mode_hints,
    "document": _documents,
    "service": _services,
    "term": _terms,
    "code_word": _code_words,
}


class TopicFinder:
    """Finds the words of one topic."""

    def __init__(self, topic: Topic, languages: Mapping[str, Lang]) -> None:
        self._label: Label = "mode" if topic == "mode_hint" else topic
        self._negations = None if topic == "code_word" else Negations(languages)
        entries = [
            Entry(code, words, meaning)
            for code, language in languages.items()
            for words, meaning in _LISTS[topic](language)
        ]
        if topic == "mode":
            entries += [
                Entry("en", sign, ModeWord(mode))
                for mode, signs in MODE_SIGNS.items()
                for sign in signs
            ]
        elif topic == "document":
            entries += [Entry("en", sign, Document("passport")) for sign in _DOCUMENT_SIGNS]
        self._spelt = {
            code: frozenset(
                unicodedata.normalize("NFC", words).casefold().strip("*")
                for words, _ in _LISTS[topic](languages[code])
            )
            for code in _TONAL
            if code in languages
        }
        self._lexicon: Lexicon[Meaning] = Lexicon(entries, proclitics=_proclitics(languages))

    def find(
        self, normalised: Normalised, language: str, mixture: tuple[str, ...] = ()
    ) -> list[Mention]:
        """The words of the topic that are meant, in order, without overlaps."""
        met = [
            found
            for found in self._lexicon.find(normalised, language, mixture)
            if self._is_spelt(found, normalised, language)
        ]
        if met and self._negations is not None:
            negated = self._negations.negated(met, normalised, (language, *mixture))
            met = [found for index, found in enumerate(met) if index not in negated]
        return [
            make_mention(
                self._label,
                normalised.original,
                normalised,
                found.start,
                found.end,
                found.payload,
            )
            for found in met
        ]

    def _is_spelt(self, found: Found[Meaning], normalised: Normalised, language: str) -> bool:
        """Whether a word has the tones of the list, or none: 'bảy' is not 'bay'.

        In a text of such a language a word with marks is not another language's either:
        'vấn' is no van.
        """
        if language not in self._spelt and found.language not in self._spelt:
            return True
        start, end = normalised.span(found.start, found.end)
        written = unicodedata.normalize("NFC", normalised.original[start:end]).casefold()
        return written.isascii() or written in self._spelt.get(found.language, frozenset())


def _proclitics(languages: Mapping[str, Lang]) -> dict[str, list[str]]:
    """What a language writes onto the beginning of words: the prefixes of its route words."""
    return {
        code: prefixes
        for code, language in languages.items()
        if (prefixes := [word[:-1] for word in _affixes(language) if word.endswith("-")])
    }


def _affixes(language: Lang) -> Iterable[str]:
    routes = language.routes
    return (*routes.origin, *routes.via, *routes.destination, *routes.endings)


@lru_cache(maxsize=len(_LISTS))
def load_topic_finder(topic: Topic) -> TopicFinder:
    """The finder of a topic with every language.

    Raises:
        ConfigError: a language file has faults.
    """
    return TopicFinder(topic, load_languages())


def modes_in(mentions: Sequence[Mention], prices: int = 0) -> tuple[Mode, ...]:
    """The ways of travelling among mentions, each once, the most often named first.

    A flight beside a boat brings people to the boat and is not what is sold, unless the post
    has several prices and so may offer both.
    """
    counts = Counter(
        mention.value.mode for mention in mentions if isinstance(mention.value, ModeWord)
    )
    if counts["sea"] and prices < 2:
        del counts["air"]
    return tuple(mode for mode, _ in counts.most_common())


def main_mode(hints: Iterable[Mention]) -> tuple[Mode, ...]:
    """The way of travelling that most of the hints speak for; none where two have as many."""
    counts = Counter(hint.value.mode for hint in hints if isinstance(hint.value, ModeWord))
    most = counts.most_common(2)
    if not most or (len(most) > 1 and most[0][1] == most[1][1]):
        return ()
    return (most[0][0],)
