"""Reads a string of digits as a telephone number, and says how well it fits.

libphonenumber calls a number *possible* when its length fits and *valid* when its range is
in use. Adverts need something between: numbers set aside for drama are in no range, and
ranges are opened faster than the library is updated. So a number with the length and the
first digit of the country's mobile numbers counts as well shaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

# Those of all countries are more than Python's own cache of patterns holds.
phonenumbers.enable_pattern_cache()

_DIGITS = re.compile(r"\d+")
#: The regions that share +1: their numbers look alike and are dialled alike.
AMERICA = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])
_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}")


class Fit(IntEnum):
    """How well digits fit as a telephone number of a region."""

    POSSIBLE = 1  #: the length is right
    FIXED = 2  #: a range in use, of landlines or services
    SHAPED = 3  #: it starts as mobile numbers there do, and is as long
    MOBILE = 4  #: a range in use by mobile telephones


_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read digits as a number."""

    e164: str
    region: str
    fit: Fit

    @property
    def groups(self) -> tuple[int, ...]:
        """Lengths of the groups it is usually written in there."""
        return _usual_groups(self.e164)


@lru_cache(maxsize=8192)
def read_international(digits: str) -> Reading | None:
    """The number that '+digits' is, None if no country has such numbers."""
    return _read("+" + digits, None)


@lru_cache(maxsize=8192)
def read_national(digits: str, region: str) -> Reading | None:
    """The number that these digits are when dialled inside a region, None if they are none.

    In a region whose numbers are dialled with a leading digit (0, 8…), that digit must be
    there, unless the rest is a mobile number: people leave it out only with those.
    """
    return _read(digits, region)


@lru_cache(maxsize=8192)
def read_american(digits: str) -> Reading | None:
    """The North American number that ten digits are: its area code is in use."""
    if _AMERICAN.fullmatch(digits) is None:
        return None
    reading = _read(digits, "US")
    return reading if reading is not None and reading.fit == Fit.MOBILE else None


def _read(number: str, region: str | None) -> Reading | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    found = region or phonenumbers.region_code_for_number(parsed)
    if found is None:
        found = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    if phonenumbers.is_possible_number_with_reason(parsed) != 0:
        return None
    national = phonenumbers.national_significant_number(parsed)
    if region is not None and not _trunk_fits(number, national, region):
        return None
    fit = Fit.POSSIBLE
    kind = phonenumbers.number_type(parsed)
    if kind in _MOBILE:
        fit = Fit.MOBILE
    elif kind != PhoneNumberType.UNKNOWN:
        fit = Fit.FIXED
    elif (len(national), national[:1]) in _mobile_shapes(found):
        fit = Fit.SHAPED
    return Reading(f"+{parsed.country_code}{national}", found, fit)


# Apart from the reading, because most readings are not asked for it and it costs as much.
@lru_cache(maxsize=8192)
def _usual_groups(e164: str) -> tuple[int, ...]:
    parsed = phonenumbers.parse(e164)
    written = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    return tuple(map(len, _DIGITS.findall(written)))


def _trunk_fits(number: str, national: str, region: str) -> bool:
    trunk = phonenumbers.ndd_prefix_for_region(region, True)
    if not trunk or len(number) > len(national) or region in AMERICA:
        return True
    return (len(national), national[:1]) in _mobile_shapes(region) and national[0] != "0"


@lru_cache(maxsize=256)
def _mobile_shapes(region: str) -> frozenset[tuple[int, str]]:
    """Lengths and first digits of the region's mobile numbers."""
    shapes = set()
    for kind in _MOBILE:
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            national = phonenumbers.national_significant_number(example)
            shapes.add((len(national), national[0]))
            if region == "FR":
                shapes.add((len(national), "7"))  # the example shows only 06
    return frozenset(shapes)
