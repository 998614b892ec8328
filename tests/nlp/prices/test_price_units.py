"""What a price is for: the word belongs to one price only."""

from __future__ import annotations

import pytest

from tests.nlp.prices.reading import read_prices


@pytest.mark.parametrize(
    ("text", "language", "units"),
    [
        ("£2000-2500 per person", "en", ["person", "person"]),
        ("£3,500, children half", "en", [None]),
        ("Haare 22 €, Kinder 12 €", "de", [None, "child"]),
        ("9500€ adult, 4500€ child", "en", ["person", "child"]),
        ("adults £2000 / children £1000", "en", ["person", "child"]),
        ("150 ብር በሰው፣ ለቤተሰብ 500 ብር", "am", ["person", "family"]),
        ("29 € pro Person, Familie 79 €", "de", ["person", "family"]),
        ("passports and licences, £900 each", "en", ["document"]),
        ("boat tonight, £900 each", "en", ["person"]),
        ("ferry from £79 each way", "en", [None]),
        ("150 دولار لحد 12 شخص", "ar", [None]),
        ("£80/week", "en", ["week"]),
        ("£80 p/w", "en", ["week"]),
        ("90€/semana la cuenta", "es", ["week"]),
        ("1500€/kişi", "tr", ["person"]),
        ("1500 Euro pro Person", "de", ["person"]),
        ("180 тыс. руб. в месяц", "ru", ["month"]),
        ("3 মাস ৯৫০০ টাকা", "bn", [None]),
        ("£70 a week plus £100 deposit", "en", ["week", None]),
    ],
)
def test_the_unit_of_each_price(text: str, language: str, units: list[str | None]) -> None:
    assert [price.per for price in read_prices(text, language)] == units


def test_a_deposit_is_told_from_the_price_beside_it() -> None:
    roles = [one.role for one in read_prices("£70 a week plus £100 deposit", "en")]
    assert roles == ["price", "deposit"]
