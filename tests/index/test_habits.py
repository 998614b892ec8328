"""How the same word is spelled by others: what `word~` looks for beside changed letters."""

from __future__ import annotations

import pytest

from crawler.folding import folded
from index.habits import MAX_SPELLINGS, respellings


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("غایغ", "قایق"),  # ق as غ, twice
        ("پریطانیا", "بریتانیا"),  # پ and ط
        ("ألماء", "الما"),  # hamza
        ("ангьлыю", "англию"),
        ("лотькя", "лодка"),
        ("viza", "visa"),
        ("pashaport", "pasaport"),
        ("phoo", "fu"),
        ("पासपोर्त", "पासपोर्ट"),
        ("ভিসা", "ভীশা"),
        ("ਵਿਜਾ", "ਬੀਜਾ"),
        ("ጸሀፈ", "ጠሀፈ"),
        ("раssроrт", "passport"),  # Cyrillic letters among Latin ones
        ("pαsspοrt", "passport"),  # Greek ones
    ],
)
def test_another_spelling_of_the_same_word(written: str, meant: str) -> None:
    assert folded(meant) in respellings(folded(written))


@pytest.mark.parametrize("word", ["", "ab", "船票多少", "🚤🚤🚤", "1500"])
def test_words_without_habits(word: str) -> None:
    assert respellings(word) == ()


@pytest.mark.parametrize("word", ["aaaaaaaaaaaaaaaaaaaaaaaaa" * 4, "قغگکقغگکقغگک", "shchkhghphth"])
def test_a_word_of_many_spellings_has_a_bound(word: str) -> None:
    found = respellings(word)
    assert 0 < len(found) <= MAX_SPELLINGS
    assert len(set(found)) == len(found)
    assert word not in found
