"""FOCUS exports against a table of the specification's rules, column by column, row by row."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.costs import CostRow
from auditor.domain.ledger import ChargeKind, Period
from auditor.reports.focus import CUSTOM, FOCUS_COLUMNS, MANDATORY, FocusVersion, focus_lines
from auditor.reports.focus_values import VALUES, amount
from tests.reports import cost_samples as samples
from tests.reports.approved import assert_matches_snapshot

VERSIONS: tuple[FocusVersion, ...] = ("1.2", "1.4")
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]), min_size=1)
EXACT = Context(prec=100)
SAMPLES = {
    "plain": samples.plain_rows(),
    "every-kind": samples.every_kind(),
    "hostile": samples.hostile_rows(),
}


@dataclass(frozen=True)
class Rule:
    """What the specification asks of one column: never null, and the form of its values."""

    column: str
    form: str
    never_null: bool = False
    in_versions: tuple[FocusVersion, ...] = VERSIONS


DECIMAL = r"-?\d+\.\d{2,}"
PRICE = r"\d+\.\d{2,}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
TEXT = r"(?s)\S.*"
CURRENCY = r"[A-Z]{3}"
OBJECT = r"\{\"[^\"]+\": .*\}"
UNIT = r"(?:GB|GiB)-(?:Months|Days|Hours)|Months|GB|GiB"
WHOLE = r"-?\d+"
NULL = r"(?!)"  # nothing matches: the cell is always empty
RULES = (
    Rule("AllocatedMethodId", "fair_share|exclusive|logical", in_versions=("1.4",)),
    Rule("AllocatedResourceId", TEXT, in_versions=("1.4",)),
    Rule("AllocatedResourceName", TEXT, in_versions=("1.4",)),
    Rule("AllocatedTags", NULL, in_versions=("1.4",)),
    Rule("AvailabilityZone", NULL, in_versions=("1.2",)),
    Rule("BilledCost", DECIMAL, never_null=True),
    Rule("BillingAccountId", TEXT, never_null=True),
    Rule("BillingAccountName", TEXT, never_null=True),
    Rule("BillingAccountType", TEXT, never_null=True),
    Rule("BillingCurrency", CURRENCY, never_null=True),
    Rule("BillingPeriodEnd", MOMENT, never_null=True),
    Rule("BillingPeriodStart", MOMENT, never_null=True),
    Rule("CapacityReservationId", NULL, in_versions=("1.2",)),
    Rule("CapacityReservationStatus", NULL, in_versions=("1.2",)),
    Rule("ChargeCategory", "Usage|Purchase|Tax|Credit|Adjustment", never_null=True),
    Rule("ChargeClass", "Correction"),
    Rule("ChargeDescription", TEXT),
    Rule("ChargeFrequency", "One-Time|Recurring|Usage-Based", never_null=True),
    Rule("ChargePeriodEnd", MOMENT, never_null=True),
    Rule("ChargePeriodStart", MOMENT, never_null=True),
    Rule("CommitmentDiscountCategory", NULL, in_versions=("1.2",)),
    Rule("CommitmentDiscountId", NULL, in_versions=("1.2",)),
    Rule("CommitmentDiscountName", NULL, in_versions=("1.2",)),
    Rule("CommitmentDiscountQuantity", NULL, in_versions=("1.2",)),
    Rule("CommitmentDiscountStatus", NULL, in_versions=("1.2",)),
    Rule("CommitmentDiscountType", NULL, in_versions=("1.2",)),
    Rule("CommitmentDiscountUnit", NULL, in_versions=("1.2",)),
    Rule("ConsumedQuantity", DECIMAL),
    Rule("ConsumedUnit", UNIT),
    Rule("ContractedCost", DECIMAL, never_null=True),
    Rule("ContractedUnitPrice", PRICE),
    Rule("EffectiveCost", DECIMAL, never_null=True),
    Rule("HostProviderName", TEXT, never_null=True, in_versions=("1.4",)),
    Rule("InvoiceId", TEXT),
    Rule("InvoiceIssuerName", TEXT, never_null=True),
    Rule("ListCost", DECIMAL, never_null=True),
    Rule("ListUnitPrice", PRICE),
    Rule("PricingCategory", "Standard|Committed|Dynamic|Other"),
    Rule("PricingCurrency", CURRENCY, never_null=True, in_versions=("1.2",)),
    Rule("PricingCurrencyContractedUnitPrice", PRICE, in_versions=("1.2",)),
    Rule("PricingCurrencyEffectiveCost", DECIMAL, never_null=True, in_versions=("1.2",)),
    Rule("PricingCurrencyListUnitPrice", PRICE, in_versions=("1.2",)),
    Rule("PricingQuantity", DECIMAL),
    Rule("PricingUnit", UNIT),
    Rule("ProviderName", TEXT, never_null=True, in_versions=("1.2",)),
    Rule("PublisherName", TEXT, never_null=True, in_versions=("1.2",)),
    Rule("RegionId", TEXT),
    Rule("RegionName", TEXT),
    Rule("ResourceId", TEXT),
    Rule("ResourceName", TEXT),
    Rule("ResourceType", TEXT),
    Rule("ServiceCategory", "Storage", never_null=True),
    Rule("ServiceName", TEXT, never_null=True),
    Rule("ServiceProviderName", TEXT, never_null=True, in_versions=("1.4",)),
    Rule("ServiceSubcategory", re.escape("Other (Storage)"), never_null=True),
    Rule("SkuId", TEXT),
    Rule("SkuMeter", TEXT),
    Rule("SkuPriceDetails", OBJECT),
    Rule("SkuPriceId", TEXT),
    Rule("SubAccountId", TEXT),
    Rule("SubAccountName", TEXT),
    Rule("SubAccountType", "Team"),
    Rule("Tags", OBJECT),
    Rule("x_Allocation", "fair_share|exclusive|logical", never_null=True),
    Rule("x_CostBasis", "estimate|invoice", never_null=True),
    Rule("x_Exactness", "exact|lower_bound|upper_bound|estimated", never_null=True),
    Rule("x_ExclusiveBytes", WHOLE),
    Rule("x_FairShareBytes", WHOLE),
    Rule("x_GeneratedAt", MOMENT, never_null=True),
    Rule("x_LogicalBytes", WHOLE),
    Rule("x_PriceBookVersion", TEXT),
    Rule("x_RegistryName", TEXT, never_null=True),
    Rule("x_RowKind", "[a-z_]+", never_null=True),
    Rule("x_SharedBytes", WHOLE),
    Rule("x_StoredBytes", WHOLE),
)


def read(rows: tuple[CostRow, ...], version: FocusVersion) -> list[dict[str, str]]:
    text = "".join(focus_lines(rows, version, generated=samples.GENERATED))
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def every_line() -> Iterator[tuple[FocusVersion, dict[str, str]]]:
    for version in VERSIONS:
        for rows in SAMPLES.values():
            for line in read(rows, version):
                yield version, line


def test_version_1_2_has_its_57_columns_and_1_4_its_21_mandatory_ones() -> None:
    standard = {
        version: [name for name in names if not name.startswith("x_")]
        for version, names in FOCUS_COLUMNS.items()
    }
    assert len(standard["1.2"]) == len(set(standard["1.2"])) == 57
    for version in VERSIONS:
        assert len(MANDATORY[version]) == 21
        assert set(MANDATORY[version]) < set(standard[version])
        assert FOCUS_COLUMNS[version] == (*standard[version], *CUSTOM)
    gone = {"ProviderName", "PublisherName"}
    assert not gone & set(standard["1.4"])


def test_the_table_of_rules_covers_every_column_of_both_versions() -> None:
    for version in VERSIONS:
        covered = {rule.column for rule in RULES if version in rule.in_versions}
        assert covered == set(FOCUS_COLUMNS[version])
    assert {rule.column for rule in RULES} == set(VALUES)


def test_columns_are_named_as_the_specification_wants_custom_ones_last() -> None:
    for names in FOCUS_COLUMNS.values():
        assert all(re.fullmatch("(?:x_)?(?:[A-Z][a-z]+)+", name) for name in names)
        assert all(len(name) <= 50 for name in names)
        assert [name.startswith("x_") for name in names] == sorted(
            name.startswith("x_") for name in names
        )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.column)
def test_every_cell_of_a_column_is_of_its_form(rule: Rule) -> None:
    for version, line in every_line():
        if version in rule.in_versions:
            cell = line[rule.column]
            assert re.fullmatch(rule.form, cell) or (cell == "" and not rule.never_null), cell


CONDITIONS: dict[str, Callable[[dict[str, str]], bool]] = {
    "units stand where quantities do": lambda x: (
        bool(x["PricingUnit"]) == bool(x["PricingQuantity"])
        and bool(x["ConsumedUnit"]) == bool(x["ConsumedQuantity"])
    ),
    "only usage is consumed": lambda x: (
        bool(x["ConsumedQuantity"]) == (x["ChargeCategory"] == "Usage")
    ),
    "usage and purchases have a price": lambda x: (
        x["ChargeCategory"] == "Adjustment"
        or all(
            x[name]
            for name in (
                *("PricingQuantity", "PricingUnit", "ContractedUnitPrice", "ListUnitPrice"),
                *("SkuId", "SkuPriceId", "PricingCategory"),
            )
        )
    ),
    "a purchase is not billed by usage": lambda x: (
        x["ChargeCategory"] != "Purchase" or x["ChargeFrequency"] == "Recurring"
    ),
    "a price has one article, and details only with it": lambda x: (
        (bool(x["SkuMeter"]) == bool(x["SkuId"]))
        and (bool(x["SkuPriceId"]) or not x["SkuPriceDetails"])
    ),
    "a sub account has a name and a type": lambda x: (
        bool(x["SubAccountId"]) == bool(x["SubAccountName"]) == bool(x["SubAccountType"])
    ),
    "a resource has a type and a name of its own": lambda x: (
        bool(x["ResourceType"]) and x["ResourceName"] != x["ResourceId"]
    ),
    "a region has a name": lambda x: bool(x["RegionId"]) == bool(x["RegionName"]),
    "contracted cost is quantity times price": lambda x: (
        not x["PricingQuantity"]
        or EXACT.multiply(Decimal(x["PricingQuantity"]), Decimal(x["ContractedUnitPrice"]))
        == Decimal(x["ContractedCost"])
    ),
    "list cost is quantity times list price": lambda x: (
        not x["PricingQuantity"]
        or EXACT.multiply(Decimal(x["PricingQuantity"]), Decimal(x["ListUnitPrice"]))
        == Decimal(x["ListCost"])
    ),
    "without a price all costs are what was billed": lambda x: (
        bool(x["PricingQuantity"])
        or x["ListCost"] == x["ContractedCost"] == x["EffectiveCost"] == x["BilledCost"]
    ),
    "nothing is invoiced apart from its use": lambda x: x["BilledCost"] == x["EffectiveCost"],
    "nothing is negotiated above the list": lambda x: (
        not x["PricingQuantity"] or Decimal(x["ContractedCost"]) <= Decimal(x["ListCost"])
    ),
    "a charge lies within its billing period": lambda x: (
        x["BillingPeriodStart"] <= x["ChargePeriodStart"] < x["ChargePeriodEnd"]
        and x["ChargePeriodEnd"] <= x["BillingPeriodEnd"]
    ),
    "tags name the team": lambda x: (
        not x["Tags"] or list(json.loads(x["Tags"])) == (["team"] if x["SubAccountId"] else [])
    ),
    "only what was invoiced names an invoice": lambda x: (
        not x["InvoiceId"] or x["x_CostBasis"] == "invoice"
    ),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_columns_agree_with_each_other(condition: str) -> None:
    holds = CONDITIONS[condition]
    assert [line for _, line in every_line() if not holds(line)] == []


def test_only_repositories_are_parts_of_a_registrys_bill_in_1_4() -> None:
    for line in read(samples.every_kind(), "1.4"):
        part = ("AllocatedMethodId", "AllocatedResourceId", "AllocatedResourceName")
        assert {bool(line[name]) for name in part} == {line["x_RowKind"] == "repository"}


def test_who_hosts_and_who_bills_is_the_provider_unless_somebody_else_does() -> None:
    charge = replace(samples.charge("1", quantity="10"), host_provider="", invoice_issuer="")
    (line,) = read((samples.row("a", charge),), "1.4")
    assert line["HostProviderName"] == line["InvoiceIssuerName"] == line["ServiceProviderName"]
    (own,) = read(samples.every_kind()[-1:], "1.4")
    assert own["ServiceProviderName"] == own["InvoiceIssuerName"] == "Example Organisation"
    assert own["HostProviderName"] == "Amazon Web Services"


def test_an_article_price_belongs_to_one_article() -> None:
    articles: dict[str, set[str]] = {}
    for _, line in every_line():
        articles.setdefault(line["SkuPriceId"], set()).add(line["SkuId"])
    assert all(len(names) == 1 for names in articles.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_billed_and_effective_costs_add_up_to_the_rows_of_each_currency(
    version: FocusVersion,
) -> None:
    rows = samples.every_kind()
    lines = read(rows, version)
    for currency in ("USD", "EUR"):
        expected = sum(row.cost for row in rows if row.currency == currency)
        for column in ("BilledCost", "EffectiveCost"):
            of_currency = [line for line in lines if line["BillingCurrency"] == currency]
            assert sum(Decimal(line[column]) for line in of_currency) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_sizes_add_up_although_a_repository_has_several_charges(version: FocusVersion) -> None:
    rows = samples.every_kind()
    lines = read(rows, version)
    assert len(lines) == sum(len(row.charges) for row in rows) > len(rows)
    total = sum(int(line["x_LogicalBytes"] or 0) for line in lines)
    assert total == sum(row.logical_bytes or 0 for row in rows)


def test_period_ends_are_exclusive_and_a_part_of_a_month_stays_in_its_billing_period() -> None:
    half = Period(datetime.fromisoformat("2026-11-16T00:00:00+00:00"), samples.NOVEMBER.end)
    (line,) = read((replace(samples.row(), period=half),), "1.4")
    assert line["ChargePeriodStart"] == "2026-11-16T00:00:00Z"
    assert line["ChargePeriodEnd"] == line["BillingPeriodEnd"] == "2026-12-01T00:00:00Z"
    assert line["BillingPeriodStart"] == "2026-11-01T00:00:00Z"


@pytest.mark.parametrize(
    "kind, category, frequency",
    [
        (ChargeKind.STORAGE, "Usage", "Usage-Based"),
        (ChargeKind.INCLUDED, "Usage", "Usage-Based"),
        (ChargeKind.EARLY_DELETION, "Usage", "Usage-Based"),
        (ChargeKind.EGRESS, "Usage", "Usage-Based"),
        (ChargeKind.PLAN_FEE, "Purchase", "Recurring"),
    ],
)
def test_each_kind_of_charge_has_its_category(
    kind: ChargeKind, category: str, frequency: str
) -> None:
    (line,) = read((samples.row("a", samples.charge("1", kind=kind, quantity="10")),), "1.4")
    assert (line["ChargeCategory"], line["ChargeFrequency"]) == (category, frequency)


@pytest.mark.parametrize(
    "value, printed",
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("0E-12", "0.00"),
        ("1E+3", "1000.00"),
        ("1E-7", "0.0000001"),
        ("12.3400", "12.34"),
        ("-0.042", "-0.042"),
        ("123456789012345678901234567890.1", "123456789012345678901234567890.10"),
    ],
)
def test_amounts_have_two_decimals_and_no_exponent(value: str, printed: str) -> None:
    assert f"{amount(Decimal(value)):f}" == printed


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_hostile_names_break_neither_lines_nor_json_nor_spreadsheets(
    registry: str, repository: str, team: str, description: str
) -> None:
    charge = replace(samples.charge("0.1", quantity="1"), description=description, tier=team)
    row = samples.row(repository, charge, team=team, registry=registry)
    for version in VERSIONS:
        text = "".join(focus_lines((row,), version, generated=samples.GENERATED))
        assert text.count("\n") == text.count("\r\n") == 2
        assert len(f"{text}x".splitlines()) == 3
        (line,) = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        assert len(line) == len(FOCUS_COLUMNS[version])
        assert not any(cell.lstrip().startswith(tuple("=+@\t\r")) for cell in line.values())
        assert text.encode()
        for column in ("Tags", "SkuPriceDetails"):
            assert all(type(value) is str for value in json.loads(line[column]).values())


def test_charges_are_streamed_one_by_one() -> None:
    taken: list[int] = []

    def rows() -> Iterator[CostRow]:
        for number in range(3):
            taken.append(number)
            yield samples.row(f"team/app{number}")

    lines = focus_lines(rows(), "1.4", generated=samples.GENERATED)
    assert next(lines) == ",".join(FOCUS_COLUMNS["1.4"]) + "\r\n"
    assert taken == []
    next(lines)
    assert taken == [0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SAMPLES)
def test_an_export_is_as_approved(name: str, version: FocusVersion) -> None:
    text = "".join(focus_lines(SAMPLES[name], version, generated=samples.GENERATED))
    assert_matches_snapshot(f"focus-{version}-{name}.csv", text)
