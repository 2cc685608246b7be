"""Costs of months, from crawls of made-up registries into both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event

from auditor.domain.costs import CostRow, GroupBy, LedgerQuery, RowLabel, exact_sum
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Allocation, ChargeKind, Period
from auditor.domain.units import Price
from auditor.usecases.ledger import Ledger
from auditor.usecases.prices import Prices
from tests.fakes.contents import CONFIG_BYTES, MANIFEST_BYTES, Contents, layer
from tests.fakes.source import FakeSource
from tests.usecases.bench import LISTS_ALL, REGISTRY, Bench, target

D = Decimal
MARCH, APRIL = Period.month("2026-03"), Period.month("2026-04")
AZURE = "team.azurecr.io"
OVERHEAD = MANIFEST_BYTES + CONFIG_BYTES
GIB = 2**30
DOLLAR = Prices(for_all=Price(Decimal(1), "USD", source="configured"))


def at(day: float, month: Period = MARCH) -> datetime:
    return month.start + (month.end - month.start) / (month.end - month.start).days * day


def ledger(bench: Bench, now: datetime = APRIL.end, prices: Prices = DOLLAR) -> Ledger:
    return Ledger(bench.database, prices, clock=lambda: now)


def rows(bench: Bench, query: LedgerQuery, **more: object) -> dict[str, CostRow]:
    found = ledger(bench, **more).costs(query)  # type: ignore[arg-type]
    return {row.repository: row for row in found}


def crawl(bench: Bench, contents: Contents, *days: float, registry: str = REGISTRY) -> None:
    """Crawls of a registry that hides nothing, so many days after the beginning of March."""
    for day in days:
        source = FakeSource(contents.registry(), LISTS_ALL)
        bench.crawl(source, target(registry), at=at(day), accept_removals=True)


def weekly(contents: Contents, bench: Bench) -> Contents:
    crawl(bench, contents, -1, 6, 13, 20, 27, 34, 41, 48, 55, 62)
    return contents


def test_a_month_is_the_integral_and_not_the_last_value(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(10**9, "one")))
    crawl(either_bench, contents, -1, 7, 15)
    contents.tag("a", "v2", contents.image("two", layer(10**9, "two")))
    crawl(either_bench, contents, 15.5, 23, 31)
    (row,) = rows(either_bench, LedgerQuery(MARCH)).values()
    assert row.gb_months == Decimal("1.500000855")
    assert row.cost == Decimal("1.5000")
    assert row.stored_bytes == 1_500_000_855
    assert row.exactness is Exactness.EXACT


def test_shares_of_what_is_shared_add_up(either_bench: Bench) -> None:
    contents = Contents()
    shared = layer(9 * 10**8, "shared")
    for name in ("a", "b", "c"):
        contents.tag(name, "v1", contents.image(name, shared))
    weekly(contents, either_bench)
    found = rows(either_bench, LedgerQuery(APRIL))
    assert [row.fair_share_bytes for row in found.values()] == [3 * 10**8 + OVERHEAD] * 3
    assert exact_sum(*(row.cost for row in found.values())) == Decimal("0.9000")
    split = rows(either_bench, LedgerQuery(APRIL, allocation=Allocation.EXCLUSIVE))
    assert split[""].label is RowLabel.SHARED_POOL
    assert split[""].cost == Decimal("0.9000")


def test_each_registry_is_split_as_it_is_configured(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one"))
    weekly(contents, either_bench)
    configured = replace(ledger(either_bench), allocations={REGISTRY: Allocation.LOGICAL})
    (row,) = configured.costs(LedgerQuery(APRIL))
    assert row.allocation is Allocation.LOGICAL
    (asked,) = configured.costs(LedgerQuery(APRIL, allocation=Allocation.FAIR_SHARE))
    assert asked.allocation is Allocation.FAIR_SHARE


def test_the_running_month_goes_until_now(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(10**9, "one")))
    crawl(either_bench, contents, -1, 7, 15)
    (row,) = rows(either_bench, LedgerQuery(MARCH), now=at(15.5)).values()
    assert row.stored_bytes == 10**9 + OVERHEAD
    assert row.cost == Decimal("0.5000")


def test_a_month_up_to_a_date_is_as_it_was_then(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(10**9, "one")))
    crawl(either_bench, contents, -1, 7, 15, 23, 31)
    then = LedgerQuery(MARCH, until=at(15.5))
    found = ledger(either_bench)
    (row,) = found.costs(then)
    (then_row,) = ledger(either_bench, now=at(15.5)).costs(LedgerQuery(MARCH))
    assert row == then_row
    assert row.cost == Decimal("0.5000")
    (used,) = found.usage(then)
    assert used.usage.byte_time.stored == (10**9 + OVERHEAD) * 31 * 43_200 * 10**6
    early = LedgerQuery(Period.month("2026-02"), until=Period.month("2026-02").start)
    assert list(found.costs(early)) == []
    assert found.unknown_registries(early) == (REGISTRY,)


def test_a_month_that_began_before_the_first_crawl_is_a_lower_bound(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(10**9, "one")))
    crawl(either_bench, contents, 15.5, 23, 31)
    (row,) = rows(either_bench, LedgerQuery(MARCH)).values()
    assert (row.cost, row.exactness) == (Decimal("0.5000"), Exactness.LOWER_BOUND)
    assert row.stored_bytes == 10**9 + OVERHEAD
    (said,) = ledger(either_bench).known_since(LedgerQuery(MARCH))
    assert said.startswith(f"{REGISTRY} is known since 2026-03-16 12:00 UTC")
    assert ledger(either_bench).known_since(LedgerQuery(APRIL)) == ()
    assert ledger(either_bench).known_since(LedgerQuery(Period.month("2026-02"))) == ()


def test_crawls_that_were_missed_make_it_an_estimate_and_never_zero(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(10**9, "one")))
    crawl(either_bench, contents, -1, 40)
    (row,) = rows(either_bench, LedgerQuery(MARCH)).values()
    assert (row.cost, row.exactness) == (Decimal("1.0000"), Exactness.ESTIMATED)


def test_a_registry_that_was_not_known_in_the_month_is_named_and_not_zero(
    either_bench: Bench,
) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one"))
    crawl(either_bench, contents, 40)
    assert rows(either_bench, LedgerQuery(MARCH)) == {}
    assert ledger(either_bench).unknown_registries(LedgerQuery(MARCH)) == (REGISTRY,)
    assert ledger(either_bench).unknown_registries(LedgerQuery(APRIL)) == ()
    later = ledger(either_bench, datetime(2030, 1, 1, tzinfo=UTC), Prices())
    assert later.price_warnings(LedgerQuery(MARCH)) == ()
    assert REGISTRY in later.price_warnings(LedgerQuery(APRIL))[0]
    assert not list(ledger(either_bench).usage(LedgerQuery(MARCH)))


def test_a_repository_that_is_gone_is_charged_for_as_long_as_it_was_there(
    either_bench: Bench,
) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(10**9, "one")))
    contents.tag("b", "v1", contents.image("two"))
    crawl(either_bench, contents, -1, 7)
    contents.remove("a")
    crawl(either_bench, contents, 7.75, 15, 23, 31, 39)
    assert rows(either_bench, LedgerQuery(MARCH))["a"].cost == Decimal("0.2500")
    assert "a" not in rows(either_bench, LedgerQuery(APRIL))


def test_a_vendor_with_a_fee_and_an_allowance_by_the_day(either_bench: Bench) -> None:
    """10 GiB are included each day; half the month 5 GiB are kept, half of it 25."""
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(5 * GIB, "one")))
    crawl(either_bench, contents, -1, 7, 14, registry=AZURE)
    contents.tag("a", "v2", contents.image("two", layer(20 * GIB, "two")))
    crawl(either_bench, contents, 15, 23, 30, 31, registry=AZURE)
    found = rows(either_bench, LedgerQuery(MARCH), prices=Prices())
    assert found[""].label is RowLabel.PLAN_FEE
    assert found[""].cost == Decimal("5.1770")  # 31 days at 0.167
    kinds = {charge.kind: charge.pricing_quantity for charge in found["a"].charges}
    assert round(kinds[ChargeKind.STORAGE] or 0, 3) == 16 * 15
    assert round(kinds[ChargeKind.INCLUDED] or 0, 3) == 15 * 5 + 16 * 10
    assert found["a"].cost == Decimal("0.7200")


def test_rows_come_by_registry_and_one_can_be_asked_for(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one"))
    for registry in ("b.example", "a.example"):
        crawl(either_bench, contents, 0, registry=registry)
    found = [row.registry for row in ledger(either_bench).costs(LedgerQuery(MARCH))]
    assert found == ["a.example", "b.example"]
    (only,) = ledger(either_bench).costs(LedgerQuery(MARCH, "b.example"))
    assert only.registry == "b.example"
    with pytest.raises(UnknownReferenceError, match="was never crawled"):
        ledger(either_bench).costs(LedgerQuery(MARCH, "c.example"))


def test_the_running_month_is_meant_where_none_is_named(either_bench: Bench) -> None:
    running = ledger(either_bench, now=at(3))
    assert running.month("") == running.month("2026-03") == MARCH
    with pytest.raises(UsageError, match="2026-04 has not come yet"):
        running.month("2026-04")


def test_ways_beside_each_other_are_the_costs_each_way(either_bench: Bench) -> None:
    for name in ("a.example", "b.example"):
        contents = Contents()
        shared = layer(9 * 10**8, f"{name} shared")
        for repository in ("x", "y"):
            contents.tag(repository, "v1", contents.image(f"{name} {repository}", shared))
        crawl(either_bench, contents, -1, 15, 31, registry=name)
    found = replace(ledger(either_bench), allocations={"a.example": Allocation.LOGICAL})
    compared = found.compare(LedgerQuery(MARCH), GroupBy.REPOSITORY)
    for way in Allocation:
        rows = found.costs(LedgerQuery(MARCH, allocation=way))
        beside = {(one.registry, one.repository): dict(one.costs)[way] for one in compared}
        for row in rows:
            assert beside.pop((row.registry, row.repository)) == row.cost
        assert set(beside.values()) <= {D(0)}
    chosen = {
        (one.registry, one.repository): one.totals.allocation for one in compared if one.totals
    }
    assert chosen["a.example", "x"] is Allocation.LOGICAL
    assert chosen["b.example", "x"] is Allocation.FAIR_SHARE


def test_ways_beside_each_other_read_byte_time_once(bench: Bench) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one"))
    weekly(contents, bench)
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(bench.database.engine, "before_cursor_execute", note)
    ledger(bench).compare(LedgerQuery(APRIL), GroupBy.TEAM)
    event.remove(bench.database.engine, "before_cursor_execute", note)
    assert len([one for one in statements if "JOIN repository_history" in one]) == 1
