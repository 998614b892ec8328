"""The table by which prices are converted."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import ConfigError, InvalidQuery
from index.query import parse_query
from index.rates import SHIPPED, load_rates
from index.resolve import Resolver


def test_the_shipped_table_says_when_and_that_it_is_approximate() -> None:
    rates = load_rates(SHIPPED)
    assert rates.date.year >= 2026
    assert "approximate" in rates.source
    assert rates.per_euro["EUR"] == 1


def test_a_range_is_the_same_money_in_every_currency(tmp_path: Path) -> None:
    own = tmp_path / "rates.yml"
    own.write_text("date: 2026-02-03\nsource: invented\nper_euro:\n  EUR: 1.0\n  GBP: 0.5\n")
    rates = load_rates(own)
    assert rates.ranges("GBP", 100, None) == [("EUR", 200.0, None), ("GBP", 100, None)]
    with pytest.raises(InvalidQuery, match=r"USD is not in the table.*column 6"):
        parse_query("boat price_usd:5", resolver=Resolver(rates=rates))


def test_a_fault_of_the_table_names_the_line(tmp_path: Path) -> None:
    own = tmp_path / "rates.yml"
    own.write_text("date: 2026-02-03\nsource: invented\nper_euro:\n  EUR: 1.0\n  GBP: -2\n")
    with pytest.raises(ConfigError, match=r"rates.yml.*5.*GBP"):
        load_rates(own)
