"""The numbers of a post that the screen is made of, counted the quick way."""

from __future__ import annotations

import emoji
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.features import count_emoji
from nlp.ngrams import READ_AT_MOST, SIZES, TABLE_BITS, hash_ngrams


@given(st.text(st.sampled_from([*"ab 1#*0\n", "\ufe0f", "\u200d", "\u20e3", *"🚤😀👨👩👧🇬🇧Ⓜℹ©🏴"])))
def test_emoji_are_counted_as_the_library_counts_them(text: str) -> None:
    assert count_emoji(text) == emoji.emoji_count(text)


def test_every_emoji_is_counted() -> None:
    assert all(count_emoji(f"a {one} b") == emoji.emoji_count(one) for one in emoji.EMOJI_DATA)


def slot_of(run: str) -> int:
    """The slot of one run of letters, step by step as `hash_ngrams` says it."""
    multiplier, whole = 0x9E3779B97F4A7C15, (1 << 64) - 1
    value = len(run)
    for letter in run:
        value = (value ^ ord(letter)) * multiplier & whole
        value ^= value >> 29
    return (value * multiplier & whole) >> (64 - TABLE_BITS)


@pytest.mark.parametrize("text", ["", "a", "ab", "boat\nto", "قايق 🚤", "\ud800" * 3, "x" * 3000])
def test_every_run_of_letters_has_its_slot(text: str) -> None:
    padded = f" {text[:READ_AT_MOST]} ".replace("\n", " ")
    for size, slots in zip(SIZES, hash_ngrams(text), strict=True):
        runs = [padded[at : at + size] for at in range(len(padded) - size + 1)]
        assert np.array_equal(slots, [slot_of(run) for run in runs])
