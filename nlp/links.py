"""What stands between two places of a text, if it joins them: an arrow, a dash or a comma."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

_ARROWS = frozenset("→➡➜➝➞➔➙⇒⟶⟹▶►▸⏩⏭↠↦↣⤳⇨➤➥➩➪➯➱⬇↓⏬👉➠🔜>←⬅⇐⟵◀◄<↔⇄⇆🔁🔄»«›")
#: Signs of papers and prices: flags with them are whose papers are sold, and no way.
_PAPERS = frozenset("📕📗📘📙📓📔📒🪪🛂📄📃📑📜🎫💳💍👰🎓💶💷💵💰")
#: The longest stretch looked at; a link is a few signs.
_LONGEST = 24
#: A remark in brackets behind a place, and the longest one looked at.
_REMARK = re.compile(r" ?\([^()\n]*\)")
_LONGEST_REMARK = 60
#: A number that makes the one before it half of a score: 'England 2 Germany 1'.
_COUNT = re.compile(r"\W*\w+ +\d{1,2} *(?:$|[!?:\n]|[.,](?!\d))")
#: A station that is no known place: 'Dubai–Salvador–Mexico'.
_STATION = re.compile(r"([-–]) ?[^\W\d_]\w* ?\1")
#: Words that may stand between an arrow and the place it points at.
_WORDS_AFTER = 2


class Link(Enum):
    """How two places that stand near each other are joined."""

    ARROW = "arrow"
    DASH = "dash"
    LIST = "list"  #: comma, slash, ampersand
    BRACKET = "bracket"  #: 'Izmir (Turkey'
    NONE = "none"  #: blanks alone
    APART = "apart"  #: words or the end of a sentence between


def link_between(text: str, start: int, end: int) -> Link:
    """What joins two places, from the folded text between them.

    >>> link_between("calais -> dover", 6, 10)
    <Link.ARROW: 'arrow'>
    >>> link_between("calais and dover", 6, 11)
    <Link.APART: 'apart'>
    """
    # 'Serbia (by air, visa) → France': a remark on the leg before
    remark = _REMARK.match(text, start, min(end, start + _LONGEST_REMARK))
    if remark is not None and text[remark.end() : end].strip()[:1] in _ARROWS:
        start = remark.end()
    if end - start > _LONGEST:
        return Link.APART
    gap = text[start:end]
    if gap == " 2 " and not _COUNT.match(text, end):
        return Link.ARROW  # 'Libya 2 Italy', but not a score
    signs = gap.strip()
    if not signs:
        return Link.APART if "\n" in gap else Link.NONE
    if "\n" not in gap and signs[0] in _ARROWS | {"-"}:
        words = signs.lstrip("".join(_ARROWS) + "-=~ ")
        # 'Lille – aéroport de Zaventem', 'Hanoi – transit – London', but not 'ID-card'
        apart = signs[0] != "-" or gap[0] == " "
        words = words.removesuffix(" -")
        if apart and words and words.replace(" ", "").isalpha() and words.count(" ") < _WORDS_AFTER:
            return Link.DASH if signs[0] == "-" else Link.ARROW
    if _STATION.fullmatch(gap):
        return Link.DASH
    if any(character in _ARROWS for character in signs):
        rest = "".join(
            c for c in signs if c not in _ARROWS and c not in "-=~ \n" and not _is_symbol(c)
        )
        # 'Minsk ➡ forest ➡ Berlin': a way that is no place
        way = rest.isalpha() and signs[0] in _ARROWS and signs[-1] in _ARROWS
        return Link.APART if rest and not way else Link.ARROW
    if "\n" in gap:
        return Link.APART
    if all(character in "-~_ " for character in signs):
        return Link.DASH
    if signs in {"(", ", (", "- ("}:
        return Link.BRACKET
    if signs in {",", "/", "&", "+", "|", "·", "•"}:
        return Link.LIST
    if all(_is_symbol(character) or character in " -" for character in signs):
        if any(character in _PAPERS for character in signs):
            return Link.LIST
        return Link.ARROW  # an emoji between two places: 🇫🇷🚤🇬🇧
    return Link.APART


def is_picture(gap: str) -> bool:
    """Whether only emoji that are no arrows stand between a name and its flag."""
    signs = "".join(gap.split())
    return 0 < len(signs) < _LONGEST and all(
        (_is_symbol(one) or one == "\ufe0f") and one not in _ARROWS for one in signs
    )


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Sm"}
