from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.costs import CostTotals, RegistryCost, TeamCost
from auditor.domain.ledger import Allocation, Period
from auditor.reports.as_text.costs import cost_table, registry_table, team_table
from auditor.reports.layout import as_plain
from tests.reports import cost_samples as samples
from tests.reports.approved import assert_matches_snapshot

TOTALS = CostTotals.of(samples.row())
ROWS = {
    "costs": samples.plain_rows(),
    "costs-every-kind": samples.every_kind(),
    "costs-hostile": samples.hostile_rows(),
}


@pytest.mark.parametrize("width", [None, 80, 120])
@pytest.mark.parametrize("name", ROWS)
def test_costs_for_people_are_as_approved(name: str, width: int | None) -> None:
    text = as_plain([cost_table(ROWS[name])], width=width)
    assert_matches_snapshot(f"{name}-{width or 'full'}.txt", text)


def test_costs_of_teams_and_registries_are_as_approved() -> None:
    teams = (TeamCost("", TOTALS), TeamCost("payments", replace(TOTALS, allocation=None)))
    registries = (RegistryCost(samples.CLOUD, TOTALS), RegistryCost("\x1b[2J", TOTALS))
    tables = [team_table(teams), registry_table(registries)]
    assert_matches_snapshot("cost-groups-full.txt", as_plain(tables))
    assert_matches_snapshot("cost-groups-80.txt", as_plain(tables, width=80))


def test_no_rows_say_so() -> None:
    for table in (cost_table([]), team_table([]), registry_table([])):
        assert table.rows == ()
        assert "Nothing was kept" in table.notes[0]


def test_several_currencies_have_no_total() -> None:
    assert cost_table(samples.every_kind()).totals[-1] == "several currencies"


def test_several_months_have_a_total_of_money_only() -> None:
    october = replace(samples.row(), period=Period.month("2026-10"))
    table = cost_table([october, samples.row()])
    assert table.totals[3:] == ("", "", "", "", "0.3660 USD")


def test_estimates_say_so() -> None:
    invoiced = tuple(replace(charge, is_estimate=False) for charge in samples.row().charges)
    text = as_plain([cost_table([replace(samples.row(), charges=invoiced)])])
    assert "estimates from prices" not in text
    assert "estimates from prices" in as_plain([cost_table([samples.row()])])


def test_each_way_of_charging_is_named() -> None:
    for method, words in (
        (Allocation.FAIR_SHARE, "by fair share."),
        (Allocation.EXCLUSIVE, "by what is exclusive"),
        (Allocation.LOGICAL, "by logical size."),
    ):
        assert words in as_plain([cost_table([replace(samples.row(), allocation=method)])])
    mixed = [samples.row(), replace(samples.row(), allocation=Allocation.LOGICAL)]
    assert "by several methods." in as_plain([cost_table(mixed)])
