"""The shipped data: what is in it, what is kept out, and that it was folded as texts are."""

from __future__ import annotations

import pytest

from crawler.errors import ResourceMissing
from nlp.gazetteer import load
from nlp.gazetteer.load import DATA, Gazetteer, load_gazetteer, make_gazetteer, name_key
from nlp.language_data import Lang


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def first(gazetteer: Gazetteer, name: str, *languages: str) -> tuple[str, str] | None:
    named = gazetteer.lookup(name_key(name), languages or ("en",))
    if named is None:
        return None
    place = gazetteer.places[named.places[0]]
    return place.name, place.country


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Dunkirk", "FR"), ("Loon-Plage", "FR"), ("Grande-Synthe", "FR"), ("دنكيرك", "FR"),
        ("Sabratha", "LY"), ("زوارة", "LY"), ("Bihać", "BA"), ("Subotica", "RS"),
        ("رانیە", "IQ"), ("زاخۆ", "IQ"), ("Zakho", "IQ"), ("Lampedusa", "IT"), ("الناظور", "MA"),
        ("لندن", "GB"), ("Лондон", "GB"), ("伦敦", "GB"), ("লন্ডন", "GB"), ("लंदन", "GB"),
        ("ለንደን", "GB"), ("England", "GB"), ("انگلیس", "GB"), ("ئینگلتەرا", "GB"),
        ("ዓዲ እንግሊዝ", "GB"), ("英国", "GB"), ("İngiltere", "GB"), ("Europe", "EU"),
        ("Schengen", "EU"), ("شنغن", "EU"), ("Turkey", "TR"), ("ترکیه", "TR"), ("土耳其", "TR"),
        ("Tripoli", "LY"), ("Belfast", "GB"), ("Manchester", "GB"), ("Hatay", "TR"),
    ],
)  # fmt: skip
def test_a_name_in_any_script_gives_its_country(
    gazetteer: Gazetteer, name: str, country: str
) -> None:
    found = first(gazetteer, name)
    assert found is not None
    assert found[1] == country


@pytest.mark.parametrize(
    "word", ["visa", "men", "all", "of", "bin", "most wanted", "game", "save", "سلام", "рейс"]
)
def test_everyday_words_are_no_places(gazetteer: Gazetteer, word: str) -> None:
    assert first(gazetteer, word) is None


@pytest.mark.parametrize("word", ["van", "nice", "bari", "split", "bursa", "mali"])
def test_names_that_are_words_are_marked_wary(gazetteer: Gazetteer, word: str) -> None:
    named = gazetteer.lookup(word, ("en",))
    assert named is not None
    assert named.wary


def test_slang_counts_in_its_own_language_only(gazetteer: Gazetteer) -> None:
    assert first(gazetteer, "Anh", "vi") == ("United Kingdom", "GB")
    assert first(gazetteer, "Anh", "en") is None


def test_towns_have_coordinates_and_countries_do_not(gazetteer: Gazetteer) -> None:
    named = gazetteer.lookup("calais", ("en",))
    assert named is not None
    calais = gazetteer.places[named.places[0]]
    assert calais.latitude == pytest.approx(50.95, abs=0.05)
    assert calais.longitude == pytest.approx(1.86, abs=0.05)
    assert not gazetteer.is_country(calais)
    number = gazetteer.country("GB")
    assert number is not None
    assert gazetteer.is_country(gazetteer.places[number])
    assert gazetteer.country("ZZ") is None


def test_the_names_are_folded_as_texts_are(gazetteer: Gazetteer) -> None:
    """Else a change of the folding would silently lose names: build the data again."""
    names = list(gazetteer._names)
    assert len(names) > 50_000
    assert [name for name in names[::37] if name_key(name) != name] == []


def test_the_data_is_small() -> None:
    assert DATA.stat().st_size < 4_000_000


def test_a_missing_file_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    monkeypatch.setattr(load, "DATA", tmp_path / "places.tsv.gz")
    load_gazetteer.cache_clear()
    try:
        with pytest.raises(ResourceMissing, match="install again"):
            load_gazetteer()
    finally:
        load_gazetteer.cache_clear()


def test_language_files_add_names_with_known_coordinates_and_open_endings() -> None:
    data = "Kingdom\tGB\t\t\t5000000000\nDover\tGB\t51.1\t1.3\t30000\n\ndover\t1\t\t"
    lang = Lang(
        code="xx",
        name="Test",
        scripts=("Latn",),
        places={"chalk town": "Dover, GB", "angli*": "GB", "nowhere": "Nowhere, GB"},
    )
    gazetteer = make_gazetteer(data, {"xx": lang})
    named = gazetteer.lookup("chalk town", ("xx",))
    assert named is not None
    assert gazetteer.places[named.places[0]].latitude == 51.1
    assert gazetteer.longest("chalk") == 2
    opened = gazetteer.lookup_open("anglise", ("xx",))
    assert opened is not None
    assert gazetteer.places[opened[0].places[0]].country == "GB"
    assert opened[1] == len("angli")
    assert gazetteer.lookup_open("anglise", ("en",)) is None
    unknown = gazetteer.lookup("nowhere", ("xx",))
    assert unknown is not None
    assert gazetteer.places[unknown.places[0]].latitude is None
