"""Writes documents in bulk: at the pace of the server, and again what it was too busy for."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import orjson
from elasticsearch import Elasticsearch

from crawler.config import ElasticIndex as Settings
from crawler.types import AnalysedPost
from index.elastic_client import refused, unavailable
from index.elastic_mapping import Json, document, sendable

#: One request: so many posts, and about so many characters.
_POSTS = 500
_CHARACTERS = 4_000_000
#: Requests under way at once.
_AT_ONCE = 2
#: Seconds to wait before what a busy server refused is sent again, each time.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
#: A newer revision stands there already, or the post does not stand there: as it should be.
_FINE = {"index": (200, 201, 409), "delete": (200, 404, 409)}

#: What to do, and the document for it where there is one: a line of JSON each.
Operation = tuple[bytes, bytes] | tuple[bytes]


class ElasticWriter:
    """Writes to one version of the index. What is refused raises IndexUnavailable."""

    def __init__(self, client: Elasticsearch, settings: Settings, version: str) -> None:
        self._client = client
        self._settings = settings
        self._version = version

    def add(self, posts: Iterable[AnalysedPost]) -> None:
        """Index the posts, but for those of which a newer revision is there already.

        The server compares the revisions, so that two processes may write at once.
        """
        # While the server takes one request in, the next is made: no more than that wait,
        # so the server sets the pace. A post that stands twice in `posts` with the same
        # revision may be written in either order.
        waiting: deque[Future[None]] = deque()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for batch in _batches(posts):
                waiting.append(pool.submit(self._send, [_indexing(each) for each in batch]))
                if len(waiting) > _AT_ONCE:
                    waiting.popleft().result()
            for sent in waiting:
                sent.result()

    def delete(self, post_ids: Sequence[int]) -> None:
        """Forget the posts. A newer revision that comes meanwhile stays."""
        for at in range(0, len(post_ids), _POSTS):
            ids = list(post_ids[at : at + _POSTS])
            found = self._client.search(
                index=self._version,
                query={"terms": {"id": ids}},
                size=len(ids),
                version=True,
                source=False,
            )
            # With the version that stands there, so that the post may come again at once.
            self._send(
                [
                    (_line({"delete": {"_id": hit["_id"], **_versioned(hit["_version"])}}),)
                    for hit in found["hits"]["hits"]
                ]
            )

    def refresh(self) -> None:
        """Make what was written visible."""
        self._client.indices.refresh(index=self._version)

    def _send(self, operations: Sequence[Operation]) -> None:
        waiting = list(operations)
        for pause in (*PAUSES, None):
            if not waiting:
                return
            lines: list[Any] = list(chain.from_iterable(waiting))  # lines of JSON go out as is
            answer = self._client.options(retry_on_status=(429, 502, 503, 504)).bulk(
                index=self._version, operations=lines
            )
            if not answer["errors"]:
                return
            again: list[Operation] = []
            for operation, item in zip(waiting, answer["items"], strict=True):
                if self._is_busy(item):
                    again.append(operation)
            waiting = again
            if waiting and pause is not None:
                time.sleep(pause)
        if waiting:
            raise unavailable(
                self._settings,
                f"it stayed too busy for {len(waiting)} posts; they wait in the change log,"
                " run `foreland index sync` later",
            )

    def _is_busy(self, item: Mapping[str, Mapping[str, object]]) -> bool:
        """Whether the operation is to be sent again.

        Raises:
            IndexUnavailable: it was refused for another reason.
        """
        ((kind, result),) = item.items()
        status = int(str(result["status"]))
        if status in _FINE[kind]:
            return False
        reason = result.get("error")
        reason = reason if isinstance(reason, dict) else {}
        blocked = reason.get("type") == "cluster_block_exception"
        if status in (429, 503) and not blocked:
            return True
        raise refused(self._settings, status, {**reason, "post": result.get("_id")})


def _indexing(analysed: AnalysedPost) -> Operation:
    post = analysed.post
    action = {"index": {"_id": str(post.id), **_versioned(post.revision)}}
    return _line(action), _line(document(analysed))


def _line(value: Json) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:  # half a character, or a number beyond 64 bits
        plain = json.dumps(value, ensure_ascii=False, default=np.ndarray.tolist)
        return sendable(plain).encode()


def _versioned(revision: int) -> Json:
    return {"version": revision, "version_type": "external_gte"}


def _batches(posts: Iterable[AnalysedPost]) -> Iterator[list[AnalysedPost]]:
    """The posts in requests of a size that the server takes; each post once in a request."""
    batch: dict[int, AnalysedPost] = {}
    characters = 0
    for analysed in posts:
        post = analysed.post
        waiting = batch.get(post.id)
        if waiting is None or waiting.post.revision <= post.revision:
            batch[post.id] = analysed
            characters += len(post.text)
        if len(batch) >= _POSTS or characters >= _CHARACTERS:
            yield list(batch.values())
            batch, characters = {}, 0
    if batch:
        yield list(batch.values())
