"""What the sentences of a post speak of: travelling, money, papers; and how far words stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property

from crawler.types import CodeWord, Mention, Mode, ModeWord, Price, Service
from nlp.normalise import Normalised
from nlp.place_hits import PlaceHit
from nlp.route_words import RouteWords, iter_travel

SENTENCE_END = re.compile(r"[!?\n]|\.(?=\s|$)|。")
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)*|[$€£¥]")
#: Words, and at most code points, between a place and a travelling verb that speaks of it.
_VERB_NEAR, _FARTHEST = 4, 60
_BREATH = 3
#: Words between a bare town and the way of travelling that makes it a destination.
_TOWN_NEAR = 2


def is_listed(gap: str, hit: PlaceHit) -> bool:
    """Whether only 'or', a comma or a price stands between: the same part once more."""
    rest = _AMOUNT.sub(" ", gap)
    signs = any(sign in rest for sign in ",/&+|")
    return count_words(rest) <= 1 and (signs or hit.is_listed) and SENTENCE_END.search(gap) is None


def count_words(gap: str) -> int:
    """Words in a stretch of text; Chinese is counted at two letters a word."""
    words = [word for word in gap.split() if any(letter.isalpha() for letter in word)]
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in gap)
    return len(words) + han // 2


class Sentences:
    """What the sentence around a place speaks of."""

    def __init__(
        self,
        normalised: Normalised,
        evidence: Sequence[Mention],
        words: Sequence[RouteWords],
        *,
        modes: Sequence[Mode],
    ) -> None:
        self._normalised = normalised
        self._words = words
        text = normalised.text
        self._bounds = [0, *(match.end() for match in SENTENCE_END.finditer(text)), len(text)]
        self._travel = set()
        self._ways: list[int] = []  #: where words for them begin, in the folded text
        self._prices = set()
        self._papers = set()
        self._offered = set()  #: of them, those that are not about working without any
        for mention in evidence:
            number = self._number(normalised.at(mention.start))
            if isinstance(mention.value, ModeWord | CodeWord):
                self._travel.add(number)
                self._ways.append(normalised.at(mention.start))
            elif isinstance(mention.value, Price):
                self._prices.add(number)
            else:
                self._papers.add(number)
                if mention.value != Service("illegal_working"):
                    self._offered.add(number)
        self._hinted = bool(modes) and not self._offered
        self._flown = tuple(modes) == ("air",)

    def _number(self, start: int) -> int:
        return bisect_right(self._bounds, start)

    def speak_of_travel(self, hit: PlaceHit) -> bool:
        """Whether the sentence of a place has a way of travelling, or a travelling verb near."""
        number = self._number(hit.start)
        return self._hinted or number in self._travel or self._verb_near(hit)

    def speak_of_going_to(self, hit: PlaceHit) -> bool:
        """Whether a place that nothing marks is likely to be where a journey goes."""
        if self.offer_papers(hit):
            return False
        if not hit.is_country:
            # A town alone is mostly where something is; 'London' is said for the country.
            ways = (self._is_near(hit, start, _TOWN_NEAR) for start in self._ways)
            return hit.place.name == "London" and any(ways) and self.tell_prices(hit)
        return (
            self._number(hit.start) in self._travel
            or self._verb_near(hit, 3)
            or (self.tell_prices(hit) and self._verb_near(hit))
        )

    def speak_of_airport_of(self, hit: PlaceHit) -> bool:
        """Whether a town is likely to be where people are put on a plane."""
        return self._flown and not (hit.is_country or hit.place.country == "GB" or self._offered)

    def tell_of_journey(self, hit: PlaceHit) -> bool:
        """Whether a place may be an end of a journey whose other end stands apart."""
        return self.tell_of_travel() and not self.offer_papers(hit)

    def tell_of_travel(self) -> bool:
        """Whether the post speaks of travelling anywhere."""
        return bool(self._hinted or self._travel or self._verbs)

    def tell_no_papers(self) -> bool:
        """Whether nothing in the post offers papers or services."""
        return not self._offered

    def tell_of_flight(self) -> bool:
        """Whether the post names flying, if on somebody's papers, and no other way."""
        return self._flown and bool(self._travel)

    def name_papers(self) -> bool:
        """Whether the post has a word for a document or a service, 'without papers' too."""
        return bool(self._papers)

    def tell_of_money(self) -> bool:
        """Whether the post has a price."""
        return bool(self._prices)

    def in_one_breath(self, left: PlaceHit, right: PlaceHit) -> bool:
        """Whether two places have at most three words and no sign between them."""
        gap = self._normalised.text[left.until : right.start]
        return count_words(gap) <= _BREATH and all(one.isalpha() or one in " '" for one in gap)

    def tell_of_ways(self, hits: Iterable[PlaceHit]) -> bool:
        """Whether one of the places' sentences has a way of travelling."""
        return self._hinted or any(self._number(hit.start) in self._travel for hit in hits)

    def tell_prices(self, hit: PlaceHit) -> bool:
        """Whether the sentence of a place has a price."""
        return self._number(hit.start) in self._prices

    def speak_of_papers(self, hit: PlaceHit) -> bool:
        """Whether the sentence of a place has a word for a document or a service."""
        return self._number(hit.start) in self._papers

    def name_way(self, hit: PlaceHit) -> bool:
        """Whether the sentence of a place names a way of travelling."""
        return self._number(hit.start) in self._travel

    def name_way_between(self, left: PlaceHit, right: PlaceHit) -> bool:
        """Whether a way of travelling is named between two places."""
        return any(left.until <= start < right.start for start in self._ways)

    def are_of_papers(self, hit: PlaceHit) -> bool:
        """Whether the sentence of a place offers papers, and names no way of travelling."""
        return self.offer_papers(hit) and not self.name_way(hit)

    def offer_papers(self, hit: PlaceHit) -> bool:
        """Whether the sentence of a place has such a word, other than 'without papers'."""
        return self._number(hit.start) in self._offered

    def _verb_near(self, hit: PlaceHit, words: int = _VERB_NEAR) -> bool:
        return any(self._is_near(hit, start, words) for start in self._verbs)

    def _is_near(self, hit: PlaceHit, start: int, words: int) -> bool:
        """Whether at most so many words of one sentence stand between a place and a word."""
        if abs(start - hit.start) >= _FARTHEST or self._number(start) != self._number(hit.start):
            return False
        text = self._normalised.text
        gap = text[start : hit.start] if start < hit.start else text[hit.until : start]
        return count_words(gap) <= words

    @cached_property
    def _verbs(self) -> list[int]:
        return list(iter_travel(self._normalised, self._words))
