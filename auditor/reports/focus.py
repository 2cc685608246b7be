"""Costs in the FinOps Open Cost and Usage Specification: FOCUS 1.2 and 1.4, Cost and Usage.

Loading this beside the export of the cloud that bills for the storage counts the same money
twice: load one of them, or keep them apart by `x_CostBasis`, which only ours have.

One row per repository and charge and calendar month. Rows that belong to a registry as a
whole (shared pool, unattributed, plan fee) have the registry as their resource, so that the
rows of a registry add up to its bill. Sources: FOCUS 1.2 and 1.4, "Cost and Usage" (columns
and their feature levels), "Null Handling", "Custom Column Handling"; RFC 4180.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from auditor.domain.costs import CostRow
from auditor.reports.as_csv import Cell, csv_lines
from auditor.reports.focus_values import VALUES, FocusCharge

FocusVersion = Literal["1.2", "1.4"]

# Mandatory in both versions. Source: FOCUS 1.2 and 1.4, Cost and Usage, "Requirements".
_ALWAYS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ServiceCategory",
    "ServiceName",
)
MANDATORY: dict[FocusVersion, tuple[str, ...]] = {
    "1.2": (*_ALWAYS, "ProviderName", "PublisherName"),
    "1.4": (*_ALWAYS, "HostProviderName", "ServiceProviderName"),
}
# Recommended, or conditional on what a registry's bill has: both versions.
_WHERE_IT_APPLIES = (
    "BillingAccountType",
    "ChargeFrequency",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedUnitPrice",
    "InvoiceId",
    "ListUnitPrice",
    "PricingCategory",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
)
# Columns of 1.2 that storage in a registry never fills, and the prices in a second currency.
_COMPLETING_1_2 = (
    "AvailabilityZone",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
)
_ALLOCATION_1_4 = (
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
)
CUSTOM = (
    "x_Allocation",
    "x_CostBasis",
    "x_Exactness",
    "x_ExclusiveBytes",
    "x_FairShareBytes",
    "x_GeneratedAt",
    "x_LogicalBytes",
    "x_PriceBookVersion",
    "x_RegistryName",
    "x_RowKind",
    "x_SharedBytes",
    "x_StoredBytes",
)
FOCUS_COLUMNS: dict[FocusVersion, tuple[str, ...]] = {
    "1.2": (*sorted((*MANDATORY["1.2"], *_WHERE_IT_APPLIES, *_COMPLETING_1_2)), *CUSTOM),
    "1.4": (*sorted((*MANDATORY["1.4"], *_WHERE_IT_APPLIES, *_ALLOCATION_1_4)), *CUSTOM),
}


def focus_lines(
    rows: Iterable[CostRow], version: FocusVersion, *, generated: datetime
) -> Iterator[str]:
    """The header and one line per charge of a row; a row without charges costs nothing.

    The columns of the specification in alphabetical order, then our own; for 1.2 all 57.
    Null is an empty cell. Text that a spreadsheet would run gets an apostrophe in front.
    """
    columns = FOCUS_COLUMNS[version]
    return csv_lines(columns, _cells(rows, columns, generated))


def _cells(
    rows: Iterable[CostRow], columns: Sequence[str], generated: datetime
) -> Iterator[Sequence[Cell]]:
    values = [VALUES[column] for column in columns]
    for row in rows:
        for position, charge in enumerate(row.charges):
            line = FocusCharge.of(row, charge, generated, is_first=position == 0)
            yield [value(line) for value in values]
