"""The cut loses nothing, and word lists are matched whole."""

from __future__ import annotations

import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.lexicon import Entry, Lexicon
from nlp.normalise import normalise
from nlp.tokeniser import Tokeniser

NLP = spacy.blank("xx")
NLP.tokenizer = Tokeniser(NLP.vocab)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_the_document_is_the_text(text: str) -> None:
    assert NLP.make_doc(text).text == text


def words(text: str) -> tuple[str, ...]:
    return normalise(text).tokens.words


def test_words_numbers_and_symbols_are_parted() -> None:
    assert words("5000euro, e-visa!") == ("5000", "euro", ",", "e", "visa", "!")
    assert words("走线去英国") == ("走", "线", "去", "英", "国")
    assert words("हज़ार रुपये") == ("हजार", "रुपये")


LEXICON = Lexicon(
    [
        Entry("en", "boat", "sea"),
        Entry("en", "pay after arrival", "later"),
        Entry("tr", "uçak*", "air"),
        Entry("tr", "bot", "sea"),
        Entry("sq", "gomone", "sea"),
        Entry("ar", "قارب", "sea"),
        Entry("zh", "走线", "walk"),
        Entry("vi", "bảng", "pounds"),
        Entry("de", "*boot", "sea"),
        Entry("de", "*schleus*", "smuggle"),
    ],
    proclitics={"ar": ("ال", "ب", "بال")},
    marks_matter=("vi",),
)


def found(text: str, language: str) -> list[tuple[str, str]]:
    normalised = normalise(text)
    return [
        (text[slice(*normalised.span(one.start, one.end))], one.payload)
        for one in LEXICON.find(normalised, language)
    ]


def test_entries_are_whole_words() -> None:
    assert found("boats boathouse boat", "en") == [("boat", "sea")]


def test_entries_of_several_words_bridge_hyphens_and_blanks() -> None:
    assert found("Pay-after  arrival!", "en") == [("Pay-after  arrival", "later")]


def test_open_beginnings_and_endings() -> None:
    assert found("Uçağa uçakla", "tr") == [("uçakla", "air")]
    assert found("Schlauchboot", "de") == [("Schlauchboot", "sea")]
    assert found("Einschleusung", "de") == [("Einschleusung", "smuggle")]


def test_what_is_written_together_before_a_word_is_left_out() -> None:
    assert found("بالقارب", "ar") == [("قارب", "sea")]


def test_chinese_needs_no_word_borders() -> None:
    assert found("我走线过去", "zh") == [("走线", "walk")]


def test_english_and_long_foreign_words_count_but_short_ones_do_not() -> None:
    assert found("boat", "tr") == [("boat", "sea")]
    assert found("gomone", "en") == [("gomone", "sea")]
    assert found("a bot answered", "en") == []


def test_vietnamese_marks_must_agree_unless_none_are_written() -> None:
    assert found("2.600 bảng tới nơi", "vi") == [("bảng", "pounds")]
    assert found("bằng lái tới nơi", "vi") == []
    assert found("2600 bang toi noi", "vi") == [("bang", "pounds")]
