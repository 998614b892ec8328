"""Judgements have reasons that stand in the post, and say which step ended them."""

from __future__ import annotations

import pytest

from crawler.types import Advert, Post
from nlp.judge import SET_ASIDE
from nlp.pipeline import Analyser

OFFERS = [
    "Boat from Dunkirk to England, £2,500 each, pay after arrival. WhatsApp +44 7700 900123",
    "EU passports and driving licences, registered, no exam. Telegram @demo_papers",
]
OTHERS = [
    "Good morning everyone, have a lovely Sunday with the family",
    "Police arrested four men in Kent after a boat carrying 40 people was found, a court heard.",
    "😀😀😀",
    "",
]


@pytest.fixture(scope="module")
def adverts() -> list[Advert]:
    posts = [
        Post(number, 1, "test", "telegram", str(number), text, author_handle="demo_me")
        for number, text in enumerate([*OFFERS, *OTHERS], start=1)
    ]
    return Analyser().analyse(posts)


def test_offers_are_told_from_the_rest(adverts: list[Advert]) -> None:
    judged = [advert.judgement.is_offer for advert in adverts]
    assert judged == [True, True, False, False, False, False]


def test_only_an_offer_has_a_meaning_for_the_search(adverts: list[Advert]) -> None:
    assert [advert.embedding is not None for advert in adverts] == [True, True] + [False] * 4


def test_every_judgement_has_reasons_that_stand_in_the_post(adverts: list[Advert]) -> None:
    for advert, text in zip(adverts, [*OFFERS, *OTHERS], strict=True):
        assert advert.judgement.reasons
        for reason in advert.judgement.reasons:
            if reason.start is not None:
                assert text[reason.start : reason.end] == reason.text


def test_words_of_an_offer_are_named(adverts: list[Advert]) -> None:
    why = {reason.why for reason in adverts[0].judgement.reasons}
    assert "wording" in why
    assert why & {"price a person", "payment on arrival", "sea", "telephone or messenger"}


def test_the_words_of_an_offer_are_whole(adverts: list[Advert]) -> None:
    named = [reason for reason in adverts[0].judgement.reasons if reason.why == "wording"]
    assert named
    for reason in named:
        text = OFFERS[0]
        assert reason.start is not None
        assert reason.end is not None
        assert text[: reason.start][-1:].strip() == ""
        assert text[reason.end :][:1].strip() == ""
        assert " " not in reason.text


def test_small_talk_is_set_aside_early(adverts: list[Advert]) -> None:
    why = {reason.why for reason in adverts[2].judgement.reasons}
    assert why & set(SET_ASIDE)


def test_a_threshold_of_ones_own_is_held() -> None:
    post = Post(1, 1, "test", "telegram", "1", OFFERS[0], author_handle="demo_me")
    (advert,) = Analyser(threshold=0.9999999).analyse([post])
    assert not advert.judgement.is_offer


def test_what_is_offered_tells_where_the_journey_ends() -> None:
    text = "Who wants to wake up in England by Sunday? Two places left in the boat, message me"
    said = "Good morning everybody, it rains in England again"
    analyser = Analyser()
    found = [
        [mention.text for mention in advert.mentions if mention.label == "route"]
        for advert in analyser.analyse(
            [Post(n, 1, "test", "telegram", str(n), one) for n, one in enumerate((text, said))]
        )
    ]
    assert found == [["England"], []]
