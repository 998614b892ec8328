"""The words of each language, from `nlp/lang/<code>.yml`, checked when they are read.

A language is data only: adding one touches no Python. In every list of words an entry is
matched on folded text (see `nlp.normalise`), whole words only; it may hold several words
('pay after arrival'); a trailing `*` lets any ending follow ('uçak*' finds uçakla), a
leading `*` any beginning ('*ەوە').
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from crawler.strict_yaml import load_yaml, validate
from crawler.types import ContactType, DocumentKind, Mode, Per, PriceRole, SubKind, TermKind
from nlp.disk_cache import from_cache

FOLDER = Path(__file__).parent / "lang"

Words = tuple[str, ...]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Identify(_Part):
    """What tells this language from those that look like it."""

    #: letters that no other supported language of the script uses, and digits used as letters
    letters: str = ""
    words: Words = ()  #: frequent words, above all those its neighbours do not have
    endings: Words = ()  #: what words end in that its neighbours do not inflect so


class Numbers(_Part):
    """Numbers in words. Compounds are found by grammar, not listed."""

    words: dict[str, int | float] = Field(default_factory=dict)  #: 'two': 2, 'ढाई': 2.5
    #: 'hundred': 100, 'k': 1000, 'lakh': 100000
    multipliers: dict[str, int] = Field(default_factory=dict)
    joiners: Words = ()  #: 'and' between the parts of one number
    halves: Words = ()  #: 'and a half', 'nîv': adds half of the last multiplier
    halves_before: Words = ()  #: 'साढ़े': adds a half to the number that follows
    quarters_before: dict[str, float] = Field(default_factory=dict)  #: 'सवा': 0.25, 'पौने': -0.25
    digits: dict[str, str] = Field(default_factory=dict)  #: only in telephone numbers: 'oh': '0'
    repeats: dict[str, int] = Field(default_factory=dict)  #: 'double': 2, 'triple': 3
    #: words that sound as a digit, read only when written together with digits: 'for': '4'
    sounds: dict[str, str] = Field(default_factory=dict)


class Prices(_Part):
    """How amounts of money are spoken of."""

    currencies: dict[str, str] = Field(default_factory=dict)  #: word or slang -> ISO 4217
    #: what a large bare sum is in ('12 লাখ' is taka): ISO 4217
    local_currency: str | None = None
    #: what a bare sum with a multiplier must come to at least, to be in the local currency
    local_from: int = 0
    #: words of `currencies` that several countries' money has ('dinar'): the country that a
    #: post names says which is meant
    varying: Words = ()
    #: country -> words of its variety of the language, which say the same where none is named
    varieties: dict[str, Words] = Field(default_factory=dict)
    #: what may stand behind a bare price without being counted by it: 'cash', 'ono', 'in hand'
    after: Words = ()
    #: nouns that numbers count ('km', 'followers', 'people'): such a number is no price
    #: unless money is named
    counted: Words = ()
    numbered: Words = ()  #: nouns that a number stands behind: 'page', 'room', 'mileage'
    links: Words = ()  #: what may stand between an amount and its currency: 'oo', 'de'
    #: word -> (ISO 4217, factor): 'toman': [IRR, 10]; 'million centimes': [DZD, 10000]
    scaled_currencies: dict[str, tuple[str, float]] = Field(default_factory=dict)
    words: Words = ()  #: 'price', 'costs': what follows is a price even without a currency
    units: dict[Per, Words] = Field(default_factory=dict)
    roles: dict[PriceRole, Words] = Field(default_factory=dict)


class Routes(_Part):
    """How the places of a journey are marked. Suffixes begin with '-', prefixes end in '-'."""

    origin: Words = ()  #: 'from', '-den', 'من'
    destination: Words = ()  #: 'to', '-e', 'إلى'
    via: Words = ()
    #: 'between X and Y'; those that stand behind both are in `after` too: 'के बीच'
    between: Words = ()
    #: words before the place that the next leg goes to: 'then', 'from there'
    onward: Words = ()
    #: words of who has come there: the place beside 'ring us from', 'drink tea in' is the end
    arrival: Words = ()
    #: words that speak of a journey wherever they stand in a sentence: 'goes', 'arrived'
    travel: Words = ()
    #: words that say where the one who speaks has come to: 'drinking tea in', 'woke up in'
    arrived: Words = ()
    here: Words = ()  #: 'I am in': the same, if thanks stand before it
    thanks: Words = ()  #: 'thank you', 'God bless'
    #: the condition of a payment that the journey's end fulfils: 'you stand in', 'ring us from'
    once_there: Words = ()
    paying: Words = ()  #: words of the payment itself, in its sentence: 'pay', 'deposit'
    #: what is said at the end of a clause of those who are stuck in a place that it names
    #: before: 'in Tunis whichever lads are stuck'
    waiting: Words = ()
    instead: Words = ()  #: words before the place that is left for another: 'instead of'
    #: words of translating, in languages that call tongues as they call countries
    tongues: Words = ()
    not_route: Words = ()  #: words before a place that say it is an address: 'office in'
    after: Words = ()  #: those of the markers above that stand after their place: 'से', 'څخه'
    both: Words = ()  #: those that stand on either side of it: 'ka', 'ka baxday'
    #: what may stand between a place and a marker behind it: 'buu', 'ayaa', 'ከተማ'
    fillers: Words = ()
    alternatives: Words = ()  #: 'and', 'or' between places that have the same part
    #: those of the markers that as often say where something is: 'à', 'de', 'لە', 'në'
    weak: Words = ()
    #: endings that names of places take and that say nothing of their role: 'it', 'и', "'nin"
    endings: Words = ()
    #: endings before which the name itself changes, and what it ends in then: 'dzie' of
    #: 'Dortmundzie': 'd' (Dortmund), 'da'; believed of towns that many people live in
    changed: dict[str, Words] = Field(default_factory=dict)


class Negation(_Part):
    """Words that say that a way of travelling, a document or a service is not meant."""

    before: Words = ()  #: 'no', 'without', 'forget': what follows is not meant
    after: Words = ()  #: 'yok', 'نہیں', 'is not needed': what stands before is not meant
    between: Words = ()  #: 'by', 'the': at most two such words may stand between
    alternatives: Words = ()  #: 'or', 'nor': what is joined by them is not meant either


class Lang(_Part):
    """One language."""

    code: str  #: file name; ISO 639, with a script where it matters: 'ar-Latn'
    name: str  #: in English
    scripts: tuple[str, ...]  #: ISO 15924
    regions: tuple[str, ...] = ()  #: where its national telephone numbers are from, likeliest first
    identify: Identify = Identify()
    numbers: Numbers = Numbers()
    prices: Prices = Prices()
    routes: Routes = Routes()
    #: whether a word written with other diacritics is another word, as in Vietnamese
    marks_matter: bool = False
    #: names and slang of places that the gazetteer lacks -> country, or 'Town, CC'; with '?'
    #: behind it ('GB?') they count only with a marker or at an arrow; with '>' they say 'to
    #: there' themselves ('pour en face') and count only in offers of a crossing
    places: dict[str, str] = Field(default_factory=dict)
    #: words of this language that look like the name of a place elsewhere: 'łódź' is a boat
    not_places: Words = ()
    modes: dict[Mode, Words] = Field(default_factory=dict)
    #: what goes with one way of travelling ('no waves', 'cabin', 'boarding') and is believed
    #: only where nothing names a way itself
    mode_hints: dict[Mode, Words] = Field(default_factory=dict)
    negation: Negation = Negation()
    documents: dict[DocumentKind, Words] = Field(default_factory=dict)
    services: dict[SubKind, Words] = Field(default_factory=dict)
    terms: dict[TermKind, Words] = Field(default_factory=dict)
    #: words that announce a contact of a kind; 'author' holds 'DM me', 'inbox'
    contacts: dict[ContactType, Words] = Field(default_factory=dict)
    #: words that speak for an offer, and for each kind of text that is not one
    offer: Words = ()
    not_offer: Words = ()
    code_words: dict[str, str] = Field(default_factory=dict)  #: word -> gloss in English


@lru_cache(maxsize=1)
def load_languages() -> dict[str, Lang]:
    """Every language by its code.

    Raises:
        ConfigError: a file has faults; all of its faults, with their lines.
    """
    read = from_cache("languages", language_files(), _read_languages)
    return {code: Lang.model_validate(data) for code, data in read.items()}


def language_files() -> list[Path]:
    """The files that `load_languages` reads."""
    return sorted(FOLDER.glob("*.yml"))


def _read_languages() -> dict[str, dict[str, Any]]:
    """The data of every language by its code; none of it is kept if any has faults."""
    documents = {path.stem: load_yaml(path) for path in language_files()}
    for document in documents.values():
        validate(document, Lang)
    return {code: document.data for code, document in documents.items()}
