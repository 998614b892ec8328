"""Which words are places, and which part their own markers give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalise import normalise
from nlp.places import PlaceFinder, load_place_finder, place_mentions


@pytest.fixture(scope="module")
def finder() -> PlaceFinder:
    return load_place_finder()


def found(finder: PlaceFinder, text: str, language: str) -> list[tuple[str, str | None]]:
    hits = finder.find(normalise(text), language)
    return [(hit.place.country, hit.role) for hit in hits]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("tr", "Türkiye'den İtalya'ya", [("TR", "origin"), ("IT", "destination")]),
        ("tr", "turkiyeden italyaya", [("TR", "origin"), ("IT", "destination")]),
        ("tr", "İzmir'de ofis", [("TR", None)]),
        ("ckb", "لە فەرەنساوە بۆ بەریتانیا", [("FR", "origin"), ("GB", "destination")]),
        ("ar", "من تركيا لليونان", [("TR", "origin"), ("GR", "destination")]),
        ("am", "ከፈረንሳይ ወደ እንግሊዝ", [("FR", "origin"), ("GB", "destination")]),
        ("ti", "ካብ ሊብያ ናብ ጣልያን", [("LY", "origin"), ("IT", "destination")]),
        ("bn", "লিবিয়া থেকে ইতালি", [("LY", "origin"), ("IT", None)]),
        ("hi", "फ्रांस से यूके", [("FR", "origin"), ("GB", None)]),
        ("ps", "له ترکیې څخه یونان ته", [("TR", "origin"), ("GR", "destination")]),
        ("sq", "nga Franca në Angli", [("FR", "origin"), ("GB", "destination")]),
        ("pl", "start w Norymberdze, do Odense", [("DE", "origin"), ("DK", "destination")]),
        ("pl", "utknął w Rotterdamie, nie w Trakcie", [("NL", "origin")]),
        ("uk", "з Чугуєва до Тернополя", [("UA", "origin"), ("UA", "destination")]),
        ("en", "our office in Manchester", [("GB", "not_route")]),
        ("en", "🇫🇷🇬🇧", [("FR", None), ("GB", None)]),
        ("en", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", [("GB", None)]),
    ],
)
def test_names_and_their_markers(
    finder: PlaceFinder, language: str, text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert found(finder, text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nice trip, van and driver, bar on board", []),
        ("From Nice to London", [("FR", "origin"), ("GB", "destination")]),
        ("Van → Istanbul", [("TR", None), ("TR", None)]),
        ("white Van and lorry", []),
        ("FR → GB", [("FR", None), ("GB", None)]),
        ("IT skills and an ID", []),
        ("100 GB of data", []),
    ],
)
def test_names_that_are_words_need_a_capital_and_a_marker(
    finder: PlaceFinder, text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert found(finder, text, "en") == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("vi", "từ dover sang paris", [("GB", "origin"), ("FR", "destination")]),
        ("vi", "từ pháp sang anh", [("FR", "origin"), ("GB", "destination")]),
        ("vi", "hộ chiếu quá hạn, đi mẹ ơi", []),
        ("zh", "法 → 德", [("FR", None), ("DE", None)]),
        ("zh", "偷渡违法，到法院", []),
        ("pl", "niemcy → francji", [("DE", None), ("FR", None)]),
        ("en", "From the E.U. to the U.K.", [("EU", "origin"), ("GB", "destination")]),
        ("es", "de Ecuador a EE.UU.", [("EC", "origin"), ("US", "destination")]),
        ("en", "wait. uk. no.", [("GB", None)]),
        ("am", "ከደቡብ አፍሪካ ወደ እንግሊዝ", [("ZA", "origin"), ("GB", "destination")]),
        ("ar", "من فرنسا للمملكة المتحدة", [("FR", "origin"), ("GB", "destination")]),
        ("ar-Latn", "akhouya l 3ira9i, men bab lal bab", []),
        ("pa", "ਯੂ.ਕੇ. ਤੋਂ ਕੈਨੇਡਾ", [("GB", "origin"), ("CA", None)]),
        ("ckb", "لە سلێمانییەوە بۆ دوکان", [("IQ", "origin")]),
        ("fr", "il a eu son visa", []),
    ],
)
def test_ways_of_writing_names(
    finder: PlaceFinder, language: str, text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert found(finder, text, language) == expected


def test_a_country_named_in_the_post_settles_which_town_is_meant(finder: PlaceFinder) -> None:
    assert found(finder, "Tripoli, Lebanon", "en")[0][0] == "LB"
    assert found(finder, "Tripoli to Italy", "en")[0][0] == "LY"
    assert found(finder, "London to Canada", "en")[0][0] == "GB"


def test_a_mention_holds_the_name_without_its_affix(finder: PlaceFinder) -> None:
    text = "بەلەم لە دانکێرکەوە"
    mentions = place_mentions(finder.find(normalise(text), "ckb"), normalise(text))
    assert [mention.text for mention in mentions] == ["دانکێرک"]


@given(st.text(alphabet=st.sampled_from("UKDover Türkiye'den→🇬🇧🇫 لندنبۆከው\n-/.,0"), max_size=60))
def test_mentions_are_exact(text: str) -> None:
    finder = load_place_finder()
    normalised = normalise(text)
    for language in ("en", "tr", "ckb", "vi", "und"):
        for mention in place_mentions(finder.find(normalised, language), normalised):
            assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pa", "gov.uk ਤੇ ਜਾਓ"),
        ("en", "write to @boats_to_uk"),
        ("en", "mail info@london.example.org"),
        ("ru", "ID-карта за неделю"),
        ("ru", "до самой линии"),
        ("pl", "łódź na kanale"),
        ("ur", "آج شام پانچ بجے"),
        ("ckb", "وانەی ئینگلیزی"),
    ],
)
def test_addresses_and_common_words_are_no_places(
    finder: PlaceFinder, language: str, text: str
) -> None:
    assert found(finder, text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("en", "from Kiel", "DE"),
        ("tr", "adaya geçiş", "GB"),
        ("pa", "ਕੈਲੇ", "FR"),
        ("en", "Islamabad", "PK"),
        ("en", "to London #london_uk", "GB"),
    ],
)
def test_towns_that_are_words_elsewhere_and_slang(
    finder: PlaceFinder, language: str, text: str, country: str
) -> None:
    assert found(finder, text, language)[0][0] == country
