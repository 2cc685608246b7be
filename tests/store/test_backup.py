from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from auditor.domain.errors import StoreError
from auditor.store.backup import back_up, restore
from auditor.store.engine import Database, open_database

INSERT = "INSERT INTO media_type (name) VALUES ('{}')"


def write(database: Database, name: str) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql(INSERT.format(name))


def names(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = connection.execute("SELECT name FROM media_type ORDER BY name")
        return [name for (name,) in found]


@contextmanager
def opened(file: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{file}")
    try:
        yield database
    finally:
        database.dispose()


def test_it_is_one_file_of_its_owner_with_what_was_committed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    write(sqlite_database, "kept")
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "a.db"
    with sqlite_database.writing() as unfinished:
        unfinished.exec_driver_sql(INSERT.format("never"))
        back_up(sqlite_database, file)  # and it does not wait for who writes
        unfinished.rollback()
    assert names(file) == ["kept"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in folder.iterdir()] == ["a.db"]


def test_one_who_writes_meanwhile_neither_waits_nor_breaks_it(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Rows go in by pairs, so that a copy of two moments would hold an odd one."""
    stop = threading.Event()

    def go_on() -> None:
        number = 0
        while not stop.is_set():
            with sqlite_database.writing() as connection:
                connection.exec_driver_sql(INSERT.format(f"{number}a"))
                connection.exec_driver_sql(INSERT.format(f"{number}b"))
            number += 1

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for number in range(5):
            back_up(sqlite_database, tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    counts = [len(names(tmp_path / f"{number}.db")) for number in range(5)]
    assert counts == sorted(counts)
    assert [count % 2 for count in counts] == [0] * 5


@pytest.mark.parametrize(
    "place, problem", [("there.db", "is there"), ("no/folder/a.db", "No such file or directory")]
)
def test_a_file_that_is_there_or_has_no_folder_is_refused_and_left_alone(
    sqlite_database: Database, tmp_path: Path, place: str, problem: str
) -> None:
    (tmp_path / "there.db").write_text("mine")
    with pytest.raises(StoreError, match=problem) as caught:
        back_up(sqlite_database, tmp_path / place)
    assert caught.value.next_step == "take another file"
    assert (tmp_path / "there.db").read_text() == "mine"
    assert not list(tmp_path.rglob("*.part"))


def test_it_comes_back_in_place_of_whatever_was_there(
    sqlite_database: Database, tmp_path: Path
) -> None:
    write(sqlite_database, "kept")
    back_up(sqlite_database, tmp_path / "kept.db")
    write(sqlite_database, "later")
    with sqlite_database.reading() as before:  # a page being read does not stop it
        before.exec_driver_sql("SELECT 1 FROM media_type").all()
    restore(sqlite_database, tmp_path / "kept.db")
    with sqlite_database.reading() as connection:
        assert connection.exec_driver_sql("SELECT name FROM media_type").all() == [("kept",)]
    write(sqlite_database, "after")
    with opened(tmp_path / "new.db") as other:
        restore(other, tmp_path / "kept.db")
    assert names(tmp_path / "new.db") == ["kept"]
    assert names(tmp_path / "kept.db") == ["kept"]


@pytest.mark.parametrize(
    "statement, problem",
    [
        ("DROP TABLE alembic_version", "is no backup of this program"),
        ("DELETE FROM alembic_version", "is no backup of this program"),
        ("UPDATE alembic_version SET version_num = '9999'", "revision 9999, which this release"),
        ("INSERT INTO size_claim VALUES (77, 1)", "is not sound"),
    ],
)
def test_what_is_no_sound_backup_of_ours_changes_nothing(
    sqlite_database: Database, tmp_path: Path, statement: str, problem: str
) -> None:
    file = tmp_path / "bad.db"
    back_up(sqlite_database, file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()
    write(sqlite_database, "kept")
    with pytest.raises(StoreError, match=problem) as caught:
        restore(sqlite_database, file)
    assert caught.value.next_step
    with sqlite_database.reading() as connection:
        assert connection.exec_driver_sql("SELECT name FROM media_type").all() == [("kept",)]


def test_a_file_that_is_no_database_or_not_there_is_said(
    sqlite_database: Database, tmp_path: Path
) -> None:
    (tmp_path / "notes").write_text("these are my notes " * 100)
    with pytest.raises(StoreError, match="notes: file is not a database"):
        restore(sqlite_database, tmp_path / "notes")
    with pytest.raises(StoreError, match="unable to open database file"):
        restore(sqlite_database, tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_damaged_copy_is_found_before_it_is_kept(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.writing() as connection:
        for number in range(200):
            connection.exec_driver_sql(INSERT.format(f"{number:0>500}"))
    with sqlite_database.reading() as connection:
        connection.exec_driver_sql("SELECT 1").all()
    sqlite_database.dispose()
    file = tmp_path / "auditor.db"
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.execute("PRAGMA journal_mode=DELETE")
    content = bytearray(file.read_bytes())
    start = content.index(b"0" * 300)
    content[start - 600 : start + 3000] = b"\xff" * 3600
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"is not sound|malformed"):
        back_up(sqlite_database, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))
