"""Counts the values of facets in Elasticsearch, exactly, over however many shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from index.elastic_mapping import Json

#: So many values of a facet are given, the most frequent ones.
MAX_FACET_VALUES = 1000

Facets = dict[str, tuple[tuple[str, int], ...]]


def ask_facets(names: Sequence[str], widening: int) -> Json:
    """The aggregations of these facets.

    Each shard names its most frequent values only; one that is just behind them on every
    shard could be missed. `widening` is how many times more than needed they are to name.
    """
    return {
        name: {
            "terms": {
                "field": f"facets.{name}",
                "size": MAX_FACET_VALUES,
                "shard_size": MAX_FACET_VALUES * widening,
                "order": [{"_count": "desc"}, {"_key": "asc"}],
            }
        }
        for name in names
    }


def read_facets(answer: Mapping[str, Any]) -> tuple[Facets, list[str]]:
    """The values of the facets that are exact, most frequent first, and the other facets."""
    exact: Facets = {}
    inexact: list[str] = []
    found = answer.get("aggregations", {})
    for name, counted in found.get("found", found).items():
        if not isinstance(counted, Mapping) or "buckets" not in counted:
            continue  # a count, no facet
        if counted["doc_count_error_upper_bound"]:
            inexact.append(name)
            continue
        pairs = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in counted["buckets"]]
        exact[name] = tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
    return exact, inexact
