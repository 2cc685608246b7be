"""The prices of registries, from samples."""

from __future__ import annotations

from datetime import UTC, datetime

from auditor.domain.price_terms import PricedRegistry, Repricing
from tests.reports import price_samples

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class FakePriceHistory:
    """Answers with the samples of prices and remembers what was applied."""

    def __init__(self) -> None:
        self.applied: list[tuple[str, str, bool]] = []

    def clock(self) -> datetime:
        return NOW

    def registries(self) -> tuple[PricedRegistry, ...]:
        return price_samples.every_state()

    def apply(self, since: str, registry: str, *, is_trial: bool) -> tuple[Repricing, ...]:
        self.applied.append((since, registry, is_trial))
        return price_samples.repriced()
