"""Folding keeps every code point's place, and folds what people type for one another."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalise import fold, normalise, words_of

ANY_TEXT = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("aéİıßﬁ½ \u200c\u200f5️⃣\u20e3٣۵०কঁےېكکهةحሐዐпоOо🇬🇧\ud800\x00\r\n\t  -—"),
    ),
    max_size=80,
)


@given(ANY_TEXT)
def test_every_index_maps_to_a_place_of_the_original(text: str) -> None:
    folded = normalise(text)
    starts = list(folded.starts)
    assert len(starts) == len(folded.text) + 1
    assert starts == sorted(starts)
    assert starts[-1] == len(text)
    for index in range(len(folded.text)):
        start, end = folded.span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert start == starts[index]


@given(ANY_TEXT)
def test_the_short_ways_give_what_the_long_one_gives(text: str) -> None:
    normalised = normalise(text)
    assert fold(text) == normalised.text
    assert words_of(text) == normalised.tokens.words


@given(ANY_TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(ANY_TEXT)
def test_the_whole_spans_all_but_dropped_ends(text: str) -> None:
    folded = normalise(text)
    if folded.text and folded.text == folded.text.strip():
        start, end = folded.span(0, len(folded.text))
        assert fold(text[start:end]) == folded.text


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Türkiye’den İTALYA'ya", "turkiye'den italya'ya"),
        ("Đi Anh ĐẾN nơi", "di anh den noi"),
        ("٢٥٠٠ ۲۵۰۰ २५०० ২৫০০ ੨੫੦੦ ２５００ 𝟐𝟓𝟎𝟎", " ".join(["2500"] * 6 + ["2500"])),
        ("2️⃣5️⃣", "25"),
        ("گواهی\u200cنامه", "گواهينامه"),
        ("پارهٔ", "پاره"),
        ("إنكلترا أوروبا آسيا", "انكلترا اوروبا اسيا"),
        ("یۆرۆ ڤیزا", "يورو فيزا"),
        ("ሥራ ሐምሌ ፀሐይ ዓዲ", fold("ስራ ሀምሌ ጸሀይ አዲ")),
        ("हज़ार", "हजार"),
        ("ਲੱਖ", "ਲਖ"),
        ("Wһаtѕарр", "whatsapp"),
        ("Моckва", fold("Москва")),
        ("a \t\u00a0 b\r\n\r\n c", "a b\nc"),
        ("٤٬٥٠٠٫٥", "4,500.5"),
        ("Calais – Dover — now", "calais - dover - now"),
        ("2½", "2½"),
    ],
)
def test_what_is_typed_for_one_another_is_one(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_flags_of_the_nations_of_britain_are_kept() -> None:
    assert fold("🏴󠁧󠁢󠁥󠁮󠁧󠁿") == "🏴󠁧󠁢󠁥󠁮󠁧󠁿"


def test_a_mark_belongs_to_the_letter_before_it() -> None:
    text = "cafe\u0301 5\ufe0f\u20e3!"
    folded = normalise(text)
    assert folded.text == "cafe 5!"
    assert text[slice(*folded.span(3, 4))] == "e\u0301"
    assert text[slice(*folded.span(5, 6))] == "5\ufe0f\u20e3"


def test_five_megabytes_are_folded_in_linear_time() -> None:
    small, large = "é ٥ " * 50_000, "é ٥ " * 1_250_000
    started = time.process_time()
    normalise(small)
    middle = time.process_time()
    assert len(normalise(large).text) == len(large) - 1 or normalise(large).text
    ended = time.process_time()
    assert ended - middle < 60 * 2 * max(middle - started, 0.01)
