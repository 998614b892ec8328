"""Reads every contact of a post and says of which kind it is.

A number or a name is of the kind that the words beside it announce: the nearest before it in
the same line, else directly after it ('+44 … (WhatsApp)'). Where several are named for one
number ('Viber/WhatsApp'), it is WhatsApp if that is among them, for it is the one most people
can be reached by, else the first named. A bare @name with nothing said belongs to the
hosting platform. 'DM me' makes the author the contact.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from crawler.types import Contact, ContactType, Mention, Post
from nlp.annotations import make_mention
from nlp.contacts.candidate import Candidate
from nlp.contacts.crypto import find_crypto
from nlp.contacts.digit_words import DigitWords, SpelledDigits
from nlp.contacts.homes import HomeFinder
from nlp.contacts.links import find_emails, find_handles, find_links
from nlp.contacts.phones import find_phones
from nlp.identify import Reading
from nlp.language_data import Lang
from nlp.lexicon import Entry, Found, Lexicon
from nlp.normalise import Normalised, fold, words_of

_BEFORE = 32  #: how far an announcing word may stand before its contact
_AFTER = 14
_DIRECTLY = 4
_LONGEST_WORD = 40
_MIXTURES = 100  #: mixtures of languages whose spelled digits are kept
_CHAIN = 8  #: announcing words looked at on each side of a contact
#: Names that mean nothing else in any language, so that no language file need list them.
_APPS: tuple[ContactType, ...] = (
    "whatsapp", "telegram", "viber", "snapchat", "tiktok", "instagram", "facebook",
    "messenger", "wechat", "zalo", "qq", "skype",
)  # fmt: skip

_HOSTED: Mapping[str, ContactType] = {
    "telegram": "telegram",
    "tiktok": "tiktok",
    "instagram": "instagram",
    "facebook": "facebook",
    "snapchat": "snapchat",
}
#: What takes a telephone number as an account, and what takes a name.
_BY_NUMBER = frozenset(
    ("phone", "whatsapp", "telegram", "viber", "imo", "signal", "zalo", "wechat", "line", "qq")
)
_BY_NAME = frozenset(
    (
        "telegram", "snapchat", "tiktok", "instagram", "facebook", "messenger", "wechat", "qq",
        "line", "skype", "signal", "zalo",
    )
)  # fmt: skip
#: Between the word for a platform and the name there: 'id:', "c'est", an emoji.
_AFTER_WORD = re.compile(
    r" ?[^\w\s@]?(?: ?(?:id|is|c'est|est|es|ist|user|username|acc|account|name))? ?[:=>-]{0,3} ?"
)
#: What else may be said of it, up to a colon.
_UP_TO_COLON = re.compile(r" [^\W\d_][^\n@:.,;!?_\d]{0,30}: ?")
_BARE_NAME = re.compile(r"[a-z][a-z0-9_.]{2,38}")
#: A word with an underline in it is a name somewhere, also when it stands further off.
_UNDERLINED = re.compile(r"(?<![\w@./-])[a-z][a-z0-9.]{0,30}_[a-z0-9_.]{1,38}(?![\w@/-])")
_FURTHER_OFF = 60
_NEXT_WORD = re.compile(r" ?([^\W\d_]+)")
_LEAST_OF_MONEY = 3  #: letters; shorter words for money are other words in other languages
_NUMBER_ID = re.compile(r"\d{5,11}(?!\d)")
_BY_NUMBER_ID = frozenset(("qq", "wechat"))


class ContactFinder:
    """Finds contacts in posts of any language. Made once."""

    def __init__(self, languages: Mapping[str, Lang]) -> None:
        self._languages = languages
        named = [Entry("en", name, name) for name in _APPS]
        self._words: Lexicon[ContactType] = Lexicon(
            named
            + [
                Entry(code, word, kind)
                for code, lang in languages.items()
                for kind, words in lang.contacts.items()
                for word in words
            ]
        )
        self._digit_words = {code: _digit_words(lang) for code, lang in languages.items()}
        self._spelled: dict[tuple[str, ...], SpelledDigits] = {}
        self._homes = HomeFinder(languages)
        money = {fold(name) for lang in languages.values() for name in lang.prices.currencies}
        self._money = frozenset(one for one in money if len(one) >= _LEAST_OF_MONEY)

    def find(
        self,
        normalised: Normalised,
        reading: Reading,
        post: Post,
        countries: tuple[str, ...] = (),
    ) -> list[Mention]:
        """The contacts of a post, in order, without overlaps.

        National numbers are read by the `countries` of the places that the post names.
        """
        words = self._words.find(normalised, reading.language, reading.mixture)
        announcing = [word for word in words if word.payload != "author"]
        candidates: list[Candidate] = []
        _take(candidates, find_links(normalised))
        _take(candidates, find_emails(normalised))
        _take(candidates, find_crypto(normalised))
        by_name = _find_named(normalised.text, announcing)
        # Its numbers have the length of telephone numbers, and are none.
        _take(candidates, [one for one in by_name if one.type == "qq" and one.value.isdigit()])
        phones = find_phones(
            normalised,
            self._digits_for(reading),
            cache(lambda: self._homes.find(normalised, reading, post, countries)),
            lambda start, end: _announced(normalised.text, announcing, start, end),
        )
        _take(candidates, [one for one in phones if not self._is_amount(one, normalised.text)])
        _take(candidates, list(find_handles(normalised)))
        _take(candidates, by_name)
        typed = _type(candidates, announcing, normalised.text, post.platform)
        mentions = [_mention(one, normalised, post) for one in typed]
        if post.author_handle:
            mentions += self._authors(words, normalised, post)
        return sorted(mentions, key=lambda one: one.start)

    def _digits_for(self, reading: Reading) -> SpelledDigits:
        codes = tuple(dict.fromkeys((reading.language, *reading.mixture, "en")))
        if reading.language == "und":
            codes = tuple(self._digit_words)
        spelled = self._spelled.get(codes)
        if spelled is None:
            if len(self._spelled) >= _MIXTURES:
                self._spelled.clear()
            spelled = self._spelled[codes] = SpelledDigits(
                [self._digit_words[code] for code in codes if code in self._digit_words]
            )
        return spelled

    def _is_amount(self, phone: Candidate, text: str) -> bool:
        """Whether bare digits are an amount: the word for some money follows them."""
        if not "1" <= text[phone.start] <= "9" or phone.obfuscation:
            return False
        word = _NEXT_WORD.match(text, phone.end)
        return word is not None and word[1] in self._money

    @staticmethod
    def _authors(
        words: Sequence[Found[ContactType]], normalised: Normalised, post: Post
    ) -> list[Mention]:
        value = Contact("author", (post.author_handle or "").lower().removeprefix("@"))
        return [
            make_mention("contact", post.text, normalised, word.start, word.end, value)
            for word in words
            if word.payload == "author"
        ]


def _digit_words(lang: Lang) -> DigitWords:
    digits: dict[tuple[str, ...], str] = {}
    tens: dict[str, str] = {}
    for word, number in lang.numbers.words.items():
        if 0 <= number <= 99 and number == int(number):
            tokens = words_of(word)
            digits[tokens] = str(int(number))
            if number >= 20 and number % 10 == 0 and len(tokens) == 1:
                tens[tokens[0]] = str(int(number) // 10)
    for word, digit in lang.numbers.digits.items():
        digits[words_of(word)] = digit
    repeats = {fold(word): count for word, count in lang.numbers.repeats.items()}
    return DigitWords(
        digits={words: digit for words, digit in digits.items() if 1 <= len(words) <= 4},
        repeats=repeats,
        first_words=frozenset(words[0] for words in digits if words),
        tens=tens,
        joiners=frozenset(map(fold, lang.numbers.joiners)),
        sounds={fold(word): digit for word, digit in lang.numbers.sounds.items()},
    )


def _take(taken: list[Candidate], more: Sequence[Candidate]) -> None:
    """Add those that overlap none that is already there; `taken` stays in order."""
    for one in more:
        place = bisect_left(taken, one.start, key=lambda other: other.start)
        before, after = taken[place - 1 : place] if place else [], taken[place : place + 1]
        if (not before or before[0].end <= one.start) and (not after or one.end <= after[0].start):
            taken.insert(place, one)


def _announced(text: str, announcing: Sequence[Found[ContactType]], start: int, end: int) -> bool:
    first = bisect_left(announcing, start - _BEFORE - _LONGEST_WORD, key=lambda one: one.start)
    last = bisect_left(announcing, end + _AFTER + 1, lo=first, key=lambda one: one.start)
    return any(
        (
            word.end <= start
            and start - word.end <= _BEFORE
            and _clear(text[word.end : start].rstrip("@ "))
        )
        or (word.start >= end and word.start - end <= _AFTER and _clear(text[end : word.start]))
        for word in announcing[first:last]
    )


def _clear(gap: str) -> bool:
    """Whether no other contact and no second line break stands in the gap."""
    return gap.count("\n") <= 1 and "@" not in gap and sum(map(str.isdigit, gap)) < 7


def _find_named(text: str, announcing: Sequence[Found[ContactType]]) -> list[Candidate]:
    """Names without @ after the word for a platform: 'Snap: demo.crossing'."""
    named = [word for word in announcing if word.payload in _BY_NAME]
    if not named:
        return []
    found = []
    starts = [*(word.start for word in named[1:]), len(text)]
    for word, following in zip(named, starts, strict=True):
        gap = _UP_TO_COLON.match(text, word.end)
        if gap is None or following < gap.end():
            gap = _AFTER_WORD.match(text, word.end)
        start = gap.end() if gap else word.end
        if word.payload in _BY_NUMBER_ID:
            number = _NUMBER_ID.match(text, start)
            if number:
                found.append(Candidate(start, number.end(), number[0], word.payload))
                continue
        name = _BARE_NAME.match(text, start)
        if name is None or (start == word.end and text[word.end - 1].isascii()):
            continue
        value = name[0].rstrip("._")
        end = start + len(value)
        marked = any(one in value for one in "_.0123456789")
        if len(value) >= 3 and marked and not text[end : end + 1].isalnum():
            found.append(Candidate(start, end, value, word.payload))
    ends = [word.end for word in announcing]
    for name in _UNDERLINED.finditer(text):
        place = bisect_right(ends, name.start()) - 1
        if place < 0 or name.start() - ends[place] > _FURTHER_OFF:
            continue
        if announcing[place].payload not in _BY_NAME:
            continue
        gap_text = text[ends[place] : name.start()]
        if "\n" not in gap_text and "@" not in gap_text:
            value = name[0].rstrip("._")
            found.append(
                Candidate(name.start(), name.start() + len(value), value, announcing[place].payload)
            )
    return found


def _type(
    candidates: Sequence[Candidate],
    announcing: Sequence[Found[ContactType]],
    text: str,
    platform: str,
) -> list[Candidate]:
    typed = []
    claimed_to = -1
    for position, one in enumerate(candidates):
        if one.type is not None:
            typed.append(one)
            continue
        number = one.value.startswith("+")
        fitting = _BY_NUMBER if number else _BY_NAME
        following = candidates[position + 1].start if position + 1 < len(candidates) else len(text)
        kind = _kind_before(one, announcing, text, fitting, claimed_to)
        if kind in (None, "phone"):
            after = _kind_after(one, announcing, text, fitting, following)
            if after is not None:
                kind, claimed_to = after
        if kind is None:
            hosted = None if number else _HOSTED.get(platform)
            kind = "phone" if number else hosted or "handle"
        typed.append(replace(one, type=kind))
    return typed


def _kind_before(
    one: Candidate,
    announcing: Sequence[Found[ContactType]],
    text: str,
    fitting: frozenset[str],
    claimed_to: int,
) -> ContactType | None:
    """What is announced before it: of words that follow one another closely, one."""
    kinds: list[ContactType] = []
    edge = one.start
    last = bisect_left(announcing, one.start, key=lambda word: word.start)
    for word in announcing[:last][: -_CHAIN - 1 : -1]:
        if word.end > one.start or word.start < claimed_to:
            continue
        reach = _BEFORE if not kinds else 6
        gap = text[word.end : edge]
        if len(gap) > reach or not _clear(gap):
            break
        if word.payload in fitting:
            kinds.append(word.payload)
            edge = word.start
        elif kinds:
            break
    apps = [kind for kind in reversed(kinds) if kind != "phone"]
    if "whatsapp" in apps:
        return "whatsapp"
    return apps[0] if apps else (kinds[0] if kinds else None)


def _kind_after(
    one: Candidate,
    announcing: Sequence[Found[ContactType]],
    text: str,
    fitting: frozenset[str],
    following: int,
) -> tuple[ContactType, int] | None:
    kinds: list[ContactType] = []
    edge = one.end
    first = bisect_left(announcing, one.end, key=lambda word: word.start)
    for word in announcing[first : first + _CHAIN]:
        if word.payload not in fitting or word.payload == "phone":
            continue
        gap = text[edge : word.start]
        if len(gap) > (_AFTER if not kinds else 6) or "\n" in gap or word.end > following:
            break
        if following - word.end <= _DIRECTLY and following < len(text):
            break  # it announces the next contact
        kinds.append(word.payload)
        edge = word.end
    if not kinds:
        return None
    return ("whatsapp" if "whatsapp" in kinds else kinds[0]), edge


def _mention(one: Candidate, normalised: Normalised, post: Post) -> Mention:
    value = Contact(one.type or "handle", one.value, one.obfuscation, one.alternatives)
    return make_mention("contact", post.text, normalised, one.start, one.end, value)


@lru_cache(maxsize=1)
def load_contact_finder() -> ContactFinder:
    """The finder over all language files."""
    from nlp.language_data import load_languages

    return ContactFinder(load_languages())
