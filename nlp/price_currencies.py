"""Which country's dinar, crown or pound is meant where a post only says 'dinar'.

Many currencies share a name. A post that names a country, or a town in it, means that
country's; the place nearest to the amount counts. Without one, the currency is the one that
the language's file gives for the word. Names of currencies by country are those of ISO 4217.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: Currencies that share a name: country -> currency.
_FAMILIES: tuple[dict[str, str], ...] = (
    {"IQ": "IQD", "TN": "TND", "JO": "JOD", "DZ": "DZD", "LY": "LYD", "KW": "KWD",
     "BH": "BHD", "RS": "RSD", "MK": "MKD"},  # dinar
    {"AE": "AED", "MA": "MAD"},  # dirham
    {"EG": "EGP", "SD": "SDG", "SS": "SSP", "GB": "GBP"},  # pound of the Nile, 'gineh'
    {"SA": "SAR", "QA": "QAR", "YE": "YER", "OM": "OMR", "IR": "IRR", "BR": "BRL"},  # riyal
    {"TR": "TRY", "SY": "SYP", "LB": "LBP"},  # lira
    {"IN": "INR", "PK": "PKR", "NP": "NPR", "LK": "LKR", "BD": "BDT"},  # rupee, and any lakh
    {"SE": "SEK", "DK": "DKK", "NO": "NOK", "CZ": "CZK", "IS": "ISK"},  # crown
    {"SN": "XOF", "CI": "XOF", "ML": "XOF", "BF": "XOF", "NE": "XOF", "TG": "XOF", "BJ": "XOF",
     "GW": "XOF", "CM": "XAF", "GA": "XAF", "TD": "XAF", "CG": "XAF", "CF": "XAF",
     "GQ": "XAF"},  # franc CFA
    {"MX": "MXN", "CO": "COP", "AR": "ARS", "CL": "CLP", "DO": "DOP", "CU": "CUP", "UY": "UYU",
     "PH": "PHP"},  # peso
    {"KE": "KES", "UG": "UGX", "TZ": "TZS", "SO": "SOS"},  # shilling
    {"RO": "RON", "MD": "MDL"},  # leu
    {"CH": "CHF", "DJ": "DJF", "GN": "GNF", "CD": "CDF", "BI": "BIF", "RW": "RWF"},  # franc
    {"RU": "RUB", "BY": "BYN"},  # rouble
)  # fmt: skip
_FAMILY_OF = {currency: family for family in _FAMILIES for currency in family.values()}

#: Dialling codes of the countries above, longest first.
_DIALLED = {
    "+964": "IQ", "+216": "TN", "+962": "JO", "+213": "DZ", "+218": "LY", "+965": "KW",
    "+973": "BH", "+381": "RS", "+389": "MK", "+971": "AE", "+212": "MA", "+249": "SD",
    "+211": "SS", "+966": "SA", "+974": "QA", "+967": "YE", "+968": "OM", "+963": "SY",
    "+961": "LB", "+977": "NP", "+880": "BD", "+420": "CZ", "+354": "IS", "+221": "SN",
    "+225": "CI", "+223": "ML", "+237": "CM", "+241": "GA", "+235": "TD", "+242": "CG",
    "+254": "KE", "+256": "UG", "+255": "TZ", "+252": "SO", "+373": "MD", "+253": "DJ",
    "+375": "BY", "+20": "EG", "+98": "IR", "+91": "IN", "+92": "PK", "+57": "CO", "+52": "MX",
    "+45": "DK", "+47": "NO", "+54": "AR", "+56": "CL", "+94": "LK",
}  # fmt: skip


class NamedPlace(NamedTuple):
    """A place at indices of the folded text, as far as money cares."""

    start: int
    end: int
    country: str


def currency_in_context(
    currency: str,
    at: int,
    places: Sequence[NamedPlace],
    hints: Sequence[str],
    phones: Sequence[str],
) -> str:
    """The currency of that name that a post means.

    Args:
        currency: ISO 4217, what the word means if nothing says otherwise.
        at: index of the amount in the folded text.
        places: the places of the post.
        hints: countries whose way of speaking it has, the strongest first.
        phones: its telephone numbers, E.164.
    """
    family = _FAMILY_OF.get(currency)
    if family is None:
        return currency
    known = [one for one in places if one.country in family]
    if known:
        nearest = min(known, key=lambda one: min(abs(one.end - at), abs(one.start - at)))
        return family[nearest.country]
    for country in hints:
        if country in family:
            return family[country]
    for phone in phones:
        for length in (4, 3):
            dialled = _DIALLED.get(phone[:length], "")
            if dialled in family:
                return family[dialled]
    return currency


def is_of_country(
    country: str, places: Sequence[NamedPlace], hints: Sequence[str], phones: Sequence[str]
) -> bool:
    """Whether a post names a country or a town in it, speaks as there, or has its telephone."""
    return (
        country in hints
        or any(one.country == country for one in places)
        or any(_DIALLED.get(phone[:4]) == country for phone in phones)
    )
