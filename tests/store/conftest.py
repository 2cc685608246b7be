"""An empty store for every test, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.store.batches import chunks
from auditor.store.engine import Database, open_database
from auditor.store.schema import upgrade_schema
from auditor.store.tables.metadata import METADATA
from tests.servers.postgres import PostgresServer, emptying
from tests.store.bench import Bench
from tests.store.pieces import AT_ONCE


def _prepared(url: str) -> Database:
    database = open_database(url)
    upgrade_schema(database)
    return database


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("prepared") / "auditor.db"
    _prepared(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    """One PostgreSQL database with the newest schema, emptied before every test."""
    name = postgres_server.create_database()
    database = _prepared(postgres_server.url(name))
    yield database
    database.dispose()
    postgres_server.drop_database(name)


@pytest.fixture
def sqlite_database(prepared_file: Path, tmp_path: Path) -> Iterator[Database]:
    copy = shutil.copy(prepared_file, tmp_path / "auditor.db")
    database = open_database(f"sqlite:///{copy}")
    yield database
    database.dispose()


@pytest.fixture
def postgres_database(prepared_postgres: Database) -> Database:
    with prepared_postgres.writing() as connection:
        connection.exec_driver_sql(emptying(METADATA.tables))
    return prepared_postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database with the newest schema."""
    fixture = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    made: Database = request.getfixturevalue(fixture)
    return made


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lists go to the database in small pieces (tests/store/pieces.py)."""
    monkeypatch.setattr(chunks, "__defaults__", (AT_ONCE,))


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)
