"""A registry's bill for a period, split into rows that add up to it.

Every line of the bill for storage is split on its own, by largest remainder, so rows add
up line by line, and so do sums of rows. Fees and transfer are rows of the whole registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from auditor.domain.costs import ChargeShare, CostRow, RowLabel, exact_sum
from auditor.domain.exactness import Exactness
from auditor.domain.ledger import Allocation, Charge, ChargeKind, Period, RepositoryUsage
from auditor.domain.price_book import PriceEntry
from auditor.domain.units import GB
from auditor.ledger.splitting import allocate, split

MONEY_PLACES = 4
_GB_MONTH_PLACES = 9
_EXACT = Context(prec=100)
_SPLIT_KINDS = {ChargeKind.STORAGE, ChargeKind.INCLUDED, ChargeKind.EARLY_DELETION}
_LABEL_OF = {ChargeKind.PLAN_FEE: RowLabel.PLAN_FEE, ChargeKind.EGRESS: RowLabel.EGRESS}
_OWN = "self-hosted"


@dataclass(frozen=True, slots=True)
class RegistryUsage:
    """What a registry and its repositories kept in a period, up to now.

    `known_microseconds` is how much of the period has passed since the registry was first read;
    averages are over that.
    `logical` and `stored` are byte-microseconds of the whole registry.
    """

    registry: str
    period: Period
    known_microseconds: int
    logical: int
    stored: int
    exactness: Exactness
    repositories: tuple[RepositoryUsage, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """What a registry is charged: the prices that apply, one after the other, and its lines.

    Each line's SKU begins with the key of its entry. `list_entry` is the public price where another one applies, None where it is unknown or
    the same. `is_self_hosted`: the registry is one's own, on storage of the entry's provider.
    """

    entries: tuple[PriceEntry, ...]
    lines: tuple[Charge, ...]
    list_entry: PriceEntry | None = None
    is_self_hosted: bool = False

    @property
    def currency(self) -> str:
        """That of all its entries."""
        return self.entries[0].currency

    def entry_of(self, line: Charge) -> PriceEntry:
        """The entry that a line follows from."""
        key = line.sku.partition("/")[0]
        return next((one for one in self.entries if one.key == key), self.entries[0])


def statement(
    usage: RegistryUsage,
    bill: Bill,
    allocation: Allocation,
    team_of: Callable[[str], str],
) -> Iterator[CostRow]:
    """One row per repository, by name, then what belongs to the registry as a whole.

    `team_of` names the team of a repository, "" for nobody's.
    """
    lines = [line for line in bill.lines if line.kind in _SPLIT_KINDS]
    splits = [_split_line(usage, bill, allocation, line) for line in lines]
    sizes = _averages(usage)
    quantities = _gb_months(usage, allocation)
    for at, one in enumerate(usage.repositories):
        shares = tuple(parts[at] for parts in splits)
        is_logical = allocation is Allocation.LOGICAL
        yield CostRow(
            period=usage.period,
            registry=usage.registry,
            repository=one.repository,
            team=team_of(one.repository),
            label=RowLabel.REPOSITORY,
            logical_bytes=sizes["logical"][at],
            stored_bytes=sizes["stored"][at],
            exclusive_bytes=sizes["exclusive"][at],
            fair_share_bytes=sizes["fair_share"][at],
            gb_months=quantities[at],
            cost=exact_sum(*(share.cost for share in shares)),
            currency=bill.currency,
            allocation=allocation,
            exactness=one.exactness if is_logical else one.sharing_exactness,
            charges=shares,
        )
    count = len(usage.repositories)
    yield from _whole(usage, bill, allocation, splits, quantities[count:])


def _whole(
    usage: RegistryUsage,
    bill: Bill,
    allocation: Allocation,
    splits: Sequence[Sequence[ChargeShare]],
    quantities: Sequence[Decimal],
) -> Iterator[CostRow]:
    count = len(usage.repositories)
    pool = tuple(parts[count] for parts in splits)
    rest = tuple(parts[count + 1] for parts in splits)
    if allocation is Allocation.EXCLUSIVE and pool:
        yield _registry_row(usage, bill, allocation, RowLabel.SHARED_POOL, pool, *quantities)
    if any(share.cost for share in rest):
        yield _registry_row(usage, bill, allocation, RowLabel.UNATTRIBUTED, rest)
    for line in bill.lines:
        if line.kind not in _SPLIT_KINDS:
            share = _share(bill, line, _rounded(line.cost), line.quantity)
            yield _registry_row(usage, bill, allocation, _LABEL_OF[line.kind], (share,))


def _registry_row(
    usage: RegistryUsage,
    bill: Bill,
    allocation: Allocation,
    label: RowLabel,
    charges: tuple[ChargeShare, ...],
    gb_months: Decimal | None = None,
) -> CostRow:
    return CostRow(
        period=usage.period,
        registry=usage.registry,
        repository="",
        team="",
        label=label,
        logical_bytes=None,
        stored_bytes=None,
        exclusive_bytes=None,
        fair_share_bytes=None,
        gb_months=gb_months,
        cost=exact_sum(*(charge.cost for charge in charges)),
        currency=bill.currency,
        allocation=allocation,
        exactness=usage.exactness,
        charges=charges,
    )


def _weights(usage: RegistryUsage, allocation: Allocation) -> list[int]:
    """Byte-time that each repository is charged for; last, that of the shared pool."""
    times = [one.byte_time for one in usage.repositories]
    if allocation is Allocation.LOGICAL:
        return [*(time.logical for time in times), 0]
    if allocation is Allocation.FAIR_SHARE:
        return [*(time.fair_share for time in times), 0]
    exclusive = [time.exclusive for time in times]
    return [*exclusive, usage.stored - sum(exclusive)]


def _split_line(
    usage: RegistryUsage, bill: Bill, allocation: Allocation, line: Charge
) -> list[ChargeShare]:
    """The line's share of every repository, of the shared pool, and what nobody is charged."""
    found = allocate(
        usage.repositories,
        line.cost,
        allocation,
        stored_byte_microseconds=usage.stored,
        places=MONEY_PLACES,
    )
    weights = _weights(usage, allocation)
    whole = sum(weights)
    costs = [*found.shares, found.shared_pool, found.unallocated]
    parts = [*weights, 0 if whole else 1]
    return [
        _share(bill, line, cost, _part(line.quantity, part, whole or 1))
        for cost, part in zip(costs, parts, strict=True)
    ]


def _part(quantity: Decimal, weight: int, whole: int) -> Decimal:
    return _EXACT.divide(_EXACT.multiply(quantity, Decimal(weight)), Decimal(whole))


def _share(bill: Bill, line: Charge, cost: Decimal, quantity: Decimal) -> ChargeShare:
    entry = bill.entry_of(line)
    listed = bill.list_entry
    return ChargeShare(
        kind=line.kind,
        description=line.description,
        provider=_OWN if bill.is_self_hosted else entry.provider,
        host_provider=entry.provider,
        invoice_issuer=_OWN if bill.is_self_hosted else entry.provider,
        service_name=entry.service,
        sku_id=f"{entry.key}/{line.kind.replace('_', '-')}",
        sku_price_id=line.sku,
        list_unit_price=_list_price(listed) if listed else line.unit_price,
        contracted_unit_price=line.unit_price,
        pricing_quantity=quantity,
        pricing_unit=line.unit,
        cost=cost,
        is_estimate=True,
        tier=line.sku.rpartition("/")[2] if "/tier-" in line.sku else "",
        region=entry.region,
        price_version=entry.as_of.isoformat() if entry.as_of else "",
    )


def _list_price(entry: PriceEntry) -> Decimal | None:
    return entry.tiers[0].amount if entry.tiers else None


def _averages(usage: RegistryUsage) -> dict[str, list[int]]:
    """Average sizes of each repository in whole bytes; those that add up, add up still."""
    times = [one.byte_time for one in usage.repositories]
    known = usage.known_microseconds
    return {
        "logical": _whole_bytes([time.logical for time in times], known),
        "stored": [_average(time.stored, known) for time in times],
        "exclusive": _whole_bytes([time.exclusive for time in times], known),
        "fair_share": _whole_bytes([time.fair_share for time in times], known),
    }


def _average(byte_time: int, known: int) -> int:
    return (2 * byte_time + known) // (2 * known) if known else 0


def _whole_bytes(byte_times: Sequence[int], known: int) -> list[int]:
    whole = sum(byte_times)
    if not whole or not known:
        return [0] * len(byte_times)
    average = _EXACT.divide(Decimal(whole), Decimal(known))
    return [int(part) for part in split(average, byte_times, 0)]


def _gb_months(usage: RegistryUsage, allocation: Allocation) -> list[Decimal]:
    """GB-months of each repository; last, those of the shared pool."""
    weights = _weights(usage, allocation)
    month = Period.month_of(usage.period.start).microseconds
    whole = _EXACT.divide(Decimal(sum(weights)), Decimal(GB * month))
    nothing = Decimal(0).scaleb(-_GB_MONTH_PLACES)
    return (
        list(split(whole, weights, _GB_MONTH_PLACES)) if sum(weights) else [nothing] * len(weights)
    )


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-MONEY_PLACES), ROUND_HALF_EVEN, _EXACT)
