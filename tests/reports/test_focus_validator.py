"""The 1.2 export before the FOCUS project's own validator (focus-validator 2.2.1).

It needs Python 3.12, so it lives in an environment of its own: `FOCUS_VALIDATOR` names its
program, else it is looked for on PATH. Where there is none these tests are skipped by name,
with CI=true too.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.domain.costs import CostRow, RowLabel
from auditor.reports.focus import focus_lines
from tests.reports import cost_samples as samples
from tests.servers import tools

pytestmark = pytest.mark.real

# What our exports have; a validator told more asks for columns of commitments and zones.
SUPPORTED = (
    "ACCOUNT_NAMING_SUPPORTED",
    "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED",
    "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED",
    "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
    "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED",
    "NEGOTIATED_PRICING_SUPPORTED",
    "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
    "PUBLIC_PRICE_LIST_SUPPORTED",
    "REGION_SUPPORTED",
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED",
    "SUB_ACCOUNT_SUPPORTED",
    "TAGGING_SUPPORTED",
    "UNIT_PRICING_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED",
)
# "MUST be null without an invoice" and "MUST NOT be null with one" are both checked on every
# row; the rule above them is satisfied by either, and that one has to pass.
WITHOUT_INVOICE = {"InvoiceId-C-005-C"}
WITH_INVOICE = {"InvoiceId-C-004-C"}
# The rule is for purchases "intended to cover future eligible charges"; it is checked on
# every purchase. A plan fee pays for its own month, and costs that in it.
WITH_PLAN_FEE = {*WITHOUT_INVOICE, "EffectiveCost-C-005-C"}


# Rules that begin with "ChargeClass is not Correction" skip rows where it is null, as SQL
# compares. A class that does not exist wakes them, at the price of two failures.
AWAKE = "Original"
BECAUSE_AWAKE = {"ChargeClass-C-000-M", "ChargeClass-C-005-C"}


def rows_of(*, plan_fee: bool) -> tuple[CostRow, ...]:
    """Rows of every kind without an invoice, with plan fees or without."""
    return tuple(
        replace(row, charges=tuple(replace(charge, invoice_id="") for charge in row.charges))
        for row in samples.every_kind()
        if plan_fee or row.label is not RowLabel.PLAN_FEE
    )


def invoiced_rows() -> tuple[CostRow, ...]:
    return tuple(
        replace(
            row,
            charges=tuple(
                replace(charge, invoice_id="INV-2026-11", is_estimate=False)
                for charge in row.charges
            ),
        )
        for row in samples.plain_rows()
    )


@pytest.fixture(scope="module")
def validator() -> Path:
    """The program; where there is none the tests are skipped, and the end of the run says so."""
    name = os.environ.get("FOCUS_VALIDATOR") or "focus-validator"
    if found := shutil.which(name):
        return Path(found).resolve()
    tools.missing["focus-validator"] = "with Python 3.12: pip install focus-validator 'pyarrow<23'"
    pytest.skip("focus-validator is not installed; it needs Python 3.12 or newer")


def failures_of(validator: Path, export: str, folder: Path) -> set[str]:
    """Names of the rules that fail; the exit code says nothing, so the report is read.

    The program reads a file relative to where it is installed, hence the working directory.
    """
    data, report = folder / "export.csv", folder / "report.xml"
    data.write_text(export, encoding="utf-8", newline="")
    library = subprocess.run(
        [
            validator.with_name("python"),
            "-c",
            "import pathlib, focus_validator as f; print(pathlib.Path(f.__file__).parent.parent)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    done = subprocess.run(
        [
            *(validator, "--data-file", data, "--validate-version", "1.2", "--block-download"),
            *("--focus-dataset", "CostAndUsage", "--applicability-criteria", ",".join(SUPPORTED)),
            *("--output-type", "unittest", "--output-destination", report),
        ],
        cwd=library.stdout.strip(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert report.exists(), done.stdout + done.stderr
    suites = ET.parse(report).getroot()  # noqa: S314 - written by the program we just ran
    ran = int(suites.attrib["tests"]) - int(suites.attrib["skipped"])
    assert ran > 280, "hardly any rule was checked"
    return {failure.attrib["name"] for failure in suites.iter("failure")}


def changed(export: str, column: str, value: str) -> str:
    """The export with one value in all cells of a column."""
    rows = list(csv.reader(io.StringIO(export, newline="")))
    position = rows[0].index(column)
    for row in rows[1:]:
        row[position] = value
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def exported(rows: tuple[CostRow, ...]) -> str:
    return "".join(focus_lines(rows, "1.2", generated=samples.GENERATED))


@pytest.mark.parametrize(
    "rows, false_alarms",
    [
        pytest.param(samples.plain_rows(), WITHOUT_INVOICE, id="repositories"),
        pytest.param(rows_of(plan_fee=False), WITHOUT_INVOICE, id="every kind"),
        pytest.param(rows_of(plan_fee=True), WITH_PLAN_FEE, id="plan fees"),
        pytest.param(invoiced_rows(), WITH_INVOICE, id="invoiced"),
    ],
)
def test_the_1_2_export_passes_but_for_known_false_alarms(
    validator: Path, tmp_path: Path, rows: tuple[CostRow, ...], false_alarms: set[str]
) -> None:
    assert failures_of(validator, exported(rows), tmp_path) == false_alarms


@pytest.mark.parametrize(
    "rows, false_alarms",
    [
        pytest.param(samples.plain_rows(), WITHOUT_INVOICE, id="repositories"),
        pytest.param(rows_of(plan_fee=True), WITH_PLAN_FEE, id="every kind"),
    ],
)
def test_the_rules_pass_too_that_sleep_while_no_row_has_a_class(
    validator: Path, tmp_path: Path, rows: tuple[CostRow, ...], false_alarms: set[str]
) -> None:
    export = changed(exported(rows), "ChargeClass", AWAKE)
    assert failures_of(validator, export, tmp_path) == {*false_alarms, *BECAUSE_AWAKE}


@pytest.mark.parametrize(
    "column, value, rule",
    [
        ("ChargeCategory", "Rent", "ChargeCategory-C-003-M"),
        ("BillingCurrency", "Dollars", "BillingCurrency-C-003-M"),
        ("PricingUnit", "", "PricingUnit-C-006-C"),
        ("Tags", "team=payments", "Tags-C-001-M"),
    ],
)
def test_the_validator_would_notice(
    validator: Path, tmp_path: Path, column: str, value: str, rule: str
) -> None:
    export = changed(exported(samples.plain_rows()), column, value)
    assert rule in failures_of(validator, export, tmp_path)


def test_the_validator_would_notice_a_price_that_does_not_make_the_cost(
    validator: Path, tmp_path: Path
) -> None:
    awake = changed(exported(samples.plain_rows()), "ChargeClass", AWAKE)
    export = changed(awake, "ContractedUnitPrice", "9.07")
    assert "ContractedUnitPrice-C-011-C" in failures_of(validator, export, tmp_path)
