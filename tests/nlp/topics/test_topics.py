"""Ways of travelling, documents, services, terms and code words, each in its lists."""

from __future__ import annotations

import pytest

from crawler.types import CodeWord, Document, ModeWord, Term
from nlp.normalise import normalise
from nlp.topics import Topic, load_topic_finder, modes_in


def values(topic: Topic, text: str, language: str) -> list[object]:
    return [m.value for m in load_topic_finder(topic).find(normalise(text), language)]


@pytest.mark.parametrize(
    ("language", "text", "mode"),
    [
        ("en", "a fishing boat", "sea"),
        ("ar", "بالشاحنة", "land"),
        ("tr", "uçakla", "air"),
        ("am", "በጀልባ", "sea"),
        ("und", "🚤", "sea"),
        ("und", "✈️", "air"),
        ("ckb", "🚛", "land"),
    ],
)
def test_modes(language: str, text: str, mode: str) -> None:
    assert ModeWord(mode) in values("mode", text, language)  # type: ignore[arg-type]


def test_documents_terms_and_code_words() -> None:
    assert values("document", "driving licence and passport", "en") == [
        Document("driving_licence"),
        Document("passport"),
    ]
    assert Term("pay_on_arrival") in values("term", "pay after arrival", "en")
    assert CodeWord("an attempt at a crossing") in values("code_word", "game tonight", "en")


def test_the_tones_of_vietnamese_tell_words_apart() -> None:
    assert ModeWord("air") in values("mode", "bay sang", "vi")
    assert values("mode", "thứ bảy", "vi") == []


def test_modes_are_ordered_by_how_often_they_are_named() -> None:
    text = "lorry, then boat, boat, boat"
    mentions = load_topic_finder("mode").find(normalise(text), "en")
    assert modes_in(mentions) == ("sea", "land")
    assert all(text[m.start : m.end] == m.text for m in mentions)
