"""What it costs to bring figures up to date: what was touched, however much else there is.

Counted, not timed: SQLite calls back after so many steps of its virtual machine.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from auditor.domain.manifest import Manifest
from auditor.store.batches import insert_new
from auditor.store.engine import Connection, Database
from auditor.store.image_reads import find_by_tag, images_below
from auditor.store.rollups import update_rollups
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.totals import RepositoryHistoryRow
from tests.store.bench import NAME, Bench
from tests.store.things import AMD64, config, day, image, index, layer, seen
from tests.store.totals import put

APP = "team/app"
STEPS = 10
CONFIG = config("config", created_at=day(-1))
FIGURES = ("logical_bytes", "stored_bytes", "exclusive_bytes", "fair_share_bytes")


def steps(connection: Connection, work: Callable[[], object]) -> int:
    """How many tens of steps SQLite's machine takes for some work."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(count, STEPS)
    try:
        work()
    finally:
        driver.set_progress_handler(None, STEPS)
    return counted


def with_neighbours(database: Database, count: int) -> int:
    """What an update of one repository costs in a registry of so many others with a past."""
    bench, registry = Bench(database), f"{count}.example"
    put(bench, {f"app-{number}": {"stored_bytes": 1} for number in range(count)}, registry=registry)
    keys = {row["name"]: row["id"] for row in bench.table(RegistryRow)}
    with database.writing() as connection:
        rows = [
            {"repository_id": row["id"], "since": day(-60), **dict.fromkeys(FIGURES, 1)}
            for row in bench.table(RepositoryRow)
            if row["registry_id"] == keys[registry]
        ]
        insert_new(connection, RepositoryHistoryRow, rows)
    bench.change(RegistryRow, first_complete_at=day(-60))
    costs = []
    for number in range(3):
        mark = bench.begin(at=number, registry=registry)
        one = image(f"{count} {number}", layer(f"layer {number}", 10), of=CONFIG)
        bench.save(mark, seen(APP, {f"v{number}": one}, configs=[CONFIG]))
        with database.writing() as connection:

            def update(connection: Connection = connection, number: int = number) -> None:
                moment = day(number) + timedelta(hours=1)
                update_rollups(connection, keys[registry], now=moment, platform=AMD64)

            costs.append(steps(connection, update))
        assert bench.totals(registry).repositories == count + 1
    return costs[-1]


def test_figures_of_one_repository_cost_the_same_among_few_and_among_many(
    sqlite_database: Database,
) -> None:
    few, many = (with_neighbours(sqlite_database, count) for count in (20, 2_000))
    assert many <= 2 * few


LEVELS, REPEATS = 7, 4


def repeated(times: int) -> list[Manifest]:
    """Indexes within each other, each of which lists the next one so many times."""
    found = [image(f"inner {times}", layer("x", 10), of=CONFIG)]
    for level in range(LEVELS):
        found.insert(0, index(f"{times} {level}", *[found[0]] * times))
    return found


def test_an_index_that_lists_another_again_and_again_is_followed_once(
    sqlite_database: Database,
) -> None:
    """With a thousand lines each instead of four, neither a crawl nor a page would end."""
    bench, updates, pages = Bench(sqlite_database), list[int](), list[int]()
    for times in (1, REPEATS):
        found, repository = repeated(times), f"team/{times}"
        bench.save(bench.begin(), seen(repository, {"v": found[0]}, *found, configs=[CONFIG]))
        with sqlite_database.writing() as connection:

            def update(connection: Connection = connection) -> None:
                update_rollups(connection, 1, now=day(0), platform=AMD64)

            def show(connection: Connection = connection, repository: str = repository) -> None:
                target = find_by_tag(connection, NAME, repository, "v")
                assert target is not None
                assert len(images_below(connection, target.manifest_id)) == 1

            updates.append(steps(connection, update))
            pages.append(steps(connection, show))
        assert bench.row(repository).image_bytes == 120
    for once, again in (updates, pages):
        assert again <= 3 * REPEATS * once
