"""Which price counts for which registry in which month, and the words to say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from auditor.domain.ledger import Period
from auditor.domain.price_book import OLD_AFTER, Confidence, PricedPer, PriceEntry, PriceTier
from auditor.domain.price_terms import KeptTerms, PriceTerms, terms_kept_at
from auditor.domain.units import GB, Price
from auditor.domain.vendor_defaults import OBJECT_STORAGE_PRICE
from auditor.ledger.list_prices import PRICE_KEYS, entry, entry_for_host
from auditor.settings import Settings
from auditor.settings_prices import BookEntrySettings, PriceSettings

OBJECT_STORAGE = "aws-s3"
"""The entry for a registry of one's own, where no price is configured."""
_CONFIGURED = "configured"
_NAMED_REGISTRIES = 3


@dataclass(frozen=True, slots=True)
class Prices:
    """The price of storage per registry.

    In this order: the registry's own configured price or entry of the price book, the
    configured one for all, the detected vendor's list price, that of object storage. A
    month that is over costs what was kept of it (`kept`, by registry), whatever the
    configuration says today.
    """

    by_registry: Mapping[str, Price | PriceTerms] = field(default_factory=dict)
    for_all: Price | PriceTerms | None = None
    kept: Mapping[str, tuple[KeptTerms, ...]] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def from_settings(cls, settings: Settings) -> Prices:
        """The prices a configuration names."""
        book = settings.price_book
        own = {
            registry.address.name: price
            for registry in settings.registries.values()
            if registry.price is not None and (price := _named(registry.price, book))
        }
        return cls(own, _named(settings.price, book))

    def terms(self, registry: str) -> PriceTerms:
        """By what a registry is charged from now on."""
        listed = entry_for_host(registry.partition("/")[0])
        named = self.by_registry.get(registry) or self.for_all
        if isinstance(named, Price):
            return PriceTerms((_configured(named, listed or entry(OBJECT_STORAGE)),), listed)
        if named:
            is_shipped = named.entries[0].key in PRICE_KEYS
            return named if is_shipped else replace(named, listed=listed)
        if listed and listed.first_unit_price:
            return PriceTerms((listed,))
        return PriceTerms((entry(OBJECT_STORAGE),), is_assumed=True)

    def terms_in(self, registry: str, month: Period) -> PriceTerms:
        """By what a registry is charged for a month: a month that is over keeps its price."""
        kept = self.kept_terms(registry, month)
        return kept or self.terms(registry)

    def kept_terms(self, registry: str, month: Period) -> PriceTerms | None:
        """What a month that is over was charged by; None for others, and where nothing is kept."""
        if month.end > self.clock():
            return None
        return terms_kept_at(self.kept.get(registry, ()), month.start)

    def of(self, registry: str) -> Price:
        """What a month of storage costs now in the registry of this name."""
        return self._price(registry, self.terms(registry), self.clock().date())

    def at(self, moment: datetime | None) -> Callable[[str], Price]:
        """What it cost at a moment, by registry; None for now."""
        if moment is None:
            return self.of
        month, day = Period.month_of(moment), moment.astimezone(UTC).date()
        return lambda registry: self._price(registry, self.terms_in(registry, month), day)

    def is_self_hosted(self, registry: str) -> bool:
        """Whether no vendor is known at the registry's host."""
        return entry_for_host(registry.partition("/")[0]) is None

    def notes(self, registries: Iterable[str], at: datetime | None = None) -> tuple[str, ...]:
        """One sentence per different price in use, naming its source."""
        priced: dict[Price, list[str]] = {}
        price_of = self.at(at)
        for registry in registries:
            priced.setdefault(price_of(registry), []).append(registry)
        return tuple(_note(price, names, alone=len(priced) == 1) for price, names in priced.items())

    def old(self, registries: Iterable[str], month: Period) -> tuple[str, ...]:
        """One sentence per list price in use that is over 180 days old, or has no date."""
        used: dict[PriceEntry, list[str]] = {}
        today = self.clock().date()
        for registry in registries:
            charged = self.terms_in(registry, month).entry_at(month.start.date())
            if charged.key in PRICE_KEYS and charged.is_old(today):
                used.setdefault(charged, []).append(registry)
        return tuple(_old(entry, names) for entry, names in used.items())

    def changed(self, registries: Iterable[str], month: Period) -> tuple[str, ...]:
        """A sentence per registry whose month is charged by other prices than today's."""
        return tuple(
            _changed(registry, month, kept, current)
            for registry in registries
            if (kept := self.kept_terms(registry, month))
            and not kept.charges_as(current := self.terms(registry), month)
        )

    def _price(self, registry: str, terms: PriceTerms, day: date) -> Price:
        price = terms.price_at(day) or _list_price(registry.partition("/")[0])
        if price is None or terms.is_assumed:
            return replace(price or OBJECT_STORAGE_PRICE, source=OBJECT_STORAGE_PRICE.source)
        used = terms.entry_at(day)
        if used.key in PRICE_KEYS:
            return price
        is_named = used.key != _CONFIGURED
        return replace(price, source=f"{used.key}, {used.source}" if is_named else _CONFIGURED)


def _named(
    price: PriceSettings, book: Mapping[str, BookEntrySettings]
) -> Price | PriceTerms | None:
    """The price or entries that somebody named, None for neither."""
    return price.to_price() if price.is_configured else price.to_terms(book)


def _list_price(host: str) -> Price | None:
    """What one more unit costs at the vendor of a host, None where that is not known."""
    listed = entry_for_host(host)
    return listed.first_unit_price if listed else None


def _configured(price: Price, about: PriceEntry) -> PriceEntry:
    """The configured price of a month's storage as an entry of the price book."""
    return PriceEntry(
        key=_CONFIGURED,
        provider=about.provider,
        service=about.service,
        region=about.region,
        currency=price.currency,
        unit_bytes=price.unit_bytes,
        per=PricedPer.MONTH,
        tiers=(PriceTier(None, price.amount),),
        source=price.source,
        confidence=Confidence.HIGH,
    )


def _unit(price: Price) -> str:
    return "GB" if price.unit_bytes == GB else "GiB"


def _note(price: Price, registries: list[str], *, alone: bool) -> str:
    where = "" if alone else f" for {', '.join(registries)}"
    return f"{price.amount} {price.currency} per {_unit(price)}-month{where} ({price.source})"


def _changed(registry: str, month: Period, kept: PriceTerms, current: PriceTerms) -> str:
    first = month.start.date()
    return (
        f"{first:%Y-%m} of {registry} is charged as it was then, {kept.words_at(first)}; "
        f"today's price is {current.words_at(first)}: "
        f"`auditor prices apply --since {first:%Y-%m}` charges it by that"
    )


def _old(listed: PriceEntry, registries: list[str]) -> str:
    where = ", ".join(registries[:_NAMED_REGISTRIES])
    if more := registries[_NAMED_REGISTRIES:]:
        where += f" and {len(more):,} more"
    age = f"is of {listed.as_of}, over {OLD_AFTER.days} days ago" if listed.as_of else "has no date"
    return (
        f"the list price of {listed.service}, used for {where}, {age}: compare it with the "
        f"vendor's page, or set what you pay under [price]"
    )
