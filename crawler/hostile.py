"""Makes text from strangers safe to show beside our own.

Contains no business logic: post text reaches terminals, mails and web pages, and a
right-to-left override or an escape sequence in it must not rearrange what stands around
it.
"""

from __future__ import annotations

import re

#: Bidi controls (Unicode TR 9), C0 and C1 controls but tab and line ends, surrogates, and
#: the tag characters; each is shown by its code point instead. Flags of England, Scotland
#: and Wales are spelled with tag characters after U+1F3F4, so those stay.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\u2028\u2029]|(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
)

_ISOLATE, _POP = "\u2068", "\u2069"


def visible(text: str) -> str:
    """The text with every control that could act on its surroundings made visible.

    >>> visible("pay \u202eoruE")
    'pay [U+202E]oruE'
    """
    return _UNSAFE.sub(lambda match: f"[U+{ord(match.group()):04X}]", text)


def isolated(text: str) -> str:
    """Visible text that a terminal lays out by its own direction, apart from the rest.

    Wrapped in FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE.
    """
    return f"{_ISOLATE}{visible(text)}{_POP}"
