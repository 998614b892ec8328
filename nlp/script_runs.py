"""Parts the words of a text by the script they are written in, for telling its language.

Links, addresses, handles, hashtags and numbers are left out: they are in no language. A digit
inside a word stays where it is a letter, as in the Arabic '7abibi' and 'ta7rib'.
"""

from __future__ import annotations

import re
import unicodedata

_ADDRESSES = re.compile(r"https?://\S+|www\.\S+")
_HANDLES = re.compile(
    r"(?<![a-zA-Z0-9._%+-])[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9.-]{1,100}"
    r"|(?<![^\W_])[a-zA-Z0-9.]+_[a-zA-Z0-9_.]*|[@#][^\W\u3040-\u30ff\u3400-\u9fff](?:[^\W\u3040-\u30ff\u3400-\u9fff]|\.)*"
)
#: 'b2b', 'covid19' and '7kg' are no words: three letters, and no digits side by side.
_LETTERED = r"(?=(?:[2356789]?[a-zA-Z]){3})[2356789]?(?:[a-zA-Z]+[2356789])*[a-zA-Z]*(?![a-zA-Z\d])"
_NUMBERS = re.compile(rf"(?<![a-zA-Z\d])(?=[a-zA-Z]{{0,20}}\d)(?!{_LETTERED})[a-zA-Z\d]+")
_DOMAINS = re.compile(r"\b\w+\.(?:me|com|org|net|ly|gg)\b(?:/\S*)?")
_DIGIT = re.compile(r"\d")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

_SCRIPTS = (
    ("Latn", "2356789a-zA-Z\u00aa-\u024f\u0250-\u02af\u1e00-\u1eff"),
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
_LATIN_RUN = re.compile("[a-z2356789]+")


def clean(text: str) -> str:
    """The text in lower case, composed, without what is in no language."""
    if "://" in text or "www." in text:
        text = _ADDRESSES.sub(" ", text)
    if "@" in text or "#" in text or "_" in text:
        text = _HANDLES.sub(" ", text)
    if "." in text:
        text = _DOMAINS.sub(" ", text)
    if _DIGIT.search(text):
        text = _NUMBERS.sub(" ", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", text).replace("’", "'").replace("\u200c", "")
        text = unicodedata.normalize("NFC", text)
    return text.casefold()


def runs_by_script(text: str) -> dict[str, list[str]]:
    """The words of a text by the ISO 15924 code of their script, in order.

    >>> runs_by_script("Салам 7abibi, call +44 7700 900123 @demo")
    {'Cyrl': ['салам'], 'Latn': ['7abibi', 'call']}
    """
    cleaned = clean(text)
    if cleaned.isascii():
        words = _LATIN_RUN.findall(cleaned)
        return {"Latn": words} if words else {}
    runs: dict[str, list[str]] = {}
    for match in _RUN.finditer(cleaned):
        script = match.lastgroup or ""
        if script in runs:
            runs[script].append(match[0])
        else:
            runs[script] = [match[0]]
    return runs
