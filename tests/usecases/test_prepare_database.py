from __future__ import annotations

import gc
from pathlib import Path

import pytest

from auditor.domain.errors import StoreError
from auditor.store.engine import open_database
from auditor.usecases.prepare_database import (
    database_status,
    prepare_database,
    upgrade_database,
)
from tests.store.revisions import bring, revisions


def test_a_database_is_made_where_there_is_none(database_url: str) -> None:
    before = database_status(database_url)
    assert (before.revision, before.is_current) == ("", False)
    prepare_database(database_url).dispose()
    after = database_status(database_url)
    assert after.is_current
    assert after.revision == after.head == before.head


def test_asking_for_the_state_makes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "auditor.db"
    assert not database_status(f"sqlite:///{file}").is_current
    assert not file.parent.exists()
    upgrade_database(f"sqlite:///{file}")
    assert file.exists()


def test_preparing_and_upgrading_twice_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        upgrade_database(database_url)
        prepare_database(database_url).dispose()
    assert database_status(database_url).is_current


@pytest.mark.filterwarnings("error")
def test_whatever_was_opened_is_closed(database_url: str) -> None:
    """A connection left open shows as a ResourceWarning, at the latest here."""
    upgrade_database(database_url)
    database_status(database_url)
    of_a_newer_release(database_url)
    with pytest.raises(StoreError):
        prepare_database(database_url)
    with pytest.raises(StoreError):
        upgrade_database(database_url)
    gc.collect()
    assert database_status(database_url).revision == "9999"


def of_a_newer_release(url: str) -> None:
    database = open_database(url)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.dispose()


def test_a_database_of_a_newer_release_is_refused(database_url: str) -> None:
    upgrade_database(database_url)
    of_a_newer_release(database_url)
    with pytest.raises(StoreError, match="revision 9999, which this release does not know") as one:
        prepare_database(database_url)
    assert one.value.next_step == "use the newer release that made it"
    assert not database_status(database_url).is_current


def of_an_older_release(url: str) -> None:
    database = open_database(url)
    bring(database, revisions()[-2])
    database.dispose()


def test_a_file_of_an_older_release_is_upgraded_by_the_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'auditor.db'}"
    of_an_older_release(url)
    prepare_database(url).dispose()
    assert database_status(url).is_current


def test_over_postgresql_somebody_has_to_choose_the_moment_of_an_upgrade(postgres_url: str) -> None:
    of_an_older_release(postgres_url)
    with pytest.raises(StoreError, match=f"revision {revisions()[-2]}, this release needs") as one:
        prepare_database(postgres_url)
    assert "auditor db upgrade" in one.value.next_step
    upgrade_database(postgres_url)
    prepare_database(postgres_url).dispose()


def test_a_state_does_not_tell_the_password() -> None:
    with pytest.raises(StoreError) as one:
        database_status("postgresql://auditor:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in str(one.value)


def test_a_url_is_shown_without_its_password(postgres_url: str) -> None:
    with_password = postgres_url.replace("auditor@", "auditor:s3cret@")
    assert "s3cret" not in database_status(with_password).url_redacted


@pytest.mark.parametrize("url", ["mysql://host/name", "no url", "sqlite:////proc/none/a.db"])
def test_what_cannot_be_a_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        prepare_database(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "auditor.db"
    file.write_text("these are my notes " * 100)
    with pytest.raises(StoreError, match="not a database"):
        prepare_database(f"sqlite:///{file}")
    assert file.read_text().startswith("these are my notes")
