"""Every value goes into JSON and comes back equal."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import StoreError
from crawler.store.codec import (
    decode_evidence,
    decode_failures,
    decode_mentions,
    decode_reasons,
    decode_value,
    encode_evidence,
    encode_failures,
    encode_mentions,
    encode_reasons,
    encode_value,
)
from crawler.types import EdgeReason, Mention, Place, Price, Reason, Value

_values = st.one_of(*(st.from_type(kind) for kind in get_args(Value)))


@pytest.mark.parametrize("kind", get_args(Value))
def test_every_kind_of_value_comes_back(kind: type) -> None:
    @given(st.from_type(kind))
    def check(value: Value) -> None:
        decoded = decode_value(encode_value(value))
        # repr: a NaN is not equal to itself, and 0.0 is equal to -0.0.
        assert repr(decoded) == repr(value)

    check()


@given(st.lists(st.builds(Mention, value=_values)))
def test_mentions_come_back(mentions: list[Mention]) -> None:
    assert repr(decode_mentions(encode_mentions(mentions))) == repr(tuple(mentions))


def test_amounts_are_exact() -> None:
    for written in ("0.1", "2500.50", "1E+3", "12345678901234567890.123456789", "-0"):
        value = decode_value(encode_value(Price(Decimal(written))))
        assert isinstance(value, Price)
        assert str(value.amount) == written


@given(st.lists(st.from_type(Reason)))
def test_reasons_come_back(reasons: list[Reason]) -> None:
    assert repr(decode_reasons(encode_reasons(reasons))) == repr(tuple(reasons))


@given(st.lists(st.from_type(EdgeReason)))
def test_evidence_comes_back(reasons: list[EdgeReason]) -> None:
    assert repr(decode_evidence(encode_evidence(reasons))) == repr(tuple(reasons))


@given(st.lists(st.tuples(st.text(), st.text(), st.text())))
def test_failures_come_back(failures: list[tuple[str, str, str]]) -> None:
    assert decode_failures(encode_failures(failures)) == tuple(failures)


def test_letters_are_kept_as_letters() -> None:
    mention = Mention("place", 0, 4, "دونكيرك", Place("Dunkirk", "FR"))
    assert "دونكيرك" in encode_mentions([mention])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        '[{"label": "price"}]',
        '[{"label":"a","start":0,"end":0,"text":"","value":7}]',
    ],
)
def test_what_is_not_ours_is_an_error(text: str) -> None:
    with pytest.raises(StoreError, match="mentions cannot be read back"):
        decode_mentions(text)


def test_an_unknown_kind_of_value_is_an_error() -> None:
    text = '[{"label":"a","start":0,"end":0,"text":"","value":{"is":"boat"}}]'
    with pytest.raises(StoreError, match="'boat'"):
        decode_mentions(text)
