"""Tells which language a post is in, and says 'und' where nobody could.

Posts are short, badly spelled and full of names, links and emoji, on which the usual
detectors fail (langdetect knew 69 % of such sentences, and none in Kurdish, Pashto, Amharic
or Tigrinya). So several opinions are added up, the cheap and sure ones first:

1. the script leaves few languages, often one;
2. letters and frequent words that only one language has (`identify` in `nlp/lang/*.yml`, and
   at less weight all its other words), the only evidence there is for romanised Arabic,
   Persian, Urdu and Punjabi;
3. pycld2, always (10 µs);
4. py3langid, where those leave doubt; langdetect, where doubt is left even then.

Links, e-mail addresses, handles, hashtags and numbers are left out, and so are words that
many languages share ('visa', 'WhatsApp').
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pycld2

from nlp.language_data import Lang, load_languages
from nlp.normalise import fold

UNDETERMINED = "und"

#: More of a text than this changes no answer; it bounds the time for hostile ones.
_READ_AT_MOST = 1500

_NOISE = re.compile(
    r"https?://\S+|www\.\S+|[^\s@]{1,64}@[^\s@]{1,100}|[@#][\w.]+|[a-zA-Z]{0,20}\d[a-zA-Z\d]*|\b\w+\.(?:me|com|org|net|ly|gg)\b(?:/\S*)?"
)
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SCRIPTS = (
    ("Latn", "a-zA-Z\u00aa-\u024f\u0250-\u02af\u1e00-\u1eff"),
    (
        "Arab",
        ("\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u077f"
        "\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc"),
    ),
    ("Cyrl", "\u0400-\u052f"),
    ("Deva", "\u0900-\u0963\u0971-\u097f"),
    ("Beng", "\u0980-\u09e5\u09f0\u09f1"),
    ("Guru", "\u0a01-\u0a65\u0a70-\u0a7f"),
    ("Ethi", "\u1200-\u135a\u1380-\u139f\u2d80-\u2ddf"),
    ("Hans", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"),
    ("Grek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("Hebr", "\u05d0-\u05ea"),
    ("Thai", "\u0e00-\u0e7f"),
    ("Kore", "\uac00-\ud7a3"),
    ("Jpan", "\u3040-\u30ff"),
    ("Armn", "\u0530-\u058f"),
    ("Geor", "\u10a0-\u10ff"),
)  # fmt: skip
_RUN = re.compile("|".join(f"(?P<{name}>[{letters}\u0300-\u036f]+)" for name, letters in _SCRIPTS))

#: What the detectors call our languages. Both know Kurdish of one script each at best.
_CLD2 = {"no": "nb", "zh-Hant": "zh", "fa-AF": "fa"}
_KURDISH = {"Arab": "ckb", "Latn": "kmr"}

# Weights of the opinions. Measured on the train and dev parts of the corpus; the answer
# changes little when any of them is moved by a third.
_WORD = 3.0
_LETTER = 1.2
_CLD2_WEIGHT = 1.0
_LANGID_WEIGHT = 1.0
_LANGDETECT_WEIGHT = 0.5
_HINT = 0.15
_SURE = 0.7  #: lead over the second language that asks for no further opinion
_FAIR = 0.25  #: lead, with py3langid heard, that asks for no langdetect
_LEAST = 0.3  #: below it there is no evidence to speak of
#: Lead of a romanised language's words, as a share of all words, from which the detectors are
#: not heard. 296 of the corpus's 300 such texts (train, dev) have it, and 3 of 1654 others.
_ROMANISED_LEAD = 0.04


@dataclass(frozen=True, slots=True)
class Reading:
    """What language a text is in.

    `script` is the ISO 15924 code of most of its letters, '' where it has none; `mixture`
    are further languages met in it.
    """

    language: str
    script: str = ""
    mixture: tuple[str, ...] = ()


class Identifier:
    """Tells languages apart by the data of all of them. Made once."""

    def __init__(self, languages: Mapping[str, Lang]) -> None:
        self._codes = frozenset(languages)
        self._by_script: dict[str, tuple[str, ...]] = {}
        for code, lang in languages.items():
            for written in lang.scripts:
                script = "Hans" if written in ("Hant", "Hani") else written
                self._by_script[script] = (*self._by_script.get(script, ()), code)
        self._words = _weigh_words(languages)
        self._letters = _weigh_letters(languages)

    def identify(self, text: str, hints: Sequence[str] = ()) -> Reading:
        """The language, script and mixture of a text.

        Args:
            text: as written: folding would take away what tells languages apart.
            hints: languages that the source is expected to be in; they settle what is
                nearly undecided, nothing more.
        """
        runs = _runs_by_script(text[:_READ_AT_MOST])
        if not runs:
            return Reading(UNDETERMINED)
        letters = {script: sum(map(len, words)) for script, words in runs.items()}
        # A letter of a script that writes syllables or words says more than one of ours.
        weighed = {
            s: n * (3 if s == "Hans" else 2 if s == "Ethi" else 1) for s, n in letters.items()
        }
        script = max(weighed, key=lambda one: weighed[one])
        language, scores = self._decide(script, runs[script], hints)
        if language == UNDETERMINED and len(runs) > 1:
            for other in sorted(weighed, key=lambda one: -weighed[one])[1:]:
                language, scores = self._decide(other, runs[other], hints)
                if language != UNDETERMINED:
                    break
        mixture = [
            other_language
            for other, words in runs.items()
            if other != script
            and letters[other] >= 4
            and (other_language := self._decide(other, words, ())[0])
            not in (UNDETERMINED, language)
        ]
        for other_language, (share, different) in scores.items():
            if other_language != language and share >= 0.25 and different >= 2:
                mixture.append(other_language)
        return Reading(language, script, tuple(dict.fromkeys(mixture)))

    def _decide(
        self, script: str, words: list[str], hints: Sequence[str]
    ) -> tuple[str, dict[str, tuple[float, int]]]:
        """The language of the words of one script, and what share each other one claims."""
        candidates = self._by_script.get(script, ())
        if not candidates:
            return UNDETERMINED, {}
        if len(candidates) == 1:
            return candidates[0], {}
        totals: dict[str, float] = dict.fromkeys(candidates, 0.0)
        known: dict[str, float] = dict.fromkeys(candidates, 0.0)
        distinct: dict[str, set[str]] = {code: set() for code in candidates}
        telling: list[str] = []
        for word in words:
            claims = self._words.get(word)
            if claims is None:
                claims = self._words.get(fold(word))
            if claims is None:
                telling.append(word)
                continue
            if len(claims) * 3 < len(candidates) or len(claims) <= 2:
                telling.append(word)
            for code, weight in claims:
                if code in known:
                    known[code] += weight
                    if len(claims) == 1:
                        distinct[code].add(word)
        count = max(len(words), 3)
        for code, weight in known.items():
            totals[code] += _WORD * weight / count
        for character, number in Counter("".join(words)).items():
            for code, weight in self._letters.get(character, ()):
                if code in known:
                    totals[code] += _LETTER * weight * min(number, 3) / 3
        # The detectors know no romanised language and are sure of some other one.
        heard = not _is_romanised(known, count)
        if heard:
            self._add(totals, _ask_cld2(" ".join(telling)), script, _CLD2_WEIGHT)
        evidence = max(totals.values(), default=0.0)
        if len(words) == 1 and not max(known.values()) and evidence < 1.0:
            return UNDETERMINED, {}
        for code in hints:
            if code in known:
                totals[code] += _HINT
        best, lead = _lead(totals, candidates)
        if heard and lead < _SURE and len(telling) > 1:
            joined = " ".join(telling)
            # Its opinion on two or three words is hardly better than none.
            weight = _LANGID_WEIGHT * min(len(telling) / 5, 1.0)
            self._add(totals, _ask_langid(joined), script, weight)
            best, lead = _lead(totals, candidates)
            if lead < _FAIR:
                self._add(totals, _ask_langdetect(joined), script, _LANGDETECT_WEIGHT)
                best, lead = _lead(totals, candidates)
        if totals[best] < _LEAST:
            return UNDETERMINED, {}
        shares = {
            code: (known[code] / count, len(distinct[code])) for code in candidates if code != best
        }
        return best, shares

    def _add(
        self, totals: dict[str, float], opinion: Mapping[str, float], script: str, weight: float
    ) -> None:
        for code, share in opinion.items():
            supported = self._supported(code, script)
            if supported in totals:
                totals[supported] += weight * share

    def _supported(self, code: str, script: str) -> str:
        if code in ("ku", "ckb", "kmr"):
            return _KURDISH.get(script, "")
        code = _CLD2.get(code, code).split("-")[0]
        return code if code in self._codes else ""


@lru_cache(maxsize=1)
def load_identifier() -> Identifier:
    """The identifier over all language files."""
    return Identifier(load_languages())


def identify(text: str, hints: Sequence[str] = ()) -> Reading:
    """The language, script and mixture of a text; see `Identifier.identify`.

    >>> identify("Where are you going, my friend?").language
    'en'
    >>> identify("🚤🌊 +44 7700 900123").language
    'und'
    """
    return load_identifier().identify(text, hints)


def _runs_by_script(text: str) -> dict[str, list[str]]:
    cleaned = unicodedata.normalize("NFC", _INVISIBLE.sub("", _NOISE.sub(" ", text)))
    cleaned = cleaned.replace("’", "'").replace("\u200c", "").casefold()
    runs: dict[str, list[str]] = {}
    for match in _RUN.finditer(cleaned):
        runs.setdefault(str(match.lastgroup), []).append(match[0])
    return runs


def _weigh_words(languages: Mapping[str, Lang]) -> dict[str, tuple[tuple[str, float], ...]]:
    """Word -> the languages that have it, each with the weight of that evidence.

    A frequent word of the language weighs 1, any other word of its lists 0.5, the form
    without diacritics 0.7 of it; each divided by the number of languages that claim it.
    """
    claims: dict[str, dict[str, float]] = {}

    def claim(word: str, code: str, weight: float) -> None:
        own = claims.setdefault(word, {})
        own[code] = max(own.get(code, 0.0), weight)

    for code, lang in languages.items():
        for weight, entries in ((1.0, lang.identify.words), (0.5, tuple(_vocabulary(lang)))):
            for entry in entries:
                if "*" in entry:
                    continue
                # 're7la' is not the words 're' and 'la': texts are read without it too.
                clean = unicodedata.normalize("NFC", _NOISE.sub(" ", entry)).casefold()
                for match in _RUN.finditer(clean):
                    word = match[0]
                    single = match.start() == 0 and match.end() == len(entry)
                    if len(word) < 2 and match.lastgroup != "Hans":
                        continue
                    claim(word, code, weight if single or weight == 1.0 else weight * 0.8)
                    folded = fold(word)
                    if folded != word and len(folded) > 2:
                        claim(folded, code, weight * 0.7)
    # Most words that many languages list are English ones that they borrowed.
    return {
        word: tuple(
            (code, weight / (len(own) ** 0.5 if code == "en" else len(own)))
            for code, weight in own.items()
        )
        for word, own in claims.items()
    }


def _vocabulary(lang: Lang) -> Iterable[str]:
    yield from lang.numbers.words
    yield from lang.numbers.multipliers
    yield from lang.prices.currencies
    yield from lang.prices.words
    for words in (*lang.prices.units.values(), *lang.prices.roles.values()):
        yield from words
    for group in (lang.modes, lang.documents, lang.services, lang.terms, lang.contacts):
        for words in group.values():
            yield from words
    yield from (*lang.routes.not_route, *lang.offer, *lang.not_offer, *lang.places)


def _weigh_letters(languages: Mapping[str, Lang]) -> dict[str, tuple[tuple[str, float], ...]]:
    owners: dict[str, list[str]] = {}
    for code, lang in languages.items():
        # casefold() would make "s" of "ß", a letter of German that every language has.
        for letter in set(unicodedata.normalize("NFC", lang.identify.letters).lower()):
            if letter.isalpha():
                owners.setdefault(letter, []).append(code)
    return {
        letter: tuple((code, 1 / len(codes)) for code in codes) for letter, codes in owners.items()
    }


def _is_romanised(known: Mapping[str, float], count: int) -> bool:
    """Whether the words speak for a language written in letters that are not its own."""
    romanised = max((known[code] for code in known if "-" in code), default=0.0)
    others = max((known[code] for code in known if "-" not in code), default=0.0)
    return romanised - others >= _ROMANISED_LEAD * count


def _lead(totals: Mapping[str, float], candidates: Sequence[str]) -> tuple[str, float]:
    ranked = sorted(candidates, key=lambda code: -totals[code])
    second = totals[ranked[1]] if len(ranked) > 1 else 0.0
    return ranked[0], totals[ranked[0]] - second


def _ask_cld2(text: str) -> dict[str, float]:
    if not text:
        return {}
    try:
        reliable, _, details = pycld2.detect(text, bestEffort=True)
    except pycld2.error:
        return {}  # it refuses some code points that a post may hold
    sureness = 1.0 if reliable else 0.6
    return {code: sureness * percent / 100 for _, code, percent, _ in details if code != "un"}


class _Langid:
    """py3langid's model, restricted to the languages we read, loaded when first asked."""

    @cached_property
    def model(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        wanted = {code.split("-")[0] for code in load_languages()} | {"ku"}
        model.set_languages(sorted(wanted & set(model.labels)))
        return model


_LANGID = _Langid()


def _ask_langid(text: str) -> dict[str, float]:
    return dict(_LANGID.model.rank(text)[:4])


class _Langdetect:
    """langdetect's profiles of the languages we read, loaded when first asked."""

    @cached_property
    def factory(self) -> Any:
        from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

        wanted = {code.split("-")[0] for code in load_languages()}
        factory = DetectorFactory()
        factory.load_json_profile(
            [
                path.read_text(encoding="utf-8")
                for path in sorted(Path(PROFILES_DIRECTORY).iterdir())
                if path.name[:2] in wanted
            ]
        )
        factory.seed = 0  # it draws lots; the same text must give the same answer
        return factory


_LANGDETECT = _Langdetect()


def _ask_langdetect(text: str) -> dict[str, float]:
    from langdetect import LangDetectException

    detector = _LANGDETECT.factory.create()
    detector.append(text)
    try:
        return {one.lang.split("-")[0]: float(one.prob) for one in detector.get_probabilities()}
    except LangDetectException:
        return {}
