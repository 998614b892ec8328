"""The embeddings of the SQLite index, held in memory as one matrix and compared exactly.

Read from the table at the first `like:` and brought up to date at each later one: 1.5 kB a
post, 150 MB for 100,000 offers.
"""

from __future__ import annotations

import sqlite3
import threading

import numpy as np
from numpy.typing import NDArray

from index.likeness import DIMENSIONS
from index.query_tree import Alike

_ROWS_AT_ONCE = 5000


class Vectors:
    """The matrix beside one index. May be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._empty("")

    def alike(self, connection: sqlite3.Connection, leaf: Alike) -> dict[int, float]:
        """The posts whose likeness reaches the leaf's minimum: post -> cosine."""
        wanted = np.frombuffer(leaf.vector, dtype="<f4").astype(np.float32)
        with self._lock:
            self._update(connection)
            cosines = self._matrix[: self._used] @ wanted
            near = np.flatnonzero(cosines >= leaf.minimum)
            posts = self._posts[near].tolist()
        return dict(zip(posts, cosines[near].tolist(), strict=True))

    def _empty(self, epoch: str) -> None:
        self._epoch = epoch
        self._change = 0
        self._used = 0
        self._rows: dict[int, int] = {}  # post -> row
        self._posts: NDArray[np.int64] = np.zeros(0, np.int64)
        self._matrix: NDArray[np.float32] = np.zeros((0, DIMENSIONS), np.float32)

    def _update(self, connection: sqlite3.Connection) -> None:
        """Take in what was written since; a post without a vector has a row of zeros."""
        epoch = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0]
        if epoch != self._epoch:
            self._empty(epoch)
        rows = connection.execute(
            "SELECT post, change, vector FROM vectors WHERE change > ? ORDER BY change, post",
            (self._change,),
        )
        while batch := rows.fetchmany(_ROWS_AT_ONCE):
            known = [row for row in batch if row[2] is not None or row[0] in self._rows]
            self._make_room(len(known))
            for post, _, vector in known:
                at = self._rows.setdefault(post, self._used)
                if at == self._used:
                    self._used += 1
                    self._posts[at] = post
                self._matrix[at] = 0.0 if vector is None else np.frombuffer(vector, dtype="<f4")
            self._change = batch[-1][1]

    def _make_room(self, more: int) -> None:
        wanted = self._used + more
        if wanted <= len(self._posts):
            return
        size = max(wanted, len(self._posts) * 3 // 2)
        matrix = np.zeros((size, DIMENSIONS), np.float32)
        matrix[: self._used] = self._matrix[: self._used]
        posts = np.zeros(size, np.int64)
        posts[: self._used] = self._posts[: self._used]
        self._matrix, self._posts = matrix, posts
