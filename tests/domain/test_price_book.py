from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.price_book import PricedPer, PriceEntry, PriceTier
from auditor.domain.units import GB, GIB

OPEN = PriceTier(None, Decimal("0.1"))


def entry(**changes: Any) -> PriceEntry:
    facts: dict[str, Any] = {
        "key": "some-registry",
        "provider": "Some",
        "service": "Some Registry",
        "region": "here",
        "currency": "EUR",
        "unit_bytes": GB,
        "per": PricedPer.MONTH,
        "tiers": (OPEN,),
        "as_of": date(2026, 3, 1),
    }
    return PriceEntry(**facts | changes)


def closed(bound: str, amount: str = "0.1") -> PriceTier:
    return PriceTier(Decimal(bound), Decimal(amount))


@pytest.mark.parametrize(
    "changes, what",
    [
        ({"key": "Some Registry"}, "the key"),
        ({"key": ""}, "the key"),
        ({"currency": "euro"}, "the currency"),
        ({"currency": "eur"}, "the currency"),
        ({"unit_bytes": 1000}, "the unit"),
        ({"included_units": Decimal(-1)}, "the included amount"),
        ({"plan_fee": Decimal("NaN")}, "the plan fee"),
        ({"minimum_storage_days": -1}, "the minimum of days"),
        ({"tiers": (PriceTier(None, Decimal("-0.1")),)}, "a tier of storage"),
        ({"tiers": (PriceTier(None, Decimal("Infinity")),)}, "a tier of storage"),
        ({"tiers": (closed("0"),)}, "a tier of storage"),
        ({"tiers": (closed("5"), closed("5"))}, "a tier of storage"),
        ({"tiers": (closed("5"), closed("4"))}, "a tier of storage"),
        ({"tiers": (OPEN, closed("5"))}, "a tier of storage"),
        ({"tiers": (OPEN, OPEN)}, "a tier of storage"),
        ({"tiers": (closed("Infinity"),)}, "a tier of storage"),
        ({"egress_tiers": (closed("-1"),)}, "a tier of egress"),
        ({"egress_tiers": (OPEN,), "is_egress_metered_as_storage": True}, "egress metered"),
        ({"per": PricedPer.DAY, "is_egress_metered_as_storage": True}, "egress metered"),
    ],
)
def test_an_entry_that_cannot_be_true_names_its_key_and_what_to_do(
    changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        entry(**changes)
    assert repr(changes.get("key", "some-registry")) in caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize(
    "changes",
    [
        {"tiers": ()},
        {"tiers": (closed("5"),)},
        {"tiers": (closed("5"), closed("6"), OPEN)},
        {"tiers": (PriceTier(None, Decimal(0)),)},
        {"unit_bytes": GIB, "per": PricedPer.DAY},
        {"egress_tiers": (closed("500", "0"), OPEN)},
        {"is_egress_metered_as_storage": True},
    ],
)
def test_free_closed_and_missing_prices_can_be_written(changes: dict[str, Any]) -> None:
    assert entry(**changes).key == "some-registry"


@pytest.mark.parametrize("days, is_old", [(0, False), (180, False), (181, True)])
def test_figures_are_old_after_a_hundred_and_eighty_days(days: int, is_old: bool) -> None:
    assert entry().is_old(date(2026, 3, 1) + timedelta(days=days)) is is_old


def test_figures_of_nobody_knows_when_are_old() -> None:
    assert entry(as_of=None).is_old(date(2026, 3, 1))


def test_the_price_of_the_first_unit_is_that_of_the_first_tier() -> None:
    price = entry(tiers=(closed("5", "0.3"), OPEN)).first_unit_price
    assert price is not None
    assert (price.amount, price.currency, price.unit_bytes) == (Decimal("0.3"), "EUR", GB)
    assert price.source == "list price of Some Registry, 2026; here"


def test_a_tier_that_is_all_included_is_not_what_the_first_unit_costs() -> None:
    price = entry(tiers=(closed("5", "0.3"), OPEN), included_units=Decimal(5)).first_unit_price
    assert price is not None
    assert price.amount == OPEN.amount
    assert "after the included 5 GB" in price.source


def test_a_price_per_day_is_shown_for_thirty_days() -> None:
    azure = entry(
        tiers=(PriceTier(None, Decimal("0.003")),),
        unit_bytes=GIB,
        per=PricedPer.DAY,
        included_units=Decimal(10),
        as_of=None,
    )
    price = azure.first_unit_price
    assert price is not None
    assert (price.amount, price.unit_bytes) == (Decimal("0.090"), GIB)
    assert price.source == (
        "list price of Some Registry, undated; here; 30 days; after the included 10 GiB"
    )


@pytest.mark.parametrize("tiers", [(), (closed("5"),)])
def test_without_a_price_for_it_the_first_unit_has_none(tiers: tuple[PriceTier, ...]) -> None:
    assert entry(tiers=tiers, included_units=Decimal(5)).first_unit_price is None
