"""Which price counts for which registry, and the words to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.domain.units import GB, Price
from auditor.domain.vendor_defaults import OBJECT_STORAGE_PRICE, list_price
from auditor.settings import Settings


@dataclass(frozen=True, slots=True)
class Prices:
    """The price of a month's storage per registry.

    In this order: the registry's own configured price, the configured price for all,
    the detected vendor's list price, the list price of object storage.
    """

    by_registry: Mapping[str, Price] = field(default_factory=dict)
    for_all: Price | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Prices:
        """The prices a configuration names."""
        own = {
            registry.address.name: registry.price.to_price()
            for registry in settings.registries.values()
            if registry.price is not None and registry.price.is_configured
        }
        everywhere = settings.price.to_price() if settings.price.is_configured else None
        return cls(own, everywhere)

    def of(self, registry: str) -> Price:
        """The price that counts for the registry of this name."""
        host = registry.partition("/")[0]
        return (
            self.by_registry.get(registry)
            or self.for_all
            or list_price(host)
            or OBJECT_STORAGE_PRICE
        )

    def notes(self, registries: Iterable[str]) -> tuple[str, ...]:
        """One sentence per different price in use, naming its source."""
        priced: dict[Price, list[str]] = {}
        for registry in registries:
            priced.setdefault(self.of(registry), []).append(registry)
        return tuple(_note(price, names, alone=len(priced) == 1) for price, names in priced.items())


def _note(price: Price, registries: list[str], *, alone: bool) -> str:
    unit = "GB" if price.unit_bytes == GB else "GiB"
    where = "" if alone else f" for {', '.join(registries)}"
    return f"{price.amount} {price.currency} per {unit}-month{where} ({price.source})"
