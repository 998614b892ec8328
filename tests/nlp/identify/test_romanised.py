"""Languages in letters that are not their own: no detector knows them."""

import pytest

from nlp.identify import Identifier, identify
from nlp.language_data import Identify, Lang


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("shou hayda ya khayi, bokra mnousal 3al beit inshallah", "ar-Latn"),
        ("salam dadash, farda miram khone vali pool nadaram", "fa-Latn"),
        ("bhai mujhe batao kal kitne log pohanch gaye hain", "ur-Latn"),
        ("veere mainu dasso tusi kithe ho, asi kal aaunde haan", "pa-Latn"),
    ],
)
def test_words_outweigh_the_detectors(text: str, language: str) -> None:
    assert identify(text).language == language


def test_the_ss_that_casefolding_makes_of_a_letter_is_nobodys() -> None:
    german = Lang(code="de", name="German", scripts=("Latn",), identify=Identify(letters="ß"))
    english = Lang(code="en", name="English", scripts=("Latn",), identify=Identify(words=("news",)))
    identifier = Identifier({"de": german, "en": english})
    assert identifier.identify("ssss news ssss").language == "en"


def test_a_word_with_a_digit_for_a_letter_is_not_torn_into_words() -> None:
    arabizi = Lang(
        code="ar-Latn", name="A", scripts=("Latn",), identify=Identify(words=("re7la", "wosoul"))
    )
    french = Lang(code="fr", name="French", scripts=("Latn",), identify=Identify(words=("la",)))
    identifier = Identifier({"ar-Latn": arabizi, "fr": french})
    assert identifier.identify("la la la").language == "fr"
    assert identifier.identify("wosoul wosoul").language == "ar-Latn"
