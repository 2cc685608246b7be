from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.costs import CostRow
from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Period
from auditor.ledger.grouping import by_registry, by_team
from tests.reports import cost_samples as samples


def row(team: str, cost: str, *, currency: str = "USD", registry: str = "r") -> CostRow:
    charge = samples.charge(cost, quantity="1")
    return samples.row("a", charge, team=team, currency=currency, registry=registry)


@st.composite
def any_row(draw: st.DrawFn) -> CostRow:
    cost = str(draw(st.decimals(-1000, 1000, places=4)))
    made = row(
        draw(st.sampled_from(["", "a", "b"])),
        cost,
        currency=draw(st.sampled_from(["USD", "EUR"])),
        registry=draw(st.sampled_from(["r", "s"])),
    )
    return replace(
        made,
        period=Period.month(draw(st.sampled_from(["2026-10", "2026-11"]))),
        exactness=draw(st.sampled_from(Exactness)),
        logical_bytes=draw(st.none() | st.integers(0, 10**18)),
        gb_months=draw(st.none() | st.decimals(0, 10**9, places=20)),
    )


def test_what_nobody_owns_stands_first_then_the_most_expensive() -> None:
    costs = by_team([row("a", "1"), row("b", "9"), row("", "0.5"), row("c", "1"), row("a", "1")])
    assert [(cost.team, cost.totals.cost) for cost in costs] == [
        ("", Decimal("0.5")),
        ("b", 9),
        ("a", 2),
        ("c", 1),
    ]


def test_every_month_begins_with_what_nobody_owns() -> None:
    later = replace(row("", "1"), period=Period.month("2026-12"))
    costs = by_team([later, row("a", "5"), row("", "1")])
    assert [(cost.totals.period.name, cost.team) for cost in costs] == [
        ("2026-11", ""),
        ("2026-11", "a"),
        ("2026-12", ""),
    ]


def test_currencies_are_never_added_together() -> None:
    costs = by_team([row("a", "1"), row("a", "2", currency="EUR"), row("", "1", currency="USD")])
    assert [(cost.team, cost.totals.currency, cost.totals.cost) for cost in costs] == [
        ("", "USD", Decimal(1)),
        ("a", "EUR", Decimal(2)),
        ("a", "USD", Decimal(1)),
    ]


def test_registries_follow_their_cost_and_hold_their_own_rows() -> None:
    costs = by_registry(samples.every_kind())
    assert [cost.registry for cost in costs] == [samples.OWN, samples.CLOUD]
    of_cloud = [one for one in samples.every_kind() if one.registry == samples.CLOUD]
    assert costs[1].totals.cost == sum(one.cost for one in of_cloud)
    assert costs[1].totals.repositories == 4


def test_a_sum_is_as_exact_as_its_parts() -> None:
    bounded = replace(row("a", "1"), exactness=Exactness.LOWER_BOUND)
    (cost,) = by_team([row("a", "1"), bounded])
    assert cost.totals.exactness is Exactness.LOWER_BOUND
    (cost,) = by_team([bounded, replace(row("a", "1"), exactness=Exactness.UPPER_BOUND)])
    assert cost.totals.exactness is Exactness.ESTIMATED


def test_nothing_grouped_is_nothing() -> None:
    assert by_team([]) == ()
    assert by_registry([]) == ()


@pytest.mark.parametrize("currency", ["USD", "EUR"])
@given(rows=st.lists(any_row()))
def test_groups_add_up_to_their_rows_exactly(currency: str, rows: list[CostRow]) -> None:
    of_currency = [one for one in rows if one.currency == currency]
    for groups in (by_team(rows), by_registry(rows)):
        totals = [group.totals for group in groups if group.totals.currency == currency]
        assert sum(one.cost for one in totals) == sum(one.cost for one in of_currency)
        assert sum(one.repositories for one in totals) == len(of_currency)
        assert sum(one.logical_bytes or 0 for one in totals) == sum(
            one.logical_bytes or 0 for one in of_currency
        )


@given(rows=st.lists(any_row()), data=st.data())
def test_the_order_of_the_rows_changes_nothing(rows: list[CostRow], data: st.DataObject) -> None:
    mixed = data.draw(st.permutations(rows))
    assert by_team(mixed) == by_team(rows)
    assert by_registry(mixed) == by_registry(rows)
