"""Prices: amount, currency, unit and role; and what is no price."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.types import Post, Price
from nlp.contacts import load_contact_finder
from nlp.identify import Reading, identify
from nlp.language_data import load_languages
from nlp.normalise import normalise
from nlp.numbers import NumberReader
from nlp.prices import load_price_finder


def find(text: str, language: str = "") -> list[Price]:
    normalised = normalise(text)
    reading = Reading(language) if language else identify(text)
    post = Post(1, 1, "test", "forum", "1", text)
    contacts = load_contact_finder().find(normalised, reading, post)
    mentions = load_price_finder().find(normalised, reading, post, contacts)
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text
    return [mention.value for mention in mentions if isinstance(mention.value, Price)]


def amounts(text: str, language: str = "") -> list[tuple[float, str | None]]:
    return [(float(one.amount), one.currency) for one in find(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "amount", "currency"),
    [
        ("£2,500", "en", 2500, "GBP"),
        ("2500£", "en", 2500, "GBP"),
        ("£4k", "en", 4000, "GBP"),
        ("18K£", "en", 18000, "GBP"),
        ("4,5k euro", "en", 4500, "EUR"),
        ("€8.000", "en", 8000, "EUR"),
        ("€94.50", "en", 94.5, "EUR"),
        ("2.800,- €", "de", 2800, "EUR"),
        ("1 400 €", "fr", 1400, "EUR"),
        ("1300e", "sq", 1300, "EUR"),
        ("25 lakh PKR", "en", 2_500_000, "PKR"),
        ("1,50,000 rupees", "en", 150_000, "INR"),
        ("two thousand five hundred euros", "en", 2500, "EUR"),
        ("two and a half thousand pounds", "en", 2500, "GBP"),
        ("8 bin 500 euro", "tr", 8500, "EUR"),
        ("iki bin beş yüz euro", "tr", 2500, "EUR"),
        ("deux mille cinq cents euros", "fr", 2500, "EUR"),
        ("٤٫٥٠٠ يورو", "ar", 4500, "EUR"),
        ("ألفين وخمسمئة يورو", "ar", 2500, "EUR"),
        ("٨ آلاف دولار", "ar", 8000, "USD"),
        ("دو هزار و پانصد یورو", "fa", 2500, "EUR"),
        ("۵ میلیون تومان", "fa", 50_000_000, "IRR"),
        ("دوو هەزار و پێنج سەد یۆرۆ", "ckb", 2500, "EUR"),
        ("ሁለት ሺህ ፓውንድ", "am", 2000, "GBP"),
        ("45 millions de centimes", "fr", 450_000, "DZD"),
        ("150 triệu đồng", "vi", 150_000_000, "VND"),
        ("1tr5 đồng", "vi", 1_500_000, "VND"),
        ("laba kun oo doolar", "so", 2000, "USD"),
        ("tre mijë euro", "sq", 3000, "EUR"),
        ("500 TRY", "en", 500, "TRY"),
    ],
)
def test_an_amount_in_every_writing(text: str, language: str, amount: float, currency: str) -> None:
    assert amounts(text, language) == [(amount, currency)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("£2500-3000", [2500, 3000]),
        ("2000 to 2500 €", [2000, 2500]),
        ("5-7k euro", [5000, 7000]),
    ],
)
def test_ranges_give_both_ends(text: str, expected: list[float]) -> None:
    assert [amount for amount, _ in amounts(text, "en")] == expected


def test_a_currency_that_stands_once_is_shared() -> None:
    assert amounts("Germany 3500 Austria 3200 eur", "en") == [(3500, "EUR"), (3200, "EUR")]
    assert amounts("Passport 3500\nLicence 1200\nID 900 euro", "en") == [
        (3500, "EUR"),
        (1200, "EUR"),
        (900, "EUR"),
    ]


def test_a_price_word_or_unit_makes_a_bare_number_a_price() -> None:
    assert amounts("price 3500", "en") == [(3500, None)]
    assert amounts("we take 3500 per person", "en") == [(3500, None)]


@pytest.mark.parametrize(
    "text",
    [
        "20 places, 45 minutes, 100% safe",
        "since 2019, open 18:30, on 12.05.2026",
        "call +44 7700 900123 or 07700 900456",
        "11,400 people arrived in 2026",
        "room 350, bus 1500 leaves",
        "all 3 of them try 500 times",
    ],
)
def test_counts_dates_hours_and_telephones_are_no_prices(text: str) -> None:
    assert find(text, "en") == []


@pytest.mark.parametrize(
    ("text", "per", "role"),
    [
        ("£2,500 per person", "person", "price"),
        ("€1500 each", "person", "price"),
        ("family of four £6,000", "family", "price"),
        ("£80 a week", "week", "price"),
        ("deposit £200", None, "deposit"),
        ("£1,000 on arrival", None, "on_arrival"),
        ("Passport €1,500", "document", "price"),
    ],
)
def test_units_and_roles(text: str, per: str | None, role: str) -> None:
    (price,) = find(text, "en")
    assert (price.per, price.role) == (per, role)


READER = NumberReader(load_languages())


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("2 thousand 5 children", "en", [2000, 5]),
        ("a hundred thousand", "en", [100_000]),
        ("twenty five and thirty", "en", [25, 30]),
        ("0.500 and 12.500 and 12.50", "en", [0.5, 12500, 12.5]),
        ("خمسة وعشرين ألف", "ar", [25_000]),
        ("ikibinbeşyüz", "tr", [2500]),
        ("deux mille et demi", "fr", [2500]),
    ],
)
def test_numbers(text: str, language: str, values: list[float]) -> None:
    numbers = READER.read(normalise(text), Reading(language), ())
    assert [float(number.value) for number in numbers] == values


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("0123456789 .,'-k€£$eurobin thousand٣۵\né"), max_size=60))
def test_every_mention_is_cut_from_the_text(text: str) -> None:
    find(text, "en")
