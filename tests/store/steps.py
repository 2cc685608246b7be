"""What a read costs: not timed but counted, in steps of SQLite's virtual machine."""

from __future__ import annotations

from collections.abc import Callable

from auditor.store.engine import Connection
from tests.store.bench import Bench

STEPS = 10
Read = Callable[[Connection], object]


def steps_of(bench: Bench, read: Read) -> int:
    """How many tens of steps SQLite's machine takes for a read."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    with bench.database.reading() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(count, STEPS)
        try:
            assert read(connection)
        finally:
            driver.set_progress_handler(None, STEPS)
    return counted
