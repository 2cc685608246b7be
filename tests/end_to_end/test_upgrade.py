"""From one release to the next: with data, beside old processes, and killed in the middle."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.sample.server import SampleRegistry
from auditor.store.engine import Database, open_database
from auditor.store.schema import inspect_schema, upgrade_schema
from scripts.record_release import ONLY
from tests.end_to_end.complaints import assert_one_clear_line
from tests.end_to_end.previous_release import Release, load_release, recorded_revisions
from tests.end_to_end.program import Auditor
from tests.servers.processes import unmeasured
from tests.store.revisions import bring, revisions

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parent.parent.parent
NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{before}", None, None


def upgrade() -> None:
    op.create_table("of_the_next_release", sa.Column("number", sa.Integer()))
    op.add_column("registry", sa.Column("of_the_next_release", sa.Integer()))


def downgrade() -> None:
    op.drop_table("of_the_next_release")
"""
KILLED = """
import os, signal, sys
from sqlalchemy import event
from auditor.store.engine import open_database
from auditor.store.schema import upgrade_schema
database, left = open_database(sys.argv[1]), [int(sys.argv[2])]

@event.listens_for(database.engine, "after_cursor_execute")
def count(connection, cursor, statement, *rest):
    if statement.lstrip().upper().startswith(("CREATE", "ALTER", "INSERT", "UPDATE", "DROP")):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

upgrade_schema(database)
"""


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database in which nothing is yet."""
    made = open_database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def program(tmp_path: Path, database_url: str) -> Auditor:
    """This release over that database."""
    home = tmp_path / "home"
    home.mkdir()
    return Auditor(home, database_url)


@pytest.mark.parametrize("revision", recorded_revisions())
def test_what_an_earlier_release_left_is_all_there_and_says_the_same(
    empty: Database, program: Auditor, revision: str
) -> None:
    with SampleRegistry.start(only=ONLY) as registry:
        release = load_release(revision, registry.address)
        release.fill(empty)
        is_as_before(release, empty, program)
        crawled = program.run("audit", registry.address, "--format", "json")  # and it goes on
    assert crawled.code == 0, crawled.err
    assert crawled.json()["totals"]["repositories"] == len(ONLY)
    assert len(release.rows_in(empty)["registry"]) == 1


def is_as_before(release: Release, empty: Database, program: Auditor) -> None:
    before = release.rows_in(empty)
    assert {name: len(rows) for name, rows in before.items()} == {
        name: len(rows) for name, rows in release.tables.items()
    }
    upgraded = program.run("db", "upgrade")
    assert upgraded.code == 0, upgraded.err
    assert release.rows_in(empty) == before
    assert said_before(release.ranking, program.json("rank", "--limit", "0"))
    assert program.run("db", "upgrade").code == 0


def said_before(recorded: Any, now: Any) -> bool:
    """Whether everything recorded is said now too; there may be more, in any object."""
    if isinstance(recorded, dict):
        return all(said_before(value, now[name]) for name, value in recorded.items())
    if isinstance(recorded, list):
        pairs = zip(recorded, now, strict=True)
        return all(said_before(one, other) for one, other in pairs)
    assert recorded == now
    return True


def test_an_old_process_beside_the_next_schema_stops_with_the_next_step_and_changes_nothing(
    empty: Database, program: Auditor, tmp_path: Path, database_url: str
) -> None:
    """The next release is this one with a revision more, so this one is the old process."""
    release = load_release(recorded_revisions()[-1])
    release.fill(empty)
    upgrade_schema(empty)
    with program.serving("serve", "--port", "0") as running:  # started before the upgrade
        upgrade_by_the_next_release(tmp_path / "next", database_url)
        before = release.rows_in(empty)
        for command in (("rank",), ("serve",), ("db", "upgrade")):
            finished = program.run(*command)
            assert_one_clear_line(
                finished, code=3, naming="9999", advice="use the newer release that made it"
            )
        assert "9999" in program.run("doctor").out
        assert release.rows_in(empty) == before
        assert reads(running.address)
        running.stop(signal.SIGTERM)


def reads(address: str) -> bool:
    with urllib.request.urlopen(f"{address}api/v1/rank", timeout=30) as answer:
        return len(json.load(answer)["repositories"]) == len(ONLY)


def upgrade_by_the_next_release(folder: Path, database_url: str) -> None:
    for package in ("auditor", "web", "migrations"):
        ignored = shutil.ignore_patterns("__pycache__", "data", "static", "templates")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    (folder / "migrations/versions/9999_next.py").write_text(NEXT.format(before=revisions()[-1]))
    code = (
        "import sys; from auditor.usecases.prepare_database import upgrade_database;"
        "upgrade_database(sys.argv[1])"
    )
    done = run_code(code, database_url, folder=folder)
    assert done.returncode == 0, done.stderr


def test_a_new_process_says_what_to_do_about_an_old_schema(
    empty: Database, program: Auditor
) -> None:
    """A SQLite file has one machine, whose program upgrades it by the way."""
    bring(empty, revisions()[-2])
    finished = program.run("rank")
    if empty.is_sqlite:
        assert finished.code == 0, finished.err
        assert inspect_schema(empty).is_current
        return
    assert_one_clear_line(finished, code=3, naming=revisions()[-2], advice="`auditor db upgrade`")
    assert program.run("db", "upgrade").code == 0
    assert program.run("rank").code == 0


@pytest.mark.parametrize("statements", [1, 40])
def test_an_upgrade_that_is_killed_leaves_the_old_schema_and_can_be_given_again(
    empty: Database, database_url: str, statements: int
) -> None:
    bring(empty, revisions()[0])
    with empty.writing() as connection:
        connection.exec_driver_sql("INSERT INTO media_type (name) VALUES ('kept')")
    empty.dispose()
    killed = run_code(KILLED, database_url, str(statements))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert inspect_schema(empty).revision == revisions()[0]
    upgrade_schema(empty)
    assert inspect_schema(empty).is_current
    with empty.reading() as connection:
        assert connection.exec_driver_sql("SELECT name FROM media_type").all() == [("kept",)]


def run_code(code: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**unmeasured(), "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
