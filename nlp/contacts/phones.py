"""Finds telephone numbers, however their digits are hidden.

The folded text already shows keycaps, full-width, mathematical and all scripts' digits as
ASCII. Here the tokens are read as a stream: digit groups, digits spelled in words ('double
zero'), letters for digits ('O77OO'), and what may stand between them. A stream is cut into
numbers by trying, from each group on, the longest stretch that fits as a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from nlp.contacts.candidate import Candidate
from nlp.contacts.digit_streams import Group, Stream, Stretches, is_together, read_streams
from nlp.contacts.digit_words import CURRENCY, DIGITS, PERHAPS, PLUS, SpelledDigits
from nlp.contacts.homes import Homes
from nlp.contacts.regions import (
    AMERICA,
    Fit,
    Reading,
    read_american,
    read_international,
    read_national,
)
from nlp.normalise import Normalised

_LEAST_DIGITS = 7
_LEAST_SHOWN = 4  #: letters may stand for the others
_MOST_DIGITS = 15  # E.164
_MOST_GROUPS = 17
_STREAM_AT_MOST = 150  #: digits; a longer one is a table or an attack, not numbers
_ATTEMPTS = 1500  #: readings tried per post, which bounds the time for hostile texts

#: Dates with a full year, coordinates, hours from–to, and amounts with their thousands set
#: apart: their digits are never part of a number.
_NOT_NUMBERS = re.compile(
    r"(?=\d)(?:"
    r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
    r"|(?<![\d.])\d{1,3}\.\d{4,9}, ?-?\d{1,3}\.\d{4,9}(?!\d)"
    r"|(?<![\d.])\d{1,2}[.:h]\d{2} ?- ?\d{1,2}[.:h]\d{2}(?![\d.])"
    r"|(?<!\d)(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d(?!\d)"
    r"|(?<![\d+.,])[1-9]\d{0,2}(?:[.,]\d{3}){0,3}[.,]\d00(?![\d.,]?\d)"
    r"|(?<![\d+.,])[1-9]\d?(?:,\d\d){1,3},\d{3}(?!\d))"
)
_LONGEST_DATE = 24
_WORD_BEFORE = re.compile(r"(?<![\w./-])[a-z]{4,}\Z|[a-z]{12}\Z")
_ISBN_BEFORE = re.compile(r"\bisbn(?:-10)?[ :]{0,3}\Z")
_ID_BEFORE = re.compile(
    r"(?:#|\b(?:id|ref|reference|order|ticket|case|invoice|account|acct|tracking|isbn|imei|serial|"
    r"listing|booking|member|licen[cs]e|passport|vat|iban|card|parcel|batch|sku|code|pin|version|model)"
    r"\.?(?: ?(?:no|number|num|nr|id|is)\b)?[ .:#=-]{0,3})\Z"
)
_AMERICAN = (3, 3, 4)
_BETWEEN_BREAKS = re.compile(rb"[^\x00]+")
_MOST_OF_ONE = 10  #: digits that one word or letter may stand for


def find_phones(
    normalised: Normalised,
    words: SpelledDigits,
    regions: Callable[[], Homes],
    announced: Callable[[int, int], bool],
) -> list[Candidate]:
    """The telephone numbers of a text, in order.

    Args:
        normalised: the text.
        words: the spelled digits of the languages it may be in.
        regions: where its national numbers may be from; asked when needed.
        announced: whether a word for a telephone or messenger stands by these indices.
    """
    text = normalised.text
    tokens = normalised.tokens.words
    if sum(map(text.count, "0123456789")) < _LEAST_SHOWN and not words.is_spelled(tokens):
        return []
    attempts = [_ATTEMPTS]
    found: list[Candidate] = []
    for run in _BETWEEN_BREAKS.finditer(words.kinds(tokens)):
        if not _may_be_number(run[0], tokens, run.start()):
            continue
        start = normalised.tokens.starts[run.start()]
        end = normalised.tokens.ends[run.end() - 1]
        # A date may begin before the run: 'h' and ':' break one.
        near = _NOT_NUMBERS.finditer(text, max(start - _LONGEST_DATE, 0), end + _LONGEST_DATE)
        masked = Stretches(match.span() for match in near)
        for stream in read_streams(normalised, run.start(), run.end(), words.languages, masked):
            if sum(len(group.digits) for group in stream.groups) <= _STREAM_AT_MOST:
                found += _cut(stream, normalised, regions, announced, attempts)
    return found


def _may_be_number(kinds: bytes, tokens: Sequence[str], first: int) -> bool:
    """Whether tokens that nothing breaks may hold the digits of a number."""
    digits = _MOST_OF_ONE * kinds.count(PERHAPS)
    if digits < _LEAST_DIGITS and DIGITS not in kinds:
        return False
    for index, kind in enumerate(kinds, start=first):
        if kind == DIGITS:
            digits += len(tokens[index])
    return digits >= _LEAST_DIGITS


def _cut(
    stream: Stream,
    normalised: Normalised,
    regions: Callable[[], Homes],
    announced: Callable[[int, int], bool],
    attempts: list[int],
) -> Iterator[Candidate]:
    groups = stream.groups
    first = 0
    while first < len(groups):
        best: tuple[int, Reading, tuple[str, ...]] | None = None
        total = 0
        for last in range(first, min(first + _MOST_GROUPS, len(groups))):
            if last > first and groups[last].plus:
                break
            total += len(groups[last].digits)
            if total > _MOST_DIGITS + 3:
                break
            if total < _LEAST_DIGITS or attempts[0] <= 0:
                continue
            attempts[0] -= 1
            tail = stream.trailing_plus and last == len(groups) - 1
            read = _read(groups[first : last + 1], tail, normalised.text, regions, announced)
            if read is not None and (best is None or _is_better(read[0], best[1])):
                best = (last, *read)
        if best is None:
            first += 1
            # '10.0.19045.3803' is one thing: nothing in it begins at a dot.
            while first < len(groups) and _dotted(groups[first - 1 : first + 1], normalised.text):
                first += 1
            continue
        last, reading, alternatives = best
        spelled = first and groups[first].kind == groups[first - 1].kind == "word"
        if spelled and reading.fit < Fit.SHAPED:
            first += 1  # some of the digits of a number that nobody can read
            continue
        yield _candidate(stream, first, last, reading, alternatives, normalised)
        first = last + 1


def _is_better(longer: Reading, shorter: Reading) -> bool:
    """Whether more of the same digits make a better number than fewer."""
    return _class(longer.fit) >= _class(shorter.fit)


def _dotted(two: Sequence[Group], text: str) -> bool:
    return text[two[0].end : two[1].start] == "." and not two[1].plus


def _read(
    groups: Sequence[Group],
    trailing_plus: bool,
    text: str,
    regions: Callable[[], Homes],
    announced: Callable[[int, int], bool],
) -> tuple[Reading, tuple[str, ...]] | None:
    """The best reading of these groups as one number, and other E.164 readings of it."""
    digits = "".join(group.digits for group in groups)
    start, end = groups[0].start, groups[-1].end
    spelled = sum(group.kind == "word" for group in groups)
    mixed = 0 < spelled < len(groups)
    together = mixed and is_together(groups, text)
    if mixed and spelled < 3 and not together and any(len(g.digits) > 2 for g in groups):
        return None  # 'one 07700 900123': the word is not of the number
    american = read_american(digits)
    if american is not None and _is_other(text, start):
        return None
    if len(digits) == 10 and _ISBN_BEFORE.search(text, max(start - 16, 0), start):
        return None
    glued = text[start - 1 : start]
    if glued.isascii() and glued.isalpha() and not announced(start, end):
        word = american and _WORD_BEFORE.search(text, max(start - 12, 0), start)
        if word is None:
            return None  # the tail of a code: 'AB1234567'
    if text[end : end + 1] in CURRENCY or text[end : end + 1] == "%":
        return None
    if start and text[start - 1] in CURRENCY:
        return None
    plus = groups[0].plus or trailing_plus
    if plus or digits.startswith("00"):
        reading = read_international(digits.lstrip("0"))
        if reading is not None and (reading.fit > Fit.POSSIBLE or plus or len(digits) > 11):
            return reading, ()
        if not digits.startswith("0") or digits.startswith("00"):
            return None
    if len(digits) > _MOST_DIGITS:
        return None
    shape = tuple(len(group.digits) for group in groups)
    # Nobody spells so many digits that are not a telephone number.
    apart = spelled >= 3 or together or max(shape) == 1  # ... nor writes them so
    near = (
        (spelled == len(groups) and len(digits) >= 9)
        or (american is not None and apart)
        or announced(start, end)
    )
    if not digits.startswith("0") and len(digits) >= 10:
        reading = read_international(digits)
        if reading is not None and american is not None and len(groups[0].digits) != 2:
            reading = reading if reading.region in regions().named else None
        if reading is not None and (
            reading.fit in (Fit.FIXED, Fit.MOBILE)
            or (reading.fit == Fit.SHAPED and len(digits) >= 11)
            or (near and len(digits) >= 11)
        ):
            return reading, ()
    # Without a leading 0, the usual grouping of a country that has none must speak for it.
    usual = shape == _AMERICAN and not all(one.digits.endswith(("00", "50")) for one in groups)
    homes = regions()
    bare = american is not None and len(shape) == 1 and not AMERICA.isdisjoint(homes.likely)
    if not digits.startswith("0") and not near and not usual and not bare:
        return None
    readings = []
    for rank, region in enumerate(homes.order):
        reading = read_national(digits, region)
        if (
            reading is None
            or not (reading.fit > Fit.POSSIBLE or (near and len(digits) >= 9))
            or not (digits.startswith("0") or reading.fit >= Fit.SHAPED or len(digits) >= 9)
            or not (digits.startswith("0") or near or reading.groups == shape or american)
            or (region in AMERICA and american is None)
        ):
            continue
        alike = _alike(shape, reading)
        is_home = region in homes.named or alike == _WHOLLY
        readings.append((_class(reading.fit, is_home=is_home), alike, -rank, reading))
    if not readings:
        return None
    readings.sort(key=lambda one: one[:3], reverse=True)
    chosen = readings[0][3]
    others = dict.fromkeys(
        one[3].e164 for one in readings[1:] if one[0] > 0 and one[3].e164 != chosen.e164
    )
    return chosen, tuple(others)[:4]


def _is_other(text: str, start: int) -> bool:
    """Whether the words before digits call them something else, or they stand in an address."""
    if _ID_BEFORE.search(text, max(start - 30, 0), start) is not None:
        return True
    word = text[max(start - 200, 0) : start].rpartition(" ")[2].rpartition("\n")[2]
    return "://" in word or word.startswith("www.")


def _class(fit: Fit, *, is_home: bool = False) -> int:
    """Mobile numbers, and landlines at home, before other landlines; what has the length last.

    At home: in a country that the post names, or grouped as they are there.
    """
    if fit is Fit.FIXED and is_home:
        return 2
    return {Fit.POSSIBLE: 0, Fit.FIXED: 1, Fit.SHAPED: 2, Fit.MOBILE: 2}[fit]


_WHOLLY = 2


def _alike(shape: tuple[int, ...], reading: Reading) -> int:
    """How far the groups as written are those usual in its region: all, the first (1), none (0).

    Digits written without any gap say nothing, digits one by one neither.
    """
    if len(shape) == 1:
        return 0
    usual = reading.groups
    if shape == usual:
        return _WHOLLY
    return int(shape[0] == usual[0])


def _candidate(
    stream: Stream,
    first: int,
    last: int,
    reading: Reading,
    alternatives: tuple[str, ...],
    normalised: Normalised,
) -> Candidate:
    groups = stream.groups[first : last + 1]
    text = normalised.text
    start, end = groups[0].start, groups[-1].end
    trailing = stream.trailing_plus and last == len(stream.groups) - 1
    if groups[0].plus:
        signs = (text.rfind(sign, max(start - 8, 0), start) for sign in PLUS)
        start = max(signs)
    if start > 0 and text[start - 1] == "(" and ")" in text[start:end]:
        start -= 1
    if trailing and text[end : end + 2].lstrip()[:1] == "+":
        end = text.index("+", end) + 1
    hidden = []
    if any(group.kind == "word" for group in groups):
        hidden.append("spelled_digits")
    if any(group.kind == "letters" for group in groups):
        hidden.append("letters_for_digits")
    if sum(len(group.digits) == 1 for group in groups) >= 6 and "spelled_digits" not in hidden:
        hidden.append("digits_apart")
    if stream.symbols & set(range(first + 1, last + 1)):
        hidden.append("symbols_between")
    if trailing and not groups[0].plus:
        hidden.append("trailing_plus")
    original = normalised.original[slice(*normalised.span(start, end))]
    hidden += _hidden_by_script(original)
    return Candidate(start, end, reading.e164, obfuscation=tuple(hidden), alternatives=alternatives)


def _hidden_by_script(original: str) -> Iterator[str]:
    if original.isascii():
        return
    if "\u20e3" in original:
        yield "keycap"
    kinds = set()
    for character in original:
        code = ord(character)
        if 0xFF10 <= code <= 0xFF19:
            kinds.add("full_width")
        elif 0x1D7CE <= code <= 0x1D7FF:
            kinds.add("mathematical")
        elif unicodedata.category(character) == "Cf":
            kinds.add("invisible_marks")
        elif unicodedata.category(character) == "No":
            kinds.add("circled")
    yield from sorted(kinds)
    scripts = {ord(c) - unicodedata.decimal(c) for c in original if c.isdecimal()}
    if len(scripts) > 1:
        yield "mixed_scripts"
