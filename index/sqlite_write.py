"""The writing half of the SQLite index: its tables, and one connection that fills them."""

# ruff: noqa: S608 - values are bound; only names written here go into the statements
from __future__ import annotations

import json
import secrets
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from crawler.types import AnalysedPost
from index.fields import FACETS, MAX_ROUTES, WORD_FIELDS, Term, make_fields
from index.likeness import unit_vector
from index.sqlite_compile import GAP, encode_term

SCHEMA: tuple[str, ...] = (
    """CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID""",
    # `moment` orders by time: posted, else seen. `added` is the order in which posts came
    # into the index, kept when a post changes. `facets` holds uint32 little-endian, each
    # the number of a row of `facet_values`, times 32, plus the facet's place in FACETS.
    """CREATE TABLE posts (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL,
       added INTEGER NOT NULL, moment INTEGER NOT NULL, posted INTEGER, seen INTEGER,
       probability REAL NOT NULL, facets BLOB NOT NULL)""",
    """CREATE INDEX posts_moment ON posts (moment, id)""",
    """CREATE INDEX posts_added ON posts (added)""",
    """CREATE TABLE facet_values (id INTEGER PRIMARY KEY, field TEXT NOT NULL,
       value TEXT NOT NULL, UNIQUE (field, value))""",
    """CREATE TABLE prices (post INTEGER NOT NULL, amount REAL NOT NULL, currency TEXT)""",
    """CREATE INDEX prices_post ON prices (post, amount, currency)""",
    # embeddings of length 1 as little-endian float32; NULL once the post has none any more.
    # `change` rises, so that a reader takes in only what is new to it.
    """CREATE TABLE vectors (post INTEGER PRIMARY KEY, change INTEGER NOT NULL, vector BLOB)""",
    """CREATE INDEX vectors_change ON vectors (change)""",
    """CREATE VIRTUAL TABLE words USING fts5(body, terms, tokenize='ascii')""",
    # the routes of a post are rows `post * MAX_ROUTES + n`
    """CREATE VIRTUAL TABLE legs USING fts5(terms, tokenize='ascii')""",
    """CREATE VIRTUAL TABLE vocabulary USING fts5vocab('words', 'col')""",
    # So many bytes of words are gathered before they are written out: those of one batch.
    f"""INSERT INTO words (words, rank) VALUES ('hashsize', {8 * 2**20})""",
)
_TABLES = ("words", "vocabulary", "legs", "prices", "vectors", "facet_values", "posts", "meta")
#: How the stretches in which words are written out are put together as more are added, and
#: how while everything is filled anew: hardly, as they all become one at the end. FTS5 does
#: not take more than 2000.
_SETTLED = {"automerge": 4, "crisismerge": 16}
_FILLING = {"automerge": 0, "crisismerge": 64}
_BATCH = 500
_MERGED_PAGES = 4000
_LATIN = encode_term("latin", "")
_NEXT_LATIN = " " + _LATIN
_MAX_KNOWN = 200_000


def make_tables(connection: sqlite3.Connection, stamp: str) -> None:
    """Empty tables in place of those that are there; to be done in a transaction."""
    for name in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in SCHEMA:
        connection.execute(statement)
    for pair in (("stamp", stamp), ("epoch", secrets.token_hex(8))):
        connection.execute("INSERT INTO meta VALUES (?, ?)", pair)


class SqliteWriter:
    """Fills the index through its own connection. One thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        #: (field, value) -> facet number, as of `_epoch`
        self._known: dict[tuple[str, str], int] = {}
        self._epoch = ""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have emptied the index and numbered the values anew.
            epoch = self.connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
            if epoch[0] != self._epoch:
                self._known.clear()
                self._epoch = epoch[0]
            yield
            self.connection.execute(
                "INSERT INTO meta VALUES ('version', '1') ON CONFLICT (key) DO UPDATE"
                " SET value = CAST(value AS INTEGER) + 1"
            )
            self.connection.execute("COMMIT")
        except BaseException:
            self._known.clear()
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def set_meta(self, key: str, value: str) -> None:
        """Remember one value beside the index."""
        self.connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def clear(self, stamp: str) -> None:
        """Forget every post, and the numbers of the facets' values."""
        make_tables(self.connection, stamp)
        self._known.clear()

    def begin_filling(self) -> None:
        """From now on, words are put together as little as can be."""
        self._set(_FILLING)

    def end_filling(self) -> None:
        """Put words together again as they come; also after a filling that was cut off."""
        sql = "SELECT v FROM words_config WHERE k = 'automerge'"
        if self.connection.execute(sql).fetchone() == (_FILLING["automerge"],):
            self._set(_SETTLED)

    def _set(self, settings: Mapping[str, int]) -> None:
        for setting in settings.items():
            self.connection.execute("INSERT INTO words (words, rank) VALUES (?, ?)", setting)

    def merge(self) -> None:
        """Make one stretch of the full-text index, which is read faster; in no transaction.

        In steps of some 16 MB, so that another process may write in between.
        """
        pages = -_MERGED_PAGES  # the first step takes in every stretch, whatever its size
        while True:
            before = self.connection.total_changes
            self.connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
            if self.connection.total_changes - before < 2:
                return
            pages = _MERGED_PAGES

    def delete(self, post_ids: Sequence[int]) -> None:
        """Forget the posts."""
        ids = [(post_id,) for post_id in post_ids]
        self.connection.executemany("DELETE FROM words WHERE rowid = ?", ids)
        self.connection.executemany("DELETE FROM posts WHERE id = ?", ids)
        self.connection.executemany("DELETE FROM prices WHERE post = ?", ids)
        self.connection.executemany(
            "UPDATE vectors SET vector = NULL, change = ? WHERE post = ?",
            [(self._next_change(), post_id) for post_id in post_ids],
        )
        self.connection.executemany(
            "DELETE FROM legs WHERE rowid BETWEEN ? AND ?",
            [(n * MAX_ROUTES, n * MAX_ROUTES + MAX_ROUTES - 1) for n in post_ids],
        )

    def add(self, posts: Iterable[AnalysedPost]) -> None:
        """Index the posts, in place of earlier revisions of them."""
        batch: dict[int, AnalysedPost] = {}
        for analysed in posts:
            waiting = batch.get(analysed.post.id)
            if waiting is None or waiting.post.revision <= analysed.post.revision:
                batch[analysed.post.id] = analysed
            if len(batch) >= _BATCH:
                self._add_batch(batch)
                batch = {}
        self._add_batch(batch)

    def _add_batch(self, batch: dict[int, AnalysedPost]) -> None:
        present = {
            post_id: (revision, added)
            for post_id, revision, added in self.connection.execute(
                "SELECT id, revision, added FROM posts"
                " WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(batch)),),
            )
        }
        newer = [
            analysed
            for post_id, analysed in batch.items()
            if post_id not in present or present[post_id][0] <= analysed.post.revision
        ]
        self.delete([analysed.post.id for analysed in newer if analysed.post.id in present])
        row = self.connection.execute("SELECT max(added) FROM posts").fetchone()
        following = (row[0] or 0) + 1
        change = self._next_change()
        posts: list[tuple[object, ...]] = []
        words: list[tuple[int, str, str]] = []
        prices: list[tuple[int, float, str | None]] = []
        legs: list[tuple[int, str]] = []
        vectors: list[tuple[int, int, bytes]] = []
        known = self._known
        # Written down post by post: what is made of one is then gone before the next.
        for analysed in newer:
            fields = make_fields(analysed)
            post_id = fields.id
            added = present[post_id][1] if post_id in present else following
            following += post_id not in present
            moment = fields.posted if fields.posted is not None else fields.seen or 0
            facets = array("I", [known.get(one) or self._number(one) for one in fields.facets])
            posts.append(
                (
                    post_id,
                    fields.revision,
                    added,
                    moment,
                    fields.posted,
                    fields.seen,
                    fields.probability,
                    facets.tobytes(),
                )
            )
            words.append((post_id, fields.text, _joined(fields.terms, fields.latin)))
            for amount, currency in fields.prices:
                prices.append((post_id, amount, currency.lower() if currency else None))
            for n, leg in enumerate(fields.routes):
                legs.append((post_id * MAX_ROUTES + n, _joined(leg)))
            vector = unit_vector(fields.embedding)
            if vector is not None:
                vectors.append((post_id, change, vector.tobytes()))
        many = self.connection.executemany
        many("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", posts)
        many("INSERT INTO words (rowid, body, terms) VALUES (?, ?, ?)", words)
        many("INSERT INTO prices VALUES (?, ?, ?)", prices)
        many("INSERT INTO legs (rowid, terms) VALUES (?, ?)", legs)
        many(
            "INSERT INTO vectors VALUES (?, ?, ?) ON CONFLICT (post) DO UPDATE"
            " SET change = excluded.change, vector = excluded.vector",
            vectors,
        )

    def _next_change(self) -> int:
        row = self.connection.execute("SELECT max(change) FROM vectors").fetchone()
        return (row[0] or 0) + 1

    def _number(self, value: tuple[str, str]) -> int:
        """The number of a facet's value, given now when it has none; see `posts.facets`."""
        select = "SELECT id FROM facet_values WHERE field = ? AND value = ?"
        row = self.connection.execute(select, value).fetchone()
        if row is None:
            # RETURNING would make FTS5 write out the words that it has gathered.
            self.connection.execute("INSERT INTO facet_values (field, value) VALUES (?, ?)", value)
            row = self.connection.execute("SELECT last_insert_rowid()").fetchone()
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        number = self._known[value] = int(row[0]) * 32 + FACETS.index(value[0])
        return number


class _Encodings(dict[Term, str]):
    """Terms met lately, as tokens; behind a value of words a gap, so that no phrase runs on."""

    def __missing__(self, term: Term) -> str:
        tokens = [encode_term(term.field, token) for token in term.tokens]
        encoded = " ".join([*tokens, GAP] if term.field in WORD_FIELDS else tokens)
        if len(self) >= _MAX_KNOWN:
            self.clear()
        self[term] = encoded
        return encoded


_ENCODED = _Encodings()


def _joined(terms: Iterable[Term], latin: str = "") -> str:
    tokens = " ".join(map(_ENCODED.__getitem__, terms))
    # Sounds are letters alone, which need no encoding.
    return f"{tokens} {_LATIN}{latin.replace(' ', _NEXT_LATIN)}" if latin else tokens
