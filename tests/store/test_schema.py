"""The tables: made new, migrated, already there, or not ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from crawler.errors import StoreError
from crawler.store import open_store
from crawler.store.schema import HEAD
from crawler.store.tables import metadata
from tests.store.samples import add, make_found

_MIGRATIONS = Path(sys.modules["crawler.store.schema"].__file__ or "").parent / "migrations"
#: What a database looks like before the first migration, to Alembic.
_BEFORE_THE_FIRST = "CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY)"


def _shape(engine: Engine) -> dict[str, object]:
    """What distinguishes two schemas: tables with their columns, keys and indexes."""
    look = inspect(engine)
    shape: dict[str, object] = {}
    for name in look.get_table_names():
        if name == "alembic_version":
            continue
        columns = look.get_columns(name)
        shape[name] = (
            [(column["name"], str(column["type"]), column["nullable"]) for column in columns],
            look.get_pk_constraint(name),
            sorted(look.get_foreign_keys(name), key=str),
            sorted(look.get_unique_constraints(name), key=str),
            sorted(look.get_indexes(name), key=str),
        )
    return shape


def test_migrations_make_the_tables_that_the_code_names(tmp_path: Path) -> None:
    migrated = create_engine(f"sqlite:///{tmp_path}/migrated.sqlite3")
    with migrated.begin() as connection:
        connection.execute(text(_BEFORE_THE_FIRST))
    store = open_store(f"sqlite:///{tmp_path}/migrated.sqlite3")
    add(store, make_found())
    store.close()
    created = create_engine(f"sqlite:///{tmp_path}/created.sqlite3")
    metadata.create_all(created)
    assert _shape(migrated) == _shape(created)
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
        # The reflected constraints do not show this one.
        statement = "SELECT sql FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
        counted = connection.execute(text(statement)).all()
    assert len(counted) == 5
    migrated.dispose()
    created.dispose()


def test_the_newest_migration_is_the_one_that_opening_expects() -> None:
    assert ScriptDirectory(str(_MIGRATIONS)).get_heads() == [HEAD]


def test_opening_again_finds_everything_and_loads_no_alembic(url: str) -> None:
    store = open_store(url)
    add(store, make_found())
    store.close()
    program = (
        "import sys\nfrom crawler.store import open_store\n"
        f"store = open_store({url!r})\n"
        "print(store.counts().posts, 'alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "False"], done.stderr


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/newer.sqlite3"
    open_store(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"newer version of Foreland \(9999\)"):
        open_store(url)


def test_tables_of_another_program_are_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.sqlite3"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE posts (theirs TEXT)"))
    with pytest.raises(StoreError, match="another program"):
        open_store(url)
    assert inspect(engine).get_table_names() == ["posts"]
    engine.dispose()


def test_a_failed_migration_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/half.sqlite3"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(_BEFORE_THE_FIRST))
        # A table that the migration makes late: what it made before must go again.
        connection.execute(text("CREATE TABLE revisions (theirs TEXT)"))
    with pytest.raises(StoreError, match="revisions"):
        open_store(url)
    assert sorted(inspect(engine).get_table_names()) == ["alembic_version", "revisions"]
    engine.dispose()
