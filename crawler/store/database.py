"""One connection a thread, one writer at a time, short transactions.

A writer takes the whole database first (`BEGIN IMMEDIATE`; on PostgreSQL an advisory
lock), so that reading and then writing is safe in both, and so that the numbers of the
change log become visible in their order: a consumer never passes one by.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from crawler.errors import StoreError
from crawler.store.faults import translated

#: Seconds a writer waits for another before it gives up.
TIMEOUT = 30.0
#: Any number will do, as long as every Foreland takes the same one.
_ADVISORY_LOCK = 0x464F52454C414E44


class Database:
    """Connections and transactions, for the parts of the store to use."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        self.name = "database"
        self.timeout = timeout
        self._local = threading.local()
        self._closed = False
        with translated(url):
            parsed = make_url(url)
            self.name = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "sqlite":
            path = parsed.database
            if not path or path == ":memory:":
                raise StoreError(f"{self.name}: the store needs a file: write sqlite:///path")
            self.name = path
            if not path.startswith("file:"):
                with translated(self.name):
                    Path(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            with translated(self.name):
                self._engine = _make_engine(url, timeout)
        except ModuleNotFoundError as error:
            message = f"{self.name}: the driver {error.name!r} is not installed: pip install it"
            raise StoreError(message) from error
        self._reader = self._engine.execution_options(foreland_reads=True)
        if self._engine.dialect.name != "sqlite":
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout."""
        held = self._held()
        if held is not None:
            with translated(self.name):
                yield held
            return
        with translated(self.name), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As `transaction`, with what the database raises inside turned into StoreError."""
        with self.transaction() as connection, translated(self.name):
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a write transaction: all of what is done, or nothing, is kept.

        Inside another one of this thread, it is a part of that one: undone alone when it
        fails, and kept only when the outer one is.
        """
        held = self._held()
        if held is not None:
            # Said plainly, not by `begin_nested`, which takes five times as long; both
            # databases let an inner savepoint hide an outer one of the same name.
            with translated(self.name):
                held.exec_driver_sql("SAVEPOINT foreland")
            with self._ended(held, inner=True):
                yield held
            return
        with translated(self.name):
            connection = self._engine.connect()
        try:
            with translated(self.name):
                connection.begin()
            self._local.connection = connection
            with self._ended(connection, inner=False):
                yield connection
        finally:
            self._local.connection = None
            self._local.failed = None
            with translated(self.name):
                connection.close()

    def close(self) -> None:
        """Close every connection. Closing twice is fine."""
        self._closed = True
        self._engine.dispose()

    def _held(self) -> Connection | None:
        """The connection of this thread's open transaction.

        Raises:
            StoreError: the store is closed, or the transaction has already failed.
        """
        if self._closed:
            raise StoreError(f"{self.name}: the store has been closed")
        failed = getattr(self._local, "failed", None)
        if failed is not None:
            raise StoreError(f"{self.name}: this transaction failed already: {failed}")
        connection: Connection | None = getattr(self._local, "connection", None)
        return connection

    @contextmanager
    def _ended(self, connection: Connection, *, inner: bool) -> Iterator[None]:
        """Keep what was done, or undo it when something was raised.

        Args:
            connection: in a transaction.
            inner: whether a savepoint ends, or the transaction itself.
        """
        try:
            yield
        except BaseException as error:
            try:
                _end(connection, inner=inner, undo=True)
            except DBAPIError:
                # A full disk makes SQLite undo the whole transaction by itself, and then
                # the savepoint is gone. What follows must not be kept by itself either.
                self._local.failed = error
            raise
        failed = getattr(self._local, "failed", None)
        if failed is not None:
            raise StoreError(f"{self.name}: this transaction failed already: {failed}")
        with translated(self.name):
            _end(connection, inner=inner, undo=False)


def _end(connection: Connection, *, inner: bool, undo: bool) -> None:
    """End a savepoint, or the transaction itself."""
    if not inner:
        if undo:
            connection.rollback()
        else:
            connection.commit()
        return
    if undo:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT foreland")
    connection.exec_driver_sql("RELEASE SAVEPOINT foreland")


def _make_engine(url: str, timeout: float) -> Engine:
    """An engine whose connections are set up for either database."""
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(url, pool_timeout=timeout, pool_pre_ping=True)
        event.listen(engine, "begin", _PostgresqlBegin(timeout))
        return engine
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=32,
        pool_timeout=timeout,
        # None: BEGIN is ours to say, so that reading takes no lock and writing takes it at once.
        connect_args={"timeout": timeout, "check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _SqliteConnect(timeout))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("foreland_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


class _PostgresqlBegin:
    """Takes the writers' lock at the start of each write transaction."""

    def __init__(self, timeout: float) -> None:
        self._milliseconds = int(timeout * 1000)

    def __call__(self, connection: Connection) -> None:
        if not connection.get_execution_options().get("foreland_reads", False):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {self._milliseconds}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")


class _SqliteConnect:
    """Sets a new SQLite connection up: WAL, every commit on the disk, foreign keys."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    def __call__(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self._turn_to_wal(connection)

    def _turn_to_wal(self, connection: sqlite3.Connection) -> None:
        # Two processes that open a new database at once: SQLite answers "locked" here
        # without waiting for its own timeout.
        end = time.monotonic() + self._timeout
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
                if not busy or time.monotonic() >= end:
                    raise
                time.sleep(0.02)
            else:
                return
