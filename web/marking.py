"""Cuts a post's text at its marks, so that a template can show each piece escaped."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.hostile import visible


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text and what to call it."""

    start: int
    end: int
    label: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under the same marks; `labels` is empty where there is none."""

    text: str
    labels: tuple[str, ...] = ()
    title: str = ""


def cut(text: str, marks: Iterable[Mark]) -> list[Piece]:
    """The text in pieces, in order. Together they are the whole text, controls made visible.

    Marks may overlap; one that reaches outside the text is clipped.
    """
    inside = [mark for mark in marks if 0 <= mark.start < mark.end and mark.start < len(text)]
    edges = sorted(
        {0, len(text)}
        | {mark.start for mark in inside}
        | {min(mark.end, len(text)) for mark in inside}
    )
    pieces = []
    for start, end in itertools.pairwise(edges):
        over = [mark for mark in inside if mark.start <= start and mark.end >= end]
        pieces.append(
            Piece(
                visible(text[start:end]),
                tuple(dict.fromkeys(mark.label for mark in over)),
                " · ".join(dict.fromkeys(mark.title for mark in over if mark.title)),
            )
        )
    return pieces


def excerpt(text: str, marks: Sequence[Mark], length: int = 320) -> list[Piece]:
    """A stretch of the text around its first mark, cut into pieces.

    Args:
        text: the whole post.
        marks: what was found in it.
        length: code points shown at most.
    """
    if len(text) <= length:
        return cut(text, marks)
    first = min((mark.start for mark in marks), default=0)
    start = max(0, min(first - length // 4, len(text) - length))
    moved = [Mark(mark.start - start, mark.end - start, mark.label, mark.title) for mark in marks]
    clipped = [
        Mark(max(0, mark.start), mark.end, mark.label, mark.title) for mark in moved if mark.end > 0
    ]
    pieces = cut(text[start : start + length], clipped)
    return [
        *([Piece("… ")] if start else []),
        *pieces,
        *([Piece(" …")] if start + length < len(text) else []),
    ]
