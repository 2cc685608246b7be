"""Connections: readers that see one moment, writers that wait for each other, plain errors."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from auditor.domain.errors import StoreError
from auditor.store import engine
from auditor.store.engine import Database, open_database, parse_url
from auditor.store.tables.facts import BlobRow, MediaTypeRow
from auditor.store.tables.places import TagRow
from tests.servers import processes
from tests.store.things import day

SECRET = "s3cret/p@ss word"


def add_media_type(connection: Connection, name: str) -> None:
    connection.execute(MediaTypeRow.__table__.insert().values(name=name))  # type: ignore[attr-defined]


def media_types(connection: Connection) -> list[str]:
    return list(connection.execute(select(MediaTypeRow.name).order_by(MediaTypeRow.name)).scalars())


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_sqlite_keeps_a_write_ahead_log_and_waits_a_minute_for_a_lock(
    sqlite_database: Database,
) -> None:
    with sqlite_database.reading() as connection:
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "synchronous") == 1
        assert pragma(connection, "busy_timeout") == 60_000


def test_sqlite_readers_and_writers_keep_foreign_keys(sqlite_database: Database) -> None:
    with sqlite_database.reading() as connection:
        assert pragma(connection, "foreign_keys") == 1
    with sqlite_database.writing() as connection:
        assert pragma(connection, "foreign_keys") == 1


def test_a_row_that_refers_to_nothing_is_refused(database: Database) -> None:
    lost = {"repository_id": 7, "name": "v1", "since": day(0)}
    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute(TagRow.__table__.insert().values(lost))  # type: ignore[attr-defined]


def test_a_negative_size_is_refused(database: Database) -> None:
    wrong = {"digest": b"\x01", "size_bytes": -1, "is_measured": True}
    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute(BlobRow.__table__.insert().values(wrong))  # type: ignore[attr-defined]


def test_what_was_written_is_seen_by_later_readers(database: Database) -> None:
    with database.writing() as connection:
        add_media_type(connection, "one")
    with database.reading() as connection:
        assert media_types(connection) == ["one"]


def test_an_exception_undoes_everything_its_transaction_wrote(database: Database) -> None:
    def write_and_fail() -> None:
        with database.writing() as connection:
            add_media_type(connection, "one")
            raise KeyError("of the caller")

    with pytest.raises(KeyError, match="of the caller"):
        write_and_fail()
    with database.writing() as connection:
        assert media_types(connection) == []


def test_a_failing_statement_undoes_everything_before_it(database: Database) -> None:
    def write_the_same_twice() -> None:
        with database.writing() as connection:
            add_media_type(connection, "one")
            add_media_type(connection, "one")

    with pytest.raises(StoreError):
        write_the_same_twice()
    with database.reading() as connection:
        assert media_types(connection) == []


def test_a_reader_sees_one_moment_although_a_writer_commits(database: Database) -> None:
    with database.reading() as reader:
        assert media_types(reader) == []
        with database.writing() as writer:
            add_media_type(writer, "one")
        assert media_types(reader) == []
    with database.reading() as reader:
        assert media_types(reader) == ["one"]


def test_a_reader_does_not_see_what_is_not_committed(database: Database) -> None:
    with database.writing() as writer:
        add_media_type(writer, "one")
        with database.reading() as reader:
            assert media_types(reader) == []


@pytest.mark.real
def test_postgresql_readers_are_repeatable_and_read_only(postgres_database: Database) -> None:
    with postgres_database.reading() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"
        assert connection.execute(text("SHOW transaction_read_only")).scalar() == "on"
    with postgres_database.writing() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
        assert connection.execute(text("SHOW transaction_read_only")).scalar() == "off"


def test_a_writer_takes_the_write_lock_of_sqlite_before_its_first_statement(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one that has read already fails at once when another wrote meanwhile."""
    monkeypatch.setattr(engine, "_SQLITE_BUSY_SECONDS", 0)
    other = open_database(sqlite_database.engine.url.render_as_string())
    with sqlite_database.writing():
        with pytest.raises(StoreError, match="locked"), other.writing():
            pytest.fail("two writers at once")
        with other.reading() as connection:
            assert media_types(connection) == []
    with other.writing() as connection:
        add_media_type(connection, "one")
    other.dispose()


def test_a_locked_database_is_named_with_a_next_step(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_SQLITE_BUSY_SECONDS", 0)
    path = sqlite_database.engine.url.database
    assert path
    held = sqlite3.connect(path, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    database = open_database(f"sqlite:///{path}")
    with pytest.raises(StoreError) as caught, database.writing():
        pytest.fail("the lock was not needed")
    held.close()
    database.dispose()
    assert "locked" in caught.value.message
    assert caught.value.next_step


def test_a_writer_begins_when_the_one_before_has_ended(sqlite_database: Database) -> None:
    seen = list[list[str]]()

    def write_second() -> None:
        with sqlite_database.writing() as connection:
            seen.append(media_types(connection))

    second = threading.Thread(target=write_second)
    with sqlite_database.writing() as connection:
        second.start()
        add_media_type(connection, "first")
    second.join()
    assert seen == [["first"]]


def test_several_threads_read_at_once(database: Database) -> None:
    with database.writing() as connection:
        add_media_type(connection, "one")
    together, answers = threading.Barrier(4, timeout=60), list[list[str]]()

    def read() -> None:
        with database.reading() as connection:
            together.wait()
            answers.append(media_types(connection))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["one"]] * 4


def test_a_disposed_database_opens_again_when_it_is_used(database: Database) -> None:
    database.dispose()
    with database.reading() as connection:
        assert media_types(connection) == []


@pytest.mark.parametrize(
    "url, backend",
    [
        ("sqlite:///some.db", "sqlite"),
        ("postgresql://user@host/name", "postgresql+psycopg"),
        ("postgres://user@host/name", "postgresql+psycopg"),
        ("postgresql+psycopg://user@host/name", "postgresql+psycopg"),
    ],
)
def test_a_url_gets_the_driver_this_program_has(url: str, backend: str) -> None:
    assert parse_url(url).drivername == backend


@pytest.mark.parametrize(
    "url",
    [
        "",
        "auditor.db",
        f"postgresql:/user:{SECRET}@host/name",
        f"mysql://user:{SECRET}@host/name",
        f"oracle+oracledb://user:{SECRET}@host/name",
        f"nothing://user:{SECRET}@host/name",
        f"postgresql://user:{SECRET}@host:port/name",
        "postgresql://user:s3cret@p@ss@host/name",
        f"postgresql+nothing://user:{SECRET}@host/name",
        f"sqlite+nothing://user:{SECRET}@host/name",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_database(url)
    error: BaseException | None = caught.value
    assert caught.value.next_step
    while error is not None:
        assert not any(part in str(error) for part in ("s3cret", "p@ss", "w0rd"))
        error = error.__cause__


@pytest.mark.parametrize(
    "url, shown",
    [
        ("postgresql://user:s3cret@host/name", "postgresql+psycopg://user:***@host/name"),
        (
            "postgresql://host/name?user=me&password=s3cret&sslpassword=s3cret",
            "postgresql+psycopg://host/name?password=hidden&sslpassword=hidden&user=me",
        ),
        ("sqlite:////var/auditor.db", "sqlite:////var/auditor.db"),
    ],
)
def test_a_database_says_where_it_is_without_its_passwords(url: str, shown: str) -> None:
    assert open_database(url).url_redacted == shown


def test_without_the_driver_of_postgresql_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_driver(*_arguments: object, **_options: object) -> None:
        raise ModuleNotFoundError("No module named 'psycopg'")

    monkeypatch.setattr(engine, "create_engine", no_driver)
    with pytest.raises(StoreError, match="psycopg") as caught:
        open_database("postgresql://user@host/name")
    assert "pip install" in caught.value.next_step


def use(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(text("SELECT 1"))


def write(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER)"))


@pytest.mark.parametrize("action", [use, write])
def test_a_server_that_does_not_answer_is_named_without_the_password(
    action: Callable[[Database], None],
) -> None:
    url = f"postgresql://user:hunter2@127.0.0.1:{processes.free_port()}/name?connect_timeout=2"
    database = open_database(url)
    with pytest.raises(StoreError) as caught:
        action(database)
    assert "127.0.0.1" in caught.value.message
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"
    assert "\n" not in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize("action", [use, write])
def test_a_folder_in_place_of_a_file_is_an_error_of_the_database(
    tmp_path: Path, action: Callable[[Database], None]
) -> None:
    with pytest.raises(StoreError, match="unable to open") as caught:
        action(open_database(f"sqlite:///{tmp_path}"))
    assert caught.value.next_step


@pytest.mark.parametrize("action", [use, write])
def test_a_file_of_another_kind_is_an_error_of_the_database(
    tmp_path: Path, action: Callable[[Database], None]
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear auditor, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        action(open_database(f"sqlite:///{path}"))
    assert path.read_text().startswith("Dear auditor")


@pytest.mark.parametrize("action", [use, write])
def test_a_file_in_a_folder_that_is_missing_is_an_error_of_the_database(
    tmp_path: Path, action: Callable[[Database], None]
) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        action(open_database(f"sqlite:///{tmp_path / 'missing' / 'auditor.db'}"))


def test_opening_touches_nothing(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'auditor.db'}")
    assert database.is_sqlite
    assert list(tmp_path.iterdir()) == []
