"""What every backend checks of a request before it searches."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.errors import InvalidQuery
from crawler.types import Query
from index.fields import FACETS
from index.query_tree import TEXT, Node, iter_leaves

MAX_LIMIT = 1000
SORTS = ("relevance", "newest", "oldest")


def check_request(query: Query, limit: int, facets: Sequence[str], sort: str) -> None:
    """Refuses what no backend can answer.

    Raises:
        InvalidQuery: the limit, a facet or the sort is not known.
    """
    if not 0 <= limit <= MAX_LIMIT:
        raise InvalidQuery(query.text, f"a page holds 0 to {MAX_LIMIT:,} hits, not {limit}")
    if sort not in SORTS:
        raise InvalidQuery(query.text, f"'{sort}' is no order; use {', '.join(SORTS)}")
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
