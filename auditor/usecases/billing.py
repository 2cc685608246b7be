"""What a registry is charged for a month, or for the part of it that is over: its bill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from auditor.domain.costs import exact_sum
from auditor.domain.ledger import Charge, Period
from auditor.domain.price_book import IncludedScope, PricedPer, PriceEntry
from auditor.domain.price_terms import PriceTerms
from auditor.ledger.charging import charges, included_quantity, part_of_included
from auditor.ledger.early_deletion import early_deleted
from auditor.ledger.statement import Bill
from auditor.store.engine import Database
from auditor.store.stay_reads import iterate_stays
from auditor.store.usage_reads import KnownRegistry, load_registry_byte_time
from auditor.usecases.prices import Prices

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Billing:
    """Bills of one month, up to `now`.

    `registries` are all there are, whichever is asked for: those of one account share
    what is included.
    """

    database: Database
    prices: Prices
    registries: Sequence[KnownRegistry]
    month: Period
    now: datetime
    _stored: dict[tuple[int, datetime, datetime], int] = field(default_factory=dict)

    def bill(self, registry: KnownRegistry) -> Bill:
        """The charges of a registry, by the prices that hold in the month."""
        terms = self.prices.terms_in(registry.name, self.month)
        until = min(self.month.end, self.now)
        lines: dict[tuple[str, Decimal], Charge] = {}
        entries: list[PriceEntry] = []
        if until > self.month.start:
            for span, entry in terms.spans(replace(self.month, end=until)):
                entries.append(entry)
                for line in self._lines(registry, terms, entry, span):
                    _add(lines, line)
        return Bill(
            tuple(entries or terms.entries[:1]),
            tuple(lines.values()),
            terms.listed,
            is_self_hosted=self.prices.is_self_hosted(registry.name),
        )

    def _lines(
        self, registry: KnownRegistry, terms: PriceTerms, entry: PriceEntry, span: Period
    ) -> Iterator[Charge]:
        for part in _days(span) if _is_counted_daily(entry) else (span,):
            yield from charges(
                entry,
                part,
                stored_byte_microseconds=self._kept(registry.id, part),
                early_deleted_byte_microseconds=self._early_deleted(registry.id, entry, part),
                replicas=terms.replicas,
                seats=terms.seats,
                included_left=self._included(registry, terms, entry, part),
            )

    def _early_deleted(self, registry_id: int, entry: PriceEntry, part: Period) -> int:
        if not entry.minimum_storage_days:
            return 0
        with self.database.reading() as connection:
            stays = iterate_stays(connection, registry_id, part)
            return sum(early_deleted(one, entry.minimum_storage_days, part) for one in stays)

    def _included(
        self, registry: KnownRegistry, terms: PriceTerms, entry: PriceEntry, part: Period
    ) -> Decimal | None:
        """The registry's part of what its account has included; None for all of it."""
        if entry.included_scope is not IncludedScope.ACCOUNT or not entry.included_units:
            return None
        account = [one for one in self.registries if self._is_in_account(one, terms, entry, part)]
        whole = sum(self._kept(one.id, part) for one in account)
        if not whole:
            return None
        share = Fraction(self._kept(registry.id, part), whole)
        return part_of_included(included_quantity(entry, part), share)

    def _is_in_account(
        self, other: KnownRegistry, terms: PriceTerms, entry: PriceEntry, part: Period
    ) -> bool:
        theirs = self.prices.terms_in(other.name, self.month)
        is_charged_alike = theirs.entry_at(part.start.date()).key == entry.key
        return is_charged_alike and theirs.account == terms.account

    def _kept(self, registry_id: int, part: Period) -> int:
        """Byte-microseconds stored in a part of the month."""
        key = (registry_id, part.start, part.end)
        if key not in self._stored:
            with self.database.reading() as connection:
                found = load_registry_byte_time(connection, registry_id, part, now=part.end)
            self._stored[key] = found.stored
        return self._stored[key]


def _add(lines: dict[tuple[str, Decimal], Charge], line: Charge) -> None:
    """Add a line to those of other parts of the month; one per price and tier."""
    key = (line.sku, line.unit_price)
    earlier = lines.get(key)
    quantity = exact_sum(line.quantity, earlier.quantity) if earlier else line.quantity
    lines[key] = replace(line, quantity=quantity)


def _is_counted_daily(entry: PriceEntry) -> bool:
    return entry.per is PricedPer.DAY and bool(entry.included_units or len(entry.tiers) > 1)


def _days(period: Period) -> Iterator[Period]:
    start = period.start
    while start < period.end:
        yield Period(start, min(start + _DAY, period.end))
        start += _DAY
