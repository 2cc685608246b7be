"""Compares what a registry should hold with a bill, or with its storage itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from auditor.domain.errors import UsageError
from auditor.domain.exactness import Exactness, combine
from auditor.domain.holdings import Source
from auditor.domain.ledger import Period
from auditor.domain.reconciliation import Basis, Bill, Part, PartKind, Reconciliation
from auditor.domain.units import Price
from auditor.ledger.observed import observe
from auditor.ledger.reconcile import (
    bytes_for,
    doubted,
    parts_of_storage,
    priced,
    with_unattributed,
)
from auditor.store import ranking_reads, registry_reads, usage_reads
from auditor.store.engine import Connection, Database
from auditor.store.holding_reads import iterate_known_blobs
from auditor.store.kept_prices import load_kept_terms
from auditor.usecases.known_registries import not_counted
from auditor.usecases.prices import Prices
from auditor.usecases.read_storage import ReadStorage, read_storage


@dataclass(frozen=True, slots=True)
class Reconciler:
    """What a comparison needs: the database, prices, and what time it is."""

    database: Database
    prices: Prices
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reconcile(self, registry: str, bill: Bill, source: Source | None) -> Reconciliation:
        """Parts that add up to what is billed, else held, else paid for.

        Without a `source` all of the difference is unattributed. A storage is read before
        the database: nothing that a crawl saw meanwhile is called missing for it. Raises
        UsageError for a question without an answer, UnknownReferenceError for a registry
        that was never crawled. A month that is over has the price that was kept of it.
        """
        moment = bill.month.start if bill.month else None
        with self.database.reading() as connection:
            _check_registry(connection, registry)
            prices = replace(self.prices, kept=load_kept_terms(connection), clock=self.now)
        price, notes = prices.at(moment)(registry), prices.notes([registry], moment)
        _check(bill, source, price, self.now())
        with ExitStack() as files:
            storage = read_storage(source, files) if source else None
            with self.database.reading() as connection:
                expected = self._expected(connection, registry, bill.month, price)
                if storage:
                    expected = _with_storage(connection, expected, storage)
        return _against(replace(expected, price_notes=notes), bill, price)

    def _expected(
        self, connection: Connection, registry: str, month: Period | None, price: Price
    ) -> Reconciliation:
        """What should be stored now, or was on average over a month, and nothing else yet."""
        totals = ranking_reads.load_totals(connection, registry, lambda _: price)
        stored_bytes, exactness = totals.stored_bytes, totals.exactness
        if month:
            stored_bytes, observed = _average(connection, registry, month, self.now())
            exactness = combine([exactness, observed])
        return Reconciliation(
            registry=registry,
            as_of=registry_reads.load_as_of(connection, registry),
            month=month.name if month else "",
            basis=Basis.INVOICE,
            parts=(Part(PartKind.REFERENCED, stored_bytes),),
            expected_exactness=exactness,
            exactness=Exactness.EXACT,
            currency=price.currency,
        )


def _average(
    connection: Connection, registry: str, month: Period, now: datetime
) -> tuple[int, Exactness]:
    """Stored bytes averaged over a whole month, and how sure that is."""
    known = usage_reads.load_known_registries(connection, month)
    one = next(each for each in known if each.name == registry)
    kept = usage_reads.load_registry_byte_time(connection, one.id, month, now=now)
    observed = observe(month, one.crawls, one.coverage, now=now)
    return round(kept.stored / month.microseconds), observed.exactness


def _with_storage(
    connection: Connection, expected: Reconciliation, storage: ReadStorage
) -> Reconciliation:
    """The parts that a storage consists of, in place of what is expected alone."""
    registry = expected.registry
    claims = storage.claims_unseen_by(iterate_known_blobs(connection, registry))
    known = iterate_known_blobs(connection, registry)
    parts, known_untagged_bytes = parts_of_storage(known, storage.held(), claims, storage.files)
    return replace(
        expected,
        basis=Basis.HELD,
        parts=doubted(
            parts,
            files_unread=storage.files_unread > 0,
            bodies_unread=storage.bodies_unread > 0,
        ),
        exactness=Exactness.LOWER_BOUND if storage.unread_count else Exactness.EXACT,
        held_bytes=sum(part.size_bytes for part in parts),
        known_untagged_bytes=known_untagged_bytes,
        unread=tuple(storage.unread),
        unread_count=storage.unread_count,
    )


def _against(expected: Reconciliation, bill: Bill, price: Price) -> Reconciliation:
    """The parts with what they leave of the bill, priced."""
    basis, exactness = expected.basis, expected.exactness
    actual_bytes = expected.held_bytes
    if bill.billed_bytes is not None:
        basis, actual_bytes = Basis.BILLED, bill.billed_bytes
    elif actual_bytes is None and bill.amount is not None:
        actual_bytes, exactness = bytes_for(bill.amount, price), Exactness.ESTIMATED
    doubt = Exactness.EXACT if basis is Basis.HELD else exactness
    parts = with_unattributed(expected.parts, actual_bytes or 0, doubt)
    return replace(
        expected, basis=basis, exactness=exactness, parts=priced(parts, price, bill.amount)
    )


def _check(bill: Bill, source: Source | None, price: Price, now: datetime) -> None:
    if bill.billed_bytes is None and bill.amount is None and source is None:
        raise UsageError(
            "there is nothing to compare with",
            next_step="give --billed-bytes, --invoice, --storage or --inventory",
        )
    if bill.month and source:
        raise UsageError(
            "a storage is read as it is now, not as it was in a month",
            next_step="leave out --month, or --storage and --inventory",
        )
    if bill.month and bill.month.start > now:
        raise UsageError(f"{bill.month.name} has not come yet", next_step="name an earlier month")
    if bill.currency not in ("", price.currency):
        raise UsageError(
            f"the invoice is in {bill.currency}, the price in {price.currency}",
            next_step="configure the registry's price in the currency of its invoice",
        )
    if bill.billed_bytes is None and source is None and not price.amount:
        raise UsageError(
            "the registry's price is 0: an amount says nothing about bytes",
            next_step="configure its price, or compare the bytes that are billed",
        )


def _check_registry(connection: Connection, name: str) -> None:
    known = registry_reads.list_registry_names(connection)
    if name not in known:
        raise not_counted(connection, name, known)
