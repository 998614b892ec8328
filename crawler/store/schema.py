"""Brings a database to the schema of this version: new, older, or already there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from crawler.errors import StoreError
from crawler.store.database import Database
from crawler.store.tables import metadata

#: The newest revision in `migrations/versions/`; a test holds the two together, so that
#: opening a database that is up to date need not load Alembic.
HEAD = "0003"

#: Alembic's own table: which revision a database is at.
_version = Table("alembic_version", MetaData(), Column("version_num", Text, primary_key=True))


def prepare(database: Database) -> None:
    """Create the tables, or migrate them, or find them as they should be.

    Raises:
        StoreError: the database is of a newer version, or not one of ours.
    """
    with database.reading() as connection:
        if _is_at_head(connection, database.name):
            return
    with database.writing() as connection:
        # Another process may have done it while this one waited for the lock.
        if _is_at_head(connection, database.name):
            return
        names = set(inspect(connection).get_table_names())
        if _version.name in names:
            _migrate(connection)
        elif names & set(metadata.tables):
            raise StoreError(
                f"{database.name}: holds tables of another program: choose another database"
            )
        else:
            # The same tables as all the migrations make (a test compares them), at once.
            metadata.create_all(connection)
            _version.metadata.create_all(connection)
            connection.execute(_version.insert().values(version_num=HEAD))


def _is_at_head(connection: Connection, name: str) -> bool:
    if not inspect(connection).has_table(_version.name):
        return False
    found = connection.scalars(select(_version.c.version_num)).all()
    if found == [HEAD]:
        return True
    known = {path.name.split("_")[0] for path in _VERSIONS.glob("[0-9]*.py")}
    if not set(found) <= known:
        raise StoreError(
            f"{name}: was made by a newer version of Foreland ({', '.join(found)}): "
            "install that version"
        )
    return False


_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSIONS = _MIGRATIONS / "versions"


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
