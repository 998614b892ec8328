"""Numbers without a currency: which are prices, and which count or name something."""

from __future__ import annotations

import pytest

from tests.nlp.prices.reading import amounts


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("1.2k ono", "en", ["1200 ?"]),
        ("front cabin 12k cash, basic 4k", "en", ["12000 ?", "4000 ?"]),
        ("🚤 1800\n🚛 5000\n✈️ 15000", "en", ["1800 ?", "5000 ?", "15000 ?"]),
        ("20 тысяч, торг", "ru", ["20000 ?"]),
        ("te cobro 1200 por todo, mitad ahora", "es", ["1200 ?"]),
        ("15 hazar advance", "ur-Latn", ["15000 PKR"]),
        ("vé 250k một ghế", "vi", ["250000 VND"]),
        ("chuyến bay 12k", "vi", ["12000 ?"]),
        ("一本2.8万起", "zh", ["28000 CNY"]),
        ("先交两万定金", "zh", ["20000 CNY"]),
        ("£40 to the airport, then he wants 65 cash", "en", ["40 GBP", "65 GBP"]),
        ("35 pounds an hour, 10 lessons 320", "en", ["35 GBP", "320 GBP"]),
        ("Adults 2800, children 1400, all in euro", "en", ["2800 EUR", "1400 EUR"]),
        ("deposit five hundred, total three thousand euros", "en", ["500 EUR", "3000 EUR"]),
        ("1 euro = 98,4 lekë", "sq", ["1 EUR", "98.4 ALL"]),
    ],
)
def test_a_bare_sum_is_a_price(text: str, language: str, expected: list[str]) -> None:
    assert amounts(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("11,800 log kashtiyon par pohanchay", "ur-Latn"),
        ("36 kun oo qof ayaa yimid", "so"),
        ("يتابعه 12 ألف شخص", "ar"),
        ("bu yıl 36 bin kişi geçti", "tr"),
        ("今年有3.6万人抵达", "zh"),
        ("公众号12万粉丝", "zh"),
        ("oltre 60 mila persone sbarcate", "it"),
        ("500 followers and 12k views", "en"),
        ("karkard 120 hezar, bedone rang", "fa-Latn"),
        ("Artikel 12, Absatz 3, Seite 450", "de"),
        ("driver wanted, over 25", "en"),
        ("half price for children, babies free", "en"),
        ("the boat is 6m long and 2m wide", "en"),
        ("9 kes di botê de, 3 saet", "kmr"),
        ("برلماني: 11 ہزار سے زائد افراد", "ur"),
        ("filmed in 4K", "en"),
    ],
)
def test_a_number_that_counts_or_names_something_is_none(text: str, language: str) -> None:
    assert amounts(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("VW Transporter, 210 tys. km, 38 900 zł", "pl", ["38900 PLN"]),
        ("Verighete din aur 14k, 2.400 lei", "ro", ["2400 RON"]),
        ("100 Plastikkarten 119 €", "de", ["119 EUR"]),
        ("cuadrilla de 20, 62 € jornal", "es", ["62 EUR"]),
        ("sallë për 400 të ftuar, menu 28 euro", "sq", ["28 EUR"]),
        ("Galaxy S21 219 €, Display in 30 min", "de", ["219 EUR"]),
        ("£476m over three years, passports £90", "en", ["90 GBP"]),
        ("визы до 1945 года, от 50 евро", "ru", ["50 EUR"]),
    ],
)
def test_counts_beside_a_price_are_none(text: str, language: str, expected: list[str]) -> None:
    assert amounts(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("iPhone 13 320 euro, 14 450 euro", "sq", ["320 EUR", "450 EUR"]),
        ("bac+2 250 €, français B2 500 €", "fr", ["250 EUR", "500 EUR"]),
        ("Serbie 13 300 €", "fr", ["13300 EUR"]),
        ("38 900 zł", "pl", ["38900 PLN"]),
    ],
)
def test_a_space_for_thousands_or_between_two_numbers(
    text: str, language: str, expected: list[str]
) -> None:
    assert amounts(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("सवा लाख रुपये", "hi", ["125000 INR"]),
        ("पौने चार लाख रुपये", "hi", ["375000 INR"]),
        ("साढ़े छह हज़ार यूरो", "hi", ["6500 EUR"]),
        ("2tr500", "vi", ["2500000 VND"]),
        ("£3k5", "en", ["3500 GBP"]),
        ("₦2.5m", "en", ["2500000 NGN"]),
        ("$400 CAD", "en", ["400 CAD"]),
    ],
)
def test_ways_of_saying_parts_of_a_number(text: str, language: str, expected: list[str]) -> None:
    assert amounts(text, language) == expected
