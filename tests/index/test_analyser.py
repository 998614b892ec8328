"""Folding and tokens: one word whatever the keyboard, offsets of the text as given."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.folding import fold, folded
from index.analyser import analyse, sought, tokens


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Çeşme", "cesme"),
        ("İSTANBUL", "istanbul"),
        ("ığdır", "IGDIR"),
        ("đường", "duong"),
        ("Straße", "STRASSE"),
        ("smørrebrød", "smorrebrod"),
        ("Łódź", "lodz"),
        ("всё", "все"),
        ("йод", "иод"),
        ("Ελλάς", "ελλασ"),
        ("قايق", "قایق"),
        ("قَايِق", "قایق"),
        ("كتاب", "کتاب"),
        ("می\u200cروم", "میروم"),
        ("لنـــدن", "لندن"),
        ("مدرسة", "مدرسه"),
        ("إلى", "الی"),
        ("ﻻ", "لا"),
        ("نەخشە", "نهخشه"),
        ("ڕێگا", "ریگا"),
        ("دڵۆپ", "دلوپ"),
        ("ሐገር", "ሀገር"),
        ("ኀይል", "ሃይል"),
        ("ሠላም", "ሰላም"),
        ("ዓለም", "አለም"),
        ("ፀሐይ", "ጸሀይ"),
        ("٠١٢٣", "0123"),
        ("۴۵۶", "456"),
        ("०१२", "012"),
        ("７８９", "789"),
        ("𝐁𝐨𝐚𝐭", "boat"),
        ("ｂｏａｔ", "BOAT"),
        ("0️⃣7️⃣", "07"),
        ("bo\u200bat", "boat"),
        ("e\u0301te\u0301", "été"),
        ("か\u3099", "が"),
        ("ｶﾞｽ", "ガス"),
        ("क़लम", "क\u093cलम"),
    ],
)
def test_two_writings_of_a_word_are_one(left: str, right: str) -> None:
    assert tokens(left) == tokens(right) != []


@pytest.mark.parametrize(
    ("left", "right"), [("が", "か"), ("কি", "কী"), ("боат", "boat"), ("پارس", "بارس")]
)
def test_different_words_stay_different(left: str, right: str) -> None:
    assert tokens(left) != tokens(right)


def test_words_of_every_script() -> None:
    assert tokens("Türkiye'den İtalya'ya gemi") == ["turkiye", "den", "italya", "ya", "gemi"]
    assert tokens("হিন্দি ਪੰਜਾਬੀ ቋንቋ") == ["হিন্দি", "ਪੰਜਾਬੀ", "ቋንቋ"]
    assert tokens("去英国 boat") == ["去英", "英国", "国", "boat"]
    assert tokens("🚤🇬🇧👍🏽") == ["🚤", "🇬🇧", "👍"]
    assert tokens("smuggler_uk1") == ["smuggler", "uk1"]
    assert tokens("\ud800 … —") == []


def test_what_a_query_seeks() -> None:
    assert sought("英") == (("英",), True)
    assert sought("英国") == (("英国",), False)
    assert sought("去英国 boat").tokens == ("去英", "英国", "国", "boat")
    assert sought("boat 英").partial
    assert sought("…") == ((), False)


@given(st.text())
def test_offsets_are_exact(text: str) -> None:
    found = analyse(text)
    assert [token.text for token in found] == tokens(text)
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
        # what stands there gives the token again, alone or as a pair of a longer run
        assert token.text in tokens(text[token.start : token.end])
    assert [t.start for t in found] == sorted(t.start for t in found)


@given(st.text())
def test_folding_twice_is_folding_once_for_tokens(text: str) -> None:
    once = [token for token in tokens(text) if token.isascii()]
    assert [t for token in once for t in tokens(token)] == once


@given(st.text())
def test_fold_gives_an_offset_for_every_character(text: str) -> None:
    plain, offsets = fold(text)
    assert len(offsets) == len(plain) + 1
    assert offsets[-1] == len(text)
    assert all(a <= b for a, b in pairwise(offsets))
    assert plain == folded(text)


def test_fold_offsets_of_an_example() -> None:
    text = "Straße قَايق"
    plain, offsets = fold(text)
    at = plain.index("strasse")
    assert text[offsets[at] : offsets[at + 7]] == "Straße"
    at = plain.index("قایق")
    assert text[offsets[at] : offsets[at + 4]] == "قَايق"


@pytest.mark.parametrize("piece", ["a", "قايق ", "漢", "a\u0301", "\u0301", "1️⃣", "\ud800"])
def test_a_huge_text_takes_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        begin = time.perf_counter()
        tokens(text)
        fold(text)
        return time.perf_counter() - begin

    seconds(1000)
    # four times the text may take eight times as long on a busy machine, not sixteen
    small, large = min(seconds(100_000) for _ in range(3)), seconds(400_000)
    assert large < 10 * small + 0.1
