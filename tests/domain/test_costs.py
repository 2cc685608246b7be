from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.costs import CostTotals, RowLabel, Tally, exact_sum
from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Allocation, Period
from tests.reports import cost_samples as samples

ONE = CostTotals.of(samples.row())


def test_a_row_whose_charges_do_not_add_up_to_its_cost_is_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        replace(samples.row(), cost=Decimal("0.1829"))


def test_a_row_without_charges_costs_nothing() -> None:
    assert replace(samples.row(), charges=(), cost=Decimal(0)).cost == 0


def test_only_repositories_are_counted() -> None:
    fee = samples.registry_row(RowLabel.PLAN_FEE, samples.charge("1", quantity="10"))
    assert (ONE + CostTotals.of(fee)).repositories == 1


def test_a_size_that_one_row_lacks_is_that_of_the_other() -> None:
    fee = CostTotals.of(samples.registry_row(RowLabel.PLAN_FEE, samples.charge("1", quantity="10")))
    assert (fee + ONE).logical_bytes == (ONE + fee).logical_bytes == ONE.logical_bytes
    assert (fee + ONE).gb_months == (ONE + fee).gb_months == ONE.gb_months
    assert (fee + fee).fair_share_bytes is None
    assert (fee + fee).gb_months is None


def test_sums_are_doubtful_where_bounds_disagree_and_name_a_method_only_if_it_is_one() -> None:
    low = replace(ONE, exactness=Exactness.LOWER_BOUND)
    high = replace(ONE, exactness=Exactness.UPPER_BOUND, allocation=Allocation.LOGICAL)
    assert (low + high).exactness is Exactness.ESTIMATED
    assert (low + high).allocation is None
    assert (low + high + low).allocation is None
    assert (low + low).allocation is Allocation.FAIR_SHARE


@pytest.mark.parametrize(
    "other", [replace(ONE, currency="EUR"), replace(ONE, period=Period.month("2026-10"))]
)
def test_neither_currencies_nor_months_are_added_together(other: CostTotals) -> None:
    with pytest.raises(ValueError, match="cannot add"):
        ONE + other


def test_a_tally_keeps_months_and_currencies_apart_and_in_order() -> None:
    tally = Tally()
    assert tally.totals() == ()
    october = replace(samples.row(), period=Period.month("2026-10"))
    for row in (samples.row(), replace(samples.row(), currency="EUR"), october, october):
        tally.add(row)
    keys = [(one.period.name, one.currency, one.repositories) for one in tally.totals()]
    assert keys == [("2026-10", "USD", 2), ("2026-11", "EUR", 1), ("2026-11", "USD", 1)]


@given(st.lists(st.integers(-(10**30), 10**30)))
def test_a_sum_is_exact_whatever_the_order_and_the_context(numbers: list[int]) -> None:
    amounts = [Decimal(f"{number}E-4") for number in numbers]
    with localcontext(prec=3):
        total = exact_sum(*amounts)
        assert total == exact_sum(*reversed(amounts))
    assert total == Decimal(f"{sum(numbers)}E-4")
