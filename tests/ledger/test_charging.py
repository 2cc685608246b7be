from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Allocation, ByteTime, Charge, ChargeKind, Period, RepositoryUsage
from auditor.domain.price_book import PricedPer, PriceEntry, PriceTier
from auditor.domain.units import GB, GIB
from auditor.ledger.charging import charges, included_quantity, total
from auditor.ledger.list_prices import LIST_PRICES, entry
from auditor.ledger.splitting import allocate

D = Decimal
TB = 1000 * GB
NOVEMBER = Period.month("2026-11")
DAY = timedelta(days=1)
DAY_MICROSECONDS = 86_400_000_000
ENTRIES = st.sampled_from(LIST_PRICES)
EVERY_ENTRY = pytest.mark.parametrize("price", LIST_PRICES, ids=lambda one: one.key)
PRICED_BY_MONTH = st.sampled_from([one for one in LIST_PRICES if one.per is PricedPer.MONTH])
MONTHS = st.sampled_from(["2024-02", "2026-02", "2026-11", "2026-12"]).map(Period.month)
SIZES = st.integers(0, 3 * 10**16)
UNTIERED = st.sampled_from(
    [one for one in LIST_PRICES if len(one.tiers) == 1 and not one.included_units]
)
EGRESS = st.none() | st.integers(0, 10**15)
KINDS_OF_STORAGE = {ChargeKind.STORAGE, ChargeKind.INCLUDED, ChargeKind.EARLY_DELETION}


def kept(size_bytes: int, period: Period = NOVEMBER) -> int:
    return size_bytes * period.microseconds


def cost(price: PriceEntry, size_bytes: int, period: Period = NOVEMBER) -> Decimal:
    return total(charges(price, period, stored_byte_microseconds=kept(size_bytes, period)))


def days_of(month: Period) -> list[Period]:
    count = month.microseconds // DAY_MICROSECONDS
    return [Period(month.start + DAY * n, month.start + DAY * (n + 1)) for n in range(count)]


# Figures computed by hand from what vendors publish.


def test_a_terabyte_in_ecr_costs_a_hundred_dollars_a_month() -> None:
    (line,) = charges(entry("aws-ecr"), NOVEMBER, stored_byte_microseconds=kept(TB))
    assert line == Charge(
        ChargeKind.STORAGE, "aws-ecr/storage", "Amazon ECR storage", D(1000), "GB-Months", D("0.10")
    )
    assert line.cost == 100


def test_half_a_month_costs_half() -> None:
    assert total(charges(entry("aws-ecr"), NOVEMBER, stored_byte_microseconds=kept(TB) // 2)) == D(
        50
    )


def test_azure_basic_with_twenty_five_gigabytes_costs_what_its_documents_say() -> None:
    # "$0.167 + $0.045 = 0.212 USD per day": 15 beyond the included 10, at 0.003.
    day = days_of(NOVEMBER)[0]
    lines = charges(
        entry("azure-acr-basic"), day, stored_byte_microseconds=25 * GIB * DAY_MICROSECONDS
    )
    assert total(lines) == D("0.212")
    assert [(line.kind, line.quantity, line.unit) for line in lines] == [
        (ChargeKind.INCLUDED, D(10), "GiB-Days"),
        (ChargeKind.STORAGE, D(15), "GiB-Days"),
        (ChargeKind.PLAN_FEE, D(1), "Days"),
    ]
    assert cost(entry("azure-acr-basic"), 25 * GIB) == D("0.212") * 30


def test_a_premium_replica_pays_the_fee_and_the_storage_again() -> None:
    premium = entry("azure-acr-premium")
    lines = charges(
        premium, days_of(NOVEMBER)[0], stored_byte_microseconds=kept(GIB * 300) // 30, replicas=2
    )
    assert total(lines) == 2 * D("1.667") + (600 - 500) * D("0.003")


def test_ecr_archive_gets_cheaper_after_a_hundred_and_fifty_terabytes() -> None:
    lines = charges(entry("aws-ecr-archive"), NOVEMBER, stored_byte_microseconds=kept(160 * TB))
    assert [(line.sku, line.quantity) for line in lines] == [
        ("aws-ecr-archive/storage/tier-1", D(150_000)),
        ("aws-ecr-archive/storage/tier-2", D(10_000)),
    ]
    assert total(lines) == 15_000 + 700


def test_deleting_from_the_archive_early_costs_the_rest_of_ninety_days() -> None:
    # A terabyte kept for 30 days and deleted pays the 60 other days: two Novembers.
    lines = charges(
        entry("aws-ecr-archive"),
        NOVEMBER,
        stored_byte_microseconds=kept(TB),
        early_deleted_byte_microseconds=2 * kept(TB),
    )
    assert [(line.kind, line.cost) for line in lines] == [
        (ChargeKind.STORAGE, D(100)),
        (ChargeKind.EARLY_DELETION, D(200)),
    ]


def test_artifact_registry_charges_after_half_a_gigabyte() -> None:
    included, stored = charges(
        entry("google-artifact-registry"), NOVEMBER, stored_byte_microseconds=kept(10 * GB)
    )
    assert (included.kind, included.quantity, included.unit_price) == (
        ChargeKind.INCLUDED,
        D("0.5"),
        D(0),
    )
    assert (stored.quantity, stored.cost) == (D("9.5"), D("0.95"))


def test_digitalocean_professional_charges_beyond_a_hundred_gibibytes() -> None:
    assert cost(entry("digitalocean-professional"), 150 * GIB) == 20 + 1


def test_jfrog_counts_transfer_as_it_counts_storage() -> None:
    # 1,000 stored and 300 sent: 25 included, 1,179 to the bound at 1.25, 96 beyond at 1.00.
    lines = charges(
        entry("jfrog-pro"),
        NOVEMBER,
        stored_byte_microseconds=kept(1000 * GB),
        egress_bytes=300 * GB,
    )
    assert [(line.kind, line.quantity) for line in lines] == [
        (ChargeKind.INCLUDED, D(25)),
        (ChargeKind.STORAGE, D(975)),
        (ChargeKind.EGRESS, D(204)),
        (ChargeKind.EGRESS, D(96)),
        (ChargeKind.PLAN_FEE, D(1)),
    ]
    assert total(lines) == 150 + 1179 * D("1.25") + 96


def test_github_containers_cost_nothing_and_say_how_much_it_is() -> None:
    (line,) = charges(entry("github-ghcr"), NOVEMBER, stored_byte_microseconds=kept(TB))
    assert (line.kind, line.quantity, line.cost) == (ChargeKind.STORAGE, D(1000), D(0))
    assert "no price" not in line.description


def test_what_no_price_is_listed_for_is_a_line_that_says_so() -> None:
    (line,) = charges(entry("docker-hub"), NOVEMBER, stored_byte_microseconds=kept(TB))
    assert (line.kind, line.quantity, line.cost) == (ChargeKind.STORAGE, D(1000), D(0))
    assert line.sku == "docker-hub/storage/unlisted"
    assert "no price is listed" in line.description


def test_beyond_a_closed_last_tier_nothing_is_hidden() -> None:
    closed = replace(entry("aws-ecr"), key="closed", tiers=(PriceTier(D(10), D("0.10")),))
    first, beyond = charges(closed, NOVEMBER, stored_byte_microseconds=kept(15 * GB))
    assert (first.quantity, first.cost) == (D(10), D(1))
    assert (beyond.quantity, beyond.cost) == (D(5), D(0))


def test_a_fee_per_seat_is_charged_where_seats_are_known() -> None:
    team = entry("docker-hub-team")
    (line,) = charges(team, NOVEMBER, stored_byte_microseconds=0, seats=5)
    assert (line.kind, line.quantity, line.unit, line.cost) == (
        ChargeKind.PLAN_FEE,
        D(5),
        "Months",
        D(80),
    )
    assert charges(team, NOVEMBER, stored_byte_microseconds=0) == ()


def test_a_fee_for_part_of_a_month_is_its_part() -> None:
    ten_days = Period(NOVEMBER.start, NOVEMBER.start + 10 * DAY)
    (line,) = charges(entry("quay-io-10"), ten_days, stored_byte_microseconds=0)
    assert line.quantity.quantize(D("0.0001")) == D("0.3333")
    assert total([line]) == 10


def test_egress_is_charged_where_it_is_known() -> None:
    s3 = entry("aws-s3")
    (line,) = charges(s3, NOVEMBER, stored_byte_microseconds=0, egress_bytes=10 * GB)
    assert (line.kind, line.quantity, line.unit, line.cost) == (
        ChargeKind.EGRESS,
        D(10),
        "GB",
        D("0.9"),
    )
    assert charges(s3, NOVEMBER, stored_byte_microseconds=0) == ()
    unknown = entry("google-cloud-storage")
    assert charges(unknown, NOVEMBER, stored_byte_microseconds=0, egress_bytes=10 * GB) == ()


def test_registries_of_one_account_share_the_included_amount() -> None:
    public = entry("aws-ecr-public")
    left = included_quantity(public, NOVEMBER)
    assert left == 50
    costs = []
    for size_gb in (30, 30, 30):
        lines = charges(
            public,
            NOVEMBER,
            stored_byte_microseconds=kept(size_gb * GB),
            included_left=left,
        )
        left -= sum(line.quantity for line in lines if line.kind is ChargeKind.INCLUDED)
        costs.append(total(lines))
    assert costs == [0, 1, 3]
    assert sum(costs) == cost(public, 90 * GB)


def test_more_left_than_is_included_includes_no_more() -> None:
    public = entry("aws-ecr-public")
    lines = charges(public, NOVEMBER, stored_byte_microseconds=kept(60 * GB), included_left=D(1000))
    assert total(lines) == 1


@pytest.mark.parametrize(
    "start, end",
    [
        (NOVEMBER.start, NOVEMBER.end + DAY),
        (NOVEMBER.start, NOVEMBER.start),
        (NOVEMBER.end, NOVEMBER.start),
        (datetime(2026, 10, 31, tzinfo=UTC), NOVEMBER.end),
    ],
)
def test_a_period_is_charged_within_one_month(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="one calendar month"):
        charges(entry("aws-ecr"), Period(start, end), stored_byte_microseconds=0)


def test_figures_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        charges(entry("aws-ecr"), NOVEMBER, stored_byte_microseconds=-1)
    with pytest.raises(ValueError, match="replica"):
        charges(entry("aws-ecr"), NOVEMBER, stored_byte_microseconds=1, replicas=0)
    with pytest.raises(ValueError, match="seats"):
        charges(entry("aws-ecr"), NOVEMBER, stored_byte_microseconds=1, seats=-1)
    with pytest.raises(ValueError, match="minimum"):
        charges(
            entry("aws-ecr"),
            NOVEMBER,
            stored_byte_microseconds=1,
            early_deleted_byte_microseconds=1,
        )


def test_nothing_costs_nothing() -> None:
    assert total([]) == 0


# Laws.


@given(ENTRIES, MONTHS, SIZES, EGRESS, st.integers(1, 5))
def test_quantities_add_up_to_what_was_kept(
    price: PriceEntry, month: Period, size_bytes: int, egress_bytes: int | None, replicas: int
) -> None:
    byte_time = kept(size_bytes, month)
    early = byte_time // 3 if price.minimum_storage_days else 0
    lines = charges(
        price,
        month,
        stored_byte_microseconds=byte_time,
        early_deleted_byte_microseconds=early,
        replicas=replicas,
        egress_bytes=None if price.is_egress_metered_as_storage else egress_bytes,
    )
    copies = replicas if price.is_storage_per_replica else 1
    base = month.microseconds if price.per is PricedPer.MONTH else DAY_MICROSECONDS
    found = total(
        [replace(line, unit_price=D(1)) for line in lines if line.kind in KINDS_OF_STORAGE]
    )
    expected = D((byte_time + early) * copies) / D(price.unit_bytes * base)
    assert abs(found - expected) <= expected * D("1e-25")


@EVERY_ENTRY
@settings(max_examples=30)
@given(month=MONTHS, one=SIZES, other=SIZES, egress_bytes=EGRESS)
def test_more_bytes_never_cost_less(
    price: PriceEntry, month: Period, one: int, other: int, egress_bytes: int | None
) -> None:
    fewer, more = (
        total(
            charges(
                price,
                month,
                stored_byte_microseconds=kept(size, month),
                egress_bytes=egress_bytes,
            )
        )
        for size in sorted((one, other))
    )
    assert 0 <= fewer <= more


@EVERY_ENTRY
@given(month=MONTHS)
def test_a_tier_begins_where_the_one_before_it_ends(price: PriceEntry, month: Period) -> None:
    for tier in price.tiers:
        if tier.up_to_units is not None:
            bound = int(tier.up_to_units * price.unit_bytes)
            below, at, above = (cost(price, bound + step, month) for step in (-1, 0, 1))
            highest = max(one.amount for one in price.tiers) / price.unit_bytes
            assert 0 <= at - below <= highest
            assert 0 <= above - at <= highest


@given(UNTIERED, MONTHS, st.lists(st.integers(0, 10**24), min_size=31, max_size=31))
@example(entry("aws-ecr"), Period.month("2026-12"), [10**18 + 1] * 31)
def test_the_days_of_a_month_cost_what_the_month_does(
    price: PriceEntry, month: Period, byte_times: list[int]
) -> None:
    days = days_of(month)
    used = byte_times[: len(days)]
    by_day = [
        line
        for day, byte_time in zip(days, used, strict=True)
        for line in charges(price, day, stored_byte_microseconds=byte_time)
    ]
    by_month = charges(price, month, stored_byte_microseconds=sum(used))
    assert total(by_day) == total(by_month)


@EVERY_ENTRY
@settings(max_examples=20)
@given(month=MONTHS, size_bytes=SIZES)
@example(month=NOVEMBER, size_bytes=160 * TB)
def test_a_steady_month_costs_what_its_days_do_in_every_tier(
    price: PriceEntry, month: Period, size_bytes: int
) -> None:
    by_day = [
        line
        for day in days_of(month)
        for line in charges(price, day, stored_byte_microseconds=kept(size_bytes, day))
    ]
    assert total(by_day) == cost(price, size_bytes, month)


@EVERY_ENTRY
@settings(max_examples=30)
@given(
    month=MONTHS,
    sizes=st.lists(st.integers(0, 10**14), max_size=30),
    method=st.sampled_from(Allocation),
)
def test_under_every_list_price_rows_add_up_to_the_total_to_the_cent(
    price: PriceEntry, month: Period, sizes: list[int], method: Allocation
) -> None:
    usages = [
        RepositoryUsage(
            "r.example",
            str(number),
            ByteTime(kept(size, month), kept(size, month), kept(size // 2, month), kept(size)),
            month.microseconds,
            Exactness.EXACT,
            Exactness.EXACT,
        )
        for number, size in enumerate(sizes)
    ]
    stored = sum(usage.byte_time.stored for usage in usages)
    whole = total(charges(price, month, stored_byte_microseconds=stored, seats=3))
    rows = allocate(usages, whole, method, stored_byte_microseconds=stored, places=2)
    assert rows.total == whole.quantize(D("0.01"), rounding=ROUND_HALF_EVEN)


@given(PRICED_BY_MONTH, SIZES)
def test_a_charge_costs_its_quantity_times_its_price_without_rounding(
    price: PriceEntry, size_bytes: int
) -> None:
    lines = charges(price, NOVEMBER, stored_byte_microseconds=kept(size_bytes) // 7)
    for line in lines:
        assert total([line]) == total([replace(line, quantity=line.cost, unit_price=D(1))])
