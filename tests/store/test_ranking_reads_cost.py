"""A page costs the same at twenty repositories and at four thousand.

Counted, not timed: SQLite calls back after so many steps of its virtual machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from auditor.domain.units import Price
from auditor.domain.views import RankBy, RankQuery
from auditor.store import ranking_reads, registry_reads
from auditor.store.engine import open_database
from auditor.store.ranking_reads import PriceOf
from auditor.store.tables.places import RepositoryRow
from auditor.store.tables.totals import RepositoryTotalRow
from tests.store.bench import NAME, Bench, one_price
from tests.store.steps import Read, steps_of
from tests.store.things import day, seen

FEW, MANY = 20, 4_000
PAGE = 10
TAGS = 3
"""All repositories have as many: names decide."""
OTHER = "registry.second"


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
    """Repositories of two registries with figures of their own, straight into the tables."""
    bench.crawl(seen("team-4/app"))
    bench.crawl(seen("team-4/app"), registry=OTHER)
    places = [
        {
            "id": number,
            "registry_id": 1 + number % 2,
            "scope_id": 1 + number % 2,
            "name": f"team-{number % 7}/app-{number:05}",
            "since": day(0),
            "last_crawl_id": 1,
            "is_incomplete": number == FEW // 2,
        }
        for number in range(3, repositories + 1)
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
        "registry_id": 1 + number % 2,
        "scope_id": 1 + number % 2,
        "name": f"team-{number % 7}/app-{number:05}",
        "tags": TAGS,
        "images": number,
        "image_bytes": number * 7_919,
        "image_tag": "latest",
        "growth_bytes": number * 31 - 100,
        **dict.fromkeys(figures, number * 104_729 % 1_299_709),
    }


def ranking(by: RankBy, *, price_of: PriceOf = one_price, **fields: Any) -> Read:
    query = RankQuery(by=by, limit=PAGE, **fields)
    return lambda connection: ranking_reads.load_ranking(connection, query, price_of)


def own_prices(registry: str) -> Price:
    return Price(Decimal(len(registry)), "USD")


READS: dict[str, Read] = {
    **{f"ranking by {by.value}": ranking(by) for by in RankBy},
    **{f"ranking by {by.value}, smallest first": ranking(by, ascending=True) for by in RankBy},
    **{f"ranking by {by.value} in one registry": ranking(by, registry=NAME) for by in RankBy},
    "ranking by cost, prices differ": ranking(RankBy.COST, price_of=own_prices),
    "totals": lambda connection: ranking_reads.load_totals(connection, "", one_price),
    "growers": lambda connection: ranking_reads.load_growers(connection, PAGE, one_price),
    "state of crawls": lambda connection: registry_reads.load_crawl_views(connection, one_price),
    "one repository": lambda connection: ranking_reads.load_repository_row(
        connection, NAME, "team-4/app-00018", one_price
    ),
}


@pytest.mark.parametrize("name", READS)
def test_a_page_costs_the_same_however_many_repositories_there_are(
    benches: tuple[Bench, Bench], name: str
) -> None:
    few, many = (steps_of(bench, READS[name]) for bench in benches)
    assert many <= 2 * few


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("by", RankBy)
@pytest.mark.parametrize("price_of", [one_price, own_prices, lambda _: Price(Decimal(0), "USD")])
@pytest.mark.parametrize("registry", ["", OTHER])
def test_pages_in_a_row_are_the_whole_ranking(
    benches: tuple[Bench, Bench], by: RankBy, ascending: bool, price_of: PriceOf, registry: str
) -> None:
    few, _ = benches
    whole = RankQuery(by=by, ascending=ascending, registry=registry)
    with few.database.reading() as connection:
        expected = list(ranking_reads.stream_ranking(connection, whole, price_of))
        pages = [
            row
            for offset in range(0, FEW, 3)
            for row in ranking_reads.load_ranking(
                connection, replace(whole, offset=offset, limit=3), price_of
            )
        ]
    assert pages == expected


def test_rows_of_the_release_before_have_no_names_and_their_place_all_the_same(
    bench: Bench,
) -> None:
    fill(bench, FEW)
    by_tags = RankQuery(by=RankBy.TAGS)
    named = bench.ranking(by_tags)
    bench.change(RepositoryTotalRow, name=None)
    assert bench.ranking(replace(by_tags, limit=7)) == named[:7]
    assert bench.ranking(by_tags) == named
