"""Takes a word apart into the name of a place and the affixes written onto it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nlp.gazetteer.load import Gazetteer, Named
from nlp.route_words import Role, RouteWords

#: What the nominative may end in when a case ending has taken its place, by script.
_TAILS = {"latin": ("a", "e", "i", "ja", "ia", "y", "o"), "cyrillic": tuple("аяьиіоейу")}
#: People in a town whose Arabic article may have melted away: smaller ones are common nouns.
_LARGE = 1_000_000
#: People in a town whose name may be guessed from a form that changes it.
_WELL_KNOWN = 30_000
_KEPT_ANALYSES = 50_000
#: Words without a name that are remembered for each mixture of languages.
_KEPT_WORDS = 20_000
_KEPT_MIXTURES = 100


@dataclass(frozen=True, slots=True)
class WordAnalysis:
    """One word as name and affixes: `stem_start` and `stem_end` count inside the word."""

    named: Named
    stem_start: int
    stem_end: int
    role: Role | None
    loose: bool = False  #: a guess at a case form: needs a capital or a marker


class NameReader:
    """Reads names with the affixes of each language. Remembers the words it has read."""

    def __init__(self, gazetteer: Gazetteer, words: Mapping[str, RouteWords]) -> None:
        self._gazetteer = gazetteer
        self._words = words
        self._endings = {
            code: tuple(ending for ending, _ in (*own.suffixes, *own.changed))
            for code, own in words.items()
        }
        self._beginnings = {
            code: tuple(prefix for prefix, _ in own.prefixes) for code, own in words.items()
        }
        self._analyses: dict[tuple[tuple[str, ...], str], WordAnalysis | None] = {}
        self._joined: dict[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._strangers: dict[tuple[str, ...], set[tuple[str, str]]] = {}
        self._nameless: dict[tuple[str, ...], set[str]] = {}

    def nameless(self, languages: tuple[str, ...]) -> set[str]:
        """The words met in texts of these languages that begin no name, to be added to."""
        known = self._nameless.get(languages)
        if known is None or len(known) >= _KEPT_WORDS:
            if len(self._nameless) >= _KEPT_MIXTURES:
                self._nameless.clear()
            known = self._nameless[languages] = set()
        return known

    def is_plain(self, word: str, languages: tuple[str, ...]) -> bool:
        """Whether a word is no name and begins none, and has no affix that may hide one."""
        if self._gazetteer.longest(word) or self._gazetteer.is_open(word, languages):
            return False
        endings, beginnings = self._affixes(languages)
        return not (word.endswith(endings) or word.startswith(beginnings))

    def _affixes(self, languages: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is written onto the end and the beginning of names in any of these languages."""
        known = self._joined.get(languages)
        if known is None:
            if len(self._joined) >= _KEPT_MIXTURES:
                self._joined.clear()
            known = self._joined[languages] = (
                tuple(one for code in languages for one in self._endings.get(code, ())),
                tuple(one for code in languages for one in self._beginnings.get(code, ())),
            )
        return known

    def strangers(self, languages: tuple[str, ...]) -> set[tuple[str, str]]:
        """Words met side by side that are no name of two words, to be added to."""
        known = self._strangers.get(languages)
        if known is None or len(known) >= _KEPT_WORDS:
            if len(self._strangers) >= _KEPT_MIXTURES:
                self._strangers.clear()
            known = self._strangers[languages] = set()
        return known

    def read_last(self, head: str, word: str, languages: tuple[str, ...]) -> WordAnalysis | None:
        """The last word of a name of several, `head` being those before it, or None."""
        found = self._gazetteer.lookup_open(f"{head} {word}", languages)
        if found is not None:
            return WordAnalysis(found[0], 0, len(word), None)
        for language in languages:
            if not word.endswith(self._endings.get(language, ())):
                continue
            for suffix, role in self._words[language].suffixes:
                if word.endswith(suffix) and len(word) > len(suffix) + 1:
                    stem = word[: -len(suffix)]
                    named = self._gazetteer.lookup(f"{head} {stem}", languages)
                    if named is not None:
                        return WordAnalysis(named, 0, len(stem), role)
        return None

    def prefixed(self, word: str, languages: tuple[str, ...]) -> list[tuple[int, str, Role | None]]:
        """The ways to take a word for a prefix and the first word of a name of several.

        Each with the length of the prefix, the word as the name has it, and the part.
        """
        ways: list[tuple[int, str, Role | None]] = []
        for language in languages:
            if not word.startswith(self._beginnings.get(language, ())):
                continue
            for prefix, role in self._words[language].prefixes:
                if word.startswith(prefix) and len(word) > len(prefix):
                    stem = word[len(prefix) :]
                    # The Arabic article melts into the preposition: لل + مملكة is المملكة.
                    stems = (stem, "ال" + stem) if prefix.endswith("ل") else (stem,)
                    ways += (
                        (len(prefix), one, role)
                        for one in stems
                        if self._gazetteer.longest(one) > 1
                    )
        return ways

    def read(self, word: str, languages: tuple[str, ...]) -> WordAnalysis | None:
        """A name of one word in a text of these languages, or None."""
        key = (languages, word)
        if key in self._analyses:
            return self._analyses[key]
        if len(self._analyses) >= _KEPT_ANALYSES:
            self._analyses.clear()
        analysis = self._analysis(word, languages)
        self._analyses[key] = analysis
        return analysis

    def _analysis(self, word: str, languages: tuple[str, ...]) -> WordAnalysis | None:
        if self._gazetteer.is_word(word, languages):
            return None
        lookup = self._gazetteer.lookup
        named = lookup(word, languages)
        if named is not None:
            # A list may hold 'لليونان' whole; its preposition has to be seen.
            prefixed = self._without_prefix(word, languages)
            if prefixed is not None and prefixed.named.places == named.places:
                return prefixed
            return WordAnalysis(named, 0, len(word), None)
        opened = self._gazetteer.lookup_open(word, languages)
        if opened is not None:
            role = self._suffix_role(word[opened[1] :], languages)
            return WordAnalysis(opened[0], 0, opened[1] if role else len(word), role)
        prefixed = self._without_prefix(word, languages)
        if prefixed is not None:
            return prefixed
        for language in languages:
            route_words = self._words.get(language)
            if route_words is None or not word.endswith(self._endings[language]):
                continue
            analysis = self._without_suffix(word, languages, route_words)
            if analysis is not None:
                return analysis
            for prefix, role in route_words.prefixes:
                if word.startswith(prefix) and len(word) >= len(prefix) + 4:
                    inner = self._without_suffix(word[len(prefix) :], languages, route_words)
                    if inner is not None:
                        size = len(prefix)
                        return replace(
                            inner,
                            stem_start=size,
                            stem_end=inner.stem_end + size,
                            role=role or inner.role,
                        )
        return None

    def _without_prefix(self, word: str, languages: tuple[str, ...]) -> WordAnalysis | None:
        for language in languages:
            if not word.startswith(self._beginnings.get(language, ())):
                continue
            for prefix, role in self._words[language].prefixes:
                if word.startswith(prefix) and len(word) >= len(prefix) + 2:
                    stem = word[len(prefix) :]
                    # The Arabic article melts into the preposition: لل + يونان is اليونان.
                    named = self._gazetteer.lookup(stem, languages) or self._with_article(
                        prefix, stem, languages
                    )
                    if named is not None:
                        return WordAnalysis(named, len(prefix), len(word), role)
        return None

    def _with_article(self, prefix: str, stem: str, languages: tuple[str, ...]) -> Named | None:
        if not prefix.endswith("ل"):
            return None
        named = self._gazetteer.lookup("ال" + stem, languages)
        if named is None or self._gazetteer.populations[named.places[0]] < _LARGE:
            return None
        return named

    def _suffix_role(self, ending: str, languages: tuple[str, ...]) -> Role | None:
        for language in languages:
            route_words = self._words.get(language)
            for suffix, role in route_words.suffixes if route_words else ():
                if ending == suffix or (role is not None and ending.endswith(suffix)):
                    return role
        return None

    def _without_suffix(
        self, word: str, languages: tuple[str, ...], route_words: RouteWords
    ) -> WordAnalysis | None:
        lookup = self._gazetteer.lookup
        alphabet = "latin" if word[0] < "\u0250" else "cyrillic" if word[0] < "\u0530" else ""
        least = 4 if alphabet else 2
        for suffix, role in route_words.suffixes:
            if not word.endswith(suffix) or len(word) < len(suffix) + min(least, 3):
                continue
            stem = word[: -len(suffix)]
            if self._gazetteer.is_word(stem, languages):
                continue
            named = lookup(stem, languages)
            if named is not None and (named.slang or len(stem) >= least):
                return WordAnalysis(named, 0, len(stem), role, loose=role is None)
            if role is None and alphabet and len(stem) >= least:
                for tail in _TAILS[alphabet]:
                    named = lookup(stem + tail, languages)
                    if named is not None and not named.wary:
                        return WordAnalysis(named, 0, len(word), None, loose=True)
        return self._unchanged(word, languages, route_words)

    def _unchanged(
        self, word: str, languages: tuple[str, ...], route_words: RouteWords
    ) -> WordAnalysis | None:
        """A name whose own sounds the case has changed: 'Madrycie' is Madryt, 'Рахова' Рахів."""
        for ending, tails in route_words.changed:
            if not word.endswith(ending):
                continue
            stem = word[: -len(ending)]
            for name in (stem + tail for tail in tails if len(stem) > 1):
                named = self._gazetteer.lookup(name, languages)
                if (
                    named is not None
                    and not named.wary
                    and not self._gazetteer.is_word(name, languages)
                    and self._gazetteer.populations[named.places[0]] >= _WELL_KNOWN
                ):
                    return WordAnalysis(named, 0, len(word), None, loose=True)
        return None
