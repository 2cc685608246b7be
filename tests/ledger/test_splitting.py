from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Allocation, ByteTime, RepositoryUsage
from auditor.ledger.splitting import Allocated, allocate, split

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=9)
WEIGHTS = st.lists(st.integers(0, 10**30), min_size=1, max_size=40).filter(any)
PLACES = st.integers(0, 6)
D = Decimal


def usage(name: str, byte_time: ByteTime) -> RepositoryUsage:
    return RepositoryUsage("r.example", name, byte_time, 1, Exactness.EXACT, Exactness.EXACT)


@given(AMOUNTS, WEIGHTS, PLACES)
def test_parts_add_up_to_the_rounded_amount(
    amount: Decimal, weights: list[int], places: int
) -> None:
    parts = split(amount, weights, places)
    assert sum(parts) == amount.quantize(D(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    assert {part.as_tuple().exponent for part in parts} == {-places}


@given(AMOUNTS, WEIGHTS, PLACES)
def test_a_part_is_less_than_one_unit_from_its_quota(
    amount: Decimal, weights: list[int], places: int
) -> None:
    unit = D(1).scaleb(-places)
    whole = round(amount.quantize(unit) / unit)
    for part, weight in zip(split(amount, weights, places), weights, strict=True):
        assert abs(int(part / unit) * sum(weights) - whole * weight) < sum(weights)
        assert weight or not part


@given(AMOUNTS, WEIGHTS, PLACES)
def test_a_heavier_weight_never_gets_less(amount: Decimal, weights: list[int], places: int) -> None:
    parts = split(abs(amount), weights, places)
    paired = sorted(zip(weights, parts, strict=True))
    for (light, less), (heavy, more) in pairwise(paired):
        assert less <= more or light == heavy


@given(AMOUNTS, WEIGHTS, PLACES, st.integers(1, 10**6))
def test_only_the_proportion_of_weights_counts(
    amount: Decimal, weights: list[int], places: int, times: int
) -> None:
    assert split(amount, weights, places) == split(amount, [w * times for w in weights], places)


def test_the_unit_that_is_left_goes_to_the_largest_remainder() -> None:
    # Quotas of 10.00 by 1 : 2 : 3 in cents: 166.67, 333.33, 500.
    assert split(D(10), [1, 2, 3], 2) == (D("1.67"), D("3.33"), D("5.00"))


def test_the_first_of_equal_remainders_goes_first() -> None:
    assert split(D("0.05"), [1, 1, 1], 2) == (D("0.02"), D("0.02"), D("0.01"))
    assert split(D("0.01"), [0, 1, 1], 2) == (D("0.00"), D("0.01"), D("0.00"))


def test_the_textbook_example_of_ten_seats_comes_out() -> None:
    votes = [47000, 16000, 15800, 12000, 6100, 3100]
    assert split(D(10), votes, 0) == tuple(map(D, (5, 2, 1, 1, 1, 0)))


def test_an_amount_is_rounded_half_even_once() -> None:
    assert split(D("0.00015"), [1], 4) == (D("0.0002"),)
    assert split(D("0.00025"), [1], 4) == (D("0.0002"),)


def test_a_credit_is_split_as_a_cost_is() -> None:
    assert split(D(-10), [1, 2, 3], 2) == (D("-1.67"), D("-3.33"), D("-5.00"))


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1], [1, -1]])
def test_what_nothing_can_be_split_by_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(D(1), weights, 2)


TWO = [
    usage("a", ByteTime(logical=90, stored=60, exclusive=20, fair_share=40)),
    usage("b", ByteTime(logical=60, stored=60, exclusive=20, fair_share=40)),
]


@pytest.mark.parametrize(
    "method, shares, pool",
    [
        (Allocation.FAIR_SHARE, ("5.0000", "5.0000"), "0.0000"),
        (Allocation.EXCLUSIVE, ("2.5000", "2.5000"), "5.0000"),
        (Allocation.LOGICAL, ("6.0000", "4.0000"), "0.0000"),
    ],
)
def test_each_method_charges_by_its_own_bytes(
    method: Allocation, shares: tuple[str, str], pool: str
) -> None:
    allocated = allocate(TWO, D(10), method, stored_byte_microseconds=80)
    assert allocated == Allocated((D(shares[0]), D(shares[1])), D(pool), D(0))


BYTE_TIMES = st.builds(
    ByteTime,
    logical=st.integers(0, 10**24),
    exclusive=st.integers(0, 10**24),
    fair_share=st.integers(0, 10**24),
)


@given(
    st.lists(BYTE_TIMES, max_size=20),
    st.integers(0, 10**24),
    AMOUNTS,
    st.sampled_from(Allocation),
    PLACES,
)
def test_rows_always_add_up_to_the_total(
    byte_times: list[ByteTime], shared: int, total: Decimal, method: Allocation, places: int
) -> None:
    usages = [usage(str(number), one) for number, one in enumerate(byte_times)]
    stored = sum(one.exclusive for one in byte_times) + shared
    allocated = allocate(usages, total, method, stored_byte_microseconds=stored, places=places)
    assert len(allocated.shares) == len(usages)
    assert allocated.total == total.quantize(D(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    assert method is Allocation.EXCLUSIVE or not allocated.shared_pool


def test_a_fee_for_nothing_stored_is_a_row_of_its_own() -> None:
    idle = [usage("a", ByteTime())]
    allocated = allocate(idle, D("5"), Allocation.FAIR_SHARE, stored_byte_microseconds=0)
    assert allocated == Allocated((D(0),), D(0), D(5))


def test_what_is_only_shared_is_all_in_the_pool() -> None:
    none = allocate([], D("5"), Allocation.EXCLUSIVE, stored_byte_microseconds=1)
    assert none == Allocated((), D(5), D(0))


def test_repositories_cannot_keep_more_alone_than_the_registry_stores() -> None:
    with pytest.raises(ValueError, match="alone"):
        allocate(TWO, D(10), Allocation.EXCLUSIVE, stored_byte_microseconds=39)
