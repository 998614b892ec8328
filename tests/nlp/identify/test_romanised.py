"""Languages in letters that are not their own: no detector knows them."""

import pytest

from nlp.identify import Identifier, identify
from nlp.language_data import Identify, Lang
from nlp.script_runs import runs_by_script


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("se3r el visa w el jawaz 3al khas, rasselna", "ar-Latn"),
        ("Ghayegh az Dankerk be Engelis, nafari 1700 pond", "fa-Latn"),
        # Says much with the letter s, which is not the ß that only German has.
        ("Passport aur visa ke liye England jana hai, signal par", "ur-Latn"),
        ("veere visa ton baad paise dene, koi advance nahi", "pa-Latn"),
    ],
)
def test_words_outweigh_the_detectors(text: str, language: str) -> None:
    assert identify(text).language == language


def test_a_word_with_a_digit_for_a_letter_is_not_torn_into_words() -> None:
    arabizi = Lang(code="ar-Latn", name="A", scripts=("Latn",), identify=Identify(words=("re7la",)))
    french = Lang(code="fr", name="French", scripts=("Latn",), identify=Identify(words=("le",)))
    identifier = Identifier({"ar-Latn": arabizi, "fr": french})
    assert identifier.identify("re la la re").language != "ar-Latn"


def test_digits_inside_words_are_letters() -> None:
    assert runs_by_script("7abibi ba3d 3andi, 2pm 5kg b2b covid19 7700900123") == {
        "Latn": ["7abibi", "ba3d", "3andi"]
    }
    assert identify("3andi wa7ed l7aja 7abibi").language == "ar-Latn"
