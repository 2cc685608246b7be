"""A page costs the same at twenty repositories and at four thousand.

Counted, not timed: SQLite calls back after so many steps of its virtual machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from auditor.domain.views import RankBy, RankQuery
from auditor.store import ranking_reads, registry_reads
from auditor.store.engine import Connection, open_database
from auditor.store.tables.places import RepositoryRow
from auditor.store.tables.totals import RepositoryTotalRow
from tests.store.bench import NAME, Bench, one_price
from tests.store.things import day, seen

FEW, MANY = 20, 4_000
PAGE = 10
STEPS = 10

Read = Callable[[Connection], object]


@pytest.fixture(scope="module")
def benches(
    prepared_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, Bench]]:
    """A registry with few repositories, and one with many, each in a SQLite file."""
    folder = tmp_path_factory.mktemp("cost")
    files = [Path(shutil.copy(prepared_file, folder / name)) for name in ("few", "many")]
    few, many = (Bench(open_database(f"sqlite:///{file}")) for file in files)
    fill(few, FEW)
    fill(many, MANY)
    yield few, many
    for bench in (few, many):
        bench.database.dispose()


def fill(bench: Bench, repositories: int) -> None:
    """Repositories with figures of their own, straight into the tables."""
    bench.crawl(seen("team-4/app"))
    places = [
        {
            "id": number,
            "registry_id": 1,
            "scope_id": 1,
            "name": f"team-{number % 7}/app-{number:05}",
            "since": day(0),
            "last_crawl_id": 1,
            "is_incomplete": number == FEW // 2,
        }
        for number in range(2, repositories + 1)
    ]
    with bench.database.writing() as connection:
        connection.execute(insert(RepositoryRow), places)
        connection.execute(
            insert(RepositoryTotalRow), [total(int(str(row["id"]))) for row in places]
        )


def total(number: int) -> dict[str, object]:
    figures = ("logical_bytes", "stored_bytes", "exclusive_bytes", "fair_share_bytes")
    return {
        "repository_id": number,
        "registry_id": 1,
        "scope_id": 1,
        "tags": number,
        "images": number,
        "image_bytes": number * 7_919,
        "image_tag": "latest",
        "growth_bytes": number * 31 - 100,
        **dict.fromkeys(figures, number * 104_729 % 1_299_709),
    }


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


def ranking(by: RankBy, *, ascending: bool = False) -> Read:
    query = RankQuery(by=by, ascending=ascending, limit=PAGE)
    return lambda connection: ranking_reads.load_ranking(connection, query, one_price)


READS: dict[str, Read] = {
    **{f"ranking by {by.value}": ranking(by) for by in RankBy},
    **{f"ranking by {by.value}, smallest first": ranking(by, ascending=True) for by in RankBy},
    "totals": lambda connection: ranking_reads.load_totals(connection, "", one_price),
    "growers": lambda connection: ranking_reads.load_growers(connection, PAGE, one_price),
    "state of crawls": lambda connection: registry_reads.load_crawl_views(connection, one_price),
    "one repository": lambda connection: ranking_reads.load_repository_row(
        connection, NAME, "team-4/app-00011", one_price
    ),
}


@pytest.mark.parametrize("name", READS)
def test_a_page_costs_the_same_however_many_repositories_there_are(
    benches: tuple[Bench, Bench], name: str
) -> None:
    few, many = (steps_of(bench, READS[name]) for bench in benches)
    assert many <= 2 * few
