"""The mapping of the Elasticsearch index, and the document of one advert revision.

Both are made from `index.fields`. The mapping is strict: a field that it does not name is
refused. Texts go in as the tokens of our own analyser with spaces between them, which the
server's `whitespace` analyser only takes apart again; so both backends find the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crawler.types import AnalysedPost
from index.analyser import ANALYSER_VERSION
from index.fields import (
    FACETS,
    ROUTE_FIELDS,
    SPOT,
    WHOLE_FIELDS,
    WORD_FIELDS,
    Term,
    make_fields,
)
from index.likeness import DIMENSIONS, unit_vector
from index.query_tree import TEXT

#: Raised when the mapping or the document changes. It stands in the index's name.
SCHEMA_VERSION = 3
VERSION = f"{SCHEMA_VERSION}.{ANALYSER_VERSION}"

Json = dict[str, Any]  #: what is sent to the server

#: Lucene takes no keyword above 32,766 bytes; a character has at most four.
_KEYWORD = {"type": "keyword", "ignore_above": 8191, "doc_values": False}
_FACET = {"type": "keyword", "ignore_above": 8191, "index": False}
_LONE = re.compile("[\ud800-\udfff]")


def index_template(name: str, *, shards: int, replicas: int) -> Json:
    """The body of the template after which the versions of an index are made."""
    return {
        "index_patterns": [f"{name}-v*"],
        # A write to a version that another process took away must not bring it back.
        "allow_auto_create": False,
        "priority": 500,
        "template": {
            "settings": {
                "number_of_shards": shards,
                "number_of_replicas": replicas,
                # Every write ends with a refresh of its own.
                "refresh_interval": -1,
            },
            "mappings": mapping(),
        },
    }


def mapping() -> Json:
    """The fields of a document."""
    words = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "positions"}
    terms = dict.fromkeys(sorted(WHOLE_FIELDS), _KEYWORD)
    names = dict.fromkeys(sorted(WORD_FIELDS), words)
    route = {name: (terms | names)[name] for name in sorted(ROUTE_FIELDS)}
    price = {"amount": {"type": "double"}, "currency": _KEYWORD}
    return {
        "dynamic": "strict",
        # Never asked for: posts are loaded from the store. The server keeps what its replicas
        # need for as long as they need it.
        "_source": {"enabled": False},
        "properties": {
            "id": {"type": "long"},
            "moment": {"type": "long"},
            "posted": {"type": "long"},
            "seen": {"type": "long"},
            "probability": {"type": "double"},
            TEXT: {"type": "text", "analyzer": "whitespace"},
            **terms,
            **names,
            SPOT: {"type": "geo_point"},
            "prices": {"type": "nested", "dynamic": "strict", "properties": price},
            "routes": {"type": "nested", "dynamic": "strict", "properties": route},
            "facets": {
                "dynamic": "strict",
                "properties": dict.fromkeys(FACETS, _FACET),
            },
            "embedding": {
                "type": "dense_vector",
                "dims": DIMENSIONS,
                "similarity": "dot_product",
                # Every vector is compared, none guessed at: the count is exact, filling is
                # several times as fast as with a graph, and a comparison costs 0.2 us.
                "index_options": {"type": "flat"},
            },
        },
    }


def document(analysed: AnalysedPost) -> Json:
    """One advert revision as it is indexed; to be made `sendable` when it is written out."""
    fields = make_fields(analysed)
    facets: dict[str, list[str]] = {}
    for name, value in fields.facets:
        facets.setdefault(name, []).append(value)
    made: Json = {
        "id": fields.id,
        "moment": fields.posted if fields.posted is not None else fields.seen or 0,
        "probability": fields.probability,
        TEXT: fields.text,
        **_by_field(fields.terms),
        "latin": fields.latin.split(),
        "facets": facets,
    }
    if fields.prices:
        made["prices"] = [
            {"amount": amount, **({"currency": currency.lower()} if currency else {})}
            for amount, currency in fields.prices
        ]
    if fields.routes:
        made["routes"] = [_by_field(leg) for leg in fields.routes]
    if fields.posted is not None:
        made["posted"] = fields.posted
    if fields.seen is not None:
        made["seen"] = fields.seen
    vector = unit_vector(fields.embedding)
    if vector is not None:
        made["embedding"] = vector
    return made


def sent_vector(vector: NDArray[np.float32]) -> list[float]:
    """A vector of length 1 as a query sends it."""
    # Seven places are all that a float32 of this size has; the rest is only sent.
    rounded: list[float] = np.round(vector.astype(np.float64), 7).tolist()
    return rounded


def sendable(text: str) -> str:
    """The text without halves of characters, which have no UTF-8."""
    return _LONE.sub("\ufffd", text)


def _by_field(terms: Iterable[Term]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, tokens in terms:
        value = tokens[0] if len(tokens) == 1 else " ".join(tokens)
        if field in found:
            found[field].append(value)
        else:
            found[field] = [value]
    return found
