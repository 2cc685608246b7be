"""Fixed rows of costs: two registries, two currencies, every kind of row, and a hostile one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from auditor.domain.costs import ChargeShare, CostRow, RowLabel, UsageRow
from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Allocation, ByteTime, ChargeKind, Period, RepositoryUsage
from tests.reports.samples import HOSTILE

NOVEMBER = Period.month("2026-11")
GENERATED = datetime(2026, 12, 1, 6, 30, 5, 999, tzinfo=UTC)
CLOUD = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
OWN = "registry.example.com:5000"


def charge(
    cost: str,
    *,
    kind: ChargeKind = ChargeKind.STORAGE,
    quantity: str | None = None,
    price: str | None = "0.10",
    listed: str | None = None,
) -> ChargeShare:
    """A charge of the cloud's registry; without a price it has no quantity either."""
    return ChargeShare(
        kind=kind,
        description=f"{kind.value.replace('_', ' ')} of images",
        provider="Amazon Web Services",
        host_provider="Amazon Web Services",
        invoice_issuer="Amazon Web Services",
        service_name="Amazon ECR",
        sku_id=f"ecr-{kind.value}",
        sku_price_id=f"ecr-{kind.value}-tier1",
        list_unit_price=None if price is None else Decimal(listed or price),
        contracted_unit_price=None if price is None else Decimal(price),
        pricing_quantity=None if quantity is None else Decimal(quantity),
        pricing_unit="Months" if kind is ChargeKind.PLAN_FEE else "GB-Months",
        cost=Decimal(cost),
        is_estimate=True,
        tier="0 to 150 TB",
        billing_account_id="account-123456789012",
        region="us-east-1",
        price_version="2026-03",
    )


def own_charge(cost: str, quantity: str) -> ChargeShare:
    """A charge of a registry of one's own, on storage of a cloud."""
    return replace(
        charge(cost, quantity=quantity, price="0.023"),
        provider="Example Organisation",
        invoice_issuer="Example Organisation",
        service_name="Container registry",
        sku_id="storage",
        sku_price_id="storage",
        list_unit_price=None,
        tier="",
        billing_account_id="",
        region="",
    )


def row(
    repository: str = "team/app",
    *charges: ChargeShare,
    team: str = "payments",
    stored: int = 1_830_000_000,
    registry: str = CLOUD,
    currency: str = "USD",
) -> CostRow:
    parts = charges or (charge("0.1830", quantity="1.83"),)
    return CostRow(
        period=NOVEMBER,
        registry=registry,
        repository=repository,
        team=team,
        label=RowLabel.REPOSITORY,
        logical_bytes=2 * stored,
        stored_bytes=stored,
        exclusive_bytes=stored // 3,
        fair_share_bytes=stored // 2,
        gb_months=Decimal(stored // 2) / 10**9,
        cost=sum((part.cost for part in parts), Decimal(0)),
        currency=currency,
        allocation=Allocation.FAIR_SHARE,
        exactness=Exactness.EXACT,
        charges=parts,
    )


def registry_row(label: RowLabel, part: ChargeShare, *, size: int | None = None) -> CostRow:
    """A row of the whole registry; it has bytes only where storage is charged."""
    return replace(
        row("", part, team=""),
        label=label,
        logical_bytes=size,
        stored_bytes=size,
        exclusive_bytes=None,
        fair_share_bytes=size,
        gb_months=None if size is None else Decimal(size) / 10**9,
        exactness=Exactness.ESTIMATED,
    )


def plain_rows() -> tuple[CostRow, ...]:
    """Two tiers, a negotiated rate, a cost below a cent, nobody's repository, long fractions."""
    tiers = (
        charge("0.1000", quantity="1"),
        charge("0.0581", quantity="0.83", price="0.07", listed="0.10"),
    )
    tiny = charge("0.0001", quantity="0.0000004505")
    endless = charge("0.0333", quantity="0.3333333333333333333333333333")
    return (
        row("team/app", *tiers),
        row("library/tiny", tiny, team="", stored=901),
        replace(row("team/worker", endless), exactness=Exactness.UPPER_BOUND),
    )


def every_kind() -> tuple[CostRow, ...]:
    """Every label and every kind of charge, a second registry with its own currency."""
    free = charge("0.0000", kind=ChargeKind.INCLUDED, quantity="0.5", price="0")
    fee = charge("14.9900", kind=ChargeKind.PLAN_FEE, quantity="1", price="14.99")
    egress = charge("4.5000", kind=ChargeKind.EGRESS, quantity="50", price="0.09")
    early = charge("0.3000", kind=ChargeKind.EARLY_DELETION, quantity="3")
    difference = charge("-0.0420", price=None)
    billed = replace(difference, is_estimate=False, invoice_id="INV-2026-11", sku_id="")
    leaked = charge("1.0000", quantity="10")
    return (
        *plain_rows(),
        row("team/archive", early, charge("0.2000", quantity="2")),
        registry_row(RowLabel.SHARED_POOL, charge("0.5000", quantity="5"), size=5 * 10**9),
        registry_row(RowLabel.UNATTRIBUTED, leaked, size=10**10),
        registry_row(RowLabel.UNATTRIBUTED, replace(billed, sku_price_id="", pricing_unit="")),
        registry_row(RowLabel.PLAN_FEE, fee),
        registry_row(RowLabel.INCLUDED, free),
        registry_row(RowLabel.EGRESS, replace(egress, pricing_unit="GB")),
        row("team/app", own_charge("1.1500", "50"), registry=OWN, currency="EUR"),
    )


def hostile_rows() -> tuple[CostRow, ...]:
    bad = replace(charge("0.1000", quantity="1"), description=HOSTILE, region="+1")
    return (
        row(HOSTILE, bad, team="@SUM(1)"),
        row("\tשלג/🐳", team=HOSTILE, registry="=cmd"),
        row("日本語/画像", team="[red]"),
    )


def usage_rows() -> tuple[UsageRow, ...]:
    hour = 3_600_000_000
    whole = ByteTime(
        logical=2000 * hour, stored=1000 * hour, exclusive=hour // 3, fair_share=500 * hour
    )
    app = RepositoryUsage(
        registry=OWN,
        repository="team/app",
        byte_time=whole,
        observed_microseconds=NOVEMBER.microseconds,
        exactness=Exactness.EXACT,
        sharing_exactness=Exactness.UPPER_BOUND,
    )
    late = replace(app, repository=HOSTILE, observed_microseconds=hour * 3 // 2)
    return (UsageRow(NOVEMBER, "payments", app), UsageRow(NOVEMBER, "", late))
