"""Finds the places that a post names, and what the words beside each say of its part.

A name may carry the affixes of its language ('Türkiye'den', 'ከፈረንሳይ', 'z Francji'): the
affix tells the part where it can, and is not in the mention. A name that is also an everyday
word ('Nice', 'Van') counts only with a capital and with a marker or an arrow at it; a small
town in lower case only with a marker. Where a name belongs to several places, those in a
country that the post names win over others up to twenty times their size; else the largest.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from crawler.types import Mention
from nlp.gazetteer.load import COUNTRY_POPULATION, Gazetteer, Named, load_gazetteer
from nlp.language_data import load_languages
from nlp.normalise import Normalised
from nlp.place_belief import believe
from nlp.place_hits import Candidate, PlaceHit
from nlp.place_names import NameReader
from nlp.route_words import Role, RouteWords, load_route_words

#: A town in a country that the post names wins over one this many times its size.
_RIVAL = 20
#: Letters between the dots of 'U.K.' and 'EE.UU.'.
_INITIALS = 2
#: Words between a place and one that says that somebody is there.
_ARRIVED = 4
#: So many initials are looked at: a hostile text is a row of thousands.
_MOST_INITIALS = 5
#: Codes of countries that are everyday abbreviations: 'CV', 'ID', 'DM me'.
_NO_CODES = frozenset(("am", "cc", "cv", "dm", "id", "la", "pm", "ps", "st", "tv"))
_REGIONAL = range(0x1F1E6, 0x1F200)
_BLACK_FLAG = "\U0001f3f4"
_TAG = range(0xE0020, 0xE0080)


class PlaceFinder:
    """Finds places with a gazetteer and the route words of every language."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        words: Mapping[str, RouteWords],
        tonal_names: Iterable[str] = (),
    ) -> None:
        """Put together.

        Args:
            gazetteer: names and places.
            words: the route words by language.
            tonal_names: names in Vietnamese with all their marks, believed in lower case.
        """
        self._gazetteer = gazetteer
        self._words = words
        self._spelt = frozenset(
            unicodedata.normalize("NFC", name).casefold() for name in tonal_names
        )
        self._names = NameReader(gazetteer, words)

    def find(
        self, normalised: Normalised, language: str, mixture: tuple[str, ...] = ()
    ) -> list[PlaceHit]:
        """The places of the text in order, each with the part its own marker gives it."""
        languages = (language, *mixture)
        candidates = self._candidates(normalised, languages)
        if not candidates:
            return []
        named_countries = self._named_countries(candidates)
        hits = []
        free = 0
        nexts = [one.first for one in candidates[1:]] + [len(normalised.tokens)]
        for candidate, following in zip(candidates, nexts, strict=True):
            number = self._choose(candidate.named, named_countries)
            hit = self._mark(candidate, number, normalised, languages, (free, following))
            hits.append((candidate, self._gazetteer.populations[number], hit))
            free = hit.last + 1
        return believe(hits, normalised, language, self._spelt)

    # --- candidates ---

    def _candidates(self, normalised: Normalised, languages: tuple[str, ...]) -> list[Candidate]:
        words = normalised.tokens.words
        candidates: list[Candidate] = []
        nameless = self._names.nameless(languages)
        free = 0
        for index, word in enumerate(words):
            if index < free:
                continue
            dotted = self._dotted(normalised, index, languages)
            if dotted is not None:
                candidates.append(dotted)
                free = dotted.last + 1
                continue
            if word in nameless:
                continue
            if word[0] >= "\U0001f000":
                found = self._flag(normalised, index)
            elif not _is_code(word) and self._names.is_plain(word, languages):
                found = None
            else:
                found = self._name(normalised, index, languages)
            if found is not None and self._ends_word(words, index, languages):
                continue
            if found is not None:
                candidates.append(found)
                free = found.last + 1
            elif (
                self._gazetteer.longest(word) < 2
                and not _is_code(word)
                and word[0] < "\U0001f000"
                and not self._names.prefixed(word, languages)
            ):
                nameless.add(word)
        return candidates

    def _ends_word(self, words: Sequence[str], index: int, languages: tuple[str, ...]) -> bool:
        """Whether what looks like a name ends an expression that names none: 'hợp pháp'."""
        return any(
            self._gazetteer.is_word(" ".join(words[first : index + 1]), languages)
            for first in range(max(0, index - 2), index)
        )

    def _flag(self, normalised: Normalised, index: int) -> Candidate | None:
        tokens = normalised.tokens
        words = tokens.words
        word = words[index]
        code, last = "", index
        if ord(word) in _REGIONAL and index + 1 < len(words):
            following = words[index + 1]
            if len(following) == 1 and ord(following) in _REGIONAL:
                letters = (chr(ord(one) - 0x1F1E6 + ord("A")) for one in (word, following))
                code, last = "".join(letters), index + 1
        elif word == _BLACK_FLAG:
            while last + 1 < len(words) and ord(words[last + 1][0]) in _TAG:
                last += 1
            code = "GB" if last > index else ""
        number = self._gazetteer.country(code)
        if number is None:
            return None
        return Candidate(
            tokens.starts[index], tokens.ends[last], index, last, Named((number,)), None, False
        )

    def _dotted(
        self, normalised: Normalised, index: int, languages: tuple[str, ...]
    ) -> Candidate | None:
        """A name of initials with dots and no blanks ('U.K.', 'EE.UU.'), or None."""
        tokens = normalised.tokens
        words = tokens.words
        last = index
        while (
            last + 2 < min(len(words), index + 2 * _MOST_INITIALS)
            and words[last + 1] == "."
            and len(words[last + 2]) == len(words[index]) <= _INITIALS
            and words[last + 2][0].isalpha()
            and tokens.ends[last] + 1 == tokens.starts[last + 2]
        ):
            last += 2
        if last == index or not words[index][0].isalpha():
            return None
        key = "".join(words[index : last + 1 : 2])
        named = self._gazetteer.lookup(key, languages)
        if named is None or self._gazetteer.populations[named.places[0]] < COUNTRY_POPULATION:
            return None
        start, end = tokens.starts[index], tokens.ends[last]
        if normalised.text[end : end + 1] == ".":
            last += 1  # the marker stands behind the last dot: 'ਯੂ.ਕੇ. ਤੋਂ'
        return Candidate(start, end, index, last, named, None, False)

    def _name(
        self, normalised: Normalised, index: int, languages: tuple[str, ...]
    ) -> Candidate | None:
        tokens = normalised.tokens
        words = tokens.words
        gazetteer = self._gazetteer
        longest = gazetteer.longest(words[index])
        if longest > 2 and index + 1 < len(words):
            longest = gazetteer.longest_of(words[index], words[index + 1])
        strangers = self._names.strangers(languages)
        for size in range(min(longest, len(words) - index), 1, -1):
            last = index + size - 1
            if size == 2 and words[index : index + 2] in strangers:
                break
            head = " ".join(words[index:last])
            key = f"{head} {words[last]}"
            if gazetteer.is_word(key, languages):
                return None
            named = gazetteer.lookup(key, languages)
            start, end = tokens.starts[index], tokens.ends[last]
            if named is not None:
                marked = self._is_marker_after(words[last], languages)
                if (
                    _is_torn(normalised.text, start, end)
                    or _runs_on(normalised.text, end)
                    or (
                        # A list may hold 'یونان ته' whole; its marker has to be seen.
                        marked and gazetteer.lookup(head, languages) is not None
                    )
                ):
                    continue
                role, last = self._affix_apart(normalised, last, languages)
                return Candidate(start, end, index, last, named, role, False)
            if (
                len(words[last]) > 1
                and words[last][0].isalpha()
                and not _is_torn(normalised.text, start, end)
            ):
                analysis = self._names.read_last(head, words[last], languages)
                if analysis is not None:
                    stem_end = tokens.starts[last] + analysis.stem_end
                    return Candidate(
                        start, stem_end, index, last, analysis.named, analysis.role, False
                    )
                if size == 2:
                    strangers.add((words[index], words[last]))
        prefixed = self._prefixed(normalised, index, languages)
        if prefixed is not None:
            return prefixed
        word = words[index]
        # 'Ý' is Italy in Vietnamese, and '英' England in Chinese; no other name has one letter.
        if not word[0].isalpha() or (len(word) < 2 and languages[0] not in {"vi", "zh"}):
            return None
        analysis = self._names.read(word, languages)
        start = tokens.starts[index]
        if analysis is None:
            return self._code(normalised, index)
        role, last = analysis.role, index
        if role is None and analysis.stem_end == len(word):
            role, last = self._affix_apart(normalised, index, languages)
        return Candidate(
            start + analysis.stem_start,
            start + analysis.stem_end,
            index,
            last,
            analysis.named,
            role,
            analysis.loose,
        )

    def _prefixed(
        self, normalised: Normalised, index: int, languages: tuple[str, ...]
    ) -> Candidate | None:
        """A name of several words with a prefix on its first ('ከደቡብ አፍሪካ'), or None."""
        tokens = normalised.tokens
        words = tokens.words
        for size, stem, role in self._names.prefixed(words[index], languages):
            longest = min(self._gazetteer.longest(stem), len(words) - index)
            for count in range(longest, 1, -1):
                last = index + count - 1
                key = " ".join((stem, *words[index + 1 : last + 1]))
                if self._gazetteer.is_word(key, languages):
                    return None
                named = self._gazetteer.lookup(key, languages)
                start, end = tokens.starts[index] + size, tokens.ends[last]
                if named is not None and not _is_torn(normalised.text, start, end):
                    return Candidate(start, end, index, last, named, role, False)
        return None

    def _is_marker_after(self, word: str, languages: tuple[str, ...]) -> bool:
        return any(
            (word,) in self._words[language].after
            for language in languages
            if language in self._words
        )

    def _code(self, normalised: Normalised, index: int) -> Candidate | None:
        word = normalised.tokens.words[index]
        if not _is_code(word):
            return None
        start, end = normalised.tokens.starts[index], normalised.tokens.ends[index]
        if not _original(normalised, start, end).isupper():
            return None
        number = self._gazetteer.country(word.upper())
        if number is None:
            return None
        return Candidate(start, end, index, index, Named((number,)), None, False, is_code=True)

    def _affix_apart(
        self, normalised: Normalised, last: int, languages: tuple[str, ...]
    ) -> tuple[Role | None, int]:
        """The part that an ending after an apostrophe gives ('Türkiye'den'), and its token."""
        tokens = normalised.tokens
        if last + 1 >= len(tokens):
            return None, last
        gap = normalised.text[tokens.ends[last] : tokens.starts[last + 1]]
        if gap not in {"'", "-"}:
            return None, last
        ending = tokens.words[last + 1]
        for language in languages:
            route_words = self._words.get(language)
            for suffix, role in route_words.suffixes if route_words else ():
                if ending == suffix:
                    return role, last + 1
        return None, last + 1 if gap == "'" and len(ending) <= 4 else last

    # --- choosing and believing ---

    def _named_countries(self, candidates: Sequence[Candidate]) -> frozenset[str]:
        places = self._gazetteer.places
        return frozenset(
            places[candidate.named.places[0]].country
            for candidate in candidates
            if not candidate.named.wary
            and (
                len(candidate.named.places) == 1
                or self._gazetteer.populations[candidate.named.places[0]] >= COUNTRY_POPULATION
            )
        )

    def _choose(self, named: Named, countries: frozenset[str]) -> int:
        first = named.places[0]
        if len(named.places) == 1:
            return first
        populations = self._gazetteer.populations
        for number in named.places:
            if (
                self._gazetteer.places[number].country in countries
                and populations[number] * _RIVAL >= populations[first]
            ):
                return number
        return first

    def _mark(
        self,
        candidate: Candidate,
        number: int,
        normalised: Normalised,
        languages: tuple[str, ...],
        between: tuple[int, int],
    ) -> PlaceHit:
        """The place with the part that the words `between` the one before and after it give."""
        free, _ = between
        route_words = [self._words[one] for one in languages if one in self._words]
        role, marker, first, until = candidate.role, "", candidate.first, candidate.last
        found = self._marker_after(normalised, candidate.last, languages, close=True)
        marked_before = False
        if found is not None and (role is None or found[0] == "between"):
            role, marker, until = found
        weak = found is not None and any(marker in one.weak for one in route_words)
        if role is None or role == "not_route" or found is None or weak:
            before = self._marker_before(normalised, first, languages, free)
            open_ = role is None or role == "not_route" or found is None
            if before is not None and (
                (open_ and (role is None or before[0] == "not_route"))
                or (weak and _is_firm(before, route_words))  # 'ilaa UK ka': up to, not from
            ):
                role, marker = before
                marked_before = True
        if role is None:
            found = self._marker_after(normalised, candidate.last, languages, close=False)
            if found is not None:
                role, marker, until = found
        is_onward = self._is_onward(normalised, first, free, route_words)
        if role is None and is_onward:
            role, marked_before = "destination", True
        is_plain = role in (None, "origin") or (
            # 'in', where the language says by it that a place is no part of a journey
            role == "not_route" and any(marker in one.weak for one in route_words)
        )
        arrived = is_plain and self._has_arrived(
            normalised, (first, max(candidate.last, until)), between, route_words
        )
        if arrived:
            role, marked_before = "destination", True
        toward = candidate.named.toward
        if toward:
            role, marked_before = "destination", True
        return PlaceHit(
            candidate.start,
            candidate.end,
            candidate.first,
            until,
            normalised.tokens.ends[candidate.last],
            self._gazetteer.places[number],
            role,
            marked_before,
            toward or is_onward or arrived or any(marker in one.weak for one in route_words),
            self._is_listed(normalised, candidate, marker if marked_before else "", route_words),
            self._gazetteer.populations[number] >= COUNTRY_POPULATION,
            normalised.tokens.starts[candidate.first],
            role,
            is_onward,
            toward,
        )

    @staticmethod
    def _is_onward(
        normalised: Normalised, first: int, free: int, route_words: Sequence[RouteWords]
    ) -> bool:
        """Whether 'then' or 'from there' stands at most four words before a name."""
        words = normalised.tokens.words
        for end in range(first, max(free, first - 5), -1):
            if not words[end - 1][0].isalnum():
                return False
            for size in range(1, min(3, end - free) + 1):
                if any(words[end - size : end] in one.onward for one in route_words):
                    return True
        return False

    @staticmethod
    def _has_arrived(
        normalised: Normalised,
        place: tuple[int, int],
        between: tuple[int, int],
        route_words: Sequence[RouteWords],
    ) -> bool:
        """Whether 'you ring from' or 'drinks tea' stands near a place, no sign between.

        Such words behind a place belong to the next one if that follows closely: 'leaves
        Izmir and you ring from Athens'.
        """
        words = normalised.tokens.words
        (first, last), (free, following) = place, between
        ends = _near_words(normalised, range(first - 1, max(free, first - _ARRIVED) - 1, -1))
        starts = _near_words(normalised, range(last + 1, following))
        if len(starts) == following - last - 1 and following < len(words):
            starts = starts[:-_ARRIVED]
        starts = starts[:_ARRIVED]
        for index in (*ends, *starts):
            for one in route_words:
                if any(one.arrival.ends(words, index)):
                    return True
        return False

    @staticmethod
    def _is_listed(
        normalised: Normalised,
        candidate: Candidate,
        marker: str,
        route_words: Sequence[RouteWords],
    ) -> bool:
        """Whether 'and' or 'or' stands before a place, or is written onto it ('والمانيا').

        Or before the marker before it: 'l Spania wla l Talyan'.
        """
        tokens = normalised.tokens
        joined = normalised.text[tokens.starts[candidate.first] : candidate.start]
        words = {tokens.words[candidate.first - 1]} if candidate.first else set()
        said = tuple(marker.split())
        before = candidate.first - len(said) - 1
        if before >= 0 and tokens.words[before + 1 : candidate.first] == said:
            words.add(tokens.words[before])
        return any(
            not one.alternatives.isdisjoint(words)
            or (joined and joined.startswith(tuple(one.alternatives)))
            for one in route_words
        )

    def _marker_before(
        self, normalised: Normalised, first: int, languages: tuple[str, ...], free: int
    ) -> tuple[Role, str] | None:
        """The marker that ends at a place or a word before it, from the token `free` on."""
        words = normalised.tokens.words
        for gap in (0, 1):
            end = first - gap
            if end <= free or (gap and not words[end][0].isalpha()):
                return None
            for language in languages:
                route_words = self._words.get(language)
                if route_words is None:
                    continue
                for size in range(min(route_words.longest, end - free), 0, -1):
                    role = route_words.before.get(words[end - size : end])
                    if role is not None:
                        return role, " ".join(words[end - size : end])
                for beginning, role in route_words.beginnings:
                    if words[end - 1].startswith(beginning):
                        return role, beginning
        return None

    def _marker_after(
        self, normalised: Normalised, last: int, languages: tuple[str, ...], *, close: bool
    ) -> tuple[Role, str, int] | None:
        """The marker behind a place, `close` or after one more word, and its last token."""
        words = normalised.tokens.words
        first = last + (1 if close else 2)
        if first >= len(words) or (not close and not words[first - 1][0].isalpha()):
            return None
        for language in languages:
            route_words = self._words.get(language)
            if route_words is None or not route_words.after:
                continue
            start = first
            if close and words[start] in route_words.fillers and start + 1 < len(words):
                start += 1  # 'Izmir waxaan ka qaadnaa': the focus stands before the verb
            found: tuple[Role, str, int] | None = None
            for size in range(route_words.longest, 0, -1):
                role = route_words.after.get(words[start : start + size])
                # 'Italy by yacht': at a distance, 'by' and 'from' belong to the word between.
                if role is not None and (close or role == "destination"):
                    marker = words[start : start + size]
                    found = role, " ".join(marker), start + size - 1
                    break
            for stem, role in route_words.beginnings_after if close else ():
                last = start + len(stem) - 1
                if (
                    last < len(words)
                    and (found is None or last > found[2])  # 'mein baithe', not 'mein'
                    and words[last].startswith(stem[-1])
                    and words[start:last] == stem[:-1]
                ):
                    found = role, " ".join(stem), last
            if found is not None:
                return found
        return None


def _near_words(normalised: Normalised, indices: Iterable[int]) -> list[int]:
    """The tokens from the first one on, up to a sign or the end of a line."""
    tokens = normalised.tokens
    near: list[int] = []
    for index in indices:
        if not tokens.words[index][0].isalnum():
            break
        if near:
            left, right = sorted((near[-1], index))
            if "\n" in normalised.text[tokens.ends[left] : tokens.starts[right]]:
                break
        near.append(index)
    return near


def _is_firm(marker: tuple[Role, str], route_words: Sequence[RouteWords]) -> bool:
    """Whether a marker tells a part in a journey, and nothing else."""
    role, words = marker
    return role != "not_route" and not any(words in one.weak for one in route_words)


def _is_code(word: str) -> bool:
    """Whether a word may be the code of a country."""
    return len(word) == 2 and word.isascii() and word.isalpha() and word not in _NO_CODES


def _is_torn(text: str, start: int, end: int) -> bool:
    """Whether a name of several words runs over the end of a line or a sentence."""
    return any(mark in text[start:end] for mark in "\n;:!?()")


def _runs_on(text: str, end: int) -> bool:
    """Whether a name that ends in a digit is only part of a word: '3ira9i' is an Iraqi."""
    return text[end - 1].isdigit() and text[end : end + 1].isalnum()


def _original(normalised: Normalised, start: int, end: int) -> str:
    first, last = normalised.span(start, end)
    return normalised.original[first:last]


@lru_cache(maxsize=1)
def load_place_finder() -> PlaceFinder:
    """The finder with the shipped gazetteer and every language.

    Raises:
        ResourceMissing, ConfigError: as `load_gazetteer`.
    """
    languages = load_languages()
    tonal_names = languages["vi"].places if "vi" in languages else ()
    return PlaceFinder(load_gazetteer(), load_route_words(), tonal_names)


def place_mentions(hits: Sequence[PlaceHit], normalised: Normalised) -> list[Mention]:
    """The places as mentions."""
    mentions = []
    for hit in hits:
        start, end = normalised.span(hit.start, hit.end)
        mentions.append(Mention("place", start, end, normalised.original[start:end], hit.place))
    return mentions
