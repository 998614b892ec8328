"""The digits of a text as parts of numbers: '2.500', '4,5', '1,50,000', '14 450'.

A space may stand for the thousands ('14 450 euro') or part two numbers ('iPhone 13 320 euro').
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from nlp.normalise import Normalised

_LITERAL = re.compile(
    r"(?<!\d)(?:"
    r"(?P<grouped>\d{1,3}(?:[ .,'](?=\d{3}(?!\d))\d{3}){1,3}(?:[.,]\d{1,2}(?!\d))?)"
    r"|(?P<indian>\d{1,2}(?:,\d{2}){1,3},\d{3}(?!\d))"
    r"|(?P<plain>\d{1,12}(?:[.,]\d{1,2}(?!\d))?)"
    r")(?!\d)"
)
_DIGITS = re.compile("[0-9]+")


class Part(NamedTuple):
    """Digits or a number word at indices of the folded text."""

    start: int
    end: int
    kind: str  #: a kind of word, or 'literal'
    value: Decimal
    joined: bool  #: a joiner is written together with it: 'وخمسمئة'
    grouped: bool = False
    short: bool = False  #: a multiplier of one letter


def read_literals(normalised: Normalised) -> list[Part]:
    """The runs of digits of a text, with their marks for thousands and cents, in order."""
    text = normalised.text
    literals: list[Part] = []
    spaced: list[int] = []
    position = 0
    while digits := _DIGITS.search(text, position):
        match = _LITERAL.match(text, digits.start())
        if match is None:
            position = digits.end()
            continue
        position = match.end()
        grouped = match["plain"] is None
        if grouped and match["grouped"] and " " in match["grouped"]:
            spaced.append(len(literals))
        start, end = match.span()
        literals.append(Part(start, end, "literal", _literal(match), False, grouped))
    if spaced:
        for position in reversed(_two_numbers(normalised, [literals[one] for one in spaced])):
            start, end = literals[spaced[position]][:2]
            cut = text.index(" ", start)
            literals[spaced[position] : spaced[position] + 1] = [
                Part(start, cut, "literal", Decimal(text[start:cut]), False),
                Part(cut + 1, end, "literal", Decimal(text[cut + 1 : end]), False),
            ]
    return literals


def _two_numbers(normalised: Normalised, spaced: Sequence[Part]) -> list[int]:
    """Which numbers with a space in them are two: 'bac+2 250 €', 'iPhone 13 320, 14 450 €'.

    The first is the number of a model where it is written to a word, follows a name with a
    capital inside, or where a list goes up by it while what follows is no round sum.
    """
    text = normalised.text
    heads: list[int | None] = []
    sure: list[int] = []
    for position, part in enumerate(spaced):
        head, _, tail = text[part.start : part.end].partition(" ")
        heads.append(int(head) if tail.isdecimal() and len(tail) == 3 else None)
        if heads[-1] is None or tail.startswith("0"):
            continue
        before = text[max(part.start - 3, 0) : part.start]
        if before[-1:].isalpha() or (before[-1:] == "+" and before[-2:-1].isalpha()):
            sure.append(position)
        elif before[-1:] == " " and before[-2:-1].isalpha():
            name = normalised.original[: normalised.starts[part.start]].split()[-1]
            following = text[spaced[position + 1].start :] if position + 1 < len(spaced) else ""
            step = re.match(r"\d+(?= )", following)
            goes_up = step is not None and 0 < int(step[0]) - int(head) <= 3
            if re.search("[^\\W\\dA-Z_][A-Z]", name) or (goes_up and part.value % 100):
                sure.append(position)
    if sure:
        known = {heads[position] for position in sure}
        for position, number in enumerate(heads):
            if (
                position not in sure
                and number is not None
                and any(other is not None and 0 < abs(other - number) <= 3 for other in known)
            ):
                sure.append(position)
    return sorted(sure)


def _literal(match: re.Match[str]) -> Decimal:
    digits = match[0]
    if match["indian"] is not None:
        return Decimal(digits.replace(",", ""))
    if match["grouped"] is not None:
        whole, cents = digits, ""
        cut = max(digits.rfind("."), digits.rfind(","))
        if 0 < len(digits) - cut - 1 < 3:
            whole, cents = digits[:cut], digits[cut + 1 :]
        groups = re.split(r"\D", whole)
        if groups[0] == "0" and len(groups) == 2 and not cents:
            return Decimal(digits.replace(" ", "").replace("'", "").replace(",", "."))
        return Decimal("".join(groups) + ("." + cents if cents else ""))
    return Decimal(digits.replace(",", "."))
