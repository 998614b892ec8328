"""Whose dinar, dirham or crown is meant: the places of the post, its dialect, its telephone."""

from __future__ import annotations

import pytest

from nlp.price_currencies import NamedPlace, currency_in_context
from tests.nlp.prices.reading import amounts


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("120 درهم في دبي", "ar", ["120 AED"]),
        ("450 درهم من طنجة", "ar", ["450 MAD"]),
        ("25 ألف درهم، النص دابا", "ar", ["25000 MAD"]),
        ("12 دينار في عمان", "ar", ["12 JOD"]),
        ("34 دينار في الكويت", "ar", ["34 KWD"]),
        ("900 ألف جنيه من الخرطوم", "ar", ["900000 SDG"]),
        ("800 جنيه", "ar", ["800 EGP"]),
        ("35 ريال", "ar", ["35 SAR"]),
        ("450.000 CFA depuis Dakar", "fr", ["450000 XOF"]),
        ("6 millions FCFA, départ Douala", "fr", ["6000000 XAF"]),
        ("85 millions, départ Oran", "fr", ["850000 DZD"]),
        ("22 lakh from Lahore", "en", ["2200000 PKR"]),
        ("25 lakh after visa", "en", ["2500000 INR"]),
        ("135 coroane pe oră în Danemarca", "ro", ["135 DKK"]),
        ("500 kr i Malmö", "en", ["500 SEK"]),
        ("4.480 pesos en Colombia", "es", ["4480 COP"]),
        ("دينار تونسي 500 من بغداد", "ar", ["500 TND"]),
    ],
)
def test_the_country_of_a_shared_name(text: str, language: str, expected: list[str]) -> None:
    assert amounts(text, language) == expected


def test_the_nearest_place_counts_then_the_dialect_then_the_telephone() -> None:
    tunis, amman = NamedPlace(0, 5, "TN"), NamedPlace(40, 45, "JO")
    assert currency_in_context("IQD", 36, (tunis, amman), (), ()) == "JOD"
    assert currency_in_context("IQD", 8, (tunis, amman), (), ()) == "TND"
    assert currency_in_context("AED", 8, (tunis,), ("MA",), ("+971000",)) == "MAD"
    assert currency_in_context("IQD", 8, (), (), ("+21600000",)) == "TND"
    assert currency_in_context("IQD", 8, (), (), ("+447700900123",)) == "IQD"
    assert currency_in_context("EUR", 8, (tunis,), (), ()) == "EUR"
