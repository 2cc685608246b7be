"""Rows of a bill: they add up to it, line by line, under every price and way of splitting."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.costs import CostRow, RowLabel, exact_sum
from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Allocation, ByteTime, Charge, ChargeKind, Period, RepositoryUsage
from auditor.domain.price_book import PriceEntry
from auditor.domain.units import GB
from auditor.ledger.charging import charges
from auditor.ledger.list_prices import LIST_PRICES, entry
from auditor.ledger.statement import MONEY_PLACES, Bill, RegistryUsage, statement

NOVEMBER = Period.month("2026-11")
S3 = entry("aws-s3")
_ENTRIES = st.sampled_from(LIST_PRICES)


def usage(*repositories: tuple[str, ByteTime], stored: int | None = None) -> RegistryUsage:
    """A registry whose repositories kept this much for the whole month."""
    month = NOVEMBER.microseconds
    each = tuple(
        RepositoryUsage(
            registry="r.example",
            repository=name,
            byte_time=ByteTime(
                time.logical * month,
                time.stored * month,
                time.exclusive * month,
                time.fair_share * month,
            ),
            observed_microseconds=month,
            exactness=Exactness.LOWER_BOUND,
            sharing_exactness=Exactness.ESTIMATED,
        )
        for name, time in repositories
    )
    shares = sum(one.byte_time.fair_share for one in each)
    return RegistryUsage(
        registry="r.example",
        period=NOVEMBER,
        known_microseconds=month,
        logical=sum(one.byte_time.logical for one in each),
        stored=shares if stored is None else stored * month,
        exactness=Exactness.LOWER_BOUND,
        repositories=each,
    )


TWO = usage(("a", ByteTime(900, 700, 400, 500)), ("b", ByteTime(500, 500, 200, 300)))


def bill(price: PriceEntry, kept: RegistryUsage) -> Bill:
    return Bill((price,), charges(price, kept.period, stored_byte_microseconds=kept.stored))


def rows_of(
    kept: RegistryUsage, allocation: Allocation = Allocation.FAIR_SHARE, price: PriceEntry = S3
) -> list[CostRow]:
    return list(statement(kept, bill(price, kept), allocation, lambda name: f"team {name}"))


@st.composite
def usages(draw: st.DrawFn) -> RegistryUsage:
    """Repositories with sizes in the order that the laws demand."""
    figures = st.lists(st.integers(0, 10**13), min_size=4, max_size=4).map(sorted)
    each = [
        (f"r{number}", ByteTime(logical, stored, exclusive, fair_share))
        for number, (exclusive, fair_share, stored, logical) in enumerate(
            draw(st.lists(figures, max_size=7))
        )
    ]
    return usage(*each)


@given(usages(), st.sampled_from(Allocation), _ENTRIES)
def test_rows_add_up_to_the_bill(
    kept: RegistryUsage, allocation: Allocation, price: PriceEntry
) -> None:
    owed = bill(price, kept)
    rows = list(statement(kept, owed, allocation, lambda _: ""))
    assert exact_sum(*(row.cost for row in rows)) == exact_sum(
        *(round(line.cost, MONEY_PLACES) for line in owed.lines)
    )
    for line in owed.lines:
        shares = [one for row in rows for one in row.charges if one.sku_price_id == line.sku]
        assert exact_sum(*(one.cost for one in shares)) == round(line.cost, MONEY_PLACES)
        quantities = exact_sum(*(one.pricing_quantity or Decimal(0) for one in shares))
        assert abs(quantities - line.quantity) < Decimal("1e-40")


@given(usages(), st.sampled_from(Allocation))
def test_averages_and_quantities_add_up(kept: RegistryUsage, allocation: Allocation) -> None:
    rows = rows_of(kept, allocation)
    month = NOVEMBER.microseconds
    for name in ("logical", "fair_share", "exclusive"):
        whole = sum(getattr(one.byte_time, name) for one in kept.repositories)
        assert sum(_column(rows, f"{name}_bytes")) == round(Decimal(whole) / month)
    charged = {
        Allocation.FAIR_SHARE: kept.stored,
        Allocation.EXCLUSIVE: kept.stored,
        Allocation.LOGICAL: kept.logical,
    }[allocation]
    quantity = exact_sum(*(row.gb_months for row in rows if row.gb_months is not None))
    assert quantity == round(Decimal(charged) / (GB * month), 9)


def _column(rows: Sequence[CostRow], name: str) -> list[int]:
    return [getattr(row, name) for row in rows if row.label is RowLabel.REPOSITORY]


@pytest.mark.parametrize(
    "allocation, weights, pool, exactness",
    [
        (Allocation.FAIR_SHARE, [500, 300], None, Exactness.ESTIMATED),
        (Allocation.LOGICAL, [900, 500], None, Exactness.LOWER_BOUND),
        (Allocation.EXCLUSIVE, [400, 200], 200, Exactness.ESTIMATED),
    ],
)
def test_a_bill_is_split_by_what_the_method_says(
    allocation: Allocation, weights: list[int], pool: int | None, exactness: Exactness
) -> None:
    kept = usage(
        ("a", ByteTime(900 * GB, 700 * GB, 400 * GB, 500 * GB)),
        ("b", ByteTime(500 * GB, 500 * GB, 200 * GB, 300 * GB)),
    )
    rows = rows_of(kept, allocation)
    named = [row for row in rows if row.label is RowLabel.REPOSITORY]
    total = Decimal("18.40")
    whole = sum(weights) + (pool or 0)
    assert [row.cost for row in named] == [
        round(total * weight / whole, MONEY_PLACES) for weight in weights
    ]
    assert [row.team for row in named] == ["team a", "team b"]
    assert {row.exactness for row in named} == {exactness}
    rest = [(row.label, row.cost) for row in rows if row not in named]
    assert rest == ([(RowLabel.SHARED_POOL, Decimal("4.6"))] if pool else [])


def test_fees_and_transfer_are_rows_of_the_whole_registry() -> None:
    price = entry("azure-acr-basic")
    fee = Charge(ChargeKind.PLAN_FEE, "x/plan-fee", "plan", Decimal(30), "Days", Decimal("0.167"))
    sent = Charge(ChargeKind.EGRESS, "x/egress", "transfer", Decimal(2), "GB", Decimal("0.09"))
    rows = list(statement(TWO, Bill((price,), (fee, sent)), Allocation.FAIR_SHARE, lambda _: "t"))
    whole = [row for row in rows if not row.repository]
    assert [(row.label, row.cost, row.team) for row in whole] == [
        (RowLabel.PLAN_FEE, Decimal("5.0100"), ""),
        (RowLabel.EGRESS, Decimal("0.1800"), ""),
    ]
    assert {row.cost for row in rows if row.repository} == {Decimal(0)}


def test_what_nobody_can_be_charged_for_is_a_row_of_its_own() -> None:
    storage = Charge(ChargeKind.STORAGE, "x/storage", "s", Decimal(10), "GB-Months", Decimal(1))
    (row,) = statement(usage(), Bill((S3,), (storage,)), Allocation.FAIR_SHARE, lambda _: "")
    assert (row.label, row.cost, row.repository) == (RowLabel.UNATTRIBUTED, Decimal(10), "")


def test_a_registry_of_ones_own_is_billed_by_oneself_on_the_storage_of_a_cloud() -> None:
    owed = bill(S3, TWO)
    own = Bill((S3,), owed.lines, is_self_hosted=True, list_entry=entry("aws-ecr"))
    share = next(statement(TWO, own, Allocation.FAIR_SHARE, lambda _: "")).charges[0]
    assert (share.provider, share.host_provider) == ("self-hosted", "Amazon Web Services")
    assert share.list_unit_price == Decimal("0.10")
    hosted = next(statement(TWO, owed, Allocation.FAIR_SHARE, lambda _: "")).charges[0]
    assert hosted.provider == hosted.invoice_issuer == "Amazon Web Services"
    assert hosted.list_unit_price == hosted.contracted_unit_price


def test_a_vendor_without_a_storage_price_has_no_list_price() -> None:
    owed = Bill((S3,), bill(S3, TWO).lines, list_entry=entry("docker-hub"))
    share = next(statement(TWO, owed, Allocation.FAIR_SHARE, lambda _: "")).charges[0]
    assert share.list_unit_price is None


def test_a_price_in_tiers_names_the_tier() -> None:
    kept = usage(("a", ByteTime(2 * 10**14, 2 * 10**14, 2 * 10**14, 2 * 10**14)))
    (row,) = rows_of(kept, price=entry("aws-ecr-archive"))
    assert [charge.tier for charge in row.charges] == ["tier-1", "tier-2"]


def test_nothing_has_passed_yet() -> None:
    kept = RegistryUsage("r", NOVEMBER, 0, 0, 0, Exactness.EXACT, TWO.repositories)
    rows = list(statement(kept, Bill((S3,), ()), Allocation.FAIR_SHARE, lambda _: ""))
    assert {row.stored_bytes for row in rows} == {0}
    assert {row.cost for row in rows} == {Decimal(0)}
