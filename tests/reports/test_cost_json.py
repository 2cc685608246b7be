from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.costs import CostRow, CostTotals, RegistryCost, TeamCost
from auditor.reports.cost_csv import COST_COLUMNS
from auditor.reports.cost_json import cost_json_lines, registry_json_lines, team_json_lines
from tests.reports import cost_samples as samples
from tests.reports.approved import assert_matches_snapshot

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]))
TOTALS = CostTotals.of(samples.row())


def read(pieces: Iterator[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join(pieces), parse_float=Decimal)
    return document


def test_a_row_has_the_keys_of_the_csv_and_its_charges() -> None:
    (row,) = read(cost_json_lines([samples.row()]))["rows"]
    assert set(row) == {*COST_COLUMNS, "charges"} - {"currency"}
    assert row["cost"] == {"amount": "0.1830", "currency": "USD"}
    assert [charge["quantity"] for charge in row["charges"]] == ["1.83"]


def test_totals_are_those_of_the_rows_by_currency() -> None:
    rows = samples.every_kind()
    document = read(cost_json_lines(rows))
    assert len(document["rows"]) == len(rows)
    assert [total["cost"]["currency"] for total in document["totals"]] == ["EUR", "USD"]
    usd = sum(row.cost for row in rows if row.currency == "USD")
    assert Decimal(document["totals"][1]["cost"]["amount"]) == usd


def test_nothing_is_a_document_too() -> None:
    document = read(cost_json_lines([]))
    assert document == {"schema_version": 1, "kind": "costs", "rows": [], "totals": []}
    assert read(team_json_lines([]))["rows"] == read(registry_json_lines([]))["rows"] == []


@given(ANY_TEXT, ANY_TEXT)
def test_hostile_names_stay_ascii_and_come_back_whole(repository: str, team: str) -> None:
    text = "".join(cost_json_lines([samples.row(repository, team=team)]))
    assert text.isascii()
    (row,) = json.loads(text)["rows"]
    assert (row["repository"], row["team"]) == (repository, team)


def test_rows_are_streamed_one_by_one() -> None:
    taken: list[int] = []

    def rows() -> Iterator[CostRow]:
        for number in range(3):
            taken.append(number)
            yield samples.row(f"team/app{number}")

    pieces = cost_json_lines(rows())
    next(pieces)
    assert taken == []
    next(pieces)
    assert taken == [0]


def test_every_document_is_as_approved() -> None:
    assert_matches_snapshot("costs.json", "".join(cost_json_lines(samples.every_kind())))
    hostile = "".join(cost_json_lines(samples.hostile_rows()))
    assert_matches_snapshot("costs-hostile.json", hostile)
    teams = (TeamCost("", TOTALS), TeamCost("payments", TOTALS))
    assert_matches_snapshot("team-costs.json", "".join(team_json_lines(teams)))
    registries = (RegistryCost(samples.CLOUD, TOTALS),)
    assert_matches_snapshot("registry-costs.json", "".join(registry_json_lines(registries)))
