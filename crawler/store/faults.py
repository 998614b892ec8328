"""What the databases say when they fail, put in words a person can act on: one table."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    SQLAlchemyError,
    StatementError,
)

from crawler.errors import StoreError

#: The beginning of SQLite's name of an error, and what it means. The longest match wins.
SQLITE_FAULTS: dict[str, str] = {
    "SQLITE_FULL": "the disk is full: free some space and run again; nothing is half-written",
    "SQLITE_BUSY": "the database is locked: another process has been writing for too long; "
    "let it finish (or end it) and run again",
    "SQLITE_LOCKED": "the database is locked by this process: run again",
    "SQLITE_READONLY": "the database is read-only: give this user the right to write to the "
    "file and its folder",
    "SQLITE_PERM": "this user may not open the database: check the rights on the file",
    "SQLITE_AUTH": "this user may not open the database: check the rights on the file",
    "SQLITE_CANTOPEN": "the database cannot be opened: check that the folder exists and that "
    "this user may write to it",
    "SQLITE_CORRUPT": "the database is damaged: keep the file, and restore the last backup",
    "SQLITE_NOTADB": "the file is not a database: check the path in `database`",
    "SQLITE_IOERR": "the disk could not be read or written (full, at a limit, or failing)",
    "SQLITE_NOMEM": "there is not enough memory",
    "SQLITE_TOOBIG": "a text is larger than the database can hold",
    "SQLITE_SCHEMA": "the tables were changed by another process: run again",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "a row refers to a post, revision, capture or message "
    "that is not in the store",
    "SQLITE_CONSTRAINT": "a row breaks a rule of the tables",
    "SQLITE_MISUSE": "the store has been closed",
}

#: The beginning of PostgreSQL's SQLSTATE, and what it means. The longest match wins.
POSTGRESQL_FAULTS: dict[str, str] = {
    "53": "the database server is short of disk, memory or connections",
    "53100": SQLITE_FAULTS["SQLITE_FULL"],
    "55P03": SQLITE_FAULTS["SQLITE_BUSY"],
    "57014": "the database took too long and the statement was ended",
    "40": "two writers stood in each other's way: run again",
    "25006": "the database is read-only",
    "08": "the database server does not answer",
    "57P": "the database server was shut down",
    "28": "the database server refused the user or the password",
    "3D000": "there is no such database on the server: create it first",
    "42501": "the database user lacks a right",
    "23503": SQLITE_FAULTS["SQLITE_CONSTRAINT_FOREIGNKEY"],
    "23": SQLITE_FAULTS["SQLITE_CONSTRAINT"],
    "22": "a value cannot be held by the database",
    "XX": "the database is damaged",
}


def _explain(table: dict[str, str], code: str) -> str | None:
    matching = [start for start in table if code.startswith(start)]
    return table[max(matching, key=len)] if matching else None


def explain(error: BaseException) -> str:
    """A driver's error in a person's words, with the driver's own after it."""
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""
    words = _explain(SQLITE_FAULTS, code) or _explain(POSTGRESQL_FAULTS, code)
    said = " ".join(str(error).split())[:300]
    if words is None:
        return f"the database failed: {said}"
    return f"{words} ({code}: {said})"


@contextmanager
def translated(database: str) -> Iterator[None]:
    """Turn whatever the database or its driver raises inside into StoreError.

    Args:
        database: what to call it in the message: a path, or a URL without its password.
    """
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{database}: {explain(error.orig or error)}") from error
    except StatementError as error:
        raise StoreError(f"{database}: {error.orig or error}") from error
    except (NoSuchModuleError, ArgumentError) as error:
        message = f"{database}: is not a database URL: write sqlite:///path or postgresql+psycopg:…"
        raise StoreError(message) from error
    except SQLAlchemyError as error:
        raise StoreError(f"{database}: {error}") from error
    except OSError as error:
        full = error.errno == errno.ENOSPC
        words = SQLITE_FAULTS["SQLITE_FULL"] if full else error.strerror
        raise StoreError(f"{database}: {words}") from error
