"""By what a registry is charged over time, and what it was charged by in months that are over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import pairwise

from auditor.domain.errors import UsageError
from auditor.domain.ledger import Period
from auditor.domain.price_book import Confidence, PriceEntry
from auditor.domain.units import GB, Price


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """The entries a registry is charged by, each from its `valid_from` on.

    The first holds before that, too. `listed` is the public price where another one
    applies. `replicas` and `seats` multiply what the entry says they do; seats None is
    unknown. Registries charged by the same entry under the same `account` share what is
    included once per account. `is_assumed`: nobody named a price and no vendor lists one.
    Raises UsageError for entries that do not follow each other.
    """

    entries: tuple[PriceEntry, ...]
    listed: PriceEntry | None = None
    replicas: int = 1
    seats: int | None = None
    account: str = ""
    is_assumed: bool = False

    def __post_init__(self) -> None:
        for earlier, later in pairwise(self.entries):
            start = later.valid_from
            _must(start, f"{later.key} needs valid_from, since it follows {earlier.key}")
            _must(
                not (earlier.valid_from and start and start <= earlier.valid_from),
                f"{later.key} is valid no later than {earlier.key}, which it follows",
            )
            _must(
                later.currency == earlier.currency,
                f"{later.key} is in {later.currency}, {earlier.key} in {earlier.currency}",
            )

    def entry_at(self, day: date) -> PriceEntry:
        """The entry that holds on a day."""
        return next(
            (one for one in reversed(self.entries) if one.valid_from and one.valid_from <= day),
            self.entries[0],
        )

    def spans(self, period: Period) -> Iterator[tuple[Period, PriceEntry]]:
        """The period cut where the next entry comes to hold, days beginning in UTC."""
        starts = (_midnight(one.valid_from) for one in self.entries[1:] if one.valid_from)
        inner = (start for start in starts if period.start < start < period.end)
        for start, end in pairwise((period.start, *inner, period.end)):
            yield Period(start, end), self.entry_at(start.date())

    def price_at(self, day: date) -> Price | None:
        """What one more unit costs a month on a day; None where no price is listed."""
        entry = self.entry_at(day)
        price = entry.first_unit_price
        copies = self.replicas if entry.is_storage_per_replica else 1
        return price and replace(price, amount=price.amount * copies)

    def words_at(self, day: date) -> str:
        """What a unit costs on a day, and by which entry: `0.10 USD per GB-month, aws-ecr`."""
        key, price = self.entry_at(day).key, self.price_at(day)
        if price is None:
            return f"no price per unit, {key}"
        unit = "GB" if price.unit_bytes == GB else "GiB"
        return f"{price.amount} {price.currency} per {unit}-month, {key}"

    def as_kept(self) -> PriceTerms:
        """The same without what tells only which host an entry is for."""
        return replace(
            self,
            entries=tuple(replace(one, hosts=None) for one in self.entries),
            listed=self.listed and replace(self.listed, hosts=None),
        )

    def charges_as(self, other: PriceTerms, period: Period) -> bool:
        """Whether storage costs the same by both in a period, whatever is said about the source."""
        ours, theirs = (
            [(span, _figures(entry)) for span, entry in terms.spans(period)]
            for terms in (self, other)
        )
        return ours == theirs and self._times() == other._times()

    def _times(self) -> tuple[int, int | None, str]:
        return self.replicas, self.seats, self.account


@dataclass(frozen=True, slots=True)
class KeptTerms:
    """Terms that were used from a month on; `since` is its first moment."""

    since: datetime
    terms: PriceTerms


def terms_kept_at(kept: tuple[KeptTerms, ...], moment: datetime) -> PriceTerms | None:
    """What was used at a moment, or else first; None where nothing was kept.

    `kept` is in the order of time.
    """
    earlier = [one.terms for one in kept if one.since <= moment]
    return earlier[-1] if earlier else next((one.terms for one in kept), None)


def terms_kept_since(kept: tuple[KeptTerms, ...], moment: datetime) -> tuple[PriceTerms, ...]:
    """What was used at a moment and later, in the order of time; () where nothing was kept."""
    first = terms_kept_at(kept, moment)
    later = (one.terms for one in kept if one.since > moment)
    return tuple(dict.fromkeys((first, *later))) if first else ()


@dataclass(frozen=True, slots=True)
class PricedRegistry:
    """By what a registry is charged now, and what was kept, in the order of time."""

    registry: str
    terms: PriceTerms
    kept: tuple[KeptTerms, ...]


@dataclass(frozen=True, slots=True)
class Repricing:
    """That months of a registry from `since` on are charged by other terms than before."""

    registry: str
    since: Period
    before: tuple[PriceTerms, ...]
    after: PriceTerms


def _figures(entry: PriceEntry) -> PriceEntry:
    return replace(
        entry,
        key="any",
        provider="",
        service="",
        region="",
        egress_tiers=(),  # nobody counts transfer yet
        is_egress_metered_as_storage=False,
        hosts=None,
        source="",
        as_of=None,
        confidence=Confidence.LOW,
        note="",
        valid_from=None,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _must(truth: object, what: str) -> None:
    if not truth:
        raise UsageError(f"prices: {what}", next_step="let each entry begin after the one before")
