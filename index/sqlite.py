"""The default index: SQLite with its full-text search, in one file beside the store.

It keeps tokens, fields and numbers of posts; the posts themselves stay in the store and
are loaded for the hits of a page. One row of `words` (FTS5) a post, with the post's
tokens and its fields' values; `prices` and `legs` keep together what belongs together.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np

from crawler.errors import IndexUnavailable
from crawler.types import AnalysedPost, Hit, Query, SearchResult
from index import sqlite_pages as pages
from index.analyser import ANALYSER_VERSION
from index.cursor import Cursor
from index.histogram import DAY, check_every, put_together
from index.likeness import MAX_ALIKE, alike_leaves, too_many
from index.marks import Marker
from index.query_tree import Alike, Node
from index.request import check_request, price_order, tree_of
from index.sqlite_compile import (
    Compiled,
    Lookup,
    Parameter,
    compile_tree,
    ranking_matches,
)
from index.sqlite_look import expand, name_facet
from index.sqlite_pages import select
from index.sqlite_rank import Common
from index.sqlite_vectors import Vectors
from index.sqlite_write import SqliteWriter, make_tables

#: Raised when the tables change. An index of another version is emptied and filled again.
SCHEMA_VERSION = 2
_BUSY_SECONDS = 10.0
_MAPPED_BYTES = 2**31 - 2**16  # SQLite takes no more
_STAMP = f"{SCHEMA_VERSION}/{ANALYSER_VERSION}"

Load = Callable[[Sequence[int]], Sequence[AnalysedPost]]


def _translated(error: sqlite3.Error, path: Path) -> IndexUnavailable:
    """The one table of what SQLite's errors mean for the person in front of it."""
    text = str(error).lower()
    rebuild = "Delete the file and run `foreland index rebuild`"
    advice = "Run `foreland index rebuild`"
    for part, meaning in (
        ("locked", "another process is writing to it; try again when that has ended"),
        ("busy", "another process is writing to it; try again when that has ended"),
        ("full", "the disk is full; make room, then run `foreland index sync`"),
        ("readonly", "it cannot be written; give the user the right to write there"),
        ("read-only", "it cannot be written; give the user the right to write there"),
        ("unable to open", "it cannot be opened; check that the folder is there and readable"),
        ("disk i/o", "the disk does not answer; check it, then run `foreland index sync`"),
        ("not a database", f"it is damaged or not an index. {rebuild}"),
        ("malformed", f"it is damaged. {rebuild}"),
        ("closed", "it was closed"),
    ):
        if part in text:
            return IndexUnavailable(f"{path}: {meaning} ({error})")
    return IndexUnavailable(f"{path}: {error}. {advice}")


class SqliteIndex:
    """`crawler.ports.Index` in one SQLite file. May be shared by threads and processes.

    Args:
        path: the file; made when it is not there.
        load: gives the analysed posts of these ids, in their order, without those that
            are gone; a hit that cannot be loaded is left out.

    Raises:
        IndexUnavailable: the file cannot be opened, or is damaged.
    """

    def __init__(self, path: Path, load: Load) -> None:
        self._path = path
        self._load = load
        self._lock = threading.Lock()  # over the pool of readers and `_closed`
        self._readers: list[sqlite3.Connection] = []
        self._closed = False
        self._vectors = Vectors()
        self._common = Common()
        self._facets_seen: dict[tuple[object, ...], tuple[int, list[tuple[int, int]]]] = {}
        with self._errors():
            if not path.parent.is_dir():
                raise IndexUnavailable(f"{path}: the folder is not there; make it first")
            connection = self._connect()
            self._writer = SqliteWriter(connection)
            self._writing = threading.Lock()
            self._prepare(connection)

    def add(self, posts: Iterable[AnalysedPost]) -> None:
        """Index the posts; see `crawler.ports.Index.add`. All of them or none."""
        with self._write() as writer:
            writer.add(posts)

    def delete(self, post_ids: Iterable[int]) -> None:
        """Forget the posts; see `crawler.ports.Index.delete`."""
        with self._write() as writer:
            writer.delete(list(post_ids))

    def clear(self) -> None:
        """Forget everything, the position of the last sync too."""
        with self._write() as writer:
            writer.clear(_STAMP)

    @contextmanager
    def rebuilding(self) -> Iterator[SqliteIndex]:
        """This index, emptied: a search meanwhile finds what is filled so far."""
        with self._write() as writer:
            writer.clear(_STAMP)
            writer.begin_filling()
        try:
            yield self
            with self._writing, self._errors():
                self._check_open()
                self._writer.merge()
        finally:
            if not self._closed:
                with self._write() as writer:
                    writer.end_filling()

    def synced(self) -> int:
        """The number of the change up to which the index is known to be filled; 0 if new."""
        with self._read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'synced'").fetchone()
        return int(row[0]) if row else 0

    def mark_synced(self, change: int) -> None:
        """Remember that everything up to this change is in the index."""
        with self._write() as writer:
            writer.set_meta("synced", str(change))

    def search(
        self,
        query: Query,
        *,
        limit: int = 20,
        after: str | None = None,
        facets: Sequence[str] = (),
        sort: str = "relevance",
    ) -> SearchResult:
        """The best hits; see `crawler.ports.Index.search`.

        With `like:` in the query, 'relevance' is likeness; without words of the text it
        is 'newest'. A cursor stays
        good when posts are added or deleted: none comes twice, and of those that were
        there none is left out. (By words, a post that is changed meanwhile may move.)
        """
        check_request(query, limit, facets, sort)
        cursor = Cursor.read(after, query, sort) if after else None
        tree = tree_of(query)
        with self._read() as connection:
            lookup = self._lookup(connection, query)
            found = compile_tree(tree, lookup)
            alike = alike_leaves(tree) if sort == "relevance" else []
            by_words = sort == "relevance" and found.ranked and not alike
            last = 0
            if by_words:
                words = ranking_matches(tree, lookup)
                ranking = self._common.ranking(connection, found, words)
            if by_words and facets and not cursor and found.match is not None:
                # One reading of the full-text index gives the page and what is counted.
                rows, last, blobs = pages.by_words_with_facets(connection, found, ranking, limit)
                count, counted = self._count_facets(connection, found, lambda: blobs)
            elif alike:
                likeness = [lookup.alike(leaf) for leaf in alike]
                rows, count = pages.by_likeness(connection, found, limit, cursor, likeness)
                _, counted = self._count(connection, found, facets=True) if facets else (0, [])
            else:
                count, counted = self._count(connection, found, facets=bool(facets))
                if by_words:
                    rows, last = pages.by_words(connection, found, ranking, limit, cursor)
                elif priced := price_order(sort):
                    rows = pages.by_price(connection, found, limit, cursor, priced)
                else:
                    rows = pages.by_time(connection, found, limit, cursor, oldest=sort == "oldest")
            values = {name: name_facet(connection, name, counted) for name in facets}
        more = len(rows) > limit
        rows = rows[:limit]
        following = None
        if more and rows:
            last_hits = [post_id for _, post_id in rows]
            following = Cursor(rows[-1][0], last_hits, last).write(query, sort)
        scored = by_words or bool(alike)
        scores = {post_id: -key if scored else 0.0 for key, post_id in rows}
        hits = self._hits(tree, [post_id for _, post_id in rows], scores)
        return SearchResult(tuple(hits), count, values, following)

    def matches(self, query: Query, post_ids: Sequence[int]) -> frozenset[int]:
        """Which of the posts the query finds; see `crawler.ports.Index.matches`."""
        if not post_ids:
            return frozenset()
        with self._read() as connection:
            found = self._compile(connection, query)
            conditions = ["p.id IN (SELECT value FROM json_each(?))"]
            parameters: list[Parameter] = [json.dumps(list(post_ids))]
            if found.match is not None:
                # The full-text search then reads only the stretch where the posts lie.
                conditions.append("words.rowid BETWEEN ? AND ?")
                parameters += [min(post_ids), max(post_ids)]
            sql, bound = select("p.id", found, conditions, parameters)
            return frozenset(row[0] for row in connection.execute(sql, bound))

    def histogram(self, query: Query, every: str) -> tuple[tuple[date, int], ...]:
        """Posts by day, week or month; see `crawler.ports.Index.histogram`."""
        check_every(query, every)
        with self._read() as connection:
            found = self._compile(connection, query)
            # towards the earlier day, before 1970 too
            day = f"(p.moment - ((p.moment % {DAY}) + {DAY}) % {DAY}) / {DAY}"
            sql, bound = select(f"{day} AS day, count(*)", found, [], [])
            days = connection.execute(f"{sql} GROUP BY day", bound).fetchall()
        return put_together(days, every)

    def iter_hits(self, query: Query) -> Iterator[Hit]:
        """Every hit, newest first, with no cap; those there when the iteration began."""
        tree = tree_of(query)
        with self._read() as connection:
            found = self._compile(connection, query)
            sql, bound = select("p.id", found, [], [])
            rows = connection.execute(f"{sql} ORDER BY p.moment DESC, p.id DESC", bound)
            ids = iter([row[0] for row in rows])
        while batch := list(islice(ids, 200)):
            yield from self._hits(tree, batch, {})

    def count(self) -> int:
        """How many posts are indexed."""
        with self._read() as connection:
            return int(connection.execute("SELECT count(*) FROM posts").fetchone()[0])

    def close(self) -> None:
        """Close every connection. Closing twice is fine."""
        with self._writing, self._lock:
            self._closed = True
            connections = [*self._readers, self._writer.connection]
            self._readers.clear()
            for connection in connections:
                connection.close()

    # connections

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            # A power cut may lose the last batches; the next sync brings them again.
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA temp_store=MEMORY")
            # Words are deleted when they are written out anew; pages given back that way are
            # not worth overwriting, as some builds of SQLite do.
            connection.execute("PRAGMA secure_delete=FAST")
            connection.execute("PRAGMA cache_size=-32000")
            # 32 MB between checkpoints in place of 4: a page that a batch fills and the next
            # changes again is then copied into the file once.
            connection.execute("PRAGMA wal_autocheckpoint=8000")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables; empty the index when another version of Foreland filled it."""
        try:
            connection.execute("BEGIN IMMEDIATE")
            tables = {
                row[0]
                for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            }
            stamp = None
            if "meta" in tables:
                row = connection.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()
                stamp = row[0] if row else None
            elif tables:
                raise IndexUnavailable(  # noqa: TRY301 - closed below, like any fault
                    f"{self._path}: it is some other database; name another file for the index"
                )
            if stamp != _STAMP:
                make_tables(connection, _STAMP)
            self._writer.end_filling()
            connection.execute("COMMIT")
        except (sqlite3.Error, IndexUnavailable):
            connection.close()
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as e:
            raise _translated(e, self._path) from e

    @contextmanager
    def _write(self) -> Iterator[SqliteWriter]:
        with self._writing, self._errors():
            self._check_open()
            with self._writer.transaction():
                yield self._writer

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own, in one snapshot of the index."""
        with self._lock:
            self._check_open()
            connection = self._readers.pop() if self._readers else None
        with self._errors():
            if connection is None:
                connection = self._connect()
                # A search looks at some ten thousand pages, each of which would be copied.
                # (Whoever cuts the file short meanwhile ends the process; taking it away is
                # harmless.)
                connection.execute(f"PRAGMA mmap_size={_MAPPED_BYTES}")
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                with self._lock:
                    if self._closed:
                        connection.close()
                    else:
                        self._readers.append(connection)

    def _check_open(self) -> None:
        if self._closed:
            raise IndexUnavailable(f"{self._path}: it was closed")

    # searching

    def _compile(self, connection: sqlite3.Connection, query: Query) -> Compiled:
        return compile_tree(tree_of(query), self._lookup(connection, query))

    def _lookup(self, connection: sqlite3.Connection, query: Query) -> Lookup:
        compared: dict[Alike, Mapping[int, float]] = {}

        def alike(leaf: Alike) -> Mapping[int, float]:
            if leaf not in compared:
                found = self._vectors.alike(connection, leaf)
                if len(found) >= MAX_ALIKE:
                    raise too_many(query, leaf)
                compared[leaf] = found
            return compared[leaf]

        return Lookup(lambda leaf: expand(connection, query, leaf), alike)

    def _count(
        self, connection: sqlite3.Connection, found: Compiled, *, facets: bool
    ) -> tuple[int, list[tuple[int, int]]]:
        """How many posts are found, and how often each facet value stands in them."""
        if not facets:
            if found.match is not None and not found.sql:
                sql = "SELECT count(*) FROM words WHERE words MATCH ?"
                return int(connection.execute(sql, (found.match,)).fetchone()[0]), []
            sql, bound = select("count(*)", found, [], [])
            return int(connection.execute(sql, bound).fetchone()[0]), []

        def read() -> list[bytes]:
            sql, bound = select("p.facets", found, [], [])
            return [row[0] for row in connection.execute(sql, bound)]

        return self._count_facets(connection, found, read)

    def _count_facets(
        self, connection: sqlite3.Connection, found: Compiled, read: Callable[[], list[bytes]]
    ) -> tuple[int, list[tuple[int, int]]]:
        """As `_count` with facets; `read` gives `posts.facets` of what is found.

        Counting is the dear part of a broad search, and every page asks for it again.
        """
        version = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        epoch = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        key = (version, epoch, found.match, found.sql, found.parameters)
        with self._lock:
            seen = self._facets_seen.get(key)
        if seen is not None:
            return seen
        blobs = read()
        numbers = np.frombuffer(b"".join(blobs), dtype="<u4")
        unique, counts = np.unique(numbers, return_counts=True)
        result = len(blobs), list(zip(unique.tolist(), counts.tolist(), strict=True))
        if len(result[1]) <= 50_000:
            with self._lock:
                while len(self._facets_seen) >= 16:
                    self._facets_seen.pop(next(iter(self._facets_seen)))
                self._facets_seen[key] = result
        return result

    def _hits(self, tree: Node, ids: list[int], scores: Mapping[int, float]) -> Iterator[Hit]:
        marker = Marker(tree)
        for analysed in self._load(ids) if ids else ():
            post_id = analysed.post.id
            yield Hit(post_id, scores.get(post_id, 0.0), analysed, marker.find(analysed))
