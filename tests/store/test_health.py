from __future__ import annotations

from datetime import UTC, datetime, timedelta

from auditor.store.engine import Database
from auditor.store.health import read_health
from tests.store.bench import Bench
from tests.store.things import day


def test_a_database_says_its_size_and_its_clock_or_its_file(database: Database) -> None:
    found = read_health(database)
    assert found.used_bytes > 10_000
    assert found.last_crawl_at is None
    if database.is_sqlite:
        assert found.clock is None
        assert found.file is not None
        assert found.file.name == "auditor.db"
    else:
        assert found.file is None
        assert found.clock is not None
        assert abs(found.clock - datetime.now(UTC)) < timedelta(minutes=1)


def test_it_knows_when_the_newest_crawl_began(bench: Bench) -> None:
    for number in (1, 0):
        bench.begin(at=number)
    assert read_health(bench.database).last_crawl_at == day(1)
