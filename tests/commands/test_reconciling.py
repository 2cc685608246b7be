from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.holdings import Folder, Inventory
from auditor.domain.ledger import Period
from auditor.domain.reconciliation import Bill
from tests.commands.fake_use_cases import FakeUseCases, run
from tests.reports import reconciliations

REGISTRY = "registry.example.com"


def test_a_difference_is_printed_and_is_no_failure(fakes: FakeUseCases) -> None:
    result = run(fakes, "reconcile", REGISTRY, "--billed-bytes", "1.5GB")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "unattributed" in result.stdout
    assert fakes.compared == [(REGISTRY, Bill(billed_bytes=1_500_000_000), None)]


def test_an_invoice_has_an_amount_a_currency_and_a_month(fakes: FakeUseCases) -> None:
    arguments = ("--invoice", "12.34", "--currency", "eur", "--month", "2026-11")
    assert run(fakes, "reconcile", REGISTRY, *arguments).exit_code == 0
    bill = Bill(amount=Decimal("12.34"), currency="EUR", month=Period.month("2026-11"))
    assert fakes.compared == [(REGISTRY, bill, None)]


@pytest.mark.parametrize("text", ["own", "REGISTRY.example.com", "http://registry.example.com/"])
def test_a_registry_has_a_name_an_address_or_a_configured_name(
    fakes: FakeUseCases, text: str
) -> None:
    fakes.configured = {"own": "http://registry.example.com"}
    run(fakes, "reconcile", text, "--billed-bytes", "1")
    assert fakes.compared[0][0] == REGISTRY


def test_a_storage_is_a_folder_or_a_list_of_keys(fakes: FakeUseCases, tmp_path: Path) -> None:
    listed = tmp_path / "keys.csv"
    listed.touch()
    run(fakes, "reconcile", REGISTRY, "--storage", str(tmp_path))
    run(fakes, "reconcile", REGISTRY, "--inventory", str(listed))
    more = ("--inventory-columns", "Key, Size", "--inventory-prefix", "a")
    run(fakes, "reconcile", REGISTRY, "--inventory", str(listed), *more)
    assert [source for _, _, source in fakes.compared] == [
        Folder(str(tmp_path)),
        Inventory(str(listed)),
        Inventory(str(listed), "Key, Size", "a"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (REGISTRY, "--billed-bytes", "much"),
        (REGISTRY, "--invoice", "-5"),
        (REGISTRY, "--currency", "EUR", "--billed-bytes", "5"),
        (REGISTRY, "--invoice", "5", "--month", "November"),
        (REGISTRY, "--storage", "{folder}", "--inventory", "{file}"),
        (REGISTRY, "--storage", "{file}"),
        (REGISTRY, "--inventory", "{folder}"),
        (REGISTRY, "--storage", "{folder}/nowhere"),
        (REGISTRY, "--inventory-columns", "Key, Size", "--storage", "{folder}"),
        (REGISTRY, "--inventory-prefix", "", "--billed-bytes", "5"),
    ],
)
def test_a_request_that_makes_no_sense_is_a_usage_error(
    fakes: FakeUseCases, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "file"
    file.touch()
    filled = [part.format(folder=tmp_path, file=file) for part in arguments]
    result = run(fakes, "reconcile", *filled)
    assert (result.exit_code, result.stdout, fakes.compared) == (2, "", [])


def test_a_storage_read_in_part_is_exit_code_three_with_its_rows(fakes: FakeUseCases) -> None:
    fakes.reconciliation = reconciliations.read_in_part()
    result = run(fakes, "reconcile", REGISTRY, "--storage", ".", "--format", "json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["exactness"] == "lower_bound"
    lines = result.stderr.splitlines()
    assert len(lines) == 6
    assert lines[-1].endswith("not read: 4 more places")
    assert "\x1b" not in result.stderr


def test_csv_has_a_line_for_each_row(fakes: FakeUseCases) -> None:
    result = run(fakes, "reconcile", REGISTRY, "--storage", ".", "--format", "csv")
    lines = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [line["kind"] for line in lines] == [
        part.kind.value for part in fakes.reconciliation.parts
    ]
