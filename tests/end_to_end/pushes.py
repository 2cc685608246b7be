"""Push events of a docker-registry: what configures both ends, and what waits in the database."""

from __future__ import annotations

from auditor.store.engine import Database, open_database
from auditor.store.hints import list_hints
from tests.end_to_end.program import wait_until

SECRET = "a secret that nobody guesses"
AUTHORIZATION = f"Bearer {SECRET}"


def settings_for(address: str) -> dict[str, str]:
    """A registry called `ours`, and its pushes; they are told to /push/ours."""
    return {
        "AUDITOR_REGISTRIES__OURS__ADDRESS": f"http://{address}",
        "AUDITOR_PUSH__OURS__KIND": "distribution",
        "AUDITOR_PUSH__OURS__REGISTRY": "ours",
        "AUDITOR_PUSH__OURS__SECRET": SECRET,
    }


def waiting(database_url: str) -> list[tuple[str, int]]:
    """Repositories that were hinted at, and how often."""
    database = open_database(database_url)
    try:
        return _waiting(database)
    finally:
        database.dispose()


def until_hinted(database_url: str, names: set[str]) -> None:
    """Wait for these hints and no others."""
    database = open_database(database_url)
    try:
        wait_until(lambda: {name for name, _ in _waiting(database)} == names)
    finally:
        database.dispose()


def settled(database_url: str) -> None:
    """Turn the hints' clock back, so that no test waits for a push to settle."""
    database = open_database(database_url)
    with database.writing() as connection:
        past = "2026-01-01 00:00:00" if database.is_sqlite else "2026-01-01 00:00:00+00"
        for name in ("first_at", "last_at"):
            connection.exec_driver_sql(f"UPDATE push_hint SET {name} = '{past}'")  # noqa: S608
    database.dispose()


def _waiting(database: Database) -> list[tuple[str, int]]:
    with database.reading() as connection:
        return [(one.repository, one.count) for one in list_hints(connection)]
