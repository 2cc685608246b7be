from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import StoreError, UsageError
from auditor.store.engine import open_database
from auditor.usecases.back_up import back_up_database, restore_database, wait_for_schema
from auditor.usecases.prepare_database import database_status, upgrade_database


def test_a_copy_says_what_it_holds_and_makes_a_database_elsewhere(tmp_path: Path) -> None:
    url, other = f"sqlite:///{tmp_path / 'a.db'}", f"sqlite:///{tmp_path / 'new/folder/b.db'}"
    upgrade_database(url)
    made = back_up_database(url, tmp_path / "copy.db")
    head = database_status(url).head
    assert (made.revision, made.size_bytes) == (head, (tmp_path / "copy.db").stat().st_size)
    assert restore_database(other, tmp_path / "copy.db", replaces=False) == made
    assert database_status(other).is_current


def test_what_is_not_there_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not there yet"):
        back_up_database(f"sqlite:///{tmp_path / 'a.db'}", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_database_is_only_replaced_where_that_was_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    upgrade_database(url)
    back_up_database(url, tmp_path / "copy.db")
    with pytest.raises(UsageError, match="would be lost") as caught:
        restore_database(url, tmp_path / "copy.db", replaces=False)
    assert "--replace" in caught.value.next_step
    assert restore_database(url, tmp_path / "copy.db", replaces=True).revision


def test_postgresql_has_tools_of_its_own_which_are_named(tmp_path: Path) -> None:
    url = "postgresql://auditor:s3cret@127.0.0.1:1/none"
    with pytest.raises(UsageError) as caught:
        back_up_database(url, tmp_path / "copy.db")
    assert "pg_dump --format=custom" in caught.value.next_step
    with pytest.raises(UsageError) as caught:
        restore_database(url, tmp_path / "copy.db", replaces=True)
    assert "pg_restore --clean" in caught.value.next_step
    assert "s3cret" not in str(caught.value)


class Hours:
    """A clock that stands still but for sleeping."""

    def __init__(self, *then: str) -> None:
        self.now, self.urls = 0.0, list(then)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.urls:
            upgrade_database(self.urls.pop())


def test_one_waits_until_somebody_has_upgraded(database_url: str) -> None:
    hours = Hours(database_url)
    wait_for_schema(database_url, 60, clock=hours.clock, sleep=hours.sleep)
    assert database_status(database_url).is_current
    assert hours.now == 1


def test_one_does_not_wait_for_ever_and_says_what_was_seen(database_url: str) -> None:
    hours = Hours()
    with pytest.raises(StoreError, match=r"waited 5 seconds; the schema revision is none") as one:
        wait_for_schema(database_url, 5, clock=hours.clock, sleep=hours.sleep)
    assert (hours.now, one.value.next_step) == (5, "run `auditor db upgrade`")
    upgrade_database(database_url)
    database = open_database(database_url)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    database.dispose()
    with pytest.raises(StoreError, match="the schema revision is 0001, this release needs"):
        wait_for_schema(database_url, 0, clock=hours.clock, sleep=hours.sleep)


def test_a_server_that_does_not_answer_yet_is_waited_for() -> None:
    hours = Hours()
    with pytest.raises(StoreError, match="the database failed"):
        wait_for_schema(
            "postgresql://auditor@127.0.0.1:1/none", 2, clock=hours.clock, sleep=hours.sleep
        )
    assert hours.now == 2
