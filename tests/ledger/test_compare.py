from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.costs import CostRow, GroupBy, RowLabel, exact_sum
from auditor.domain.ledger import Allocation, ByteTime
from auditor.domain.units import GB
from auditor.ledger.compare import compare
from auditor.ledger.list_prices import entry
from auditor.ledger.statement import RegistryUsage, statement
from tests.ledger.test_statement import bill, usage, usages

S3 = entry("aws-s3")
TWO = usage(
    ("a", ByteTime(900 * GB, 700 * GB, 400 * GB, 500 * GB)),
    ("b", ByteTime(500 * GB, 500 * GB, 200 * GB, 300 * GB)),
)


def split(kept: RegistryUsage, allocation: Allocation) -> Iterator[CostRow]:
    return statement(kept, bill(S3, kept), allocation, lambda name: "x" if name == "a" else "")


def compared(kept: RegistryUsage, by: GroupBy) -> list[tuple[str, str, dict[Allocation, Decimal]]]:
    ways = {allocation: split(kept, allocation) for allocation in Allocation}
    found = compare(ways, split(kept, Allocation.FAIR_SHARE), by)
    return [(one.repository, one.team, dict(one.costs)) for one in found]


@given(usages(), st.sampled_from(GroupBy))
def test_every_way_adds_up_to_the_same(kept: RegistryUsage, by: GroupBy) -> None:
    rows = compared(kept, by)
    sums = {exact_sum(*(costs[way] for *_, costs in rows)) for way in Allocation}
    assert len(sums) <= 1


def test_ways_stand_beside_each_other_the_most_expensive_first() -> None:
    rows = compared(TWO, GroupBy.REPOSITORY)
    assert [name for name, *_ in rows] == ["a", "b", ""]
    assert rows[0][2] == {
        Allocation.FAIR_SHARE: Decimal("11.5000"),
        Allocation.EXCLUSIVE: Decimal("9.2000"),
        Allocation.LOGICAL: Decimal("11.8286"),
    }
    assert rows[2][2][Allocation.EXCLUSIVE] == Decimal("4.6000")
    assert rows[2][2][Allocation.FAIR_SHARE] == 0


@pytest.mark.parametrize("by, names", [(GroupBy.TEAM, ["", "x"]), (GroupBy.REGISTRY, [""])])
def test_what_nobody_owns_comes_first(by: GroupBy, names: list[str]) -> None:
    assert [team for _, team, _ in compared(TWO, by)] == names


def test_a_row_that_only_another_way_has_has_no_sizes() -> None:
    ways = {allocation: split(TWO, allocation) for allocation in Allocation}
    pool = compare(ways, split(TWO, Allocation.FAIR_SHARE), GroupBy.REPOSITORY)[-1]
    assert (pool.label, pool.totals) == (RowLabel.SHARED_POOL, None)
