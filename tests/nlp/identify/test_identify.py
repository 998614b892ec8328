"""Languages are told apart where that can be done, and 'und' is said where it cannot."""

from __future__ import annotations

import pytest

from nlp.identify import UNDETERMINED, identify

# Sentences written for this test alone.
SENTENCES = {
    "en": "We left the house before sunrise and nobody had slept.",
    "fr": "Nous avons quitté la maison avant l'aube, personne n'avait dormi.",
    "tr": "Güneş doğmadan evden çıktık, kimse uyumamıştı.",
    "ar": "خرجنا من البيت قبل طلوع الشمس ولم ينم أحد منا",
    "fa": "پیش از طلوع آفتاب از خانه بیرون آمدیم و هیچ‌کس نخوابیده بود",
    "ckb": "پێش هەڵهاتنی خۆر لە ماڵ چووینە دەرەوە و کەس نەنوستبوو",
    "ps": "له لمر ختو مخکې موږ له کوره ووتلو او هېڅوک ویده شوي نه وو",
    "sq": "Dolëm nga shtëpia para agimit dhe askush nuk kishte fjetur.",
    "vi": "Chúng tôi rời nhà trước bình minh và không ai ngủ được.",
    "so": "Guriga waxaan ka baxnay waaberiga ka hor, cidna ma seexan.",
    "am": "ፀሐይ ከመውጣቷ በፊት ከቤት ወጣን፤ ማንም አልተኛም ነበር።",
    "ti": "ቅድሚ ጸሓይ ምብራቓ ካብ ገዛ ወጺእና፡ ሓደ እኳ ኣይደቀሰን።",
    "es": "Salimos de casa antes del amanecer y nadie había dormido.",
    "de": "Wir verließen das Haus vor Sonnenaufgang, niemand hatte geschlafen.",
    "bn": "সূর্য ওঠার আগেই আমরা বাড়ি ছাড়লাম, কেউ ঘুমায়নি।",
    "hi": "सूरज निकलने से पहले हम घर से निकल गए, कोई सोया नहीं था।",
    "ur": "سورج نکلنے سے پہلے ہم گھر سے نکل گئے، کوئی سویا نہیں تھا۔",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_of_each_language(code: str) -> None:
    assert identify(SENTENCES[code]).language == code


@pytest.mark.parametrize(
    "text",
    ["", "🚤🌊➡️🇬🇧", "+44 7700 900123", "@demo_name https://example.org/x", "qwrtzp", "100% 💯"],
)
def test_nothing_to_go_by_is_undetermined(text: str) -> None:
    assert identify(text).language == UNDETERMINED


def test_links_handles_and_numbers_say_nothing() -> None:
    text = "https://example.org/the/and/of @theandof " + SENTENCES["tr"]
    assert identify(text).language == "tr"


def test_the_script_and_the_mixture_are_told() -> None:
    reading = identify(SENTENCES["fa"] + " we are waiting for you and your family")
    assert (reading.language, reading.script) == ("fa", "Arab")
    assert "en" in reading.mixture


def test_a_hint_settles_only_what_is_open() -> None:
    assert identify(SENTENCES["en"], ("tr",)).language == "en"


def test_the_answer_is_the_same_every_time() -> None:
    doubtful = "taxi visa hotel service"
    assert len({identify(doubtful).language for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # The two Kurdish languages in one script, which the detectors take for one.
        ("پۆلیسان چار کەس د ناڤ لۆریەکێ دا گرتن", "kmr"),
        ("پۆلیس چوار کەسی گرت لەناو بارهەڵگرێک لە نزیک سنوور", "ckb"),
        # Chinese has no blanks before an address or after a handle.
        ("办证请联系demo@example.org", "zh"),
        ("#护照办理加我", "zh"),
        ("找房", "zh"),
        ("Suche Zimmer in London", "de"),
        ("Führerschein ohne Prüfung", "de"),
    ],
)
def test_a_few_words_are_enough(text: str, code: str) -> None:
    assert identify(text).language == code
