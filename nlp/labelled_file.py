"""Reads anyone's labelled texts, for `foreland evaluate --against FILE`.

One JSON object a line: `text`, and of the labels those that are known. What is not said is
not measured. The format is told in `nlp/corpus/README.md`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.errors import ConfigError, Problem
from crawler.types import Area, Direction, Mode, SubKind
from nlp.corpus_file import (
    BadLine,
    CorpusText,
    Families,
    MarkedContact,
    MarkedPrice,
    MarkedRoute,
    Marks,
    load_families,
    parse_line,
    parse_price,
    take_out_marks,
)

_Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)

    text: str = Field(min_length=1)
    id: str | int | None = None
    language: str | None = None
    offer: bool | None = None
    area: Area | None = None
    sub_kinds: tuple[SubKind, ...] = ()
    modes: tuple[Mode, ...] = ()
    direction: Direction | None = None
    prices: tuple[str, ...] = ()  #: '2500 GBP person'
    routes: tuple[tuple[_Country | None, _Country | None], ...] = ()
    contacts: tuple[str, ...] = ()  #: normal forms


#: Key of a line → the label that it says.
_LABELS = {
    "language": "language",
    "offer": "offer",
    "area": "area",
    "sub_kinds": "sub_kind",
    "modes": "mode",
    "direction": "direction",
    "prices": "price",
    "routes": "route",
    "contacts": "contact",
}
_MARKED = frozenset(("price", "route", "contact"))


def load_labelled(path: Path) -> list[CorpusText]:
    """The texts of a file, each with the labels that its line says.

    Raises:
        ConfigError: every bad line, with its number.
    """
    families = load_families()
    texts: list[CorpusText] = []
    problems: list[Problem] = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError.one(path, f"cannot be read as UTF-8: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            texts.append(parse_labelled(line, number, families))
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                where = ".".join(str(part) for part in fault["loc"])
                problems.append(Problem(str(path), number, where, fault["msg"]))
        except ValueError as error:
            problems.append(Problem(str(path), number, "", str(error)))
    if not texts and not problems:
        raise ConfigError.one(path, "holds no line")
    if problems:
        raise ConfigError(problems)
    return texts


def parse_labelled(line: str, number: int, families: Families) -> CorpusText:
    """One line; `number` names it where it has no `id`.

    Raises:
        ValueError: what is wrong with it (pydantic's ValidationError is one).
    """
    try:
        data: Any = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadLine(f"is not JSON: {error}") from error
    if isinstance(data, dict) and "family" in data:  # a line of the corpus itself
        language = str(data.pop("language", ""))
        return parse_line(json.dumps(data), language, families)
    read = _Line.model_validate(data)
    text, marks = take_out_marks(read.text)
    labels = {label for key, label in _LABELS.items() if key in read.model_fields_set}
    if text != read.text:
        if labels & _MARKED:
            raise BadLine("has both marks in the text and lists of answers: keep one")
        labels |= _MARKED
    else:
        marks = _listed(read)
    return CorpusText(
        id=str(read.id if read.id is not None else number),
        family="",
        part="test",
        language=read.language or "und",
        text=text,
        offer=bool(read.offer),
        kind="",
        area=read.area,
        sub_kinds=read.sub_kinds,
        direction=read.direction,
        modes=read.modes,
        prices=marks.prices,
        routes=marks.routes,
        contacts=marks.contacts,
        labels=frozenset(labels),
    )


def _listed(read: _Line) -> Marks:
    # Without a place in the text: nothing that is measured on such a file asks for one.
    return Marks(
        prices=tuple(MarkedPrice(0, 0, *parse_price(price)) for price in read.prices),
        routes=tuple(MarkedRoute(origin, (), end, ()) for origin, end in read.routes),
        contacts=tuple(MarkedContact(0, 0, "phone", contact) for contact in read.contacts),
    )
