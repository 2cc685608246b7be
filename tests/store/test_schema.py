"""How a database gets this release's schema, or is refused and left as it was."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from auditor.domain.errors import StoreError
from auditor.store import schema
from auditor.store.engine import Database, open_database
from auditor.store.schema import inspect_schema, upgrade_schema
from tests.store.revisions import bring, revisions

ROOT = Path(__file__).resolve().parent.parent.parent
FIRST = "0001"
PATIENCE_SECONDS = 60


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database in which nothing is yet."""
    made = open_database(database_url)
    yield made
    made.dispose()


def write(database: Database, *statements: str) -> None:
    with database.writing() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def read(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_a_file_of_no_bytes_is_an_empty_database(tmp_path: Path) -> None:
    file = tmp_path / "auditor.db"
    file.touch()
    with closed(f"sqlite:///{file}") as database:
        assert inspect_schema(database).revision == ""
        upgrade_schema(database)
        assert inspect_schema(database).is_current


@contextmanager
def closed(url: str) -> Iterator[Database]:
    """A database, disposed of at the end."""
    made = open_database(url)
    try:
        yield made
    finally:
        made.dispose()


def test_a_database_of_an_older_release_is_brought_up_with_what_is_in_it(
    empty: Database,
) -> None:
    bring(empty, FIRST)
    write(empty, "INSERT INTO media_type (name) VALUES ('kept')")
    state = inspect_schema(empty)
    assert (state.revision, state.is_current) == (FIRST, False)
    upgrade_schema(empty)
    assert inspect_schema(empty).is_current
    assert read(empty, "SELECT name FROM media_type") == [("kept",)]


def test_a_current_database_is_left_alone(empty: Database) -> None:
    upgrade_schema(empty)
    write(empty, "INSERT INTO media_type (name) VALUES ('kept')")
    upgrade_schema(empty)
    assert inspect_schema(empty).is_current
    assert read(empty, "SELECT name FROM media_type") == [("kept",)]


def test_a_database_that_was_taken_all_the_way_down_is_made_anew(empty: Database) -> None:
    upgrade_schema(empty)
    bring(empty, "base")
    assert tables(empty) == {"alembic_version"}
    assert inspect_schema(empty).revision == ""
    upgrade_schema(empty)
    assert inspect_schema(empty).is_current


@pytest.mark.parametrize("revision", ["9999", "ae1027a6acf", "' OR 1=1", "0001_initial_schema"])
def test_a_revision_this_release_does_not_know_is_refused_untouched(
    empty: Database, revision: str
) -> None:
    """Of a newer release, or of another program that keeps its schema with Alembic too."""
    write(empty, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    with empty.writing() as connection:
        insert = text("INSERT INTO alembic_version VALUES (:revision)")
        connection.execute(insert, {"revision": revision})
    with pytest.raises(StoreError) as caught:
        upgrade_schema(empty)
    assert revision in caught.value.message
    assert caught.value.next_step
    assert tables(empty) == {"alembic_version"}
    assert inspect_schema(empty).revision == revision


def test_tables_of_another_program_stay_beside_ours(empty: Database) -> None:
    write(empty, "CREATE TABLE invoice (number INTEGER)", "INSERT INTO invoice VALUES (7)")
    upgrade_schema(empty)
    assert inspect_schema(empty).is_current
    assert read(empty, "SELECT number FROM invoice") == [(7,)]


def test_a_table_of_another_program_with_a_name_of_ours_stops_the_upgrade_without_a_trace(
    empty: Database,
) -> None:
    """`tag` is made late: everything made before it must be gone again."""
    write(empty, "CREATE TABLE tag (colour TEXT)", "INSERT INTO tag VALUES ('red')")
    with pytest.raises(StoreError, match="tag") as caught:
        upgrade_schema(empty)
    assert caught.value.next_step
    assert tables(empty) - {"alembic_version"} == {"tag"}
    assert read(empty, "SELECT colour FROM tag") == [("red",)]
    assert inspect_schema(empty).revision == ""


def test_a_step_that_fails_leaves_the_revision_before_and_its_tables(empty: Database) -> None:
    bring(empty, FIRST)
    before = tables(empty)
    write(empty, "CREATE INDEX ix_repository_name ON repository (id)")
    with pytest.raises(StoreError):
        upgrade_schema(empty)
    assert inspect_schema(empty).revision == FIRST
    assert tables(empty) == before
    write(empty, "DROP INDEX ix_repository_name")
    upgrade_schema(empty)
    assert inspect_schema(empty).is_current


def test_folders_on_the_way_to_a_file_are_made(tmp_path: Path) -> None:
    file = tmp_path / "state" / "of the auditor" / "auditor.db"
    with closed(f"sqlite:///{file}") as database:
        upgrade_schema(database)
    assert file.exists()


@pytest.mark.parametrize("place", ["notes.txt/auditor.db", "notes.txt/deeper/auditor.db"])
def test_a_folder_that_cannot_be_made_is_named_with_a_next_step(tmp_path: Path, place: str) -> None:
    (tmp_path / "notes.txt").write_text("kept")
    with (
        closed(f"sqlite:///{tmp_path / place}") as database,
        pytest.raises(StoreError, match=r"notes\.txt") as caught,
    ):
        upgrade_schema(database)
    assert "--database" in caught.value.next_step
    assert (tmp_path / "notes.txt").read_text() == "kept"


def test_a_program_installed_in_a_folder_of_any_name_finds_its_revisions(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read as a configuration takes a percent sign for the beginning of a variable."""
    folder = tmp_path / "100% %(here)s" / "migrations"
    shutil.copytree(str(files("migrations")), folder)
    monkeypatch.setattr(schema, "files", lambda _package: folder)
    bring(sqlite_database, FIRST)
    upgrade_schema(sqlite_database)
    assert inspect_schema(sqlite_database).revision == revisions()[-1]


def run(code: str, url: str) -> subprocess.Popen[str]:
    """A program of its own over this code; it is told the URL and talked to line by line."""
    return subprocess.Popen(
        [sys.executable, "-c", code, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


ASKING = """
import sys
from auditor.usecases.prepare_database import prepare_database
prepare_database(sys.argv[1]).dispose()
print([name for name in sys.modules if name.partition(".")[0] in ("alembic", "mako")])
"""


def test_where_nothing_is_to_do_alembic_is_not_even_loaded(sqlite_database: Database) -> None:
    url = sqlite_database.engine.url.render_as_string()
    out, errors = run(ASKING, url).communicate(timeout=PATIENCE_SECONDS)
    assert (out, errors) == ("[]\n", "")


UPGRADING = """
import sys
from auditor.store.engine import open_database
from auditor.store.schema import inspect_schema, upgrade_schema
from alembic import command, config
database = open_database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
upgrade_schema(database)
print(inspect_schema(database).is_current)
database.dispose()
"""


@pytest.mark.parametrize("revision", ["", FIRST])
def test_programs_that_start_at_once_all_find_the_schema_ready(
    empty: Database, database_url: str, revision: str
) -> None:
    """A server and a crawl, say, right after an installation or an upgrade."""
    if revision:
        bring(empty, revision)
    programs = [run(UPGRADING, database_url) for _ in range(2)]
    try:
        for program in programs:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
        with in_the_way(empty):
            for program in programs:
                assert program.stdin is not None
                program.stdin.write("go\n")
                program.stdin.flush()
            wait_until_stopped(empty, len(programs))
        ends = [program.communicate(timeout=PATIENCE_SECONDS) for program in programs]
    finally:
        for program in programs:
            program.kill()
    assert [errors.strip().splitlines()[-1:] for _, errors in ends] == [[], []]
    assert [out for out, _ in ends] == ["True\n", "True\n"]
    assert inspect_schema(empty).is_current


@contextmanager
def in_the_way(database: Database) -> Iterator[None]:
    """Inside the block nobody changes the schema: all who want to arrive at the same place."""
    with database.writing() as connection:
        if not database.is_sqlite:
            is_new = "alembic_version" not in tables(database)
            made = "CREATE TABLE alembic_version (nothing INTEGER)"
            connection.exec_driver_sql(made if is_new else "LOCK TABLE repository")
        yield
        connection.rollback()


def wait_until_stopped(database: Database, programs: int) -> None:
    """Until so many wait for a lock; SQLite does not tell, so a moment has to do."""
    if database.is_sqlite:
        time.sleep(0.5)
        return
    waiting = (
        "SELECT COUNT(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while read(database, waiting) != [(programs,)]:
        assert time.monotonic() < deadline, "they did not arrive"
        time.sleep(0.02)


def test_an_upgrade_waits_for_whoever_is_making_the_same_file(tmp_path: Path) -> None:
    """Until a file keeps a write-ahead log, SQLite says "locked" there without any patience."""
    file = tmp_path / "auditor.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE other (number INTEGER)")
        other.execute("BEGIN IMMEDIATE")
        ending = threading.Timer(0.5, other.execute, ["COMMIT"])
        ending.start()
        with closed(f"sqlite:///{file}") as database:
            try:
                upgrade_schema(database)
                assert inspect_schema(database).is_current
            finally:
                ending.join()
