"""How the same word is spelled by others who write its script: for `word~`.

Folding unites what is one letter on different keyboards. What is left are letters that
sound alike in the language or are missing on the keyboard at hand: پ typed as ب, ق as غ,
ы as и, `sh` as `s`; letters that are left out, as ь and ء; and, to slip past a filter,
letters of another script that look the same. A letter of difference is found by `~`
anyway; such exchanges count as none, so that several may stand in one word.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from crawler.folding import folded

#: So many spellings of one word are looked for: those with the fewest exchanges.
MAX_SPELLINGS = 64
_MIN_LETTERS = 3
_MAX_EXCHANGES = 3

# Each word of a group may stand for the others; '-' says that it may be left out.
_ARABIC = """
    ت ط | س ص ث | ز ذ ض ظ | ه ح ا | ق غ گ | ق ک گ | ب پ | ج چ ژ | ز ژ | ف ڤ و | و وو | ی یی
    د ډ ڈ ذ | ر ړ ڑ | ت ټ ٹ | ن ڼ ں | ز ږ ژ | ش ښ | خ ښ | ا ع | ء - | ع -
"""
_LATIN = """
    kh x h | sh s x | ch c q tch | c k q | ph f | gj xh dj j | y i j | w v | z s | gi d z
    ou u oo | ee i | dh d | gh g | th t | ngh ng | ue u | oe o
"""
_CYRILLIC = """
    и ы і | е э є | о а | в б | г х | ш щ | ц тс | сч щ | ь - | ъ - | т д | з с | ю у | я а
"""
_DEVANAGARI = "ि ी | ु ू | श ष स | ण न | ब व | ं न म - | ज य | े ै | ो ौ | क ख | ट त | ड द"
_BENGALI = "ি ী | ু ূ | শ ষ স | ণ ন | জ য | ড় র | ট ত | ড দ | ং ঙ | ঁ -"
_GURMUKHI = "ਿ ੀ | ੁ ੂ | ਸ ਸ਼ | ਣ ਨ | ੰ ਂ - | ੱ - | ਟ ਤ | ਡ ਦ | ਬ ਵ | ੇ ੈ"
_ETHIOPIC = "ጸ ጠ ፀ | ቀ ቐ ከ | ዘ ዠ | ሰ ሸ | ተ ቸ | ነ ኘ | አ እ ዕ | ጀ ደ"
_SCRIPTS = (
    ("\u0600", "\u06ff", _ARABIC),
    ("a", "z", _LATIN),
    ("\u0400", "\u052f", _CYRILLIC),
    ("\u0900", "\u097f", _DEVANAGARI),
    ("\u0980", "\u09ff", _BENGALI),
    ("\u0a00", "\u0a7f", _GURMUKHI),
    ("\u1200", "\u139f", _ETHIOPIC),
)
# Letters of two alphabets that look alike, small or as capitals: Cyrillic, Greek.
_LOOKS = (("acehikmoptxyb", "асенікмортхув"), ("abehikmnoptxyz", "αβεηικμνορτχυζ"))


def _exchanges(table: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for group in table.replace("\n", " | ").split("|"):
        # What folding unites needs no exchange any more.
        letters = ["" if letter == "-" else folded(letter) for letter in group.split()]
        for letter in filter(None, letters):
            others = dict.fromkeys(other for other in letters if other != letter)
            found.setdefault(letter, {}).update(others)
    return {letter: tuple(others) for letter, others in found.items()}


_TABLES = tuple((low, high, _exchanges(table)) for low, high, table in _SCRIPTS)


@lru_cache(maxsize=10_000)
def respellings(token: str) -> tuple[str, ...]:
    """How else a folded word may be spelled in its script, likeliest first.

    >>> "برطانیا" in respellings("پرتانیا")
    True
    >>> respellings("ab")
    ()
    """
    if len(token) < _MIN_LETTERS:
        return ()
    found = dict.fromkeys([token])
    found.update(dict.fromkeys(_looks(token)))
    table = next((table for low, high, table in _TABLES if low <= token[0] <= high), {})
    newest = [token]
    for _ in range(_MAX_EXCHANGES):
        reached = dict.fromkeys(other for word in newest for other in _once(word, table))
        newest = [word for word in reached if word not in found and len(word) >= _MIN_LETTERS - 1]
        found.update(dict.fromkeys(newest))
        if len(found) > MAX_SPELLINGS:
            break
    return tuple(found)[1 : MAX_SPELLINGS + 1]


def _once(word: str, table: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """The word with one exchange, or with one of two equal neighbours."""
    for at in range(len(word)):
        for length in (3, 2, 1):
            piece = word[at : at + length]
            if len(piece) == length:
                for other in table.get(piece, ()):
                    yield word[:at] + other + word[at + length :]
        if word[at].isalpha() and word[at] == word[at + 1 : at + 2]:
            yield word[:at] + word[at + 1 :]


def _looks(word: str) -> Iterator[str]:
    """The word with every letter of one kind, and with all, as another alphabet's."""
    for latin, other in _LOOKS:
        for mine, theirs in ((latin, other), (other, latin)):
            alike = {ord(a): b for a, b in zip(mine, theirs, strict=True) if a != b}
            every = word.translate(alike)
            if every == word:
                continue
            yield every
            for letter in dict.fromkeys(word):
                if ord(letter) in alike:
                    yield word.replace(letter, alike[ord(letter)])
