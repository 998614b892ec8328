"""Which places make a journey, in which order."""

from __future__ import annotations

from time import process_time

import pytest

from crawler.types import Mention, ModeWord, Place, Route
from nlp.implied_modes import implied_modes
from nlp.normalise import normalise
from nlp.places import PlaceFinder, load_place_finder
from nlp.route_words import load_route_words
from nlp.routes import direction_of_routes, find_routes, implied_arrival, route_mentions
from nlp.topics import load_topic_finder

Ends = tuple[str | None, tuple[str, ...], str | None]


@pytest.fixture(scope="module")
def finder() -> PlaceFinder:
    return load_place_finder()


def routes_of(finder: PlaceFinder, text: str, language: str = "en") -> list[Ends]:
    normalised = normalise(text)
    evidence = [
        mention
        for topic in ("mode", "document", "service", "code_word")
        for mention in load_topic_finder(topic).find(normalised, language)
    ]
    return [
        (
            route.origin.country if route.origin else None,
            tuple(place.country for place in route.via),
            route.destination.country if route.destination else None,
        )
        for route in find_routes(finder.find(normalised, language), normalised, evidence)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("From Calais to Dover tonight", [("FR", (), "GB")]),
        ("France to UK", [("FR", (), "GB")]),
        ("crossing to England from Calais", [("FR", (), "GB")]),
        ("Izmir – Greece", [("TR", (), "GR")]),
        ("Iran ➡️ Turkey ➡️ Greece ➡️ UK", [("IR", ("TR", "GR"), "GB")]),
        ("Turkey -> Serbia -> Austria", [("TR", ("RS",), "AT")]),
        ("🇫🇷🚤🇬🇧", [("FR", (), "GB")]),
        ("🇫🇷🇬🇧", [("FR", (), "GB")]),
        ("France 🇫🇷 → UK 🇬🇧", [("FR", (), "GB")]),
        ("Dunkirk, France to Dover (UK)", [("FR", (), "GB")]),
        ("from Turkey via Serbia to Germany", [("TR", ("RS",), "DE")]),
        ("from Turkey to Italy, Greece or Malta",
         [("TR", (), "IT"), ("TR", (), "GR"), ("TR", (), "MT")]),
        ("Lahore – Dubai – Serbia by plane, then on to Germany", [("PK", ("AE", "RS"), "DE")]),
        ("Uganda to Dubai, from Dubai to Holland", [("UG", ("AE",), "NL")]),
        ("1) Turkey – Italy 7000€\n2) Libya – Italy 3500€", [("TR", (), "IT"), ("LY", (), "IT")]),
        ("boat to the UK", [(None, (), "GB")]),
        ("Italy from Izmir, France from Athens", [("TR", (), "IT"), ("GR", (), "FR")]),
        ("by car: Kabul, Tehran, Istanbul, Munich", [("AF", ("IR", "TR"), "DE")]),
        ("Milan – Paris €400\nthen Brussels €200", [("IT", ("FR",), "BE")]),
        ("Calais to England, from Dover a car to London",
         [("FR", ("GB",), "GB"), ("FR", ("GB",), "GB")]),
    ],
)  # fmt: skip
def test_journeys(finder: PlaceFinder, text: str, expected: list[Ends]) -> None:
    assert routes_of(finder, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Our office in Manchester is open",
        "Police in London said so",
        "passports Germany Italy Sweden for sale",
        "a visa to Canada",
        "London is nice",
    ],
)
def test_places_without_a_journey(finder: PlaceFinder, text: str) -> None:
    assert routes_of(finder, text) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("tr", "Türkiye'den İtalya'ya", [("TR", (), "IT")]),
        ("ar", "من صربيا إلى النمسا والمانيا", [("RS", (), "AT"), ("RS", (), "DE")]),
        ("ckb", "لە تورکیاوە بۆ ئیتاڵیا", [("TR", (), "IT")]),
        ("ps", "له ترکیې څخه یونان ته", [("TR", (), "GR")]),
        ("hi", "फ्रांस से यूके", [("FR", (), "GB")]),
        ("bn", "দুবাই থেকে ইরান হয়ে তুরস্ক", [("AE", ("IR",), "TR")]),
        ("ti", "ካብ ሊብያ ናብ ጣልያን", [("LY", (), "IT")]),
        ("sq", "nga Franca në Angli", [("FR", (), "GB")]),
        ("fr", "de Calais à Douvres", [("FR", (), "GB")]),
        ("vi", "Pháp – Anh", [("FR", (), "GB")]),
        ("so", "Liibiya ilaa Talyaaniga", [("LY", (), "IT")]),
    ],
)
def test_journeys_in_other_languages(
    finder: PlaceFinder, language: str, text: str, expected: list[Ends]
) -> None:
    assert routes_of(finder, text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ar", "البلم يطلع من إزمير وتصورون من اليونان", [("TR", (), "GR")]),
        ("ar", "لما ترن علينا من دوفر، الطلعة من كاليه بالبلم", [("FR", (), "GB")]),
        ("fa", "پول تا وقتی از دوور زنگ بزنی، قایق از دانکرک", [("FR", (), "GB")]),
        ("fa-Latn", "ghayegh az Dunkirk, vaghti az Dover zang bezani", [("FR", (), "GB")]),
        ("ckb", "بەلەم لە کالێوە، کە لە دۆڤەرەوە زەنگ لێدەدەیت", [("FR", (), "GB")]),
        ("kmr", "Bot ji Dunkirkê, heta tu ji Dover telefon bikî", [("FR", (), "GB")]),
        ("ps", "کښتۍ له کالې څخه، چې له ډوور نه زنګ راکړې", [("FR", (), "GB")]),
        ("fa", "رستوران ما در لندن، چای و صبحانه هر روز", []),
    ],
)
def test_who_rings_from_a_place_has_arrived_there(
    finder: PlaceFinder, language: str, text: str, expected: list[Ends]
) -> None:
    normalised = normalise(text)
    evidence = load_topic_finder("mode").find(normalised, language)
    words = [load_route_words()[language]]
    routes = find_routes(finder.find(normalised, language), normalised, evidence, words)
    assert [
        (
            route.origin.country if route.origin else None,
            tuple(place.country for place in route.via),
            route.destination.country if route.destination else None,
        )
        for route in routes
    ] == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fa", "از نیمروز اول ایران بعد ترکیه بعد آلمان", [("AF", ("IR", "TR"), "DE")]),
        ("ar", "من إزمير لليونان ب 2000 ومن هناك لألمانيا 3500",
         [("TR", ("GR",), "DE")]),
        ("ar-Latn", "Mn Baghdad 3ala Serbia w b3dha London", [("IQ", ("RS",), "GB")]),
    ],
)  # fmt: skip
def test_stages(finder: PlaceFinder, language: str, text: str, expected: list[Ends]) -> None:
    assert routes_of(finder, text, language) == expected


def test_a_mention_covers_all_places_and_is_exact(finder: PlaceFinder) -> None:
    text = "⛵ From Calais  via Dunkirk to Dover!"
    normalised = normalise(text)
    routes = find_routes(finder.find(normalised, "en"), normalised)
    (mention,) = route_mentions(routes, text)
    assert mention.text == "Calais  via Dunkirk to Dover"
    assert text[mention.start : mention.end] == mention.text
    assert [text[start:end] for start, end in routes[0].spans] == ["Calais", "Dunkirk", "Dover"]


@pytest.mark.parametrize(
    ("text", "direction", "modes"),
    [
        ("Calais – Dover", "into_uk", ("sea",)),
        ("London – Calais", "out_of_uk", ("land",)),
        ("Serbia – Austria", "other", ("land",)),
        ("Libya – Italy", "other", ("sea",)),
        ("Pakistan – UK", "into_uk", ("land", "sea")),
        ("Bujumbura – Belgrade – Brussels", "other", ("air", "land")),
        ("Delhi – Milan", "other", ("air",)),
        ("nothing", None, ()),
    ],
)
def test_direction_and_implied_way(
    finder: PlaceFinder, text: str, direction: str | None, modes: tuple[str, ...]
) -> None:
    normalised = normalise(text)
    hits = finder.find(normalised, "en")
    routes = find_routes(hits, normalised)
    assert direction_of_routes(routes, [hit.place for hit in hits]) == direction
    assert implied_modes(routes) == modes


def test_the_uk_alone_counts_as_the_way_there(finder: PlaceFinder) -> None:
    hits = finder.find(normalise("UK 🇬🇧 dm me"), "en")
    assert direction_of_routes([], [hit.place for hit in hits]) == "into_uk"


def test_half_a_journey_needs_a_word_of_travelling(finder: PlaceFinder) -> None:
    text = "to the UK by boat"
    normalised = normalise(text)
    hits = finder.find(normalised, "en")
    boat = Mention("mode", 13, 17, "boat", ModeWord("sea"))
    assert find_routes(hits, normalised) == []
    assert len(find_routes(hits, normalised, [boat])) == 1


@pytest.mark.parametrize("piece", ["from Calais ", "Calais→", "🇬🇧🇫🇷", "从法国到英国", "to UK, "])
def test_a_hostile_text_is_read_in_time(finder: PlaceFinder, piece: str) -> None:
    """Ten times the text may take some twenty times as long, not a hundred."""

    def seconds(length: int) -> float:
        normalised = normalise((piece * length)[:length])
        taken = []
        for _ in range(3):  # the machine's other work counts in what is measured
            start = process_time()
            find_routes(finder.find(normalised, "en"), normalised)
            taken.append(process_time() - start)
        return min(taken)

    seconds(1_000)
    assert seconds(40_000) < 20 * max(seconds(4_000), 0.02)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "between Calais and Dover", [("FR", (), "GB")]),
        ("en", "between us and Dover", []),
        ("tr", "Calais ile Dover arasında", [("FR", (), "GB")]),
        ("hi", "ईरान और तुर्की के बीच", [("IR", (), "TR")]),
        ("en", "Lahore – Dubai – Serbia by air, then Italy by car", [("PK", ("AE", "RS"), "IT")]),
        ("bn", "ঢাকা থেকে দুবাই, সেখান থেকে লিবিয়া, তারপর ইতালি", [("BD", ("AE", "LY"), "IT")]),
        ("de", "Afghanistan, Iran, Türkei, dann Deutschland", [("AF", ("IR", "TR"), "DE")]),
        ("ar", "من تركيا للسويد عن طريق ليتوانيا", [("TR", ("LT",), "SE")]),
        ("ar", "بيلاروسيا بولندا ألمانيا", [("BY", ("PL",), "DE")]),
    ],
)
def test_ways_between_next_legs_and_ways_named_last(
    finder: PlaceFinder, language: str, text: str, expected: list[Ends]
) -> None:
    assert routes_of(finder, text, language) == expected


def test_ends_in_two_sentences_are_joined_where_travelling_is_told(finder: PlaceFinder) -> None:
    normalised = normalise("Belgrade people, pack your bag. Lorry, Austria Friday")
    hits = finder.find(normalised, "en")
    boat = Mention("mode", 32, 37, "Lorry", ModeWord("land"))
    assert find_routes(hits, normalised) == []
    (route,) = find_routes(hits, normalised, [boat])
    assert route.origin is not None
    assert route.destination is not None
    assert (route.origin.country, route.destination.country) == ("RS", "AT")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the usual crossings by boat need no word for one
        ("Waiting in Calais? England this week", [("FR", "GB")]),
        ("Tripoli side ready, Lampedusa Friday", [("LY", "IT")]),
        ("Belgrade side ready, Vienna Friday", []),
        ("We move people from UK to Holland", [("GB", "NL")]),
        ("🇬🇧🌊 🇫🇷➡️🇬🇧", [("FR", "GB")]),
        ("Minsk ➡ forest ➡ Berlin", [("BY", "DE")]),
        ("We go Kent to Calais", [("GB", "FR")]),
        ("Leaving Rotterdam, tonight you wake up in Dover", [("NL", "GB")]),
    ],
)
def test_ends_that_no_word_marks(
    finder: PlaceFinder, text: str, expected: list[tuple[str, str]]
) -> None:
    normalised = normalise(text)
    routes = find_routes(finder.find(normalised, "en"), normalised)
    assert [
        (route.origin and route.origin.country, route.destination and route.destination.country)
        for route in routes
    ] == expected


def test_a_town_of_a_post_about_flying_is_where_it_begins(finder: PlaceFinder) -> None:
    normalised = normalise("our man works at Istanbul airport")
    hits = finder.find(normalised, "en")
    (route,) = find_routes(hits, normalised, modes=("air",))
    assert route.origin is not None
    assert (route.origin.country, route.destination) == ("TR", None)
    assert find_routes(hits, normalised, modes=("air",), reported=True) == []


def test_a_report_is_joined_only_where_both_ends_are_marked(finder: PlaceFinder) -> None:
    normalised = normalise("You come out in Italy. From Cairo, after the call. Police, Malta")
    hits = finder.find(normalised, "en")
    (route,) = find_routes(hits, normalised, reported=True)
    assert route.origin is not None
    assert route.destination is not None
    assert (route.origin.country, route.destination.country) == ("EG", "IT")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("UK se Italy ya Spain jana hai", [("GB", "IT"), ("GB", "ES")])],
)
def test_a_marker_behind_a_list_is_meant_for_all(
    finder: PlaceFinder, text: str, expected: list[tuple[str, str]]
) -> None:
    normalised = normalise(text)
    routes = find_routes(finder.find(normalised, "ur-Latn"), normalised)
    assert [
        (route.origin and route.origin.country, route.destination and route.destination.country)
        for route in routes
    ] == expected


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Dunkirk boys message me early", "into_uk"),
        ("leaving Calais", "into_uk"),
        ("leaving Istanbul", "other"),
        ("Serbia – Austria, Calais – Dover", "into_uk"),
    ],
)
def test_direction_of_what_names_one_end(finder: PlaceFinder, text: str, direction: str) -> None:
    normalised = normalise(text)
    hits = finder.find(normalised, "en")
    routes = find_routes(hits, normalised, modes=("land",))
    assert direction_of_routes(routes, [hit.place for hit in hits]) == direction


@pytest.mark.parametrize(
    ("text", "reported", "offered", "expected"),
    [
        # where last night's group is, and who is to come
        ("Everybody is in Dover. Next group on Friday", False, True, [(None, (), "GB")]),
        ("The harbour of Dover is closed on Friday", False, False, []),
        # a picture of the end before the journey
        ("dream 🇺🇸 Tirana – Mexico – USA", False, True, [("AL", ("MX",), "US")]),
        # Europe beside the country that is meant, and as the end of a list
        ("Europe! From Yerevan to France", False, True, [("AM", (), "FR")]),
        ("from Dubai to Iran, Turkey, Europe", False, True, [("AE", ("IR", "TR"), "EU")]),
        ("from Delhi to Serbia and Germany", False, True, [("IN", ("RS",), "DE")]),
        # a shore in the news
        ("A dinghy sank off Calais; they paid to get to England", True, False, [("FR", (), "GB")]),
    ],
)
def test_ends_told_by_the_whole_post(
    finder: PlaceFinder, text: str, reported: bool, offered: bool, expected: list[Ends]
) -> None:
    normalised = normalise(text)
    routes = find_routes(
        finder.find(normalised, "en"), normalised, reported=reported, offered=offered
    )
    found = [
        (
            route.origin.country if route.origin else None,
            tuple(place.country for place in route.via),
            route.destination.country if route.destination else None,
        )
        for route in routes
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("language", "text", "ends"),
    [
        ("am", "ከጄኖቫ እስከ አምስተርዳም በመኪና", ("IT", "NL")),
        ("ti", "ካብ በልጁም ናብ ለንደን ብመኪና", ("BE", "GB")),
        ("pa", "ਬੈਲਗ੍ਰੇਡ ਤੋਂ ਉਦੀਨੇ ਤੱਕ ਟੈਕਸੀ", ("RS", "IT")),
        ("ps", "له اتن نه منچسټر ته په الوتکه", ("GR", "GB")),
        ("ur", "سوبوٹیکا سے میونخ تک کار", ("RS", "DE")),
        ("ro", "din Cernăuți ➡️ Sighet prin munte", ("UA", "RO")),
        ("so", "laga bilaabo Braasiil ilaa Maraykan", ("BR", "US")),
        ("de", "vo Chiasso uf Basel, dänn uf Friiburg", ("CH", "DE")),
        ("zh", "英→西班牙 两人", ("GB", "ES")),
        ("it", "auto Verona – Monaco", ("IT", "DE")),
    ],
)
def test_towns_and_words_of_a_script(
    finder: PlaceFinder, language: str, text: str, ends: tuple[str, str]
) -> None:
    normalised = normalise(text)
    evidence = load_topic_finder("mode").find(normalised, language)
    words = [load_route_words()[language]]
    routes = find_routes(finder.find(normalised, language), normalised, evidence, words)
    assert ends in [
        (route.origin.country, route.destination.country)
        for route in routes
        if route.origin and route.destination
    ]


def test_an_offer_that_joins_no_places_goes_to_the_one_in_the_uk() -> None:
    dunkirk = Mention("place", 0, 7, "Dunkirk", Place("Dunkirk", "FR"))
    dover = Mention("place", 20, 25, "Dover", Place("Dover", "GB"))
    london = Mention("place", 40, 46, "London", Place("London", "GB"))
    (found,) = implied_arrival([dunkirk, dover, london])
    assert (found.label, found.start, found.end) == ("route", 20, 25)
    assert found.value == Route(None, (), Place("Dover", "GB"), spans=((20, 25),))
    assert implied_arrival([dunkirk]) == []
    assert implied_arrival([found, dover]) == []


def test_a_heading_with_an_origin_holds_for_each_line_of_a_price_list(finder: PlaceFinder) -> None:
    lines = "PRICES FROM TURKEY\nTruck, Germany 6,500 €\nYacht, Italy 8,000 €"
    assert routes_of(finder, lines) == [("TR", (), "DE"), ("TR", (), "IT")]
    jobs = "Jobs from Poland:\nGermany 2,000 €\nItaly 1,800 €"
    assert ("PL", (), "IT") not in routes_of(finder, jobs)
    assert routes_of(
        finder, "LİSTE (TR çıkışlı)\nTIR, Almanya 6.500 €\nYat, İtalya 8.000 €", "tr"
    ) == [
        ("TR", (), "DE"),
        ("TR", (), "IT"),
    ]


def test_a_name_and_its_flag_are_one_place_with_a_picture_between(finder: PlaceFinder) -> None:
    assert routes_of(finder, "Boat to England ☕🇬🇧 seats left") == [(None, (), "GB")]


def test_nobody_sets_out_for_the_country_he_is_in(finder: PlaceFinder) -> None:
    assert routes_of(finder, "by car from Munich to Germany") == [(None, (), "DE")]
    assert routes_of(finder, "boat from Ceuta to Spain") == [("ES", (), "ES")]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        # a second place on the way, after the end was told
        ("ਅੰਮ੍ਰਿਤਸਰ ਤੋਂ ਅਮਰੀਕਾ, ਵਾਇਆ ਦੁਬਈ ਤੇ ਮੈਕਸੀਕੋ", "pa", [("IN", ("AE", "MX"), "US")]),
        # a last leg that only its way of travelling tells
        ("Lahore se Almaty, phir Poland, gari se Berlin", "ur-Latn",
         [("PK", ("KZ", "PL"), "DE")]),
        # a station that no gazetteer knows
        ("Delhi–Qwertyville–USA", "en", [("IN", (), "US")]),
        # the town of its start once more
        ("Italy→France Ventimiglia taxi", "en", [("IT", (), "FR")]),
        # sums between two ends
        ("国内到意大利12万,到西班牙14万", "zh", [("CN", (), "IT"), ("CN", (), "ES")]),
        # the longer of two markers behind a place: 'sitting in', not 'in'
        ("Belgrade mein baithe bhai, Germany tak taxi", "ur-Latn", [("RS", (), "DE")]),
        # a word on either side of its place
        ("Doon ka baxday Liibiya oo Talyaaniga ku socotay", "so", [("LY", (), "IT")]),
    ],
)  # fmt: skip
def test_stages_lists_and_markers_on_either_side(
    finder: PlaceFinder, text: str, language: str, expected: list[Ends]
) -> None:
    assert routes_of(finder, text, language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("इटली/पुर्तगाल रेज़िडेंस परमिट €900", "hi"),
        ("Jabuuti, Kenya ama Itoobiya ka timid?", "so"),
        ("英国线上课程,每周两节", "zh"),
    ],
)
def test_papers_people_and_courses_are_no_journey(
    finder: PlaceFinder, text: str, language: str
) -> None:
    assert routes_of(finder, text, language) == []
