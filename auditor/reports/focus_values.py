"""What stands in each column of a FOCUS export, for one charge of one row.

Sources: FOCUS 1.2 and 1.4, Cost and Usage, the section of each column; "Numeric Format" (no
exponent, no sign for positive values), "Date/Time Format" (UTC, `Z`), "Key-Value Format",
"Unit Format", "String Handling".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Self

from auditor.domain.costs import ChargeShare, CostRow, RowLabel
from auditor.domain.ledger import ChargeKind, Period
from auditor.reports.as_csv import Cell
from auditor.reports.safe_text import visible

USAGE, PURCHASE, ADJUSTMENT = "Usage", "Purchase", "Adjustment"
_METERS = {
    ChargeKind.STORAGE: "Storage",
    ChargeKind.INCLUDED: "Included Storage",
    ChargeKind.EARLY_DELETION: "Early Deletion",
    ChargeKind.PLAN_FEE: "Plan Fee",
    ChargeKind.EGRESS: "Data Transfer",
}
_FREQUENCIES = {USAGE: "Usage-Based", PURCHASE: "Recurring", ADJUSTMENT: "One-Time"}
# A thousandth of a byte kept for a month; finer is noise that no reader keeps.
_QUANTITY_STEP = Decimal("1e-12")
_CENT = Decimal("0.01")
_WIDE = Context(prec=100)


@dataclass(frozen=True, slots=True)
class FocusCharge:
    """One charge of one row, with the figures that several columns are made of.

    A charge with a quantity and a price is usage, a plan fee a purchase, and what follows
    from no price an adjustment. Products are made of the figures as they are printed, so
    that a reader who multiplies finds the same cost.
    """

    row: CostRow
    charge: ChargeShare
    generated: datetime
    is_first: bool
    category: str
    quantity: Decimal | None
    unit_price: Decimal | None
    list_price: Decimal | None

    @classmethod
    def of(cls, row: CostRow, charge: ChargeShare, generated: datetime, *, is_first: bool) -> Self:
        quantity, unit_price = (
            _finite(charge.pricing_quantity),
            _finite(charge.contracted_unit_price),
        )
        if quantity is None or unit_price is None:
            return cls(row, charge, generated, is_first, ADJUSTMENT, None, None, None)
        category = PURCHASE if charge.kind is ChargeKind.PLAN_FEE else USAGE
        known = _finite(charge.list_unit_price)
        # Where nothing was negotiated the list price is the price that was paid.
        list_price = unit_price if known is None else known
        return cls(row, charge, generated, is_first, category, quantity, unit_price, list_price)

    def cost_at(self, price: Decimal | None) -> Decimal:
        """The quantity at this price; what was charged where there is no price."""
        if price is None or self.quantity is None:
            return amount(self.charge.cost)
        return amount(_WIDE.multiply(price, self.quantity))

    @property
    def consumed(self) -> Decimal | None:
        """The quantity of what was used, not of what was bought."""
        return self.quantity if self.category == USAGE else None

    @property
    def resource_id(self) -> str:
        """The repository with its registry, or the registry."""
        row = self.row
        return f"{row.registry}/{row.repository}" if row.repository else row.registry

    @property
    def resource_type(self) -> str:
        return "Container Repository" if self.row.repository else "Container Registry"

    @property
    def is_allocated(self) -> bool:
        """Whether this is a repository's part of what a registry costs."""
        return self.row.label is RowLabel.REPOSITORY

    def of_row(self, size_bytes: int | None) -> int | None:
        """A size of the row, on its first charge only, so that sizes can be added up."""
        return size_bytes if self.is_first else None


def amount(value: Decimal) -> Decimal:
    """The same amount with at least two decimals and no needless ones; never -0."""
    short = value.normalize(_WIDE)
    if short.is_zero():
        return Decimal("0.00")
    return short.quantize(_CENT, context=_WIDE) if _exponent(short) > -2 else short  # noqa: PLR2004 - decimals of a cent


def _finite(value: Decimal | None) -> Decimal | None:
    """With twelve decimals at most, and two at least."""
    if value is None:
        return None
    if _exponent(value) < _exponent(_QUANTITY_STEP):
        value = value.quantize(_QUANTITY_STEP, context=_WIDE)
    return amount(value)


def _exponent(value: Decimal) -> int:
    return int(value.as_tuple().exponent)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _json(pairs: dict[str, str]) -> str | None:
    """Pairs with a value as a JSON object in ASCII; null where there are none.

    Control characters and lone surrogates are written out: databases refuse them in JSON.
    """
    known = {key: visible(value) for key, value in pairs.items() if value}
    return json.dumps(known) if known else None


def _shared_bytes(row: CostRow) -> int | None:
    if row.stored_bytes is None or row.exclusive_bytes is None:
        return None
    return row.stored_bytes - row.exclusive_bytes


def _null(_: FocusCharge) -> None:
    return None


VALUES: dict[str, Callable[[FocusCharge], Cell]] = {
    "AllocatedMethodId": lambda x: x.row.allocation.value if x.is_allocated else None,
    "AllocatedResourceId": lambda x: x.resource_id if x.is_allocated else None,
    "AllocatedResourceName": lambda x: x.row.repository if x.is_allocated else None,
    # Must not repeat what stands in Tags.
    "AllocatedTags": _null,
    "AvailabilityZone": _null,
    "BilledCost": lambda x: amount(x.charge.cost),
    "BillingAccountId": lambda x: x.charge.billing_account_id or x.row.registry,
    "BillingAccountName": lambda x: x.row.registry,
    "BillingAccountType": lambda _: "Container Registry",
    "BillingCurrency": lambda x: x.row.currency,
    "BillingPeriodEnd": lambda x: _moment(Period.month_of(x.row.period.start).end),
    "BillingPeriodStart": lambda x: _moment(Period.month_of(x.row.period.start).start),
    "CapacityReservationId": _null,
    "CapacityReservationStatus": _null,
    "ChargeCategory": lambda x: x.category,
    # Null: no row corrects a bill of an earlier month.
    "ChargeClass": _null,
    "ChargeDescription": lambda x: x.charge.description,
    "ChargeFrequency": lambda x: _FREQUENCIES[x.category],
    "ChargePeriodEnd": lambda x: _moment(x.row.period.end),
    "ChargePeriodStart": lambda x: _moment(x.row.period.start),
    "CommitmentDiscountCategory": _null,
    "CommitmentDiscountId": _null,
    "CommitmentDiscountName": _null,
    "CommitmentDiscountQuantity": _null,
    "CommitmentDiscountStatus": _null,
    "CommitmentDiscountType": _null,
    "CommitmentDiscountUnit": _null,
    "ConsumedQuantity": lambda x: x.consumed,
    "ConsumedUnit": lambda x: None if x.consumed is None else x.charge.pricing_unit,
    "ContractedCost": lambda x: x.cost_at(x.unit_price),
    "ContractedUnitPrice": lambda x: x.unit_price,
    "EffectiveCost": lambda x: amount(x.charge.cost),
    "HostProviderName": lambda x: x.charge.host_provider or x.charge.provider,
    "InvoiceId": lambda x: x.charge.invoice_id,
    "InvoiceIssuerName": lambda x: x.charge.invoice_issuer or x.charge.provider,
    "ListCost": lambda x: x.cost_at(x.list_price),
    "ListUnitPrice": lambda x: x.list_price,
    "PricingCategory": lambda x: None if x.category == ADJUSTMENT else "Standard",
    "PricingCurrency": lambda x: x.row.currency,
    "PricingCurrencyContractedUnitPrice": lambda x: x.unit_price,
    "PricingCurrencyEffectiveCost": lambda x: amount(x.charge.cost),
    "PricingCurrencyListUnitPrice": lambda x: x.list_price,
    "PricingQuantity": lambda x: x.quantity,
    "PricingUnit": lambda x: None if x.quantity is None else x.charge.pricing_unit,
    "ProviderName": lambda x: x.charge.provider,
    "PublisherName": lambda x: x.charge.provider,
    "RegionId": lambda x: x.charge.region,
    "RegionName": lambda x: x.charge.region,
    "ResourceId": lambda x: x.resource_id,
    # A registry has no display name beside its address.
    "ResourceName": lambda x: x.row.repository,
    "ResourceType": lambda x: x.resource_type,
    "ServiceCategory": lambda _: "Storage",
    "ServiceName": lambda x: x.charge.service_name,
    "ServiceProviderName": lambda x: x.charge.provider,
    "ServiceSubcategory": lambda _: "Other (Storage)",
    "SkuId": lambda x: x.charge.sku_id,
    "SkuMeter": lambda x: _METERS[x.charge.kind] if x.charge.sku_id else None,
    "SkuPriceDetails": lambda x: (
        _json({"x_Tier": x.charge.tier}) if x.charge.sku_price_id else None
    ),
    "SkuPriceId": lambda x: x.charge.sku_price_id,
    "SubAccountId": lambda x: x.row.team,
    "SubAccountName": lambda x: x.row.team,
    "SubAccountType": lambda x: "Team" if x.row.team else None,
    "Tags": lambda x: _json({"team": x.row.team}),
    "x_Allocation": lambda x: x.row.allocation,
    "x_CostBasis": lambda x: "estimate" if x.charge.is_estimate else "invoice",
    "x_Exactness": lambda x: x.row.exactness,
    "x_ExclusiveBytes": lambda x: x.of_row(x.row.exclusive_bytes),
    "x_FairShareBytes": lambda x: x.of_row(x.row.fair_share_bytes),
    "x_GeneratedAt": lambda x: _moment(x.generated),
    "x_LogicalBytes": lambda x: x.of_row(x.row.logical_bytes),
    "x_PriceBookVersion": lambda x: x.charge.price_version,
    "x_RegistryName": lambda x: x.row.registry,
    "x_RowKind": lambda x: x.row.label,
    "x_SharedBytes": lambda x: x.of_row(_shared_bytes(x.row)),
    "x_StoredBytes": lambda x: x.of_row(x.row.stored_bytes),
}
