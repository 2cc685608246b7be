"""`export`: which rows are asked for, in which form they are written, and where to."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from auditor.domain.costs import LedgerQuery
from auditor.domain.ledger import Allocation, Period
from auditor.reports import cost_csv
from tests.commands.fake_use_cases import FakeUseCases, run
from tests.reports import cost_samples


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_costs_are_csv_unless_asked_otherwise(fakes: FakeUseCases) -> None:
    result = run(fakes, "export", "cost", "--month", "2026-10")
    assert (result.exit_code, result.stderr) == (0, "")
    expected = "".join(cost_csv.cost_lines(cost_samples.every_kind(), totals_row=False))
    assert result.stdout == expected.replace("\r\n", "\n")
    assert fakes.ledger.queries == [LedgerQuery(Period.month("2026-10"))]


def test_registry_and_method_are_asked_for(fakes: FakeUseCases) -> None:
    fakes.configured["prod"] = "https://Registry.example.com"
    run(fakes, "export", "cost", "--registry", "prod", "--allocation", "logical")
    assert fakes.ledger.queries == [
        LedgerQuery(Period.month("2026-11"), "registry.example.com", Allocation.LOGICAL)
    ]


def test_totals_end_the_list_where_they_are_asked_for(fakes: FakeUseCases) -> None:
    assert lines(run(fakes, "export", "cost", "--totals").stdout)[-1]["row"] == "total"


@pytest.mark.parametrize("by", ["team", "registry"])
def test_costs_are_added_up_by_team_or_registry(fakes: FakeUseCases, by: str) -> None:
    rows = lines(run(fakes, "export", "cost", "--by", by).stdout)
    assert len(rows) < len(cost_samples.every_kind())
    assert by in rows[0]
    document = json.loads(run(fakes, "export", "cost", "--by", by, "--format", "json").stdout)
    assert len(document["rows"]) == len(rows)
    assert "cost" in run(fakes, "export", "cost", "--by", by, "--format", "table").stdout


def test_costs_are_written_as_json_and_as_a_table(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, "export", "cost", "--format", "json").stdout)
    assert len(document["rows"]) == len(cost_samples.every_kind())
    assert "GB-months" in run(fakes, "export", "cost", "--format", "table").stdout


@pytest.mark.parametrize("version, column", [("1.4", "AllocatedMethodId"), ("1.2", "ProviderName")])
def test_focus_is_written_in_the_version_that_is_asked_for(
    fakes: FakeUseCases, version: str, column: str
) -> None:
    rows = lines(run(fakes, "export", "cost", "--focus", "--focus-version", version).stdout)
    assert column in rows[0]
    assert len(rows) == sum(len(row.charges) or 1 for row in cost_samples.every_kind())


def test_usage_is_what_is_behind_the_money(fakes: FakeUseCases) -> None:
    rows = lines(run(fakes, "export", "usage", "--month", "2026-10").stdout)
    assert "fair_share_byte_hours" in rows[0]
    assert len(rows) == len(cost_samples.usage_rows())


def test_a_file_gets_the_same_bytes(fakes: FakeUseCases, tmp_path: Path) -> None:
    file = tmp_path / "costs.csv"
    result = run(fakes, "export", "cost", "--output", str(file))
    assert result.stdout == ""
    expected = "".join(cost_csv.cost_lines(cost_samples.every_kind(), totals_row=False))
    assert file.read_bytes() == expected.encode()


def test_a_file_that_cannot_be_written_is_named(fakes: FakeUseCases, tmp_path: Path) -> None:
    result = run(fakes, "export", "cost", "--output", str(tmp_path / "no" / "costs.csv"))
    assert result.exit_code == 2
    assert "costs.csv cannot be written" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("cost", "--focus", "--by", "team"),
        ("cost", "--focus", "--format", "json"),
        ("cost", "--format", "parquet", "--by", "registry"),
        ("cost", "--totals", "--by", "team"),
        ("cost", "--totals", "--format", "json"),
        ("cost", "--totals", "--focus"),
        ("cost", "--format", "table", "--output", "x"),
        ("cost", "--month", "2026-13"),
        ("usage", "--format", "json"),
    ],
)
def test_what_does_not_go_together_is_one_clear_line(
    fakes: FakeUseCases, arguments: tuple[str, ...]
) -> None:
    result = run(fakes, "export", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_other_commands_do_not_write_parquet(fakes: FakeUseCases) -> None:
    assert run(fakes, "rank", "--format", "parquet").exit_code == 2


def test_parquet_needs_its_extra_or_writes_bytes(fakes: FakeUseCases, tmp_path: Path) -> None:
    file = tmp_path / "costs.parquet"
    result = run(fakes, "export", "cost", "--format", "parquet", "--output", str(file))
    if result.exit_code == 0:
        assert file.read_bytes().startswith(b"PAR1")
    else:
        assert result.exit_code == 2
        assert "pip install 'registry-auditor[parquet]'" in result.stderr


def test_registries_that_were_not_known_then_are_named(fakes: FakeUseCases) -> None:
    fakes.ledger.unknown = ("new.example.com",)
    for what in ("cost", "usage"):
        assert "new.example.com is left out" in run(fakes, "export", what).stderr
        assert run(fakes, "export", what, "--quiet").stderr == ""


def test_a_date_is_its_month_up_to_then(fakes: FakeUseCases) -> None:
    for what in ("cost", "usage"):
        assert run(fakes, "export", what, "--at", "2026-10-09").exit_code == 0
        query = fakes.ledger.queries[-1]
        assert query.period.name == "2026-10"
        assert query.end.isoformat() == "2026-10-10T00:00:00+00:00"
        both = run(fakes, "export", what, "--at", "2026-10-09", "--month", "2026-10")
        assert (both.exit_code, "leave one of them out" in both.stderr) == (2, True)


def test_a_month_that_is_known_in_part_says_since_when(fakes: FakeUseCases) -> None:
    fakes.ledger.partly = ("new.example is known since 2026-11-20",)
    for what in ("cost", "usage"):
        assert "new.example is known since 2026-11-20" in run(fakes, "export", what).stderr
        assert run(fakes, "export", what, "--quiet").stderr == ""


def test_price_warnings_are_warned_of_even_when_quiet(fakes: FakeUseCases) -> None:
    fakes.ledger.old = ("the list price of A is of 2020-01-01",)
    warning = "auditor: warning: the list price of A is of 2020-01-01\n"
    assert run(fakes, "export", "cost", "--quiet").stderr == warning
    assert run(fakes, "export", "usage").stderr == ""
