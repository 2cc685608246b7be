"""Bringing figures up to date costs what was touched, whatever else there is.

Counted, not timed: SQLite calls back after so many steps of its virtual machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from auditor.store.engine import open_database
from auditor.store.rollups import update_rollups
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.places import RepositoryRow
from auditor.store.tables.totals import (
    RepositoryBlobRow,
    RepositoryHistoryRow,
    RepositoryTotalRow,
    ScopeBlobRow,
)
from tests.store.bench import Bench
from tests.store.things import AMD64, day, image, layer, seen

FEW, MANY = 20, 4_000
SHARED = seen("team/one", {"1": image("one", layer("base", 900))})
STEPS = 10
FIGURES = ("logical_bytes", "stored_bytes", "exclusive_bytes", "fair_share_bytes")


@pytest.fixture
def benches(prepared_file: Path, tmp_path: Path) -> Iterator[tuple[Bench, Bench]]:
    """A registry crawled for forty days, with few other repositories, and with many."""
    made = []
    for name, repositories in (("few", FEW), ("many", MANY)):
        file = shutil.copy(prepared_file, tmp_path / name)
        bench = Bench(open_database(f"sqlite:///{file}"))
        bench.crawl(SHARED)
        fill(bench, repositories)
        bench.crawl(SHARED, at=40, saw_all=False)
        made.append(bench)
    yield made[0], made[1]
    for bench in made:
        bench.database.dispose()


def fill(bench: Bench, repositories: int) -> None:
    """Repositories with a blob of their own each, that changed a few days ago."""
    numbers = range(1_000, 1_000 + repositories)
    figures = dict.fromkeys(FIGURES, 7)
    with bench.database.writing() as connection:
        for row_class, rows in (
            (
                RepositoryRow,
                [
                    {
                        "id": number,
                        "registry_id": 1,
                        "scope_id": 1,
                        "last_crawl_id": 1,
                        "name": f"team/other-{number}",
                        "since": day(0),
                    }
                    for number in numbers
                ],
            ),
            (
                BlobRow,
                [
                    {"id": n, "digest": b"%d" % n, "size_bytes": 7, "is_measured": True}
                    for n in numbers
                ],
            ),
            (
                RepositoryBlobRow,
                [
                    {
                        "repository_id": number,
                        "blob_id": number,
                        "scope_id": 1,
                        "manifest_count": 1,
                        "share_bytes": 7,
                    }
                    for number in numbers
                ],
            ),
            (
                ScopeBlobRow,
                [
                    {
                        "scope_id": 1,
                        "blob_id": number,
                        "repositories": 1,
                        "size_bytes": 7,
                        "is_image": False,
                    }
                    for number in numbers
                ],
            ),
            (
                RepositoryTotalRow,
                [
                    {
                        "repository_id": number,
                        "registry_id": 1,
                        "scope_id": 1,
                        "tags": 0,
                        "images": 0,
                        **figures,
                    }
                    for number in numbers
                ],
            ),
            (
                RepositoryHistoryRow,
                [
                    {"repository_id": number, "since": day(38), **figures, "is_present": True}
                    for number in numbers
                ],
            ),
        ):
            connection.execute(insert(row_class), rows)


def steps_of_an_update(bench: Bench, *, touches: bool) -> int:
    """How many tens of steps the figures take, a day after the last crawl."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    mark = bench.begin(at=41)
    if touches:
        bench.save(mark, seen("team/two", {"1": image("two", layer("base", 900))}))
    with bench.database.writing() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(count, STEPS)
        try:
            update_rollups(connection, mark.registry_id, now=mark.now, platform=AMD64)
        finally:
            driver.set_progress_handler(None, STEPS)
    return counted


@pytest.mark.parametrize("touches", [True, False])
def test_an_update_costs_the_same_however_many_repositories_were_not_touched(
    benches: tuple[Bench, Bench], touches: bool
) -> None:
    few, many = (steps_of_an_update(bench, touches=touches) for bench in benches)
    assert many <= 2 * few + 1


def test_a_repository_that_changed_a_month_ago_grows_no_more(benches: tuple[Bench, Bench]) -> None:
    few, _ = benches
    mark = few.begin(at=69)
    growth = {}
    for at in (67, 68, 69):
        with few.database.writing() as connection:
            update_rollups(connection, mark.registry_id, now=day(at), platform=AMD64)
        rows = few.table(RepositoryTotalRow)
        growth[at] = {row["growth_bytes"] for row in rows if row["repository_id"] >= 1_000}
    assert growth == {67: {7}, 68: {0}, 69: {0}}
