"""What stays of the months before the horizon: sums, exact to the byte-microsecond."""

from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.ledger import ByteTime, Period
from auditor.store.kept import iterate_month, load_horizons, load_kept_from, save_months
from auditor.store.pruning import advance_horizon
from auditor.store.tables.places import RepositoryRow
from auditor.store.usage_reads import iterate_byte_time
from tests.store.bench import NAME, Bench
from tests.store.things import day, image, layer, seen

MARCH, APRIL = Period.month("2026-03"), Period.month("2026-04")
MANY = ByteTime(2**90 + 1, 2**80 + 1, 1, 2**80 - 1)


def crawled(bench: Bench) -> dict[str, int]:
    """Ids of two repositories."""
    one = image("one", layer("a", 10))
    bench.crawl(seen("zeta", {"v1": one}), seen("alpha", {"v1": one}))
    return {row["name"]: row["id"] for row in bench.table(RepositoryRow)}


def test_a_month_is_read_as_it_was_written_whatever_its_size(bench: Bench) -> None:
    ids = crawled(bench)
    with bench.database.writing() as connection:
        save_months(connection, MARCH.start, [(ids["zeta"], MANY), (ids["alpha"], ByteTime(1))])
        save_months(connection, APRIL.start, [])
    with bench.database.reading() as connection:
        assert list(iterate_month(connection, 1, MARCH)) == [
            (ids["alpha"], "alpha", ByteTime(1)), (ids["zeta"], "zeta", MANY),
        ]  # fmt: skip
        assert list(iterate_month(connection, 1, APRIL)) == []


def test_a_month_that_was_half_written_is_written_anew(bench: Bench) -> None:
    ids = crawled(bench)
    with bench.database.writing() as connection:
        for byte_time in (ByteTime(7, 7, 7, 7), MANY):
            save_months(connection, MARCH.start, [(ids["zeta"], byte_time)])
        (found,) = iterate_month(connection, 1, MARCH)
    assert found[2] == MANY


def test_sums_count_only_once_the_horizon_is_past_them(bench: Bench) -> None:
    ids = crawled(bench)
    later = day(100)

    def kept() -> dict[str, ByteTime]:
        with bench.database.reading() as connection:
            return dict(iterate_byte_time(connection, 1, MARCH, now=later))

    before = kept()
    with bench.database.writing() as connection:
        save_months(connection, MARCH.start, [(ids["zeta"], MANY)])
    assert kept() == before
    with bench.database.writing() as connection:
        advance_horizon(connection, 1, MARCH.end)
    assert kept() == {"zeta": MANY}


def test_part_of_a_month_before_the_horizon_is_refused(bench: Bench) -> None:
    crawled(bench)
    with bench.database.writing() as connection:
        advance_horizon(connection, 1, MARCH.end)
    part = Period(day(1), MARCH.end)
    with (
        bench.database.reading() as connection,
        pytest.raises(UsageError, match="only whole months are kept of 2026-03"),
    ):
        list(iterate_byte_time(connection, 1, part, now=day(100)))


def test_horizons_are_told_the_latest_first(bench: Bench) -> None:
    for name in (NAME, "b.example", "c.example"):
        bench.crawl(registry=name)
    with bench.database.writing() as connection:
        advance_horizon(connection, 1, MARCH.end)
        advance_horizon(connection, 2, APRIL.end)
    with bench.database.reading() as connection:
        assert load_horizons(connection) == (("b.example", APRIL.end), (NAME, MARCH.end))
        assert load_horizons(connection, NAME) == ((NAME, MARCH.end),)
        assert load_horizons(connection, "c.example") == ()
        assert load_kept_from(connection, 1) == MARCH.end
        assert load_kept_from(connection, 3) is None
