"""Bills of months: prices that change, accounts that share, days that are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from auditor.domain.costs import CostRow, LedgerQuery, RowLabel, exact_sum
from auditor.domain.ledger import ChargeKind
from auditor.domain.price_book import IncludedScope, PriceEntry
from auditor.domain.price_terms import PriceTerms
from auditor.ledger.list_prices import entry
from auditor.usecases.ledger import Ledger
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import REGISTRY, Bench
from tests.usecases.test_ledger import APRIL, MARCH, at, crawl

D = Decimal
FLAT = replace(entry("aws-s3"), key="flat", egress_tiers=())


def priced(amount: str, key: str, **more: object) -> PriceEntry:
    tier = replace(FLAT.tiers[0], amount=D(amount))
    return replace(FLAT, key=key, tiers=(tier,), **more)  # type: ignore[arg-type]


def ledger(bench: Bench, *terms: PriceTerms, **by_registry: PriceTerms) -> Ledger:
    prices = Prices(by_registry, terms[0] if terms else None)
    return Ledger(bench.database, prices, clock=lambda: APRIL.end)


def filled(bench: Bench, registry: str = REGISTRY, size_bytes: int = 10**10) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image(registry, layer(size_bytes, registry)))
    crawl(bench, contents, -1, 7, 15, 23, 31, registry=registry)


def costs(rows: list[CostRow]) -> Decimal:
    return exact_sum(*(row.cost for row in rows))


def test_a_price_that_changes_within_a_month_counts_from_its_day(either_bench: Bench) -> None:
    filled(either_bench)
    later = priced("0.20", "later", valid_from=date(2026, 3, 16))
    changing = ledger(either_bench, PriceTerms((priced("0.10", "first"), later)))
    (row,) = changing.costs(LedgerQuery(MARCH))
    assert row.cost == D("1.5162")  # 15 of 31 days at 0.10, 16 at 0.20, of 10 GB
    assert [(one.sku_id, one.contracted_unit_price) for one in row.charges] == [
        ("first/storage", D("0.10")),
        ("later/storage", D("0.20")),
    ]


def test_registries_of_an_account_share_what_is_included(either_bench: Bench) -> None:
    for name, size_bytes in (("a.example", 3 * 10**10), ("b.example", 10**10)):
        filled(either_bench, name, size_bytes)
    plan = priced("1", "plan", included_units=D(20), included_scope=IncludedScope.ACCOUNT)
    together = list(ledger(either_bench, PriceTerms((plan,))).costs(LedgerQuery(MARCH)))
    included = {
        row.registry: charge.pricing_quantity
        for row in together
        for charge in row.charges
        if charge.kind is ChargeKind.INCLUDED
    }
    assert {name: round(part or D(0), 3) for name, part in included.items()} == {
        "a.example": 15,
        "b.example": 5,
    }
    assert costs(together) == D("20.0000")
    (alone,) = ledger(either_bench, PriceTerms((plan,))).costs(LedgerQuery(MARCH, "b.example"))
    assert alone.cost == D("5.0000")
    apart = ledger(
        either_bench,
        **{
            "a.example": PriceTerms((plan,), account="one"),
            "b.example": PriceTerms((plan,), account="other"),
        },
    )
    assert costs(list(apart.costs(LedgerQuery(MARCH)))) == D("10.0000")


def test_an_account_that_keeps_nothing_has_all_that_is_included(either_bench: Bench) -> None:
    crawl(either_bench, Contents(), -1, 15, 31)
    plan = priced("1", "plan", included_units=D(20), included_scope=IncludedScope.ACCOUNT)
    assert list(ledger(either_bench, PriceTerms((plan,))).costs(LedgerQuery(MARCH))) == []


def test_fees_are_for_every_seat_and_replica(either_bench: Bench) -> None:
    filled(either_bench)
    team = replace(entry("docker-hub-team"), hosts=None)
    (_, fee) = ledger(either_bench, PriceTerms((team,), seats=5)).costs(LedgerQuery(MARCH))
    assert (fee.label, fee.cost) == (RowLabel.PLAN_FEE, D("80.0000"))
    premium = PriceTerms((entry("azure-acr-premium"),), replicas=2)
    *_, fee = ledger(either_bench, premium).costs(LedgerQuery(MARCH))
    assert fee.cost == D("103.3540")  # 31 days of 1.667, twice


def test_a_month_that_has_just_begun_costs_nothing_yet(either_bench: Bench) -> None:
    filled(either_bench)
    early = replace(ledger(either_bench), clock=lambda: at(0))
    assert list(early.costs(LedgerQuery(MARCH))) == []


def test_what_goes_before_its_minimum_is_charged_for_the_rest(either_bench: Bench) -> None:
    """5 GB from day 2 to day 12 of at least 90, 10 GB that stay; the tag a moves between them."""
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(5 * 10**9, "one")))
    contents.tag("b", "v1", contents.image("two", layer(10**10, "two")))
    crawl(either_bench, contents, 2)
    contents.remove("a")
    crawl(either_bench, contents, 12, 13, 31)
    slow = PriceTerms((priced("1", "slow", minimum_storage_days=90),))
    rows = list(ledger(either_bench, slow).costs(LedgerQuery(MARCH)))
    lines = {charge.kind for row in rows for charge in row.charges}
    assert lines == {ChargeKind.STORAGE, ChargeKind.EARLY_DELETION}
    early = [
        charge for row in rows for charge in row.charges if charge.kind is ChargeKind.EARLY_DELETION
    ]
    whole = exact_sum(*(charge.pricing_quantity or D(0) for charge in early))
    assert round(whole, 4) == round(D(5) * 80 / 31, 4)
    plain = PriceTerms((priced("1", "plain"),))
    difference = costs(rows) - costs(list(ledger(either_bench, plain).costs(LedgerQuery(MARCH))))
    assert difference == D("12.9032")
