"""Which repositories grew much within a day, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select

from auditor.domain.views import HistoryPoint
from auditor.store.growth_reads import find_grown, iterate_stored_histories
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.totals import RepositoryHistoryRow
from tests.store.bench import NAME, Bench
from tests.store.things import day, image, layer, seen

HOUR = timedelta(hours=1)


def keep(bench: Bench, repository: str, *points: tuple[datetime, int]) -> None:
    """A past of these stored bytes, in place of what the crawl left."""
    with bench.database.writing() as connection:
        key = connection.execute(
            select(RepositoryRow.id).where(RepositoryRow.name == repository)
        ).scalar_one()
        table = RepositoryHistoryRow.__table__
        connection.execute(table.delete().where(RepositoryHistoryRow.repository_id == key))  # type: ignore[attr-defined]
        connection.execute(
            insert(RepositoryHistoryRow),
            [
                {
                    "repository_id": key,
                    "since": since,
                    "logical_bytes": size,
                    "stored_bytes": size,
                    "exclusive_bytes": size,
                    "fair_share_bytes": size,
                }
                for since, size in points
            ],
        )


def known(bench: Bench, *names: str, registry: str = NAME) -> None:
    bench.crawl(
        *(seen(name, {"1": image(name, layer(name, 10))}) for name in names), registry=registry
    )


def grown(
    bench: Bench,
    start: datetime,
    end: datetime,
    least_bytes: int = 100,
    registry: str = "",
) -> list[str]:
    with bench.database.reading() as connection:
        key = connection.execute(
            select(RegistryRow.id).where(RegistryRow.name == registry)
        ).scalar_one_or_none()
        found = find_grown(connection, start, end, least_bytes, key)
        return [one.repository for one in iterate_stored_histories(connection, found, day(0), end)]


def test_growth_of_a_day_counts_however_many_steps_it_came_in(bench: Bench) -> None:
    known(bench, "once", "twice", "over night", "too little", "shrank")
    keep(bench, "once", (day(0), 1_000), (day(3), 1_100))
    keep(bench, "twice", (day(0), 1_000), (day(3), 1_060), (day(3) + HOUR, 1_100))
    keep(bench, "over night", (day(0), 1_000), (day(3), 1_060), (day(4), 1_100))
    keep(bench, "too little", (day(0), 1_000), (day(3), 1_099))
    keep(bench, "shrank", (day(0), 1_000), (day(3), 100))
    assert grown(bench, day(1), day(9)) == ["once", "twice"]


def test_a_day_ends_at_midnight_in_utc(bench: Bench) -> None:
    known(bench, "app")
    midnight = day(3).replace(hour=0)
    keep(bench, "app", (day(0), 1_000), (midnight - HOUR, 1_060), (midnight, 1_100))
    assert grown(bench, day(1), day(9)) == []
    keep(bench, "app", (day(0), 1_000), (midnight, 1_060), (midnight + 23 * HOUR, 1_100))
    assert grown(bench, day(1), day(9)) == ["app"]


def test_only_the_days_asked_for_count_and_a_first_state_is_no_growth(bench: Bench) -> None:
    known(bench, "early", "late", "new")
    keep(bench, "early", (day(0), 0), (day(1), 500))
    keep(bench, "late", (day(0), 0), (day(9), 500))
    keep(bench, "new", (day(5), 500), (day(6), 501))
    assert grown(bench, day(2), day(8)) == []
    assert grown(bench, day(2), day(9)) == ["late"]
    assert grown(bench, day(0), day(9)) == ["early", "late"]


def test_one_registry_alone_can_be_asked(bench: Bench) -> None:
    known(bench, "here")
    known(bench, "there", registry="other.example")
    for name in ("here", "there"):
        keep(bench, name, (day(0), 0), (day(3), 500))
    assert grown(bench, day(1), day(9)) == ["there", "here"]
    assert grown(bench, day(1), day(9), registry="other.example") == ["there"]


def test_histories_begin_with_the_state_that_held_then(bench: Bench) -> None:
    known(bench, "app", "later")
    keep(bench, "app", (day(0), 1), (day(2), 2), (day(5), 3), (day(7), 4))
    keep(bench, "later", (day(7), 4))
    with bench.database.reading() as connection:
        keys = connection.execute(select(RepositoryRow.id)).scalars().all()
        (found,) = iterate_stored_histories(connection, keys, day(3), day(6))
    assert (found.registry, found.repository) == (NAME, "app")
    assert found.points == (HistoryPoint(day(3), 2), HistoryPoint(day(5), 3))
