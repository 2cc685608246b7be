from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.costs import CostRow, CostTotals, RegistryCost, TeamCost
from auditor.domain.ledger import ByteTime
from auditor.reports.cost_csv import (
    COST_COLUMNS,
    cost_lines,
    plain_hours,
    plain_money,
    plain_quantity,
    registry_lines,
    team_lines,
    usage_lines,
)
from tests.reports import cost_samples as samples
from tests.reports.approved import assert_matches_snapshot

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]))
TOTALS = CostTotals.of(samples.row()) + CostTotals.of(samples.row("team/worker"))
TEAMS = (TeamCost("", TOTALS), TeamCost("@payments", replace(TOTALS, allocation=None)))


def read(lines: Iterator[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines), newline=""), strict=True))


def test_the_columns_agreed_on_come_first() -> None:
    assert ",".join(COST_COLUMNS) == (
        "month,registry,repository,team,logical_bytes,stored_bytes,exclusive_bytes,"
        "fair_share_bytes,gb_months,cost,currency,allocation,exactness,row"
    )


def test_the_rows_add_up_to_the_totals_row_of_their_currency() -> None:
    lines = read(cost_lines(samples.every_kind(), totals_row=True))
    totals = {line["currency"]: line for line in lines if line["row"] == "total"}
    assert list(totals) == ["EUR", "USD"]
    for currency, total in totals.items():
        rows = [one for one in lines if one["currency"] == currency and one["row"] != "total"]
        assert Decimal(total["cost"]) == sum(Decimal(one["cost"]) for one in rows)
        for size in ("logical_bytes", "exclusive_bytes", "fair_share_bytes"):
            assert int(total[size]) == sum(int(one[size] or 0) for one in rows)
        assert total["stored_bytes"] == total["repository"] == total["team"] == ""


def test_without_a_totals_row_there_are_only_rows() -> None:
    rows = samples.every_kind()
    assert len(read(cost_lines(rows, totals_row=False))) == len(rows)
    assert read(cost_lines([], totals_row=True)) == []


def test_what_does_not_apply_is_empty_not_zero() -> None:
    fee = next(
        line
        for line in read(cost_lines(samples.every_kind(), totals_row=False))
        if line["row"] == "plan_fee"
    )
    assert (fee["stored_bytes"], fee["gb_months"], fee["cost"]) == ("", "", "14.9900")


@pytest.mark.parametrize(
    "amount, printed",
    [("1E-9", "0.000000001"), ("1E+20", "100000000000000000000.000000000"), ("0", "0.000000000")],
)
def test_quantities_have_no_exponent(amount: str, printed: str) -> None:
    assert f"{plain_quantity(Decimal(amount)):f}" == printed


def test_large_sums_keep_every_digit() -> None:
    assert f"{plain_money(Decimal('123456789012345678901234567890.12345')):f}" == (
        "123456789012345678901234567890.1234"
    )
    assert plain_hours(10**30 * 3_600_000_000) == 10**30


@given(st.integers(0, 10**40))
def test_byte_hours_are_true_to_half_a_millionth(microseconds: int) -> None:
    hours = plain_hours(microseconds)
    off_by = abs(int(hours.scaleb(6)) * 3600 - microseconds) if hours < 10**20 else 0
    assert off_by <= 1800


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_hostile_names_never_change_the_number_of_lines(
    registry: str, repository: str, team: str
) -> None:
    row = samples.row(repository, team=team, registry=registry)
    text = "".join(cost_lines([row], totals_row=True))
    assert len(f"{text}x".splitlines()) == 4
    assert text.encode()
    for line in csv.reader(io.StringIO(text, newline=""), strict=True):
        assert len(line) == len(COST_COLUMNS)
        assert not any(cell.lstrip().startswith(tuple("=+@\t\r")) for cell in line)


def test_rows_are_streamed_one_by_one() -> None:
    taken: list[int] = []

    def rows() -> Iterator[CostRow]:
        for number in range(3):
            taken.append(number)
            yield samples.row(f"team/app{number}")

    lines = cost_lines(rows(), totals_row=True)
    next(lines)
    assert taken == []
    next(lines)
    assert taken == [0]


def test_byte_time_is_written_in_byte_hours() -> None:
    one = samples.usage_rows()[0]
    short = replace(one, usage=replace(one.usage, byte_time=ByteTime(1, 3_600_000_000, 0, 5400)))
    (line,) = read(usage_lines([short]))
    hours = [line[f"{size}_byte_hours"] for size in ("logical", "stored", "fair_share")]
    assert hours == ["0.000000", "1.000000", "0.000002"]
    assert line["observed_hours"] == "720.000000"


def test_a_registry_stores_the_sum_of_its_fair_shares() -> None:
    (line,) = read(registry_lines([RegistryCost(samples.CLOUD, TOTALS)]))
    assert line["stored_bytes"] == line["fair_share_bytes"] == "1830000000"


def test_every_table_is_as_approved() -> None:
    for name, rows in (
        ("costs", samples.every_kind()),
        ("costs-hostile", samples.hostile_rows()),
    ):
        assert_matches_snapshot(f"{name}.csv", "".join(cost_lines(rows, totals_row=True)))
    assert_matches_snapshot("team-costs.csv", "".join(team_lines(TEAMS)))
    registries = (RegistryCost(samples.CLOUD, TOTALS),)
    assert_matches_snapshot("registry-costs.csv", "".join(registry_lines(registries)))
    assert_matches_snapshot("usage.csv", "".join(usage_lines(samples.usage_rows())))
