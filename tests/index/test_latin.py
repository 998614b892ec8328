"""Words of other scripts by their Latin spelling."""

from __future__ import annotations

import pytest

from crawler.folding import folded
from index.latin import sounds, spellings


@pytest.mark.parametrize(
    ("latin", "written"),
    [
        ("london", "لندن"),
        ("london", "лондон"),
        ("london", "লন্ডন"),
        ("dunkirk", "دونكيرك"),
        ("qayiq", "قایق"),
        ("mohammed", "محمد"),
        ("lodka", "лодка"),
        ("jelba", "ጀልባ"),
        ("istanbul", "استانبول"),
        ("stambul", "стамбул"),
    ],
)
def test_a_word_is_found_by_its_sounds(latin: str, written: str) -> None:
    assert sounds(folded(written)) in spellings(latin)


@pytest.mark.parametrize(
    ("latin", "written"), [("border", "برادر"), ("boat", "بات"), ("bus", "بس")]
)
def test_another_word_is_not(latin: str, written: str) -> None:
    assert sounds(folded(written)) not in spellings(latin)


def test_what_has_no_sounds_of_its_own() -> None:
    assert sounds("london") == sounds("zażółć") == sounds("英国") == sounds("12345") == ""
    assert sounds("в") == ""
    assert spellings("лодка") == spellings("2000") == ()
    assert spellings("a" * 3000 + "eiou" * 30) == ()
