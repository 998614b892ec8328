"""Reads the corpus: the marked texts of `nlp/corpus/*.jsonl` and the families they are of.

The format is told in `nlp/corpus/README.md`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from crawler.errors import ConfigError, Problem
from crawler.strict_yaml import load_yaml, validate
from crawler.types import Area, ContactType, Direction, Mode, Per, SubKind

FOLDER = Path(__file__).parent / "corpus"

Part = Literal["train", "dev", "test"]

#: What a text can be labelled with, in the order of a report.
LABEL_ORDER = (
    "language",
    "offer",
    "area",
    "sub_kind",
    "contact",
    "price",
    "route",
    "mode",
    "direction",
)
LABELS = frozenset(LABEL_ORDER)

_MARK = re.compile(r"\[\[([^\[\]|]+)\|([a-z]+)(\d*)\|([^\[\]|]+)\]\]")
_ENDS = ("origin", "via", "destination")
_CONTACTS = frozenset(get_args(ContactType))
_PERS = frozenset(get_args(Per))
_DIRECTIONS = frozenset(get_args(Direction))
_MODES = frozenset(get_args(Mode))
_SUB_KINDS = frozenset(get_args(SubKind))


class Family(BaseModel):
    """What the texts of a family are about, and the part they belong to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Part
    about: str
    area: Area | None = None
    sub_kinds: tuple[SubKind, ...] = ()
    kind: str = ""  #: of a near-miss: 'news', 'charity', …


class Families(BaseModel):
    """Every family by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: dict[str, Family] = Field(default_factory=dict)
    near_miss: dict[str, Family] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarkedPrice:
    """A true price and where it stands in the text."""

    start: int
    end: int
    amount: Decimal
    currency: str | None
    per: Per | None


@dataclass(frozen=True, slots=True)
class MarkedContact:
    """A true contact and where it stands in the text."""

    start: int
    end: int
    type: ContactType
    value: str


@dataclass(frozen=True, slots=True)
class MarkedRoute:
    """A true route: countries, and the spans of its places in the order of the text."""

    origin: str | None
    via: tuple[str, ...]
    destination: str | None
    spans: tuple[tuple[int, int], ...]
    roles: tuple[str, ...] = ()  #: of each span: 'origin', 'via' or 'destination'


@dataclass(frozen=True, slots=True)
class CorpusText:
    """One text of the corpus with its true answers."""

    id: str  #: 'en/sea-01'
    family: str
    part: Part
    language: str
    text: str
    offer: bool
    kind: str
    area: Area | None
    sub_kinds: tuple[SubKind, ...]
    direction: Direction | None
    modes: tuple[Mode, ...]
    prices: tuple[MarkedPrice, ...]
    routes: tuple[MarkedRoute, ...]
    contacts: tuple[MarkedContact, ...]
    labels: frozenset[str] = LABELS  #: which of the answers are known; others say nothing


class BadLine(ValueError):
    """A labelled line is not as the format wants it."""


def load_families() -> Families:
    """The families of every `families*.yml`.

    Raises:
        ConfigError: a file has faults, or a family is in two; all of them.
    """
    offer: dict[str, Family] = {}
    near_miss: dict[str, Family] = {}
    problems: list[Problem] = []
    for path in sorted(FOLDER.glob("families*.yml")):
        document = load_yaml(path)
        found = validate(document, Families)
        for group, known in (("offer", offer), ("near_miss", near_miss)):
            for name, family in getattr(found, group).items():
                if name in offer or name in near_miss:
                    line = document.line_of((group, name))
                    problems.append(Problem(str(path), line, name, "is in two files: rename one"))
                known[name] = family
    if problems:
        raise ConfigError(problems)
    return Families(offer=offer, near_miss=near_miss)


def language_of(path: Path) -> str:
    """The language of a corpus file: `en.jsonl`, and `en-documents.jsonl` with a theme.

    A script is part of the code (`ar-Latn`); themes begin in lower case.
    """
    code, _, rest = path.stem.partition("-")
    script, _, _ = rest.partition("-")
    return f"{code}-{script}" if script[:1].isupper() else code


def load_corpus(codes: Collection[str] | None = None) -> list[CorpusText]:
    """The texts of these languages; of all, when none are given.

    Raises:
        ConfigError: every bad line, with file and line.
    """
    families = load_families()
    texts: list[CorpusText] = []
    problems: list[Problem] = []
    times: Counter[str] = Counter()
    for path in sorted(FOLDER.glob("*.jsonl")):
        language = language_of(path)
        if codes is None or language in codes:
            for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
                if not line.strip():
                    continue
                try:
                    text = parse_line(line, language, families)
                except BadLine as error:
                    problems.append(Problem(str(path), number, "", str(error)))
                    continue
                times[text.id] += 1
                if times[text.id] > 1:  # a plot may be told twice in one language
                    text = replace(text, id=f"{text.id}.{times[text.id]}")
                texts.append(text)
    if problems:
        raise ConfigError(problems)
    return texts


def parse_line(line: str, language: str, families: Families) -> CorpusText:
    """One line as a text, with its marks taken out and made into offsets.

    Raises:
        ValueError: what is wrong with it.
    """
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadLine(f"is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise BadLine("is not a JSON object")
    unknown = set(data) - {"family", "text", "direction", "modes", "sub_kinds"}
    if unknown:
        raise BadLine(f"has unknown keys: {', '.join(sorted(unknown))}")
    name, marked = data.get("family"), data.get("text")
    if not isinstance(marked, str) or not marked.strip():
        raise BadLine("has no text")
    offer = name in families.offer
    family = families.offer.get(str(name)) or families.near_miss.get(str(name))
    if family is None:
        raise BadLine(f"family {name!r} is not in families.yml")
    sub_kinds = _members(data.get("sub_kinds", list(family.sub_kinds)), _SUB_KINDS, "sub_kinds")
    modes = _members(data.get("modes", []), _MODES, "modes")
    direction = data.get("direction")
    if direction is not None and direction not in _DIRECTIONS:
        raise BadLine(f"direction {direction!r} is not one of {sorted(_DIRECTIONS)}")
    text, marks = take_out_marks(marked)
    return CorpusText(
        id=f"{language}/{name}",
        family=str(name),
        part=family.part,
        language=language,
        text=text,
        offer=offer,
        kind=family.kind,
        area=family.area,
        sub_kinds=sub_kinds,  # type: ignore[arg-type]
        direction=direction,
        modes=modes,  # type: ignore[arg-type]
        prices=marks.prices,
        routes=marks.routes,
        contacts=marks.contacts,
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """The true answers that were marked in a text."""

    prices: tuple[MarkedPrice, ...]
    routes: tuple[MarkedRoute, ...]
    contacts: tuple[MarkedContact, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    label: str
    number: str
    value: str


def take_out_marks(marked: str) -> tuple[str, Marks]:
    """A marked text without its marks, and what they said.

    Raises:
        BadLine: a mark is not as the format wants it.
    """
    parts: list[str] = []
    marks: list[_Mark] = []
    length = position = 0
    for match in _MARK.finditer(marked):
        words, label, number, value = match.groups()
        if label not in ("price", *_ENDS) and label not in _CONTACTS:
            raise BadLine(f"label {label!r} is not known")
        before = marked[position : match.start()]
        start = length + len(before)
        marks.append(_Mark(start, start + len(words), label, number, value.strip()))
        parts += (before, words)
        length = start + len(words)
        position = match.end()
    parts.append(marked[position:])
    text = "".join(parts)
    if "[[" in text or "]]" in text:
        raise BadLine("has a mark that is not [[words|label|value]]")
    return text, Marks(
        prices=tuple(_price(mark) for mark in marks if mark.label == "price"),
        routes=tuple(_routes(marks)),
        contacts=tuple(
            MarkedContact(mark.start, mark.end, mark.label, mark.value)  # type: ignore[arg-type]
            for mark in marks
            if mark.label in _CONTACTS
        ),
    )


def _members(given: object, allowed: Collection[str], key: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(one in allowed for one in given):
        raise BadLine(f"{key} {given!r}: each must be one of {sorted(allowed)}")
    return tuple(given)


def _price(mark: _Mark) -> MarkedPrice:
    amount, currency, per = parse_price(mark.value)
    return MarkedPrice(mark.start, mark.end, amount, currency, per)


def parse_price(value: str) -> tuple[Decimal, str | None, Per | None]:
    """'2500 GBP person' as amount, currency and unit; '?' is a currency that is not said.

    Raises:
        BadLine: it is written otherwise.
    """
    amount, *rest = value.split() or [""]
    if not rest or len(rest) > 2:
        raise BadLine(f"price {value!r} is not 'amount currency [unit]'")
    per = rest[1] if len(rest) == 2 else None
    if per is not None and per not in _PERS:
        raise BadLine(f"unit {per!r} is not one of {sorted(_PERS)}")
    currency = None if rest[0] == "?" else rest[0]
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise BadLine(f"currency {currency!r} is not three capitals or ?")
    try:
        number = Decimal(amount)
    except InvalidOperation as error:
        raise BadLine(f"amount {amount!r} is not a number") from error
    return number, currency, per  # type: ignore[return-value]


def _routes(marks: list[_Mark]) -> Iterator[MarkedRoute]:
    numbers = dict.fromkeys(mark.number or "1" for mark in marks if mark.label in _ENDS)
    first: MarkedRoute | None = None
    for number in numbers:
        own = [mark for mark in marks if mark.label in _ENDS and (mark.number or "1") == number]
        for mark in own:
            if not re.fullmatch("[A-Z]{2}", mark.value):
                raise BadLine(f"{mark.label} {mark.value!r} is not a country code or EU")
        origins = [mark.value for mark in own if mark.label == "origin"]
        destinations = [mark.value for mark in own if mark.label == "destination"]
        # 'From Serbia to Germany or Austria' is two routes, and Serbia is marked once.
        first = first or MarkedRoute(
            origins[0] if origins else None, (), destinations[0] if destinations else None, ()
        )
        yield MarkedRoute(
            origin=origins[0] if origins else first.origin,
            via=tuple(mark.value for mark in own if mark.label == "via"),
            destination=destinations[0] if destinations else first.destination,
            spans=tuple((mark.start, mark.end) for mark in own),
            roles=tuple(mark.label for mark in own),
        )
