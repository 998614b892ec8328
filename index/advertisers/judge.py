"""Which edges hold: the threshold, and the analysts' word over the machine's."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.types import Edge

#: An edge of this score or more links. One strong identifier does, and so does a long
#: handle that differs in its number only; any other weak evidence needs a second kind.
THRESHOLD = 0.7
MACHINE = "machine"


def judge(scored: Iterable[Edge], decided: Iterable[Edge]) -> tuple[list[Edge], list[Edge]]:
    """The edges that link, the analysts' first and then the surest; and those that forbid.

    An analyst's edge replaces the machine's between the same two, whichever way round.
    """
    links: dict[tuple[str, str], Edge] = {}
    forbidden: dict[tuple[str, str], Edge] = {}
    for edge in scored:
        if edge.same and edge.score >= THRESHOLD:
            links[_pair(edge)] = edge
    for edge in decided:
        if edge.decided_by == MACHINE:
            continue
        links.pop(_pair(edge), None)
        (links if edge.same else forbidden)[_pair(edge)] = edge
    ordered = sorted(
        links.items(), key=lambda item: (item[1].decided_by == MACHINE, -item[1].score, item[0])
    )
    return [edge for _, edge in ordered], [
        edge for _, edge in sorted(forbidden.items(), key=lambda item: item[0])
    ]


def _pair(edge: Edge) -> tuple[str, str]:
    return (edge.left, edge.right) if edge.left <= edge.right else (edge.right, edge.left)
