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

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pycld2

from nlp.disk_cache import from_cache
from nlp.language_data import Lang, language_files, load_languages
from nlp.normalise import fold
from nlp.script_runs import runs_by_script

UNDETERMINED = "und"

#: Word, letter or ending -> the languages that have it, each with the weight of that evidence.
_Shares = tuple[tuple[str, float], ...]
_Weights = Mapping[str, _Shares]

#: More of a text than this changes no answer; it bounds the time for hostile ones.
_READ_AT_MOST = 1500

#: What the detectors call our languages. Both know one Kurdish at best.
_CLD2 = {"no": "nb", "zh-Hant": "zh", "fa-AF": "fa"}
_KURDISH = ("ckb", "kmr", "ku")

# Weights of the opinions. Measured on the train and dev parts of the corpus; the answer
# changes little when any of them is moved by a third.
_WORD = 3.0
_LETTER = 1.2
_ENDING = 0.3  #: of a word that no list has, beside 1 for a frequent word
_CLD2_WEIGHT = 1.0
_LANGID_WEIGHT = 1.0
_LANGDETECT_WEIGHT = 0.5
_REMEMBERED = 20_000  #: words a script whose claims are kept; bounds a long run
_HINT = 0.15
_SURE = 0.7  #: lead over the second language that asks for no further opinion
#: Lead that no opinion of pycld2 and no hints could take below `_SURE`, so that it is not asked.
_BEYOND_DOUBT = _SURE + _CLD2_WEIGHT + _HINT + 0.01
_FAIR = 0.25  #: lead, with py3langid heard, that asks for no langdetect
_LEAST = 0.3  #: below it there is no evidence to speak of
_LEAST_ROMANISED = 0.1  #: the same where the detectors were not heard
#: Lead of a romanised language's words, as a share of all words, from which the detectors are
#: not heard. 296 of the corpus's 300 such texts (train, dev) have it, and 3 of 1654 others.
_ROMANISED_LEAD = 0.04
_ONE_OF = 5  #: words among which a single one of a romanised language is enough


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

    def __init__(self, languages: Mapping[str, Lang], words: _Weights | None = None) -> None:
        """Put together; `words` are what `_weigh_words` gives for the languages, if known."""
        self._codes = frozenset(languages)
        self._by_script: dict[str, tuple[str, ...]] = {}
        for code, lang in languages.items():
            for written in lang.scripts:
                script = "Hans" if written in ("Hant", "Hani") else written
                known = self._by_script.get(script, ())
                if code not in known:
                    self._by_script[script] = (*known, code)
        words = _weigh_words(languages) if words is None else words
        endings = _weigh_endings(languages)
        self._claims = {
            script: _Claims(words, endings, candidates)
            for script, candidates in self._by_script.items()
        }
        letters = _weigh_letters(languages)
        self._letters = {
            script: {
                letter: own
                for letter, claims in letters.items()
                if (own := tuple((code, n) for code, n in claims if code in candidates))
            }
            for script, candidates in self._by_script.items()
        }

    def identify(self, text: str, hints: Sequence[str] = ()) -> Reading:
        """The language, script and mixture of a text.

        Args:
            text: as written: folding would take away what tells languages apart.
            hints: languages that the source is expected to be in; they settle what is
                nearly undecided, nothing more.
        """
        runs = runs_by_script(text[:_READ_AT_MOST])
        if not runs:
            return Reading(UNDETERMINED)
        if len(runs) == 1:
            ((script, words),) = runs.items()
            language, scores = self._decide(script, words, hints)
            return Reading(language, script, _mixed_in(language, scores))
        letters = {script: sum(map(len, words)) for script, words in runs.items()}
        # A letter of a script that writes syllables or words says more than one of ours.
        weighed = {
            s: n * (3 if s == "Hans" else 2 if s == "Ethi" else 1) for s, n in letters.items()
        }
        script = max(weighed, key=lambda one: weighed[one])
        language, scores = self._decide(script, runs[script], hints)
        if language == UNDETERMINED:
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
        mixture += _mixed_in(language, scores)
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
        known: dict[str, float] = dict.fromkeys(candidates, 0.0)
        distinct: dict[str, set[str]] = {}
        telling: list[str] = []
        romanised: set[str] = set()
        for word, (weights, tells, owner, of_romanised) in zip(
            words, map(self._claims[script].__getitem__, words), strict=True
        ):
            if tells:
                telling.append(word)
            if of_romanised:
                romanised.add(word)
            for code, weight in weights:
                known[code] += weight
            if owner:
                distinct.setdefault(owner, set()).add(word)
        count = max(len(words), 3)
        each = _WORD / count
        totals = {code: each * weight for code, weight in known.items()}
        joined = "".join(words)
        letters = self._letters[script]
        for character in letters.keys() & set(joined):
            number = min(joined.count(character), 3)
            for code, weight in letters[character]:
                totals[code] += _LETTER * weight * number / 3
        # The detectors know no romanised language and are sure of some other one.
        heard = not _is_romanised(known, count, len(romanised))
        if heard and _lead(totals, candidates)[1] < _BEYOND_DOUBT:
            self._add(totals, _ask_cld2(" ".join(telling)), _CLD2_WEIGHT)
        if len(words) == 1 and not any(known.values()) and max(totals.values()) < 1.0:
            return UNDETERMINED, {}
        for code in hints:
            if code in known:
                totals[code] += _HINT
        best, lead = _lead(totals, candidates)
        if heard and lead < _SURE and len(telling) > 1:
            joined = " ".join(telling)
            # Its opinion on two or three words is hardly better than none.
            weight = _LANGID_WEIGHT * min(len(telling) / 5, 1.0)
            self._add(totals, _ask_langid(joined), weight)
            best, lead = _lead(totals, candidates)
            if lead < _FAIR:
                self._add(totals, _ask_langdetect(joined), _LANGDETECT_WEIGHT)
                best, lead = _lead(totals, candidates)
        if totals[best] < (_LEAST if heard else _LEAST_ROMANISED):
            return UNDETERMINED, {}
        shares = {
            code: (known[code] / count, len(own)) for code, own in distinct.items() if code != best
        }
        return best, shares

    def _add(self, totals: dict[str, float], opinion: Mapping[str, float], weight: float) -> None:
        for named, share in opinion.items():
            code = _CLD2.get(named, named).split("-")[0]
            if code in _KURDISH:
                # They take both Kurdish languages for one: the words must tell which it is.
                written = [one for one in _KURDISH if one in totals and one in self._codes]
                for one in written:
                    totals[one] += weight * share / len(written)
            elif code in totals:
                totals[code] += weight * share


@lru_cache(maxsize=1)
def load_identifier() -> Identifier:
    """The identifier over all language files."""
    languages = load_languages()
    words = from_cache("identify", language_files(), lambda: _weigh_words(languages))
    return Identifier(languages, words)


def identify(text: str, hints: Sequence[str] = ()) -> Reading:
    """The language, script and mixture of a text; see `Identifier.identify`.

    >>> identify("Where are you going, my friend?").language
    'en'
    >>> identify("🚤🌊 +44 7700 900123").language
    'und'
    """
    return load_identifier().identify(text, hints)


def _mixed_in(language: str, scores: Mapping[str, tuple[float, int]]) -> tuple[str, ...]:
    """Languages of the same script that claim a quarter of the words, two different ones."""
    return tuple(
        [
            other
            for other, (share, different) in scores.items()
            if other != language and share >= 0.25 and different >= 2
        ]
    )


class _Claim(NamedTuple):
    """What one word says."""

    weights: tuple[tuple[str, float], ...]  #: of the languages of its script that have it
    telling: bool  #: whether the detectors should hear it: names and loans mislead them
    owner: str  #: the one language that has it, '' if there are more or none
    romanised: bool = False  #: whether a romanised language has it and English has not


class _Claims(dict[str, _Claim]):
    """Word -> what it says, worked out when it is first met."""

    def __init__(self, words: _Weights, endings: _Weights, candidates: Collection[str]) -> None:
        super().__init__()
        self._words = words
        self._endings = endings
        self._candidates = frozenset(candidates)

    def __missing__(self, word: str) -> _Claim:
        if len(self) >= _REMEMBERED:
            self.clear()
        claim = self[word] = self._claim(word)
        return claim

    def _claim(self, word: str) -> _Claim:
        claims = self._words.get(word)
        if claims is None and not word.isascii():  # the words of a text are in lower case
            claims = self._words.get(fold(word))
        if claims is None:
            return _Claim(self._ending_of(word), True, "")
        weights = tuple((code, weight) for code, weight in claims if code in self._candidates)
        telling = len(claims) * 3 < len(self._candidates) or len(claims) <= 2
        codes = [code for code, _ in weights]
        return _Claim(
            weights,
            telling,
            codes[0] if len(claims) == 1 and codes else "",
            "en" not in codes and any("-" in code for code in codes),
        )

    def _ending_of(self, word: str) -> tuple[tuple[str, float], ...]:
        for size in (4, 3, 2, 1):
            claims = self._endings.get(word[-size:], ()) if len(word) > size + 1 else ()
            if claims:
                return tuple((code, weight) for code, weight in claims if code in self._candidates)
        return ()


def _weigh_words(languages: Mapping[str, Lang]) -> _Weights:
    """Word -> the languages that have it, each with the weight of that evidence.

    A frequent word of the language weighs 1, any other word of its lists 0.5 (of English
    0.25), the form
    without diacritics 0.7 of it; each divided by the number of languages that claim it.
    """
    claims: dict[str, dict[str, float]] = {}

    def claim(word: str, code: str, weight: float) -> None:
        own = claims.get(word)
        if own is None:
            claims[word] = {code: weight}
        elif weight > own.get(code, 0.0):
            own[code] = weight

    for code, lang in languages.items():
        # A text in any language may borrow its things and trades from English.
        other = 0.25 if code == "en" else 0.5
        for weight, entries in ((1.0, lang.identify.words), (other, tuple(_vocabulary(lang)))):
            for entry in entries:
                if "*" in entry:
                    continue
                for word in _words_in(entry, one_letter=weight == 1.0):
                    # A word of a phrase may be any language's.
                    alone = weight == 1.0 or len(word) == len(entry)
                    claim(word, code, weight if alone else weight * 0.8)
                    if word.isascii():
                        continue  # it has no marks and is in lower case
                    folded = fold(word)
                    if folded != word and len(folded) > 2:
                        claim(folded, code, weight * 0.7)
    weights: dict[str, _Shares] = {}
    same: dict[_Shares, _Shares] = {}
    for word, own in claims.items():
        # Most words that many languages list are English ones that they borrowed.
        shares = tuple(
            [
                (code, weight / (len(own) ** 0.5 if code == "en" else len(own)))
                for code, weight in own.items()
            ]
        )
        weights[word] = same.setdefault(shares, shares)  # most have those of another word
    return weights


def _words_in(entry: str, *, one_letter: bool) -> Iterator[str]:
    if entry.isascii() and entry.isalpha():  # most are, and need no parting by scripts
        if len(entry) >= 2:
            yield entry.lower()
        return
    for script, words in runs_by_script(entry).items():
        least = 1 if script == "Hans" or (one_letter and script != "Latn") else 2
        yield from (word for word in words if len(word) >= least)


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


def _weigh_endings(languages: Mapping[str, Lang]) -> _Weights:
    owners: dict[str, list[str]] = {}
    for code, lang in languages.items():
        for ending in lang.identify.endings:
            owners.setdefault(unicodedata.normalize("NFC", ending).lstrip("-"), []).append(code)
    return {
        ending: tuple((code, _ENDING / len(codes)) for code in codes)
        for ending, codes in owners.items()
    }


def _weigh_letters(languages: Mapping[str, Lang]) -> _Weights:
    owners: dict[str, list[str]] = {}
    for code, lang in languages.items():
        # casefold() would make "s" of "ß", a letter of German that every language has.
        for letter in set(unicodedata.normalize("NFC", lang.identify.letters).lower()):
            if letter.isalnum():
                owners.setdefault(letter, []).append(code)
    return {
        letter: tuple((code, 1 / len(codes)) for code in codes) for letter, codes in owners.items()
    }


def _is_romanised(known: Mapping[str, float], count: int, words: int) -> bool:
    """Whether the words speak for a language written in letters that are not its own.

    `words` are those of such languages that are not English: Urdu borrows 'account', and an
    English text may hold one 'inshallah'.
    """
    if words < 2 and words * _ONE_OF < count:
        return False
    romanised = others = 0.0
    for code, weight in known.items():
        if "-" in code:
            romanised = max(romanised, weight)
        else:
            others = max(others, weight)
    return romanised - others >= _ROMANISED_LEAD * count


def _lead(totals: Mapping[str, float], candidates: Sequence[str]) -> tuple[str, float]:
    best = max(candidates, key=totals.__getitem__)
    second = max([totals[code] for code in candidates if code != best], default=0.0)
    return best, totals[best] - second


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
    """py3langid's model, restricted to the languages we read, loaded when first needed."""

    @cached_property
    def model(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        wanted = {code.split("-")[0] for code in load_languages()} | {"ku"}
        model.set_languages(sorted(wanted & set(model.labels)))
        _ = _LANGDETECT.factory  # one text of three that ask for this asks for that too
        return model


_LANGID = _Langid()


def _ask_langid(text: str) -> dict[str, float]:
    return dict(_LANGID.model.rank(text)[:4])


class _Langdetect:
    """langdetect's profiles of the languages we read, loaded when first needed."""

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


def _weigh_in(detector: Any, probabilities: list[float], word: str, alpha: float) -> None:
    """The step that langdetect takes a thousand times a text, in a third of the time."""
    weight = alpha / detector.BASE_FREQ
    shares = detector.word_lang_prob_map[word]
    probabilities[:] = [
        known * (weight + share) for known, share in zip(probabilities, shares, strict=True)
    ]


def _ask_langdetect(text: str) -> dict[str, float]:
    from langdetect import LangDetectException

    detector = _LANGDETECT.factory.create()
    detector._update_lang_prob = partial(_weigh_in, detector)  # noqa: SLF001
    detector.append(text)
    try:
        return {one.lang.split("-")[0]: float(one.prob) for one in detector.get_probabilities()}
    except LangDetectException:
        return {}
