"""What is named only to say that it is not meant."""

from __future__ import annotations

import pytest

from crawler.types import Document, ModeWord
from nlp.language_data import load_languages
from nlp.normalise import normalise
from nlp.topics import Topic, load_topic_finder


def found(topic: Topic, text: str, language: str) -> list[object]:
    mentions = load_topic_finder(topic).find(normalise(text), language)
    return [
        mention.value.mode if isinstance(mention.value, ModeWord) else mention.value
        for mention in mentions
    ]


@pytest.mark.parametrize(
    ("language", "text", "modes"),
    [
        ("en", "not by boat, by lorry", ["land"]),
        ("en", "no boat or dinghy, lorry only", ["land"]),
        ("en", "boat, not a lorry", ["sea"]),
        ("en", "No boats\nlorry every friday", ["land"]),
        ("en", "no dogs lorry", ["land"]),
        ("vi", "không đi thuyền, đi xe tải", ["land"]),
        ("kmr", "ne bi botê, bi kamyonê", ["land"]),
        ("zh", "不坐船，坐飞机", ["air"]),
        ("es", "sin barco, en camión", ["land"]),
        ("ru", "без лодки, фурой", ["land"]),
        ("tr", "bot yok tekne yok, tır var", ["land"]),
        ("tr", "bot ve tekne yok, tır var", ["land"]),
        ("fa", "قایق نیست، تریلی هست", ["land"]),
        ("ar", "بدون قارب، شاحنة", ["land"]),
        ("ur", "کشتی نہیں، ٹرک ہے", ["land"]),
        ("pl", "bez łodzi, tirem", ["land"]),
    ],
)
def test_negated_ways_are_left_out(language: str, text: str, modes: list[str]) -> None:
    assert found("mode", text, language) == modes


def test_a_line_or_a_comma_ends_what_is_negated() -> None:
    assert found("mode", "no\nboat", "en") == ["sea"]
    assert found("mode", "no, boat", "en") == ["sea"]


def test_papers_that_nobody_asks_for() -> None:
    assert found("document", "no passport needed, visa ready", "en") == [Document("visa")]
    assert found("document", "pasaport gerekmez, vize hazır", "tr") == [Document("visa")]


def test_a_test_that_is_not_needed_leaves_the_licence() -> None:
    assert Document("driving_licence") in found("document", "no test driving licence", "en")


@pytest.mark.parametrize("language", sorted(load_languages()))
def test_every_language_can_say_no(language: str) -> None:
    negation = load_languages()[language].negation
    assert negation.before or negation.after
