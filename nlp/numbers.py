"""Reads numbers as people write them: '2.500', '4,5k', '25 lakh', 'iki bin beş yüz', '一万五千'.

A number is a run of digits, number words, or both mixed, put together by one grammar for all
languages: values add up while they get smaller ('two thousand' 'five hundred'), multipliers
multiply what stands before them, halves add half of it, joiners ('and', 'و') are passed over.
Which words are values, multipliers and joiners is said in `nlp/lang/*.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from nlp.identify import Reading
from nlp.language_data import Lang
from nlp.lexicon import Entry, Lexicon
from nlp.literals import Part, read_literals
from nlp.normalise import Normalised, fold

_THOUSAND = Decimal(1000)
_HUNDRED = Decimal(100)
_GLUED_AT_LEAST = 6  #: letters of a word that may be several number words in one

_Kind = Literal["value", "multiplier", "joiner", "half", "half_before"]


class _Word(NamedTuple):
    kind: _Kind
    value: Decimal


@dataclass(frozen=True, slots=True)
class Number:
    """A number at indices of the folded text."""

    start: int
    end: int
    value: Decimal
    literal: bool  #: begins with digits
    multiplied: Decimal  #: the largest multiplier in it ('4k': 1000), 1 if none
    grouped: bool  #: thousands are set apart: '2,500'


class NumberReader:
    """Reads numbers in all languages. Made once."""

    def __init__(self, languages: Mapping[str, Lang]) -> None:
        entries: list[Entry[_Word]] = []
        joiners: dict[str, tuple[str, ...]] = {}
        self._parts: dict[str, dict[str, _Word]] = {}
        for code, lang in languages.items():
            own = list(_words_of(lang))
            entries += [Entry(code, word, meaning) for word, meaning in own]
            single = tuple(j for j in map(fold, lang.numbers.joiners) if len(j) == 1 and j > "z")
            if single:
                joiners[code] = single
            self._parts[code] = {
                word: meaning for text, meaning in own if (word := fold(text)).isalpha()
            }
        marked = [code for code, lang in languages.items() if lang.marks_matter]
        self._words = Lexicon(entries, proclitics=joiners, marks_matter=marked)
        self._firsts = {
            code: frozenset(word[:2] for word in parts) for code, parts in self._parts.items()
        }

    def read(
        self,
        normalised: Normalised,
        reading: Reading,
        taken: Sequence[tuple[int, int]] = (),
    ) -> list[Number]:
        """The numbers of a text, in order.

        Args:
            normalised: the text.
            reading: its language.
            taken: stretches of the folded text that are something else (telephone numbers,
                links, the words of a currency) and end a number.
        """
        return self.join(normalised, self.parts(normalised, reading, taken), taken)

    def join(
        self, normalised: Normalised, parts: list[Part], taken: Sequence[tuple[int, int]] = ()
    ) -> list[Number]:
        """The numbers that parts make up, in order; those in `taken` stretches are left out."""
        atoms = _outside(parts, taken)
        numbers: list[Number] = []
        position = 0
        text = normalised.text
        while position < len(atoms):
            number, position = _compose(atoms, position, text)
            if number is not None:
                numbers.append(number)
        return numbers

    def parts(
        self,
        normalised: Normalised,
        reading: Reading,
        taken: Sequence[tuple[int, int]] = (),
    ) -> list[Part]:
        """The digits and number words of a text, in order; none if there is no number."""
        text = normalised.text
        atoms: list[Part] = read_literals(normalised)
        language = "en" if reading.language == "und" else reading.language
        own = (language, "en", *reading.mixture)
        words = self._words.find(normalised, language, reading.mixture)
        starts = set(normalised.tokens.starts) if words else set()
        for found in words:
            word = found.payload
            if found.language not in own:
                continue
            if found.language == "en" and language != "en":
                first, last = normalised.span(found.start, found.end)
                if not normalised.original[first:last].isascii():
                    continue  # Vietnamese 'tên' is no ten
            joined = found.start not in starts
            # Of 'k' and 'w'; 万 is a whole word.
            short = (
                word.kind == "multiplier"
                and found.end - found.start == 1
                and not _is_han(text[found.start])
            )
            atoms.append(Part(found.start, found.end, word.kind, word.value, joined, short=short))
        # In '3eshrin' the digit is a letter.
        lettered = {
            index
            for atom in (atoms if words else ())
            if atom.kind != "literal" and any(map(str.isdigit, text[atom.start : atom.end]))
            for index in range(atom.start, atom.end)
        }
        if lettered:
            atoms = [a for a in atoms if a.kind != "literal" or a.start not in lettered]
        known = {(atom.start, atom.end) for atom in atoms}
        parts = self._parts.get(language)
        if parts:
            tokens, firsts = normalised.tokens, self._firsts[language]
            for word_text, start, end in zip(tokens.words, tokens.starts, tokens.ends, strict=True):
                if len(word_text) < _GLUED_AT_LEAST or word_text[:2] not in firsts:
                    continue
                if (start, end) in known:
                    continue
                pieces = _segment(word_text, parts)
                if pieces:
                    glued = _glue(pieces, start, end)
                    if glued is not None:
                        atoms.append(glued)
        atoms = _outside(sorted(atoms), taken)
        if all(atom.kind in ("joiner", "half") for atom in atoms):
            return []
        return atoms


def _outside(parts: list[Part], taken: Sequence[tuple[int, int]]) -> list[Part]:
    """The parts that touch no taken stretch."""
    if not taken or not parts:
        return parts
    other = bytearray(max(end for _, end in (parts[-1][:2], *taken)) + 1)
    for start, end in taken:
        other[start:end] = b"\x01" * (end - start)
    return [part for part in parts if not any(other[part.start : part.end])]


def _words_of(lang: Lang) -> list[tuple[str, _Word]]:
    numbers = lang.numbers
    found: list[tuple[str, _Word]] = []
    multipliers = {fold(word) for word in numbers.multipliers}
    for word, number in numbers.words.items():
        if fold(word) not in multipliers:
            found.append((word, _Word("value", Decimal(str(number)))))
    for word, number in numbers.multipliers.items():
        found.append((word, _Word("multiplier", Decimal(number))))
    found += [(word, _Word("half", Decimal(0))) for word in numbers.halves]
    found += [(word, _Word("half_before", Decimal("0.5"))) for word in numbers.halves_before]
    found += [
        (word, _Word("half_before", Decimal(str(part))))
        for word, part in numbers.quarters_before.items()
    ]
    found += [(word, _Word("joiner", Decimal(0))) for word in numbers.joiners]
    return found


def _compose(atoms: Sequence[Part], first: int, text: str) -> tuple[Number | None, int]:
    """The number that begins at an atom (None if none does), and the atom to go on from."""
    atom = atoms[first]
    if atom.kind in ("joiner", "half"):
        return None, first + 1
    total = Decimal(0)
    current: Decimal | None = None
    last_multiplier = Decimal(1)
    least = Decimal("Infinity")  # multipliers of a thousand and more must get smaller
    pending = Decimal(0)  # the half or quarter that a word before the number adds
    literals = short = False
    largest = Decimal(1)
    end = atom.start
    position = first
    joined_before = False
    while position < len(atoms):
        atom = atoms[position]
        gap = text[end : atom.start] if position > first else ""
        if atom.joined:
            gap = gap[:-1]  # the joiner itself
        if len(gap) > 2 or gap.strip(" -'"):
            break
        joined = atom.joined or joined_before
        if atom.kind == "joiner":
            if position == first or position + 1 >= len(atoms):
                break
            joined_before = True
            end_before = atom.end
            following = atoms[position + 1]
            if following.start - end_before > 1 or following.kind not in ("value", "literal"):
                break
            if not _adds(current, following, True, total, last_multiplier, literals):
                break
            position += 1
            end = atom.end
            continue
        if atom.kind == "half":
            if current is not None:
                current += Decimal("0.5")
            elif total and last_multiplier > 1:
                total += last_multiplier / 2
            else:
                break
        elif atom.kind == "half_before":
            if position > first:
                break
            pending = atom.value
        elif atom.kind == "multiplier":
            if pending:
                current, pending = 1 + pending, Decimal(0)  # 'सवा लाख'
            if atom.value >= _THOUSAND:
                if atom.value >= least:
                    break
                if current is None and total:
                    if atom.value > last_multiplier:
                        total *= atom.value  # 'hundred thousand', 'thousand million'
                    else:
                        break
                else:
                    total += (Decimal(1) if current is None else current) * atom.value
                current = None
                least = atom.value
            else:
                if current is not None and current >= atom.value:
                    break
                current = (Decimal(1) if current is None else current) * atom.value
            last_multiplier = atom.value
            largest = max(largest, atom.value)
            short = atom.short
        elif (
            position > first
            and atom.kind == "literal"
            and current is None
            and last_multiplier >= _THOUSAND
            and not gap
            and atom.end - atom.start in (1, 3)
            and atom.value < _THOUSAND
        ):
            # '1tr5', '1万5', '2tr500', '3k5'
            total += atom.value * last_multiplier / 10 ** (atom.end - atom.start)
            end = atom.end
            position += 1
            break
        elif position > first and not joined and not gap and _is_tenth(atoms, position, text):
            tenth = atom.value * last_multiplier / 10  # '两万八', '三百五'
            total, current = total + (current or 0) + tenth, None
        else:
            if position > first and (
                short
                or not _adds(current, atom, joined, total, last_multiplier, literals)
                or (current is None and not _large_enough(atoms, position, joined, last_multiplier))
            ):
                break
            value = atom.value + pending
            pending = Decimal(0)
            if current is None:
                current = value
            elif value == 10 and current < 10 and not joined:
                current *= 10  # 'năm mươi', where the tone that tells it from ten is not typed
            else:
                current += value
            literals = literals or atom.kind == "literal"
            if atom.kind == "value" and value >= _THOUSAND:
                # 'ikibin', 'ڈھائی لاکھ' hold their multiplier.
                largest = max(largest, Decimal(100_000 if value >= 100_000 else 1000))
        joined_before = False
        end = atom.end
        position += 1
    if end == atoms[first].start or pending:
        return None, max(position, first + 1)
    start_atom = atoms[first]
    if start_atom.kind == "multiplier" and start_atom.short:
        return None, max(position, first + 1)
    value = total + (current or Decimal(0))
    number = Number(
        start_atom.start,
        end,
        value,
        start_atom.kind == "literal",
        largest,
        start_atom.grouped,
    )
    return number, max(position, first + 1)


def _adds(
    current: Decimal | None,
    atom: Part,
    joined: bool,
    total: Decimal,
    last_multiplier: Decimal,
    literals: bool,
) -> bool:
    """Whether a value goes on the number before it."""
    value = atom.value
    if current is None:
        return not total or value < last_multiplier
    if atom.kind == "literal" or literals or not current:
        return False  # nothing is added to a spoken zero: it begins a row of digits
    if value == 10 and 2 <= current < 10:
        return True
    if current < 10 and joined and value in range(20, 100, 10):
        return True  # 'خمسة وعشرين': the unit first
    unit = Decimal(1)
    while current % (unit * 10) == 0:
        unit *= 10
    return 0 < value < unit or (current in (60, 80) and value < 20)


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff"


def _is_tenth(atoms: Sequence[Part], position: int, text: str) -> bool:
    """Whether a Chinese digit ends a number right behind a multiplier: a tenth of it."""
    atom, before = atoms[position], atoms[position - 1]
    if atom.kind != "value" or not 0 < atom.value < 10 or before.kind != "multiplier":
        return False
    if not (_is_han(text[atom.start]) and _is_han(text[before.start])):
        return False
    following = atoms[position + 1 : position + 2]
    return not following or following[0].start > atom.end or following[0].kind == "half"


def _large_enough(
    atoms: Sequence[Part], position: int, joined: bool, last_multiplier: Decimal
) -> bool:
    """Whether a value may follow a multiplier: '8 bin 500' is one number, '2 thousand 5' two."""
    atom = atoms[position]
    following = atoms[position + 1 : position + 2]
    if following and following[0].kind == "multiplier" and following[0].start - atom.end <= 1:
        return following[0].value < last_multiplier or last_multiplier == 1
    if atom.kind == "literal":
        return atom.value * 10 >= last_multiplier and atom.value == int(atom.value)
    return joined or atom.value >= 10 or last_multiplier == _HUNDRED


def _segment(word: str, parts: Mapping[str, _Word]) -> list[_Word] | None:
    """The number words that a word is made of: 'zweitausendfünfhundert'. None if it is not."""
    if len(word) > 60:
        return None
    ways: list[list[_Word] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 14), end):
            way = ways[start]
            meaning = parts.get(word[start:end]) if way is not None else None
            if way is not None and meaning is not None and end - start >= 2:
                known = ways[end]
                if known is None or len(known) > len(way) + 1:
                    ways[end] = [*way, meaning]
    return ways[-1]


def _glue(pieces: Sequence[_Word], start: int, end: int) -> Part | None:
    atoms = [
        Part(start + place, start + place, piece.kind, piece.value, False)
        for place, piece in enumerate(pieces)
    ]
    number, position = _compose(atoms, 0, " " * (end + 1))
    if number is None or position < len(atoms):
        return None
    return Part(start, end, "value", number.value, False)
