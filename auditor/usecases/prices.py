"""Which price counts for which registry, and the words to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from auditor.domain.price_book import OLD_AFTER, Confidence, PricedPer, PriceEntry, PriceTier
from auditor.domain.units import GB, Price
from auditor.domain.vendor_defaults import OBJECT_STORAGE_PRICE
from auditor.ledger.list_prices import entry, entry_for_host
from auditor.settings import PriceSettings, Settings

OBJECT_STORAGE = "aws-s3"
"""The entry for a registry of one's own, where no price is configured."""
_CONFIGURED = "configured"
_NAMED_REGISTRIES = 3


@dataclass(frozen=True, slots=True)
class Prices:
    """The price of a month's storage per registry.

    In this order: the registry's own configured price or entry of the price book, the
    configured one for all, the detected vendor's list price, that of object storage.
    """

    by_registry: Mapping[str, Price | PriceEntry] = field(default_factory=dict)
    for_all: Price | PriceEntry | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Prices:
        """The prices a configuration names."""
        own = {
            registry.address.name: price
            for registry in settings.registries.values()
            if registry.price is not None and (price := _named(registry.price))
        }
        return cls(own, _named(settings.price))

    def of(self, registry: str) -> Price:
        """The price that counts for the registry of this name."""
        named = self.by_registry.get(registry) or self.for_all
        if isinstance(named, PriceEntry):
            named = named.first_unit_price
        return named or _list_price(registry.partition("/")[0]) or OBJECT_STORAGE_PRICE

    def entries_of(self, registry: str) -> tuple[PriceEntry, PriceEntry | None]:
        """The entry that a registry is charged by, and the public one where it is another."""
        host = registry.partition("/")[0]
        listed = entry_for_host(host)
        configured = self.by_registry.get(registry) or self.for_all
        if isinstance(configured, PriceEntry):
            return configured, None
        if configured:
            about = listed or entry(OBJECT_STORAGE)
            return _configured(configured, about), listed
        if listed and listed.first_unit_price:
            return listed, None
        return entry(OBJECT_STORAGE), None

    def is_self_hosted(self, registry: str) -> bool:
        """Whether no vendor is known at the registry's host."""
        return entry_for_host(registry.partition("/")[0]) is None

    def notes(self, registries: Iterable[str]) -> tuple[str, ...]:
        """One sentence per different price in use, naming its source."""
        priced: dict[Price, list[str]] = {}
        for registry in registries:
            priced.setdefault(self.of(registry), []).append(registry)
        return tuple(_note(price, names, alone=len(priced) == 1) for price, names in priced.items())

    def old(self, registries: Iterable[str], today: date) -> tuple[str, ...]:
        """One sentence per list price in use that is over 180 days old, or has no date."""
        used: dict[PriceEntry, list[str]] = {}
        for registry in registries:
            charged, _ = self.entries_of(registry)
            if charged.key != _CONFIGURED and charged.is_old(today):
                used.setdefault(charged, []).append(registry)
        return tuple(_old(entry, names) for entry, names in used.items())


def _named(price: PriceSettings) -> Price | PriceEntry | None:
    """The price or entry that somebody named, None for neither."""
    if price.entry:
        return entry(price.entry)
    return price.to_price() if price.is_configured else None


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


def _note(price: Price, registries: list[str], *, alone: bool) -> str:
    unit = "GB" if price.unit_bytes == GB else "GiB"
    where = "" if alone else f" for {', '.join(registries)}"
    return f"{price.amount} {price.currency} per {unit}-month{where} ({price.source})"


def _old(listed: PriceEntry, registries: list[str]) -> str:
    where = ", ".join(registries[:_NAMED_REGISTRIES])
    if more := registries[_NAMED_REGISTRIES:]:
        where += f" and {len(more):,} more"
    age = f"is of {listed.as_of}, over {OLD_AFTER.days} days ago" if listed.as_of else "has no date"
    return (
        f"the list price of {listed.service}, used for {where}, {age}: compare it with the "
        f"vendor's page, or set what you pay under [price]"
    )
