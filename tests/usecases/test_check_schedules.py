from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.domain.schedules import Kind
from auditor.store.engine import Database
from auditor.store.runs import lock_tick, note_tick
from auditor.usecases.check_schedules import check_schedules
from auditor.usecases.checked import OK, WARNING
from auditor.usecases.prepare_database import prepare_database

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = prepare_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield made
    made.dispose()


def test_crawls_by_command_need_no_scheduler(database: Database) -> None:
    assert check_schedules(database, NOW).state == OK


@pytest.mark.parametrize("minutes, state", [(30, OK), (31, WARNING)])
def test_a_scheduler_that_fell_silent_is_told(database: Database, minutes: int, state: str) -> None:
    key = Kind.CRAWL, "production"
    with database.writing() as connection:
        lock_tick(connection, key)
        note_tick(connection, key, NOW - timedelta(minutes=minutes))
    found = check_schedules(database, NOW)
    assert found.state == state
    assert bool(found.next_step) == (state == WARNING)
