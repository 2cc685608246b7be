"""Rankings of the past where histories are older than what they keep now."""

from __future__ import annotations

from dataclasses import replace

from auditor.store import ranking_reads
from auditor.store.tables.totals import RegistryHistoryRow, RepositoryHistoryRow
from tests.store.bench import BY_NAME, Bench, one_price
from tests.store.things import day, image, layer, seen

APP, OTHER = "team/app", "team/other"
ONE, TWO = image("one", layer("shared", 1_000)), image("two", layer("own", 500))


def totals(bench: Bench, at: float) -> object:
    with bench.database.reading() as connection:
        return ranking_reads.load_totals(connection, "", one_price, day(at))


def test_what_older_rows_do_not_say_is_counted_and_never_zero(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE, "v2": TWO}), seen(OTHER, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": ONE, "v2": TWO, "v3": ONE}), at=5, accept_removals=True)
    query = replace(BY_NAME, at=day(1))
    before = bench.ranking(query), totals(bench, 1), totals(bench, 6)
    bench.change(RegistryHistoryRow, repositories=None, tags=None, images=None)
    bench.change(RepositoryHistoryRow, tags=None, images=None)
    assert (bench.ranking(query), totals(bench, 1), totals(bench, 6)) == before
    assert [(row.tags, row.images) for row in bench.ranking(query)] == [(2, 2), (1, 1)]
