"""The client of the Elasticsearch index, and the one table of what its errors mean."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import elastic_transport
import elasticsearch
from elastic_transport import ApiError
from elasticsearch import Elasticsearch

from crawler.config import ElasticIndex as Settings
from crawler.errors import IndexUnavailable, InvalidQuery
from crawler.types import Query

_SYNC = "what is left waits in the change log; run `foreland index sync` when that is mended"

#: Errors of the connection. The first that fits is taken.
CONNECTION: tuple[tuple[type[Exception], str], ...] = (
    (
        elastic_transport.TlsError,
        "its certificate is not trusted; check index.ca and the name in the certificate",
    ),
    (
        elastic_transport.ConnectionTimeout,
        "it did not answer in time; see how busy it is, or raise index.timeout",
    ),
    (
        elastic_transport.ConnectionError,
        "it does not answer; check that it runs and that index.hosts is right",
    ),
    (
        elasticsearch.UnsupportedProductError,
        "it is no Elasticsearch; check index.hosts",
    ),
    (
        elastic_transport.SerializationError,
        "its answer cannot be read; check that index.hosts is no proxy or other service",
    ),
    (elastic_transport.SniffingError, "its nodes cannot be listed; check index.hosts"),
    (elastic_transport.TransportError, "it cannot be reached; check index.hosts"),
)
#: Kinds of error the server names, before the number of its answer is looked at.
_BY_TYPE: Mapping[str, str] = {
    "cluster_block_exception": f"it is read-only (a write block, or its disk is full); {_SYNC}",
    "circuit_breaking_exception": "it is short of memory; try again, or give it a larger heap",
    "index_not_found_exception": "its index was replaced or taken away; run `foreland index sync`",
    "no_shard_available_action_exception": "some of its nodes are missing; see its health",
}
_BY_STATUS: Mapping[int, str] = {
    401: "it refused the sign-in; check index.user and index.password, or index.api_key",
    403: "the account may not do this; it needs the cluster's right manage_index_templates, and"
    " all rights to the indices of index.name and of index.name-v*",
    404: "its index was replaced or taken away; run `foreland index sync`",
    413: "it refuses requests of this size; raise http.max_content_length on the server",
    429: f"it is too busy; {_SYNC}",
}
#: What a query can do to a server that another query would not.
_QUERY_FAULTS: Mapping[str, str] = {
    "too_many_nested_clauses": "too many clauses for this server; split the query",
    "too_many_clauses": "too many clauses for this server; split the query",
    "nested depth": "too deeply nested for this server; use fewer brackets",
}


def make_client(settings: Settings, ca: Path | None) -> Elasticsearch:
    """A client after the settings. Nothing is sent yet.

    Raises:
        IndexUnavailable: the certificate of the authority cannot be read.
    """
    key, password = settings.api_key.get_secret_value(), settings.password.get_secret_value()
    trusted: dict[str, Any] = {}
    if ca and any(host.startswith("https:") for host in settings.hosts):
        try:
            trusted = {"ssl_context": ssl.create_default_context(cafile=ca)}
        except OSError as error:  # ssl.SSLError is one, too
            raise IndexUnavailable(f"{ca}: the certificate cannot be read ({error})") from error
    return Elasticsearch(
        list(settings.hosts),
        api_key=key or None,
        basic_auth=(settings.user, password) if settings.user else None,
        request_timeout=settings.timeout,
        max_retries=3,
        retry_on_status=(502, 503, 504),
        **trusted,
    )


@contextmanager
def errors(settings: Settings, query: Query | None = None) -> Iterator[None]:
    """Errors of the library, raised within, become ours."""
    try:
        yield
    except ApiError as error:
        raise _of_answer(error, settings, query) from error
    except tuple(kind for kind, _ in CONNECTION) as error:
        meaning = next(text for kind, text in CONNECTION if isinstance(error, kind))
        raise unavailable(settings, f"{meaning} ({_short(str(error))})") from error


def is_lost_state(error: ApiError) -> bool:
    """Whether the state of the index that pages are read from is gone: by time, or with it."""
    kinds = {kind for kind, _ in _reasons(error.body)}
    return error.meta.status == 404 or "no_shard_available_action_exception" in kinds


def unavailable(settings: Settings, meaning: str) -> IndexUnavailable:
    """The error that names the server."""
    return IndexUnavailable(f"Elasticsearch at {', '.join(settings.hosts)}: {meaning}")


def refused(settings: Settings, status: int, reason: Mapping[str, object]) -> IndexUnavailable:
    """The error of one item of a bulk request that was refused."""
    kind = str(reason.get("type", ""))
    meaning = _BY_TYPE.get(kind) or _BY_STATUS.get(status) or "it refused a post"
    return unavailable(settings, f"{meaning} ({kind}: {_short(str(reason.get('reason', '')))})")


def _of_answer(
    error: ApiError, settings: Settings, query: Query | None
) -> IndexUnavailable | InvalidQuery:
    reasons = list(_reasons(error.body))
    text = "; ".join(f"{kind}: {reason}" for kind, reason in reasons) or str(error)
    if query is not None:
        for part, meaning in _QUERY_FAULTS.items():
            if part in text:
                return InvalidQuery(query.text, meaning)
        if error.meta.status == 400:
            return InvalidQuery(query.text, f"the server cannot answer it ({_short(text)})")
    for kind, _ in reasons:
        if kind in _BY_TYPE:
            return unavailable(settings, f"{_BY_TYPE[kind]} ({_short(text)})")
    meaning = _BY_STATUS.get(error.meta.status, f"it failed with status {error.meta.status}")
    return unavailable(settings, f"{meaning} ({_short(text)})")


def _reasons(body: object) -> Iterator[tuple[str, str]]:
    """The kinds of error in an answer, and the server's words for them, outermost first."""
    if not isinstance(body, dict):
        return
    inner = body.get("error", body)
    while isinstance(inner, dict):
        for cause in inner.get("root_cause", ()):
            yield str(cause.get("type", "")), str(cause.get("reason", ""))
        if "type" in inner:
            yield str(inner["type"]), str(inner.get("reason", ""))
        for shard in inner.get("failed_shards", ()):
            yield from _reasons(shard.get("reason"))
        inner = inner.get("caused_by")


def _short(text: str) -> str:
    return text if len(text) <= 300 else text[:300] + "…"
