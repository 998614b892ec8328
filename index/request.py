"""What every backend checks of a request before it searches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from crawler.errors import InvalidQuery
from crawler.types import Query
from index.fields import FACETS
from index.query_tree import TEXT, Node, iter_leaves

MAX_LIMIT = 1000
SORTS = ("relevance", "newest", "oldest")
#: Stands for the price of a post that has none in the currency: it comes last either way.
NO_PRICE = 1e300

_BY_PRICE = re.compile("(cheapest|dearest)_([a-z]{3})")


class PriceOrder(NamedTuple):
    """By the price in one currency: the lowest of a post, or its highest."""

    currency: str  #: ISO 4217, in small letters, as it is indexed
    dearest: bool


def price_order(sort: str) -> PriceOrder | None:
    """What `cheapest_gbp` and `dearest_gbp` mean; None for an order by something else."""
    match = _BY_PRICE.fullmatch(sort)
    return PriceOrder(match[2], match[1] == "dearest") if match else None


def check_request(query: Query, limit: int, facets: Sequence[str], sort: str) -> None:
    """Refuses what no backend can answer.

    Raises:
        InvalidQuery: the limit, a facet or the sort is not known.
    """
    if not 0 <= limit <= MAX_LIMIT:
        raise InvalidQuery(query.text, f"a page holds 0 to {MAX_LIMIT:,} hits, not {limit}")
    if sort not in SORTS and not price_order(sort):
        known = f"{', '.join(SORTS)}, cheapest_gbp or dearest_gbp (or another currency)"
        raise InvalidQuery(query.text, f"'{sort}' is no order; use {known}")
    for name in facets:
        if name not in FACETS:
            raise InvalidQuery(query.text, f"'{name}' cannot be counted; use {', '.join(FACETS)}")


def tree_of(query: Query) -> Node:
    """The tree of a parsed query.

    Raises:
        TypeError: the query was not made by `parse_query`.
    """
    if not isinstance(query.tree, Node):
        raise TypeError(f"made without parse_query: {query!r}")
    return query.tree


def is_ranked(tree: Node) -> bool:
    """Whether words of the text are asked for, so that some posts answer better than others."""
    return any(getattr(leaf, "field", None) == TEXT for leaf in iter_leaves(tree))
